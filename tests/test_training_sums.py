"""What bias and slope gradients sum to: right to the bound that is promised, and the same bits for
every instruction set, number of threads and layout."""

import numpy as np
import pytest
import twin
from conftest import AVAILABLE, dtype_named

import leakyc
from leakyc import _core

# outer, channels, inner: columns, few and many, with repetition, in groups; runs, short, long, one.
SHAPES = [
    (1, 1, 1), (5, 1, 1), (700, 3, 1), (333, 17, 1), (1000, 64, 1), (129, 300, 1), (70, 2048, 1),
    (40, 5000, 1), (2, 40000, 1), (50, 3, 7), (9, 33, 49), (3, 70, 63), (30, 3, 64), (5, 40, 784),
    (2, 3, 40000), (1, 1, 100_003), (4, 7, 1000),
]  # fmt: skip
shapes = pytest.mark.parametrize("shape", SHAPES, ids=str)


def bound(dtype, n):
    """What is promised: a sum's error over the sum of the magnitudes, before it is rounded."""
    return 2 * n * 2.0**-106 if dtype == np.float64 else 16 * 2.0**-53


def close(sums, terms, axes, dtype):
    """The sums are the exact ones, to the bound and one rounding to their dtype."""
    exact, magnitude = twin.exact_sums(terms, axes)
    n = terms.size // max(exact.size, 1)
    slack = bound(dtype, n) * magnitude
    got = np.asarray(sums).reshape(exact.shape)
    with np.errstate(all="ignore"):
        lowest, highest = (exact - slack).astype(dtype), (exact + slack).astype(dtype)
        # One more unit for the exact value's own rounding to float64, which is then rounded again.
        assert (np.nextafter(lowest, dtype.type(-np.inf)) <= got).all()
        assert (got <= np.nextafter(highest, dtype.type(np.inf))).all()
        if dtype.itemsize < 8:  # nearly always the nearest
            assert (got == exact.astype(dtype)).mean() > 0.99


def uneven(rng, shape, dtype):
    """Numbers whose sums cancel: of both signs, over many magnitudes."""
    x = rng.standard_normal(shape) * 2.0 ** rng.integers(-12, 12, shape)
    return x.astype(dtype)


# ml_dtypes' bfloat16 has no nextafter in NumPy.
accurate = pytest.mark.parametrize("name", ["float32", "float64", "float16"])


@accurate
@shapes
def test_bias_sums(rng, name, shape):
    dtype = dtype_named(name)
    grad, y = uneven(rng, shape, dtype), uneven(rng, shape, dtype)
    dx, dbias = leakyc.bias_leaky_relu_grad(grad, y, 0.3, axis=1, gain=1.5, clamp=100)
    twin.same_bits(dx, twin.bias_leaky_relu_dx(grad, y, 0.3, 1.5, 100))
    close(dbias, dx, (0, 2), dtype)


@accurate
@shapes
def test_slope_sums(rng, name, shape):
    dtype = dtype_named(name)
    grad, x, slope = (uneven(rng, s, dtype) for s in (shape, shape, (shape[1], 1)))
    dx, dslope = leakyc.prelu_grad(grad, x, slope)
    twin.same_bits(dx, twin.leaky_relu_grad(grad, x, slope))
    close(dslope, twin.prelu_terms(grad, x), (0, 2), dtype)


@accurate
@shapes
@pytest.mark.parametrize("clamp", [None, 100])
def test_bias_and_slope_sums(rng, name, shape, clamp):
    dtype = dtype_named(name)
    grad, x, bias = (uneven(rng, s, dtype) for s in (shape, shape, shape[1]))
    slope = rng.uniform(-1, 1, shape[1]).astype(dtype)  # nothing overflows
    settings = {"axis": 1, "gain": 1.5, "clamp": clamp}
    dx, dbias, dslope = leakyc.bias_prelu_grad(grad, x, bias, slope, **settings)
    want, terms = twin.bias_prelu_grad(grad, x, bias, slope, 1, 1.5, clamp)
    twin.same_bits(dx, want)
    close(dbias, dx, (0, 2), dtype)
    close(dslope, terms, (0, 2), dtype)
    dx, _, dslope = leakyc.bias_prelu_grad(grad, x, bias, 0.25, **settings)
    want, terms = twin.bias_prelu_grad(grad, x, bias, 0.25, 1, 1.5, clamp)
    twin.same_bits(dx, want)
    close(dslope, terms, (0, 1, 2), dtype)


