# The training operations: one-bit masks, a fused bias, the gradient of a slope. Included by
# _core.pyx.
#
# A public function takes what most calls are, exact dense native arrays of one core dtype in C
# order, straight to the core. All else goes to `_training.py`, which checks and prepares, and comes
# back through the same run_... functions.

from libc.math cimport INFINITY

cdef extern from "Python.h":
    ctypedef struct PyThreadState:
        pass
    PyThreadState *PyEval_SaveThread()
    void PyEval_RestoreThread(PyThreadState *state)


cdef struct Run:
    # How a call runs: which instruction set, how many threads, with the GIL or without.
    const leakyc_isa *isa
    int threads
    PyThreadState *state


# The instruction set and the number of threads of a run_... function are for the tests: None and 0
# for the library's own choice.

cdef inline const leakyc_isa *isa_or_chosen(str isa) except NULL:
    return chosen if isa is None else isa_named(isa)


cdef inline Run begin_run(size_t touched, const leakyc_isa *isa, int threads) noexcept:
    cdef Run run = Run(isa, threads, NULL)
    if touched >= RELEASE_GIL_FROM_BYTES:
        run.state = PyEval_SaveThread()
    return run


cdef inline void end_run(Run run) noexcept:
    if run.state != NULL:
        PyEval_RestoreThread(run.state)


# ---- the work, on arrays that are ready -----------------------------------------------------------

cpdef run_with_mask(cnp.ndarray x, double slope, cnp.ndarray y, cnp.ndarray mask, str isa=None,
                    int threads=0):
    cdef Run run = begin_run(2 * nbytes_of(x), isa_or_chosen(isa), threads)
    leakyc_leak_with_mask(run.isa, <leakyc_dtype>core_dtype(x), cnp.PyArray_DATA(y),
                          <uint8_t *>cnp.PyArray_DATA(mask), cnp.PyArray_DATA(x),
                          size_of(x), slope, run.threads)
    end_run(run)


cpdef run_from_mask(cnp.ndarray grad, cnp.ndarray mask, double slope, cnp.ndarray dx, str isa=None,
                    int threads=0):
    cdef Run run = begin_run(2 * nbytes_of(grad), isa_or_chosen(isa), threads)
    leakyc_leak_from_mask(run.isa, <leakyc_dtype>core_dtype(grad), cnp.PyArray_DATA(dx),
                          cnp.PyArray_DATA(grad), <const uint8_t *>cnp.PyArray_DATA(mask),
                          size_of(grad), slope, run.threads)
    end_run(run)


cdef leakyc_channels channels_along(cnp.ndarray x, int axis, double slope, double gain,
                                    double clamp) noexcept:
    cdef leakyc_channels c = leakyc_channels(
        <leakyc_dtype>core_dtype(x), 1, cnp.PyArray_DIM(x, axis), 1, slope, gain, clamp)
    cdef int d
    for d in range(axis):
        c.outer *= cnp.PyArray_DIM(x, d)
    for d in range(axis + 1, cnp.PyArray_NDIM(x)):
        c.inner *= cnp.PyArray_DIM(x, d)
    return c


cpdef run_bias(cnp.ndarray x, cnp.ndarray bias, int axis, double slope, double gain, double clamp,
               cnp.ndarray y, str isa=None, int threads=0):
    cdef leakyc_channels c = channels_along(x, axis, slope, gain, clamp)
    cdef Run run = begin_run(2 * nbytes_of(x), isa_or_chosen(isa), threads)
    leakyc_bias(run.isa, &c, cnp.PyArray_DATA(y), cnp.PyArray_DATA(x), cnp.PyArray_DATA(bias),
                run.threads)
    end_run(run)


cpdef run_bias_grad(cnp.ndarray grad, cnp.ndarray y, int axis, double slope, double gain,
                    double clamp, cnp.ndarray dx, cnp.ndarray dbias, str isa=None, int threads=0):
    cdef leakyc_channels c = channels_along(grad, axis, slope, gain, clamp)
    cdef Run run = begin_run(3 * nbytes_of(grad), isa_or_chosen(isa), threads)
    cdef int error = leakyc_bias_grad(run.isa, &c, cnp.PyArray_DATA(dx), cnp.PyArray_DATA(dbias),
                                      cnp.PyArray_DATA(grad), cnp.PyArray_DATA(y), run.threads)
    end_run(run)
    if error:
        raise MemoryError()


