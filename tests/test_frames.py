"""Series, frames and labelled arrays: pandas, polars, xarray. Each column and variable keeps its
dtype, its labels and its missing values."""

import numpy as np
import pytest
import twin
from needs import need

import leakyc

pytestmark = pytest.mark.usefixtures("no_numeric_warnings")


@pytest.fixture
def x(rng):
    return twin.values(rng, 6000, np.float32).reshape(60, 100)


@pytest.fixture
def grad(rng):
    return twin.values(rng, 6000, np.float32).reshape(60, 100)


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
