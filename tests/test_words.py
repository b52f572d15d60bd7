"""What errors say: the culprit and what to write instead."""

import decimal
import fractions
import re

import numpy as np
import pytest
from needs import need

import leakyc

X = np.float32([-1, 2, -3])
RNG = np.random.default_rng(1)

BY_KEYWORD = {  # each function with what it needs, but for its slope
    "leaky_relu": lambda **k: leakyc.leaky_relu(X, **k),
    "leaky_relu_grad": lambda **k: leakyc.leaky_relu_grad(X, X, **k),
    "prelu": lambda **k: leakyc.prelu(X, **k),
    "leaky_relu_with_mask": lambda **k: leakyc.leaky_relu_with_mask(X, **k),
    "leaky_relu_grad_from_mask": lambda **k: leakyc.leaky_relu_grad_from_mask(
        X, np.zeros(1, np.uint8), **k
    ),
    "bias_leaky_relu": lambda **k: leakyc.bias_leaky_relu(X, X, **k),
    "bias_leaky_relu_grad": lambda **k: leakyc.bias_leaky_relu_grad(X, X, **k),
    "prelu_grad": lambda **k: leakyc.prelu_grad(X, X, **k),
    "rrelu": lambda **k: leakyc.rrelu(X, rng=RNG, **k),
}
every = pytest.mark.parametrize("name", BY_KEYWORD)


def slope_of(name):
    return "slope" if name.startswith("prelu") else "negative_slope"


# ---- keywords ----------------------------------------------------------------------------------


@every
@pytest.mark.parametrize(
    "keyword",
    ["alpha", "Alpha", "slope", "a", "leak", "negval", "negative_slop", "leakiness", "slopes"],
)
def test_other_names_of_the_slope(name, keyword):
    if keyword == slope_of(name):
        assert BY_KEYWORD[name](**{keyword: 0.1}) is not None
        return
    suggested = "lower and upper" if name == "rrelu" else f"did you mean {slope_of(name)}\\?"
    with pytest.raises(TypeError, match=rf"^{name}\(\) .*'{keyword}'; .*{suggested}"):
        BY_KEYWORD[name](**{keyword: 0.1})


@every
@pytest.mark.parametrize("keyword", ["inplace", "in_place", "output", "ouput", "dst"])
def test_other_names_of_out(name, keyword):
    with pytest.raises(TypeError, match=rf"^{name}\(\) .*'{keyword}'; out takes .* out=x"):
        BY_KEYWORD[name](**{keyword: True})


@every
def test_a_keyword_that_means_nothing(name):
    with pytest.raises(TypeError, match="unexpected keyword argument 'colour'; it takes .*out"):
        BY_KEYWORD[name](colour=1)


WRONG_NUMBERS = [
    (lambda: leakyc.leaky_relu(), "leaky_relu() takes at least 1 positional argument (0 given)"),
    (lambda: leakyc.prelu(X), "prelu() takes at least 2 positional arguments (1 given)"),
    (
        lambda: leakyc.leaky_relu(X, 0.1, None, True),
        "leaky_relu() takes at most 3 positional arguments (4 given)",
    ),
    (
        lambda: leakyc.leaky_relu_grad(X, x=X),
        "leaky_relu_grad() takes x by position only: leaky_relu_grad(grad, x, ...)",
    ),
    (
        lambda: leakyc.prelu_grad(X, X),
        "prelu_grad() takes exactly 3 positional arguments (2 given)",
    ),
    (
        lambda: leakyc.leaky_relu_with_mask(X, 0.1, None),
        "leaky_relu_with_mask() takes exactly 2 positional arguments (3 given)",
    ),
    (
        lambda: leakyc.leaky_relu(X, 0.1, negative_slope=0.2),
        "leaky_relu() got multiple values for keyword argument 'negative_slope'",
    ),
    (
        lambda: leakyc.bias_leaky_relu(X, X, x=X),
        "bias_leaky_relu() got multiple values for keyword argument 'x'",
    ),
]


@pytest.mark.parametrize("call, words", WRONG_NUMBERS)
def test_too_few_and_too_many_arguments(call, words):
    with pytest.raises(TypeError, match=f"^{re.escape(words)}$"):
        call()


def test_keywords_that_are_not_interned():
    name = "".join(["negative", "_slope"])
    assert leakyc.leaky_relu(-1.0, **{name: 0.5}) == -0.5
    mask = leakyc.leaky_relu_with_mask(**{"".join("x"): X, name: 0.5})[1]
    assert leakyc.leaky_relu_grad_from_mask(X, mask, **{name: 0.5}).shape == X.shape


