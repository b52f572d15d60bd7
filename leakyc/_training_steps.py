"""The training operations on longdouble, which no vector unit knows, in steps of NumPy. The arrays
are ready: dense, in C order, native."""

import functools
import math

import numpy as np


def _quietly(function):
    """No warning for NaN, infinity or overflow."""

    @functools.wraps(function)
    def quiet(*arguments):
        with np.errstate(all="ignore"):
            return function(*arguments)

    return quiet


def _leak(gate, value, slope):
    return np.where(gate > 0, value, np.asarray(slope, np.longdouble) * value)


def _sum(terms, axes):
    """The sum over the axes, each addition compensated by its error, in a tree."""
    kept = [d for d in range(terms.ndim) if d not in axes]
    shape = [terms.shape[d] for d in kept]
    n = math.prod([terms.shape[d] for d in axes])
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
def run_with_mask(x, slope, y, mask):
    mask[...] = np.packbits(x > 0, bitorder="little")
    y[...] = _leak(x, x, slope)


@_quietly
def run_from_mask(grad, mask, slope, dx):
    gate = np.unpackbits(mask, count=grad.size, bitorder="little").reshape(grad.shape)
    dx[...] = _leak(gate, grad, slope)


@_quietly
def run_bias_grad(grad, y, axis, slope, gain, clamp, dx, dbias):
    z = _leak(y, np.longdouble(gain) * grad, slope)
    dx[...] = np.where((np.abs(y) >= clamp) & np.isfinite(clamp), np.longdouble(0), z)
    dbias[...] = _sum(dx, [d for d in range(dx.ndim) if d != axis])


def _along(axis, vector, ndim):
    return vector.reshape([-1 if d == axis else 1 for d in range(ndim)])


@_quietly
def run_bias_prelu(x, bias, slopes, one, axis, gain, clamp, y):
    z = x if bias is None else x + _along(axis, bias, x.ndim)
    z = np.longdouble(gain) * _leak(z, z, one if slopes is None else _along(axis, slopes, x.ndim))
    y[...] = np.where(z > clamp, clamp, np.where(z < -clamp, -clamp, z))


@_quietly
def run_bias_prelu_grad(grad, x, bias, slopes, one, axis, gain, clamp, dx, dbias, dslope):
    z = x if bias is None else x + _along(axis, bias, x.ndim)
    slope = one if slopes is None else _along(axis, slopes, x.ndim)
    gained, zero = np.longdouble(gain) * grad, np.longdouble(0)
    passes = ~(np.abs(np.longdouble(gain) * _leak(z, z, slope)) >= clamp) | ~np.isfinite(clamp)
    products = np.where((z > 0) | ~passes, zero, gained * z)
    dx[...] = np.where(passes, _leak(z, gained, slope), zero)
    others = [d for d in range(dx.ndim) if d != axis]
    if dbias is not None:
        dbias[...] = _sum(dx, others)
    dslope[...] = _sum(products, others if slopes is not None else range(dx.ndim))


@_quietly
def run_prelu_grad(grad, x, slopes, scalar, dx, dslope):
    products = np.where(x > 0, np.longdouble(0), grad * x)
    dx[...] = _leak(x, grad, slopes if scalar is None else scalar)
    axes = [d for d in range(x.ndim) if dslope.shape[d] == 1]
    dslope[...] = _sum(products, axes).reshape(dslope.shape)
