"""Bad input: the class of error that NumPy's own ufuncs raise, clear words, `out` untouched."""

import numpy as np
import pytest
from needs import need

import leakyc

X = np.linspace(-2, 2, 6, dtype=np.float32)


def numpy_class(call):
    """The class that NumPy raises; for its private subclasses, the public one."""
    with pytest.raises((TypeError, ValueError)) as caught:
        call()
    return TypeError if isinstance(caught.value, TypeError) else ValueError


def raises_like(numpy_call, call, *words):
    expected = numpy_class(numpy_call)
    with pytest.raises(expected) as caught:
        call()
    for word in words:
        assert word in str(caught.value), f"{word!r} not in {caught.value}"
    return caught.value


WRONG_ARRAYS = {
    "string": "abc",
    "string array": np.array(["a", "b"]),
    "object": np.array([None, 1], dtype=object),
    "datetime": np.array(["2020-01-01"], dtype="M8[D]"),
    "structured": np.zeros(2, dtype=[("a", "f4")]),
    "None": None,
}


@pytest.mark.parametrize("name", WRONG_ARRAYS)
def test_arrays_of_the_wrong_kind(name):
    wrong = WRONG_ARRAYS[name]
    dtype = str(np.asarray(wrong).dtype)
    raises_like(lambda: np.sqrt(wrong), lambda: leakyc.leaky_relu(wrong), "leaky_relu", "x", dtype)
    raises_like(lambda: np.sqrt(wrong), lambda: leakyc.leaky_relu_grad(wrong, 1.0), "grad", dtype)
    raises_like(lambda: np.sqrt(wrong), lambda: leakyc.leaky_relu_grad(1.0, wrong), "x", dtype)


def test_complex_arrays():
    # NumPy's real-only ufuncs, such as np.cbrt, refuse complex input.
    z = np.ones(3, np.complex64)
    raises_like(lambda: np.cbrt(z), lambda: leakyc.leaky_relu(z), "x", "complex64")
    raises_like(lambda: np.cbrt(z), lambda: leakyc.leaky_relu_grad(z, X[:3]), "grad", "complex64")


@pytest.mark.parametrize("slope", ["a", None, [None], object(), {}, "0.01", 1j])
def test_slopes_that_are_no_number(slope):
    def call():
        return leakyc.leaky_relu(X, slope)

    raises_like(lambda: np.copysign(X, slope), call, "negative_slope")


def test_prelu_speaks_of_itself():
    for wrong in ("a", 1j, np.zeros(6, "f4,f4")):
        for x in (X, X.astype("f2")):
            raises_like(
                lambda x=x, wrong=wrong: np.copysign(x, wrong),
                lambda x=x, wrong=wrong: leakyc.prelu(x, wrong),
                "prelu: slope has dtype",
            )
    raises_like(
        lambda: np.negative(X, out=[1]), lambda: leakyc.prelu(X, 0.1, out=[1]), "prelu: out"
    )


def outs():
    read_only = np.full(6, 7, np.float32)
    read_only.flags.writeable = False
    return {
        "read-only": (read_only, "read-only"),
        "shape": (np.full(5, 7, np.float32), "(5,)"),
        "smaller": (np.full((), 7, np.float32), "()"),
        "integers": (np.full(6, 7, np.int64), "int64"),
        "bool": (np.full(6, True), "bool"),
        "list": ([7.0] * 6, "list"),
        "string": ("out", "str"),
        "two": ((np.full(6, 7, np.float32), np.full(6, 7, np.float32)), ""),
    }


@pytest.mark.parametrize("name", outs())
@pytest.mark.parametrize("view", [slice(None), slice(None, None, -1)], ids=["plain", "reversed"])
def test_out_that_does_not_fit(name, view):
    out, word = outs()[name]
    before = np.array(out, copy=True)
    x = X[view]
    raises_like(lambda: np.negative(x, out=out), lambda: leakyc.leaky_relu(x, 0.1, out=out), word)
    raises_like(
        lambda: np.negative(x, out=out), lambda: leakyc.leaky_relu_grad(x, x, 0.1, out=out), word
    )
    np.testing.assert_array_equal(np.array(out), before)