def test_arguments_that_are_positional():
    for call in (
        lambda: leakyc.leaky_relu(x=X),
        lambda: leakyc.leaky_relu_grad(grad=X, x=X),
        lambda: leakyc.prelu(x=X, slope=0.1),
    ):
        with pytest.raises(TypeError, match="by position only"):
            call()


def test_prelu_by_keyword():
    want = leakyc.prelu(X, 0.5)
    for slope in (0.5, np.full(3, 0.5, np.float32), [0.5] * 3):
        assert (leakyc.prelu(X, slope=slope) == want).all()
        out = np.empty_like(X)
        assert leakyc.prelu(X, slope=slope, out=out) is out and (out == want).all()
        assert leakyc.prelu(X, out=out, slope=slope, dtype="f4") is out
    with pytest.raises(TypeError, match="slope"):
        leakyc.prelu(X, 0.5, slope=0.5)


def test_keywords_under_autograd():
    need("autograd")
    from leakyc import autograd

    with pytest.raises(TypeError, match="did you mean negative_slope"):
        autograd.leaky_relu(X, alpha=0.1)
    assert (autograd.prelu(X, slope=0.5) == leakyc.prelu(X, 0.5)).all()


# ---- the slope as second argument ---------------------------------------------------------------


@pytest.mark.parametrize(
    "number", [0.1, 1, True, np.float32(0.1), np.float64(-1), np.int8(1), np.array(0.1)], ids=repr
)
def test_a_number_as_second_of_two_arguments(number):
    out = np.full(3, 7, np.float32)
    for keywords in ({}, {"out": out}, {"dtype": "f8"}, {"from_output": True}, {"where": X > 0}):
        for grad in (X, X.astype(int), X.tolist(), X[::2]):
            with pytest.raises(TypeError, match=r"leaky_relu_grad\(grad, x, negative_slope\)"):
                leakyc.leaky_relu_grad(grad, number, **keywords)
    assert (out == 7).all()
    assert (leakyc.leaky_relu_grad(X, number, 0.1) is not None) and (
        leakyc.leaky_relu_grad(X, number, negative_slope=0.1) is not None
    )
    need("autograd")
    from leakyc import autograd

    with pytest.raises(TypeError, match=r"leaky_relu_grad\(grad, x, negative_slope\)"):
        autograd.leaky_relu_grad(X, number)


def test_scalars_as_both_of_two_arguments():
    for number in (0.1, np.float32(0.1)):
        with pytest.raises(TypeError, match="the slope comes third"):
            leakyc.leaky_relu_grad(number, number)
    assert leakyc.leaky_relu_grad(np.array(2.0), np.array(-1.0)) == 0.02


# ---- numbers -----------------------------------------------------------------------------------


NO_NUMBERS = {
    "decimal.Decimal; pass float": decimal.Decimal("0.1"),
    "fractions.Fraction; pass float": fractions.Fraction(1, 3),
    "complex 1j": 1j,
    "str '0.1'": "0.1",
    "None": None,
    "object": object(),
    "dict": {},
}


@every
@pytest.mark.parametrize("words", NO_NUMBERS)
def test_slopes_that_are_no_numbers(name, words):
    argument = "lower" if name == "rrelu" else slope_of(name)
    with pytest.raises(
        TypeError, match=rf"^{name}: {argument} .*must be .*real number.*, got {words}"
    ):
        BY_KEYWORD[name](**{argument: NO_NUMBERS[words]})


@every
def test_an_integer_beyond_float64(name):
    argument = "lower" if name == "rrelu" else slope_of(name)
    with pytest.raises(OverflowError, match=f"^{name}: {argument} is an integer of 1329 bits"):
        BY_KEYWORD[name](**{argument: 10**400})


@pytest.mark.parametrize("argument", ["gain", "clamp"])
def test_gains_and_clamps_that_are_no_numbers(argument):
    for words, value in NO_NUMBERS.items():
        if value is None and argument == "clamp":
            continue
        with pytest.raises(TypeError, match=f"{argument} must be one real number, got {words}"):
            leakyc.bias_leaky_relu(X, X, **{argument: value})


def test_arrays_that_are_objects():
    for value in (decimal.Decimal("0.1"), fractions.Fraction(1, 3), {}):
        with pytest.raises(TypeError, match=r"leaky_relu: x is of type (decimal|fractions|dict)"):
            leakyc.leaky_relu(value)


