"""Leaky ReLU for HIPS autograd: derivatives of any order, reverse and forward mode.

``import leakyc.autograd`` needs the package ``autograd``. Its functions are those of `leakyc`, with
their errors, and without ``out=`` and the ufunc's keywords, since what is traced cannot be
overwritten.

Examples
--------
>>> from autograd import elementwise_grad
>>> import autograd.numpy as np
>>> from leakyc.autograd import leaky_relu
>>> loss = lambda x: np.sum(leaky_relu(x, 0.25) ** 2)
>>> elementwise_grad(loss)(np.array([-4.0, 3.0]))
array([-0.5,  6. ])
"""

import numpy as np

from leakyc._errors import number_as_second
from leakyc._keywords import explained
from leakyc._training import slope_along

try:
    import autograd.numpy as anp
    from autograd.builtins import tuple as traced_tuple
    from autograd.tracer import getval
except ImportError as error:
    raise ImportError("leakyc.autograd needs the package autograd: pip install autograd") from error
from leakyc import _derivatives

__all__ = [
    "bias_leaky_relu",
    "bias_leaky_relu_grad",
    "bias_prelu",
    "bias_prelu_grad",
    "leaky_relu",
    "leaky_relu_grad",
    "prelu",
    "prelu_grad",
]


@explained
def leaky_relu(x, negative_slope=0.01):
    """Leaky ReLU that autograd can differentiate, by `x` and by the slope.

    Parameters
    ----------
    x : array_like
        As for `leakyc.leaky_relu`.
    negative_slope : float or array_like, optional
        A number or an array that broadcasts against `x`; its gradient has its shape.

    Returns
    -------
    ndarray or scalar
        As from `leakyc.leaky_relu`.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd import grad
    >>> from leakyc.autograd import leaky_relu
    >>> grad(leaky_relu)(-2.0, 0.25)
    np.float64(0.25)
    >>> grad(leaky_relu, 1)(-2.0, 0.25)
    np.float64(-2.0)
    """
    return _derivatives.leaky_relu(x, negative_slope)


_DEFAULT = 0.01


@explained
def leaky_relu_grad(grad, x, negative_slope=_DEFAULT):
    """Gradient of Leaky ReLU that autograd can differentiate, by `grad` and by the slope.

    It is linear in `grad`; its derivative by `x` is zero, also at zero, where there is none.

    Parameters
    ----------
    grad, x : array_like
        As for `leakyc.leaky_relu_grad`.
    negative_slope : float or array_like, optional
        A number or an array that broadcasts against both; its gradient has its shape.

    Returns
    -------
    ndarray or scalar
        As from `leakyc.leaky_relu_grad`.

    Examples
    --------
    >>> from autograd import grad
    >>> from leakyc.autograd import leaky_relu_grad
    >>> grad(leaky_relu_grad)(5.0, -2.0, 0.25)
    np.float64(0.25)
    """
    if negative_slope is _DEFAULT:
        number_as_second(grad, x)
    return _derivatives.leaky_relu_grad(grad, x, negative_slope)


@explained
def bias_leaky_relu(x, bias, negative_slope=_DEFAULT, *, axis=-1, gain=1.0, clamp=None):
    """Bias, Leaky ReLU, gain and bound that autograd can differentiate, by the first three.

    Parameters
    ----------
    x, bias : array_like
        As for `leakyc.bias_leaky_relu`.
    negative_slope : float, optional
        A number.
    axis, gain, clamp : optional
        As for `leakyc.bias_leaky_relu`.

    Returns
    -------
    ndarray
        As from `leakyc.bias_leaky_relu`.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd import grad
    >>> from leakyc.autograd import bias_leaky_relu
    >>> x = np.array([[-2.0, 1.0], [3.0, -4.0]])
    >>> grad(lambda bias: bias_leaky_relu(x, bias, 0.25).sum())(np.array([1.0, -1.0]))
    array([1.25, 0.5 ])
    """
    return bias_prelu(x, bias, negative_slope, axis=axis, gain=gain, clamp=clamp)


@explained
def bias_leaky_relu_grad(
    grad, y, negative_slope=_DEFAULT, *, axis=-1, gain=1.0, clamp=None, keepdims=False
):
    """Gradient of `bias_leaky_relu` that autograd can differentiate, by `grad` and by the slope.

    Parameters
    ----------
    grad, y : array_like
        As for `leakyc.bias_leaky_relu_grad`.
    negative_slope : float, optional
        A number.
    axis, gain, clamp, keepdims : optional
        As for `leakyc.bias_leaky_relu_grad`.

    Returns
    -------
    dx : ndarray
        As from `leakyc.bias_leaky_relu_grad`.
    dbias : ndarray
        The same.

    Examples
    --------
    >>> import numpy as np
    >>> from leakyc.autograd import bias_leaky_relu_grad
    >>> bias_leaky_relu_grad(np.ones((2, 1)), np.array([[-1.0], [2.0]]), 0.25)[1]
    array([1.25])
    """
    return _derivatives.bias_leaky_relu_grad(grad, y, negative_slope, axis, gain, clamp, keepdims)