def test_errors_of_arrays_of_many_dimensions():
    x, out = np.ones((1,) * 33), np.ones((1,) * 33, bool)
    raises_like(lambda: np.negative(x, out=out), lambda: leakyc.leaky_relu(x, out=out), "bool")
    out = np.ones((1,) * 32 + (2, 3))
    raises_like(
        lambda: np.add(x, X[:5], out=out), lambda: leakyc.leaky_relu(x, X[:5], out=out), "out"
    )


def test_shapes_that_do_not_broadcast():
    raises_like(lambda: np.add(X, X[:4]), lambda: leakyc.leaky_relu_grad(X, X[:4]), "(6,)", "(4,)")
    raises_like(lambda: np.add(X, X[:4]), lambda: leakyc.prelu(X, X[:4]), "(6,)", "(4,)")


@pytest.mark.parametrize(
    "function", [leakyc.leaky_relu, leakyc.leaky_relu_grad, leakyc.prelu, np.negative]
)
def test_no_argument_and_unknown_keyword(function):
    with pytest.raises(TypeError):
        function()
    with pytest.raises(TypeError):
        function(X, X, axes=0)
    with pytest.raises(TypeError):
        function(X, X, X, X, X)


@pytest.mark.parametrize("keyword", [{"casting": "maybe"}, {"order": "Z"}, {"dtype": "nonsense"}])
def test_keywords_with_a_wrong_value(keyword):
    raises_like(lambda: np.negative(X, **keyword), lambda: leakyc.leaky_relu(X, **keyword))


@pytest.mark.parametrize("dtype", ["i4", "?", "c8", "O", "U3", "M8[s]", "f4,f4"])
def test_dtype_keyword_of_the_wrong_kind(dtype):
    for call in (leakyc.leaky_relu, leakyc.prelu, leakyc.leaky_relu_grad):
        for casting in ("same_kind", "unsafe"):
            with pytest.raises(TypeError, match="dtype"):
                call(X, X, dtype=dtype, casting=casting)


@pytest.mark.parametrize("name", ["float8_e5m2", "float8_e4m3fn", "int4"])
def test_other_types_of_ml_dtypes(name):
    """No cast that NumPy happens to know makes them arrays of ours."""
    ml_dtypes = need("ml_dtypes")
    a = np.array([-2, 3]).astype(getattr(ml_dtypes, name))
    for argument, call in {
        "x": lambda: leakyc.leaky_relu(a),
        "grad": lambda: leakyc.leaky_relu_grad(a, X[:2]),
        "negative_slope": lambda: leakyc.leaky_relu(X[:2], a),
        "slope": lambda: leakyc.prelu(X[:2], a),
    }.items():
        with pytest.raises(TypeError, match=f"{argument} has dtype {name}"):
            call()


@pytest.mark.parametrize("slope", [-1, -0.5, float("nan"), np.float32(-1), np.array([0.1, -1])])
def test_from_output_needs_slopes_that_are_not_negative(slope):
    out = np.full(2, 7, np.float32)
    with pytest.raises(ValueError, match="from_output"):
        leakyc.leaky_relu_grad(X[:2], X[:2], slope, out=out, from_output=True)
    assert (out == 7).all()


def test_an_error_in_array_ufunc_comes_through():
    class Refuses:
        def __array_ufunc__(self, *args, **kwargs):
            raise LookupError("mine")

    with pytest.raises(LookupError, match="mine"):
        leakyc.leaky_relu(Refuses())
    with pytest.raises(LookupError, match="mine"):
        leakyc.leaky_relu_grad(X, Refuses())


def test_huge_integer_slope():
    with pytest.raises(OverflowError):
        leakyc.leaky_relu([1, 2], 10**400)
    if np.finfo(np.longdouble).maxexp > 1024:
        huge = leakyc.leaky_relu(-np.ones(2, np.longdouble), 10**400)
        assert (huge == -np.longdouble("1e400")).all()
