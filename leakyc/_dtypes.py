"""Dtypes: which ones leakyc takes, what arrays have and promote to, what counts as one number."""

import itertools
from _thread import allocate_lock  # `threading` would be most of what the import costs

import numpy as np


def is_real(dtype):
    """Whether a dtype holds what the functions take."""
    return dtype.kind in "iub" or is_float(dtype)


def is_float(dtype):
    return dtype.kind == "f" and not is_foreign(dtype) or is_bfloat16(dtype)


def is_foreign(dtype):
    """Whether a dtype comes from another library than NumPy. Some say that they are floats."""
    return dtype.num >= 256


def dtype_of(a):
    """The dtype of an array; None where there is none, or none of NumPy's."""
    dtype = any_dtype_of(a)
    return dtype if isinstance(dtype, np.dtype) else None


def any_dtype_of(a):
    """What the array calls its dtype. No protocol promises one: None where asking for it fails."""
    try:
        return getattr(a, "dtype", None)
    except Exception:
        return None


def result_dtype(arrays):
    """What the arrays promote to; None where that cannot be told."""
    dtypes = [dtype_of(a) for a in arrays]
    if any([d is None for d in dtypes]):  # not `None in`: float64 equals None
        return None
    for dtype in dtypes:
        is_bfloat16(dtype)
    try:
        return np.result_type(*dtypes)
    except TypeError:
        return None


def is_number(value):
    """Whether this is one real number: Python's, or NumPy's."""
    return isinstance(value, float | int) or is_real_scalar(value)


def is_python_number(value):
    """Whether this is a number that promotes nothing (NEP 50): np.float64 is a float, but does."""
    return isinstance(value, float | int) and not isinstance(value, np.generic)


def is_real_scalar(value):
    """Whether this is one real number in NumPy's clothes: a scalar or a 0-d array, though not of a
    type that has its own ufuncs or wants its own results, such as a masked array."""
    if type(value) is not np.ndarray and not isinstance(value, np.generic):
        if not isinstance(value, np.ndarray) or value.__array_priority__ > 0:
            return False
        if type(value).__array_ufunc__ is not np.ndarray.__array_ufunc__:
            return False
    return not value.ndim and is_real(value.dtype)


# ---- bfloat16 -------------------------------------------------------------------------------

_lock = allocate_lock()
_registered = False
add_bfloat16_loops = None  # set by _core, which has the ufuncs


def is_bfloat16(dtype):
    """Whether this is ml_dtypes' bfloat16, recognised without importing it. If so, the ufuncs have
    its loops afterwards."""
    global _registered
    if dtype.kind != "V" or dtype.name != "bfloat16" or dtype.type.__module__ != "ml_dtypes":
        return False
    if not _registered:
        with _lock:
            if not _registered:
                add_bfloat16_loops(dtype)
            _registered = True
    return True


def settle(ufunc, dtype):
    """Fills NumPy's dispatch cache for all that can be cast to bfloat16, before there is a loop for
    it. Else a call of int8 with an `out` of bfloat16 would make NumPy choose that loop, and keep
    the choice for calls without an `out`."""
    reals = [np.dtype(code) for code in "?" + np.typecodes["AllInteger"] + np.typecodes["Float"]]
    arrays = [d for d in reals if np.can_cast(d, dtype)]
    slopes = [d for d in reals if np.can_cast(d, np.float32)]
    for operands in itertools.product(*[arrays] * (ufunc.nin - 1), slopes):
        ufunc.resolve_dtypes((*operands, None))
