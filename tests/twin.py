"""The oracle: leaky ReLU and its gradient in plain NumPy, slow and independent of the library.

An operation is done in the compute type, element by element, by `np.where`; the result is rounded
once to the result type. `same_bits` compares, NaN payload and sign aside.
"""

import functools
import math

import numpy as np


def is_bfloat16(dtype):
    return np.dtype(dtype).name == "bfloat16"


def compute_type(dtype):
    dtype = np.dtype(dtype)
    return np.dtype(np.float32) if dtype.itemsize == 2 else dtype


def result_type(gate, value, slope=None):
    """What the arrays promote to; where that is integers or bool, float64. An array slope then
    promotes as well."""
    common = promoted(gate.dtype, value.dtype)
    if common.kind in "iub":
        common = np.dtype(np.float64)
    return common if slope is None else promoted(common, slope.dtype)


def promoted(a, b):
    return np.multiply.resolve_dtypes((np.dtype(a), np.dtype(b), None))[2]


def leak(gate, value, slope, dtype=None):
    """gate > 0 ? value : slope * value. A scalar slope has no say in the result's dtype."""
    array = np.asarray(slope) if np.ndim(slope) > 0 else None
    result = np.dtype(dtype) if dtype is not None else result_type(gate, value, array)
    compute = compute_type(result)
    with np.errstate(all="ignore"):
        g, v = np.asarray(gate).astype(compute), np.asarray(value).astype(compute)
        s = np.asarray(slope)
        s = s.astype(result).astype(compute) if s.ndim else s.astype(compute)
        return np.where(g > 0, v, s * v).astype(result)


def leaky_relu(x, slope, dtype=None):
    return leak(x, x, slope, dtype)


def leaky_relu_grad(grad, x, slope, dtype=None):
    return leak(x, grad, slope, dtype)


def bits(a):
    """The array's elements as unsigned integers, all NaNs as one."""
    a = np.ascontiguousarray(a)
    unsigned = {1: np.uint8, 2: np.uint16, 4: np.uint32, 8: np.uint64}[a.dtype.itemsize]
    raw = a.astype(a.dtype.newbyteorder("=")).view(unsigned).copy()
    with np.errstate(invalid="ignore"):
        raw[np.isnan(a.astype(np.float64))] = np.iinfo(unsigned).max
    return raw


def same_bits(got, want, context=""):
    """Asserts the same dtype, shape and bits."""
    got, want = np.asarray(got), np.asarray(want)
    assert got.dtype == want.dtype, f"dtype {got.dtype}, expected {want.dtype} {context}"
    assert got.shape == want.shape, f"shape {got.shape}, expected {want.shape} {context}"
    if np.dtype(got.dtype) == np.longdouble:  # its bytes hold padding
        equal = (got == want) | (np.isnan(got) & np.isnan(want))
        assert (equal & (np.signbit(got) == np.signbit(want)) | np.isnan(want)).all(), context
        return
    a, b = bits(got), bits(want)
    if not np.array_equal(a, b):
        first = int(np.flatnonzero(a != b)[0])
        at = tuple(int(i) for i in np.unravel_index(first, got.shape))
        raise AssertionError(
            f"{np.count_nonzero(a != b)} of {a.size} differ, first at {at}: got {got[at]!r} "
            f"({a.flat[first]:#x}), expected {want[at]!r} ({b.flat[first]:#x}) {context}"
        )


PERIOD = 100_003  # elements, odd: the period of long arrays whose oracle is one period long


def same_periods(got, want):
    """Every period of `got`, if it has a whole one, has the bits of `want`; NaN payloads are looked
    at only if need be."""
    want = want[: got.size]
    first = got[: want.size].view(np.uint8)
    same_bits(got[: want.size], want)
    whole = got.size // want.size
    repeats = got[: whole * want.size].view(np.uint8).reshape(whole, first.size)
    rest = got[whole * want.size :].view(np.uint8)
    if not ((repeats == first).all() and (rest == first[: rest.size]).all()):
        same_bits(got, np.resize(want, got.size))


SPECIAL = [0.0, -0.0, 1.0, -1.0, np.inf, -np.inf, np.nan, 1e-40, -1e-40, 5e-324, -5e-324, 3e38,
           -3e38, 6e-8, -6e-8, 65504.0, -65504.0, 1e-310]  # fmt: skip
SLOPES = [0.01, 0.0, -0.0, 1.0, 1.3, -0.5, np.inf, -np.inf, np.nan, 1e-40, 1e300]


def values(rng, shape, dtype):
    """An array of a float dtype: random bit patterns, ordinary numbers and the special ones."""
    dtype, n = np.dtype(dtype), int(np.prod(shape))
    with np.errstate(all="ignore"):
        x = rng.standard_normal(n).astype(dtype)
        if dtype != np.longdouble:
            x[::3] = np.frombuffer(rng.bytes(n * dtype.itemsize), dtype)[::3]
        x[1::5] = rng.choice(SPECIAL, x[1::5].size).astype(dtype)
    return x.reshape(shape)


