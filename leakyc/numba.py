"""`leaky_relu`, `leaky_relu_grad` and `prelu` in functions that numba compiles.

After ``import leakyc.numba`` they can be called inside ``@numba.njit``, with `out`, and with
``parallel=True`` or ``cache=True``. Arrays go to the core, by its C functions: those of float32 and
float64 as they are, of any layout, and those of other dtypes once they are converted. Arrays
broadcast. Results have the dtypes and the bits that the functions give in Python. The other
keywords (`where`, `casting`, `order`, `dtype`, `subok`, `from_output`) are not taken here.

Examples
--------
>>> import numba
>>> import numpy as np
>>> import leakyc.numba
>>> @numba.njit
... def layer(x, w):
...     z = x @ w
...     return leakyc.leaky_relu(z, 0.5, out=z)
>>> layer(np.eye(2), np.array([[-2.0, 1.0], [3.0, -4.0]]))
array([[-1.,  1.],
       [ 3., -2.]])
"""

import numpy as np

try:
    import llvmlite.binding
    from numba import types
except ImportError as error:
    raise ImportError("leakyc.numba needs the package numba: pip install numba") from error
from numba.core import cgutils
from numba.core.callconv import RETCODE_USEREXC
from numba.core.errors import NumbaNotImplementedError, TypingError
from numba.extending import intrinsic, overload, register_jitable
from numba.np.arrayobj import populate_array
from numba.np.numpy_support import as_dtype

import leakyc
from leakyc.cython_leakyc import address

__all__ = []

# ---- the core's functions ----------------------------------------------------------------------


def _external(function, element, *parameters):
    """A C function as numba calls it: by a name, so that what calls it can be cached.

    An address would be another process's. The names are told to LLVM here, and a cache that is read
    imports this module, in which the callers are. What a name stands for never changes.
    """
    function += "_f32" if element is types.float32 else "_f64"
    name = f"leakyc_1_{function}"
    llvmlite.binding.add_symbol(name, address(function))
    return types.ExternalFunction(name, types.void(*parameters, types.float64, types.intc))


_FLOATS = types.float32, types.float64
_SIZES = types.CPointer(types.intp)
# out, grad, x, n; forward where grad is x
_DENSE = {t: _external("leaky_relu_grad", t, *[types.voidptr] * 3, types.uintp) for t in _FLOATS}
# ndim, shape; address and strides of out, gate, value, slopes
_STRIDED = {
    t: _external("leak_nd", t, types.intc, _SIZES, *[types.voidptr, _SIZES] * 4) for t in _FLOATS
}


# ---- the dtype of the result -------------------------------------------------------------------


def _is_array(operand):
    return isinstance(operand, types.Array)


def _is_given(out):
    return not (out is None or isinstance(out, types.NoneType | types.Omitted))


def _sample(operand, beside_arrays):
    """An operand of this type. Beside arrays a scalar is a Python number, and promotes nothing."""
    if not isinstance(operand, types.Type):
        return operand
    if isinstance(operand, types.Omitted):
        return operand.value
    operand = types.unliteral(operand)
    if _is_array(operand):
        return np.ones((1,) * operand.ndim, as_dtype(operand.dtype))
    one = as_dtype(operand).type(1)
    return one.item() if beside_arrays else one


def _result_dtype(function, *operands):
    """The dtype that the function gives in Python."""
    arrays = any(_is_array(a) for a in operands)
    try:
        dtype = np.asarray(function(*[_sample(a, arrays) for a in operands])).dtype
    except (TypeError, NumbaNotImplementedError) as error:
        raise TypingError(str(error)) from None
    if dtype.char not in "fd":
        raise TypingError(f"leakyc.numba takes float32 and float64, not {dtype}")
    return dtype


def _check_out(out, dtype):
    if not _is_given(out):
        return
    if not _is_array(out) or not out.mutable:
        raise TypingError(f"out must be None or an array that can be written, got {out}")
    if not np.can_cast(dtype, as_dtype(out.dtype), "same_kind"):
        raise TypingError(f"cannot cast from {dtype} to out's dtype {out.dtype} by 'same_kind'")


