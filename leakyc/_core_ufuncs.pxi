# The real ufuncs, (x, slope) and (grad, x, slope): a table of the core's loops. Included by
# _core.pyx; needs _core_config.pxi and _core_arrays.pxi.

from libc.stddef cimport ptrdiff_t

from leakyc import _docs, _dtypes

cdef extern from *:
    """
    #include <assert.h>
    #include <numpy/npy_common.h>
    static_assert(sizeof(long double) == NPY_SIZEOF_LONGDOUBLE, "NumPy's long double is another");
    """

cdef extern from "loops.h" nogil:
    ctypedef void leakyc_loop_fn(char **, const ptrdiff_t *, const ptrdiff_t *, void *) noexcept
    ctypedef struct leakyc_loop:
        const leakyc_isa *isa
        leakyc_dtype dtype
    ctypedef struct leakyc_loops:
        leakyc_loop_fn *forward
        leakyc_loop_fn *gradient
    const leakyc_loops leakyc_float_loops
    const leakyc_loops leakyc_half_loops
    const leakyc_loops leakyc_longdouble_loops
    const leakyc_loops *leakyc_integer_loops

cdef enum:
    MAX_LOOPS = 32
    MAX_DTYPES = LEAKYC_DTYPES  # Cython 3.1 takes no other enum's value for a length

cdef leakyc_loop loop_of[MAX_DTYPES]  # by the dtype that a loop computes in
cdef cnp.PyUFuncGenericFunction forward_loops[MAX_LOOPS]
cdef cnp.PyUFuncGenericFunction gradient_loops[MAX_LOOPS]
cdef void *loop_data[MAX_LOOPS]
cdef char forward_types[3 * MAX_LOOPS]
cdef char gradient_types[4 * MAX_LOOPS]
cdef int loops = 0


cdef void add_loops(char array, char slope, char out, leakyc_dtype dtype, leakyc_loops both):
    global loops
    forward_loops[loops] = <cnp.PyUFuncGenericFunction><void *>both.forward
    gradient_loops[loops] = <cnp.PyUFuncGenericFunction><void *>both.gradient
    loop_data[loops] = &loop_of[<int>dtype]
    forward_types[3 * loops] = array
    forward_types[3 * loops + 1] = slope
    forward_types[3 * loops + 2] = out
    gradient_types[4 * loops] = array
    gradient_types[4 * loops + 1] = array
    gradient_types[4 * loops + 2] = slope
    gradient_types[4 * loops + 3] = out
    loops += 1


def _add_all_loops():
    cdef char number
    cdef int dtype
    for dtype in range(<int>LEAKYC_DTYPES):
        loop_of[dtype] = leakyc_loop(chosen, <leakyc_dtype>dtype)
    # The order matters: NumPy takes the first loop to which the inputs can be cast safely, and so
    # does polars with the results' types. What integers become is told in _core_promoters.pxi.
    # A scalar slope of a 16-bit array is a float32: that loop comes before the one of equal types.
    add_loops(cnp.NPY_FLOAT16, cnp.NPY_FLOAT, cnp.NPY_FLOAT16, LEAKYC_F16, leakyc_half_loops)
    for number, dtype in ((cnp.NPY_FLOAT16, LEAKYC_F16), (cnp.NPY_FLOAT, LEAKYC_F32),
                          (cnp.NPY_DOUBLE, LEAKYC_F64)):
        add_loops(number, number, number, <leakyc_dtype>dtype, leakyc_float_loops)
    number = cnp.NPY_LONGDOUBLE
    add_loops(number, number, number, LEAKYC_F64, leakyc_longdouble_loops)
    add_loops(cnp.NPY_BOOL, cnp.NPY_DOUBLE, cnp.NPY_DOUBLE, LEAKYC_F64,
              leakyc_integer_loops[cnp.NPY_UBYTE - cnp.NPY_BYTE])
    for number in range(cnp.NPY_BYTE, cnp.NPY_ULONGLONG + 1):
        add_loops(number, cnp.NPY_DOUBLE, cnp.NPY_DOUBLE, LEAKYC_F64,
                  leakyc_integer_loops[number - cnp.NPY_BYTE])


_add_all_loops()

# NumPy keeps the pointers to name and docstring: these stay alive with the module.
cdef bytes forward_doc = _docs.UFUNC_LEAKY_RELU.encode()
cdef bytes gradient_doc = _docs.UFUNC_LEAKY_RELU_GRAD.encode()

forward_ufunc = cnp.PyUFunc_FromFuncAndData(
    forward_loops, loop_data, forward_types, loops, 2, 1, cnp.PyUFunc_None,
    "leaky_relu", forward_doc, 0)
gradient_ufunc = cnp.PyUFunc_FromFuncAndData(
    gradient_loops, loop_data, gradient_types, loops, 3, 1, cnp.PyUFunc_None,
    "leaky_relu_grad", gradient_doc, 0)


# ---- bfloat16: a dtype of ml_dtypes, whose number is known only at run time --------------------

def _add_bfloat16_loops(dtype):
    """NumPy caches its dispatch, so this must come before the first call with the dtype."""
    global bfloat16_number
    cdef int number = dtype.num
    cdef int equal[4]
    cdef int with_float32[4]
    if bfloat16_number == number:
        return
    for ufunc in (forward_ufunc, gradient_ufunc):
        _dtypes.settle(ufunc, dtype)
    for i in range(4):
        equal[i] = with_float32[i] = number
    with_float32[1] = cnp.NPY_FLOAT
    register_loop(forward_ufunc, number, leakyc_half_loops.forward, with_float32)
    register_loop(forward_ufunc, number, leakyc_float_loops.forward, equal)
    with_float32[1] = number
    with_float32[2] = cnp.NPY_FLOAT
    register_loop(gradient_ufunc, number, leakyc_half_loops.gradient, with_float32)
    register_loop(gradient_ufunc, number, leakyc_float_loops.gradient, equal)
    bfloat16_number = number


cdef register_loop(ufunc, int number, leakyc_loop_fn *loop, int *types):
    if cnp.PyUFunc_RegisterLoopForType(
        <cnp.ufunc>ufunc, number, <cnp.PyUFuncGenericFunction><void *>loop, types,
        &loop_of[<int>LEAKYC_BF16]
    ) < 0:
        raise RuntimeError("the bfloat16 loops cannot be registered")


_dtypes.add_bfloat16_loops = _add_bfloat16_loops
