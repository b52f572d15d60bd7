# The training functions. Included by _core.pyx; needs _core_steps.pxi, _core_numbers.pxi,
# _core_arguments.pxi and _core_calls.pxi.
#
# What most calls are, dense operands in C order, goes straight to the core. All else goes to
# `_training.py`, which checks and prepares, and calls the run_... functions of _core_steps.pxi.

import sys

from cpython.long cimport PyLong_AsLongAndOverflow

from leakyc import _training_docs


# ---- the arguments --------------------------------------------------------------------------

cdef inline bint take_mask(object mask, const Operand *x, Operand *m) noexcept:
    """Whether it is a mask for x; if so, `m` is it."""
    return take_bytes(mask, cnp.NPY_UINT8, m) and m.ndim == 1 and m.n == (x.n + 7) // 8


cdef inline bint gain_and_clamp(object gain, object clamp, leakyc_channels *c) except -1:
    """Whether these are numbers, and the clamp one that is allowed; stores them."""
    c.clamp = INFINITY
    return scalar_slope(gain, &c.gain) and (
        clamp is None or (scalar_slope(clamp, &c.clamp) and c.clamp > 0))


cdef inline int plain_axis(object axis, int ndim) noexcept:
    """The axis from 0 on; -1 for what is not an int within bounds."""
    cdef int overflow = 0
    cdef long number
    if type(axis) is not int:
        return -1
    number = PyLong_AsLongAndOverflow(axis, &overflow)
    if overflow or not -ndim <= number < ndim:
        return -1
    return number + ndim if number < 0 else number


cdef inline int bias_axis(const Operand *bias, const Operand *x, int axis) noexcept:
    """The axis of x that the bias has an element for each along: `axis` for a vector, the one that
    it is broadcast around for any other shape. -1 where the general path is to look."""
    cdef int d, found = -1, first = x.ndim - bias.ndim
    if axis < 0 or first < 0:
        return -1
    if bias.ndim == 1:
        return axis if bias.shape[0] == x.shape[axis] else -1
    for d in range(bias.ndim):
        if bias.shape[d] == 1:
            continue
        if found >= 0 or bias.shape[d] != x.shape[first + d]:
            return -1
        found = first + d
    return found if axis == found or axis == x.ndim - 1 else -1


cdef struct Channels:  # a bias and a slope for each, or a slope for all
    leakyc_channels c
    Operand bias, slope
    bint has_bias, has_slopes
    int axis


cdef bint take_channels(object bias, object slope, object axis, object gain, object clamp,
                        const Operand *x, Channels *p) except -1:
    """Whether these are numbers and dense arrays for x, along one axis; stores them."""
    p.has_bias, p.has_slopes = bias is not None, not scalar_slope(slope, &p.c.slope)
    if p.has_bias and not (take_in_order(bias, &p.bias) and p.bias.dtype == x.dtype):
        return False
    if p.has_slopes and not (
        take_in_order(slope, &p.slope) and p.slope.dtype == x.dtype and p.slope.n != 1
    ):
        return False
    if not gain_and_clamp(gain, clamp, &p.c):
        return False
    if p.has_slopes:
        p.c.slope = 0
    p.axis = plain_axis(axis, x.ndim)
    if p.has_bias:
        p.axis = bias_axis(&p.bias, x, p.axis)
    cdef int found = bias_axis(&p.slope, x, p.axis) if p.has_slopes else p.axis
    if found < 0 or (p.has_bias and found != p.axis):
        return False
    p.axis = found
    set_axes(&p.c, x, found)
    return True


cdef inline bint clear_of(const Channels *p, const Operand *out) noexcept:
    return (
        (not p.has_bias or apart(&p.bias, out)) and (not p.has_slopes or apart(&p.slope, out))
    )


cdef inline bint broadcasts_to(const Operand *small, const Operand *large) noexcept:
    cdef int d, first = large.ndim - small.ndim
    if first < 0:
        return False
    for d in range(small.ndim):
        if small.shape[d] != large.shape[first + d] and small.shape[d] != 1:
            return False
    return True


# ---- the functions --------------------------------------------------------------------------

cdef object this_module = sys.modules[__name__]

cdef str OF_BIASES = "negative_slope=0.01, *, axis=-1, gain=1.0, clamp=None, out=None"
cdef Signature WITH_MASK = Signature(
    "leaky_relu_with_mask(x, negative_slope, *, out=None, mask=None)",
    _training_docs.LEAKY_RELU_WITH_MASK)
cdef Signature FROM_MASK = Signature(
    "leaky_relu_grad_from_mask(grad, mask, negative_slope, *, out=None)",
    _training_docs.LEAKY_RELU_GRAD_FROM_MASK)
cdef Signature BIAS = Signature(
    f"bias_leaky_relu(x, bias, {OF_BIASES})", _training_docs.BIAS_LEAKY_RELU)
cdef Signature BIAS_GRAD = Signature(
    f"bias_leaky_relu_grad(grad, y, {OF_BIASES}, keepdims=False)",
    _training_docs.BIAS_LEAKY_RELU_GRAD)
