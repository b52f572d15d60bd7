# cython: language_level=3, binding=True, embedsignature=False, freethreading_compatible=True
# cython: boundscheck=False, wraparound=False, initializedcheck=False
"""The binding: arrays in, pointers out.

Here is the fast path, for what most calls are: exact, dense, native arrays and a scalar slope.
Arrays of any other layout take the n-dimensional path of `_core_nd.pxi`. Every other call goes to
`_general.py` and from there to the ufuncs of `_core_ufuncs.pxi`, whose loops run the same kernels.
"""

import os

from numpy import copyto as _copyto
from numpy import dtype as _dtype
from numpy import may_share_memory as _may_share

cimport numpy as cnp
from cpython.float cimport PyFloat_AS_DOUBLE, PyFloat_Check, PyFloat_CheckExact, PyFloat_FromDouble
from cpython.long cimport PyLong_AsDouble, PyLong_AsLongAndOverflow, PyLong_Check
from cpython.exc cimport PyErr_Clear
from cpython.pycapsule cimport PyCapsule_New
from cpython.ref cimport Py_INCREF, PyObject, PyTypeObject
from libc.stddef cimport ptrdiff_t
from libc.string cimport memcpy, strcpy

from leakyc import _docs, _dtypes, _errors, _general, _keywords, _training

cnp.import_array()
cnp.import_ufunc()

# Below this a call is over sooner than the GIL is handed on (bench/calls.py).
cdef enum:
    RELEASE_GIL_FROM_BYTES = 65536


def _choose():
    forced = os.environ.get("LEAKYC_ISA", "")
    if leakyc_init(forced.encode()) != 0:
        here = [isa["name"] for isa in isas() if isa["available"]]
        raise ImportError(
            f"LEAKYC_ISA={forced!r} cannot be had on this CPU; available: {', '.join(here)}"
        )


include "_core_config.pxi"
_choose()
cdef const leakyc_isa *chosen = leakyc_isa_chosen()
include "_core_ufuncs.pxi"
include "_core_promoters.pxi"
include "_core_arrays.pxi"
include "_core_nd.pxi"
include "_core_numbers.pxi"
include "_core_converted.pxi"


# ---- the fast path --------------------------------------------------------------------------

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


cdef enum:
    DENSE = cnp.NPY_ARRAY_C_CONTIGUOUS | cnp.NPY_ARRAY_F_CONTIGUOUS


cdef inline bint is_native(cnp.ndarray a) noexcept:
    return cnp.PyArray_ISNOTSWAPPED(a)


cdef inline size_t size_of(cnp.ndarray a) noexcept:
    """The number of elements; no call, as NumPy's macro is one."""
    cdef size_t n = 1
    cdef int d
    for d in range(cnp.PyArray_NDIM(a)):
        n *= <size_t>cnp.PyArray_DIMS(a)[d]
    return n


cdef inline size_t nbytes_of(cnp.ndarray a) noexcept:
    return size_of(a) * <size_t>cnp.PyArray_ITEMSIZE(a)


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


cdef inline bint clear_of(char *out, char *array, size_t nbytes) noexcept:
    """The same memory or none in common."""
    return out == array or out + nbytes <= array or array + nbytes <= out


cdef object plain_call(object gate_object, object value_object, double slope, object out_object):
    """The result, or None where the call is not one for the fast path."""
    if not cnp.PyArray_CheckExact(gate_object):
        return None
    cdef cnp.ndarray gate = <cnp.ndarray>gate_object, value = gate, out
    cdef int dtype = core_dtype(gate), flags = cnp.PyArray_FLAGS(gate)
    if dtype < 0 or not is_native(gate) or cnp.PyArray_NDIM(gate) == 0:
        return None
    if value_object is not gate_object:
        if not cnp.PyArray_CheckExact(value_object):
            return None
        value = <cnp.ndarray>value_object
        if not alike(gate, value):
            return None
        flags &= cnp.PyArray_FLAGS(value)
    if out_object is not None:
        if not cnp.PyArray_CheckExact(out_object):
            return None
        out = <cnp.ndarray>out_object
        if not alike(gate, out) or not cnp.PyArray_ISWRITEABLE(out):
            return None
        flags &= cnp.PyArray_FLAGS(out)
    if not flags & cnp.NPY_ARRAY_ALIGNED or not flags & DENSE:
        return None

    cdef size_t n = size_of(gate), nbytes = n * leakyc_itemsize(<leakyc_dtype>dtype)
    cdef char *g = cnp.PyArray_BYTES(gate)
    cdef char *v = cnp.PyArray_BYTES(value)
    if out_object is None:
        out = new_like(gate, nbytes, not flags & cnp.NPY_ARRAY_C_CONTIGUOUS)
    elif (
        not clear_of(cnp.PyArray_BYTES(out), g, nbytes)
        or not clear_of(cnp.PyArray_BYTES(out), v, nbytes)
    ):
        return None

    cdef char *o = cnp.PyArray_BYTES(out)
    cdef size_t touched = nbytes * (2 if g == v else 3)
    if touched < RELEASE_GIL_FROM_BYTES:
        leakyc_leak(chosen, <leakyc_dtype>dtype, o, g, v, n, slope, 1)
    else:
        with nogil:
            leakyc_leak(chosen, <leakyc_dtype>dtype, o, g, v, n, slope, 0)
    return out


