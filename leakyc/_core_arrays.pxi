# What an array is to the core, and where a result lives. Included by _core.pyx; needs _core.pxd
# alone.

from cpython.pycapsule cimport PyCapsule_New
from cpython.ref cimport Py_INCREF, PyObject, PyTypeObject
from libc.string cimport strcpy

cdef extern from "<stdatomic.h>" nogil:
    ctypedef int atomic_int

# The type number of ml_dtypes' bfloat16, which is known only at run time: -1 until the ufuncs have
# loops for it. The one variable here that changes after the import.
cdef atomic_int bfloat16_number = -1


cdef inline int core_dtype(cnp.ndarray a) noexcept:
    """The core's name of the array's dtype, or -1."""
    cdef int number = cnp.PyArray_TYPE(a)
    if number == cnp.NPY_FLOAT:
        return LEAKYC_F32
    if number == cnp.NPY_DOUBLE:
        return LEAKYC_F64
    if number == cnp.NPY_FLOAT16:
        return LEAKYC_F16
    if number == bfloat16_number and number >= 0:
        return LEAKYC_BF16
    return -1


cdef inline bint is_native(cnp.ndarray a) noexcept:
    return cnp.PyArray_ISNOTSWAPPED(a)


cdef inline size_t size_of(cnp.ndarray a) noexcept:
    """The number of elements; no call, as NumPy's macro is one."""
    cdef size_t n = 1
    cdef int d
    for d in range(cnp.PyArray_NDIM(a)):
        n *= <size_t>cnp.PyArray_DIMS(a)[d]
    return n


cdef inline bint same_shape(cnp.ndarray a, cnp.ndarray b) noexcept:
    cdef int d
    if cnp.PyArray_NDIM(a) != cnp.PyArray_NDIM(b):
        return False
    for d in range(cnp.PyArray_NDIM(a)):
        if cnp.PyArray_DIMS(a)[d] != cnp.PyArray_DIMS(b)[d]:
            return False
    return True


cdef inline bint alike(cnp.ndarray a, cnp.ndarray b) noexcept:
    """The same dtype, `a`'s being native, and the same shape."""
    if cnp.PyArray_DESCR(a) != cnp.PyArray_DESCR(b) and (
        cnp.PyArray_TYPE(a) != cnp.PyArray_TYPE(b) or not is_native(b)
    ):
        return False
    return same_shape(a, b)


# ---- operands -------------------------------------------------------------------------------

cdef enum:
    IN_C_ORDER = cnp.NPY_ARRAY_C_CONTIGUOUS
    DENSE = cnp.NPY_ARRAY_C_CONTIGUOUS | cnp.NPY_ARRAY_F_CONTIGUOUS


cdef struct Operand:
    # An exact array of a core dtype, native and aligned; or of bytes, whose dtype does not count.
    char *data
    const cnp.npy_intp *shape
    int ndim
    int flags  # NPY_ARRAY_...
    size_t n
    size_t nbytes
    leakyc_dtype dtype
    PyObject *array  # borrowed


cdef inline void place(cnp.ndarray a, Operand *o) noexcept:
    """Stores what does not depend on the dtype."""
    o.array = <PyObject *>a
    o.data = cnp.PyArray_BYTES(a)
    o.shape = cnp.PyArray_DIMS(a)
    o.ndim = cnp.PyArray_NDIM(a)
    o.flags = cnp.PyArray_FLAGS(a)


cdef inline Operand ready(cnp.ndarray a) noexcept:
    """The operand of an array that is known to be one."""
    cdef Operand o
    place(a, &o)
    o.dtype = <leakyc_dtype>core_dtype(a)
    o.n = size_of(a)
    o.nbytes = o.n * <size_t>cnp.PyArray_ITEMSIZE(a)
    return o


cdef inline bint take(object a, Operand *o) noexcept:
    """Whether this is an operand that has axes; if so, `o` is it."""
    if not cnp.PyArray_CheckExact(a):
        return False
    cdef int dtype = core_dtype(<cnp.ndarray>a)
    if dtype < 0 or not is_native(<cnp.ndarray>a) or cnp.PyArray_NDIM(<cnp.ndarray>a) == 0:
        return False
    place(<cnp.ndarray>a, o)
    o.dtype = <leakyc_dtype>dtype
    o.n = size_of(<cnp.ndarray>a)
    o.nbytes = o.n * leakyc_itemsize(o.dtype)
    return o.flags & cnp.NPY_ARRAY_ALIGNED


cdef inline bint take_in_order(object a, Operand *o) noexcept:
    """The same, dense in C order."""
    return take(a, o) and o.flags & IN_C_ORDER


cdef inline bint take_like(object a, const Operand *other, Operand *o) noexcept:
    """The same of the other's dtype and shape, in any layout."""
    if not cnp.PyArray_CheckExact(a) or not alike(<cnp.ndarray>other.array, <cnp.ndarray>a):
        return False
    place(<cnp.ndarray>a, o)
    o.dtype = other.dtype
    o.n = other.n
    o.nbytes = other.nbytes
    return o.flags & cnp.NPY_ARRAY_ALIGNED


