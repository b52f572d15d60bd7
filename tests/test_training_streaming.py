"""The training operations on arrays larger than the last cache, whose stores are non-temporal: line
by line from the first whole one on, so where `out` begins matters."""

import numpy as np
import pytest
import twin

from leakyc import _core

LINE = 64

# Channels and inner length: columns, columns with repetition, runs.
CHANNELS = [(300, 1), (3, 7), (5, 4001)]

# Where `out` begins, in elements after a cache line; with how many threads.
places = pytest.mark.parametrize(("offset", "threads"), [(0, 3), (5, 1)])


def placed(shape, dtype, offset):
    """Zeros that begin so many elements after the start of a cache line."""
    n = int(np.prod(shape))
    memory = np.zeros((n + offset) * dtype.itemsize + LINE, np.uint8)
    start = -memory.ctypes.data % LINE + offset * dtype.itemsize
    return memory[start : start + n * dtype.itemsize].view(dtype).reshape(shape)


@places
def test_masks(isa, dtype, long_inputs, offset, threads):
    (x, grad), (x_period, grad_period) = long_inputs(dtype)
    out, mask = placed(x.shape, dtype, offset), np.zeros((x.size + 7) // 8, np.uint8)
    with np.errstate(invalid="ignore"):
        want = np.packbits(np.resize(x_period > 0, x.size), bitorder="little")
    _core.run_with_mask(x, 0.01, out, mask, isa, threads)
    twin.same_periods(out, twin.leak(x_period, x_period, 0.01))
    np.testing.assert_array_equal(mask, want)
    _core.run_from_mask(grad, mask, 1.3, out, isa, threads)
    twin.same_periods(out, twin.leak(x_period, grad_period, 1.3))


@pytest.fixture
def tensors(dtype, long_inputs, rng):
    """x and grad of a shape and their first rows, which the others repeat; both finite."""
    least = long_inputs(dtype)[0][0].size

    def make(channels, inner):
        rows = 20_011 // (channels * inner) + 1
        shape = least // (channels * inner) + 1, channels, inner
        period = [rng.standard_normal((rows, channels, inner)).astype(dtype) for _ in range(2)]
        return [np.resize(a, shape) for a in period], period

    return make


@pytest.mark.parametrize(("channels", "inner"), CHANNELS)
@places
def test_biases(isa, dtype, tensors, rng, channels, inner, offset, threads):
    (x, grad), (x_period, grad_period) = tensors(channels, inner)
    bias = rng.standard_normal(channels).astype(dtype)
    out, dbias = placed(x.shape, dtype, offset), np.empty((2, channels), dtype)
    _core.run_bias_prelu(x, bias, None, 0.2, 1, 1.5, 1.0, out, isa, threads)
    want = twin.bias_prelu(x_period, bias, 0.2, 1, 1.5, 1.0)
    twin.same_periods(out.ravel(), want.ravel())
    _core.run_bias_grad(grad, x, 1, 0.2, 1.5, 1.0, out, dbias[0], isa, threads)
    want = twin.bias_leaky_relu_dx(grad_period, x_period, 0.2, 1.5, 1.0)
    twin.same_periods(out.ravel(), want.ravel())
    _core.run_bias_grad(grad, x, 1, 0.2, 1.5, 1.0, grad, dbias[1], isa, threads)  # streams nothing
    twin.same_bits(dbias[0], dbias[1])


@pytest.mark.parametrize(("channels", "inner"), CHANNELS)
@places
def test_biases_and_slopes(isa, dtype, tensors, rng, channels, inner, offset, threads):
    (x, grad), (x_period, grad_period) = tensors(channels, inner)
    bias, slope = rng.standard_normal((2, channels)).astype(dtype)
    out, sums = placed(x.shape, dtype, offset), np.empty((2, 2, channels), dtype)
    _core.run_bias_prelu(x, bias, slope, None, 1, 1.5, 1.0, out, isa, threads)
    want = twin.bias_prelu(x_period, bias, slope, 1, 1.5, 1.0)
    twin.same_periods(out.ravel(), want.ravel())
    given = (bias, slope, None, 1, 1.5, np.inf)
    _core.run_bias_prelu_grad(grad, x, *given, out, *sums[0], isa, threads)
    want = twin.bias_prelu_grad(grad_period, x_period, bias, slope, 1, 1.5)[0]
    twin.same_periods(out.ravel(), want.ravel())
    _core.run_bias_prelu_grad(grad, x, *given, grad, *sums[1], isa, threads)  # streams nothing
    twin.same_bits(sums[0], sums[1])


@pytest.mark.parametrize(("channels", "inner"), CHANNELS)
@places
def test_slopes(isa, dtype, tensors, rng, channels, inner, offset, threads):
    (x, grad), (x_period, grad_period) = tensors(channels, inner)
    slope = rng.standard_normal((channels, 1)).astype(dtype)
    out, dslope = placed(x.shape, dtype, offset), np.empty((2, channels, 1), dtype)
    assert _core.run_prelu_grad(grad, x, slope, None, out, dslope[0], isa, threads)
    twin.same_periods(out.ravel(), twin.leak(x_period, grad_period, slope).ravel())
    assert _core.run_prelu_grad(grad, x, slope, None, grad, dslope[1], isa, threads)
    twin.same_bits(dslope[0], dslope[1])