cdef object bools_call(cnp.ndarray gate, object value_object, double slope, object out_object):
    """The result where the gate is of bool, dense beside dense arrays; None for another call."""
    if not is_dense(value_object) or not cnp.PyArray_IS_C_CONTIGUOUS(gate):
        return None
    cdef cnp.ndarray value = <cnp.ndarray>value_object
    if not same_shape(gate, value):
        return None
    out = dense_output(out_object, value, value)
    if out is None or not apart(gate, <cnp.ndarray>out):
        return None
    cdef leakyc_dtype dtype = <leakyc_dtype>core_dtype(value)
    cdef size_t n = size_of(value), touched = 2 * nbytes_of(value) + n
    cdef void *o = cnp.PyArray_DATA(<cnp.ndarray>out)
    cdef const uint8_t *g = <const uint8_t *>cnp.PyArray_DATA(gate)
    cdef const void *v = cnp.PyArray_DATA(value)
    if touched < RELEASE_GIL_FROM_BYTES:
        leakyc_leak_bools(chosen, dtype, o, g, v, n, slope, 1)
    else:
        with nogil:
            leakyc_leak_bools(chosen, dtype, o, g, v, n, slope, 0)
    return out


cdef inline bint is_bools(object a) noexcept:
    return cnp.PyArray_CheckExact(a) and cnp.PyArray_TYPE(<cnp.ndarray>a) == cnp.NPY_BOOL


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


cdef inline bint default_keywords(object where, object casting, object order, object dtype,
                                  object subok) noexcept:
    return (
        where is True and dtype is None and subok is True and casting is "same_kind"
        and order is "K"
    )


cdef object NOT_GIVEN = _general.NOT_GIVEN
cdef object DEFAULT_SLOPE = 0.01  # no caller has this very object: it was not given


cdef object array_call(object gate, object value, object slope, object out):
    """The result, or None where the call needs the ufunc."""
    cdef double scalar
    if scalar_slope(slope, &scalar):
        result = plain_call(gate, value, scalar, out)
        if result is not None:
            return result
        if is_bools(gate):
            result = bools_call(<cnp.ndarray>gate, value, scalar, out)
            if result is not None:
                return result
        if value is not gate and (is_python_number(value) or is_python_number(gate)):
            result = number_call(gate, value, scalar, out)
        else:
            result = nd_call(gate, value, None, scalar, out)
        return converted_call(gate, value, scalar, out) if result is None else result
    if slope is None:
        return None  # an error, and not nd_call's word for a scalar
    return nd_call(gate, value, slope, 0.0, out)


def by_ufunc(ufunc, str name, dict operands, out, where, casting, order, dtype, subok):
    """A call of the function `name` by its ufunc. `operands` are named as there, the slope last.
    NumPy's warnings name the caller's line, since no Python code stands between."""
    call, ready, keywords = _general.prepare(
        ufunc, name, operands, out, where, casting, order, dtype, subok)
    try:
        return call(*ready.values(), **keywords)
    except (TypeError, ValueError) as error:
        _errors.explain(error, name, operands, keywords)
        raise


cdef inline object as_out(object out):
    return None if out is NOT_GIVEN else out


