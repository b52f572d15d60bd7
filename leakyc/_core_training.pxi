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


# ---- the work, on arrays that are ready ----------------------------------------------------------

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


# ---- the fast path -------------------------------------------------------------------------------

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


cdef inline bint channel_numbers(object slope, object gain, object clamp,
                                 double *numbers) except -1:
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
    """Leaky ReLU, and one bit an element that says where the input was positive.

    The mask is all that the backward pass needs of the input: 1/32 of a float32 array, so that the
    input need not be kept, and may be overwritten, for any slope.

    Parameters
    ----------
    x : array_like
        Real numbers, of any shape, layout and byte order.
    negative_slope : float
        One number, of any kind: above 1, zero, negative, infinite or NaN too. It never changes the
        result's dtype.
    out : ndarray, optional
        Where the result goes: of `x`'s shape, and of a dtype that can take the result's. It may
        be `x` itself (in place), or overlap it in any way. None makes a new array.
    mask : ndarray of uint8, optional
        Where the mask goes: contiguous, of shape ``((x.size + 7) // 8,)``, clear of `x` and `out`.
        None makes a new array.

    Returns
    -------
    y : ndarray or scalar
        ``x if x > 0 else negative_slope * x``, with the bits of `leaky_relu`.
    mask : ndarray of uint8
        Exactly ``np.packbits(x > 0, bitorder="little")``: bit ``i % 8`` of byte ``i // 8`` belongs
        to element i in C order, whatever the layout of `x`, and the bits past the last are 0.

    Raises
    ------
    TypeError
        If an array is complex, object, string or datetime, or another library's (masked, lazy,
        labelled, with units: what would be lost), a number is none, `out` is no array or cannot
        take the result's dtype, or `mask` is no array of uint8.
    ValueError
        If shapes do not agree, or `out` is read-only, or `mask` is not as above. Nothing is
        written then.

    See Also
    --------
    leaky_relu_grad_from_mask : The gradient, from that mask.

    Notes
    -----
    float32, float64 and longdouble are computed in their own type; float16 and bfloat16 (of
    ``ml_dtypes``) in float32 with one rounding to nearest even at the end. Integers and bool give
    float64. The bit of NaN is 0, as that of zero.

    Examples
    --------
    >>> import numpy as np
    >>> import leakyc
    >>> x = np.array([-2, -1, 0, 1, 2], dtype=np.float32)
    >>> y, mask = leakyc.leaky_relu_with_mask(x, -0.5, out=x)
    >>> y
    array([ 1. ,  0.5, -0. ,  1. ,  2. ], dtype=float32)
    >>> mask
    array([24], dtype=uint8)
    >>> leakyc.leaky_relu_grad_from_mask(np.ones_like(x), mask, -0.5)
    array([-0.5, -0.5, -0.5,  1. ,  1. ], dtype=float32)
    """
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
    """Gradient of Leaky ReLU from a one-bit mask: ``grad if bit else negative_slope * grad``.

    Parameters
    ----------
    grad : array_like
        The gradient with respect to the result of the forward call.
    mask : ndarray of uint8
        What `leaky_relu_with_mask` returned, or ``np.packbits(x > 0, bitorder="little")``: of
        shape ``((grad.size + 7) // 8,)``, its bits in the C order of `grad`.
    negative_slope : float
        One number, of any kind. It never changes the result's dtype.
    out : ndarray, optional
        Where the gradient goes: of `grad`'s shape, and of a dtype that can take the result's. It
        may be `grad` itself (in place), or overlap any input in any way. None makes a new array.

    Returns
    -------
    ndarray or scalar
        The gradient with respect to the forward call's input, with the bits of `leaky_relu_grad`.

    Raises
    ------
    TypeError
        If an array is complex, object, string or datetime, or another library's (masked, lazy,
        labelled, with units: what would be lost), a number is none, `out` is no array or cannot
        take the result's dtype, or `mask` is no array of uint8.
    ValueError
        If shapes do not agree, or `out` is read-only. Nothing is written then.

    See Also
    --------
    leaky_relu_with_mask : The forward call.
    leaky_relu_grad : The gradient from the input itself.

    Notes
    -----
    float32, float64 and longdouble are computed in their own type; float16 and bfloat16 (of
    ``ml_dtypes``) in float32 with one rounding to nearest even at the end. Integers and bool give
    float64.

    Examples
    --------
    >>> import numpy as np
    >>> import leakyc
    >>> x = np.array([-2, -1, 0, 1, 2], dtype=np.float32)
    >>> y, mask = leakyc.leaky_relu_with_mask(x, 0.25)
    >>> leakyc.leaky_relu_grad_from_mask(np.ones_like(x), mask, 0.25)
    array([0.25, 0.25, 0.25, 1.  , 1.  ], dtype=float32)
    """
    cdef double slope
    if is_dense(grad) and is_mask(mask, <cnp.ndarray>grad) and scalar_slope(negative_slope, &slope):
        dx = dense_output(out, <cnp.ndarray>grad, <cnp.ndarray>grad)
        if dx is not None and apart(mask, dx):
            run_from_mask(grad, mask, slope, dx)
            return dx
    return _training.from_mask(run_from_mask, grad, mask, negative_slope, out)


