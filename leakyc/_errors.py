"""The words of the errors: which argument, what it got, what it takes."""

import operator

import numpy as np

from leakyc import _dtypes


def wrong_dtype(name, argument, dtype):
    """The error of an array that is none of ours."""
    takes = "real floating-point, integer or bool arrays"
    return TypeError(f"{name}: {argument} has dtype {dtype}; it takes {takes}")


def refuse_traced(name, argument, value):
    """Raises for what HIPS autograd traces: it differentiates only what it knows."""
    if type(value).__module__.partition(".")[0] == "autograd":
        raise TypeError(
            f"{name}: {argument} is traced by autograd; the functions that it can differentiate "
            "are in leakyc.autograd"
        )


def number(name, argument, value):
    """One real number: a float, or a longdouble as it is."""
    if _dtypes.is_number(value):
        code = getattr(getattr(value, "dtype", None), "char", None)  # in either byte order
        return value[()] if code == np.longdouble().dtype.char else float(value)
    refuse_traced(name, argument, value)
    shape = getattr(value, "shape", ())
    got = f"an array of shape {shape}" if shape else type(value).__name__
    raise TypeError(f"{name}: {argument} must be one real number, got {got}")


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


def explain(error, name, operands, keywords):
    """Raises an error of the ufunc again in clearer words where the arguments tell the cause; else
    returns."""
    for argument, value in operands.items():
        refuse_traced(name, argument, value)
        dtype = _dtype(value)
        if dtype is not None and not _dtypes.is_real(dtype):
            raise wrong_dtype(name, argument, dtype) from error
    dtype = np.dtype(keywords.get("dtype"))  # float64 where there is none
    if not _dtypes.is_float(dtype):
        takes = "a real floating-point dtype"
        raise TypeError(f"{name}: dtype is {dtype}; it takes {takes}") from error
    out = keywords.get("out")
    if isinstance(out, tuple) and len(out) == 1:
        out = out[0]
    if out is not None:
        _explain_out(error, name, [np.shape(a) for a in operands.values()], out)


def _explain_out(error, name, shapes, out):
    if not isinstance(out, np.ndarray):
        if isinstance(error, TypeError):
            raise TypeError(
                f"{name}: out must be an array or a 1-tuple of one, got {type(out).__name__}"
            ) from error
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
    if isinstance(error, TypeError):
        raise TypeError(f"{name}: out has dtype {out.dtype}: {error}") from error


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
