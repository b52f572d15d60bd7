# Numbers: which ones are scalar slopes, and a Python number beside an array, as one element of the
# array's dtype. Included by _core.pyx; needs _core_dense.pxi and _core_nd.pxi.

from cpython.float cimport PyFloat_AS_DOUBLE, PyFloat_Check, PyFloat_CheckExact, PyFloat_FromDouble
from cpython.long cimport PyLong_AsDouble, PyLong_Check
from libc.string cimport memcpy

from numpy import dtype as _dtype

from leakyc import _dtypes

cdef enum:
    # Elements of a number that are written out: as many as stay in L1. With 64, a call on 1024
    # elements takes 1.5 times as long (bench: number-gradient).
    REPEATED = 1024
    MOST_BYTES = 8

cdef double FLOAT32_MOST = 3.4028234663852886e38
cdef double FLOAT16_MOST = 65504.0

# longdouble is not among them: a kernel knows nothing of it.
cdef frozenset NUMPY_NUMBERS = frozenset(_dtype(code).type for code in "?bBhHiIlLqQefd")


cdef inline bint is_python_number(object a) noexcept:
    return PyFloat_CheckExact(a) or PyLong_Check(a)


cdef inline bint is_numpy_number(object a) except -1:
    return cnp.PyArray_CheckScalar(a) and type(a) in NUMPY_NUMBERS


cdef inline bint scalar_slope(object slope, double *value) except -1:
    """Whether the slope is one real number that float64 holds; stores it."""
    if PyFloat_Check(slope):
        value[0] = PyFloat_AS_DOUBLE(slope)
        return True
    if PyLong_Check(slope):
        try:
            value[0] = PyLong_AsDouble(slope)
        except OverflowError:  # one for longdouble, if any
            return False
        return True
    if cnp.PyArray_CheckExact(slope) and cnp.PyArray_NDIM(<cnp.ndarray>slope) > 0:
        return False
    if is_numpy_number(slope) or _dtypes.is_real_scalar(slope):
        value[0] = float(slope)
        return True
    return False


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
    cdef Operand a, o
    cdef bint constant_gate = is_python_number(gate)
    beside = value if constant_gate else gate
    number = gate if constant_gate else value
    if not (is_python_number(number) and cnp.PyArray_CheckExact(beside)):
        return None
    if take_in_order(beside, &a) and 2 * a.nbytes < RELEASE_GIL_FROM_BYTES:
        y = result(out, &a, &a, &o)
        if y is not None:
            return y if number_blocks(number, &a, constant_gate, slope, o.data) else None
    if core_dtype(<cnp.ndarray>beside) < 0:
        return None
    element = cnp.PyArray_EMPTY(0, NULL, cnp.PyArray_TYPE(<cnp.ndarray>beside), 0)
    if not store_number(number, <cnp.ndarray>element, cnp.PyArray_BYTES(<cnp.ndarray>element)):
        return None
    if constant_gate:
        return nd_call(element, value, None, slope, out)
    return nd_call(gate, element, None, slope, out)


cdef bint number_blocks(object number, const Operand *a, bint constant_gate, double slope,
                        char *out) except -1:
    """The same on a dense array that one thread is for, in blocks beside the number written out;
    False where the number cannot be stored."""
    cdef char buffer[REPEATED * MOST_BYTES]
    cdef char *same = buffer
    cdef char *at = a.data
    cdef size_t n = a.n, size = leakyc_itemsize(a.dtype), m
    if not store_number(number, <cnp.ndarray>a.array, same):
        return False
    repeat(same, size, min(n, <size_t>REPEATED))
    while n:
        m = min(n, <size_t>REPEATED)
        leakyc_leak(chosen, a.dtype, out, same if constant_gate else at,
                    at if constant_gate else same, m, slope, 0)
        at += m * size
        out += m * size
        n -= m
    return True
