"""NumPy's own tests of overlap and of ufuncs, with our ufuncs under the names that they use."""

import types

import numpy as np
import pytest

import leakyc

overlap = pytest.importorskip(
    "numpy._core.tests.test_mem_overlap", reason="this NumPy came without its tests"
)
ufuncs = pytest.importorskip(
    "numpy._core.tests.test_ufunc", reason="this NumPy came without its tests"
)


class Stand:
    """Stands for `numpy` in a test's module: some names are ours, the others NumPy's. An output of
    integers needs an unsafe cast, since ours give floats; complex ones stay with NumPy."""

    def __init__(self, unary, binary, plain=None):
        self.calls = 0
        for name in unary:
            setattr(self, name, self._unary(getattr(np, name)))
        for name in binary:
            setattr(self, name, self._binary(getattr(np, name)))
        for name in plain or {}:
            setattr(self, name, plain[name])

    def __getattr__(self, name):
        return getattr(np, name)

    def _keywords(self, keywords):
        self.calls += 1
        out = keywords.get("out")
        if isinstance(out, np.ndarray) and out.dtype.kind in "iub":
            keywords["casting"] = "unsafe"
        return keywords

    def _unary(self, theirs):
        def call(x, **keywords):
            if np.iscomplexobj(x):
                return theirs(x, **keywords)
            return leakyc.leaky_relu(x, -1.5, **self._keywords(keywords))

        return call

    def _binary(self, theirs):
        def call(x, slope, **keywords):
            if np.iscomplexobj(x):
                return theirs(x, slope, **keywords)
            return leakyc.prelu(x, slope, **self._keywords(keywords))

        return call


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.longdouble, np.int16])
def test_overlap_at_random(monkeypatch, dtype):
    stand = Stand(["invert"], [])
    monkeypatch.setattr(overlap, "np", stand)
    with np.errstate(all="ignore"):  # random integers beyond float16; floats beyond int16
        overlap.TestUFunc().check_unary_fuzz(stand.invert, None, dtype, count=400)
    assert stand.calls > 400


OVERLAP = ["test_unary_ufunc_1d_manual", "test_unary_ufunc_where_same"]


@pytest.mark.parametrize("name", OVERLAP)
def test_overlap(monkeypatch, name):
    stand = Stand(["invert", "reciprocal"], [])
    monkeypatch.setattr(overlap, "np", stand)
    with np.errstate(all="ignore"):
        getattr(overlap.TestUFunc(), name)()
    assert stand.calls >= 6


@pytest.mark.timeout(600)
def test_overlap_of_two_inputs(monkeypatch):
    stand = Stand([], ["add"])
    monkeypatch.setattr(overlap, "np", stand)
    with np.errstate(all="ignore"):
        overlap.TestUFunc().test_binary_ufunc_1d_manual()
    assert stand.calls > 1000


class Signed(np.random.RandomState):
    """Arrays with values of both signs, where NumPy's test makes positive ones; indices as ever."""

    def randint(self, low, high=None, size=None, dtype=int):
        values = super().randint(low, high, size, dtype)
        return values if size is None else values - 2**15


class Floats(overlap.TestUFunc):
    """The tests of ufuncs' methods, on types that the ufunc gives back, along one axis: the order
    of the elements matters."""

    def check_unary_fuzz(self, operation, get_out_axis_size, dtype, count):
        def size(a, b, axis):
            several = axis is None and a.ndim > 1
            return ("skip", False) if several else get_out_axis_size(a, b, axis)

        for dtype in (np.float16, np.float32, np.float64, np.longdouble):
            super().check_unary_fuzz(operation, size, dtype=dtype, count=count // 4)


@pytest.mark.parametrize("method", ["accumulate", "reduce", "reduceat"])
def test_overlap_of_methods(monkeypatch, method):
    random = types.SimpleNamespace(RandomState=Signed)
    stand = Stand([], [], plain={"add": leakyc.ufuncs.leaky_relu, "random": random})
    monkeypatch.setattr(overlap, "np", stand)
    with np.errstate(all="ignore"):
        getattr(Floats(), f"test_binary_ufunc_{method}_fuzz")()


BROADCAST = [([2], np.empty(())), ([1, 2], np.empty(1)), (np.ones((4, 3)), np.empty((4, 1)))]


@pytest.mark.parametrize(
    "name, arguments",
    [
        ("test_where_param_alloc", ()),
        ("test_NotImplemented_not_returned", ()),
        *(("test_out_broadcast_errors", a) for a in BROADCAST),
    ],
)
def test_ufunc(monkeypatch, name, arguments):
    # The functions have their own words for an `out` that does not fit: the ufunc has NumPy's.
    positive = {"positive": lambda x, **keywords: leakyc.ufuncs.leaky_relu(x, 0.5, **keywords)}
    binary = ["power", "multiply", "hypot", "fmax", "maximum"]
    stand = Stand(["sqrt"], binary, plain=positive)
    monkeypatch.setattr(ufuncs, "np", stand)
    getattr(ufuncs.TestUfunc(), name)(*arguments)
    assert stand.calls > 0 or "broadcast" in name


ITSELF = ["test_pickle", "test_long_arrays", "test_array_wrap_array_priority"]


@pytest.mark.parametrize("name", [*ITSELF, "test_output_ellipsis"])
def test_ufunc_itself(monkeypatch, name):
    stand = Stand(["cos"], [], plain=dict.fromkeys(["sin", "add"], leakyc.ufuncs.leaky_relu))
    monkeypatch.setattr(ufuncs, "np", stand)
    holders = [c for c in vars(ufuncs).values() if isinstance(c, type) and name in vars(c)]
    if not holders:
        pytest.skip(reason=f"NumPy {np.__version__} has no test of that name")
    test = getattr(holders[0](), name)
    marks = [m.args[1] for m in getattr(test, "pytestmark", []) if m.name == "parametrize"]
    for arguments in marks[0] if marks else [()]:
        test(*(arguments if isinstance(arguments, tuple) else (arguments,)))