def bias_leaky_relu(x, bias, negative_slope=0.01, *, axis=-1, gain=1.0, clamp=None, out=None):
    """Add a bias, then Leaky ReLU, a gain and a bound, in one pass: what follows a matrix product.

    Parameters
    ----------
    x : array_like
        Real numbers, of any shape, layout and byte order.
    bias : array_like
        One number a channel: of shape ``(x.shape[axis],)``, or of any other for which ``x + bias``
        is broadcast along all axes but one, such as ``(1, C)``, ``(n, 1)`` or ``(C, 1, 1)``. That
        axis then is the channels'. It promotes with `x` as NumPy does.
    negative_slope : float, optional
        One number, of any kind. It never changes the result's dtype.
    axis : int, optional
        The axis of the channels: -1 for channels last, 1 for images in NCHW order.
    gain : float, optional
        What the activation is multiplied by, of any kind.
    clamp : float, optional
        The result is clipped to -clamp ... clamp; greater than 0. None does not clip.
    out : ndarray, optional
        Where the result goes: of `x`'s shape, and of a dtype that can take the result's. It may
        be `x` itself (in place), or overlap any input in any way. None makes a new array.

    Returns
    -------
    ndarray
        ``clip(gain * leaky_relu(x + bias, negative_slope), -clamp, clamp)``, of the shape of `x`.

    Raises
    ------
    TypeError
        If an array is complex, object, string or datetime, or another library's (masked, lazy,
        labelled, with units: what would be lost), a number is none, `out` is no array or cannot
        take the result's dtype.
    ValueError
        If shapes do not agree, or `out` is read-only, or `clamp` is not greater than 0. Nothing is
        written then.

    See Also
    --------
    bias_leaky_relu_grad : The gradient, from the result.

    Notes
    -----
    The bits are those of the steps done one after the other in the array's dtype: the sum, the
    activation, the product with the gain and the bound are each rounded. NaN stays NaN.

    float32, float64 and longdouble are computed in their own type; float16 and bfloat16 (of
    ``ml_dtypes``) in float32 with one rounding to nearest even at the end. Integers and bool give
    float64.

    It is the fused bias and activation of [1]_.

    References
    ----------
    .. [1] T. Karras, S. Laine, M. Aittala, J. Hellsten, J. Lehtinen, T. Aila, "Analyzing and
       improving the image quality of StyleGAN", CVPR 2020.

    Examples
    --------
    >>> import numpy as np
    >>> import leakyc
    >>> x = np.array([[-2, 1], [3, -4]], dtype=np.float32)
    >>> bias = np.array([1, -1], dtype=np.float32)
    >>> leakyc.bias_leaky_relu(x, bias, 0.25)
    array([[-0.25,  0.  ],
           [ 4.  , -1.25]], dtype=float32)

    In place after a matrix product, with a gain and a bound:

    >>> x = np.ones((2, 3), dtype=np.float32) @ np.ones((3, 2), dtype=np.float32)
    >>> leakyc.bias_leaky_relu(x, bias, 0.25, gain=2, clamp=5, out=x)
    array([[5., 4.],
           [5., 4.]], dtype=float32)
    """
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
    """Gradient of `bias_leaky_relu` with respect to its input and its bias, from its result.

    Parameters
    ----------
    grad : array_like
        The gradient with respect to the result of the forward call.
    y : array_like
        The result of the forward call, of the shape of `grad`.
    negative_slope : float, optional
        One number, zero or positive. It never changes the result's dtype.
    axis : int, optional
        The axis of the channels: -1 for channels last, 1 for images in NCHW order.
    gain : float, optional
        What the activation is multiplied by, positive.
    clamp : float, optional
        The result is clipped to -clamp ... clamp; greater than 0. None does not clip.
    out : ndarray, optional
        Where the gradient `dx` goes: of `grad`'s shape, and of a dtype that can take the result's.
        It may be `grad` or `y` itself (in place), or overlap them in any way. None makes a new
        array.
    keepdims : bool, optional
        Whether `dbias` has the dimensions of `grad`, of length 1 but along `axis`, as a bias that
        ``x + bias`` broadcasts: for one of shape ``(1, C)``, ``(n, 1)`` or ``(1, C, 1, 1)``.

    Returns
    -------
    dx : ndarray
        0 where ``abs(y) >= clamp``, else ``leaky_relu_grad(gain * grad, y, negative_slope)``.
    dbias : ndarray
        The sum of `dx` over all axes but `axis`: of shape ``(grad.shape[axis],)`` without
        `keepdims`.

    Raises
    ------
    TypeError
        If an array is complex, object, string or datetime, or another library's (masked, lazy,
        labelled, with units: what would be lost), a number is none, `out` is no array or cannot
        take the result's dtype.
    ValueError
        If shapes do not agree, or `out` is read-only, or the gradient cannot be told from the
        output: `negative_slope` is negative or NaN, `gain` is not positive and finite. Nothing is
        written then.

    See Also
    --------
    bias_leaky_relu : The forward call.

    Notes
    -----
    Where the result was clipped the gradient is 0. An element of exactly -clamp or clamp may have
    been clipped or not; it counts as clipped, as in StyleGAN (PyTorch's ``clamp`` lets its gradient
    pass). The bound is compared as rounded to the dtype of `y`. Like a zero, a positive sum that
    the gain makes underflow to zero counts as not positive.

    float32, float64 and longdouble are computed in their own type; float16 and bfloat16 (of
    ``ml_dtypes``) in float32 with one rounding to nearest even at the end. Integers and bool give
    float64.

    `dbias` has the same bits for every number of threads, every instruction set and every memory
    layout: the terms are added in an order that the shapes alone set. They are the elements of
    `dx` as they are returned. For data of up to 32 bits they are added in float64, at most 16 in a
    row before they go to a compensated sum: before it is rounded to the result's dtype, its error
    is at most ``16 * 2**-53`` times the sum of the terms' magnitudes, which is no more than that
    of NumPy's pairwise sum in float64 (and is nearly always 0). For float64 every addition is
    compensated: the error is that of one rounding, as if it were summed in twice the precision.

    Examples
    --------
    >>> import numpy as np
    >>> import leakyc
    >>> x = np.array([[-2, 1], [3, -4]], dtype=np.float32)
    >>> y = leakyc.bias_leaky_relu(x, np.array([1, -1], dtype=np.float32), 0.25)
    >>> dx, dbias = leakyc.bias_leaky_relu_grad(np.ones_like(y), y, 0.25)
    >>> dx
    array([[0.25, 0.25],
           [1.  , 0.25]], dtype=float32)
    >>> dbias
    array([1.25, 0.5 ], dtype=float32)

    A bias of shape (1, 2) is updated by a gradient of that shape:

    >>> leakyc.bias_leaky_relu_grad(np.ones_like(y), y, 0.25, keepdims=True)[1]
    array([[1.25, 0.5 ]], dtype=float32)
    """
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
    """Gradient of `prelu` with respect to its input and its slope, in one pass.

    Parameters
    ----------
    grad : array_like
        The gradient with respect to the result of the forward call.
    x : array_like
        What the forward call was given, of the shape of `grad`.
    slope : array_like
        The slope of the forward call, which broadcasts to the shape of `x`: a number, ``(C,)``,
        ``(C, 1, 1)`` for images in NCHW order, any other. An array promotes as NumPy does, a
        scalar does not.
    out : ndarray, optional
        Where the gradient `dx` goes: of `grad`'s shape, and of a dtype that can take the result's.
        It may be `grad` or `x` itself (in place), or overlap any input in any way. None makes a
        new array.

    Returns
    -------
    dx : ndarray or scalar
        ``grad if x > 0 else slope * grad``, with the bits of `leaky_relu_grad`.
    dslope : ndarray or scalar
        The sum of ``0 if x > 0 else grad * x`` over the axes along which `slope` was broadcast, in
        the shape of `slope`.

    Raises
    ------
    TypeError
        If an array is complex, object, string or datetime, or another library's (masked, lazy,
        labelled, with units: what would be lost), a number is none, `out` is no array or cannot
        take the result's dtype.
    ValueError
        If shapes do not agree, or `out` is read-only. Nothing is written then.

    See Also
    --------
    prelu : The forward call.

    Notes
    -----
    float32, float64 and longdouble are computed in their own type; float16 and bfloat16 (of
    ``ml_dtypes``) in float32 with one rounding to nearest even at the end. Integers and bool give
    float64.

    `dslope` has the same bits for every number of threads, every instruction set and every memory
    layout: the terms are added in an order that the shapes alone set. They are the products, exact
    for data of up to 32 bits, rounded once for float64. For data of up to 32 bits they are added
    in float64, at most 16 in a row before they go to a compensated sum: before it is rounded to
    the result's dtype, its error is at most ``16 * 2**-53`` times the sum of the terms'
    magnitudes, which is no more than that of NumPy's pairwise sum in float64 (and is nearly always
    0). For float64 every addition is compensated: the error is that of one rounding, as if it were
    summed in twice the precision.

    Where the slope is fixed along an axis that lies between others along which it varies in turn,
    say ``(C, 1, W)`` over ``(N, C, H, W)``, the arrays are copied; in all other cases nothing of
    their size is allocated.

    Examples
    --------
    >>> import numpy as np
    >>> import leakyc
    >>> x = np.array([[-2, 1], [3, -4]], dtype=np.float32)
    >>> slope = np.array([0.5, 0.25], dtype=np.float32)
    >>> dx, dslope = leakyc.prelu_grad(np.ones_like(x), x, slope)
    >>> dx
    array([[0.5 , 1.  ],
           [1.  , 0.25]], dtype=float32)
    >>> dslope
    array([-2., -4.], dtype=float32)
    """
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
