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

cdef str SLOPE_NAME = "negative_slope"
cdef str OUT_NAME = "out"
cdef object DEFAULT_SLOPE = 0.01
cdef object any_leaky_relu = BEHIND["leaky_relu"], any_leaky_relu_grad = BEHIND["leaky_relu_grad"]
cdef object any_prelu = BEHIND["prelu"]


cdef inline bint common(PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames, int arrays,
                        PyObject **slope, PyObject **out) noexcept:
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
        elif name == <PyObject *>SLOPE_NAME and nargs <= arrays:
            slope[0] = args[nargs + i]
        else:
            return False
    return True


cdef object leaky_relu_call(PyObject *module, PyObject *const *args, Py_ssize_t nargs,
                            PyObject *kwnames):
    cdef PyObject *slope
    cdef PyObject *out
    if common(args, nargs, kwnames, 1, &slope, &out):
        y = array_call(<object>args[0], <object>args[0], <object>slope, <object>out)
        if y is not None:
            return y
    return PyObject_Vectorcall(any_leaky_relu, args, nargs, kwnames)


cdef object leaky_relu_grad_call(PyObject *module, PyObject *const *args, Py_ssize_t nargs,
                                 PyObject *kwnames):
    cdef PyObject *slope
    cdef PyObject *out
    if common(args, nargs, kwnames, 2, &slope, &out):
        dx = array_call(<object>args[1], <object>args[0], <object>slope, <object>out)
        if dx is not None:
            return dx
    return PyObject_Vectorcall(any_leaky_relu_grad, args, nargs, kwnames)


cdef object prelu_call(PyObject *module, PyObject *const *args, Py_ssize_t nargs,
                       PyObject *kwnames):
    cdef PyObject *slope
    cdef PyObject *out
    if nargs > 1 and common(args, nargs, kwnames, 1, &slope, &out):  # the slope has no default
        y = array_call(<object>args[0], <object>args[0], <object>slope, <object>out)
        if y is not None:
            return y
    return PyObject_Vectorcall(any_prelu, args, nargs, kwnames)


cdef enum:
    FUNCTIONS = 3

cdef PyMethodDef methods[FUNCTIONS]
cdef list method_docs = [  # `inspect` reads the signature off the first line
    f"{name}({signature})\n--\n\n{doc}".encode() for name, signature, doc in (
        ("leaky_relu",
         "x, /, negative_slope=0.01, out=None, *, where=True, casting='same_kind', order='K', "
         "dtype=None, subok=True", _docs.LEAKY_RELU),
        ("leaky_relu_grad",
         "grad, x, /, negative_slope=0.01, out=None, *, from_output=False, where=True, "
         "casting='same_kind', order='K', dtype=None, subok=True", _docs.LEAKY_RELU_GRAD),
        ("prelu",
         "x, slope, /, out=None, *, where=True, casting='same_kind', order='K', dtype=None, "
         "subok=True", _docs.PRELU),
    )
]
methods[0] = PyMethodDef(
    b"leaky_relu", <void *>leaky_relu_call, METH_FASTCALL | METH_KEYWORDS,
    <const char *>PyBytes_AS_STRING(method_docs[0]))
methods[1] = PyMethodDef(
    b"leaky_relu_grad", <void *>leaky_relu_grad_call, METH_FASTCALL | METH_KEYWORDS,
    <const char *>PyBytes_AS_STRING(method_docs[1]))
methods[2] = PyMethodDef(
    b"prelu", <void *>prelu_call, METH_FASTCALL | METH_KEYWORDS,
    <const char *>PyBytes_AS_STRING(method_docs[2]))

leaky_relu = PyCFunction_NewEx(&methods[0], NULL, __name__)
leaky_relu_grad = PyCFunction_NewEx(&methods[1], NULL, __name__)
prelu = PyCFunction_NewEx(&methods[2], NULL, __name__)
