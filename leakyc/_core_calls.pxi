# leaky_relu, prelu and leaky_relu_grad. Included by _core.pyx; needs _core_converted.pxi,
# _core_ufuncs.pxi and _core_arguments.pxi.
#
# A call goes down the fast paths once: of arrays, a slope and `out` alone at once, with no defaults
# filled in. What none of them takes goes to `_general.py`, and from there to the ufuncs.

from numpy import copyto as _copyto
from numpy import may_share_memory as _may_share

from leakyc import _docs, _errors, _general


cdef object training():
    """`_training.py`, for what the fast path does not take: it would be a tenth of the import."""
    from leakyc import _training

    return _training


cdef object array_call(object gate, object value, object slope, object out):
    """The result, or None where the call needs the ufunc."""
    cdef double scalar
    if scalar_slope(slope, &scalar):
        y = dense_call(gate, value, scalar, out)
        if y is None:
            y = bools_call(gate, value, scalar, out)
        if y is None and value is not gate and (is_python_number(value) or is_python_number(gate)):
            y = number_call(gate, value, scalar, out)
        elif y is None:
            y = nd_call(gate, value, None, scalar, out)
        return converted_call(gate, value, scalar, out) if y is None else y
    if slope is None:
        return None  # an error, and not nd_call's word for a scalar
    return nd_call(gate, value, slope, 0.0, out)


cdef object asked_type(object a, int number):
    """The exact float array of that dtype, for `dtype=`: widened if need be. None for others."""
    if not cnp.PyArray_CheckExact(a):
        a = None if is_weak(a) else strong_array(a)
    if a is None or not cnp.PyArray_CanCastSafely(cnp.PyArray_TYPE(<cnp.ndarray>a), number):
        return None
    return of_type(<cnp.ndarray>a, number)


cdef object where_call(object gate, object value, object slope, object out, object where):
    """All results, of which those in `where` are copied to `out`."""
    if not (
        cnp.PyArray_CheckExact(out) and cnp.PyArray_ISWRITEABLE(<cnp.ndarray>out)
        and cnp.PyArray_CheckExact(where) and cnp.PyArray_TYPE(<cnp.ndarray>where) == cnp.NPY_BOOL
        and cnp.PyArray_CheckExact(gate) and cnp.PyArray_CheckExact(value)
        and same_shape(<cnp.ndarray>where, <cnp.ndarray>out)
        and same_shape(<cnp.ndarray>gate, <cnp.ndarray>out)
        and same_shape(<cnp.ndarray>value, <cnp.ndarray>out) and not _may_share(where, out)
    ):
        return None
    all_of_it = array_call(gate, value, slope, None)
    if not cnp.PyArray_CheckExact(all_of_it) or not alike(<cnp.ndarray>all_of_it, <cnp.ndarray>out):
        return None
    _copyto(out, all_of_it, where=where)
    return out


cdef object keywords_call(object gate, object value, object slope, object out, object where,
                          object casting, object order, object dtype, object subok):
    """The result of a call with `where=` or `dtype=`, or None where it needs the ufunc."""
    cdef int number
    if not (casting is "same_kind" and order is "K" and subok is True):
        return None
    if dtype is not None:
        try:
            number = _dtype(dtype).num
        except Exception:
            return None
        if number not in (cnp.NPY_FLOAT16, cnp.NPY_FLOAT, cnp.NPY_DOUBLE):
            return None
        forward = gate is value
        gate = asked_type(gate, number)
        value = gate if forward else asked_type(value, number)
        if gate is None or value is None:
            return None
    if where is True:
        return array_call(gate, value, slope, out)
    return where_call(gate, value, slope, out, where)


def by_ufunc(ufunc, str name, dict operands, out, where, casting, order, dtype, subok):
    """A call of the function `name` by its ufunc. `operands` are named as there, the slope last.
    NumPy's warnings name the caller's line, since no Python code stands between."""
    call, ready, keywords = _general.prepare(
        ufunc, name, operands, out, where, casting, order, dtype, subok)
    try:
        return call(*ready.values(), **keywords)
    except (TypeError, ValueError) as error:
        _errors.explain(error, name, operands, keywords)
        raise


# ---- the common call ------------------------------------------------------------------------

cdef str NEGATIVE_SLOPE = "negative_slope"
cdef str PRELU_SLOPE = "slope"
cdef str OUT_NAME = "out"


cdef inline bint common(PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames, int arrays,
                        str slope_name, PyObject **slope, PyObject **out) noexcept:
    """Whether the arguments are arrays, a slope and `out` alone; finds the latter two, or their
    defaults."""
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


cdef inline object or_none(object out):
    return None if out is NOT_GIVEN else out


# ---- the functions --------------------------------------------------------------------------

