"""leakyc: Leaky ReLU, forward and gradient, as a fast NumPy ufunc-like call."""

from leakyc import ufuncs
from leakyc._buffers import buffer_info, clear_buffers, set_buffer_limit
from leakyc._core import (
    bias_leaky_relu,
    bias_leaky_relu_grad,
    bias_prelu,
    bias_prelu_grad,
    leaky_relu,
    leaky_relu_grad,
    leaky_relu_grad_from_mask,
    leaky_relu_with_mask,
    prelu,
    prelu_grad,
)
from leakyc._random import rrelu
from leakyc._threads import get_num_threads, set_num_threads, threads

__version__ = "0.1.0"

__all__ = [
    "bias_leaky_relu",
    "bias_leaky_relu_grad",
    "bias_prelu",
    "bias_prelu_grad",
    "buffer_info",
    "clear_buffers",
    "get_include",
    "get_num_threads",
    "leaky_relu",
    "leaky_relu_grad",
    "leaky_relu_grad_from_mask",
    "leaky_relu_with_mask",
    "prelu",
    "prelu_grad",
    "rrelu",
    "set_buffer_limit",
    "set_num_threads",
    "show_config",
    "threads",
    "ufuncs",
]


def _imported_by_core():
    """Never called. What packs a program and its modules (PyInstaller and such) cannot see which
    ones an extension imports: here they are."""
    from leakyc import (  # noqa: F401
        _docs,
        _dtypes,
        _errors,
        _general,
        _keywords,
        _training,
        _training_docs,
    )


def get_include():
    """Return the folder of the C headers, ``leakyc.h`` and ``leakyc_capi.h``.

    For a compiler's ``-I`` and an extension's `include_dirs`, as `numpy.get_include`;
    ``python -m leakyc --cflags`` prints it for a Makefile. What they are for is in ``docs/c.md``.

    Returns
    -------
    str
        The folder, in the installed package.

    Examples
    --------
    >>> import os
    >>> import leakyc
    >>> sorted(os.listdir(leakyc.get_include()))
    ['leakyc.h', 'leakyc_capi.h']
    """
    return __path__[0] + "/include"


def show_config(mode="stdout"):
    """Print or return what leakyc runs on here, and why.

    Versions, the compiler, the instruction sets (compiled, available on this CPU, chosen), the
    OpenMP runtimes loaded in this process, the number of threads now and its reason, caches, and
    the memory that is kept for large results (`buffer_info`).

    Parameters
    ----------
    mode : {"stdout", "dict"}, optional
        Whether to print it or to return it.

    Returns
    -------
    dict or None
        The configuration with ``mode="dict"``, else None.

    Raises
    ------
    ValueError
        If `mode` is neither.

    Examples
    --------
    >>> import leakyc
    >>> leakyc.show_config(mode="dict")["version"] == leakyc.__version__
    True
    """
    if mode not in ("stdout", "dict"):
        raise ValueError(f"show_config: mode must be 'stdout' or 'dict', got {mode!r}")
    from leakyc import _show_config  # not at import: most programs never ask

    found = _show_config.config(__version__)
    if mode == "dict":
        return found
    print(_show_config.text(found))
    return None


# Pickles name the module of a function: they outlive where it is defined today.
for _name in __all__:
    if callable(globals()[_name]):
        globals()[_name].__module__ = __name__
del _name
