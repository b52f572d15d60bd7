"""Objects that raise, lie or change under our hands: the error comes through, nothing breaks."""

import functools
import threading

import numpy as np
import pytest
import twin

import leakyc

X = np.linspace(-1, 1, 12, dtype=np.float32).reshape(3, 4)
FUNCTIONS = {
    "leaky_relu": lambda x, **keywords: leakyc.leaky_relu(x, 0.3, **keywords),
    "leaky_relu_grad": lambda x, **keywords: leakyc.leaky_relu_grad(x, X, 0.3, **keywords),
    "prelu": lambda x, **keywords: leakyc.prelu(x, np.full(4, 0.3, np.float32), **keywords),
}


class Mine(Exception):
    """What these objects raise; no library knows it."""


@pytest.fixture(params=list(FUNCTIONS))
def function(request):
    return FUNCTIONS[request.param]


def comes_through(call, out=None, error=Mine):
    """The call raises this error and leaves `out` as it was."""
    before = None if out is None else np.array(out, copy=True)
    with pytest.raises(error):
        call()
    if out is not None:
        np.testing.assert_array_equal(np.array(out), before)


# ---- objects that raise -----------------------------------------------------------------------


def subclass(fail):
    """A subclass whose method raises while it is `armed`."""

    class Array(np.ndarray):
        armed = False

        if fail == "finalize":

            def __array_finalize__(self, parent):
                if Array.armed:
                    raise Mine

        if fail == "wrap":

            def __array_wrap__(self, array, context=None, return_scalar=False):
                if Array.armed:
                    raise Mine
                return array if isinstance(array, Array) else array.view(Array)

        if fail == "ufunc":

            def __array_ufunc__(self, ufunc, method, *inputs, out=None, **kwargs):
                if Array.armed:
                    raise Mine
                inputs = [np.asarray(a) for a in inputs]
                if out is not None:
                    getattr(ufunc, method)(*inputs, out=np.asarray(out[0]), **kwargs)
                    return out[0]
                return getattr(ufunc, method)(*inputs, **kwargs).view(Array)

    return Array


@pytest.mark.parametrize("fail", ["finalize", "wrap", "ufunc"])
def test_a_subclass_that_raises(function, fail):
    Array = subclass(fail)
    x, out, plain = X.copy().view(Array), np.full_like(X, 7).view(Array), np.full_like(X, 7)
    reversed_ = x[::-1]
    Array.armed = True
    comes_through(lambda: function(x))
    comes_through(lambda: function(reversed_))
    if fail == "ufunc":
        comes_through(lambda: function(x, out=plain), plain)
        comes_through(lambda: function(X, out=out), plain)
    if fail == "wrap":  # which a ufunc calls once the result is there
        comes_through(lambda: function(X, out=out))
    Array.armed = False
    assert function(x, out=out) is out
    twin.same_bits(np.asarray(out), twin.leaky_relu_grad(X, X, 0.3))
    assert type(function(x)) is Array


class FailsToConvert:
    def __array__(self, dtype=None, copy=None):
        raise Mine


class NoArray:
    def __array__(self, dtype=None, copy=None):
        return [1.0, 2.0]


class FailsToIterate:
    def __len__(self):
        return 3

    def __getitem__(self, index):
        raise Mine


def test_arrays_that_cannot_be_had(function):
    out = np.full_like(X, 7)
    comes_through(lambda: function(FailsToConvert(), out=out), out)
    comes_through(lambda: function(FailsToIterate(), out=out), out)
    comes_through(lambda: function(NoArray(), out=out), out, (TypeError, ValueError))
    recursive = []
    recursive.append(recursive)
    comes_through(lambda: function(recursive, out=out), out, (TypeError, ValueError))
    comes_through(lambda: function([[1.0], [2.0, 3.0]], out=out), out, (TypeError, ValueError))


class FailsAsFloat(np.float32):
    def __float__(self):
        raise Mine


class FailsAsIndex:
    def __index__(self):
        raise Mine


class FailsAsBool:
    def __bool__(self):
        raise Mine


def test_slopes_that_cannot_be_had():
    out = np.full_like(X, 7)
    for slope in (FailsToConvert(), FailsToIterate()):
        comes_through(lambda: leakyc.leaky_relu(X, slope, out=out), out)  # noqa: B023
        comes_through(lambda: leakyc.leaky_relu_grad(X, X, slope, out=out), out)  # noqa: B023
        comes_through(
            lambda: leakyc.leaky_relu_grad(X, X, slope, from_output=True, out=out),  # noqa: B023
            out,
        )


