"""The words of the errors: which argument, what it got, what it takes."""

import operator
import sys

import numpy as np

from leakyc import _dtypes, _others


def wrong_dtype(name, argument, dtype, part=None):
    """The error of an array, or of a part of a container, that is none of ours."""
    what = f"{part} of {argument}" if part else argument
    takes = "real floating-point, integer or bool arrays"
    return TypeError(f"{name}: {what} has dtype {dtype}; it takes {takes}")


def refuse_traced(name, argument, value):
    """Raises for what HIPS autograd traces: it differentiates only what it knows."""
    if type(value).__module__.partition(".")[0] == "autograd":
        raise TypeError(
            f"{name}: {argument} is traced by autograd; the functions that it can differentiate "
            "are in leakyc.autograd"
        )


def refuse(name, argument, value):
    """Raises for what a call that knows only NumPy's arrays would take a mask, a unit, labels,
    laziness or the type off."""
    if _others.is_plain(value):
        return
    refuse_traced(name, argument, value)
    if isinstance(value, list | tuple):
        inner = _others.not_plain(value)
        raise TypeError(
            f"{name}: {argument} is a {type(value).__name__} that holds a {inner}, and this call "
            "knows only NumPy's arrays and numbers"
        )
    raise TypeError(
        f"{name}: {argument} is of type {_others.type_name(value)}, and this call knows only "
        f"NumPy's arrays; {_others.instead(name, argument, value)}"
    )


# ---- numbers ----------------------------------------------------------------------------------


def number(name, argument, value):
    """One real number: a float, or a longdouble as it is."""
    if _dtypes.is_number(value):
        return as_float(name, argument, value, getattr(value, "dtype", None))
    refuse_traced(name, argument, value)
    shape = getattr(value, "shape", ()) if _others.is_plain(value) else ()
    got = f"an array of shape {shape}" if shape else _got(argument, value)
    raise TypeError(f"{name}: {argument} must be one real number, got {got}")


def as_float(name, argument, value, dtype=None):
    """A real number as a float; for longdouble arrays, which hold more, as one of theirs."""
    if dtype is not None and dtype.char == np.longdouble().dtype.char:  # in either byte order
        return np.longdouble(value)
    try:
        return float(value)
    except OverflowError:
        raise OverflowError(
            f"{name}: {argument} is an integer of {value.bit_length()} bits; it takes numbers that "
            f"float64 holds, up to {sys.float_info.max:.1e}"
        ) from None


def _got(argument, value):
    """What stands where a number should, and how to make one of it."""
    kind = "None" if value is None else _others.type_name(value)
    if hasattr(type(value), "__float__") and getattr(value, "ndim", 0) == 0:
        return f"{kind}; pass float({argument})"
    return f"{kind} {value!r:.40}" if isinstance(value, complex | str) else kind


def integer(name, argument, value, low, high):
    """An integer in that range."""
    try:
        value = operator.index(value)
    except TypeError:
        got = type(value).__name__
        raise TypeError(f"{name}: {argument} must be an int or None, got {got}") from None
    if not low <= value <= high:
        raise ValueError(f"{name}: {argument} must be from {low} to {high}, got {value}")
    return value


# ---- errors of the ufuncs ---------------------------------------------------------------------

# How NumPy begins what it says of keywords that have nothing to do with an array, and of operands
# whose libraries do not know the ufunc.
_OF_KEYWORDS = ("order must", "casting must", "'subok'")
_NOT_TAKEN = "operand type(s) all returned NotImplemented"


def explain(error, name, operands, keywords):
    """Raises an error of the ufunc again in clearer words where the arguments tell the cause; else
    returns. `operands` are the caller's, the slope last."""
    if str(error).startswith(_OF_KEYWORDS):
        return
    for argument, value in operands.items():
        _explain_operand(error, name, argument, value)
    *_, (slope_name, slope) = operands.items()
    for argument, value in operands.items():
        dtype = _dtype(value)
        if dtype is not None and not _dtypes.is_real(dtype):
            raise wrong_operand(name, argument, value, dtype, argument == slope_name) from error
    dtype = np.dtype(keywords.get("dtype"))  # float64 where there is none
    if not _dtypes.is_float(dtype):
        takes = "a real floating-point dtype"
        raise TypeError(f"{name}: dtype is {dtype}; it takes {takes}") from error
    where = _dtypes.dtype_of(keywords.get("where"))
    if where is not None and where != np.bool_ and isinstance(error, TypeError):
        raise TypeError(f"{name}: where has dtype {where}; it takes bool") from error
    out = keywords.get("out")
    if isinstance(out, tuple) and len(out) == 1:
        out = out[0]
    if out is not None and _others.overrides(out):
        _explain_operand(error, name, "out", out)
    elif out is not None:
        _explain_out(error, name, [np.shape(a) for a in operands.values()], out)