def _caster(operand, dtype):
    """What makes an operand one of the dtype, in compiled code."""
    kind = dtype.type
    if not _is_array(operand):
        return register_jitable(lambda a: kind(a))
    if as_dtype(operand.dtype) == dtype:
        return register_jitable(lambda a: a)
    return register_jitable(lambda a: a.astype(kind))


@overload(leakyc.leaky_relu, inline="always")
def _leaky_relu(x, negative_slope=0.01, out=None):
    dtype = _result_dtype(leakyc.leaky_relu, x, negative_slope)
    _check_out(out, dtype)
    as_x, as_slope = _caster(x, dtype), _caster(negative_slope, dtype)

    def impl(x, negative_slope=0.01, out=None):
        return _forward(as_x(x), as_slope(negative_slope), out)

    return impl


@overload(leakyc.prelu, inline="always")
def _prelu(x, slope, out=None):
    dtype = _result_dtype(leakyc.prelu, x, slope)
    _check_out(out, dtype)
    as_x, as_slope = _caster(x, dtype), _caster(slope, dtype)

    def impl(x, slope, out=None):
        return _forward(as_x(x), as_slope(slope), out)

    return impl


@overload(leakyc.leaky_relu_grad, inline="always")
def _leaky_relu_grad(grad, x, negative_slope=0.01, out=None):
    dtype = _result_dtype(leakyc.leaky_relu_grad, grad, x, negative_slope)
    _check_out(out, dtype)
    as_grad, as_x = _caster(grad, dtype), _caster(x, dtype)
    as_slope = _caster(negative_slope, dtype)

    def impl(grad, x, negative_slope=0.01, out=None):
        return _gradient(as_x(x), as_grad(grad), as_slope(negative_slope), out)

    return impl


# ---- operands of one dtype, in compiled code ---------------------------------------------------

_WRONG_SHAPES = "operands could not be broadcast together with out's shape"


def _forward(x, slope, out):
    """leak(x, x)."""


def _gradient(gate, value, slope, out):
    """leak(gate, value)."""


@overload(_forward, inline="always")
def _forward_of_types(x, slope, out):
    if _is_given(out) or _is_array(slope) or not _are_dense(x):
        return lambda x, slope, out: _gradient(x, x, slope, out)
    core = _DENSE[x.dtype]

    def impl(x, slope, out):
        y = np.empty_like(x)
        core(_pointer(y), _pointer(x), _pointer(x), y.size, slope, 0)
        return y

    return impl


@overload(_gradient, inline="always")
def _gradient_of_types(gate, value, slope, out):
    into = _is_given(out)
    if not (into or any(_is_array(a) for a in (gate, value, slope))):
        return lambda gate, value, slope, out: value if gate > 0 else slope * value
    if into and str(out.dtype) != str(getattr(value, "dtype", value)):
        return lambda gate, value, slope, out: _into_another_dtype(gate, value, slope, out)
    if _is_array(slope) or not _are_dense(gate, value, *[out] * into):
        if into:
            return lambda gate, value, slope, out: _into(gate, value, slope, out)
        return lambda gate, value, slope, out: _fresh(gate, value, slope, out)
    core, itemsize = _DENSE[value.dtype], value.dtype.bitwidth // 8

    def impl(gate, value, slope, out):
        if gate.shape != value.shape:
            return _fresh(gate, value, slope, out)
        dx = np.empty_like(value)
        core(_pointer(dx), _pointer(value), _pointer(gate), dx.size, slope, 0)
        return dx

    def written(gate, value, slope, out):
        at, size = _address(out), out.size * itemsize
        if (
            gate.shape == out.shape == value.shape
            and _same_or_apart(at, _address(gate), size)
            and _same_or_apart(at, _address(value), size)
        ):
            core(_pointer(out), _pointer(value), _pointer(gate), out.size, slope, 0)
        else:
            _write_or_raise(gate, value, slope, out)
        return out

    return written if into else impl