def test_keywords_that_cannot_be_had():
    out = np.full_like(X, 7)
    comes_through(lambda: leakyc.leaky_relu(X, 0.1, out=out, where=FailsToConvert()), out)
    comes_through(lambda: leakyc.leaky_relu_grad(X, X, 0.1, out, from_output=FailsAsBool()), out)
    comes_through(lambda: leakyc.set_num_threads(FailsAsIndex()))
    for wrong in ((), (out, out), (None, out), [out], {"out": out}, Tuple((out,))):
        comes_through(
            lambda: leakyc.leaky_relu(X, 0.1, out=wrong),  # noqa: B023
            out,
            (TypeError, ValueError, Mine),
        )


class Tuple(tuple):
    def __len__(self):
        raise Mine

    def __getitem__(self, index):
        raise Mine

    def __iter__(self):
        raise Mine


# ---- objects that lie -------------------------------------------------------------------------


def liar(**lies):
    """A subclass whose attributes say what is not so."""
    return type("Liar", (np.ndarray,), {k: property(lambda self, v=v: v) for k, v in lies.items()})


LIES = {
    "strides": {"strides": (400, 400)},
    "shape": {"shape": (1000, 1000)},
    "smaller shape": {"shape": (1,)},
    "ndim": {"ndim": 7},
    "size": {"size": 10**9, "nbytes": 10**10, "itemsize": 64},
    "flags": {"flags": {"WRITEABLE": True, "C_CONTIGUOUS": True}},
    "data": {"data": None, "ctypes": None, "__array_interface__": {"data": (8, False)}},
    "struct": {"__array_struct__": object()},
}


@pytest.mark.parametrize("name", LIES)
def test_a_subclass_that_lies(function, name):
    x, out = X.copy().view(liar(**LIES[name])), np.full_like(X, 7)
    want = twin.leaky_relu_grad(X, X, 0.3)
    assert function(x, out=out) is out
    twin.same_bits(out, want)
    twin.same_bits(np.ndarray.view(function(x), np.ndarray), want)
    target = np.full((3, 8), 7, np.float32)[:, ::2].view(liar(**LIES[name]))
    assert function(X[::-1], out=target) is target
    got = np.ndarray.view(target, np.ndarray)
    twin.same_bits(got.copy(), function(X[::-1].copy()))


def test_a_read_only_liar(function):
    out = np.full_like(X, 7)
    out.flags.writeable = False
    lying = out.view(liar(flags=out.copy().flags))
    comes_through(lambda: function(X, out=lying), out, ValueError)


class ChangesItsShape:
    """Another array each time it is asked."""

    def __init__(self):
        self.times = 0

    def __array__(self, dtype=None, copy=None):
        self.times += 1
        return np.full((3, 4) if self.times % 2 else (2, 2, 1000), -1.0)


def test_an_array_that_changes(function):
    for start in range(3):
        x = ChangesItsShape()
        x.times = start
        out = np.full((3, 4), 7.0)
        try:
            function(x, out=out)
        except (TypeError, ValueError):
            assert (out == 7).all()
        else:
            assert (out != 7).all()


def test_a_slope_that_changes_the_array_it_meets():
    """A conversion may run any code; what it changes is seen before the array is looked at."""
    x = np.full(1000, -1.0)

    class Resizes(np.float32):
        def __float__(self):
            x.resize(10, refcheck=False)
            return 0.5

    y = leakyc.leaky_relu(x, Resizes(0.5))
    assert x.size == 10
    twin.same_bits(y, np.full(10, -0.5))


def test_slopes_of_subclasses_of_numbers():
    class Float(float):
        def __float__(self):
            raise Mine

    class Int(int):
        def __float__(self):
            raise Mine

        def __index__(self):
            raise Mine

    want = twin.leaky_relu(X, 2.0)
    for slope in (Float(2), Int(2)):
        twin.same_bits(leakyc.leaky_relu(X, slope), want)
    comes_through(lambda: leakyc.leaky_relu(X, FailsAsFloat(2)))


# ---- little stack -----------------------------------------------------------------------------


@pytest.mark.own_memory
def test_a_thread_with_little_stack():
    """128 KiB is what musl gives a thread."""
    wrong = []
    arrays = (X, X[::-1], X.T[::-1].T, X.astype(">f4"), X.astype("i4"))
    calls = [functools.partial(f, x) for f in FUNCTIONS.values() for x in arrays]
    calls = [(call, call()) for call in calls]

    def work():
        try:
            for call, want in calls:
                if not np.array_equal(call(), want):
                    wrong.append(want)
        except BaseException as error:
            wrong.append(error)

    before = threading.stack_size(128 << 10)
    try:
        worker = threading.Thread(target=work)
        worker.start()
    finally:
        threading.stack_size(before)
    worker.join(60)
    assert not worker.is_alive()
    assert not wrong
