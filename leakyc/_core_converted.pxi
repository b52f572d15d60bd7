# Scalars, lists and integers without the ufunc: made into arrays of the dtype that it would compute
# in, by NumPy's own casts, then on to the kernels. Included by _core.pyx; needs _core_numbers.pxi.
#
# Exact types only: what overrides ufuncs, or wants its own results, never gets here. Where anything
# is unusual the answer is None, and the ufunc has the word.

cdef extern from "numpy/arrayobject.h":
    object PyArray_FromScalar(object scalar, PyArray_Descr *descr)
    cnp.ndarray PyArray_NewLikeArray(cnp.ndarray like, cnp.NPY_ORDER order,
                                     cnp.PyArray_Descr *descr, int subok)

cdef enum:
    # Elements: above, integers go to `out` through the ufunc, which takes no memory beside it, but
    # 0.7 to 2.7 times as long as np.multiply; below, up to 6 times (bench: integers).
    COPIED = 65536


cdef inline bint is_weak(object a) noexcept:
    """One of Python's numbers, which promote nothing."""
    return type(a) is float or type(a) is int or type(a) is bool


cdef inline bint is_list(object a) noexcept:
    return type(a) is list or type(a) is tuple


cdef object strong_array(object a):
    """What NumPy makes an array of, as one; None for what the general path is to take."""
    if cnp.PyArray_CheckExact(a):
        return a
    if is_numpy_number(a):
        return PyArray_FromScalar(a, NULL)
    if is_list(a):
        try:
            made = cnp.PyArray_FROM_O(a)
        except Exception:  # the general path says what is wrong
            return None
        return made if cnp.PyArray_CheckExact(made) else None
    return None


cdef inline bint holds(int floats, int integers, int itemsize) noexcept:
    """Whether NumPy promotes these integers and this float to the float."""
    if integers == cnp.NPY_BOOL or floats == cnp.NPY_DOUBLE:
        return True
    return (floats == cnp.NPY_FLOAT and itemsize <= 2) or (
        floats == cnp.NPY_FLOAT16 and itemsize == 1)


cdef int together(int floats, object a) except -2:
    """NumPy's number of the float dtype that `floats`, such a number or -1, and the array are
    computed in together: -1 while all were integers or bool, -3 for the general path."""
    cdef int number
    if a is None or floats == -3:
        return floats
    number = cnp.PyArray_TYPE(<cnp.ndarray>a)
    if core_dtype(<cnp.ndarray>a) >= 0:
        return number if floats < 0 or floats == number else -3
    if not (cnp.PyTypeNum_ISINTEGER(number) or cnp.PyTypeNum_ISBOOL(number)):
        return -3
    if floats >= 0 and not holds(floats, number, cnp.PyArray_ITEMSIZE(<cnp.ndarray>a)):
        return -3
    return floats


cdef int computed_in(object a, object b) except -2:
    """NumPy's number of the dtype that both, either of which may be None, are computed in; -1 for
    the general path."""
    cdef int floats = together(together(-1, a), b)
    if floats == -1:
        return cnp.NPY_DOUBLE
    if floats < 0:
        return -1
    return floats if together(floats, a) == floats else -1


cdef object of_type(cnp.ndarray a, int number):
    """The array of that dtype: itself, or a new one that no one else holds. None for a broadcast
    array (stride 0): the ufunc gives its result another memory order."""
    cdef cnp.ndarray made
    cdef int d
    if cnp.PyArray_TYPE(a) == number:
        return a
    for d in range(cnp.PyArray_NDIM(a)):
        if cnp.PyArray_STRIDES(a)[d] == 0:
            return None
    descr = cnp.PyArray_DescrFromType(number)
    Py_INCREF(descr)  # PyArray_NewLikeArray takes it over
    before = recycling(size_of(a) * sizeof(double))
    try:
        made = PyArray_NewLikeArray(
            a, cnp.NPY_KEEPORDER, <cnp.PyArray_Descr *><PyObject *>descr, False)
    finally:
        recycled(before)
    cnp.PyArray_CopyInto(made, a)
    return made


cdef object of_number(object number, int dtype):
    """A 0-d array of a Python number; None where it would overflow."""
    cdef cnp.ndarray made = cnp.PyArray_EMPTY(0, NULL, dtype, 0)
    return made if store_number(number, made, cnp.PyArray_BYTES(made)) else None


cdef object scalar_call(cnp.ndarray gate, cnp.ndarray value, double slope):
    """The NumPy scalar of 0-d arrays of one dtype."""
    cdef cnp.ndarray result = cnp.PyArray_EMPTY(0, NULL, cnp.PyArray_TYPE(value), 0)
    if not (is_native(gate) and is_native(value) and cnp.PyArray_ISALIGNED(gate)
            and cnp.PyArray_ISALIGNED(value)):
        return None
    leakyc_leak(chosen, <leakyc_dtype>core_dtype(value), cnp.PyArray_DATA(result),
                cnp.PyArray_DATA(gate), cnp.PyArray_DATA(value), 1, slope, 0)
    return cnp.PyArray_ToScalar(cnp.PyArray_DATA(result), result)


cdef object array_or_nd(object gate, object value, double slope, object out):
    result = dense_call(gate, value, slope, out)
    return nd_call(gate, value, None, slope, out) if result is None else result


cdef object converted_call(object gate_object, object value_object, double slope, object out):
    """The result, or None where the call needs the ufunc."""
    if out is not None and not cnp.PyArray_CheckExact(out):
        return None
    forward = gate_object is value_object
    weak_gate, weak_value = is_weak(gate_object), is_weak(value_object)
    gate = None if weak_gate else strong_array(gate_object)
    if gate is None and not weak_gate:
        return None
    value = gate if forward else None if weak_value else strong_array(value_object)
    if value is None and not weak_value:
        return None
    cdef int number = computed_in(gate, value)
    if number < 0:
        return None
    if out is not None and gate is not None and size_of(<cnp.ndarray>gate) > COPIED:
        if cnp.PyArray_TYPE(<cnp.ndarray>gate) != number:
            return None
    gate = of_number(gate_object, number) if weak_gate else of_type(<cnp.ndarray>gate, number)
    if forward:
        value = gate
    elif weak_value:
        value = of_number(value_object, number)
    else:
        value = of_type(<cnp.ndarray>value, number)
    if gate is None or value is None:
        return None
    if not (has_dims(gate) or has_dims(value)):
        return scalar_call(<cnp.ndarray>gate, <cnp.ndarray>value, slope) if out is None else None
    if out is None and same_shape(<cnp.ndarray>gate, <cnp.ndarray>value):
        if value is not value_object:  # no one else holds it
            out = value
        elif gate is not gate_object:
            out = gate
    return array_or_nd(gate, value, slope, out)
