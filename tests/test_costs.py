"""Scalars, lists, integers, Python's numbers, `where=` and `dtype=` go to the kernels by short
cuts: their results are those of the general path, in value, dtype and layout."""

import itertools

import numpy as np
import pytest
import twin
from test_ufunc import layouts

import leakyc
from leakyc import _core

pytestmark = pytest.mark.usefixtures("no_numeric_warnings")

INTEGERS = list("?bBhHiIlLqQ")
FLOATS = ["e", "f", "d"]


def by_ufunc(name, *operands, **keywords):
    """The general path, which no short cut is on."""
    ufunc = _core.gradient_ufunc if name == "leaky_relu_grad" else _core.forward_ufunc
    names = ("grad", "x", "negative_slope") if len(operands) == 3 else ("x", "negative_slope")
    defaults = {"out": None, "where": True, "casting": "same_kind", "order": "K", "dtype": None}
    given = defaults | {"subok": True} | keywords
    return _core.by_ufunc(ufunc, name, dict(zip(names, operands, strict=True)), **given)


def same(got, want, context):
    assert type(got) is type(want), context
    twin.same_bits(got, want, context)
    assert np.asarray(got).strides == np.asarray(want).strides, context


def numbers():
    yield from (-2.0, 3, 0, True, False, -0.0, 1e300, -7, 2**62, float("nan"), float("-inf"))
    for code in INTEGERS + FLOATS + ["g"]:
        yield np.dtype(code).type(1)
        yield np.array(1, code)
    yield from (np.float16(-2.5), np.float32(-1e-40), np.float64(-5e-324), np.int8(-128))


def arrays():
    x = np.array([-3, -1, 0, 1, 2])
    for code in INTEGERS + FLOATS + ["g"]:
        yield (x if code not in "?BHILQ" else x & 1).astype(code)
    yield [-1, 2, 0, 1, 5]
    yield (-1.5, 2, 0, 1, 5)
    yield [True, False, True, True, False]
    yield np.arange(-2, 3)[::-1]
    yield np.arange(-5, 5)[::2]
    yield np.arange(-5, 5, dtype=">i4")[::2]


@pytest.mark.parametrize("slope", [0.1, 1, -0.5, np.float32(0.1), np.int8(2), np.array(0.3), 1e300])
def test_one_operand(slope):
    for x in itertools.chain(numbers(), arrays()):
        same(leakyc.leaky_relu(x, slope), by_ufunc("leaky_relu", x, slope), repr(x))
        same(leakyc.prelu(x, slope), by_ufunc("prelu", x, slope), repr(x))


def test_two_operands():
    for grad, x in itertools.product([*numbers(), *arrays()], repeat=2):
        same(
            leakyc.leaky_relu_grad(grad, x, 0.1),
            by_ufunc("leaky_relu_grad", grad, x, 0.1),
            f"{grad!r}, {x!r}",
        )


def test_a_repeated_operand_in_rows(dtype, rng):
    a = twin.values(rng, (5, 3000), dtype)
    column = twin.values(rng, 5, dtype)[:, None]
    for grad, x in ((column, a), (a, column)):
        want = twin.leak(*np.broadcast_arrays(x, grad), 0.3)
        twin.same_bits(leakyc.leaky_relu_grad(grad, x, 0.3), want)


@pytest.mark.parametrize("code", INTEGERS)
def test_integers_in_every_layout(code, rng):
    lowest = -100 if np.dtype(code).kind == "i" else 0
    base = rng.integers(lowest, 100, 6 * 7 * 40).astype(code).reshape(6, 7, 40)
    other = np.flip(base).copy()
    for (name, x), grad in zip(layouts(base).items(), layouts(other).values(), strict=True):
        same(leakyc.leaky_relu(x, 0.1), by_ufunc("leaky_relu", x, 0.1), name)
        want = by_ufunc("leaky_relu_grad", grad, x, 0.1)
        same(leakyc.leaky_relu_grad(grad, x, 0.1), want, name)
        if x.ndim:
            out = np.empty(x.shape)
            assert leakyc.leaky_relu_grad(grad, x, 0.1, out=out) is out
            twin.same_bits(out, want, name)
        assert not np.shares_memory(leakyc.leaky_relu(x, 0.1), x)


