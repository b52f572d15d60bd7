"""The calls that are no ufuncs take off nothing that they do not understand: masks, units, labels,
laziness, types. They say what to write instead."""

import numpy as np
import pytest
import twin
from needs import need

import leakyc

A = np.array([[-1, 2, 3], [4, -5, 6]], np.float32)
ROW = np.array([1, 2, 3], np.float32)
MASK = twin.mask(A)


class Tagged(np.ndarray):
    """A subclass that says nothing of ufuncs."""


class Wrapped:
    """An array that NumPy wraps results in, as torch's."""

    def __init__(self, a):
        self.a = a

    def __array__(self, dtype=None, copy=None):
        return np.array(self.a, dtype)

    def __array_wrap__(self, a, context=None, return_scalar=False):
        return Wrapped(a)


KINDS = {  # the words of the error, and what makes such an object of an array
    r".*Tagged.*numpy\.asarray\(": lambda a: a.view(Tagged),
    r".*Wrapped.*numpy\.asarray\(": Wrapped,
    r"numpy\.matrix.*numpy\.asarray\(": np.matrix,
    r"numpy\.recarray.*numpy\.asarray\(": lambda a: a.view(np.recarray),
    r"numpy\.MaskedArray.*\.filled\(0\)": lambda a: np.ma.array(a, mask=np.zeros(a.shape, bool)),
    r"dask\.Array.*(laz|compute|map_blocks)": lambda a: need("dask.array").from_array(a),
    r"pandas\.(DataFrame|Series).*\.to_numpy\(\)": lambda a: (
        need("pandas").DataFrame(a) if a.ndim == 2 else need("pandas").Series(a)
    ),
    r"xarray\.DataArray.*\.to_numpy\(\)": lambda a: need("xarray").DataArray(a),
    r"polars\.(DataFrame|Series).*\.to_numpy\(\)": lambda a: (
        need("polars").DataFrame(a) if a.ndim == 2 else need("polars").Series(a)
    ),
    r"torch\.Tensor.*\.detach\(\)\.numpy\(\)": lambda a: need("torch").tensor(a),
    r"mygrad\.Tensor.*\.data": lambda a: need("mygrad").tensor(a),
    r"scipy\.sparse\.csr_matrix.*m\.data": lambda a: need("scipy.sparse").csr_matrix(a),
    r"scipy\.sparse\.coo_array.*m\.data": lambda a: need("scipy.sparse").coo_array(a),
    r"sparse\.COO.*\.data": lambda a: need("sparse").COO(a),
    r"astropy\.Quantity.*\.value": lambda a: a * need("astropy.units").m,
    r"unyt\.unyt_array.*\.value": lambda a: need("unyt").unyt_array(a, "m"),
    r"pint\.Quantity.*\.magnitude": lambda a: need("pint").UnitRegistry().Quantity(a, "m"),
    r"awkward\.Array.*awkward\.to_numpy": lambda a: need("awkward").Array(a),
    r"list that holds a numpy\.MaskedArray": lambda a: [np.ma.array(part) for part in a],
    r"list that holds a torch\.Tensor": lambda a: [need("torch").tensor(part) for part in a],
}

