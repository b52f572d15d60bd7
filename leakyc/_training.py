"""What training adds to the two passes, as the fast path does not take it: one-bit masks, a fused
bias, the gradient of a slope.

Every argument is checked before anything is written; then the arrays are handed on dense, aligned,
native, in C order and of one dtype, copied if they must be. The functions run_... of `core`, the
module `_core`, do the work on them; for longdouble those of `_training_steps.py`.
"""

import numpy as np

from leakyc._dtypes import is_float, is_number, is_python_number, is_real
from leakyc._errors import number, refuse, wrong_operand


def with_mask(core, x, negative_slope, out, mask):
    name = "leaky_relu_with_mask"
    (x,) = _arrays(name, x=x)
    slope = number(name, "negative_slope", negative_slope)
    dtype = _common_dtype(name, x=x)
    _check_out(name, out, x.shape, dtype)
    if mask is None:
        mask = np.empty(_mask_bytes(x), np.uint8)
    else:
        _check_mask(name, mask, x)
        if not (mask.flags.c_contiguous and mask.flags.writeable):
            raise ValueError(f"{name}: mask must be contiguous and writeable")
        if any([a is not None and np.may_share_memory(mask, a) for a in (x, out)]):
            raise ValueError(f"{name}: mask must not overlap x or out")
    x = _ready(x, dtype)
    y = _target(core, out, x)
    _steps(core, dtype).run_with_mask(x, slope, y, mask)
    return _deliver(y, out), mask


def from_mask(core, grad, mask, negative_slope, out):
    name = "leaky_relu_grad_from_mask"
    (grad,) = _arrays(name, grad=grad)
    slope = number(name, "negative_slope", negative_slope)
    dtype = _common_dtype(name, grad=grad)
    _check_mask(name, mask, grad)
    _check_out(name, out, grad.shape, dtype)
    grad = _ready(grad, dtype)
    dx = _target(core, out, grad)
    mask = _clear_of(dx, np.ascontiguousarray(mask))
    _steps(core, dtype).run_from_mask(grad, mask, slope, dx)
    return _deliver(dx, out)


def bias_forward(core, x, bias, negative_slope, axis, gain, clamp, out):
    name = "bias_leaky_relu"
    x, bias = _arrays(name, x=x, bias=bias)
    slope = number(name, "negative_slope", negative_slope)
    return _biased(core, name, x, bias, None, slope, axis, gain, clamp, out)


def bias_gradient(core, grad, y, negative_slope, axis, gain, clamp, out, keepdims):
    name = "bias_leaky_relu_grad"
    grad, y = _arrays(name, grad=grad, y=y)
    slope = number(name, "negative_slope", negative_slope)
    gain, clamp = number(name, "gain", gain), _clamp(name, clamp)
    _check_same_shape(name, "y", grad, y)
    axis = _axis(name, axis, y)
    dtype = _common_dtype(name, grad=grad, y=y)
    for argument, value, right in (
        ("negative_slope must be >= 0", slope, slope >= 0),
        ("gain must be > 0 and finite", gain, 0 < gain < np.inf),
    ):
        if not right:
            raise ValueError(
                f"{name}: {argument}, got {value!r}: else the sign of the output does not tell "
                "the sign of the input"
            )
    _check_out(name, out, grad.shape, dtype)
    grad, y = _ready(grad, dtype), _ready(y, dtype)
    dx = _target(core, out, grad, y)
    dbias = np.empty(grad.shape[axis], dtype)
    _steps(core, dtype).run_bias_grad(grad, y, axis, slope, gain, clamp, dx, dbias)
    return _deliver(dx, out), around(dbias, axis, grad.ndim) if keepdims else dbias


def bias_prelu_forward(core, x, bias, slope, axis, gain, clamp, out):
    name = "bias_prelu"
    (x,) = _arrays(name, x=x)
    return _biased(core, name, x, *_bias_and_slope(name, bias, slope), axis, gain, clamp, out)