cdef str OF_SLOPES = "bias, slope, *, axis=-1, gain=1.0, clamp=None, out=None"
cdef Signature BIAS_PRELU = Signature(f"bias_prelu(x, {OF_SLOPES})", _training_docs.BIAS_PRELU)
cdef Signature BIAS_PRELU_GRAD = Signature(
    f"bias_prelu_grad(grad, x, {OF_SLOPES}, keepdims=False)", _training_docs.BIAS_PRELU_GRAD)
cdef Signature PRELU_GRAD = Signature(
    "prelu_grad(grad, x, slope, *, axis=None, out=None)", _training_docs.PRELU_GRAD)


cdef object with_mask_call(PyObject *module, PyObject *const *args, Py_ssize_t nargs,
                           PyObject *kwnames):
    cdef PyObject *v[MOST_PARAMETERS]
    arguments(WITH_MASK, args, nargs, kwnames, v)
    x, negative_slope, out, mask = <object>v[0], <object>v[1], <object>v[2], <object>v[3]
    cdef Operand a, o, m
    cdef double slope
    cdef cnp.npy_intp nbytes
    if take_in_order(x, &a) and scalar_slope(negative_slope, &slope):
        y = result(out, &a, &a, &o)
        bits = mask
        if y is not None and mask is None:
            nbytes = (a.n + 7) // 8
            bits = cnp.PyArray_EMPTY(1, &nbytes, cnp.NPY_UINT8, 0)
        if (
            y is not None and take_mask(bits, &a, &m) and m.flags & cnp.NPY_ARRAY_WRITEABLE
            and apart(&m, &a) and apart(&m, &o)
        ):
            with_mask(&a, slope, &o, &m, chosen, 0)
            return y, bits
    return training().with_mask(this_module, x, negative_slope, out, mask)


cdef object from_mask_call(PyObject *module, PyObject *const *args, Py_ssize_t nargs,
                           PyObject *kwnames):
    cdef PyObject *v[MOST_PARAMETERS]
    arguments(FROM_MASK, args, nargs, kwnames, v)
    grad, mask, negative_slope, out = <object>v[0], <object>v[1], <object>v[2], <object>v[3]
    cdef Operand a, o, m
    cdef double slope
    if (
        take_in_order(grad, &a) and take_mask(mask, &a, &m)
        and scalar_slope(negative_slope, &slope)
    ):
        dx = result(out, &a, &a, &o)
        if dx is not None and apart(&m, &o):
            from_mask(&a, &m, slope, &o, chosen, 0)
            return dx
    return training().from_mask(this_module, grad, mask, negative_slope, out)


cdef object biased(object x, object bias, object slope, object axis, object gain, object clamp,
                   object out, bint one_slope):
    """The forward pass after a bias; with `one_slope` there is a bias, and no array of slopes. None
    where the general path is to look."""
    cdef Operand a, o
    cdef Channels p
    if take_in_order(x, &a) and take_channels(bias, slope, axis, gain, clamp, &a, &p):
        if one_slope and (p.has_slopes or not p.has_bias):
            return None
        y = result(out, &a, &a, &o)
        if y is not None and clear_of(&p, &o):
            bias_prelu_forward(&p.c, &a, p.bias.data if p.has_bias else NULL,
                               p.slope.data if p.has_slopes else NULL, &o, chosen, 0)
            return y
    return None


cdef object bias_call(PyObject *module, PyObject *const *args, Py_ssize_t nargs,
                      PyObject *kwnames):
    cdef PyObject *v[MOST_PARAMETERS]
    arguments(BIAS, args, nargs, kwnames, v)
    x, bias, negative_slope, axis = <object>v[0], <object>v[1], <object>v[2], <object>v[3]
    gain, clamp, out = <object>v[4], <object>v[5], <object>v[6]
    y = biased(x, bias, negative_slope, axis, gain, clamp, out, True)
    if y is not None:
        return y
    return training().bias_forward(
        this_module, x, bias, negative_slope, axis, gain, clamp, out)


cdef object bias_grad_call(PyObject *module, PyObject *const *args, Py_ssize_t nargs,
                           PyObject *kwnames):
    cdef PyObject *v[MOST_PARAMETERS]
    arguments(BIAS_GRAD, args, nargs, kwnames, v)
    grad, y, negative_slope, axis = <object>v[0], <object>v[1], <object>v[2], <object>v[3]
    gain, clamp, out, keepdims = <object>v[4], <object>v[5], <object>v[6], <object>v[7]
    cdef Operand a, b, o
    cdef leakyc_channels c
    cdef int along
    cdef cnp.npy_intp length
    if (
        take_in_order(grad, &a) and take_like(y, &a, &b) and b.flags & IN_C_ORDER
        and scalar_slope(negative_slope, &c.slope) and gain_and_clamp(gain, clamp, &c)
        and c.slope >= 0 and 0 < c.gain < INFINITY
    ):
        along = plain_axis(axis, a.ndim)
        dx = result(out, &a, &b, &o) if along >= 0 else None
        if dx is not None:
            set_axes(&c, &a, along)
            length = c.channels
            dbias = new_array(cnp.PyArray_DESCR(<cnp.ndarray>a.array), 1, &length, 0)
            bias_gradient(&c, &a, &b, &o, cnp.PyArray_DATA(dbias), chosen, 0)
            return dx, training().around(dbias, along, a.ndim) if keepdims else dbias
    return training().bias_gradient(
        this_module, grad, y, negative_slope, axis, gain, clamp, out, keepdims)


