"""The arrays that are timed."""

import numpy as np

import leakyc
from leakyc import _core

SLOPE = 0.01
PAGE = 4096


def normals(n, dtype="float32", seed=20131):
    """n random normals: their signs have no pattern that a branch predictor could learn."""
    rng = np.random.default_rng(seed)
    block = rng.standard_normal(min(n, 1 << 20), dtype=np.float32)
    return np.resize(block, n).astype(dtype)


def dtype_named(name):
    """The dtype of a name in the core's list; None where ml_dtypes, which has bfloat16, is not
    installed."""
    if name != "bfloat16":
        return np.dtype(name)
    try:
        import ml_dtypes
    except ImportError:
        return None
    return np.dtype(ml_dtypes.bfloat16)


def dtypes():
    """Those of the core's list that can be had here, by name."""
    found = {name: dtype_named(name) for name in _core.DTYPES}
    return {name: dtype for name, dtype in found.items() if dtype is not None}


def at_offset(n, dtype, offset):
    """Zeros that start so many bytes after a page's begin: NumPy's own begin 16 after a multiple
    of 64, and the distance between two arrays matters in cache."""
    dtype = np.dtype(dtype)
    raw = np.zeros(n * dtype.itemsize + 2 * PAGE, dtype=np.uint8)
    begin = -raw.ctypes.data % PAGE + offset
    return raw[begin : begin + n * dtype.itemsize].view(dtype)


def namespace(x, threads, grad=None, y=None):
    """What a case's statement sees, with `x` as the input."""
    y = np.zeros_like(x) if y is None else y
    grad = normals(x.size, x.dtype, seed=7).reshape(x.shape) if grad is None else grad
    return {
        **{name: getattr(leakyc, name) for name in leakyc.__all__},
        "np": np,
        "set_threads": leakyc.set_num_threads,
        "copy_at": _core.copy_at,
        "leak_at": _core.leak_at,
        "isa": next(isa["name"] for isa in _core.isas() if isa["chosen"]),
        "dtype": x.dtype.name,
        "threads": threads,
        "n": x.size,
        "a": SLOPE,
        "one": 1.0,
        "x": x,
        "grad": grad,
        "y": y,
        "t": np.zeros_like(x),
        "m": np.zeros(x.shape, dtype=bool),
        "x_at": x.ctypes.data,
        "y_at": y.ctypes.data,
        "grad_at": grad.ctypes.data,
    }