def _are_dense(*arrays):
    """Whether all are arrays of one dtype and number of axes, aligned, contiguous in one way."""
    first = arrays[0]
    return all(
        _is_array(a)
        and a.dtype is first.dtype
        and a.aligned
        and a.ndim == first.ndim > 0
        and a.layout == first.layout != "A"
        for a in arrays
    )


@register_jitable
def _fresh(gate, value, slope, out):
    gates, values = _as_array(gate), _as_array(value)
    shape = np.broadcast_shapes(gates.shape, values.shape, _as_array(slope).shape)
    result = np.empty(shape, values.dtype)
    _leak_nd(result, gates, values, slope)
    return result


@register_jitable
def _into(gate, value, slope, out):
    if not _write(gate, value, slope, out):
        raise ValueError(_WRONG_SHAPES)
    return out


@register_jitable
def _write(gate, value, slope, out):
    """Writes `out`, if the shapes allow it; whether they do."""
    gates, values, slopes = _as_array(gate), _as_array(value), _as_array(slope)
    if not (_broadcasts(gates, out) and _broadcasts(values, out) and _broadcasts(slopes, out)):
        return False
    if _fits(out, gates) and _fits(out, values) and _is_apart(out, slopes):
        _leak_nd(out, gates, values, slope)
    else:  # with a slope of 1 it copies
        result = _fresh(gate, value, slope, None)
        _leak_nd(out, result, result, values.dtype.type(1))
    return True


@register_jitable
def _into_another_dtype(gate, value, slope, out):
    out[...] = _fresh(gate, value, slope, None)
    return out


# ---- operands as the core takes them -----------------------------------------------------------


def _as_array(operand):
    """The array, or an array of no axes for a scalar."""


def _fits(out, a):
    """Whether they are the same array or apart."""


def _broadcasts(a, out):
    """Whether the array can be broadcast to the shape of `out`."""


def _place(geometry, row, a, out):
    """Writes the strides of `a`, broadcast to the shape of `out`, to a row."""


def _leak_nd(out, gate, value, slope):
    """The core's call of this name."""


@overload(_as_array)
def _as_array_of(operand):
    if _is_array(operand):
        return lambda operand: operand
    return lambda operand: np.full((), operand)


@register_jitable
def _extent(a):
    """The addresses from and to which the elements of an array lie."""
    first = last = _address(a)
    for extent, stride in zip(a.shape, a.strides):  # noqa: B905 - numba's has no `strict`
        if extent == 0:
            return first, first
        if stride < 0:
            first += (extent - 1) * stride
        else:
            last += (extent - 1) * stride
    return first, last + a.itemsize


@register_jitable
def _same_or_apart(one, other, size):
    """Of two addresses of arrays of this many bytes."""
    return one == other or one + size <= other or other + size <= one


@register_jitable
def _is_apart(out, a):
    first, last = _extent(out)
    begin, end = _extent(a)
    return last <= begin or end <= first


@overload(_fits)
def _fits_of(out, a):
    if out.ndim != a.ndim:
        return lambda out, a: _is_apart(out, a)
    return lambda out, a: (
        (_address(out) == _address(a) and out.shape == a.shape and out.strides == a.strides)
        or _is_apart(out, a)
    )


@overload(_broadcasts)
def _broadcasts_of(a, out):
    outside = out.ndim - a.ndim

    def impl(a, out):
        for d in range(a.ndim):
            if a.shape[d] != 1 and (outside + d < 0 or a.shape[d] != out.shape[outside + d]):
                return False
        return True

    return impl if a.ndim else lambda a, out: True


@overload(_place)
def _place_of(geometry, row, a, out):
    outside = out.ndim - a.ndim

    def impl(geometry, row, a, out):
        for d in range(a.ndim):
            if a.shape[d] != 1:
                geometry[row, outside + d] = a.strides[d]

    return impl if a.ndim else lambda geometry, row, a, out: None


