"""Containers of several arrays, and of dtypes that are not NumPy's: each part keeps its own."""

import numpy as np
import pytest
import twin
from needs import need

import leakyc

CODES = ["f2", "f4", "f8", "i1", "i8", "u2", "?"]
SLOPES = [0.1, np.float32(0.1), np.float64(0.1), np.array(0.1), 1, 1e300]
A = np.array([-2.0, 1.0, -0.3, 4.0])


pytestmark = pytest.mark.usefixtures("no_numeric_warnings")


def columns():
    """An array of each dtype, by names that are characters of dtypes too."""
    return dict(zip(["e", "f", "d", "b", "l", "half", "float"], map(A.astype, CODES), strict=True))


def wanted(slope):
    return {name: twin.leaky_relu(a, float(slope)) for name, a in columns().items()}


def wanted_grad(slope):
    return {name: twin.leaky_relu_grad(a, a, float(slope)) for name, a in columns().items()}


def same_parts(got, want, kind):
    assert type(got) is kind and list(got) == list(want)
    for name in want:
        twin.same_bits(np.asarray(got[name]), want[name], name)


@pytest.mark.parametrize("slope", SLOPES, ids=repr)
def test_variables_of_a_dataset(slope):
    xr = need("xarray")
    data = xr.Dataset({name: ("x", a) for name, a in columns().items()})
    for call in (leakyc.leaky_relu, leakyc.prelu):
        same_parts(call(data, slope), wanted(slope), xr.Dataset)
    same_parts(leakyc.leaky_relu_grad(data, data, slope), wanted_grad(slope), xr.Dataset)
    lazy = leakyc.leaky_relu(data.assign_attrs(a=1), slope)
    assert list(lazy.sizes) == ["x"]


def test_names_are_never_dtypes():
    xr = need("xarray")
    for name in ["f", "e", "d", "g", "half", "float16", "i1", "?"]:
        got = leakyc.leaky_relu(xr.Dataset({name: ("x", [1e300, -1.0])}), 0.1)
        twin.same_bits(got[name].values, np.array([1e300, -0.1]))

    class Mine:
        dtypes = {"f": 1, "e": 2}  # noqa: RUF012

        def __array_ufunc__(self, ufunc, method, *inputs, **keywords):
            return inputs[1:], keywords

    class Silent(Mine):
        """Promises nothing but the one method."""

        def __getattr__(self, name):
            raise RuntimeError(name)

        dtype = shape = ndim = property(lambda self: 1 / 0)

    assert leakyc.leaky_relu(Silent(), np.float32(0.5)) == ((0.5,), {})
    assert leakyc.leaky_relu_grad(Silent(), 1.0, 0.5) == ((1.0, 0.5), {})
    slopes, keywords = leakyc.leaky_relu(Mine(), np.float32(0.1))
    assert keywords == {} and type(slopes[0]) is float


@pytest.mark.parametrize("slope", SLOPES, ids=repr)
def test_columns_of_a_frame(slope):
    pd = need("pandas")
    frame = pd.DataFrame(columns(), index=list("wxyz"))
    for call in (leakyc.leaky_relu, leakyc.prelu):
        got = call(frame, slope)
        same_parts(got, wanted(slope), pd.DataFrame)
        assert list(got.index) == list("wxyz")
    same_parts(leakyc.leaky_relu_grad(frame, frame, slope), wanted_grad(slope), pd.DataFrame)
    ones = leakyc.leaky_relu_grad(1.0, frame, slope)
    assert list(ones.dtypes) == list(leakyc.leaky_relu(frame, slope).dtypes)
    for name in frame:
        series = leakyc.leaky_relu(frame[name], slope)
        assert type(series) is pd.Series and series.name == name
        twin.same_bits(series.to_numpy(), wanted(slope)[name])
        same_parts(
            leakyc.leaky_relu(frame[[name]], slope), {name: wanted(slope)[name]}, type(frame)
        )


def test_columns_with_arrays_of_slopes():
    pd = need("pandas")
    frame = pd.DataFrame({"a": np.float32([-1, 2]), "b": [-1.0, 3.0], "c": [-4, 5]})
    for slopes in (
        [0.5, 0.25, 2.0],
        np.float32([0.5, 0.25, 2]),
        np.float32([[0.5], [0.25]]),
        np.full((2, 3), 0.5, np.float32),
        pd.Series({"c": 2.0, "b": 0.25, "a": 0.5}, dtype="f4"),
        pd.DataFrame({"c": [2.0], "b": [0.25], "a": [0.5]}, index=[0]),
    ):
        got = leakyc.prelu(frame, slopes)
        want = np.multiply(frame, slopes)
        pd.testing.assert_frame_equal(got, want.where(~(frame > 0), frame.astype(want.dtypes)))
        dx = leakyc.leaky_relu_grad(frame, frame, slopes)
        pd.testing.assert_frame_equal(dx, got)


def test_frames_are_aligned():
    pd = need("pandas")
    a = pd.DataFrame({"a": np.float32([-1, 2]), "b": [-1.0, 3.0]})
    b = a[["b", "a"]].iloc[::-1]
    pd.testing.assert_frame_equal(
        leakyc.leaky_relu_grad(a, b, 0.5), leakyc.leaky_relu_grad(a, a, 0.5)
    )
    part = leakyc.leaky_relu_grad(a[["a"]], a, 0.5)
    assert part["a"].dtype == np.float32 and part["b"].isna().all()