def test_out_over_integers():
    memory = np.arange(-8, 8)
    x, out = memory, memory.view(np.float64)
    want = by_ufunc("leaky_relu", x.copy(), 0.1)
    leakyc.leaky_relu(x, 0.1, out=out)
    twin.same_bits(out, want)


@pytest.mark.parametrize("n", [0, 5, 1000])
def test_where(dtype, n, rng):
    x, grad = twin.values(rng, n, dtype), twin.values(rng, n, dtype)
    before, where = twin.values(rng, n, dtype), rng.random(n) < 0.5
    want = np.where(where, twin.leak(x, grad, 0.3), before)
    out = before.copy()
    assert leakyc.leaky_relu_grad(grad, x, 0.3, out=out, where=where) is out
    twin.same_bits(out, want)
    leakyc.leaky_relu_grad(grad, x, 0.3, x, where=where)
    twin.same_bits(x, np.where(where, want, x))
    out = before[::-1].copy()[::-1]
    leakyc.leaky_relu(grad, 0.3, out=out, where=where)
    twin.same_bits(out, np.where(where, twin.leak(grad, grad, 0.3), before))


def test_where_in_the_memory_of_out():
    memory = np.zeros(8 * 40, np.uint8)
    where, out = memory[:40].view(bool), memory.view(np.float64)
    where[::3] = True
    x = np.linspace(-1, 1, 40)
    want = np.where(where, twin.leaky_relu(x, 0.1), out)
    leakyc.leaky_relu(x, 0.1, out=out, where=where)
    twin.same_bits(out, want)


@pytest.mark.parametrize("code", FLOATS)
def test_dtype(code):
    for x in [*arrays(), *numbers()]:
        if isinstance(x, np.ndarray | np.generic) and not np.can_cast(x.dtype, code):
            continue
        try:
            want = by_ufunc("leaky_relu", x, 0.1, dtype=code)
        except FloatingPointError:  # Python's numbers beyond the dtype
            continue
        for asked in (code, np.dtype(code), np.dtype(code).type):
            same(leakyc.leaky_relu(x, 0.1, dtype=asked), want, repr(x))
            dx = leakyc.leaky_relu_grad(x, x, 0.1, dtype=asked)
            same(dx, by_ufunc("leaky_relu_grad", x, x, 0.1, dtype=code), repr(x))


class Override:
    """An array that answers ufuncs itself."""

    def __array_ufunc__(self, *arguments, **keywords):
        return "mine"


class Sub(np.ndarray):
    """Keeps its type."""


class Number(float):
    """Of a type of the user's."""


def test_types_that_are_not_exact_stay():
    x = np.arange(-3, 3)
    assert type(leakyc.leaky_relu(x.view(Sub), 0.1)) is Sub
    assert type(leakyc.leaky_relu(x.astype("f4").view(Sub), 0.1, dtype="f4")) is Sub
    assert leakyc.leaky_relu(Override()) == "mine"
    assert leakyc.leaky_relu(x, 0.1, out=Override()) == "mine"
    assert leakyc.leaky_relu(1.0, 0.1, out=Override()) == "mine"
    out, where = np.zeros(6), Override()
    assert leakyc.leaky_relu(x, 0.1, out=out, where=where) == "mine"
    assert leakyc.leaky_relu_grad(Override(), x, 0.1) == "mine"
    assert leakyc.leaky_relu_grad(x, Override(), 0.1) == "mine"
    assert leakyc.leaky_relu(Number(-1.0), 0.5) == -0.5
    masked = np.ma.array([1, -2], mask=[0, 1])
    assert type(leakyc.leaky_relu(masked, 0.5)) is np.ma.MaskedArray