CALLS = {  # function and argument: the call with this argument, and what it is like
    ("leaky_relu_with_mask", "x"): (lambda a, **k: leakyc.leaky_relu_with_mask(a, 0.1, **k), A),
    ("leaky_relu_with_mask", "out"): (
        lambda a, **k: leakyc.leaky_relu_with_mask(A, 0.1, out=a, **k),
        A,
    ),
    ("leaky_relu_with_mask", "mask"): (
        lambda a, **k: leakyc.leaky_relu_with_mask(A, 0.1, mask=a, **k),
        MASK,
    ),
    ("leaky_relu_grad_from_mask", "grad"): (
        lambda a, **k: leakyc.leaky_relu_grad_from_mask(a, MASK, 0.1, **k),
        A,
    ),
    ("leaky_relu_grad_from_mask", "mask"): (
        lambda a, **k: leakyc.leaky_relu_grad_from_mask(A, a, 0.1, **k),
        MASK,
    ),
    ("leaky_relu_grad_from_mask", "out"): (
        lambda a: leakyc.leaky_relu_grad_from_mask(A, MASK, 0.1, out=a),
        A,
    ),
    ("bias_leaky_relu", "x"): (lambda a, **k: leakyc.bias_leaky_relu(a, ROW, **k), A),
    ("bias_leaky_relu", "bias"): (lambda a, **k: leakyc.bias_leaky_relu(A, a, **k), ROW),
    ("bias_leaky_relu", "out"): (lambda a: leakyc.bias_leaky_relu(A, ROW, out=a), A),
    ("bias_leaky_relu_grad", "grad"): (lambda a, **k: leakyc.bias_leaky_relu_grad(a, A, **k), A),
    ("bias_leaky_relu_grad", "y"): (lambda a, **k: leakyc.bias_leaky_relu_grad(A, a, **k), A),
    ("bias_leaky_relu_grad", "out"): (lambda a: leakyc.bias_leaky_relu_grad(A, A, out=a), A),
    ("bias_prelu", "x"): (lambda a, **k: leakyc.bias_prelu(a, ROW, ROW, **k), A),
    ("bias_prelu", "bias"): (lambda a, **k: leakyc.bias_prelu(A, a, 0.1, **k), ROW),
    ("bias_prelu", "slope"): (lambda a, **k: leakyc.bias_prelu(A, None, a, **k), ROW),
    ("bias_prelu", "out"): (lambda a: leakyc.bias_prelu(A, ROW, ROW, out=a), A),
    ("bias_prelu_grad", "grad"): (lambda a, **k: leakyc.bias_prelu_grad(a, A, ROW, 0.1, **k), A),
    ("bias_prelu_grad", "x"): (lambda a, **k: leakyc.bias_prelu_grad(A, a, ROW, ROW, **k), A),
    ("bias_prelu_grad", "bias"): (lambda a, **k: leakyc.bias_prelu_grad(A, A, a, ROW, **k), ROW),
    ("bias_prelu_grad", "slope"): (lambda a, **k: leakyc.bias_prelu_grad(A, A, ROW, a, **k), ROW),
    ("bias_prelu_grad", "out"): (lambda a: leakyc.bias_prelu_grad(A, A, ROW, ROW, out=a), A),
    ("prelu_grad", "grad"): (lambda a, **k: leakyc.prelu_grad(a, A, 0.1, **k), A),
    ("prelu_grad", "x"): (lambda a, **k: leakyc.prelu_grad(A, a, ROW, **k), A),
    ("prelu_grad", "slope"): (lambda a, **k: leakyc.prelu_grad(A, A, a, **k), ROW),
    ("prelu_grad", "out"): (lambda a: leakyc.prelu_grad(A, A, 0.1, out=a), A),
}


def made(words, like):
    if "coo_array" in words and like.ndim == 1:
        like = like[None]
    return KINDS[words](like)


@pytest.mark.parametrize("words", KINDS)
@pytest.mark.parametrize("name, argument", CALLS)
def test_refused_by_name_and_with_what_to_write(name, argument, words):
    if argument == "out" and "list" in words:
        words = next(w for w in KINDS if "Tagged" in w)
    call, like = CALLS[name, argument]
    given = made(words, like)
    with pytest.raises(TypeError, match=rf"^{name}: {argument} is (of type|a) {words}"):
        call(given)
    if argument not in ("out", "mask"):
        out = np.full(A.shape, 7, np.float32)
        with pytest.raises(TypeError, match=words):
            call(given, out=out)
        assert (out == 7).all()


@pytest.mark.parametrize("words", [words for words in KINDS if "list" not in words])
@pytest.mark.parametrize("argument", ["negative_slope", "gain", "clamp"])
def test_numbers_of_other_libraries(argument, words):
    with pytest.raises(TypeError, match=rf"{argument} must be one real number, got .*\w"):
        leakyc.bias_leaky_relu(A, ROW, **{argument: made(words, ROW)})


def test_a_masked_element_enters_no_sum():
    masked = np.ma.array([-1.0, -100.0], mask=[False, True])
    with pytest.raises(TypeError, match="MaskedArray"):
        leakyc.prelu_grad(np.ones(2), masked, 0.1)
    for hidden in ([1.0, np.ma.masked], [[masked]], (1.0, (np.ma.masked,))):
        with pytest.raises(TypeError, match="holds a numpy.Masked"):
            leakyc.bias_leaky_relu_grad(np.ones(2), hidden)