@pytest.mark.parametrize(
    "slope",
    [(), (1,), (6,), (5, 1), (5, 6), (4, 1, 1), (4, 1, 6), (4, 5, 1), (3, 1, 1, 6), (3, 1, 5, 1),
     (4, 1, 6), (3, 4, 5, 6), (1, 1, 1, 1), (1, 4, 1, 6), (3, 1, 5, 6), (3, 4, 1, 1),
     (2, 1, 4, 1, 6), (1, 3, 1, 5, 1)],
    ids=str,
)  # fmt: skip
def test_every_broadcast_of_a_slope(rng, dtype, slope):
    rank = max(4, len(slope))
    grad, x = (rng.standard_normal((2, 3, 4, 5, 6)[-rank:]).astype(dtype) for _ in range(2))
    slopes = np.asarray(rng.standard_normal(slope)).astype(dtype)
    dx, dslope = leakyc.prelu_grad(grad, x, slopes)
    twin.same_bits(dx, twin.leaky_relu_grad(grad, x, slopes))
    full = (1,) * (rank - len(slope)) + slope
    axes = tuple(d for d in range(rank) if full[d] == 1)
    want = twin.exact_sums(twin.prelu_terms(grad, x), axes)[0].astype(dtype).reshape(slope)
    assert dslope.dtype == dtype and np.shape(dslope) == slope
    error = np.abs(dslope.astype(np.float64) - want.astype(np.float64))
    assert (error <= 1e-15 * np.abs(want.astype(np.float64))).all()


@shapes
@pytest.mark.parametrize("operation", ["bias", "prelu", "bias_prelu", "clipped", "shared"])
def test_same_bits_for_every_isa_and_thread(rng, dtype, shape, operation):
    a, b = uneven(rng, shape, dtype), uneven(rng, shape, dtype)
    parameters = uneven(rng, (shape[1], 1), dtype)
    want = None
    for isa in [name for name, can in AVAILABLE.items() if can]:
        for threads in (1, 2, 3, 7):
            dx, sums = np.empty_like(a), np.empty((1, shape[1], 1), dtype)
            if operation == "bias":
                _core.run_bias_grad(a, b, 1, 0.3, 1.5, 2.0, dx, sums[0, :, 0], isa, threads)
            elif operation != "prelu":
                slopes = None if operation == "shared" else parameters
                sums = np.empty((2, shape[1], 1), dtype)
                to = sums[1, : None if slopes is not None else 1]
                sums[1] = 0
                _core.run_bias_prelu_grad(
                    a, b, parameters, slopes, -0.3, 1, 1.5,
                    2.0 if operation == "clipped" else np.inf, dx, sums[0], to, isa, threads,
                )  # fmt: skip
            else:
                taken = _core.run_prelu_grad(a, b, parameters, None, dx, sums, isa, threads)
                assert taken
            want = (dx, sums) if want is None else want
            twin.same_bits(dx, want[0], f"{isa}, {threads} threads")
            twin.same_bits(sums, want[1], f"{isa}, {threads} threads")


def test_same_bits_for_every_layout(rng, dtype):
    grad, x = uneven(rng, (9, 40, 30), dtype), uneven(rng, (9, 40, 30), dtype)
    want = leakyc.bias_leaky_relu_grad(grad, x, 0.3, axis=1)[1]
    other = leakyc.prelu_grad(grad, x, 0.3)[1]
    turned = np.asfortranarray(grad), np.asfortranarray(x)
    twin.same_bits(leakyc.bias_leaky_relu_grad(*turned, 0.3, axis=1)[1], want)
    twin.same_bits(leakyc.prelu_grad(*turned, 0.3)[1], other)
    in_place = grad.copy()
    twin.same_bits(leakyc.prelu_grad(in_place, x, 0.3, out=in_place)[1], other)


def test_sums_of_infinities_and_nan(dtype):
    grad = np.ones((300, 3), dtype)
    grad[7, 0], grad[9, 1], grad[11, 2], grad[200, 2] = np.inf, np.nan, np.inf, -np.inf
    dbias = leakyc.bias_leaky_relu_grad(grad, grad, 0.5)[1]
    assert np.isposinf(dbias[0]) and np.isnan(dbias[1]) and np.isnan(dbias[2])
    dslope = leakyc.prelu_grad(grad, np.full_like(grad, -1), np.ones(3, dtype))[1]
    assert np.isneginf(dslope[0]) and np.isnan(dslope[1]) and np.isnan(dslope[2])
    positive = np.where(np.isfinite(grad.astype(np.float64)), -1, 1).astype(dtype)
    assert np.isfinite(leakyc.prelu_grad(grad, positive, 0.5)[1].astype(np.float64))


@pytest.mark.parametrize("shape", [(700, 3, 1), (3, 40, 1), (4, 3, 1001)], ids=str)
def test_an_infinite_slope_spoils_no_other_sum(dtype, shape):
    """What fills up the last vector must not become 0 * inf."""
    grad = np.ones(shape, dtype)
    dbias = leakyc.bias_leaky_relu_grad(grad, grad, np.inf, axis=1)[1]
    twin.same_bits(dbias, np.full(shape[1], grad[:, 0].size).astype(dtype))


def test_sums_of_nothing(dtype):
    empty = np.empty((0, 3), dtype)
    for sums in (
        leakyc.bias_leaky_relu_grad(empty, empty)[1],
        leakyc.prelu_grad(empty, empty, np.ones(3, dtype))[1],
    ):
        twin.same_bits(sums, np.zeros(3, dtype))
    twin.same_bits(leakyc.prelu_grad(empty, empty, 0.1)[1], dtype.type(0))


def test_a_sum_of_16_bits_is_rounded_once():
    """Just above the middle of two float16s: by way of float32 it would round down."""
    terms = np.array([[2048.0], [1.0], [2.0**-24]], np.float16)
    assert leakyc.bias_leaky_relu_grad(terms, terms)[1] == 2050