def leaky_relu(x, /, negative_slope=0.01, out=NOT_GIVEN, *, where=True, casting="same_kind",
               order="K", dtype=None, subok=True):
    """Leaky ReLU, element by element: ``x if x > 0 else negative_slope * x``.

    Parameters
    ----------
    x : array_like
        Real numbers, of any shape, layout and byte order.
    negative_slope : float or array_like, optional
        Any number: above 1, zero, negative, infinite or NaN too. A scalar never changes the
        result's dtype. An array broadcasts against the rest and promotes as NumPy does.
    out : ndarray or tuple of one ndarray, optional
        Where the result goes. It may be an input itself (in place), or overlap one in any way.
        The inputs must broadcast to its shape. None makes a new array.
    where : array_like of bool, optional
        Elements where it is False keep what `out` held (without `out`: whatever was in memory).
    casting, order, dtype, subok : optional
        As for any `numpy.ufunc`. `dtype` is the one to compute in and to return.

    Returns
    -------
    ndarray or scalar
        Of the shape that `x` and `negative_slope` broadcast to, and of the dtype of `x`; integers
        and bool give float64. A NumPy scalar where all inputs are scalars; `out` where it was
        given.

    Raises
    ------
    TypeError
        If an input is complex, object, string or datetime, `out` cannot take the result's dtype
        under `casting`, an argument is missing or unknown, or another library refuses the call.
    ValueError
        If the shapes do not broadcast, or `out` is read-only or has the wrong shape.

    See Also
    --------
    leaky_relu_grad : The gradient.
    prelu : The same with a required slope, as a network learns it.
    leakyc.ufuncs.leaky_relu : The `numpy.ufunc` behind it, with ``outer``, ``at`` and the rest.

    Notes
    -----
    The formula is a compare and a select [1]_, not ``max(x, slope * x)``: that differs for slopes
    outside (0, 1], NaN and infinity. NaN stays NaN, -0.0 stays -0.0 for a positive slope, and
    ``+inf`` stays ``+inf`` whatever the slope. No warning is raised for NaN or infinity.

    With slope 0 a negative number gives -0.0 and ``-inf`` gives NaN, as the product does;
    ``np.maximum(x, 0)`` gives 0 for both.

    Subnormals are kept, whatever ``torch.set_flush_denormal`` says. Only where dtypes are mixed,
    or ``dtype=`` is given, NumPy converts first, and its conversion flushes them then.

    float32, float64 and longdouble are computed in their own type; float16 and bfloat16 (of
    ``ml_dtypes``) in float32 with one rounding to nearest even at the end. Integers and bool give
    float64. An element's result depends on that element and the slope alone: not on the array's
    length or layout, the number of threads, or the instruction set.

    References
    ----------
    .. [1] A. L. Maas, A. Y. Hannun, A. Y. Ng, "Rectifier nonlinearities improve neural network
       acoustic models", ICML Workshop on Deep Learning for Audio, Speech and Language
       Processing, 2013.

    Examples
    --------
    >>> import numpy as np
    >>> import leakyc
    >>> x = np.array([-2, -1, 0, 1, 2], dtype=np.float32)
    >>> leakyc.leaky_relu(x, 0.25)
    array([-0.5 , -0.25,  0.  ,  1.  ,  2.  ], dtype=float32)

    In place, without a second array:

    >>> leakyc.leaky_relu(x, 0.25, out=x) is x
    True

    One slope for each column:

    >>> leakyc.leaky_relu([[-1.0, -1.0], [3.0, -4.0]], [0.5, 0.25])
    array([[-0.5 , -0.25],
           [ 3.  , -1.  ]])
    """
    if default_keywords(where, casting, order, dtype, subok):
        y = array_call(x, x, negative_slope, as_out(out))
    else:
        y = keywords_call(x, x, negative_slope, as_out(out), where, casting, order, dtype, subok)
    if y is not None:
        return y
    return by_ufunc(forward_ufunc, "leaky_relu", {"x": x, "negative_slope": negative_slope},
                    out, where, casting, order, dtype, subok)