@overload(_leak_nd)
def _leak_nd_of(out, gate, value, slope):
    core, slopes = _STRIDED[out.dtype], _is_array(slope)
    address = register_jitable(lambda slope: _pointer(slope)) if slopes else _nowhere
    number = register_jitable(lambda slope: 0.0 if slopes else slope)

    def impl(out, gate, value, slope):
        geometry = np.zeros((5, max(out.ndim, 1)), np.intp)
        geometry[0] = 1
        for d, extent in enumerate(out.shape):
            geometry[0, d] = extent
        _place(geometry, 1, out, out)
        _place(geometry, 2, gate, out)
        _place(geometry, 3, value, out)
        _place(geometry, 4, _as_array(slope), out)
        core(
            geometry.shape[1],
            geometry[0].ctypes,
            _pointer(out),
            geometry[1].ctypes,
            _pointer(gate),
            geometry[2].ctypes,
            _pointer(value),
            geometry[3].ctypes,
            address(slope),
            geometry[4].ctypes,
            number(slope),
            0,
        )

    return impl


def _raise(convention, builder, kind, *said):
    """As numba has `raise`: within `try`, a branch that comes later sees that it is set."""
    convention.set_static_user_exc(builder, kind, said)
    with builder.if_then(builder.not_(convention.check_try_status(builder).in_try)):
        builder.ret(RETCODE_USEREXC)


def _bare(context, builder, kind, dense):
    """The array by its data and shape alone; whoever has it keeps it alive."""
    array, bare = context.make_array(kind)(context, builder, dense), context.make_array(kind)
    bare = bare(context, builder)
    shape = cgutils.unpack_tuple(builder, array.shape)
    itemsize = context.get_constant(types.intp, kind.dtype.bitwidth // 8)
    strides, step = [None] * kind.ndim, itemsize
    for d in range(kind.ndim) if kind.layout == "F" else reversed(range(kind.ndim)):
        strides[d] = step
        step = builder.mul(step, shape[d])
    populate_array(bare, array.data, shape, strides, itemsize, None)
    return bare._getvalue()


@intrinsic
def _write_or_raise(typing_context, gate, value, slope, out):
    """`_write` of dense arrays, whose errors are raised here.

    Where a call could pass an error on, numba counts references to the arrays around it, a locked
    instruction each. A `raise` would not run in parallel. Of an array the data and the shape are
    handed on, so that nothing else of it is copied for what is hardly ever called.
    """
    called = types.boolean(gate, value, slope, out)

    def generate(context, builder, signature, arguments):
        made = context.compile_subroutine(builder, _write, called)
        given = [
            _bare(context, builder, kind, a) if _is_array(kind) else a
            for kind, a in zip(signature.args, arguments, strict=True)
        ]
        status, allowed = context.call_internal_no_propagate(builder, made.fndesc, called, given)
        with cgutils.if_unlikely(builder, status.is_error):
            _raise(context.call_conv, builder, MemoryError)
        with cgutils.if_unlikely(builder, builder.not_(allowed)):
            _raise(context.call_conv, builder, ValueError, _WRONG_SHAPES)
        return context.get_dummy_value()

    return types.none(gate, value, slope, out), generate


@intrinsic
def _pointer(typing_context, a):
    """To the first element; `a.ctypes` would count a reference."""

    def generate(context, builder, signature, arguments):
        array = context.make_array(a)(context, builder, arguments[0])
        return builder.bitcast(array.data, context.get_value_type(types.voidptr))

    return types.voidptr(a), generate


@intrinsic
def _address(typing_context, a):
    """The same as an integer."""

    def generate(context, builder, signature, arguments):
        array = context.make_array(a)(context, builder, arguments[0])
        return builder.ptrtoint(array.data, context.get_value_type(types.intp))

    return types.intp(a), generate


@intrinsic
def _nowhere(typing_context, slope):
    """A null pointer."""

    def generate(context, builder, signature, arguments):
        return context.get_constant_null(signature.return_type)

    return types.voidptr(slope), generate
