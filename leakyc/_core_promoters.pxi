# What the ufuncs make of integers: float64, whatever the order of their table. Included by
# _core.pyx; needs _core_ufuncs.pxi.
#
# NumPy's own rule would take the first loop that integers can be cast to, a narrow float for most.
# The table's order cannot say otherwise: polars reads it too, and wants the narrow floats first.

cdef extern from "numpy/dtype_api.h":
    ctypedef struct PyArray_DTypeMeta:
        pass
    PyArray_DTypeMeta PyArray_IntAbstractDType
    PyArray_DTypeMeta PyArray_PyFloatDType
    PyArray_DTypeMeta PyArray_PyLongDType

cdef extern from "numpy/ufuncobject.h":
    int PyUFunc_AddPromoter(PyObject *ufunc, PyObject *dtypes, PyObject *promoter) except -1


cdef object dtype_class(int number):
    return type(cnp.PyArray_DescrFromType(number))


cdef object ANY_INTEGER = <object><PyObject *>&PyArray_IntAbstractDType  # Python's int too
cdef object PYTHON_INT = <object><PyObject *>&PyArray_PyLongDType
cdef object PYTHON_FLOAT = <object><PyObject *>&PyArray_PyFloatDType
cdef object BOOL = dtype_class(cnp.NPY_BOOL)
cdef object DOUBLE = dtype_class(cnp.NPY_DOUBLE)
cdef object LONGDOUBLE = dtype_class(cnp.NPY_LONGDOUBLE)
cdef tuple REALS = (
    BOOL, ANY_INTEGER, PYTHON_FLOAT, dtype_class(cnp.NPY_FLOAT16), dtype_class(cnp.NPY_FLOAT),
    DOUBLE, LONGDOUBLE,
)


cdef list promoted(list given, list asked):
    """The dtype classes to compute in, slope and result last; None for slopes that are no numbers.
    `asked` is what `dtype=` and `signature=` fix, None where nothing."""
    *arrays, slope, _ = given
    *_, result = asked
    if not issubclass(slope, REALS):
        return None
    if result is None:
        result = LONGDOUBLE if slope is LONGDOUBLE else DOUBLE
    alike = result is DOUBLE and all([a is arrays[0] for a in arrays])
    if not alike or arrays[0] is PYTHON_INT:  # else there is a loop of just these integers
        arrays = [result] * len(arrays)
    best = [*arrays, result, result]
    return [own if own is not None else b for own, b in zip(asked, best)]


cdef int promote_integers(PyObject *ufunc, PyArray_DTypeMeta **given, PyArray_DTypeMeta **asked,
                          PyArray_DTypeMeta **chosen) noexcept with gil:
    """NumPy's promoter function: -1 leaves the choice, or the error, to NumPy."""
    cdef int nargs = (<object>ufunc).nargs, i
    try:
        found = promoted(
            [None if given[i] == NULL else <object><PyObject *>given[i] for i in range(nargs)],
            [None if asked[i] == NULL else <object><PyObject *>asked[i] for i in range(nargs)])
    except Exception:
        return -1
    if found is None:
        return -1
    for i in range(nargs):
        Py_INCREF(found[i])
        chosen[i] = <PyArray_DTypeMeta *><PyObject *>found[i]
    return 0


def _add_promoters():
    promoter = PyCapsule_New(<void *>promote_integers, "numpy._ufunc_promoter", NULL)
    ours = (ANY_INTEGER, BOOL)
    anything = DOUBLE.__mro__[len(DOUBLE.__mro__) - 2]  # numpy.dtype
    pairs = [(a, b) for a in ours for b in ours]
    pairs += [(PYTHON_FLOAT, a) for a in ours] + [(a, PYTHON_FLOAT) for a in ours]
    for ufunc, operands in ((forward_ufunc, [(a,) for a in ours]), (gradient_ufunc, pairs)):
        for arrays in operands:
            dtypes = (*arrays, anything, anything)
            PyUFunc_AddPromoter(<PyObject *>ufunc, <PyObject *>dtypes, <PyObject *>promoter)


_add_promoters()
