# The C functions for other extensions, Cython and numba. Included by _core.pyx; needs _core.pxd
# alone.
#
# They are handed on as addresses, so that nothing but the module's own entry is exported.

from cpython.pycapsule cimport PyCapsule_GetName, PyCapsule_GetPointer, PyCapsule_New


cdef object capsule_of(const leakyc_export *function):
    return PyCapsule_New(<void *>function.function, function.signature, NULL)


cdef dict capsules_of_functions():
    cdef size_t i = 0
    found = {}
    while leakyc_export_at(i) != NULL:
        found[leakyc_export_at(i).name.decode()] = capsule_of(leakyc_export_at(i))
        i += 1
    return found


# As Cython has them in a module with `cdef` functions: capsules by name, each called what its
# function's type is.
capsules = capsules_of_functions()

# For leakyc_capi.h.
_C_API = PyCapsule_New(<void *>leakyc_table(), "leakyc._core._C_API", NULL)


def address(str name):
    """Return the address of a C function of leakyc, as an integer.

    For ctypes, cffi, LLVM and the like, which call by address.

    Parameters
    ----------
    name : str
        A function of ``leakyc.h`` without its prefix, such as ``"leaky_relu_f32"``.

    Returns
    -------
    int
        Where the function is, in this process.

    Raises
    ------
    ValueError
        If there is no function of this name.

    Examples
    --------
    >>> import ctypes
    >>> import numpy as np
    >>> from leakyc import cython_leakyc
    >>> vector = np.ctypeslib.ndpointer(np.float32, flags="C_CONTIGUOUS")
    >>> leaky_relu = ctypes.CFUNCTYPE(
    ...     None, vector, vector, ctypes.c_size_t, ctypes.c_double, ctypes.c_int
    ... )(cython_leakyc.address("leaky_relu_f32"))
    >>> x = np.array([-2, 3], np.float32)
    >>> leaky_relu(x, x, x.size, 0.5, 0)
    >>> x
    array([-1.,  3.], dtype=float32)
    """
    if name not in capsules:
        raise ValueError(
            f"address: no C function is named {name!r}; there are: {', '.join(capsules)}"
        )
    capsule = capsules[name]
    return <size_t>PyCapsule_GetPointer(capsule, PyCapsule_GetName(capsule))