def _biased(core, name, x, bias, slopes, one, axis, gain, clamp, out):
    gain, clamp = number(name, "gain", gain), _clamp(name, clamp)
    dtype = _common_dtype(name, **_given(x=x, bias=bias, slope=slopes))
    axis = _channel_axis(name, axis, x, bias, slopes)
    _check_out(name, out, x.shape, dtype)
    x = _ready(x, dtype)
    y = _target(core, out, x)
    bias, slopes, one = _parameters(dtype, bias, slopes, one, y)
    _steps(core, dtype).run_bias_prelu(x, bias, slopes, one, axis, gain, clamp, y)
    return _deliver(y, out)


def bias_prelu_gradient(core, grad, x, bias, slope, axis, gain, clamp, out, keepdims):
    name = "bias_prelu_grad"
    grad, x = _arrays(name, grad=grad, x=x)
    bias, slopes, one = _bias_and_slope(name, bias, slope)
    gain, clamp = number(name, "gain", gain), _clamp(name, clamp)
    _check_same_shape(name, "x", grad, x)
    dtype = _common_dtype(name, **_given(grad=grad, x=x, bias=bias, slope=slopes))
    axis = _channel_axis(name, axis, x, bias, slopes)
    _check_out(name, out, grad.shape, dtype)
    grad, x = _ready(grad, dtype), _ready(x, dtype)
    dx = _target(core, out, grad, x)
    shapes = [None if a is None else a.shape for a in (bias, slopes)]
    bias, slopes, one = _parameters(dtype, bias, slopes, one, dx)
    dbias = None if bias is None else np.empty(x.shape[axis], dtype)
    dslope = np.empty(1 if slopes is None else x.shape[axis], dtype)
    _steps(core, dtype).run_bias_prelu_grad(
        grad, x, bias, slopes, one, axis, gain, clamp, dx, dbias, dslope
    )
    if keepdims:
        shapes = [
            shape if vector is None else around(vector, axis, x.ndim).shape
            for shape, vector in zip(shapes, (dbias, slopes), strict=True)
        ]
    dbias = None if dbias is None else dbias.reshape(shapes[0])
    return _deliver(dx, out), dbias, dslope.reshape(shapes[1] or ())[()]


def prelu_gradient(core, grad, x, slope, axis, out):
    name = "prelu_grad"
    given_grad, given_x, given_slope = grad, x, slope
    if axis is not None:
        slope = slope_along(name, x, slope, axis)
    grad, x = _arrays(name, grad=grad, x=x)
    scalar = is_number(slope)
    one = number(name, "slope", slope) if scalar else None  # an int may be beyond int64
    slopes = _array(name, "slope", one if scalar else slope, is_slope=True)
    strong = {"grad": grad} if is_python_number(given_x) else {"x": x}
    if not is_python_number(given_grad):
        strong["grad"] = grad
    dtype = _common_dtype(name, **strong, **({} if scalar else {"slope": slopes}))
    _check_same_shape(name, "x", grad, x)
    shape = (1,) * (x.ndim - slopes.ndim) + slopes.shape
    if len(shape) != x.ndim or any([s not in (1, n) for s, n in zip(shape, x.shape, strict=True)]):
        raise ValueError(
            f"{name}: slope has shape {slopes.shape}; it takes one that broadcasts to that of x, "
            f"{x.shape}"
        )
    _check_out(name, out, grad.shape, dtype)
    grad, x = _ready(grad, dtype), _ready(x, dtype)
    dx = _target(core, out, grad, x)
    slopes = None if scalar else _clear_of(dx, _ready(slopes, dtype)).reshape(shape)
    dslope = np.empty(shape, dtype)
    step = _steps(core, dtype).run_prelu_grad
    if step(grad, x, slopes, one, dx, dslope) is False:
        _kept_axes_first(step, grad, x, slopes, dx, dslope)
    return _deliver(dx, out), dslope.reshape(np.shape(given_slope))[()]


def _kept_axes_first(step, grad, x, slopes, dx, dslope):
    """By copies in which the axes that the slope varies along come first."""
    order = sorted(range(x.ndim), key=lambda d: slopes.shape[d] == 1)

    def turned(a):
        return np.ascontiguousarray(a.transpose(order))

    dx_turned, dslope_turned = np.empty_like(turned(dx)), np.empty_like(turned(dslope))
    step(turned(grad), turned(x), turned(slopes), None, dx_turned, dslope_turned)
    dx.transpose(order)[...] = dx_turned
    dslope.transpose(order)[...] = dslope_turned


