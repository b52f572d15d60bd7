"""The training operations in steps of NumPy, on arrays that are ready: dense, in C order, native
and of one dtype."""

import functools
import math

import numpy as np

from leakyc import _core


def compute_type(dtype):
    return np.dtype(np.float32) if dtype.itemsize == 2 else dtype


def _sum_type(dtype):
    return np.dtype(np.longdouble) if dtype == np.longdouble else np.dtype(np.float64)


def _quietly(function):
    """No warning for NaN, infinity or overflow."""

    @functools.wraps(function)
    def quiet(*arguments):
        with np.errstate(all="ignore"):
            return function(*arguments)

    return quiet


def _sum(terms, axes):
    """The sum over the axes, each addition compensated by its error, in a tree."""
    kept = [d for d in range(terms.ndim) if d not in axes]
    shape = [terms.shape[d] for d in kept]
    n = math.prod(terms.shape[d] for d in axes)
    if not n:
        return np.zeros(shape, terms.dtype)
    high = terms.transpose([*axes, *kept]).reshape(n, *shape)
    low = np.zeros_like(high)
    while len(high) > 1:
        half = len(high) // 2
        a, b = high[:half], high[half : 2 * half]
        total = a + b
        part = total - a
        error = (a - (total - part)) + (b - part)
        errors = low[:half] + low[half : 2 * half] + error
        high = np.concatenate([total, high[2 * half :]])
        low = np.concatenate([errors, low[2 * half :]])
    return np.where(np.isfinite(high[0]), high[0] + low[0], high[0])


@_quietly
def with_mask(x, slope, y, mask):
    mask[...] = np.packbits(x > 0, bitorder="little")
    _core.leaky_relu(x, slope, out=y)


@_quietly
def from_mask(grad, mask, slope, dx):
    gate = np.unpackbits(mask, count=grad.size, bitorder="little").reshape(grad.shape)
    _core.leaky_relu_grad(grad, gate.astype(grad.dtype), slope, out=dx)


@_quietly
def bias_forward(x, bias, axis, slope, gain, clamp, y):
    c = compute_type(x.dtype)
    shape = [1] * x.ndim
    shape[axis] = -1
    z = x.astype(c) + bias.astype(c).reshape(shape)
    z = c.type(gain) * _core.leaky_relu(z, slope)
    clamp = c.type(clamp)
    y[...] = np.where(z > clamp, clamp, np.where(z < -clamp, -clamp, z)).astype(x.dtype)


@_quietly
def bias_gradient(grad, y, axis, slope, gain, clamp, dx, dbias):
    c = compute_type(grad.dtype)
    z = _core.leaky_relu_grad(c.type(gain) * grad.astype(c), y.astype(c), slope)
    bound = np.asarray(clamp).astype(c).astype(grad.dtype)
    if clamp != np.inf:
        z = np.where(np.abs(y) >= bound, c.type(0), z)
    dx[...] = z.astype(grad.dtype)
    dbias[...] = _sum(dx.astype(_sum_type(grad.dtype)), [d for d in range(dx.ndim) if d != axis])


@_quietly
def prelu_gradient(grad, x, slope, dx, dslope):
    wide = _sum_type(grad.dtype)
    products = np.where(x > 0, wide.type(0), grad.astype(wide) * x.astype(wide))
    c = compute_type(grad.dtype)
    z = _core.leaky_relu_grad(grad.astype(c), x.astype(c), slope.astype(c))
    dx[...] = z.astype(grad.dtype)
    dslope[...] = _sum(products, [d for d in range(x.ndim) if slope.shape[d] == 1]).reshape(
        slope.shape
    )
