# How the functions are called: built-ins that take their arguments apart by hand. Included by
# _core.pyx; needs nothing that stands before it.
#
# NumPy's own functions do it so: for 16 elements what Python's general way costs is the larger part
# of a call (bench/calls.py).

import sys

from cpython.ref cimport PyObject
from libc.string cimport memcpy

from leakyc import _general, _keywords

cdef extern from "Python.h":
    ctypedef struct PyMethodDef:
        const char *ml_name
        void *ml_meth
        int ml_flags
        const char *ml_doc
    int METH_FASTCALL
    int METH_KEYWORDS
    object PyCFunction_NewEx(PyMethodDef *method, PyObject *self, object module)
    PyObject *PyTuple_GET_ITEM(PyObject *args, Py_ssize_t index)
    Py_ssize_t PyTuple_GET_SIZE(PyObject *args)
    char *PyBytes_AS_STRING(object bytes)

cdef enum:
    MOST_PARAMETERS = 10

cdef object REQUIRED = object()
cdef object NOT_GIVEN = _general.NOT_GIVEN
cdef object DEFAULT_SLOPE = 0.01  # no caller has this very object: it was not given


cdef class Signature:
    """A function's name and parameters, read from `text` as people write them. `defaults` replace
    those of the text."""
    cdef str name
    cdef tuple names, defaults
    cdef PyObject *c_names[MOST_PARAMETERS]  # of `names` and `defaults`
    cdef PyObject *c_defaults[MOST_PARAMETERS]
    cdef Py_ssize_t by_position_only, by_position, required, count
    cdef bytes c_name, c_doc
    cdef PyMethodDef method

    def __init__(self, str text, str doc, **defaults):
        self.name, _, parameters = text.strip(")").partition("(")
        found = {}
        for word in parameters.split(", "):
            if word == "/":
                self.by_position_only = len(found)
            elif word == "*":
                self.by_position = len(found)
            else:
                name, has, default = word.partition("=")
                found[name] = eval(default, {}) if has else REQUIRED
        found.update(defaults)
        self.names = tuple([sys.intern(name) for name in found])
        self.defaults, self.count = tuple(found.values()), len(found)
        self.required = len([default for default in self.defaults if default is REQUIRED])
        for i in range(self.count):
            self.c_names[i] = <PyObject *>self.names[i]
            self.c_defaults[i] = <PyObject *>self.defaults[i]
        self.c_name = self.name.encode()
        self.c_doc = f"{text}\n--\n\n{doc}".encode()  # `inspect` reads the first line

    cdef object built_in(self, void *function):
        """The function as Python sees it. CPython keeps the pointers: `self` must stay alive."""
        self.method = PyMethodDef(PyBytes_AS_STRING(self.c_name), function,
                                  METH_FASTCALL | METH_KEYWORDS, PyBytes_AS_STRING(self.c_doc))
        return PyCFunction_NewEx(&self.method, NULL, "leakyc")

    cdef int wrong_number(self, Py_ssize_t given) except -1:
        takes, n = "exactly", self.by_position
        if self.required < self.by_position:
            takes = "at least" if given < self.required else "at most"
            n = self.required if given < self.required else self.by_position
        raise TypeError(f"{self.name}() takes {takes} {n} positional argument{'s' * (n != 1)} "
                        f"({given} given)")


cdef inline Py_ssize_t place_of(Signature s, PyObject *name, Py_ssize_t given) except -1:
    """Where the value of a keyword goes: past those that were given by position."""
    cdef Py_ssize_t i
    for i in range(given, s.count):  # interned in nearly all calls: compared by address
        if name == s.c_names[i] and i >= s.by_position_only:
            return i
    if <object>name in s.names[max(given, s.by_position_only):]:
        return s.names.index(<object>name)
    _keywords.explain(s.name, s.names, s.by_position_only, [<object>name])
    raise TypeError(f"{s.name}() got multiple values for keyword argument {<object>name!r}")


cdef inline int arguments(Signature s, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames,
                          PyObject **values) except -1:
    """Stores the values of all parameters, in order."""
    cdef Py_ssize_t i
    if nargs > s.by_position:
        s.wrong_number(nargs)
    memcpy(values, args, nargs * sizeof(PyObject *))
    memcpy(values + nargs, s.c_defaults + nargs, (s.count - nargs) * sizeof(PyObject *))
    if kwnames != NULL:
        for i in range(PyTuple_GET_SIZE(kwnames)):
            values[place_of(s, PyTuple_GET_ITEM(kwnames, i), nargs)] = args[nargs + i]
    for i in range(nargs, s.required):
        if values[i] == <PyObject *>REQUIRED:
            s.wrong_number(nargs)
    return 0
