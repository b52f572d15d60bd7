"""The docstrings of what is made in C: the element-wise functions, and their ufuncs."""

LEAKY_RELU = """\
Leaky ReLU, element by element: ``x if x > 0 else negative_slope * x``.

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

PRELU = """\
Parametric ReLU, element by element: ``x if x > 0 else slope * x``.

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
    As for `leaky_relu`.
axis : int, optional
    The axis of `x` that a slope of shape ``(C,)`` lies along: 1 for images in NCHW order. One
    of a single element is shared. None broadcasts.
where, casting, order, dtype, subok : optional
    As for `leaky_relu`.

Returns
-------
ndarray or scalar
    Of the shape that `x` and `slope` broadcast to and the dtype that they promote to;
    integers and bool give float64. A NumPy scalar where all inputs are scalars; `out` where
    it was given.

Raises
------
TypeError
    As `leaky_relu`.
ValueError
    If the shapes do not broadcast, `slope` has not one element for each along `axis`, `axis`
    is none of `x`, or `out` is read-only or has the wrong shape.

See Also
--------
bias_prelu : The same after a bias is added, in one pass.
leaky_relu : The same, with a slope that defaults to 0.01.
leaky_relu_grad : The gradient with respect to `x`; it takes the same slope.

Notes
-----
The compute types are those of `leaky_relu`.

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
>>> leakyc.prelu(images, np.array([0.5, 0.25], dtype=np.float32), axis=1)[0, :, 0, 0]
array([-0.5 , -0.25], dtype=float32)
"""

LEAKY_RELU_GRAD = """\
Gradient of Leaky ReLU: ``grad if x > 0 else negative_slope * grad``.

Parameters
----------
grad : array_like
    The gradient with respect to the result of the forward call.
x : array_like
    What the forward call was given; with ``from_output=True``, what it returned. Or bool:
    whether the derivative is 1, such as ``x >= 0``. A number is taken only beside a
    `negative_slope`: alone it would be a slope in the wrong place.
negative_slope : float or array_like, optional
    As for `leaky_relu`.
out : ndarray or tuple of one ndarray, optional
    As for `leaky_relu`.
from_output : bool, optional
    Whether `x` is the *result* of the forward call, so that the forward call can be in
    place. Its sign tells the sign of the input only for slopes >= 0.
where, casting, order, dtype, subok : optional
    As for `leaky_relu`.

Returns
-------
ndarray or scalar
    The gradient with respect to the forward call's input, of the shape that the inputs
    broadcast to. Its dtype is what `grad` and `x` promote to; integers and bool give
    float64. A NumPy scalar where all inputs are scalars; `out` where it was given.

Raises
------
TypeError
    As `leaky_relu`.
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
the product does. Compute types, and subnormals, are those of `leaky_relu`.

The gradient is linear in `grad`, and does not change with `x` except where `x` crosses zero.
So the gradient of this call with respect to `grad` is this call again, and that with respect
to `x` is zero: a second derivative needs no function of its own. `leakyc.autograd` goes by
that.

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

UFUNC_LEAKY_RELU = """\
The ufunc behind `leakyc.leaky_relu`: ``x1 if x1 > 0 else x2 * x1``.

The slope `x2` is required. A NumPy scalar as slope promotes here, as in any ufunc, where
`leakyc.leaky_relu` takes it as a plain number.

Parameters
----------
x1 : array_like
    Real numbers.
x2 : array_like
    The slope.

Returns
-------
ndarray or scalar
    Of the shape that the inputs broadcast to.

See Also
--------
leakyc.leaky_relu : With a default slope, and less to do a call.

Examples
--------
>>> import leakyc
>>> leakyc.ufuncs.leaky_relu([-1.0, 2.0], 0.25)
array([-0.25,  2.  ])
>>> leakyc.ufuncs.leaky_relu.outer([-1.0, 2.0], [0.5, 0.25])
array([[-0.5 , -0.25],
       [ 2.  ,  2.  ]])
"""

UFUNC_LEAKY_RELU_GRAD = """\
The ufunc behind `leakyc.leaky_relu_grad`: ``x1 if x2 > 0 else x3 * x1``.

The slope `x3` is required. A NumPy scalar as slope promotes here, as in any ufunc, where
`leakyc.leaky_relu_grad` takes it as a plain number.

Parameters
----------
x1 : array_like
    The gradient with respect to the forward call's result.
x2 : array_like
    The forward call's input.
x3 : array_like
    The slope.

Returns
-------
ndarray or scalar
    Of the shape that the inputs broadcast to.

See Also
--------
leakyc.leaky_relu_grad : With a default slope, and less to do a call.

Examples
--------
>>> import leakyc
>>> leakyc.ufuncs.leaky_relu_grad([1.0, 1.0], [-1.0, 2.0], 0.25)
array([0.25, 1.  ])
"""
