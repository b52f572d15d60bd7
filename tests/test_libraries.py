"""What other libraries' arrays become, each with the real library; and pickles and buffers."""

import array
import pickle
import warnings

import numpy as np
import pytest
import twin

import leakyc


@pytest.fixture(autouse=True)
def _no_numeric_warnings():
    """NaN, infinity and the rest must not warn; what a library deprecates is its own affair."""
    with warnings.catch_warnings(), np.errstate(all="raise"):
        warnings.simplefilter("error", RuntimeWarning)
        yield


def need(module):
    return pytest.importorskip(module, reason=f"{module} is not installed")


@pytest.fixture
def x(rng):
    return twin.values(rng, 6000, np.float32).reshape(60, 100)


@pytest.fixture
def grad(rng):
    return twin.values(rng, 6000, np.float32).reshape(60, 100)


# ---- dask ------------------------------------------------------------------------------------


@pytest.mark.parametrize("scheduler", ["threads", "sync"])
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.int32])
def test_dask_is_lazy_and_keeps_the_dtype(x, grad, dtype, scheduler):
    da = need("dask.array")
    with np.errstate(all="ignore"):
        a, g = (np.nan_to_num(v).astype(dtype) for v in (x, grad))
    lazy, lazy_grad = (da.from_array(v, chunks=(17, 40)) for v in (a, g))
    for got, want in [
        (leakyc.leaky_relu(lazy, 0.1), twin.leaky_relu(a, 0.1)),
        (leakyc.leaky_relu_grad(lazy_grad, lazy, 0.1), twin.leaky_relu_grad(g, a, 0.1)),
        (leakyc.leaky_relu_grad(g, lazy, 0.1), twin.leaky_relu_grad(g, a, 0.1)),
        (leakyc.prelu(lazy, a[:1]), twin.leaky_relu(a, a[:1])),
    ]:
        assert isinstance(got, da.Array)
        assert got.dtype == want.dtype
        assert isinstance(got._meta, np.ndarray) and got._meta.dtype == want.dtype
        assert got.chunks == lazy.chunks
        again = pickle.loads(pickle.dumps(got))
        twin.same_bits(again.compute(scheduler=scheduler), want)


def test_dask_keeps_bfloat16(x):
    da, ml_dtypes = need("dask.array"), need("ml_dtypes")
    with np.errstate(all="ignore"):
        a = x.astype(ml_dtypes.bfloat16)
    got = leakyc.leaky_relu(da.from_array(a, chunks=(17, 40)), 0.1)
    assert got.dtype == a.dtype
    twin.same_bits(got.compute(), twin.leaky_relu(a, 0.1))


# ---- labelled arrays ---------------------------------------------------------------------------


def test_xarray(x, grad):
    xr = need("xarray")
    a, g = (xr.DataArray(v, dims=("sample", "unit"), name="h") for v in (x, grad))
    got = leakyc.leaky_relu(a, 0.1)
    assert isinstance(got, xr.DataArray) and got.dims == a.dims
    twin.same_bits(got.values, twin.leaky_relu(x, 0.1))
    twin.same_bits(leakyc.leaky_relu_grad(g, a, 0.1).values, twin.leaky_relu_grad(grad, x, 0.1))
    slope = xr.DataArray(x[0], dims="unit")
    twin.same_bits(leakyc.prelu(a, slope).values, twin.leaky_relu(x, x[0]))
    data = leakyc.leaky_relu(xr.Dataset({"h": a}), 0.1)
    assert isinstance(data, xr.Dataset)
    twin.same_bits(data.h.values, twin.leaky_relu(x, 0.1))


