"""The docstrings of the training functions, which are made in C."""

LEAKY_RELU_WITH_MASK = """\
Leaky ReLU, and one bit an element that says where the input was positive.

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
The compute types are those of `leaky_relu`. The bit of NaN is 0, as that of zero.

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

LEAKY_RELU_GRAD_FROM_MASK = """\
Gradient of Leaky ReLU from a one-bit mask: ``grad if bit else negative_slope * grad``.

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
TypeError, ValueError
    As `leaky_relu_with_mask`.

See Also
--------
leaky_relu_with_mask : The forward call.
leaky_relu_grad : The gradient from the input itself.

Notes
-----
The compute types are those of `leaky_relu`.

Examples
--------
>>> import numpy as np
>>> import leakyc
>>> x = np.array([-2, -1, 0, 1, 2], dtype=np.float32)
>>> y, mask = leakyc.leaky_relu_with_mask(x, 0.25)
>>> leakyc.leaky_relu_grad_from_mask(np.ones_like(x), mask, 0.25)
array([0.25, 0.25, 0.25, 1.  , 1.  ], dtype=float32)
"""

BIAS_LEAKY_RELU = """\
Add a bias, then Leaky ReLU, a gain and a bound, in one pass: what follows a matrix product.

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
    If shapes do not agree, `axis` is none of `x`, `out` is read-only, or `clamp` is not greater
    than 0. Nothing is written then.

See Also
--------
bias_leaky_relu_grad : The gradient, from the result.
bias_prelu : The same with a slope a channel.

Notes
-----
The bits are those of the steps done one after the other in the array's dtype: the sum, the
activation, the product with the gain and the bound are each rounded. NaN stays NaN.

The compute types are those of `leaky_relu`.

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

BIAS_LEAKY_RELU_GRAD = """\
Gradient of `bias_leaky_relu` with respect to its input and its bias, from its result.

Parameters
----------
grad : array_like
    The gradient with respect to the result of the forward call.
y : array_like
    The result of the forward call, of the shape of `grad`.
negative_slope : float, optional
    One number, zero or positive. It never changes the result's dtype.
axis, gain, clamp : optional
    Those of the forward call; `gain` is positive.
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
    As `bias_leaky_relu`.
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

The compute types are those of `leaky_relu`.

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

PRELU_GRAD = """\
Gradient of `prelu` with respect to its input and its slope, in one pass.

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
axis : int, optional
    As for `prelu`.
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
    As `bias_leaky_relu`.
ValueError
    If shapes do not agree, or `out` is read-only. Nothing is written then.

See Also
--------
prelu : The forward call.

Notes
-----
The compute types are those of `leaky_relu`.

`dslope` is summed as `bias_leaky_relu_grad` sums its `dbias`: the same bits on every machine. The
terms are the products, exact for data of up to 32 bits, rounded once for float64.

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

BIAS_PRELU = """\
Add a bias, then Parametric ReLU, a gain and a bound, in one pass: what follows a convolution.

Parameters
----------
x : array_like
    Real numbers, of any shape, layout and byte order.
bias : array_like or None
    As for `bias_leaky_relu`. None adds none.
slope : float or array_like
    One number a channel, of the shapes that `bias` may have and along the same axis; or one
    number, or an array of one element, for all. An array promotes as NumPy does, a scalar does
    not.
axis, gain, clamp : optional
    As for `bias_leaky_relu`.
out : ndarray, optional
    Where the result goes: of `x`'s shape, and of a dtype that can take the result's. It may
    be `x` itself (in place), or overlap any input in any way. None makes a new array.

Returns
-------
ndarray
    ``clip(gain * prelu(x + bias, slope), -clamp, clamp)``, of the shape of `x`.

Raises
------
TypeError, ValueError
    As `bias_leaky_relu`.

See Also
--------
bias_prelu_grad : The gradient, from the input.
bias_leaky_relu : The same with one slope.
prelu : The activation alone.

Notes
-----
Each step is rounded as in `bias_leaky_relu`. The compute types are those of `leaky_relu`.

Examples
--------
>>> import numpy as np
>>> import leakyc
>>> x = np.array([[-2, 1], [3, -4]], dtype=np.float32)
>>> bias, slope = np.array([[1, -1], [0.25, 0.5]], dtype=np.float32)
>>> leakyc.bias_prelu(x, bias, slope)
array([[-0.25,  0.  ],
       [ 4.  , -2.5 ]], dtype=float32)

In place on images in NCHW order:

>>> images = np.full((1, 2, 2, 2), -3, dtype=np.float32)
>>> leakyc.bias_prelu(images, bias, slope, axis=1, out=images)[0, :, 0, 0]
array([-0.5, -2. ], dtype=float32)
"""

BIAS_PRELU_GRAD = """\
Gradient of `bias_prelu` with respect to its input, its bias and its slope, in one pass.

Parameters
----------
grad : array_like
    The gradient with respect to the result of the forward call.
x : array_like
    What the forward call was given, before the bias is added, of the shape of `grad`.
bias : array_like or None
    The bias of the forward call.
slope : float or array_like
    The slope of the forward call, of any kind.
axis, gain, clamp : optional
    Those of the forward call.
out : ndarray, optional
    Where the gradient `dx` goes: of `grad`'s shape, and of a dtype that can take the result's.
    It may be `grad` or `x` itself (in place), or overlap any input in any way. None makes a
    new array.
keepdims : bool, optional
    Whether the gradients of what has an element a channel have the dimensions of `grad`, of
    length 1 but along the channels' axis.

Returns
-------
dx : ndarray
    With ``z = x + bias``: 0 where the result was clipped, else ``gain * grad if z > 0 else
    slope * gain * grad``.
dbias : ndarray or None
    The sum of `dx` over all axes but the channels', in the shape of `bias` without `keepdims`;
    None without a bias.
dslope : ndarray or scalar
    The sum of ``gain * grad * z`` where `z` is not positive and the result was not clipped; in
    the shape of `slope` without `keepdims`.

Raises
------
TypeError, ValueError
    As `bias_leaky_relu`.

See Also
--------
bias_prelu : The forward call.
prelu_grad : The gradient without a bias, for a slope of any shape.

Notes
-----
An element counts as clipped where the forward call without a bound would give -clamp, clamp or
what lies beyond, as rounded to its dtype: as in `bias_leaky_relu_grad`.

The compute types are those of `leaky_relu`.

`dbias` and `dslope` are summed as `bias_leaky_relu_grad` sums its `dbias`: the same bits on every
machine. The terms are the elements of `dx` as they are returned, and products of ``gain * grad``
and `z`, each rounded in the compute type: exact for data of up to 32 bits, rounded once for
float64.

Examples
--------
>>> import numpy as np
>>> import leakyc
>>> x = np.array([[-2, 1], [3, -4]], dtype=np.float32)
>>> bias, slope = np.array([[1, -1], [0.25, 0.5]], dtype=np.float32)
>>> dx, dbias, dslope = leakyc.bias_prelu_grad(np.ones_like(x), x, bias, slope)
>>> dx
array([[0.25, 0.5 ],
       [1.  , 0.5 ]], dtype=float32)
>>> dbias, dslope
(array([1.25, 1.  ], dtype=float32), array([-1., -5.], dtype=float32))
"""