cdef inline bint take_bytes(object a, int number, Operand *o) noexcept:
    """Whether this is an exact array, dense in C order, of that dtype of one byte; if so, `o` is
    it."""
    if not cnp.PyArray_CheckExact(a) or cnp.PyArray_TYPE(<cnp.ndarray>a) != number:
        return False
    place(<cnp.ndarray>a, o)
    o.n = o.nbytes = size_of(<cnp.ndarray>a)
    return o.flags & IN_C_ORDER


cdef inline bint apart(const Operand *a, const Operand *b) noexcept:
    """No memory in common."""
    return a.data + a.nbytes <= b.data or b.data + b.nbytes <= a.data


cdef inline bint apart_or_same(const Operand *a, const Operand *b) noexcept:
    return a.data == b.data or apart(a, b)


# ---- recycled memory: NumPy's data-memory handler (NEP 49) over the core's buffer pool ----------
#
# The handler is set only while a result of ours is made. The array owns its data as any other does,
# and remembers the handler that will free it.

cdef extern from "numpy/arrayobject.h":
    ctypedef struct PyDataMemAllocator:
        void *ctx
        void *(*malloc)(void *ctx, size_t size) noexcept nogil
        void *(*calloc)(void *ctx, size_t count, size_t size) noexcept nogil
        void *(*realloc)(void *ctx, void *data, size_t size) noexcept nogil
        void (*free)(void *ctx, void *data, size_t size) noexcept nogil
    ctypedef struct PyDataMem_Handler:
        char name[127]
        unsigned char version
        PyDataMemAllocator allocator
    object PyDataMem_SetHandler(object handler)
    PyObject *PyDataMem_DefaultHandler
    cnp.ndarray PyArray_NewFromDescr(PyTypeObject *subtype, cnp.PyArray_Descr *descr, int nd,
                                     const cnp.npy_intp *dims, const cnp.npy_intp *strides,
                                     void *data, int flags, PyObject *obj)

cdef enum:
    RECYCLE_FROM = 1 << 20  # bytes; below, malloc is as fast (bench/recycled.py)


cdef void *handler_malloc(void *ctx, size_t size) noexcept nogil:
    return leakyc_buffer_new(size)

cdef void *handler_calloc(void *ctx, size_t count, size_t size) noexcept nogil:
    return leakyc_buffer_zeroed(count, size)

cdef void *handler_realloc(void *ctx, void *data, size_t size) noexcept nogil:
    return leakyc_buffer_resize(data, size)

cdef void handler_free(void *ctx, void *data, size_t size) noexcept nogil:
    leakyc_buffer_free(data)


cdef PyDataMem_Handler handler
strcpy(handler.name, b"leakyc")
handler.version = 1
handler.allocator = PyDataMemAllocator(
    NULL, handler_malloc, handler_calloc, handler_realloc, handler_free)
cdef object handler_capsule = PyCapsule_New(&handler, b"mem_handler", NULL)


cdef object recycling(size_t nbytes):
    """Installs our memory handler for arrays made until `recycled`, which takes what this returns.
    None, and nothing is installed, for small results, under a handler of the user's, and with
    recycling off."""
    if nbytes < RECYCLE_FROM or leakyc_buffer_limit() == 0:
        return None
    before = PyDataMem_SetHandler(handler_capsule)
    if <PyObject *>before != PyDataMem_DefaultHandler:
        PyDataMem_SetHandler(before)
        return None
    return before


cdef inline int recycled(object before) except -1:
    """Installs the handler from before `recycling` again."""
    if before is not None:
        PyDataMem_SetHandler(before)
    return 0


cdef inline cnp.ndarray new_array(cnp.PyArray_Descr *descr, int ndim, const cnp.npy_intp *shape,
                                  int flags):
    Py_INCREF(<object><PyObject *>descr)  # PyArray_NewFromDescr takes it over
    return PyArray_NewFromDescr(<PyTypeObject *>cnp.ndarray, descr, ndim, shape, NULL, NULL, flags,
                                NULL)


cdef inline cnp.ndarray new_like(cnp.ndarray a, size_t nbytes, bint fortran):
    """A new array of the shape and dtype of `a`, which is native and has so many bytes."""
    before = recycling(nbytes)
    try:
        return new_array(cnp.PyArray_DESCR(a), cnp.PyArray_NDIM(a), cnp.PyArray_DIMS(a),
                         cnp.NPY_ARRAY_F_CONTIGUOUS if fortran else 0)
    finally:
        recycled(before)


cdef inline cnp.ndarray new_in_order(const Operand *like):
    """A new array of that shape and dtype in C order."""
    return new_like(<cnp.ndarray>like.array, like.nbytes, False)


cdef inline object result(object out, const Operand *a, const Operand *b, Operand *o):
    """The array to write to, as `o` too, for inputs of one dtype and shape: `out` where all lie
    alike, dense, and share all their memory with it or none; a new array for None. None where the
    call needs another path."""
    cdef int layout = a.flags & b.flags & DENSE
    if not layout:
        return None
    if out is None:
        out = new_like(<cnp.ndarray>a.array, a.nbytes, not layout & IN_C_ORDER)
        o[0] = a[0]
        o.data = cnp.PyArray_BYTES(<cnp.ndarray>out)
        return out
    if (
        take_like(out, a, o) and o.flags & cnp.NPY_ARRAY_WRITEABLE and o.flags & layout
        and apart_or_same(o, a) and apart_or_same(o, b)
    ):
        return out
    return None