# ---- the culprit, with `out=` given -------------------------------------------------------------

CULPRITS = {
    "order": ({"order": "Z"}, "^order must"),
    "order's type": ({"order": 1}, "^order must"),
    "casting": ({"casting": "maybe"}, "^casting must"),
    "casting's type": ({"casting": 3}, "^casting must"),
    "subok": ({"subok": 3}, "^'subok' must"),
    "where": ({"where": np.array([1, 0, 1])}, "leaky_relu(_grad)?: where has dtype int64"),
    "where, floats": ({"where": X}, "leaky_relu(_grad)?: where has dtype float32"),
    "where's shape": ({"where": X[:2] > 0}, "^operands could not be broadcast"),
    "inputs": ({"casting": "safe", "dtype": "f2"}, "^Cannot cast ufunc .* input"),
    "dtype": ({"dtype": "i4"}, "dtype is int32"),
    "dtype's name": ({"dtype": "nonsense"}, "nonsense"),
}


@pytest.mark.filterwarnings("ignore:'where' used without 'out'")  # NumPy's, from 2.4 on
@pytest.mark.parametrize("culprit", CULPRITS)
@pytest.mark.parametrize("with_out", [False, True])
def test_the_culprit_is_named(culprit, with_out):
    keywords, words = CULPRITS[culprit]
    out = np.full(3, 7, np.float32)
    keywords = keywords | ({"out": out} if with_out else {})
    for call in (leakyc.leaky_relu, lambda x, s, **k: leakyc.leaky_relu_grad(x, x, s, **k)):
        with pytest.raises((TypeError, ValueError), match=words):
            call(X, 0.1, **keywords)
    assert (out == 7).all()


@pytest.mark.parametrize("code", ["i4", "?", "M8[s]", "f4,f4"])
def test_out_is_named_where_it_is_the_culprit(code):
    out = np.zeros(3, code)
    with pytest.raises(TypeError, match="^leaky_relu: out has dtype"):
        leakyc.leaky_relu(X, 0.1, out=out)
    with pytest.raises(TypeError, match="^leaky_relu: x has dtype"):
        leakyc.leaky_relu(X.astype("U"), 0.1, out=out)
    with pytest.raises(TypeError, match="negative_slope .*must be"):
        leakyc.leaky_relu(X, "a", out=out)


@pytest.mark.parametrize("with_out", [False, True])
def test_libraries_are_named(with_out):
    units, unyt, pint = need("astropy.units"), need("unyt"), need("pint")
    sparse, mygrad = need("scipy.sparse"), need("mygrad")
    keywords = {"out": np.full(3, 7, np.float32)} if with_out else {}
    for words, a in {
        r"astropy.Quantity.*pass {}\.value": X * units.m,
        r"unyt.unyt_array.*pass {}\.value": unyt.unyt_array(X, "m"),
        r"pint.Quantity.*pass {}\.magnitude": pint.UnitRegistry().Quantity(X, "m"),
        r"mygrad.Tensor.*pass {}\.data": mygrad.tensor(X),
        r"scipy.sparse.csr_matrix.*m\.data": sparse.csr_matrix(X),
        r"scipy.sparse.coo_array.*m\.data": sparse.coo_array(X[None]),
        r"scipy.sparse.lil_matrix.*m\.data": sparse.lil_matrix(X),
    }.items():
        for argument, call in {
            "x": lambda a: leakyc.leaky_relu(a, 0.1, **keywords),
            "grad": lambda a: leakyc.leaky_relu_grad(a, X, 0.1, **keywords),
            "slope": lambda a: leakyc.prelu(X, a, **keywords),
        }.items():
            match = rf"{argument} is of type {words.format(argument)}"
            with pytest.raises(TypeError, match=match):
                call(a)
    if with_out:
        assert (keywords["out"] == 7).all()


def test_out_of_another_library():
    units, unyt = need("astropy.units"), need("unyt")
    for out in (X * units.m, unyt.unyt_array(X, "m")):
        with pytest.raises(TypeError, match=r"leaky_relu: out is of type .*pass out\.value"):
            leakyc.leaky_relu(X, 0.1, out=out)


def test_a_library_of_ones_own():
    class Refuses:
        def __array_ufunc__(self, ufunc, method, *inputs, **keywords):
            return NotImplemented

    with pytest.raises(TypeError, match=r"x is of type .*Refuses, which takes no part in this"):
        leakyc.leaky_relu(Refuses(), out=X.copy())
