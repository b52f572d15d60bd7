# What the training operations are on operands that are ready: one-bit masks, a fused bias, the
# gradient of a slope. Included by _core.pyx; needs _core_dense.pxi.

from libc.math cimport INFINITY


cdef void with_mask(const Operand *x, double slope, const Operand *y, const Operand *mask,
                    const leakyc_isa *isa, int threads) noexcept:
    cdef PyThreadState *state = release_gil(2 * x.nbytes)
    leakyc_leak_with_mask(isa, x.dtype, y.data, <uint8_t *>mask.data, x.data, x.n, slope, threads)
    take_gil(state)


cdef void from_mask(const Operand *grad, const Operand *mask, double slope, const Operand *dx,
                    const leakyc_isa *isa, int threads) noexcept:
    cdef PyThreadState *state = release_gil(2 * grad.nbytes)
    leakyc_leak_from_mask(isa, grad.dtype, dx.data, grad.data, <const uint8_t *>mask.data, grad.n,
                          slope, threads)
    take_gil(state)


cdef void set_axes(leakyc_channels *c, const Operand *x, int axis) noexcept:
    """The channels lie along that axis of x."""
    cdef int d
    c.dtype = x.dtype
    c.channels = x.shape[axis]
    c.outer = c.inner = 1
    for d in range(axis):
        c.outer *= x.shape[d]
    for d in range(axis + 1, x.ndim):
        c.inner *= x.shape[d]


cdef int bias_gradient(const leakyc_channels *c, const Operand *grad, const Operand *y,
                       const Operand *dx, void *dbias, const leakyc_isa *isa,
                       int threads) except -1:
    cdef PyThreadState *state = release_gil(3 * grad.nbytes)
    cdef int error = leakyc_bias_grad(isa, c, dx.data, dbias, grad.data, y.data, threads)
    take_gil(state)
    if error:
        raise MemoryError()
    return 0


cdef void bias_prelu_forward(const leakyc_channels *c, const Operand *x, const void *bias,
                             const void *slopes, const Operand *y, const leakyc_isa *isa,
                             int threads) noexcept:
    cdef PyThreadState *state = release_gil(2 * x.nbytes)
    leakyc_bias_prelu(isa, c, y.data, x.data, bias, slopes, threads)
    take_gil(state)


cdef int bias_prelu_gradient(const leakyc_channels *c, const Operand *grad, const Operand *x,
                             const void *bias, const void *slopes, const Operand *dx, void *dbias,
                             void *dslope, const leakyc_isa *isa, int threads) except -1:
    cdef PyThreadState *state = release_gil(3 * grad.nbytes)
    cdef int error = leakyc_bias_prelu_grad(
        isa, c, dx.data, dbias, dslope, grad.data, x.data, bias, slopes, threads)
    take_gil(state)
    if error:
        raise MemoryError()
    return 0


cdef bint slope_groups(const Operand *x, const Operand *slope, size_t *lead,
                       leakyc_channels *c) noexcept:
    """Takes neighbouring axes of x together to lead x outer x channels x inner, where `slope`,
    which broadcasts to x, varies along lead and channels only. False if that takes more groups."""
    cdef size_t sizes[5]
    cdef bint kept[5]
    cdef int groups = 0, d, first = x.ndim - slope.ndim
    cdef size_t length
    cdef bint has
    for d in range(x.ndim):
        length = x.shape[d]
        if length == 1:
            continue
        has = d >= first and slope.shape[d - first] != 1
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


cdef bint slope_gradient(const Operand *grad, const Operand *x, char *slopes, double scalar,
                         const Operand *dx, const Operand *dslope, const leakyc_isa *isa,
                         int threads) except -1:
    """False where the slope's axes lie in a way that the core does not take. `slopes` are as many
    as there are in `dslope`, whose shape broadcasts to that of x; or NULL: all are `scalar`."""
    cdef leakyc_channels c
    cdef size_t lead, i, part, row
    cdef int error = 0
    if not slope_groups(x, dslope, &lead, &c):
        return False
    c.dtype = grad.dtype
    c.slope, c.gain, c.clamp = scalar, 1, INFINITY
    part = grad.nbytes // lead if lead else 0
    row = c.channels * leakyc_itemsize(c.dtype)
    cdef PyThreadState *state = release_gil(3 * part)
    for i in range(lead):
        error |= leakyc_prelu_grad(
            isa, &c, dx.data + i * part, dslope.data + i * row, grad.data + i * part,
            x.data + i * part, NULL if slopes == NULL else slopes + i * row, threads)
    take_gil(state)
    if error:
        raise MemoryError()
    return True