cdef object prelu_grad_call(PyObject *module, PyObject *const *args, Py_ssize_t nargs,
                            PyObject *kwnames):
    cdef PyObject *v[MOST_PARAMETERS]
    arguments(PRELU_GRAD, args, nargs, kwnames, v)
    grad, x, given, axis, out = (
        <object>v[0], <object>v[1], <object>v[2], <object>v[3], <object>v[4])
    cdef Operand a, b, s, o, d
    cdef double scalar
    cdef cnp.ndarray dslope
    slope = given if axis is None else training().slope_along("prelu_grad", x, given, axis)
    if take_in_order(grad, &a) and take_like(x, &a, &b) and b.flags & IN_C_ORDER:
        if take_in_order(slope, &s) and s.dtype == a.dtype and broadcasts_to(&s, &a):
            dx = result(out, &a, &b, &o)
            if dx is not None and apart(&s, &o):
                dslope = new_in_order(&s)
                d = ready(dslope)
                if slope_gradient(&a, &b, s.data, 0, &o, &d, chosen, 0):
                    return dx, dslope if slope is given else dslope.reshape(given.shape)
        elif scalar_slope(slope, &scalar):
            dx = result(out, &a, &b, &o)
            if dx is not None:
                dslope = new_array(cnp.PyArray_DESCR(<cnp.ndarray>a.array), 0, NULL, 0)
                d = ready(dslope)
                slope_gradient(&a, &b, NULL, scalar, &o, &d, chosen, 0)
                return dx, cnp.PyArray_ToScalar(cnp.PyArray_DATA(dslope), dslope)
    return training().prelu_gradient(this_module, grad, x, given, axis, out)


cdef object bias_prelu_call(PyObject *module, PyObject *const *args, Py_ssize_t nargs,
                            PyObject *kwnames):
    cdef PyObject *v[MOST_PARAMETERS]
    arguments(BIAS_PRELU, args, nargs, kwnames, v)
    x, bias, slope, axis = <object>v[0], <object>v[1], <object>v[2], <object>v[3]
    gain, clamp, out = <object>v[4], <object>v[5], <object>v[6]
    y = biased(x, bias, slope, axis, gain, clamp, out, False)
    if y is not None:
        return y
    return training().bias_prelu_forward(this_module, x, bias, slope, axis, gain, clamp, out)


cdef object bias_prelu_grad_call(PyObject *module, PyObject *const *args, Py_ssize_t nargs,
                                 PyObject *kwnames):
    cdef PyObject *v[MOST_PARAMETERS]
    arguments(BIAS_PRELU_GRAD, args, nargs, kwnames, v)
    grad, x, bias, slope, axis = (
        <object>v[0], <object>v[1], <object>v[2], <object>v[3], <object>v[4])
    gain, clamp, out, keepdims = <object>v[5], <object>v[6], <object>v[7], <object>v[8]
    cdef Operand a, b, o
    cdef Channels p
    cdef cnp.ndarray dbias = None, dslope
    if (
        not keepdims and take_in_order(grad, &a) and take_like(x, &a, &b)
        and b.flags & IN_C_ORDER and take_channels(bias, slope, axis, gain, clamp, &a, &p)
    ):
        dx = result(out, &a, &b, &o)
        if dx is not None and clear_of(&p, &o):
            if p.has_bias:
                dbias = new_in_order(&p.bias)
            if p.has_slopes:
                dslope = new_in_order(&p.slope)
            else:
                dslope = new_array(cnp.PyArray_DESCR(<cnp.ndarray>a.array), 0, NULL, 0)
            bias_prelu_gradient(
                &p.c, &a, &b, p.bias.data if p.has_bias else NULL,
                p.slope.data if p.has_slopes else NULL, &o, data_of(dbias), data_of(dslope),
                chosen, 0)
            if p.has_slopes:
                return dx, dbias, dslope
            return dx, dbias, cnp.PyArray_ToScalar(cnp.PyArray_DATA(dslope), dslope)
    return training().bias_prelu_gradient(
        this_module, grad, x, bias, slope, axis, gain, clamp, out, keepdims)


leaky_relu_with_mask = WITH_MASK.built_in(<void *>with_mask_call)
leaky_relu_grad_from_mask = FROM_MASK.built_in(<void *>from_mask_call)
bias_leaky_relu = BIAS.built_in(<void *>bias_call)
bias_leaky_relu_grad = BIAS_GRAD.built_in(<void *>bias_grad_call)
prelu_grad = PRELU_GRAD.built_in(<void *>prelu_grad_call)
bias_prelu = BIAS_PRELU.built_in(<void *>bias_prelu_call)
bias_prelu_grad = BIAS_PRELU_GRAD.built_in(<void *>bias_prelu_grad_call)
