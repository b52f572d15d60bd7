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

import leakyc
from leakyc._errors import number_as_second
from leakyc._keywords import explained
from leakyc._training import slope_along

try:
    import autograd.numpy as anp
    from autograd.builtins import tuple as traced_tuple
    from autograd.extend import defjvp, defvjp, defvjp_argnums, primitive, vspace
    from autograd.numpy.numpy_vjps import unbroadcast, unbroadcast_f
    from autograd.tracer import getval
except ImportError as error:
    raise ImportError("leakyc.autograd needs the package autograd: pip install autograd") from error

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
    return _bias_leaky_relu_grad(grad, y, negative_slope, axis, gain, clamp, keepdims)


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
    return _bias_prelu(x, bias, slope, axis, gain, clamp)


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
    found = _bias_prelu_grad(grad, x, bias, slope, axis, gain, clamp, keepdims)
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
    return _leaky_relu(x, _along("prelu", x, slope, axis))


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
    found = _prelu_grad(grad, x, _along("prelu_grad", x, slope, axis))
    if axis is None:
        return found
    return traced_tuple((found[0], anp.reshape(found[1], np.shape(slope))))


def _along(name, x, slope, axis):
    """The slope as it is broadcast along that axis of x."""
    if axis is None:
        return slope
    return anp.reshape(slope, np.shape(slope_along(name, getval(x), getval(slope), axis)))


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


@primitive
def _bias_prelu(x, bias, slope, axis, gain, clamp):
    return leakyc.bias_prelu(x, bias, slope, axis=axis, gain=gain, clamp=clamp)


@primitive
def _bias_prelu_grad(grad, x, bias, slope, axis, gain, clamp, keepdims=False):
    """For no bias its gradient is 0, since autograd knows no None."""
    dx, dbias, dslope = leakyc.bias_prelu_grad(
        grad, x, bias, slope, axis=axis, gain=gain, clamp=clamp, keepdims=keepdims
    )
    return dx, 0.0 if dbias is None else dbias, dslope


@primitive
def _bias_leaky_relu_grad(grad, y, slope, axis, gain, clamp, keepdims):
    return leakyc.bias_leaky_relu_grad(
        grad, y, slope, axis=axis, gain=gain, clamp=clamp, keepdims=keepdims
    )


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


def _around(vector, x, axis):
    """A parameter a channel as it is broadcast to x."""
    if np.ndim(vector) != 1 or np.size(vector) == 1:
        return vector
    return anp.reshape(vector, [-1 if d == axis % np.ndim(x) else 1 for d in range(np.ndim(x))])


def _passes(y, clamp):
    """Where the gradient passes: all but what was clipped."""
    if clamp is None:
        return np.ones(np.shape(y), bool)
    bound = np.asarray(clamp).astype(y.dtype)
    return ~(np.abs(y) >= bound) | np.isinf(bound)


class _Biased:
    """What the derivatives of `_bias_prelu_grad` are made of: all but the numbers is traced."""

    def __init__(self, grad, x, bias, slope, axis, gain, clamp, keepdims=False):
        self.bias, self.slope, self.axis = bias, slope, axis
        self.z = x if bias is None else x + _around(bias, x, axis)
        self.around = _around(slope, x, axis)
        arrays = [getval(a) for a in (x, bias, slope)]
        y = leakyc.bias_prelu(*arrays, axis=axis, gain=gain)
        self.factor = np.where(_passes(y, clamp), gain, 0.0)  # of the gradient that passes
        self.leaky = np.where(self.z > 0, 0.0, self.factor)  # and meets the slope
        self.grad = grad

    def by_grad(self, parts):
        dx = self.of_results(parts)
        slopes = self.leaky * self.around + (self.factor - self.leaky)
        return slopes * dx + self.leaky * self.z * self.of_products(parts)

    def of_results(self, parts):
        """Of a vector's parts for dx, dbias and dslope, the first two, as dx has them."""
        dbias = 0.0 if self.bias is None else _around(parts[1], self.z, self.axis)
        return parts[0] + dbias

    def of_products(self, parts):
        return _around(parts[2], self.z, self.axis)

    def by_z(self, parts):
        return self.leaky * self.grad * self.of_products(parts)

    def by_slope(self, parts):
        return self.to_slope(self.leaky * self.grad * self.of_results(parts))

    def to_slope(self, value):
        return anp.reshape(_summed(value, self.around), np.shape(self.slope))

    def to_bias(self, value):
        around = _around(self.bias, self.z, self.axis)
        return anp.reshape(_summed(value, around), np.shape(self.bias))


