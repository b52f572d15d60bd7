# A Python number beside an array: as one element of the array's dtype. Included by _core.pyx.

cdef enum:
    REPEATED = 1024  # elements of a number that are written out: as many as stay in L1
    MOST_BYTES = 8

cdef double FLOAT32_MOST = 3.4028234663852886e38
cdef double FLOAT16_MOST = 65504.0


cdef inline bint is_python_number(object a) noexcept:
    return PyFloat_CheckExact(a) or PyLong_Check(a)


cdef bint store_number(object number, cnp.ndarray like, char *item) except -1:
    """Stores the number as an element of the array's dtype, native; False where that would
    overflow, which the general path does without a warning."""
    cdef double value, most
    cdef int dtype = core_dtype(like)
    if dtype < 0 or not scalar_slope(number, &value):
        return False
    most = FLOAT16_MOST if dtype == LEAKYC_F16 else FLOAT32_MOST
    if dtype != LEAKYC_F64 and value - value == 0 and not -most <= value <= most:
        return False
    if dtype == LEAKYC_F32:
        (<float *>item)[0] = <float>value
    elif dtype == LEAKYC_F64:
        (<double *>item)[0] = value
    else:
        cnp.PyArray_SETITEM(like, item, PyFloat_FromDouble(value))
    return True


cdef inline void repeat(char *buffer, size_t size, size_t n) noexcept nogil:
    """n copies of the element at the buffer's beginning, by doubling."""
    cdef size_t done = size, most = n * size
    while done < most:
        memcpy(buffer + done, buffer, min(done, most - done))
        done += min(done, most - done)


cdef object number_call(object gate, object value, double slope, object out):
    """The gradient where `gate` or `value` is a Python number and the other is an array; None for
    another call."""
    cdef bint constant_gate = is_python_number(gate)
    beside = value if constant_gate else gate
    number = gate if constant_gate else value
    if not (is_python_number(number) and cnp.PyArray_CheckExact(beside)):
        return None
    if 2 * nbytes_of(<cnp.ndarray>beside) < RELEASE_GIL_FROM_BYTES and is_dense(beside):
        y = dense_output(out, <cnp.ndarray>beside, <cnp.ndarray>beside)
        if y is not None:
            return number_blocks(number, <cnp.ndarray>beside, constant_gate, slope, <cnp.ndarray>y)
    if core_dtype(<cnp.ndarray>beside) < 0:
        return None
    element = cnp.PyArray_EMPTY(0, NULL, cnp.PyArray_TYPE(<cnp.ndarray>beside), 0)
    if not store_number(number, <cnp.ndarray>element, cnp.PyArray_BYTES(<cnp.ndarray>element)):
        return None
    if constant_gate:
        return nd_call(element, value, None, slope, out)
    return nd_call(gate, element, None, slope, out)


cdef object number_blocks(object number, cnp.ndarray a, bint constant_gate, double slope,
                          cnp.ndarray out):
    """The same on dense arrays that one thread is for, in blocks beside the number written out."""
    cdef char buffer[REPEATED * MOST_BYTES]
    cdef char *same = buffer
    cdef char *at = cnp.PyArray_BYTES(a)
    cdef char *o = cnp.PyArray_BYTES(out)
    cdef leakyc_dtype dtype = <leakyc_dtype>core_dtype(a)
    cdef size_t n = size_of(a), size = leakyc_itemsize(dtype), m
    if not store_number(number, a, same):
        return None
    repeat(same, size, min(n, <size_t>REPEATED))
    while n:
        m = min(n, <size_t>REPEATED)
        leakyc_leak(chosen, dtype, o, same if constant_gate else at, at if constant_gate else same,
                    m, slope, 1)
        at += m * size
        o += m * size
        n -= m
    return out