cdef str OF_UFUNCS = "where=True, casting='same_kind', order='K', dtype=None, subok=True"
cdef Signature LEAKY_RELU = Signature(
    f"leaky_relu(x, /, negative_slope=0.01, out=None, *, {OF_UFUNCS})",
    _docs.LEAKY_RELU, negative_slope=DEFAULT_SLOPE, out=NOT_GIVEN)
cdef Signature PRELU = Signature(
    f"prelu(x, /, slope, out=None, *, axis=None, {OF_UFUNCS})", _docs.PRELU, out=NOT_GIVEN)
cdef Signature LEAKY_RELU_GRAD = Signature(
    "leaky_relu_grad(grad, x, /, negative_slope=0.01, out=None, *, from_output=False, "
    f"{OF_UFUNCS})",
    _docs.LEAKY_RELU_GRAD, negative_slope=DEFAULT_SLOPE, out=NOT_GIVEN)


cdef object leaky_relu_call(PyObject *module, PyObject *const *args, Py_ssize_t nargs,
                            PyObject *kwnames):
    return forward_call(LEAKY_RELU, NEGATIVE_SLOPE, args, nargs, kwnames)


cdef object prelu_call(PyObject *module, PyObject *const *args, Py_ssize_t nargs,
                       PyObject *kwnames):
    return forward_call(PRELU, PRELU_SLOPE, args, nargs, kwnames)


cdef inline object forward_call(Signature s, str slope_name, PyObject *const *args,
                                Py_ssize_t nargs, PyObject *kwnames):
    cdef PyObject *slope
    cdef PyObject *out
    cdef bint tried = common(args, nargs, kwnames, 1, slope_name, &slope, &out) and (
        slope != <PyObject *>DEFAULT_SLOPE or s is LEAKY_RELU)
    if tried:
        y = array_call(<object>args[0], <object>args[0], <object>slope, <object>out)
        if y is not None:
            return y
    cdef PyObject *v[MOST_PARAMETERS]
    arguments(s, args, nargs, kwnames, v)
    along = <object>v[1]
    cdef PyObject **of_ufuncs = v + 3
    if s is PRELU:
        of_ufuncs += 1
        if v[3] != <PyObject *>None:
            along = training().slope_along(s.name, <object>v[0], along, <object>v[3])
    return forward_general(
        s, slope_name, tried, <object>v[0], along, <object>v[2], <object>of_ufuncs[0],
        <object>of_ufuncs[1], <object>of_ufuncs[2], <object>of_ufuncs[3], <object>of_ufuncs[4])


cdef object forward_general(Signature s, str slope_name, bint tried, object x, object slope,
                            object out, object where, object casting, object order, object dtype,
                            object subok):
    if not tried:
        y = keywords_call(x, x, slope, or_none(out), where, casting, order, dtype, subok)
        if y is not None:
            return y
    return by_ufunc(forward_ufunc, s.name, {"x": x, slope_name: slope}, out, where, casting, order,
                    dtype, subok)


cdef object leaky_relu_grad_call(PyObject *module, PyObject *const *args, Py_ssize_t nargs,
                                 PyObject *kwnames):
    cdef PyObject *slope
    cdef PyObject *out
    cdef bint tried = common(args, nargs, kwnames, 2, NEGATIVE_SLOPE, &slope, &out) and (
        slope != <PyObject *>DEFAULT_SLOPE
        or cnp.PyArray_CheckExact(<object>args[1]) and has_dims(<object>args[1]))
    if tried:
        dx = array_call(<object>args[1], <object>args[0], <object>slope, <object>out)
        if dx is not None:
            return dx
    cdef PyObject *v[MOST_PARAMETERS]
    arguments(LEAKY_RELU_GRAD, args, nargs, kwnames, v)
    return gradient_general(
        tried, <object>v[0], <object>v[1], <object>v[2], <object>v[3], <object>v[4], <object>v[5],
        <object>v[6], <object>v[7], <object>v[8], <object>v[9])


cdef object gradient_general(bint tried, object grad, object x, object slope, object out,
                             object from_output, object where, object casting, object order,
                             object dtype, object subok):
    if slope is DEFAULT_SLOPE:
        _errors.number_as_second(grad, x)
    if from_output is not False and from_output:
        _general.check_from_output(slope)
    if not tried:
        dx = keywords_call(x, grad, slope, or_none(out), where, casting, order, dtype, subok)
        if dx is not None:
            return dx
    return by_ufunc(
        gradient_ufunc, "leaky_relu_grad", {"grad": grad, "x": x, "negative_slope": slope}, out,
        where, casting, order, dtype, subok)


leaky_relu = LEAKY_RELU.built_in(<void *>leaky_relu_call)
prelu = PRELU.built_in(<void *>prelu_call)
leaky_relu_grad = LEAKY_RELU_GRAD.built_in(<void *>leaky_relu_grad_call)