cdef bint slope_groups(cnp.ndarray x, cnp.ndarray slope, size_t *lead,
                       leakyc_channels *c) noexcept:
    """Whether the axes of x, neighbours of a kind taken together, are lead x outer x channels x
    inner, of which `slope` has lead and channels and is broadcast along the others; if so, their
    lengths. The slope broadcasts to x."""
    cdef size_t sizes[5]
    cdef bint kept[5]
    cdef int groups = 0, d, first = cnp.PyArray_NDIM(x) - cnp.PyArray_NDIM(slope)
    cdef size_t length
    cdef bint has
    for d in range(cnp.PyArray_NDIM(x)):
        length = cnp.PyArray_DIM(x, d)
        if length == 1:
            continue
        has = d >= first and cnp.PyArray_DIM(slope, d - first) != 1
        if groups and kept[groups - 1] == has:
            sizes[groups - 1] *= length
            continue
        if groups == 4:
            return False
        kept[groups] = has
        sizes[groups] = length
        groups += 1
    lead[0] = c.outer = c.channels = c.inner = 1
    d = 0
    if groups >= 3 and kept[0]:
        lead[0] = sizes[0]
        d = 1
    if d < groups and not kept[d]:
        c.outer = sizes[d]
        d += 1
    if d < groups:
        c.channels = sizes[d]
        d += 1
    if d < groups:
        c.inner = sizes[d]
        d += 1
    return d == groups


cpdef run_prelu_grad(cnp.ndarray grad, cnp.ndarray x, cnp.ndarray slopes, object scalar,
                     cnp.ndarray dx, cnp.ndarray dslope, str isa=None, int threads=0):
    """False where the slope's axes lie in a way that the core does not take. `slopes` holds as many
    as there are in `dslope`, whose shape broadcasts to that of x; or they are all `scalar`."""
    cdef leakyc_channels c
    cdef size_t lead, i, part
    cdef int error = 0
    cdef char *s = NULL if scalar is not None else cnp.PyArray_BYTES(slopes)
    if not slope_groups(x, dslope, &lead, &c):
        return False
    c.dtype = <leakyc_dtype>core_dtype(grad)
    c.slope = 0 if scalar is None else scalar
    c.gain, c.clamp = 1, INFINITY
    part = nbytes_of(grad) // lead if lead else 0
    cdef size_t row = c.channels * leakyc_itemsize(c.dtype)
    cdef Run run = begin_run(3 * part, isa_or_chosen(isa), threads)
    for i in range(lead):
        error |= leakyc_prelu_grad(
            run.isa, &c, cnp.PyArray_BYTES(dx) + i * part, cnp.PyArray_BYTES(dslope) + i * row,
            cnp.PyArray_BYTES(grad) + i * part, cnp.PyArray_BYTES(x) + i * part,
            NULL if s == NULL else s + i * row, run.threads)
    end_run(run)
    if error:
        raise MemoryError()
    return True


# ---- the fast path --------------------------------------------------------------------------------

cpdef cnp.ndarray new_output(cnp.ndarray like):
    """The memory of a result: dense, in C order."""
    return new_like(like, nbytes_of(like), False)


cdef inline bint is_dense(object a) noexcept:
    """An exact array of a core dtype, dense in C order, aligned, native, not 0-d."""
    return (
        cnp.PyArray_CheckExact(a)
        and core_dtype(<cnp.ndarray>a) >= 0
        and cnp.PyArray_CHKFLAGS(<cnp.ndarray>a, cnp.NPY_ARRAY_ALIGNED)
        and cnp.PyArray_IS_C_CONTIGUOUS(<cnp.ndarray>a)
        and cnp.PyArray_ISNOTSWAPPED(<cnp.ndarray>a)
        and cnp.PyArray_NDIM(<cnp.ndarray>a) > 0
    )


cdef inline bint is_dense_like(object a, cnp.ndarray other) noexcept:
    return is_dense(a) and alike(<cnp.ndarray>a, other)


cdef inline bint apart(cnp.ndarray a, cnp.ndarray b) noexcept:
    """No memory in common."""
    return (
        cnp.PyArray_BYTES(a) + nbytes_of(a) <= cnp.PyArray_BYTES(b)
        or cnp.PyArray_BYTES(b) + nbytes_of(b) <= cnp.PyArray_BYTES(a)
    )


