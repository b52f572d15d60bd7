"""The words of the errors: which argument, what it got, what it takes."""

import numpy as np

TAKES = "real floating-point, integer or bool arrays"


def explain(error, ufunc, arrays, slope, keywords):
    """Raises `error` again in clearer words where the arguments tell the cause; else returns."""
    name = ufunc.__name__
    for argument, value in {**arrays, "negative_slope": slope}.items():
        dtype = _dtype(value)
        if dtype is not None and dtype.kind not in "fiub" and dtype.name != "bfloat16":
            raise TypeError(f"{name}: {argument} has dtype {dtype}; it takes {TAKES}") from error
    out = keywords.get("out")
    if isinstance(out, tuple) and len(out) == 1:
        out = out[0]
    if out is None:
        return
    if not isinstance(out, np.ndarray):
        if isinstance(error, TypeError):
            raise TypeError(
                f"{name}: out must be an array or a 1-tuple of one, got {type(out).__name__}"
            ) from error
        return
    if not out.flags.writeable:
        raise ValueError(f"{name}: out is read-only; it takes a writeable array") from error
    shape = _broadcast(*(np.shape(a) for a in (*arrays.values(), slope)))
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
    ndim = max(len(shape) for shape in shapes)
    axes = zip(*((1,) * (ndim - len(shape)) + shape for shape in shapes), strict=True)
    lengths = [set(axis) - {1} for axis in axes]
    if any(len(axis) > 1 for axis in lengths):
        return None
    return tuple(axis.pop() if axis else 1 for axis in lengths)


def _dtype(value):
    try:
        dtype = getattr(value, "dtype", None) or np.asarray(value).dtype
    except Exception:  # an object whose conversion fails has no dtype to name
        return None
    return dtype if isinstance(dtype, np.dtype) else None
