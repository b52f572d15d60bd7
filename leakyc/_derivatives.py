"""What `leakyc.autograd` is made of: primitives, and their derivatives in reverse and forward mode.

All arguments are by position, as autograd traces them.
"""

import autograd.numpy as anp
import numpy as np
from autograd.builtins import tuple as traced_tuple
from autograd.extend import defjvp, defvjp, defvjp_argnums, primitive, vspace
from autograd.numpy.numpy_vjps import unbroadcast, unbroadcast_f
from autograd.tracer import getval

import leakyc


@primitive
def leaky_relu(x, slope):
    return leakyc.leaky_relu(x, slope)


@primitive
def leaky_relu_grad(grad, x, slope):
    return leakyc.leaky_relu_grad(grad, x, slope)


@primitive
def prelu_grad(grad, x, slope):
    return leakyc.prelu_grad(grad, np.broadcast_to(x, np.shape(grad)), slope)


@primitive
def bias_prelu(x, bias, slope, axis, gain, clamp):
    return leakyc.bias_prelu(x, bias, slope, axis=axis, gain=gain, clamp=clamp)


@primitive
def bias_prelu_grad(grad, x, bias, slope, axis, gain, clamp, keepdims=False):
    """For no bias its gradient is 0, since autograd knows no None."""
    dx, dbias, dslope = leakyc.bias_prelu_grad(
        grad, x, bias, slope, axis=axis, gain=gain, clamp=clamp, keepdims=keepdims
    )
    return dx, 0.0 if dbias is None else dbias, dslope


@primitive
def bias_leaky_relu_grad(grad, y, slope, axis, gain, clamp, keepdims):
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
        return lambda g: (_summed(leaky_relu_grad(g, x, slope), x),)

    def vjp(g):
        dx, dslope = prelu_grad(g, x, slope)
        return (_summed(dx, x), dslope) if argnums == (0, 1) else (dslope,)

    return vjp


defvjp_argnums(leaky_relu, _leaky_relu_vjps)
defvjp(
    leaky_relu_grad,
    lambda ans, grad, x, slope: unbroadcast_f(grad, lambda g: leaky_relu_grad(g, x, slope)),
    None,
    lambda ans, grad, x, slope: unbroadcast_f(slope, lambda g: _where_leaky(x, g * grad)),
)
defvjp(  # g is a pair: the gradients with respect to dx and to dslope
    prelu_grad,
    lambda ans, grad, x, slope: (
        lambda g: leaky_relu_grad(g[0], x, slope) + _where_leaky(x, g[1] * x)
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
    """What the derivatives of `bias_prelu_grad` are made of: all but the numbers is traced."""

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
        found = bias_prelu_grad(g, *args)
        return tuple([found[i] for i in argnums])

    return vjp


defvjp_argnums(bias_prelu, _bias_prelu_vjps)


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
    bias_prelu_grad,
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
    bias_leaky_relu_grad,
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
    leaky_relu,
    lambda g, ans, x, slope: leaky_relu_grad(g, x, slope),
    lambda g, ans, x, slope: _where_leaky(x, g * x),
)
defjvp(
    leaky_relu_grad,
    "same",
    None,
    lambda g, ans, grad, x, slope: _where_leaky(x, g * grad),
)
defjvp(
    prelu_grad,
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
    bias_prelu,
    lambda g, ans, *args: bias_prelu_grad(g, *args)[0],
    lambda g, ans, *args: bias_prelu_grad(_as_bias(g, args[1], args[0], args[3]), *args)[0],
    lambda g, ans, *args: _along_slope(g, args),
)


def _along_slope(g, args):
    b = _Biased(1.0, *args)
    return b.leaky * b.z * _around(g, args[0], args[3])


def _kept(found, args):
    """The sums in the shapes that they are returned in."""
    dx, dbias, dslope = found
    shapes = [np.shape(a) for a in bias_prelu_grad(*[getval(a) for a in args])[1:]]
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
    bias_prelu_grad,
    "same",
    _by_z,
    lambda g, ans, *args: _by_z(_as_bias(g, args[2], args[1], args[4]), ans, *args),
    _by_slope,
)


def _output_by_slope(g, ans, grad, y, slope, axis, gain, clamp, keepdims):
    dx = _of_output(y, slope, gain, clamp)[1] * grad * g
    others = tuple([d for d in range(np.ndim(y)) if d != axis % np.ndim(y)])
    return traced_tuple((dx, anp.sum(dx, axis=others, keepdims=keepdims)))


defjvp(bias_leaky_relu_grad, "same", None, _output_by_slope)
