# Large results live in recycled memory: NumPy's data-memory handler (NEP 49) over the core's buffer
# pool. Included by _core.pyx.
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
    """Arrays made from here on to `recycled` are recycled; returns what that is to be given. None,
    and nothing happens, for small ones and where the user set a handler or turned this off."""
    if nbytes < RECYCLE_FROM or leakyc_buffer_limit() == 0:
        return None
    before = PyDataMem_SetHandler(handler_capsule)
    if <PyObject *>before != PyDataMem_DefaultHandler:
        PyDataMem_SetHandler(before)
        return None
    return before


cdef inline int recycled(object before) except -1:
    if before is not None:
        PyDataMem_SetHandler(before)
    return 0


cdef inline cnp.ndarray new_array(cnp.PyArray_Descr *descr, int ndim, const cnp.npy_intp *shape,
                                  int flags):
    Py_INCREF(<object><PyObject *>descr)  # PyArray_NewFromDescr takes it over
    return PyArray_NewFromDescr(<PyTypeObject *>cnp.ndarray, descr, ndim, shape, NULL, NULL, flags,
                                NULL)


cdef inline cnp.ndarray new_like(cnp.ndarray a, size_t nbytes, bint fortran):
    """A new array of the shape and dtype of a native one of so many bytes."""
    before = recycling(nbytes)
    try:
        return new_array(cnp.PyArray_DESCR(a), cnp.PyArray_NDIM(a), cnp.PyArray_DIMS(a),
                         cnp.NPY_ARRAY_F_CONTIGUOUS if fortran else 0)
    finally:
        recycled(before)


def set_buffers(limit):
    """Sets the limit in bytes, None for the default; returns the one before."""
    return leakyc_set_buffer_limit(leakyc_default_buffer_limit() if limit is None else limit)


def clear_buffers():
    """Gives the kept blocks back; returns their bytes."""
    cdef size_t nbytes
    with nogil:
        nbytes = leakyc_clear_buffers()
    return nbytes


def buffers():
    """The pool's state."""
    return leakyc_buffer_info()