def test_xarray_over_dask_is_lazy(x):
    xr, da = need("xarray"), need("dask.array")
    got = leakyc.leaky_relu(xr.DataArray(x, dims=("i", "j")).chunk({"i": 20}), 0.1)
    assert isinstance(got.data, da.Array)
    twin.same_bits(got.values, twin.leaky_relu(x, 0.1))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_pandas(x, grad, dtype):
    pd = need("pandas")
    with np.errstate(all="ignore"):
        a, g = x.astype(dtype), grad.astype(dtype)
    index = [f"row {i}" for i in range(len(a))]
    series = pd.Series(a[:, 0].copy(), index=index, name="h")
    got = leakyc.leaky_relu(series, 0.1)
    assert isinstance(got, pd.Series) and got.name == "h" and list(got.index) == index
    twin.same_bits(got.to_numpy(), twin.leaky_relu(a[:, 0], 0.1))
    frame, other = pd.DataFrame(a, index=index), pd.DataFrame(g, index=index)
    for got, want in [
        (leakyc.leaky_relu(frame, 0.1), twin.leaky_relu(a, 0.1)),
        (leakyc.leaky_relu_grad(other, frame, 0.1), twin.leaky_relu_grad(g, a, 0.1)),
        (leakyc.leaky_relu_grad(g, frame, 0.1), twin.leaky_relu_grad(g, a, 0.1)),
    ]:
        assert isinstance(got, pd.DataFrame) and list(got.index) == index
        twin.same_bits(got.to_numpy(), want)


def test_pandas_without_columns():
    pd = need("pandas")
    empty = pd.DataFrame(index=[3, 4])
    for got in (leakyc.leaky_relu(empty, 0.1), leakyc.leaky_relu_grad(empty, empty)):
        assert isinstance(got, pd.DataFrame) and got.shape == (2, 0)


def test_masked_arrays(x, grad):
    mask = np.random.default_rng(1).random(x.shape) < 0.3
    a = np.ma.array(x, mask=mask)
    for got, want in [
        (leakyc.leaky_relu(a, 0.1), twin.leaky_relu(x, 0.1)),
        (leakyc.leaky_relu_grad(grad, a, 0.1), twin.leaky_relu_grad(grad, x, 0.1)),
    ]:
        assert isinstance(got, np.ma.MaskedArray)
        assert (np.ma.getmaskarray(got) == mask).all()
        twin.same_bits(got.compressed(), want[~mask])


def test_sparse_arrays(rng):
    sparse = need("sparse")
    dense = np.where(rng.random((30, 40)) < 0.2, rng.standard_normal((30, 40)), 0).astype("f4")
    got = leakyc.leaky_relu(sparse.COO.from_numpy(dense), 0.1)
    assert isinstance(got, sparse.COO)
    assert got.nnz == np.count_nonzero(dense)
    assert got.dtype == np.float32
    twin.same_bits(got.todense(), twin.leaky_relu(dense, 0.1))


# ---- quantities: a unit has no sign to test ---------------------------------------------------


def test_pint_is_refused():
    pint = need("pint")
    length = pint.UnitRegistry().Quantity(np.linspace(-1, 1, 5), "meter")
    with pytest.raises(TypeError):
        leakyc.leaky_relu(length)
    with pytest.raises(TypeError):
        leakyc.leaky_relu_grad(length, length)


def test_astropy_is_refused():
    units = need("astropy.units")
    length = np.linspace(-1, 1, 5) * units.m
    with pytest.raises(TypeError):
        leakyc.leaky_relu(length)
    with pytest.raises(TypeError):
        leakyc.leaky_relu_grad(length, length)


# ---- memory of others ---------------------------------------------------------------------------


def test_memmap_in_and_out(x, grad, tmp_path):
    def mapped(name, mode, values=None):
        made = np.memmap(tmp_path / name, np.float32, mode, shape=x.shape)
        if values is not None:
            made[...] = values
        return made

    a, g, y = mapped("x", "w+", x), mapped("grad", "w+", grad), mapped("y", "w+")
    assert leakyc.leaky_relu(a, 0.1, out=y) is y
    y.flush()
    twin.same_bits(
        np.fromfile(tmp_path / "y", np.float32).reshape(x.shape), twin.leaky_relu(x, 0.1)
    )
    leakyc.leaky_relu_grad(g, a, 0.1, out=g)
    g.flush()
    stored = np.fromfile(tmp_path / "grad", np.float32).reshape(x.shape)
    twin.same_bits(stored, twin.leaky_relu_grad(grad, x, 0.1))
    del a
    a = np.memmap(tmp_path / "x", np.float32, "r", shape=x.shape)
    twin.same_bits(np.asarray(leakyc.leaky_relu(a[:, ::2], 0.1)), twin.leaky_relu(x[:, ::2], 0.1))
    with pytest.raises(ValueError, match="read-only"):
        leakyc.leaky_relu(a, 0.1, out=a)


