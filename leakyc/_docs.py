"""The docstrings of the ufuncs, which NumPy makes."""

LEAKY_RELU = """\
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

LEAKY_RELU_GRAD = """\
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
