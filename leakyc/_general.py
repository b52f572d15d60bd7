"""The general path: whatever the fast paths do not take is made ready for the real ufuncs here."""

import ctypes

import numpy as np

from leakyc import _errors
from leakyc._dtypes import dtype_of, is_float, is_foreign, is_number, is_real, result_dtype

NOT_GIVEN = object()

# What a keyword is when the caller left it alone: it is not passed on then, since libraries that
# override ufuncs need not know it, and NumPy warns for `where` unless `out` is given, be it None.
_DEFAULTS = {
    "out": NOT_GIVEN,
    "where": True,
    "casting": "same_kind",
    "order": "K",
    "dtype": None,
    "subok": True,
}


def check_from_output(slope):
    """`x > 0` can be told from `leaky_relu(x)` only where the slope is not negative."""
    if not np.all(np.greater_equal(slope, 0)):
        raise ValueError(
            f"from_output=True needs negative_slope >= 0, got {slope!r}: with a negative slope "
            "(or NaN) the sign of the output does not tell the sign of the input"
        )


def prepare(name, operands, out, where, casting, order, dtype, subok):
    """The operands and the keywords as the ufunc is to see them. `operands` are those of the
    function `name` by their names there, the slope last."""
    given = (out, where, casting, order, dtype, subok)
    named = zip(_DEFAULTS.items(), given, strict=True)
    keywords = {keyword: value for (keyword, default), value in named if value is not default}
    *arrays, (slope_name, slope) = operands.items()
    ready = {argument: as_operand(a) for argument, a in arrays}
    slope, result = _as_slope(slope, ready.values(), dtype)
    if result is not None:
        keywords["dtype"] = result
    _keep_float32_slope(keywords, ready.values(), slope)
    ready[slope_name] = slope
    for argument, a in ready.items():
        found = dtype_of(a)
        if found is not None and is_foreign(found) and not is_real(found):  # NumPy might cast it
            raise _errors.wrong_dtype(name, argument, found)
    return ready, keywords


def _keep_float32_slope(keywords, arrays, slope):
    """`dtype=` of 16 bits on wider arrays: NumPy would take the loop with a 16-bit slope too."""
    dtype = keywords.get("dtype")
    if dtype is None or type(slope) is not np.float32 or np.dtype(dtype).itemsize != 2:
        return
    if is_float(np.dtype(dtype)) and all([isinstance(a, np.ndarray | np.generic) for a in arrays]):
        del keywords["dtype"]
        keywords["signature"] = (np.dtype(dtype),) * len(arrays) + (slope.dtype, np.dtype(dtype))


def as_operand(a):
    """Arrays and those who override ufuncs as they are; the rest as `np.asarray` takes it, so that
    a Python number is a float64 and no weak scalar."""
    if isinstance(a, np.ndarray | np.generic) or hasattr(type(a), "__array_ufunc__"):
        return a
    if hasattr(type(a), "__array_wrap__"):  # the ufunc will wrap the result in the same type
        return a
    return np.asarray(a)


# ---- the slope ------------------------------------------------------------------------------


def _as_slope(slope, arrays, dtype):
    """The slope as the ufunc is to see it, and the dtype to ask of the ufunc, None for its own
    choice. A scalar slope gets the compute type of the arrays, so that it promotes nothing."""
    result = result_dtype(arrays) if dtype is None else np.dtype(dtype)
    if not isinstance(slope, float | int):  # an int that int64 cannot hold would be an object
        slope = as_operand(slope)
    if not is_number(slope):
        if result is not None and result.kind in "iub" and isinstance(slope, np.ndarray):
            if slope.dtype.kind in "iub":  # or NumPy may take a loop of narrow floats
                slope = slope.astype(np.float64)
        return slope, _promoted(result, slope) if dtype is None else None
    frames = any([not hasattr(a, "dtype") for a in arrays])
    floats = result is not None and is_float(result)
    keyword = result if dtype is None and frames and floats else None
    if not floats or result == np.float64:
        return float(slope), keyword
    if result == np.longdouble:
        return np.longdouble(slope), keyword
    # C's conversion, which says nothing of overflow. np.errstate is not left again where there is
    # no memory to enter it.
    return np.float32(ctypes.c_float(float(slope)).value), keyword


def _promoted(result, slope):
    """16-bit arrays and an array of slopes: the ufunc would take any slope that float32 holds as
    one for a 16-bit result, where NumPy promotes."""
    if result is None or not is_float(result) or result.itemsize != 2:
        return None
    dtype = dtype_of(slope)
    if dtype is None or not is_real(dtype):
        return None
    return np.multiply.resolve_dtypes((result, dtype, None))[2]
