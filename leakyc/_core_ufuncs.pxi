# The real ufuncs: a table of loops over the core's n-dimensional driver. Included by _core.pyx.
#
# Inputs are (x, slope) and (grad, x, slope). A loop's data is its dtype in the core. NumPy calls a
# loop with memory that is in place, apart, or overlaps such that going in order is right: what
# leakyc_leak_nd takes in one dimension. In `reduce` and `accumulate` each result is the next x.

cdef enum:
    BLOCK = 1024  # integers converted to float64 at a time

ctypedef fused integer:
    signed char
    unsigned char
    short
    unsigned short
    int
    unsigned int
    long
    unsigned long
    long long
    unsigned long long


cdef void strided(leakyc_dtype dtype, char *grad, char *x, char *slope, char *out, size_t n,
                  ptrdiff_t grad_step, ptrdiff_t x_step, ptrdiff_t slope_step,
                  ptrdiff_t out_step) noexcept nogil:
    """One run; a slope step of 0 means one slope for all."""
    cdef leakyc_call call
    cdef ptrdiff_t no_step = 0
    call.dtype = dtype
    call.ndim = 1
    call.shape = &n
    call.out = leakyc_operand(out, &out_step, 0)
    call.gate = leakyc_operand(x, &x_step, 0)
    call.value = leakyc_operand(grad, &grad_step, 0)
    call.slope = leakyc_operand(NULL, NULL, 0)
    call.scalar_slope = 0
    call.bools = False
    if slope_step != 0 and n > 1:
        call.slope = leakyc_operand(slope, &slope_step, 0)
    else:
        call.slope = leakyc_operand(slope, &no_step, 0)
    leakyc_leak_nd(chosen, &call, 0)


cdef inline size_t at_once(char **args, const cnp.npy_intp *n,
                           const cnp.npy_intp *step) noexcept nogil:
    """How many elements of (x, slope) do not need the result of the one before: all, or one."""
    return 1 if args[2] == args[0] + step[0] and step[2] == step[0] else n[0]


cdef void float_forward(char **args, const cnp.npy_intp *n, const cnp.npy_intp *step,
                        void *data) noexcept nogil:
    cdef size_t length = at_once(args, n, step)
    cdef ptrdiff_t i = 0
    while i < n[0]:
        strided(<leakyc_dtype><size_t>data, args[0] + i * step[0], args[0] + i * step[0],
                args[1] + i * step[1], args[2] + i * step[2], length,
                step[0], step[0], step[1], step[2])
        i += length


cdef void float_gradient(char **args, const cnp.npy_intp *n, const cnp.npy_intp *step,
                         void *data) noexcept nogil:
    strided(<leakyc_dtype><size_t>data, args[0], args[1], args[2], args[3], n[0],
            step[0], step[1], step[2], step[3])


cdef void half_strided(leakyc_dtype dtype, char *grad, char *x, char *slope, char *out, size_t n,
                       ptrdiff_t grad_step, ptrdiff_t x_step, ptrdiff_t slope_step,
                       ptrdiff_t out_step) noexcept nogil:
    """16-bit arrays with a float32 slope: a call for each stretch of equal slopes, nearly always
    one for all."""
    cdef leakyc_call call
    cdef size_t begin = 0, end
    cdef size_t length
    cdef float s
    call.dtype = dtype
    call.ndim = 1
    call.shape = &length
    call.slope = leakyc_operand(NULL, NULL, 0)
    call.bools = False
    while begin < n:
        s = (<float *>(slope + <ptrdiff_t>begin * slope_step))[0]
        end = n if slope_step == 0 else begin + 1
        while end < n and (<float *>(slope + <ptrdiff_t>end * slope_step))[0] == s:
            end += 1
        length = end - begin
        call.out = leakyc_operand(out + <ptrdiff_t>begin * out_step, &out_step, 0)
        call.gate = leakyc_operand(x + <ptrdiff_t>begin * x_step, &x_step, 0)
        call.value = leakyc_operand(grad + <ptrdiff_t>begin * grad_step, &grad_step, 0)
        call.scalar_slope = s
        leakyc_leak_nd(chosen, &call, 0)
        begin = end


