"""Series, frames and labelled arrays: pandas, polars, xarray. Each column and variable keeps its
dtype, its labels and its missing values."""

import numpy as np
import pytest
import twin
from needs import need

import leakyc

pytestmark = pytest.mark.usefixtures("no_numeric_warnings")


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


def test_xarray_over_dask_is_lazy(x):
    xr, da = need("xarray"), need("dask.array")
    got = leakyc.leaky_relu(xr.DataArray(x, dims=("i", "j")).chunk({"i": 20}), 0.1)
    assert isinstance(got.data, da.Array)
    twin.same_bits(got.values, twin.leaky_relu(x, 0.1))


def test_xarray_datasets_with_slopes_along_a_dimension(x):
    xr = need("xarray")
    x = np.nan_to_num(x)
    wide, slope = x.astype(np.float64), np.linspace(0, 1, 100, dtype=np.float32)
    data = xr.Dataset({"f": (("i", "j"), x), "d": (("i", "j"), wide)})
    for given in (data, data.chunk({"i": 20})):
        got = leakyc.prelu(given, xr.DataArray(slope, dims="j"))
        assert (got.chunksizes == {}) == (given is data)
        twin.same_bits(got.f.values, twin.leaky_relu(x, slope))
        twin.same_bits(got.d.values, twin.leaky_relu(wide, slope))


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


@pytest.mark.parametrize("dtype", ["float[pyarrow]", "double[pyarrow]"])
def test_pandas_over_arrow(dtype):
    pd = need("pandas")
    need("pyarrow")
    series = pd.Series([-2.0, None, 3.0], dtype=dtype, name="x")
    for got in (leakyc.leaky_relu(series, 0.5), leakyc.leaky_relu(series.to_frame(), 0.5)["x"]):
        assert got.dtype == dtype
        assert got.isna().tolist() == [False, True, False] and got.dropna().tolist() == [-1, 3]


@pytest.mark.parametrize("fill", [0, -1, np.nan])
def test_pandas_sparse(fill):
    """pandas makes float64 of it, as for every ufunc of two inputs; its values are right."""
    pd = need("pandas")
    values = np.array([0, 0, -2, 3, -1, -1], np.float32)
    got = leakyc.leaky_relu(pd.Series(pd.arrays.SparseArray(values, fill_value=fill)), 0.5)
    assert isinstance(got.dtype, pd.SparseDtype)
    assert got.tolist() == [0, 0, -1, 3, -0.5, -0.5]
