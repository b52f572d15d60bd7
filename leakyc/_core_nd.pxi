# The n-dimensional path: exact arrays of one core dtype, any layout, no copies. Included by
# _core.pyx; needs _core_dense.pxi.
#
# NumPy's own iterator broadcasts, allocates the output in the layout that a ufunc would give it,
# and makes the copies that overlap asks for; then leakyc_leak_nd does the work in parallel.

from cpython.exc cimport PyErr_Clear

cdef extern from "numpy/arrayobject.h" nogil:
    ctypedef struct NpyIter:
        pass
    ctypedef struct PyArrayObject:
        pass
    ctypedef struct PyArray_Descr:
        pass
    NpyIter *NpyIter_MultiNew(int nop, PyArrayObject **op, cnp.npy_uint32 flags,
                              cnp.NPY_ORDER order, cnp.NPY_CASTING casting,
                              cnp.npy_uint32 *op_flags, PyArray_Descr **op_dtypes)
    int NpyIter_Deallocate(NpyIter *it) except 0  # NPY_FAIL
    int NpyIter_GetNDim(NpyIter *it)
    cnp.npy_intp NpyIter_GetIterSize(NpyIter *it)
    int NpyIter_GetShape(NpyIter *it, cnp.npy_intp *shape)
    cnp.npy_intp *NpyIter_GetAxisStrideArray(NpyIter *it, int axis)
    char **NpyIter_GetDataPtrArray(NpyIter *it)
    PyArrayObject **NpyIter_GetOperandArray(NpyIter *it)
    enum:
        NPY_ITER_MULTI_INDEX
        NPY_ITER_ZEROSIZE_OK
        NPY_ITER_COPY_IF_OVERLAP
        NPY_ITER_OVERLAP_ASSUME_ELEMENTWISE
        NPY_ITER_READONLY
        NPY_ITER_WRITEONLY
        NPY_ITER_ALLOCATE
        NPY_ITER_NO_BROADCAST
        NPY_ITER_NO_SUBTYPE

cdef enum:
    MAX_DIMS = 64
    OUT = 0
    GATE = 1
    VALUE = 2
    SLOPE = 3


cdef inline bint takes(object operand, int dtype):
    """An exact array of that core dtype."""
    return cnp.PyArray_CheckExact(operand) and core_dtype(<cnp.ndarray>operand) == dtype


cdef size_t result_bytes(PyObject **operands, int nop):
    """The bytes of the largest input: those of the result, but for broadcasts into both."""
    cdef size_t most = 0
    for k in range(GATE, nop):
        most = max(most, <size_t>cnp.PyArray_NBYTES(<cnp.ndarray><object>operands[k]))
    return most


cdef inline bint has_dims(object operand):
    return operand is not None and cnp.PyArray_NDIM(<cnp.ndarray>operand) > 0


cdef object nd_call(object gate, object value, object slope, double scalar, object out):
    """The result, or None where the call needs the ufunc: other types, 0-d results, bad input. The
    gate may be of bool."""
    cdef PyObject *operands[4]
    cdef PyObject *dtypes[4]
    cdef cnp.npy_uint32 flags[4]
    cdef cnp.npy_uint32 reads = NPY_ITER_READONLY | NPY_ITER_OVERLAP_ASSUME_ELEMENTWISE
    cdef int dtype, nop = 3
    cdef NpyIter *it
    cdef bint bools
    if not (cnp.PyArray_CheckExact(gate) and cnp.PyArray_CheckExact(value)):
        return None
    dtype = core_dtype(<cnp.ndarray>value)
    bools = cnp.PyArray_TYPE(<cnp.ndarray>gate) == cnp.NPY_BOOL
    if dtype < 0 or not (bools or takes(gate, dtype)):
        return None
    if slope is not None:
        if not takes(slope, dtype):
            return None
        nop = 4
    if out is not None and not takes(out, dtype):
        return None
    # Before there is an iterator: its end would write a copy of `out` back.
    if not (has_dims(gate) or has_dims(value) or has_dims(slope) or has_dims(out)):
        return None

    native = (<cnp.ndarray>value).dtype.newbyteorder("=") if out is None else None
    for k in range(4):
        dtypes[k] = NULL
        flags[k] = reads
    operands[OUT] = NULL if out is None else <PyObject *>out
    operands[GATE] = <PyObject *>gate
    operands[VALUE] = <PyObject *>value
    operands[SLOPE] = <PyObject *>slope
    dtypes[OUT] = NULL if native is None else <PyObject *>native
    flags[OUT] = (NPY_ITER_WRITEONLY | NPY_ITER_ALLOCATE | NPY_ITER_NO_BROADCAST
                  | NPY_ITER_NO_SUBTYPE | NPY_ITER_OVERLAP_ASSUME_ELEMENTWISE)
    before = recycling(result_bytes(operands, nop)) if out is None else None
    it = NpyIter_MultiNew(
        nop, <PyArrayObject **>operands,
        NPY_ITER_MULTI_INDEX | NPY_ITER_ZEROSIZE_OK | NPY_ITER_COPY_IF_OVERLAP,
        cnp.NPY_KEEPORDER, cnp.NPY_NO_CASTING, flags, <PyArray_Descr **>dtypes)
    if before is not None:
        recycled(before)
    if it == NULL:
        PyErr_Clear()  # the ufunc will say what is wrong
        return None
    result = <object><PyObject *>NpyIter_GetOperandArray(it)[OUT] if out is None else out
    run_nd(it, <leakyc_dtype>dtype, nop, scalar, bools)
    NpyIter_Deallocate(it)  # writes an overlap's copy back
    return result


cdef inline void set_operand(leakyc_operand *operand, NpyIter *it, int k,
                             const ptrdiff_t *strides) noexcept:
    operand.data = NpyIter_GetDataPtrArray(it)[k]
    operand.strides = strides
    operand.swapped = not cnp.PyArray_ISNOTSWAPPED(
        <cnp.ndarray><PyObject *>NpyIter_GetOperandArray(it)[k])


cdef void run_nd(NpyIter *it, leakyc_dtype dtype, int nop, double scalar, bint bools) noexcept:
    """Hands the iterator's geometry to the core."""
    cdef leakyc_call call
    cdef cnp.npy_intp shape[MAX_DIMS]
    cdef ptrdiff_t strides[4][MAX_DIMS]
    cdef cnp.npy_intp *axis
    cdef int d, k
    call.dtype = dtype
    call.ndim = NpyIter_GetNDim(it)
    call.shape = <const size_t *>shape
    call.scalar_slope = scalar
    call.bools = bools
    call.slope = leakyc_operand(NULL, NULL, 0)
    NpyIter_GetShape(it, shape)
    for d in range(call.ndim):
        axis = NpyIter_GetAxisStrideArray(it, d)
        for k in range(nop):
            strides[k][d] = axis[k]
    set_operand(&call.out, it, OUT, strides[OUT])
    set_operand(&call.gate, it, GATE, strides[GATE])
    set_operand(&call.value, it, VALUE, strides[VALUE])
    if nop == 4:
        set_operand(&call.slope, it, SLOPE, strides[SLOPE])
    cdef size_t touched = 3 * leakyc_itemsize(dtype) * <size_t>NpyIter_GetIterSize(it)
    cdef PyThreadState *state = release_gil(touched)
    leakyc_leak_nd(chosen, &call, 0)
    take_gil(state)