cdef void half_forward(char **args, const cnp.npy_intp *n, const cnp.npy_intp *step,
                       void *data) noexcept nogil:
    cdef size_t length = at_once(args, n, step)
    cdef ptrdiff_t i = 0
    while i < n[0]:
        half_strided(<leakyc_dtype><size_t>data, args[0] + i * step[0], args[0] + i * step[0],
                     args[1] + i * step[1], args[2] + i * step[2], length,
                     step[0], step[0], step[1], step[2])
        i += length


cdef void half_gradient(char **args, const cnp.npy_intp *n, const cnp.npy_intp *step,
                        void *data) noexcept nogil:
    half_strided(<leakyc_dtype><size_t>data, args[0], args[1], args[2], args[3], n[0],
                 step[0], step[1], step[2], step[3])


cdef void longdouble_forward(char **args, const cnp.npy_intp *n, const cnp.npy_intp *step,
                             void *unused) noexcept nogil:
    leakyc_leak_longdouble(args[2], step[2], args[0], step[0], args[0], step[0], args[1], step[1],
                           n[0])


cdef void longdouble_gradient(char **args, const cnp.npy_intp *n, const cnp.npy_intp *step,
                              void *unused) noexcept nogil:
    leakyc_leak_longdouble(args[3], step[3], args[1], step[1], args[0], step[0], args[2], step[2],
                           n[0])


cdef inline void to_double(double *out, integer *unused, char *source, ptrdiff_t step,
                           size_t n) noexcept nogil:
    cdef size_t i
    for i in range(n):
        out[i] = <double>(<integer *>(source + <ptrdiff_t>i * step))[0]


cdef void int_forward(char **args, const cnp.npy_intp *n, const cnp.npy_intp *step,
                      integer *unused) noexcept nogil:
    cdef double x[BLOCK]
    cdef size_t done = 0, m
    while done < <size_t>n[0]:
        m = min(<size_t>BLOCK, <size_t>n[0] - done)
        to_double(x, unused, args[0] + <ptrdiff_t>done * step[0], step[0], m)
        strided(LEAKYC_F64, <char *>x, <char *>x, args[1] + <ptrdiff_t>done * step[1],
                args[2] + <ptrdiff_t>done * step[2], m, 8, 8, step[1], step[2])
        done += m


cdef void int_gradient(char **args, const cnp.npy_intp *n, const cnp.npy_intp *step,
                       integer *unused) noexcept nogil:
    cdef double grad[BLOCK]
    cdef double x[BLOCK]
    cdef size_t done = 0, m
    while done < <size_t>n[0]:
        m = min(<size_t>BLOCK, <size_t>n[0] - done)
        to_double(grad, unused, args[0] + <ptrdiff_t>done * step[0], step[0], m)
        to_double(x, unused, args[1] + <ptrdiff_t>done * step[1], step[1], m)
        strided(LEAKYC_F64, <char *>grad, <char *>x, args[2] + <ptrdiff_t>done * step[2],
                args[3] + <ptrdiff_t>done * step[3], m, 8, 8, step[2], step[3])
        done += m


# ---- the tables -----------------------------------------------------------------------------

cdef enum:
    MAX_LOOPS = 32

cdef cnp.PyUFuncGenericFunction forward_loops[MAX_LOOPS]
cdef cnp.PyUFuncGenericFunction gradient_loops[MAX_LOOPS]
cdef void *loop_data[MAX_LOOPS]
cdef char forward_types[3 * MAX_LOOPS]
cdef char gradient_types[4 * MAX_LOOPS]
cdef int loops = 0


cdef void add_loop(char array, char slope, char out, void *forward, void *gradient, size_t data):
    global loops
    forward_loops[loops] = <cnp.PyUFuncGenericFunction>forward
    gradient_loops[loops] = <cnp.PyUFuncGenericFunction>gradient
    loop_data[loops] = <void *>data
    forward_types[3 * loops] = array
    forward_types[3 * loops + 1] = slope
    forward_types[3 * loops + 2] = out
    gradient_types[4 * loops] = array
    gradient_types[4 * loops + 1] = array
    gradient_types[4 * loops + 2] = slope
    gradient_types[4 * loops + 3] = out
    loops += 1


cdef void add_integer_loop(char array, integer *unused):
    add_loop(array, cnp.NPY_DOUBLE, cnp.NPY_DOUBLE, <void *>int_forward[integer],
             <void *>int_gradient[integer], 0)


