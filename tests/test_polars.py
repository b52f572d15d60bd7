"""polars: Series and expressions, eager and lazy, keep float32 and nulls."""

import numpy as np
import pytest
import twin
from needs import need

import leakyc

pl = need("polars")

VALUES = [2, 1, None, 4]
FLOATS = {pl.Float32: pl.Float32, pl.Float64: pl.Float64}
INTEGERS = dict.fromkeys([pl.Int8, pl.Int16, pl.Int32, pl.Int64, pl.UInt8, pl.UInt64], pl.Float64)
DTYPES = pytest.mark.parametrize("dtype", [*FLOATS, *INTEGERS], ids=str)


def made(dtype):
    signed = [v if v is None or dtype in (pl.UInt8, pl.UInt64) else -v for v in VALUES]
    return pl.Series("a", [*signed, 3], dtype=dtype)


def wanted(series, slope=0.5):
    result = (FLOATS | INTEGERS)[series.dtype]
    return pl.Series(
        "a", [v if v is None or v > 0 else slope * v for v in series.to_list()], dtype=result
    )


def same(got, want):
    assert got.dtype == want.dtype and got.to_list() == want.to_list()


@DTYPES
@pytest.mark.parametrize("slope", [0.5, np.float32(0.5), np.float64(0.5), np.array(0.5), 2, True])
def test_series(dtype, slope):
    series = made(dtype)
    chunked = pl.concat([series, series], rechunk=False)
    want = wanted(series, float(slope))
    for call in (leakyc.leaky_relu, leakyc.prelu):
        same(call(series, slope), want)
        same(call(chunked, slope), pl.concat([want, want]))
        same(call(series, slope, dtype=np.float32), want.cast(pl.Float32))
    same(leakyc.ufuncs.leaky_relu(series, float(slope)), want)
    dx = leakyc.leaky_relu_grad(series, series, slope)
    same(dx, want)
    for one in (1, 1.0):
        assert leakyc.leaky_relu_grad(one, series, slope).dtype == want.dtype
        assert leakyc.leaky_relu_grad(series, one, slope).to_list() == series.to_list()
    ones = np.ones(5, "f4")
    if dtype == pl.Float32:
        assert leakyc.leaky_relu_grad(ones, series, slope).dtype == pl.Float32


@DTYPES
def test_expressions(dtype):
    frame = made(dtype).to_frame().with_columns(b=pl.col("a"))
    want = wanted(made(dtype))
    for source in (frame, frame.lazy()):
        for expression in (
            leakyc.leaky_relu(pl.col("a"), 0.5),
            leakyc.prelu(pl.col("a"), np.float64(0.5)),
            leakyc.leaky_relu_grad(pl.col("a"), pl.col("b"), 0.5),
            leakyc.ufuncs.leaky_relu(pl.col("a"), 0.5),
        ):
            assert isinstance(expression, pl.Expr)
            same(source.select(expression).lazy().collect()["a"], want)
    assert frame.select(leakyc.leaky_relu_grad(1.0, pl.col("b"), 0.5))["b"].dtype == want.dtype


@DTYPES
def test_slopes_of_a_series(dtype):
    series = made(dtype)
    for slopes in (pl.Series([0.5] * 5, dtype=pl.Float32), np.full(5, 0.5, np.float32)):
        same(leakyc.prelu(series, slopes), wanted(series))
    double = pl.Series([2] * 5, dtype=dtype)
    same(leakyc.prelu(series, double), wanted(series, 2.0))


def test_bits_and_slopes_that_float32_cannot_hold(rng):
    x = twin.values(rng, 1000, np.float32)
    with np.errstate(all="raise"):
        for slope in (0.01, 1e300, 1e-300, -0.5, np.inf):
            got = leakyc.leaky_relu(pl.Series(x), slope).to_numpy()
            twin.same_bits(got, twin.leaky_relu(x, slope))


def test_slices_and_chunks(rng):
    x = np.nan_to_num(twin.values(rng, 300, np.float32))
    series = pl.concat([pl.Series(part) for part in x.reshape(3, 100)], rechunk=False)
    assert series.n_chunks() == 3
    got = leakyc.leaky_relu(series[5:250], 0.1)
    twin.same_bits(got.to_numpy(), twin.leaky_relu(x[5:250], 0.1))


def test_groups_windows_and_streams():
    frame = pl.DataFrame({"k": [1, 2, 1], "z": np.array([-1, 2, -3], np.float32)})
    y = leakyc.leaky_relu(pl.col("z"), 0.5)
    got = frame.group_by("k", maintain_order=True).agg(y.sum())
    assert got["z"].to_list() == [-2, 2] and got["z"].dtype == pl.Float32
    same(frame.select(y.sum().over("k"))["z"], pl.Series([-2, 2, -2], dtype=pl.Float32))
    same(
        frame.lazy().select(y).collect(engine="streaming")["z"], leakyc.leaky_relu(frame["z"], 0.5)
    )


def test_a_condition_as_the_gate():
    frame = pl.DataFrame({"z": np.array([-1, 0, 2], np.float32), "grad": np.ones(3, np.float32)})
    want = pl.Series([0.5, 1, 1], dtype=pl.Float32)
    same(leakyc.leaky_relu_grad(frame["grad"], frame["z"] >= 0, 0.5), want)
    gate = (pl.col("z") >= 0).cast(pl.Int8)  # polars hands NumPy no booleans of expressions
    same(frame.select(leakyc.leaky_relu_grad(pl.col("grad"), gate, 0.5))["grad"], want)


def test_bool():
    series = pl.Series([True, None, False])
    assert leakyc.leaky_relu(series, 0.5).to_list() == [1.0, None, 0.0]
    assert leakyc.leaky_relu_grad(series, series, 0.5).dtype == pl.Float64


def test_what_cannot_be_taken():
    for series in (pl.Series(["a"]), pl.Series([1]).cast(pl.Date), pl.Series([[1]])):
        with pytest.raises(TypeError, match=r"leaky_relu: x has dtype (String|Date|List)"):
            leakyc.leaky_relu(series, 0.5)
    frame = pl.DataFrame({"good": [1.0], "bad": ["a"]})
    with pytest.raises(TypeError, match="column 'bad' of x has dtype String"):
        leakyc.leaky_relu(frame, 0.5)
    with pytest.raises(TypeError, match=r"x is of type polars\.LazyFrame"):
        leakyc.leaky_relu(frame.lazy(), 0.5)
