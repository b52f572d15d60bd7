# The functions as Python sees them: built-ins that take the common call apart by hand. Included by
# _core.pyx.
#
# A call of arrays, a slope and `out` alone, by position or by name, goes to array_call() at once:
# no keyword dict, no defaults to fill in. Every other call, and every error, goes to the Cython
# function of the same name, which has all parameters.

cdef extern from "Python.h":
    ctypedef struct PyMethodDef:
        const char *ml_name
        void *ml_meth
        int ml_flags
        const char *ml_doc
    int METH_FASTCALL
    int METH_KEYWORDS
    object PyCFunction_NewEx(PyMethodDef *method, PyObject *self, object module)
    object PyObject_Vectorcall(object callable, PyObject *const *args, size_t nargs,
                               PyObject *kwnames)
    PyObject *PyTuple_GET_ITEM(PyObject *args, Py_ssize_t index)
    Py_ssize_t PyTuple_GET_SIZE(PyObject *args)
    char *PyBytes_AS_STRING(object bytes)

cdef str NEGATIVE_SLOPE = "negative_slope"
cdef str PRELU_SLOPE = "slope"
cdef str OUT_NAME = "out"
cdef object any_leaky_relu = BEHIND["leaky_relu"], any_leaky_relu_grad = BEHIND["leaky_relu_grad"]
cdef object any_prelu = BEHIND["prelu"]
cdef object any_with_mask = BEHIND_TRAINING["leaky_relu_with_mask"]
cdef object any_from_mask = BEHIND_TRAINING["leaky_relu_grad_from_mask"]
cdef object any_bias = BEHIND_TRAINING["bias_leaky_relu"]
cdef object any_bias_grad = BEHIND_TRAINING["bias_leaky_relu_grad"]
cdef object any_prelu_grad = BEHIND_TRAINING["prelu_grad"]


cdef inline bint common(PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames, int arrays,
                        str slope_name, PyObject **slope, PyObject **out) noexcept:
    """Whether this is a common call; finds its slope and `out`, or their defaults."""
    cdef Py_ssize_t i
    cdef PyObject *name
    if nargs < arrays or nargs > arrays + 2:
        return False
    slope[0] = args[arrays] if nargs > arrays else <PyObject *>DEFAULT_SLOPE
    out[0] = args[arrays + 1] if nargs > arrays + 1 else <PyObject *>None
    if kwnames == NULL:
        return True
    for i in range(PyTuple_GET_SIZE(kwnames)):
        name = PyTuple_GET_ITEM(kwnames, i)  # interned in nearly all calls: compared by address
        if name == <PyObject *>OUT_NAME and nargs <= arrays + 1:
            out[0] = args[nargs + i]
        elif name == <PyObject *>slope_name and nargs <= arrays:
            slope[0] = args[nargs + i]
        else:
            return False
    return True


cdef object general(object function, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames):
    """The call of what stands behind. A keyword that it does not know is explained."""
    try:
        return PyObject_Vectorcall(function, args, nargs, kwnames)
    except TypeError:
        if kwnames != NULL:
            _keywords.explain(function, <object>kwnames)
        raise


cdef inline bint has_shape(object x):
    return cnp.PyArray_CheckExact(x) and cnp.PyArray_NDIM(<cnp.ndarray>x) > 0


cdef object leaky_relu_call(PyObject *module, PyObject *const *args, Py_ssize_t nargs,
                            PyObject *kwnames):
    cdef PyObject *slope
    cdef PyObject *out
    if common(args, nargs, kwnames, 1, NEGATIVE_SLOPE, &slope, &out):
        y = array_call(<object>args[0], <object>args[0], <object>slope, <object>out)
        if y is not None:
            return y
    return general(any_leaky_relu, args, nargs, kwnames)


cdef object leaky_relu_grad_call(PyObject *module, PyObject *const *args, Py_ssize_t nargs,
                                 PyObject *kwnames):
    cdef PyObject *slope
    cdef PyObject *out
    if (
        common(args, nargs, kwnames, 2, NEGATIVE_SLOPE, &slope, &out)
        and (slope != <PyObject *>DEFAULT_SLOPE or has_shape(<object>args[1]))
    ):
        dx = array_call(<object>args[1], <object>args[0], <object>slope, <object>out)
        if dx is not None:
            return dx
    return general(any_leaky_relu_grad, args, nargs, kwnames)