cdef inline object dense_output(object out, cnp.ndarray like, cnp.ndarray other):
    """The array to write to; None where `out` needs the general path."""
    if out is None:
        return new_output(like)
    if not is_dense_like(out, like) or not cnp.PyArray_ISWRITEABLE(<cnp.ndarray>out):
        return None
    cdef size_t nbytes = nbytes_of(like)
    cdef char *o = cnp.PyArray_BYTES(<cnp.ndarray>out)
    if clear_of(o, cnp.PyArray_BYTES(like), nbytes) and clear_of(o, cnp.PyArray_BYTES(other),
                                                                 nbytes):
        return out
    return None


cdef inline bint is_mask(object mask, cnp.ndarray x) noexcept:
    return (
        cnp.PyArray_CheckExact(mask)
        and cnp.PyArray_TYPE(<cnp.ndarray>mask) == cnp.NPY_UINT8
        and cnp.PyArray_NDIM(<cnp.ndarray>mask) == 1
        and nbytes_of(<cnp.ndarray>mask) == (size_of(x) + 7) // 8
        and cnp.PyArray_IS_C_CONTIGUOUS(<cnp.ndarray>mask)
    )


cdef inline int bias_axis(object bias, cnp.ndarray x, int axis) noexcept:
    """The axis of x that the bias has an element for each along: `axis` for a vector, the one that
    it is broadcast around for any other shape. -1 where the general path is to look."""
    if not is_dense(bias) or cnp.PyArray_TYPE(<cnp.ndarray>bias) != cnp.PyArray_TYPE(x):
        return -1
    cdef cnp.ndarray b = <cnp.ndarray>bias
    cdef int d, found = -1, first = cnp.PyArray_NDIM(x) - cnp.PyArray_NDIM(b)
    if cnp.PyArray_NDIM(b) == 1:
        return axis if cnp.PyArray_DIM(b, 0) == cnp.PyArray_DIM(x, axis) else -1
    if first < 0:
        return -1
    for d in range(cnp.PyArray_NDIM(b)):
        if cnp.PyArray_DIM(b, d) == 1:
            continue
        if found >= 0 or cnp.PyArray_DIM(b, d) != cnp.PyArray_DIM(x, first + d):
            return -1
        found = first + d
    return found if axis == found or axis == cnp.PyArray_NDIM(x) - 1 else -1


cdef inline bint channel_numbers(object slope, object gain, object clamp, double *numbers) except -1:
    """Whether these are numbers, and the clamp one that is allowed; stores them."""
    if not (scalar_slope(slope, &numbers[0]) and scalar_slope(gain, &numbers[1])):
        return False
    numbers[2] = INFINITY
    return clamp is None or (scalar_slope(clamp, &numbers[2]) and numbers[2] > 0)


cdef inline int plain_axis(object axis, cnp.ndarray x) noexcept:
    """The axis from 0 on; -1 for what is not an int within bounds."""
    cdef int ndim = cnp.PyArray_NDIM(x), overflow = 0
    cdef long number
    if type(axis) is not int:
        return -1
    number = PyLong_AsLongAndOverflow(axis, &overflow)
    if overflow or not -ndim <= number < ndim:
        return -1
    return number + ndim if number < 0 else number


def leaky_relu_with_mask(x, negative_slope, *, out=None, mask=None):
    cdef double slope
    cdef cnp.npy_intp nbytes
    if is_dense(x) and scalar_slope(negative_slope, &slope):
        y = dense_output(out, <cnp.ndarray>x, <cnp.ndarray>x)
        if y is not None and mask is None:
            nbytes = (size_of(<cnp.ndarray>x) + 7) // 8
            bits = cnp.PyArray_EMPTY(1, &nbytes, cnp.NPY_UINT8, 0)
            run_with_mask(x, slope, y, bits)
            return y, bits
        if (
            y is not None and is_mask(mask, x) and cnp.PyArray_ISWRITEABLE(<cnp.ndarray>mask)
            and apart(mask, x) and apart(mask, y)
        ):
            run_with_mask(x, slope, y, mask)
            return y, mask
    return _training.with_mask(run_with_mask, x, negative_slope, out, mask)


