"""Leaky ReLU for HIPS autograd: derivatives of any order, reverse and forward mode.

``import leakyc.autograd`` needs the package ``autograd``. Its functions are those of `leakyc`
without ``out=`` and the ufunc's keywords, since what is traced cannot be overwritten.

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

import leakyc
from leakyc._errors import number_as_second
from leakyc._keywords import explained

try:
    import autograd.numpy as anp
    from autograd.builtins import tuple as traced_tuple
    from autograd.extend import defjvp, defvjp, defvjp_argnums, primitive, vspace
    from autograd.numpy.numpy_vjps import unbroadcast, unbroadcast_f
except ImportError as error:
    raise ImportError("leakyc.autograd needs the package autograd: pip install autograd") from error

__all__ = ["leaky_relu", "leaky_relu_grad", "prelu", "prelu_grad"]


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

    Raises
    ------
    TypeError, ValueError
        As `leakyc.leaky_relu`.

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
    return _leaky_relu(x, negative_slope)


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

    Raises
    ------
    TypeError, ValueError
        As `leakyc.leaky_relu_grad`.

    Examples
    --------
    >>> from autograd import grad
    >>> from leakyc.autograd import leaky_relu_grad
    >>> grad(leaky_relu_grad)(5.0, -2.0, 0.25)
    np.float64(0.25)
    """
    if negative_slope is _DEFAULT:
        number_as_second(grad, x)
    return _leaky_relu_grad(grad, x, negative_slope)


@explained
def prelu(x, slope):
    """Parametric ReLU that autograd can differentiate, by `x` and by the slope.

    Parameters
    ----------
    x : array_like
        As for `leakyc.prelu`.
    slope : array_like
        Broadcasts against `x`; its gradient has its shape.

    Returns
    -------
    ndarray or scalar
        As from `leakyc.prelu`.

    Raises
    ------
    TypeError, ValueError
        As `leakyc.prelu`.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd import grad
    >>> from leakyc.autograd import prelu
    >>> x = np.array([[-2.0, 1.0], [3.0, -4.0]])
    >>> grad(lambda slope: prelu(x, slope).sum())(np.array([0.5, 0.25]))
    array([-2., -4.])
    """
    return _leaky_relu(x, slope)


@explained
def prelu_grad(grad, x, slope):
    """Gradient of Parametric ReLU that autograd can differentiate, by all three.

    Parameters
    ----------
    grad : array_like
        As for `leakyc.prelu_grad`.
    x, slope : array_like
        Each broadcasts to the shape of `grad`.

    Returns
    -------
    dx, dslope : ndarray or scalar
        As from `leakyc.prelu_grad`.

    Raises
    ------
    TypeError, ValueError
        As `leakyc.prelu_grad`.

    Examples
    --------
    >>> import numpy as np
    >>> from leakyc.autograd import prelu_grad
    >>> dx, dslope = prelu_grad(np.array([1.0, 1.0]), np.array([-2.0, 3.0]), 0.25)
    >>> dx, dslope
    (array([0.25, 1.  ]), np.float64(-2.0))
    """
    return _prelu_grad(grad, x, slope)


# ---- the primitives: all arguments by position, as autograd traces them ----------------------


@primitive
def _leaky_relu(x, slope):
    return leakyc.leaky_relu(x, slope)


@primitive
def _leaky_relu_grad(grad, x, slope):
    return leakyc.leaky_relu_grad(grad, x, slope)


@primitive
def _prelu_grad(grad, x, slope):
    return leakyc.prelu_grad(grad, np.broadcast_to(x, np.shape(grad)), slope)


def _where_leaky(x, value):
    """The derivative by the slope, for `value` times the slope: where the slope applies."""
    return anp.where(x > 0, 0.0, value)


def _summed(value, like):
    """The transpose of broadcasting `like` to the shape of `value`."""
    return unbroadcast(value, anp.metadata(like))


# ---- reverse mode ----------------------------------------------------------------------------


def _leaky_relu_vjps(argnums, ans, args, kwargs):
    """Both gradients from one pass where both are asked for."""
    x, slope = args
    if argnums == (0,):
        return lambda g: (_summed(_leaky_relu_grad(g, x, slope), x),)

    def vjp(g):
        dx, dslope = _prelu_grad(g, x, slope)
        return (_summed(dx, x), dslope) if argnums == (0, 1) else (dslope,)

    return vjp


defvjp_argnums(_leaky_relu, _leaky_relu_vjps)
defvjp(
    _leaky_relu_grad,
    lambda ans, grad, x, slope: unbroadcast_f(grad, lambda g: _leaky_relu_grad(g, x, slope)),
    None,
    lambda ans, grad, x, slope: unbroadcast_f(slope, lambda g: _where_leaky(x, g * grad)),
)
defvjp(  # g is a pair: the gradients with respect to dx and to dslope
    _prelu_grad,
    lambda ans, grad, x, slope: (
        lambda g: _leaky_relu_grad(g[0], x, slope) + _where_leaky(x, g[1] * x)
    ),
    lambda ans, grad, x, slope: unbroadcast_f(x, lambda g: _where_leaky(x, g[1] * grad)),
    lambda ans, grad, x, slope: unbroadcast_f(slope, lambda g: _where_leaky(x, g[0] * grad)),
)


# ---- forward mode ----------------------------------------------------------------------------

defjvp(
    _leaky_relu,
    lambda g, ans, x, slope: _leaky_relu_grad(g, x, slope),
    lambda g, ans, x, slope: _where_leaky(x, g * x),
)
defjvp(
    _leaky_relu_grad,
    "same",
    None,
    lambda g, ans, grad, x, slope: _where_leaky(x, g * grad),
)
defjvp(
    _prelu_grad,
    "same",
    lambda g, ans, grad, x, slope: traced_tuple(
        (vspace(grad).zeros(), _summed(_where_leaky(x, g * grad), slope))
    ),
    lambda g, ans, grad, x, slope: traced_tuple((_where_leaky(x, g * grad), vspace(slope).zeros())),
)