def test_labels_of_a_frame_are_kept():
    pd = need("pandas")

    class Table(pd.DataFrame):
        @property
        def _constructor(self):
            return Table

    mixed = {0: np.float32([-1]), 1: [-1.0]}
    for labels in (["a", "a"], pd.MultiIndex.from_tuples([("x", 1), ("y", 2)]), pd.RangeIndex(2)):
        table = Table(mixed)
        table.columns = labels
        table.attrs["unit"] = "mm"
        got = leakyc.leaky_relu(table, 0.5)
        assert type(got) is Table and got.attrs == table.attrs
        assert got.columns.equals(table.columns) and type(got.columns) is type(table.columns)
        assert list(got.dtypes) == ["float32", "float64"]


def test_keywords_with_a_frame():
    pd = need("pandas")
    frame = pd.DataFrame({"a": np.float32([-1, 2]), "b": [-1.0, -3.0]})
    out = frame.copy()
    assert leakyc.leaky_relu(frame, 0.5, out=out) is out
    pd.testing.assert_frame_equal(out, leakyc.leaky_relu(frame, 0.5))
    assert list(leakyc.leaky_relu(frame, 0.5, dtype=np.float32).dtypes) == ["float32"] * 2
    out = frame.copy()
    where = np.array([[True, False], [True, True]])
    leakyc.leaky_relu(frame, 0.5, out=out, where=where)
    assert out.to_numpy().tolist() == [[-0.5, -1], [2, -1.5]]


EXTENSIONS = ["Float32", "Float64", "Int8", "Int64", "boolean"]


@pytest.mark.parametrize("dtype", EXTENSIONS)
def test_pandas_own_dtypes(dtype):
    pd = need("pandas")
    values = [True, None, False] if dtype == "boolean" else [-2, None, 1]
    series = pd.Series(values, dtype=dtype)
    want = "Float32" if dtype == "Float32" else "Float64"
    frame = pd.DataFrame({"a": series, "b": np.float32([-1, 2, 3]), "c": series})
    for call in (
        lambda a: leakyc.leaky_relu(a, 0.5),
        lambda a: leakyc.prelu(a, np.float64(0.5)),
        lambda a: leakyc.leaky_relu_grad(a, a, 0.5),
        lambda a: leakyc.leaky_relu_grad(1.0, a, 0.5),
    ):
        assert call(series).dtype == want and call(series).isna().tolist() == [False, True, False]
        assert list(call(frame).dtypes) == [want, "float32", want]
        pd.testing.assert_series_equal(call(frame)["a"], call(series), check_names=False)


def test_dask_frames_are_lazy():
    pd, dd = need("pandas"), need("dask.dataframe")
    frame = pd.DataFrame(columns())
    lazy = dd.from_pandas(frame, npartitions=2)
    for call in (
        lambda a: leakyc.leaky_relu(a, 0.1),
        lambda a: leakyc.leaky_relu_grad(a, a, 0.1),
        lambda a: leakyc.leaky_relu_grad(1.0, a, 0.1),
    ):
        got = call(lazy)
        assert type(got) is type(lazy) and list(got.dtypes) == list(call(frame).dtypes)
        pd.testing.assert_frame_equal(got.compute(), call(frame))


def test_bfloat16_in_containers():
    xr, ml_dtypes = need("xarray"), need("ml_dtypes")
    half = A.astype(ml_dtypes.bfloat16)
    data = xr.Dataset({"h": ("x", half), "f": ("x", A.astype("f4"))})
    got = leakyc.leaky_relu(data, 0.1)
    twin.same_bits(got.h.values, twin.leaky_relu(half, 0.1))
    twin.same_bits(got.f.values, twin.leaky_relu(A.astype("f4"), 0.1))
    ones = leakyc.leaky_relu_grad(1.0, data.h, 0.1)
    twin.same_bits(ones.values, twin.leaky_relu_grad(half * 0 + half.dtype.type(1), half, 0.1))


@pytest.mark.parametrize("bad", [["x"], [None], [1j], ["2020-01-01"]], ids=repr)
def test_a_part_that_cannot_be_taken_is_named(bad):
    pd, xr = need("pandas"), need("xarray")
    column = pd.to_datetime(bad) if bad == ["2020-01-01"] else bad
    frame = pd.DataFrame({"good": [1.0], "bad one": column})
    data = xr.Dataset({"good": ("i", [1.0]), "bad one": ("i", np.array(column))})
    for kind, a, dtype in [
        ("column", frame, frame["bad one"].dtype),
        ("variable", data, data["bad one"].dtype),
    ]:
        words = rf"{kind} 'bad one' of (\w+) has dtype {str(dtype).replace('[', '.')[:10]}"
        for argument, call in {
            "x": lambda a=a: leakyc.leaky_relu(a, 0.1),
            "grad": lambda a=a: leakyc.leaky_relu_grad(a, a, 0.1),
            "slope": lambda a=a: leakyc.prelu(a[["good"]], a),
        }.items():
            with pytest.raises(TypeError, match=words) as caught:
                call()
            assert f"of {argument} has" in str(caught.value)


@pytest.mark.parametrize("code", CODES)
def test_integers_are_float64_in_the_ufuncs_of_others(code):
    """Not the narrow float that NumPy's own rule would take for them."""
    xr, da = need("xarray"), need("dask.array")
    a = A.astype(code)
    for kind in (lambda a: xr.DataArray(a, dims="x"), lambda a: da.from_array(a, chunks=2)):
        for got in (
            leakyc.leaky_relu(kind(a), 0.1),
            leakyc.ufuncs.leaky_relu(kind(a), 0.1),
            leakyc.prelu(kind(a), np.array([0.1] * 4, "f2" if code == "f2" else "f4")),
        ):
            assert got.dtype == twin.result_type(a, a)
        assert leakyc.leaky_relu_grad(1, kind(a), 0.1).dtype == twin.result_type(a, a)
        assert leakyc.leaky_relu_grad(kind(a), 1.0, 0.1).dtype == twin.result_type(a, a)