def _steps(core, dtype):
    """The module whose run_... functions do the work."""
    if dtype != np.longdouble:
        return core
    from leakyc import _training_steps

    return _training_steps


# ---- the arguments --------------------------------------------------------------------------


def _arrays(name, **given):
    """The arguments as arrays of real numbers."""
    return [_array(name, argument, value) for argument, value in given.items()]


def _array(name, argument, value, is_slope=False):
    refuse(name, argument, value)
    array = np.asarray(value)
    if not is_real(array.dtype):
        raise wrong_operand(name, argument, value, array.dtype, is_slope)
    return array


def _common_dtype(name, **arrays):
    """What the arrays promote to; integers and bool count as float64."""
    dtypes = [a.dtype if is_float(a.dtype) else np.dtype(np.float64) for a in arrays.values()]
    try:
        return np.result_type(*dtypes).newbyteorder("=")
    except TypeError as error:
        got = ", ".join([f"{argument} {a.dtype}" for argument, a in arrays.items()])
        raise TypeError(f"{name}: no common dtype for {got}") from error


def _clamp(name, clamp):
    """The bound, infinity for none."""
    if clamp is None:
        return np.inf
    bound = number(name, "clamp", clamp)
    if not bound > 0:
        raise ValueError(f"{name}: clamp must be None or > 0, got {clamp!r}")
    return bound


def _axis(name, axis, array):
    return np.lib.array_utils.normalize_axis_index(axis, array.ndim, name)


def _given(**arrays):
    return {argument: a for argument, a in arrays.items() if a is not None}


def _bias_and_slope(name, bias, slope):
    """The bias and the slopes as arrays, or the one number that is the slope. None for no bias, and
    for no slopes."""
    bias = None if bias is None else _array(name, "bias", bias)
    if is_number(slope):
        return bias, None, number(name, "slope", slope)
    return bias, _array(name, "slope", slope, is_slope=True), None


def _channel_axis(name, axis, x, bias, slopes):
    """The axis that the bias and the slopes have an element for each along, on which they agree. A
    slope alone is of all."""
    axis = _axis(name, axis, x)
    if bias is not None:
        axis = _bias_axis(name, axis, x, bias)
    if slopes is None or (slopes.size == 1 and slopes.ndim <= x.ndim):
        return axis
    found = _bias_axis(name, axis, x, slopes, "slope")
    if bias is not None and found != axis:
        raise ValueError(
            f"{name}: slope has shape {slopes.shape}, along axis {found} of x, of shape {x.shape}; "
            f"it takes one along axis {axis}, as bias"
        )
    return found


def _parameters(dtype, bias, slopes, one, target):
    """The bias and the slopes as vectors, or the slope of all, for a result in `target`."""
    if bias is not None:
        bias = _clear_of(target, _ready(bias.reshape(-1), dtype))
    if slopes is not None:
        slopes = _clear_of(target, _ready(slopes.reshape(-1), dtype))
        if slopes.size == 1:
            slopes, one = None, number("", "slope", slopes[0])
    return bias, slopes, one


def slope_along(name, x, slope, axis):
    """The slope as it is broadcast along that axis of x. One of one element is shared."""
    shape = np.shape(x)
    axis = np.lib.array_utils.normalize_axis_index(axis, len(shape), name)
    if is_number(slope):
        return slope
    slopes = slope if hasattr(slope, "reshape") else _array(name, "slope", slope, is_slope=True)
    along = tuple([n if d == axis else 1 for d, n in enumerate(shape)])
    lengths = (1,) * (len(shape) - slopes.ndim) + tuple(slopes.shape)
    if slopes.ndim <= len(shape) and lengths in (along, (1,) * len(shape)):
        return slopes
    if slopes.ndim == 1 and slopes.shape[0] == shape[axis]:
        return slopes.reshape(along[axis:])
    raise ValueError(
        f"{name}: slope has shape {tuple(slopes.shape)}; axis {axis} of x, of shape {shape}, takes "
        f"one of shape ({shape[axis]},), (1,) or {along}"
    )