def test_torch_tensors_in(x, grad):
    torch = need("torch")
    a, g = torch.from_numpy(x.copy()), torch.from_numpy(grad.copy())
    twin.same_bits(np.asarray(leakyc.leaky_relu(a, 0.1)), twin.leaky_relu(x, 0.1))
    dx = leakyc.leaky_relu_grad(g, a, 0.1)
    twin.same_bits(np.asarray(dx), twin.leaky_relu_grad(grad, x, 0.1))
    for other in (a.half(), a.double(), a.T, a[3, 5], torch.arange(-4, 9)):
        y = leakyc.leaky_relu(other, np.float64(0.1))
        assert isinstance(y, torch.Tensor) and y.shape == other.shape
        twin.same_bits(y.numpy(), twin.leaky_relu(other.numpy(), 0.1))
    y, slope = leakyc.rrelu(a, rng=np.random.default_rng(1))
    twin.same_bits(y.numpy(), twin.leaky_relu(x, slope))
    with pytest.raises(TypeError, match="x has dtype complex64"):
        leakyc.leaky_relu(a * 1j)
    # Zero copies, both ways: NumPy's view of the tensor's memory is an input and the output.
    leakyc.leaky_relu(a.numpy(), 0.1, out=a.numpy())
    twin.same_bits(a.numpy(), twin.leaky_relu(x, 0.1))


def test_buffers(x):
    row = x[0].copy()
    want = twin.leaky_relu(row, 0.1)
    twin.same_bits(leakyc.leaky_relu(memoryview(row), 0.1), want)
    twin.same_bits(leakyc.leaky_relu(array.array("f", row.tobytes()), 0.1), want)
    twin.same_bits(leakyc.leaky_relu(memoryview(row)[::2], 0.1), want[::2])


class Interface:
    """Gives its memory away by `__array_interface__` alone."""

    def __init__(self, a):
        self.a, self.__array_interface__ = a, a.__array_interface__


def test_array_interface(x):
    twin.same_bits(leakyc.leaky_relu(Interface(x), 0.1), twin.leaky_relu(x, 0.1))


def test_dlpack_through_numpy(x):
    torch = need("torch")
    view = np.from_dlpack(torch.from_numpy(x.copy()))
    twin.same_bits(leakyc.leaky_relu(view, 0.1), twin.leaky_relu(x, 0.1))
    twin.same_bits(leakyc.leaky_relu(view.T, 0.1), twin.leaky_relu(x.T, 0.1))


# ---- other processes ---------------------------------------------------------------------------

CALLABLES = [leakyc.leaky_relu, leakyc.leaky_relu_grad, leakyc.prelu, leakyc.ufuncs.leaky_relu]


@pytest.mark.parametrize("name", ["pickle", "cloudpickle"])
def test_functions_pickle(name):
    module = need(name)
    for function in [*CALLABLES, leakyc.ufuncs.leaky_relu_grad]:
        assert pickle.loads(module.dumps(function)) is function


@pytest.mark.parametrize("backend", ["loky", "threading"])
def test_joblib_workers(backend, x):
    joblib = need("joblib")
    rows = joblib.Parallel(n_jobs=2, backend=backend)(
        joblib.delayed(leakyc.leaky_relu)(row, 0.1) for row in x[:6]
    )
    twin.same_bits(np.stack(rows), twin.leaky_relu(x[:6], 0.1))
    functions = [leakyc.ufuncs.leaky_relu] * 2
    ufunc_rows = joblib.Parallel(n_jobs=2, backend=backend)(
        joblib.delayed(function)(row, np.float32(0.1))
        for function, row in zip(functions, x[:2], strict=True)
    )
    twin.same_bits(np.stack(ufunc_rows), twin.leaky_relu(x[:2], 0.1))
