"""The general path: whatever the fast paths do not take is made ready for the real ufuncs here."""

import ctypes
import functools
import sys

import numpy as np

from leakyc import _errors, _others
from leakyc._dtypes import (
    any_dtype_of,
    dtype_of,
    is_bfloat16,
    is_float,
    is_foreign,
    is_number,
    is_python_number,
    is_real,
    result_dtype,
)

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


def prepare(ufunc, name, operands, out, where, casting, order, dtype, subok):
    """What to call, the operands and the keywords. `operands` are those of the function `name` by
    their names there, the slope last."""
    given = (out, where, casting, order, dtype, subok)
    named = zip(_DEFAULTS.items(), given, strict=True)
    keywords = {keyword: value for (keyword, default), value in named if value is not default}
    *arrays, (slope_name, slope) = operands.items()
    ready = {argument: as_operand(a) for argument, a in arrays}
    ready[slope_name] = slope if is_number(slope) else as_operand(slope)
    _refuse(name, ready)
    if any([_others.overrides(a) for a in (*ready.values(), where, *_outputs(out))]):
        return _for_others(ufunc, name, ready, slope_name, keywords), ready, keywords
    _for_numpy(name, ready, slope_name, keywords)
    return ufunc, ready, keywords


def as_operand(a):
    """Arrays, Python numbers and those who override ufuncs as they are; the rest as `np.asarray`
    takes it."""
    if isinstance(a, np.ndarray | np.generic | float | int):
        return a
    if hasattr(type(a), "__array_ufunc__") or hasattr(type(a), "__array_wrap__"):
        return a  # with the latter the ufunc will wrap the result in the same type
    return np.asarray(a)


def _outputs(out):
    return out if isinstance(out, tuple) else (out,)


def _refuse(name, operands):
    """Raises for dtypes of other libraries that are none of ours, since NumPy may know a cast to
    one that is, and for parts of a container, since only their names help."""
    for argument, a in operands.items():
        dtype = any_dtype_of(a)
        if dtype is not None and _is_foreign(a, dtype) and not _others.is_real(dtype):
            raise _errors.wrong_dtype(name, argument, dtype)
        for kind, label, dtype in _others.parts(a):
            if not _others.is_real(dtype):
                raise _errors.wrong_dtype(name, argument, dtype, f"{kind} {label!r}")


def _is_foreign(a, dtype):
    if isinstance(dtype, np.dtype):
        return is_foreign(dtype)
    return _others.library(a) in ("pandas", "polars")


def _strong(ready, dtype):
    """The dtype that the operands have without Python's numbers; `dtype` where it is asked for.
    None where that cannot be told."""
    if dtype is not None:
        return np.dtype(dtype)
    arrays = [_read(a) for a in ready.values() if not is_python_number(a)]
    return result_dtype(arrays or [np.float64(0)])


def _read(a):
    """The array itself, or as NumPy reads it: torch's tensors have dtypes of their own."""
    plain = dtype_of(a) is not None or hasattr(type(a), "__array_ufunc__")
    return a if plain else np.asarray(a)


# ---- arrays that NumPy computes with ----------------------------------------------------------


def _for_numpy(name, ready, slope_name, keywords):
    """Python's numbers get the dtype of the arrays beside them, and a scalar slope the dtype to
    compute in, so that neither promotes anything."""
    slope, dtype = ready[slope_name], keywords.get("dtype")
    scalar = is_number(slope)
    arrays = {argument: a for argument, a in ready.items() if argument != slope_name}
    strong = _strong(arrays if scalar else ready, dtype)
    for argument, a in arrays.items():
        if is_python_number(a):
            ready[argument] = _weak(name, argument, a, strong)
    if scalar:
        ready[slope_name] = _compute_slope(name, slope_name, slope, strong)
    elif dtype is None:
        _promote_16_bits(keywords, arrays, slope)
    _keep_float32_slope(keywords, arrays.values(), ready[slope_name])


def _weak(name, argument, number, dtype):
    """A Python number as NumPy takes it beside arrays of that dtype, but without a warning."""
    number = _errors.as_float(name, argument, number, dtype)
    if dtype is None:  # NumPy will say what is wrong with the arrays
        return number
    with np.errstate(all="ignore"):
        return np.asarray(number).astype(dtype if is_float(dtype) else np.float64)