def _bias_prelu_vjps(argnums, ans, args, kwargs):
    """All gradients from one pass."""

    def vjp(g):
        found = _bias_prelu_grad(g, *args)
        return tuple([found[i] for i in argnums])

    return vjp


defvjp_argnums(_bias_prelu, _bias_prelu_vjps)


def _sums_kept(parts, args):
    """The parts in the shapes that there are without `keepdims`."""
    _, _, bias, slope = args[:4]
    dbias = parts[1] if bias is None else anp.reshape(parts[1], np.shape(bias))
    return parts[0], dbias, anp.reshape(parts[2], np.shape(slope))


def _bias_prelu_grad_vjp(of):
    def make(ans, *args):
        return lambda g: of(_Biased(*args), _sums_kept(g, args))

    return make


defvjp(
    _bias_prelu_grad,
    _bias_prelu_grad_vjp(lambda b, g: b.by_grad(g)),
    _bias_prelu_grad_vjp(lambda b, g: b.by_z(g)),
    _bias_prelu_grad_vjp(lambda b, g: b.to_bias(b.by_z(g))),
    _bias_prelu_grad_vjp(lambda b, g: b.by_slope(g)),
)


def _of_output(y, slope, gain, clamp):
    """The factor of the gradient where the output is positive or not, and where it meets the
    slope."""
    leaky = np.where(_passes(getval(y), clamp) & ~(getval(y) > 0), gain, 0.0)
    return leaky * slope + np.where(_passes(getval(y), clamp) & (getval(y) > 0), gain, 0.0), leaky


def _of_parts(g, y, axis):
    return g[0] + _around(anp.reshape(g[1], [-1]), y, axis)


defvjp(
    _bias_leaky_relu_grad,
    lambda ans, grad, y, slope, axis, gain, clamp, keepdims: (
        lambda g: _of_output(y, slope, gain, clamp)[0] * _of_parts(g, y, axis)
    ),
    None,
    lambda ans, grad, y, slope, axis, gain, clamp, keepdims: unbroadcast_f(
        slope, lambda g: _of_output(y, slope, gain, clamp)[1] * grad * _of_parts(g, y, axis)
    ),
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


def _as_bias(value, like, x, axis):
    """The derivative of x + bias by the bias."""
    return _around(value, x, axis) * anp.ones(np.shape(x))


defjvp(
    _bias_prelu,
    lambda g, ans, *args: _bias_prelu_grad(g, *args)[0],
    lambda g, ans, *args: _bias_prelu_grad(_as_bias(g, args[1], args[0], args[3]), *args)[0],
    lambda g, ans, *args: _along_slope(g, args),
)


def _along_slope(g, args):
    b = _Biased(1.0, *args)
    return b.leaky * b.z * _around(g, args[0], args[3])


def _kept(found, args):
    """The sums in the shapes that they are returned in."""
    dx, dbias, dslope = found
    shapes = [np.shape(a) for a in _bias_prelu_grad(*[getval(a) for a in args])[1:]]
    return traced_tuple((dx, anp.reshape(dbias, shapes[0]), anp.reshape(dslope, shapes[1])))


def _by_z(g, ans, *args):
    b = _Biased(*args)
    dbias = 0.0 if b.bias is None else 0.0 * anp.ones(np.shape(b.bias))
    zeros = 0.0 * anp.ones(np.shape(b.z))
    return _kept((zeros, dbias, b.to_slope(b.leaky * b.grad * g)), args)


def _by_slope(g, ans, *args):
    b = _Biased(*args)
    dx = b.leaky * b.grad * _around(g, args[1], args[4])
    dbias = 0.0 if b.bias is None else b.to_bias(dx)
    return _kept((dx, dbias, 0.0 * anp.ones(np.shape(b.slope))), args)


defjvp(
    _bias_prelu_grad,
    "same",
    _by_z,
    lambda g, ans, *args: _by_z(_as_bias(g, args[2], args[1], args[4]), ans, *args),
    _by_slope,
)


def _output_by_slope(g, ans, grad, y, slope, axis, gain, clamp, keepdims):
    dx = _of_output(y, slope, gain, clamp)[1] * grad * g
    others = tuple([d for d in range(np.ndim(y)) if d != axis % np.ndim(y)])
    return traced_tuple((dx, anp.sum(dx, axis=others, keepdims=keepdims)))


defjvp(_bias_leaky_relu_grad, "same", None, _output_by_slope)