@explained
def bias_prelu(x, bias, slope, *, axis=-1, gain=1.0, clamp=None):
    """Bias, Parametric ReLU, gain and bound that autograd can differentiate, by the first three.

    Parameters
    ----------
    x, bias, slope : array_like
        As for `leakyc.bias_prelu`.
    axis, gain, clamp : optional
        As for `leakyc.bias_prelu`.

    Returns
    -------
    ndarray
        As from `leakyc.bias_prelu`.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd import grad
    >>> from leakyc.autograd import bias_prelu
    >>> x, bias = np.array([[-2.0, 1.0], [3.0, -4.0]]), np.array([1.0, -1.0])
    >>> grad(lambda slope: bias_prelu(x, bias, slope).sum())(np.array([0.25, 0.5]))
    array([-1., -5.])
    """
    return _derivatives.bias_prelu(x, bias, slope, axis, gain, clamp)


@explained
def bias_prelu_grad(grad, x, bias, slope, *, axis=-1, gain=1.0, clamp=None, keepdims=False):
    """Gradient of `bias_prelu` that autograd can differentiate, by the first four.

    Parameters
    ----------
    grad, x, bias, slope : array_like
        As for `leakyc.bias_prelu_grad`.
    axis, gain, clamp, keepdims : optional
        As for `leakyc.bias_prelu_grad`.

    Returns
    -------
    dx : ndarray
        As from `leakyc.bias_prelu_grad`.
    dbias : ndarray or None
        The same.
    dslope : ndarray or scalar
        The same.

    Examples
    --------
    >>> import numpy as np
    >>> from leakyc.autograd import bias_prelu_grad
    >>> x = np.array([[-2.0, 1.0], [3.0, -4.0]])
    >>> bias_prelu_grad(np.ones_like(x), x, np.array([1.0, -1.0]), np.array([0.25, 0.5]))[2]
    array([-1., -5.])
    """
    found = _derivatives.bias_prelu_grad(grad, x, bias, slope, axis, gain, clamp, keepdims)
    return (found[0], None, found[2]) if bias is None else found


@explained
def prelu(x, slope, *, axis=None):
    """Parametric ReLU that autograd can differentiate, by `x` and by the slope.

    Parameters
    ----------
    x : array_like
        As for `leakyc.prelu`.
    slope : array_like
        Broadcasts against `x`; its gradient has its shape.
    axis : int, optional
        As for `leakyc.prelu`.

    Returns
    -------
    ndarray or scalar
        As from `leakyc.prelu`.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd import grad
    >>> from leakyc.autograd import prelu
    >>> x = np.array([[-2.0, 1.0], [3.0, -4.0]])
    >>> grad(lambda slope: prelu(x, slope).sum())(np.array([0.5, 0.25]))
    array([-2., -4.])
    """
    return _derivatives.leaky_relu(x, _along("prelu", x, slope, axis))


@explained
def prelu_grad(grad, x, slope, *, axis=None):
    """Gradient of Parametric ReLU that autograd can differentiate, by all three.

    Parameters
    ----------
    grad : array_like
        As for `leakyc.prelu_grad`.
    x, slope : array_like
        Each broadcasts to the shape of `grad`.
    axis : int, optional
        As for `leakyc.prelu_grad`.

    Returns
    -------
    dx : ndarray or scalar
        As from `leakyc.prelu_grad`.
    dslope : ndarray or scalar
        The same.

    Examples
    --------
    >>> import numpy as np
    >>> from leakyc.autograd import prelu_grad
    >>> dx, dslope = prelu_grad(np.array([1.0, 1.0]), np.array([-2.0, 3.0]), 0.25)
    >>> dx, dslope
    (array([0.25, 1.  ]), np.float64(-2.0))
    """
    found = _derivatives.prelu_grad(grad, x, _along("prelu_grad", x, slope, axis))
    if axis is None:
        return found
    return traced_tuple((found[0], anp.reshape(found[1], np.shape(slope))))


def _along(name, x, slope, axis):
    """The slope as it is broadcast along that axis of x."""
    if axis is None:
        return slope
    return anp.reshape(slope, np.shape(slope_along(name, getval(x), getval(slope), axis)))
