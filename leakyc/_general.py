"""The general path: whatever the fast path does not take goes to the real ufuncs from here."""

import numpy as np

from leakyc import _errors

# What a keyword is when the caller left it alone: it is not passed on then, since libraries that
# override ufuncs need not know it, and NumPy warns for `where` without `out`.
_DEFAULTS = {"where": True, "casting": "same_kind", "order": "K", "dtype": None, "subok": True}


def is_real_scalar(slope):
    """Whether `slope` is one real number in NumPy's clothes: a scalar or a 0-d array."""
    return (isinstance(slope, np.generic) or type(slope) is np.ndarray and slope.ndim == 0) and (
        slope.dtype.kind in "fiub"
    )


def check_from_output(slope):
    """`x > 0` can be told from `leaky_relu(x)` only where the slope is not negative."""
    if not np.all(np.greater_equal(slope, 0)):
        raise ValueError(
            f"from_output=True needs negative_slope >= 0, got {slope!r}: with a negative slope "
            "(or NaN) the sign of the output does not tell the sign of the input"
        )


def forward(ufunc, x, slope, out, where, casting, order, dtype, subok):
    """`leaky_relu` by its ufunc."""
    return _call(ufunc, {"x": x}, slope, out, where, casting, order, dtype, subok)


def gradient(ufunc, grad, x, slope, out, where, casting, order, dtype, subok):
    """`leaky_relu_grad` by its ufunc."""
    return _call(ufunc, {"grad": grad, "x": x}, slope, out, where, casting, order, dtype, subok)


def _call(ufunc, arrays, slope, out, where, casting, order, dtype, subok):
    given = {"where": where, "casting": casting, "order": order, "dtype": dtype, "subok": subok}
    keywords = {name: v for name, v in given.items() if v is not _DEFAULTS[name]}
    if out is not None:
        keywords["out"] = out
    arrays = {name: _as_operand(a) for name, a in arrays.items()}
    slope = _as_slope(slope)
    try:
        return ufunc(*arrays.values(), slope, **keywords)
    except (TypeError, ValueError) as error:
        _errors.explain(error, ufunc, arrays, slope, keywords)
        raise


def _as_operand(a):
    """Arrays and those who override ufuncs as they are; the rest as `np.asarray` takes it, so that
    a Python number is a float64 and no weak scalar."""
    if isinstance(a, np.ndarray | np.generic) or hasattr(type(a), "__array_ufunc__"):
        return a
    if hasattr(type(a), "__array_wrap__"):  # the ufunc will wrap the result in the same type
        return a
    return np.asarray(a)


def _as_slope(slope):
    """A scalar slope as a Python float, which promotes nothing."""
    if isinstance(slope, float | int) or is_real_scalar(slope):
        return float(slope)
    return slope