def _compute_slope(name, argument, slope, dtype):
    """A scalar slope of the type that arrays of this dtype are computed in."""
    number = _errors.as_float(name, argument, slope, dtype)
    if dtype is None or not is_float(dtype) or dtype.itemsize > 4:
        return number
    return np.float32(_rounded(number))


def _rounded(number):
    """Of float32. C's conversion says nothing of overflow, and np.errstate is not left again where
    there is no memory to enter it."""
    return ctypes.c_float(number).value


def _promote_16_bits(keywords, arrays, slope):
    """16-bit arrays and an array of slopes: the ufunc would take any slope that float32 holds as
    one for a 16-bit result, where NumPy promotes."""
    strong, dtype = _strong(arrays, None), dtype_of(slope)
    if strong is None or not is_float(strong) or strong.itemsize != 2:
        return
    if dtype is not None and is_real(dtype):
        keywords["dtype"] = np.multiply.resolve_dtypes((strong, dtype, None))[2]


def _keep_float32_slope(keywords, arrays, slope):
    """`dtype=` of 16 bits on wider arrays: NumPy would take the loop with a 16-bit slope too."""
    dtype = keywords.get("dtype")
    if dtype is None or type(slope) is not np.float32 or np.dtype(dtype).itemsize != 2:
        return
    if is_float(np.dtype(dtype)) and all([isinstance(a, np.ndarray | np.generic) for a in arrays]):
        del keywords["dtype"]
        keywords["signature"] = (np.dtype(dtype),) * len(arrays) + (slope.dtype, np.dtype(dtype))


# ---- arrays that answer ufuncs themselves -----------------------------------------------------


def _for_others(ufunc, name, ready, slope_name, keywords):
    """What to call. A scalar slope becomes a Python float, which promotes nothing: what dtypes
    there are, and what becomes of them, is their business."""
    arrays = {argument: a for argument, a in ready.items() if argument != slope_name}
    strong = _strong(arrays, keywords.get("dtype"))
    slope = ready[slope_name]
    if is_number(slope):
        slope = _errors.as_float(name, slope_name, slope, strong)
        narrow = strong is not None and is_float(strong) and strong.itemsize <= 4
        ready[slope_name] = _rounded(slope) if narrow else slope  # no cast that could overflow
    elif "dtype" not in keywords:
        _promote_16_bits(keywords, arrays, slope)
    _for_polars(keywords, ready, slope_name)
    for argument, a in arrays.items():
        if is_python_number(a):  # NumPy's promotion knows no weak numbers beside bfloat16
            weak = strong is not None and is_bfloat16(strong)
            ready[argument] = _weak(name, argument, a, strong if weak else None)
    if any([_others.is_frame(a) for a in ready.values()]):
        from leakyc import _frames

        return functools.partial(_quietly, functools.partial(_frames.call, ufunc))
    if strong is not None:
        return ufunc
    if "ml_dtypes" in sys.modules:
        is_bfloat16(np.dtype(sys.modules["ml_dtypes"].bfloat16))
    return functools.partial(_quietly, ufunc)


def _quietly(call, *operands, **keywords):
    """Casts a number to dtypes that only the other library knows, be it beyond them."""
    with np.errstate(all="ignore"):
        return call(*operands, **keywords)


def _for_polars(keywords, ready, slope_name):
    """A Series of bool, which is bits to polars, as integers. Integers give float64, whatever the
    slopes beside them; polars would take the narrowest float that holds them."""
    series = [argument for argument, a in ready.items() if _is_series_of_polars(a)]
    for argument in series:
        if str(ready[argument].dtype) == "Boolean":
            ready[argument] = ready[argument].cast(sys.modules["polars"].UInt8)
    if series and not any([_is_of_floats(a) for n, a in ready.items() if n != slope_name]):
        keywords.setdefault("dtype", np.dtype(np.float64))


def _is_of_floats(a):
    if _is_series_of_polars(a):
        return a.dtype.is_float()
    dtype = dtype_of(a)
    return isinstance(a, float) if dtype is None else is_float(dtype)


def _is_series_of_polars(a):
    return _others.library(a) == "polars" and hasattr(any_dtype_of(a), "is_float")