# ---- the same on arrays, for `_training.py` and the tests ---------------------------------------
#
# The instruction set and the number of threads are the tests': None and 0 for the library's choice.

cdef inline const leakyc_isa *isa_or_chosen(str isa) except NULL:
    return chosen if isa is None else isa_named(isa)


def new_output(cnp.ndarray like):
    """The memory of a result: dense, in C order."""
    cdef Operand o = ready(like)
    return new_in_order(&o)


def run_with_mask(cnp.ndarray x, double slope, cnp.ndarray y, cnp.ndarray mask, str isa=None,
                  int threads=0):
    cdef Operand a = ready(x), o = ready(y), m = ready(mask)
    with_mask(&a, slope, &o, &m, isa_or_chosen(isa), threads)


def run_from_mask(cnp.ndarray grad, cnp.ndarray mask, double slope, cnp.ndarray dx, str isa=None,
                  int threads=0):
    cdef Operand a = ready(grad), m = ready(mask), o = ready(dx)
    from_mask(&a, &m, slope, &o, isa_or_chosen(isa), threads)


def run_bias_grad(cnp.ndarray grad, cnp.ndarray y, int axis, double slope, double gain,
                  double clamp, cnp.ndarray dx, cnp.ndarray dbias, str isa=None, int threads=0):
    cdef Operand a = ready(grad), b = ready(y), o = ready(dx)
    cdef leakyc_channels c
    c.slope, c.gain, c.clamp = slope, gain, clamp
    set_axes(&c, &a, axis)
    bias_gradient(&c, &a, &b, &o, cnp.PyArray_DATA(dbias), isa_or_chosen(isa), threads)


cdef inline void *data_of(cnp.ndarray a):
    """NULL for None."""
    return NULL if a is None else cnp.PyArray_DATA(a)


def run_bias_prelu(cnp.ndarray x, cnp.ndarray bias, cnp.ndarray slopes, one, int axis, double gain,
                   double clamp, cnp.ndarray y, str isa=None, int threads=0):
    """Without `slopes` all have the slope `one`."""
    cdef Operand a = ready(x), o = ready(y)
    cdef leakyc_channels c
    c.slope, c.gain, c.clamp = 0 if one is None else one, gain, clamp
    set_axes(&c, &a, axis)
    bias_prelu_forward(&c, &a, data_of(bias), data_of(slopes), &o, isa_or_chosen(isa), threads)


def run_bias_prelu_grad(cnp.ndarray grad, cnp.ndarray x, cnp.ndarray bias, cnp.ndarray slopes, one,
                        int axis, double gain, double clamp, cnp.ndarray dx, cnp.ndarray dbias,
                        cnp.ndarray dslope, str isa=None, int threads=0):
    cdef Operand a = ready(grad), b = ready(x), o = ready(dx)
    cdef leakyc_channels c
    c.slope, c.gain, c.clamp = 0 if one is None else one, gain, clamp
    set_axes(&c, &a, axis)
    bias_prelu_gradient(&c, &a, &b, data_of(bias), data_of(slopes), &o, data_of(dbias),
                        data_of(dslope), isa_or_chosen(isa), threads)


def run_prelu_grad(cnp.ndarray grad, cnp.ndarray x, cnp.ndarray slopes, scalar, cnp.ndarray dx,
                   cnp.ndarray dslope, str isa=None, int threads=0):
    cdef Operand a = ready(grad), b = ready(x), o = ready(dx), d = ready(dslope)
    return slope_gradient(
        &a, &b, NULL if slopes is None else cnp.PyArray_BYTES(slopes),
        0 if scalar is None else scalar, &o, &d, isa_or_chosen(isa), threads)