def leaky_relu_grad_from_mask(grad, mask, negative_slope, *, out=None):
    cdef double slope
    if is_dense(grad) and is_mask(mask, <cnp.ndarray>grad) and scalar_slope(negative_slope, &slope):
        dx = dense_output(out, <cnp.ndarray>grad, <cnp.ndarray>grad)
        if dx is not None and apart(mask, dx):
            run_from_mask(grad, mask, slope, dx)
            return dx
    return _training.from_mask(run_from_mask, grad, mask, negative_slope, out)


def bias_leaky_relu(x, bias, negative_slope=0.01, *, axis=-1, gain=1.0, clamp=None, out=None):
    cdef double numbers[3]
    cdef int along
    if is_dense(x) and channel_numbers(negative_slope, gain, clamp, numbers):
        along = plain_axis(axis, <cnp.ndarray>x)
        if along >= 0:
            along = bias_axis(bias, <cnp.ndarray>x, along)
        if along >= 0:
            y = dense_output(out, <cnp.ndarray>x, <cnp.ndarray>x)
            if y is not None and apart(bias, y):
                run_bias(x, bias, along, numbers[0], numbers[1], numbers[2], y)
                return y
    return _training.bias_forward(run_bias, x, bias, negative_slope, axis, gain, clamp, out)


def bias_leaky_relu_grad(grad, y, negative_slope=0.01, *, axis=-1, gain=1.0, clamp=None, out=None,
                         keepdims=False):
    cdef double numbers[3]
    cdef int along
    cdef cnp.npy_intp length
    if (
        is_dense(grad) and is_dense_like(y, <cnp.ndarray>grad)
        and channel_numbers(negative_slope, gain, clamp, numbers)
        and numbers[0] >= 0 and 0 < numbers[1] < INFINITY
    ):
        along = plain_axis(axis, <cnp.ndarray>grad)
        dx = dense_output(out, <cnp.ndarray>grad, <cnp.ndarray>y)
        if along >= 0 and dx is not None:
            length = cnp.PyArray_DIM(<cnp.ndarray>grad, along)
            dbias = cnp.PyArray_EMPTY(1, &length, cnp.PyArray_TYPE(<cnp.ndarray>grad), 0)
            run_bias_grad(grad, y, along, numbers[0], numbers[1], numbers[2], dx, dbias)
            if keepdims:
                dbias = _training.around(dbias, along, cnp.PyArray_NDIM(<cnp.ndarray>grad))
            return dx, dbias
    return _training.bias_gradient(
        run_bias_grad, grad, y, negative_slope, axis, gain, clamp, out, keepdims)


cdef inline bint broadcasts_to(cnp.ndarray small, cnp.ndarray large) noexcept:
    cdef int d, first = cnp.PyArray_NDIM(large) - cnp.PyArray_NDIM(small)
    if first < 0:
        return False
    for d in range(cnp.PyArray_NDIM(small)):
        if (
            cnp.PyArray_DIM(small, d) != cnp.PyArray_DIM(large, first + d)
            and cnp.PyArray_DIM(small, d) != 1
        ):
            return False
    return True


def prelu_grad(grad, x, slope, *, out=None):
    cdef double scalar
    if is_dense(grad) and is_dense_like(x, <cnp.ndarray>grad):
        if (
            is_dense(slope)
            and cnp.PyArray_TYPE(<cnp.ndarray>slope) == cnp.PyArray_TYPE(<cnp.ndarray>grad)
            and broadcasts_to(<cnp.ndarray>slope, <cnp.ndarray>grad)
        ):
            dx = dense_output(out, <cnp.ndarray>grad, <cnp.ndarray>x)
            if dx is not None and apart(slope, dx):
                dslope = new_output(<cnp.ndarray>slope)
                if run_prelu_grad(grad, x, slope, None, dx, dslope):
                    return dx, dslope
        elif scalar_slope(slope, &scalar):
            dx = dense_output(out, <cnp.ndarray>grad, <cnp.ndarray>x)
            if dx is not None:
                dslope = new_array(cnp.PyArray_DESCR(<cnp.ndarray>grad), 0, NULL, 0)
                run_prelu_grad(grad, x, None, scalar, dx, dslope)
                return dx, cnp.PyArray_ToScalar(cnp.PyArray_DATA(<cnp.ndarray>dslope), dslope)
    return _training.prelu_gradient(run_prelu_grad, grad, x, slope, out)