def test_memory_maps_and_sequences_are_arrays(tmp_path):
    mapped = np.memmap(tmp_path / "x", np.float32, "w+", shape=A.shape)
    mapped[...] = A
    want = leakyc.bias_leaky_relu(A, ROW)
    for x in (mapped, A.tolist(), memoryview(A), tuple(A), [list(row) for row in A]):
        twin.same_bits(np.float32(leakyc.bias_leaky_relu(x, ROW)), want)
    assert leakyc.bias_leaky_relu(A, ROW, out=mapped) is mapped
    twin.same_bits(np.asarray(mapped), want)


# ---- what the errors say to write, written ----------------------------------------------------


def test_what_to_write_for_dask():
    da = need("dask.array")
    x = da.from_array(A, chunks=(1, 3))
    lazy = x.map_blocks(leakyc.bias_leaky_relu, ROW, 0.1)
    assert isinstance(lazy, da.Array) and lazy.dtype == A.dtype
    twin.same_bits(lazy.compute(), leakyc.bias_leaky_relu(A, ROW, 0.1))
    dx, dbias = leakyc.bias_leaky_relu_grad(A, A, 0.1)
    lazy = leakyc.leaky_relu_grad(x, x, 0.1, from_output=True)
    twin.same_bits(lazy.compute(), dx)
    np.testing.assert_allclose(lazy.sum(axis=0).compute(), dbias, rtol=1e-6)
    infinite = np.where(A > 0, np.inf, A)
    for a in (A, infinite.astype(A.dtype)):  # a positive infinity is no term of the sum
        x = da.from_array(a, chunks=(1, 3))
        dx, dslope = leakyc.prelu_grad(A, a, 0.1)
        twin.same_bits(leakyc.leaky_relu_grad(A, x, 0.1).compute(), dx)
        lazy = da.where(x > 0, 0, A * x).sum()
        np.testing.assert_allclose(lazy.compute(), dslope, rtol=1e-6)
    slope = da.random.uniform(1 / 8, 1 / 3, x.shape, chunks=x.chunks).astype(x.dtype)
    y = leakyc.prelu(x, slope)
    assert isinstance(y, da.Array) and y.dtype == x.dtype


# ---- random slopes ----------------------------------------------------------------------------


def rrelu(x, seed=3, **keywords):
    return leakyc.rrelu(x, rng=np.random.default_rng(seed), **keywords)


def test_rrelu_keeps_the_type_of_what_it_can_draw_for():
    pd, xr, torch = need("pandas"), need("xarray"), need("torch")
    y, slope = rrelu(A)
    for x in (
        A.view(Tagged),
        np.ma.array(A, mask=A < -2),
        pd.DataFrame(A),
        xr.DataArray(A),
        torch.tensor(A),
    ):
        got, drawn = rrelu(x)
        assert type(got) is type(x) and type(drawn) is np.ndarray
        twin.same_bits(drawn, slope)
        twin.same_bits(np.asarray(got)[A > -2], y[A > -2])


@pytest.mark.parametrize(
    "words",
    [
        *[w for w in KINDS if w.startswith(("dask", "sparse", "scipy", "astropy", "unyt", "pint"))],
        *[w for w in KINDS if w.startswith(("mygrad", "awkward", "list"))],
    ],
)
def test_rrelu_refuses_what_it_cannot_draw_for(words):
    rng = np.random.default_rng(1)
    before = rng.bit_generator.state
    with pytest.raises(TypeError, match=words):
        leakyc.rrelu(made(words, A), rng=rng)
    if "list" not in words:
        with pytest.raises(TypeError, match="out is of type"):
            leakyc.rrelu(A, rng=rng, out=made(words, A))
    assert rng.bit_generator.state == before


def test_rrelu_refuses_columns_of_several_dtypes():
    pd = need("pandas")
    with pytest.raises(TypeError, match="DataFrame"):
        rrelu(pd.DataFrame({"a": np.float32([1]), "b": [1.0]}))
    xr = need("xarray")
    for x in (xr.Dataset({"a": ("i", ROW)}), xr.DataArray(need("dask.array").from_array(A))):
        with pytest.raises(TypeError, match="xarray"):
            rrelu(x)