def _bias_axis(name, axis, x, bias, argument="bias"):
    """The axis that the bias has an element for each along. A vector's is `axis`; one of any other
    shape has its own, the only one along which it is not broadcast."""
    if bias.ndim == 1 and bias.shape == x.shape[axis : axis + 1]:
        return axis
    shape = (1,) * (x.ndim - bias.ndim) + bias.shape
    lengths = list(zip(shape, x.shape, strict=False))
    if 1 < bias.ndim <= x.ndim and all([b in (1, n) for b, n in lengths]):
        varying = [d for d, b in enumerate(shape) if b != 1]
        if not varying:  # one channel, on any axis that has one
            varying = [d for d in (axis, *range(x.ndim)) if x.shape[d] == 1][:1]
        if len(varying) == 1 and axis in (x.ndim - 1, *varying):
            return varying[0]
    along = tuple([n if d == axis else 1 for d, n in enumerate(x.shape)])
    raise ValueError(
        f"{name}: {argument} has shape {bias.shape}; axis {axis} of x, of shape {x.shape}, takes "
        f"one of shape ({x.shape[axis]},) or {along}"
    )


def around(vector, axis, ndim):
    """The vector as it is broadcast along the axis of an array of `ndim` dimensions."""
    return vector.reshape([vector.size if d == axis else 1 for d in range(ndim)])


def _check_same_shape(name, argument, grad, other):
    if grad.shape != other.shape:
        raise ValueError(
            f"{name}: grad has shape {grad.shape}, {argument} has shape {other.shape}; they must "
            "be the same"
        )


def _mask_bytes(array):
    return (array.size + 7) // 8


def _check_mask(name, mask, array):
    refuse(name, "mask", mask)
    if not isinstance(mask, np.ndarray):
        raise TypeError(f"{name}: mask must be an array of uint8, got {type(mask).__name__}")
    if mask.dtype != np.uint8:
        raise TypeError(f"{name}: mask has dtype {mask.dtype}; it takes uint8")
    if mask.shape != (_mask_bytes(array),):
        raise ValueError(
            f"{name}: mask has shape {mask.shape}; for {array.size} elements it takes "
            f"({_mask_bytes(array)},)"
        )


def _check_out(name, out, shape, dtype):
    if out is None:
        return
    refuse(name, "out", out)
    if not isinstance(out, np.ndarray):
        raise TypeError(f"{name}: out must be an array or None, got {type(out).__name__}")
    if out.shape != shape:
        raise ValueError(f"{name}: out has shape {out.shape}; it takes {shape}")
    if not out.flags.writeable:
        raise ValueError(f"{name}: out is read-only; it takes a writeable array")
    if not np.can_cast(dtype, out.dtype, "same_kind"):
        raise TypeError(f"{name}: out has dtype {out.dtype}, which cannot take {dtype}")


# ---- the memory -----------------------------------------------------------------------------


def _ready(array, dtype):
    """The array of that dtype: dense in C order, aligned, native."""
    with np.errstate(all="ignore"):
        return np.require(array, dtype, ["C", "A"]).reshape(array.shape)


def _target(core, out, *inputs):
    """Where to compute: `out` itself where that is right, else new memory."""
    if (
        type(out) is np.ndarray
        and out.dtype == inputs[0].dtype
        and out.flags.carray
        and all(
            [a.ctypes.data == out.ctypes.data or not np.may_share_memory(a, out) for a in inputs]
        )
    ):
        return out
    return core.new_output(inputs[0])


def _clear_of(target, array):
    """The array, or a copy where writing to the target would change it."""
    return array.copy() if np.may_share_memory(target, array) else array


def _deliver(result, out):
    """The result in `out`; without one, as it is, or as a scalar where it has no dimensions."""
    if out is None:
        return result[()]
    if out is not result:
        with np.errstate(all="ignore"):
            np.copyto(out, result, casting="same_kind")
    return out