# The order matters: NumPy takes the first loop to which the inputs can be cast safely, and so does
# polars with the results' types. What integers become is told in _core_promoters.pxi.
# A scalar slope of a 16-bit array is a float32: that loop comes before the one of equal types.
add_loop(cnp.NPY_FLOAT16, cnp.NPY_FLOAT, cnp.NPY_FLOAT16, <void *>half_forward,
         <void *>half_gradient, LEAKYC_F16)
add_loop(cnp.NPY_FLOAT16, cnp.NPY_FLOAT16, cnp.NPY_FLOAT16, <void *>float_forward,
         <void *>float_gradient, LEAKYC_F16)
add_loop(cnp.NPY_FLOAT, cnp.NPY_FLOAT, cnp.NPY_FLOAT, <void *>float_forward,
         <void *>float_gradient, LEAKYC_F32)
add_loop(cnp.NPY_DOUBLE, cnp.NPY_DOUBLE, cnp.NPY_DOUBLE, <void *>float_forward,
         <void *>float_gradient, LEAKYC_F64)
add_loop(cnp.NPY_LONGDOUBLE, cnp.NPY_LONGDOUBLE, cnp.NPY_LONGDOUBLE, <void *>longdouble_forward,
         <void *>longdouble_gradient, 0)
add_integer_loop(cnp.NPY_BOOL, <unsigned char *>NULL)
add_integer_loop(cnp.NPY_BYTE, <signed char *>NULL)
add_integer_loop(cnp.NPY_UBYTE, <unsigned char *>NULL)
add_integer_loop(cnp.NPY_SHORT, <short *>NULL)
add_integer_loop(cnp.NPY_USHORT, <unsigned short *>NULL)
add_integer_loop(cnp.NPY_INT, <int *>NULL)
add_integer_loop(cnp.NPY_UINT, <unsigned int *>NULL)
add_integer_loop(cnp.NPY_LONG, <long *>NULL)
add_integer_loop(cnp.NPY_ULONG, <unsigned long *>NULL)
add_integer_loop(cnp.NPY_LONGLONG, <long long *>NULL)
add_integer_loop(cnp.NPY_ULONGLONG, <unsigned long long *>NULL)

# NumPy keeps the pointers to name and docstring: these stay alive with the module.
cdef bytes forward_doc = _docs.LEAKY_RELU.encode()
cdef bytes gradient_doc = _docs.LEAKY_RELU_GRAD.encode()

forward_ufunc = cnp.PyUFunc_FromFuncAndData(
    forward_loops, loop_data, forward_types, loops, 2, 1, cnp.PyUFunc_None,
    "leaky_relu", forward_doc, 0)
gradient_ufunc = cnp.PyUFunc_FromFuncAndData(
    gradient_loops, loop_data, gradient_types, loops, 3, 1, cnp.PyUFunc_None,
    "leaky_relu_grad", gradient_doc, 0)


# ---- bfloat16: a dtype of ml_dtypes, whose number is known only at run time --------------------

cdef extern from "<stdatomic.h>" nogil:
    ctypedef int atomic_int

# The one variable that changes after the import: -1 until there are loops for it.
cdef atomic_int bfloat16_number = -1


def register_bfloat16(dtype):
    """Adds the loops for this dtype. NumPy caches its dispatch, so this must come before the first
    call with the dtype."""
    global bfloat16_number
    cdef int number = dtype.num
    cdef int equal[4]
    cdef int with_float32[4]
    if bfloat16_number == number:
        return
    for i in range(4):
        equal[i] = with_float32[i] = number
    with_float32[1] = cnp.NPY_FLOAT
    register_loop(forward_ufunc, number, <void *>half_forward, with_float32)
    register_loop(forward_ufunc, number, <void *>float_forward, equal)
    with_float32[1] = number
    with_float32[2] = cnp.NPY_FLOAT
    register_loop(gradient_ufunc, number, <void *>half_gradient, with_float32)
    register_loop(gradient_ufunc, number, <void *>float_gradient, equal)
    bfloat16_number = number


cdef register_loop(ufunc, int number, void *loop, int *types):
    if cnp.PyUFunc_RegisterLoopForType(
        <cnp.ufunc>ufunc, number, <cnp.PyUFuncGenericFunction>loop, types, <void *>LEAKYC_BF16
    ) < 0:
        raise RuntimeError("the bfloat16 loops cannot be registered")
