"""The general path: whatever the fast paths do not take goes to the real ufuncs from here."""

from _thread import allocate_lock  # `threading` would be most of what the import costs

import numpy as np

from leakyc import _errors

# What a keyword is when the caller left it alone: it is not passed on then, since libraries that
# override ufuncs need not know it, and NumPy warns for `where` without `out`.
_DEFAULTS = {"where": True, "casting": "same_kind", "order": "K", "dtype": None, "subok": True}


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
    keywords = {name: value for name, value in given.items() if value is not _DEFAULTS[name]}
    if out is not None:
        keywords["out"] = out
    arrays = {name: as_operand(a) for name, a in arrays.items()}
    slope, result = _as_slope(slope, arrays.values(), dtype)
    if result is not None:
        keywords["dtype"] = result
    _keep_float32_slope(keywords, arrays.values(), slope)
    try:
        return ufunc(*arrays.values(), slope, **keywords)
    except (TypeError, ValueError) as error:
        _errors.explain(error, ufunc, arrays, slope, keywords)
        raise


def _keep_float32_slope(keywords, arrays, slope):
    """`dtype=` of 16 bits on wider arrays: NumPy would take the loop with a 16-bit slope too."""
    dtype = keywords.get("dtype")
    if dtype is None or type(slope) is not np.float32 or np.dtype(dtype).itemsize != 2:
        return
    if is_float(np.dtype(dtype)) and all(isinstance(a, np.ndarray | np.generic) for a in arrays):
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


def is_real_scalar(slope):
    """Whether `slope` is one real number in NumPy's clothes: a scalar or a 0-d array, though not
    of a type that has its own ufuncs or wants its own results, such as a masked array."""
    if type(slope) is not np.ndarray and not isinstance(slope, np.generic):
        if not isinstance(slope, np.ndarray) or slope.__array_priority__ > 0:
            return False
        if type(slope).__array_ufunc__ is not np.ndarray.__array_ufunc__:
            return False
    if slope.ndim:
        return False
    return slope.dtype.kind in "fiub" or is_bfloat16(slope.dtype)


def _as_slope(slope, arrays, dtype):
    """The slope as the ufunc is to see it, and the dtype to ask of the ufunc, None for its own
    choice. A scalar slope gets the compute type of the arrays, so that it promotes nothing."""
    result = result_dtype(arrays) if dtype is None else np.dtype(dtype)
    number = isinstance(slope, float | int)  # before an int that int64 cannot hold is an object
    slope = slope if number else as_operand(slope)
    if not number and not is_real_scalar(slope):
        if result is not None and result.kind in "iub" and isinstance(slope, np.ndarray):
            if slope.dtype.kind in "iub":  # or NumPy may take a loop of narrow floats
                slope = slope.astype(np.float64)
        return slope, _promoted(result, slope) if dtype is None else None
    frames = any(not hasattr(a, "dtype") for a in arrays)
    keyword = result if dtype is None and frames and is_float(result) else None
    if result is None or result.kind in "iub" or result == np.float64:
        return float(slope), keyword
    if result == np.longdouble:
        return np.longdouble(slope), keyword
    if result in (np.float32, np.float16) or is_bfloat16(result):
        with np.errstate(all="ignore"):
            return np.float32(float(slope)), keyword
    return float(slope), None


def _promoted(result, slope):
    """16-bit arrays and an array of slopes: the ufunc would take any slope that float32 holds as
    one for a 16-bit result, where NumPy promotes."""
    if result is None or not is_float(result) or result.itemsize != 2:
        return None
    dtype = _dtype_of(slope)
    if dtype is None or dtype.kind not in "fiubV":
        return None
    return np.multiply.resolve_dtypes((result, dtype, None))[2]


def is_float(dtype):
    return dtype is not None and (dtype.kind == "f" or is_bfloat16(dtype))


def result_dtype(arrays):
    """What the arrays promote to; None where that cannot be told."""
    dtypes = [_dtype_of(a) for a in arrays]
    if any(d is None for d in dtypes):  # not `None in`: float64 equals None
        return None
    for dtype in dtypes:
        is_bfloat16(dtype)
    try:
        return np.result_type(*dtypes)
    except TypeError:
        return None


def _dtype_of(a):
    """The dtype of an array, or the common one of a pandas DataFrame; None where there is none."""
    dtype = getattr(a, "dtype", None)
    if isinstance(dtype, np.dtype):
        return dtype
    dtypes = getattr(a, "dtypes", None)
    try:
        return None if dtypes is None else np.result_type(*dtypes)
    except TypeError:  # columns that are no numbers
        return None


# ---- bfloat16 -------------------------------------------------------------------------------

_lock = allocate_lock()
_registered = False


def is_bfloat16(dtype):
    """Whether this is ml_dtypes' bfloat16, recognised without importing it. If so, the ufuncs have
    its loops afterwards."""
    global _registered
    if dtype.kind != "V" or dtype.name != "bfloat16" or dtype.type.__module__ != "ml_dtypes":
        return False
    if not _registered:
        from leakyc import _core

        with _lock:
            _core.register_bfloat16(dtype)
            _registered = True
    return True