cdef object prelu_call(PyObject *module, PyObject *const *args, Py_ssize_t nargs,
                       PyObject *kwnames):
    cdef PyObject *slope
    cdef PyObject *out
    if (
        common(args, nargs, kwnames, 1, PRELU_SLOPE, &slope, &out)
        and slope != <PyObject *>DEFAULT_SLOPE  # it has none
    ):
        y = array_call(<object>args[0], <object>args[0], <object>slope, <object>out)
        if y is not None:
            return y
    return general(any_prelu, args, nargs, kwnames)


cdef object with_mask_call(PyObject *module, PyObject *const *args, Py_ssize_t nargs,
                           PyObject *kwnames):
    return general(any_with_mask, args, nargs, kwnames)


cdef object from_mask_call(PyObject *module, PyObject *const *args, Py_ssize_t nargs,
                           PyObject *kwnames):
    return general(any_from_mask, args, nargs, kwnames)


cdef object bias_call(PyObject *module, PyObject *const *args, Py_ssize_t nargs,
                      PyObject *kwnames):
    return general(any_bias, args, nargs, kwnames)


cdef object bias_grad_call(PyObject *module, PyObject *const *args, Py_ssize_t nargs,
                           PyObject *kwnames):
    return general(any_bias_grad, args, nargs, kwnames)


cdef object prelu_grad_call(PyObject *module, PyObject *const *args, Py_ssize_t nargs,
                            PyObject *kwnames):
    return general(any_prelu_grad, args, nargs, kwnames)


# ---- the built-ins -------------------------------------------------------------------------------

cdef enum:
    FUNCTIONS = 8

cdef PyMethodDef methods[FUNCTIONS]
cdef void *calls[FUNCTIONS]
calls[:] = [
    <void *>leaky_relu_call, <void *>leaky_relu_grad_call, <void *>prelu_call,
    <void *>with_mask_call, <void *>from_mask_call, <void *>bias_call, <void *>bias_grad_call,
    <void *>prelu_grad_call,
]

_OF_UFUNCS = "where=True, casting='same_kind', order='K', dtype=None, subok=True"
_OF_BIASES = "negative_slope=0.01, *, axis=-1, gain=1.0, clamp=None, out=None"
SIGNATURES = {  # in the order of `calls`
    "leaky_relu": f"x, /, negative_slope=0.01, out=None, *, {_OF_UFUNCS}",
    "leaky_relu_grad": (
        f"grad, x, /, negative_slope=0.01, out=None, *, from_output=False, {_OF_UFUNCS}"
    ),
    "prelu": f"x, /, slope, out=None, *, {_OF_UFUNCS}",
    "leaky_relu_with_mask": "x, negative_slope, *, out=None, mask=None",
    "leaky_relu_grad_from_mask": "grad, mask, negative_slope, *, out=None",
    "bias_leaky_relu": f"x, bias, {_OF_BIASES}",
    "bias_leaky_relu_grad": f"grad, y, {_OF_BIASES}, keepdims=False",
    "prelu_grad": "grad, x, slope, *, out=None",
}
# `inspect` reads the signature off the first line. CPython keeps the pointers: the bytes live on.
cdef list method_names = [name.encode() for name in SIGNATURES]
cdef dict _documented = {**BEHIND, **BEHIND_TRAINING}
cdef list method_docs = [
    f"{name}({signature})\n--\n\n{_documented[name].__doc__}".encode()
    for name, signature in SIGNATURES.items()
]


def _built_in(int i):
    methods[i] = PyMethodDef(
        PyBytes_AS_STRING(method_names[i]), calls[i], METH_FASTCALL | METH_KEYWORDS,
        PyBytes_AS_STRING(method_docs[i]))
    return PyCFunction_NewEx(&methods[i], NULL, "leakyc")


globals().update({name: _built_in(i) for i, name in enumerate(SIGNATURES)})