def prelu(x, /, slope, out=NOT_GIVEN, *, where=True, casting="same_kind", order="K", dtype=None,
          subok=True):
    """Parametric ReLU, element by element: ``x if x > 0 else slope * x``.

    `leaky_relu` under the name it has where the slope is learned, one a channel or one in all
    [1]_. The slope is required.

    Parameters
    ----------
    x : array_like
        Real numbers, of any shape, layout and byte order.
    slope : array_like
        Broadcasts against `x`: ``(C,)`` for channels on the last axis, ``(C, 1, 1)`` for images
        in NCHW order. An array promotes as NumPy does, a scalar does not.
    out : ndarray or tuple of one ndarray, optional
        Where the result goes. It may be an input itself (in place), or overlap one in any way.
        The inputs must broadcast to its shape. None makes a new array.
    where : array_like of bool, optional
        Elements where it is False keep what `out` held (without `out`: whatever was in memory).
    casting, order, dtype, subok : optional
        As for any `numpy.ufunc`. `dtype` is the one to compute in and to return.

    Returns
    -------
    ndarray or scalar
        Of the shape that `x` and `slope` broadcast to and the dtype that they promote to;
        integers and bool give float64. A NumPy scalar where all inputs are scalars; `out` where
        it was given.

    Raises
    ------
    TypeError
        If an input is complex, object, string or datetime, `out` cannot take the result's dtype
        under `casting`, an argument is missing or unknown, or another library refuses the call.
    ValueError
        If the shapes do not broadcast, or `out` is read-only or has the wrong shape.

    See Also
    --------
    leaky_relu : The same, with a slope that defaults to 0.01.
    leaky_relu_grad : The gradient with respect to `x`; it takes the same slope.

    Notes
    -----
    float32, float64 and longdouble are computed in their own type; float16 and bfloat16 (of
    ``ml_dtypes``) in float32 with one rounding to nearest even at the end. Integers and bool give
    float64.

    References
    ----------
    .. [1] K. He, X. Zhang, S. Ren, J. Sun, "Delving deep into rectifiers: surpassing human-level
       performance on ImageNet classification", ICCV 2015.

    Examples
    --------
    >>> import numpy as np
    >>> import leakyc
    >>> images = np.full((1, 2, 2, 2), -1, dtype=np.float32)
    >>> slope = np.array([0.5, 0.25], dtype=np.float32).reshape(2, 1, 1)
    >>> leakyc.prelu(images, slope)[0, :, 0, 0]
    array([-0.5 , -0.25], dtype=float32)
    """
    if default_keywords(where, casting, order, dtype, subok):
        y = array_call(x, x, slope, as_out(out))
    else:
        y = keywords_call(x, x, slope, as_out(out), where, casting, order, dtype, subok)
    if y is not None:
        return y
    return by_ufunc(forward_ufunc, "prelu", {"x": x, "slope": slope}, out, where, casting, order,
                    dtype, subok)