def _explain_operand(error, name, argument, value):
    """Where another library's array is at fault."""
    refuse_traced(name, argument, value)
    got = f"{name}: {argument} is of type {_others.type_name(value)}"
    instead = _others.instead(name, argument, value)
    if _others.library(value) == "scipy.sparse":
        raise TypeError(f"{got}; {instead}") from error
    for kind, label, dtype in _others.parts(value):
        if not _others.is_real(dtype):
            raise wrong_dtype(name, argument, dtype, f"{kind} {label!r}") from error
    if not _others.overrides(value):
        return
    dtype = _dtypes.any_dtype_of(value)
    if dtype is not None and not _others.is_real(dtype):
        raise wrong_dtype(name, argument, dtype) from error
    if _others.library(value) == "astropy" or str(error).startswith(_NOT_TAKEN):
        raise TypeError(f"{got}, which takes no part in this ufunc; {instead}") from error


def wrong_operand(name, argument, value, dtype, is_slope):
    """The error of what is no array, in the words for a number or an object; else of its dtype."""
    if hasattr(value, "dtype") or np.ndim(value):
        return wrong_dtype(name, argument, dtype)
    if is_slope:
        has = "must be" if dtype.hasobject else f"has dtype {dtype}; it must be"
        got = _got(argument, value)
        return TypeError(f"{name}: {argument} {has} a real number or an array of them, got {got}")
    if dtype.hasobject and value is not None:
        takes = "which NumPy takes for one object; it takes real numbers and arrays of them"
        return TypeError(f"{name}: {argument} is of type {_others.type_name(value)}, {takes}")
    return wrong_dtype(name, argument, dtype)


def _explain_out(error, name, shapes, out):
    if not isinstance(out, np.ndarray):
        if isinstance(error, TypeError):
            raise TypeError(
                f"{name}: out must be an array or a 1-tuple of one, got {_others.type_name(out)}"
            ) from error
        return
    if hasattr(error, "out_i"):  # NumPy's error of a cast to the output
        raise TypeError(f"{name}: out has dtype {out.dtype}: {error}") from error
    if isinstance(error, TypeError):
        return
    if not out.flags.writeable:
        raise ValueError(f"{name}: out is read-only; it takes a writeable array") from error
    shape = _broadcast(*shapes)
    if shape is None:
        return  # the inputs do not broadcast: NumPy's message names their shapes
    if _broadcast(shape, out.shape) != out.shape:
        raise ValueError(
            f"{name}: out has shape {out.shape}; the inputs broadcast to {shape}"
        ) from error


def _broadcast(*shapes):
    """What the shapes broadcast to, None where they do not. np.broadcast_shapes ends at 32 axes."""
    ndim = max([len(shape) for shape in shapes])
    axes = zip(*[(1,) * (ndim - len(shape)) + shape for shape in shapes], strict=True)
    lengths = [set(axis) - {1} for axis in axes]
    if any([len(axis) > 1 for axis in lengths]):
        return None
    return tuple([axis.pop() if axis else 1 for axis in lengths])


def _dtype(value):
    """The dtype to name; None where there is none. What has ufuncs of its own is not converted:
    that may be work, such as dask's."""
    dtype = _dtypes.dtype_of(value)
    if dtype is None and not hasattr(type(value), "__array_ufunc__"):
        try:
            return np.asarray(value).dtype
        except Exception:  # an object whose conversion fails has no dtype to name
            return None
    return dtype


# ---- the call itself --------------------------------------------------------------------------


def number_as_second(grad, x):
    """Raises if `leaky_relu_grad(grad, x)` is a call of a derivative function, with its slope."""
    scalar = isinstance(x, float | int | np.generic) or type(x) is np.ndarray and not x.ndim
    if not scalar or type(x) is np.ndarray and np.ndim(grad) == 0:
        return
    dtype = _dtype(grad)
    if dtype is not None and not _dtypes.is_real(dtype):
        raise wrong_dtype("leaky_relu_grad", "grad", dtype)
    raise TypeError(
        f"leaky_relu_grad: x, the second of two arguments, is the number {x}; it takes the input "
        "of the forward call, and the slope comes third: leaky_relu_grad(grad, x, negative_slope). "
        f"The derivative at x is leaky_relu_grad(1.0, x, {x})"
    )