# ---- training -------------------------------------------------------------------------------


def mask(x):
    """One bit an element in C order, the first in the lowest bit."""
    with np.errstate(invalid="ignore"):
        positive = [bool(v > 0) for v in np.asarray(x).ravel(order="C")]
    out = np.zeros((len(positive) + 7) // 8, np.uint8)
    for i, bit in enumerate(positive):
        out[i // 8] |= bit << i % 8
    return out


def along(axis, vector, ndim):
    """The vector as an array of ndim dimensions, all but one of length 1."""
    return np.asarray(vector).reshape([-1 if d == axis % ndim else 1 for d in range(ndim)])


def bias_leaky_relu_dx(grad, y, slope, gain=1.0, clamp=None):
    result = result_type(grad, y)
    c = compute_type(result).type
    with np.errstate(all="ignore"):
        g = c(gain) * np.asarray(grad).astype(c)
        z = np.where(np.asarray(y).astype(c) > 0, g, c(slope) * g)
        if clamp is not None:
            bound = np.asarray(c(clamp)).astype(result).astype(c)
            beyond = np.abs(np.asarray(y).astype(result).astype(c)) >= bound
            z = np.where(beyond & np.isfinite(bound), c(0), z)
        return z.astype(result)


def prelu_terms(grad, x):
    """What the slope's gradient is the sum of, in float64."""
    with np.errstate(all="ignore"):
        return np.where(np.asarray(x) > 0, 0.0, np.float64(grad) * np.float64(x))


def exact_sums(terms, axis):
    """The sums along the axes, kept as length 1, each rounded once to float64; and those of the
    magnitudes."""
    terms = np.asarray(terms).astype(np.float64)
    kept = [d for d in range(terms.ndim) if d not in axis]
    shape = [1 if d in axis else n for d, n in enumerate(terms.shape)]
    lists = terms.transpose(kept + list(axis)).reshape(math.prod(shape), -1).tolist()
    sums = np.array([math.fsum(row) for row in lists]).reshape(shape)
    return sums, np.array([math.fsum(map(abs, row)) for row in lists]).reshape(shape)


def bias_prelu(x, bias, slope, axis=-1, gain=1.0, clamp=None):
    """The steps, rounded once. No bias is added where it is None. The slope is a number, as for
    `bias_leaky_relu`, or an array of slopes along the axis, or of one element."""
    z, slope, result = _biased(x, bias, slope, axis)
    c = z.dtype.type
    with np.errstate(all="ignore"):
        z = c(gain) * np.where(z > 0, z, slope * z)
        if clamp is not None:
            z = np.where(z > c(clamp), c(clamp), z)
            z = np.where(z < -c(clamp), -c(clamp), z)
        return z.astype(result)


def _biased(x, bias, slope, axis, *more):
    """The sum and the slope in the compute type, and the result's dtype."""
    arrays = [np.asarray(a) for a in (x, bias, *more) if a is not None]
    scalar = np.ndim(slope) == 0
    arrays += [] if scalar else [np.asarray(slope)]
    dtypes = [np.dtype(np.float64) if a.dtype.kind in "iub" else a.dtype for a in arrays]
    result = functools.reduce(promoted, dtypes)
    c = compute_type(result).type
    with np.errstate(all="ignore"):
        z = np.asarray(x).astype(result).astype(c)
        if bias is not None:
            z = z + along(axis, np.asarray(bias).astype(result), z.ndim).astype(c)
        slope = np.asarray(slope)
        if not scalar:
            slope = slope.astype(result)
            slope = slope.reshape(()) if slope.size == 1 else along(axis, slope, z.ndim)
        return z, slope.astype(c), result


def bias_prelu_grad(grad, x, bias, slope, axis=-1, gain=1.0, clamp=None):
    """dx, and what the slope's gradient is the sum of, in float64 (longdouble's in its own)."""
    z, slope, result = _biased(x, bias, slope, axis, grad)
    c = z.dtype.type
    with np.errstate(all="ignore"):
        gained = c(gain) * np.asarray(grad).astype(result).astype(c)
        dx = np.where(z > 0, gained, slope * gained)
        beyond = np.zeros(z.shape, bool)
        if clamp is not None:
            bound = np.asarray(c(clamp)).astype(result).astype(c)
            y = (c(gain) * np.where(z > 0, z, slope * z)).astype(result).astype(c)
            beyond = (np.abs(y) >= bound) & np.isfinite(bound)
        wide = np.promote_types(c, np.float64).type
        terms = np.where((z > 0) | beyond, wide(0), wide(gained) * wide(z))
        return np.where(beyond, c(0), dx).astype(result), terms