def leaky_relu_grad(grad, x, /, negative_slope=DEFAULT_SLOPE, out=NOT_GIVEN, *, from_output=False,
                    where=True, casting="same_kind", order="K", dtype=None, subok=True):
    """Gradient of Leaky ReLU: ``grad if x > 0 else negative_slope * grad``.

    Parameters
    ----------
    grad : array_like
        The gradient with respect to the result of the forward call.
    x : array_like
        What the forward call was given; with ``from_output=True``, what it returned. Or bool:
        whether the derivative is 1, such as ``x >= 0``. A number is taken only beside a
        `negative_slope`: alone it would be a slope in the wrong place.
    negative_slope : float or array_like, optional
        Any number: above 1, zero, negative, infinite or NaN too. A scalar never changes the
        result's dtype. An array broadcasts against the rest and promotes as NumPy does.
    out : ndarray or tuple of one ndarray, optional
        Where the result goes. It may be an input itself (in place), or overlap one in any way.
        The inputs must broadcast to its shape. None makes a new array.
    where : array_like of bool, optional
        Elements where it is False keep what `out` held (without `out`: whatever was in memory).
    casting, order, dtype, subok : optional
        As for any `numpy.ufunc`. `dtype` is the one to compute in and to return.
    from_output : bool, optional
        Whether `x` is the *result* of the forward call, so that the forward call can be in
        place. Its sign tells the sign of the input only for slopes >= 0.

    Returns
    -------
    ndarray or scalar
        The gradient with respect to the forward call's input, of the shape that the inputs
        broadcast to. Its dtype is what `grad` and `x` promote to; integers and bool give
        float64. A NumPy scalar where all inputs are scalars; `out` where it was given.

    Raises
    ------
    TypeError
        If an input is complex, object, string or datetime, `out` cannot take the result's dtype
        under `casting`, an argument is missing or unknown, or another library refuses the call.
    ValueError
        If the shapes do not broadcast, or `out` is read-only or has the wrong shape. If
        ``from_output=True`` and `negative_slope` is negative or NaN, before anything is written.

    See Also
    --------
    leaky_relu : The forward call.
    leakyc.ufuncs.leaky_relu_grad : The `numpy.ufunc` behind it; its slope is required.

    Notes
    -----
    The derivative at +0, -0 and NaN is the slope, as in PyTorch. TensorFlow and oneDNN have the
    slope at zero too; JAX has 1 there. So where pandas finds no `x` for the label of a `grad`, and
    puts NaN, the gradient is a number: align the two before the call. A derivative of 1 at zero is
    ``x >= 0`` in place of `x`, which takes no longer.

    With slope 0 a negative `grad` gives -0.0 and an infinite one NaN where `x` is not positive, as
    the product does. Subnormals are kept, whatever ``torch.set_flush_denormal`` says. Only where
    dtypes are mixed, or ``dtype=`` is given, NumPy converts first, and its conversion flushes them
    then.

    The gradient is linear in `grad`, and does not change with `x` except where `x` crosses zero.
    So the gradient of this call with respect to `grad` is this call again, and that with respect
    to `x` is zero: a second derivative needs no function of its own. `leakyc.autograd` goes by
    that.

    float32, float64 and longdouble are computed in their own type; float16 and bfloat16 (of
    ``ml_dtypes``) in float32 with one rounding to nearest even at the end. Integers and bool give
    float64.

    References
    ----------
    .. [1] A. L. Maas, A. Y. Hannun, A. Y. Ng, "Rectifier nonlinearities improve neural network
       acoustic models", ICML Workshop on Deep Learning for Audio, Speech and Language
       Processing, 2013.

    Examples
    --------
    >>> import numpy as np
    >>> import leakyc
    >>> x = np.array([-2, -1, 0, 1, 2], dtype=np.float32)
    >>> y = leakyc.leaky_relu(x, 0.25)
    >>> grad = np.array([1, 2, 3, 4, 5], dtype=np.float32)  # of the loss, with respect to y
    >>> leakyc.leaky_relu_grad(grad, x, 0.25)
    array([0.25, 0.5 , 0.75, 4.  , 5.  ], dtype=float32)

    The gradient from above is first, the input second, the slope third. The derivative itself:

    >>> leakyc.leaky_relu_grad(1.0, x, 0.25)
    array([0.25, 0.25, 0.25, 1.  , 1.  ], dtype=float32)

    With a derivative of 1 at zero:

    >>> leakyc.leaky_relu_grad(grad, x >= 0, 0.25)
    array([0.25, 0.5 , 3.  , 4.  , 5.  ], dtype=float32)

    After a forward call in place, from its output:

    >>> y = leakyc.leaky_relu(x, 0.25, out=x)
    >>> leakyc.leaky_relu_grad(grad, y, 0.25, out=grad, from_output=True)
    array([0.25, 0.5 , 0.75, 4.  , 5.  ], dtype=float32)

    Back through the backward pass: `v` is the gradient of a loss with respect to ``dx``, so this
    is the one with respect to `grad`. The two sums are equal, since one is the transpose of the
    other:

    >>> x, grad, v = np.array([[-2.0, 3.0, -1.0], [5.0, 7.0, 8.0], [1.0, 2.0, 4.0]])
    >>> dx = leakyc.leaky_relu_grad(grad, x, 0.25)
    >>> dgrad = leakyc.leaky_relu_grad(v, x, 0.25)
    >>> dgrad
    array([0.25, 2.  , 1.  ])
    >>> float(v @ dx), float(dgrad @ grad)
    (23.25, 23.25)
    """
    if negative_slope is DEFAULT_SLOPE:
        _errors.number_as_second(grad, x)
    if from_output is not False and from_output:
        _general.check_from_output(negative_slope)
    if default_keywords(where, casting, order, dtype, subok):
        dx = array_call(x, grad, negative_slope, as_out(out))
    else:
        dx = keywords_call(
            x, grad, negative_slope, as_out(out), where, casting, order, dtype, subok)
    if dx is not None:
        return dx
    return by_ufunc(
        gradient_ufunc, "leaky_relu_grad", {"grad": grad, "x": x, "negative_slope": negative_slope},
        out, where, casting, order, dtype, subok)


include "_core_training.pxi"
BEHIND = {"leaky_relu": leaky_relu, "leaky_relu_grad": leaky_relu_grad, "prelu": prelu}
BEHIND_TRAINING = {function.__name__: function for function in (
    leaky_relu_with_mask, leaky_relu_grad_from_mask, bias_leaky_relu, bias_leaky_relu_grad,
    prelu_grad)}
include "_core_calls.pxi"
