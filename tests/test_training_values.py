"""The training operations element by element, against the twin: dtypes, shapes, layouts, special
values, in place."""

import numpy as np
import pytest
import twin
from programs import ended

import leakyc

SHAPES = [(), (0,), (1,), (7,), (8,), (9,), (1000,), (3, 5), (4, 0, 2), (2, 3, 17), (70, 33)]
POSITIVE = [s for s in twin.SLOPES if s >= 0]
BOUNDS = [(1.0, None), (2**0.5, 0.75), (1.5, None), (1.0, 2.0)]


def layouts(a):
    """The same elements in other places: strided, reversed, Fortran order, swapped, unaligned."""
    yield "C", a
    yield "F", np.asfortranarray(a)
    wide = np.zeros((*a.shape, 2), a.dtype)
    wide[..., 0] = a
    yield "strided", wide[..., 0]
    yield "reversed", np.ascontiguousarray(np.flip(a))[tuple([slice(None, None, -1)] * a.ndim)]
    if a.dtype.kind == "f":
        yield "swapped", a.astype(a.dtype.newbyteorder())
    raw = np.zeros(a.nbytes + 1, np.uint8)
    unaligned = raw[1:].view(a.dtype).reshape(a.shape)
    unaligned[...] = a
    yield "unaligned", unaligned


@pytest.mark.parametrize("shape", SHAPES)
def test_with_mask(dtype, rng, shape):
    x = twin.values(rng, shape, dtype)
    for slope in twin.SLOPES:
        y, mask = leakyc.leaky_relu_with_mask(x, slope)
        twin.same_bits(y, twin.leaky_relu(x, slope))
        np.testing.assert_array_equal(mask, twin.mask(x), strict=True)


@pytest.mark.parametrize("shape", SHAPES)
def test_from_mask(dtype, rng, shape):
    grad, x = twin.values(rng, shape, dtype), twin.values(rng, shape, dtype)
    for slope in twin.SLOPES:
        dx = leakyc.leaky_relu_grad_from_mask(grad, twin.mask(x), slope)
        twin.same_bits(dx, twin.leaky_relu_grad(grad, x, slope))


@pytest.mark.parametrize(("gain", "clamp"), BOUNDS)
@pytest.mark.parametrize("shape", [s for s in SHAPES if s])
def test_bias(dtype, rng, shape, gain, clamp):
    x = twin.values(rng, shape, dtype)
    for k, slope in enumerate(twin.SLOPES):
        axis = k % x.ndim - x.ndim * (k % 2)
        bias = twin.values(rng, shape[axis], dtype)
        y = leakyc.bias_leaky_relu(x, bias, slope, axis=axis, gain=gain, clamp=clamp)
        twin.same_bits(y, twin.bias_prelu(x, bias, slope, axis, gain, clamp))


@pytest.mark.parametrize(("gain", "clamp"), BOUNDS)
@pytest.mark.parametrize("shape", [s for s in SHAPES if s])
def test_bias_dx(dtype, rng, shape, gain, clamp):
    grad, y = twin.values(rng, shape, dtype), twin.values(rng, shape, dtype)
    for k, slope in enumerate(POSITIVE):
        axis = k % y.ndim
        dx, dbias = leakyc.bias_leaky_relu_grad(grad, y, slope, axis=axis, gain=gain, clamp=clamp)
        twin.same_bits(dx, twin.bias_leaky_relu_dx(grad, y, slope, gain, clamp))
        assert dbias.shape == (shape[axis],) and dbias.dtype == dtype


@pytest.mark.parametrize("shape", SHAPES)
def test_prelu_dx(dtype, rng, shape):
    grad, x = twin.values(rng, shape, dtype), twin.values(rng, shape, dtype)
    shapes = [(), shape, shape[-1:]]
    if len(shape) == 3:
        shapes += [(shape[1], 1), (shape[0], 1, shape[2])]
    for slope in (0.25, *[twin.values(rng, s, dtype) for s in shapes]):
        dx, dslope = leakyc.prelu_grad(grad, x, slope)
        twin.same_bits(dx, twin.leaky_relu_grad(grad, x, slope))
        assert np.shape(dslope) == np.shape(slope) and dslope.dtype == dtype


def test_scalar_slopes_keep_the_dtype(rng):
    x = twin.values(rng, (4, 5), np.float32)
    for slope in (1, 0.3, True, np.float64(0.3), np.array(0.3), np.int8(2), 10**20):
        assert leakyc.leaky_relu_with_mask(x, slope)[0].dtype == np.float32
        dx, dslope = leakyc.prelu_grad(x, x, slope)
        assert dx.dtype == np.float32 and type(dslope) is np.float32


@pytest.mark.parametrize("kind", [np.int8, np.uint16, np.int64, np.bool_])
def test_integers_give_float64(rng, kind):
    x = rng.integers(-5, 5, (3, 4)).astype(kind)
    y, mask = leakyc.leaky_relu_with_mask(x, 0.5)
    twin.same_bits(y, twin.leaky_relu(x, 0.5))
    np.testing.assert_array_equal(mask, twin.mask(x))
    twin.same_bits(leakyc.leaky_relu_grad_from_mask(x, mask, 0.5), twin.leak(x, x, 0.5))
    twin.same_bits(leakyc.bias_leaky_relu(x, x[0], 0.5), twin.bias_prelu(x, x[0], 0.5))
    dx, dbias = leakyc.bias_leaky_relu_grad(x, x, 0.5)
    twin.same_bits(dx, twin.bias_leaky_relu_dx(x, x, 0.5))
    np.testing.assert_array_equal(dbias, dx.sum(axis=0), strict=True)
    dx, dslope = leakyc.prelu_grad(x, x, x[0])
    twin.same_bits(dx, twin.leaky_relu_grad(x, x, x[0]))
    np.testing.assert_array_equal(dslope, twin.prelu_terms(x, x).sum(axis=0), strict=True)


def test_a_longdouble_number_in_the_other_byte_order(rng):
    """It stays a longdouble: a third has more bits than a double holds."""
    x, grad = (twin.values(rng, 40, np.longdouble) for _ in range(2))
    slope = np.array(np.longdouble(1) / 3)
    swapped = slope.astype(slope.dtype.newbyteorder())
    for got, want in zip(
        leakyc.prelu_grad(grad, x, swapped), leakyc.prelu_grad(grad, x, slope), strict=True
    ):
        twin.same_bits(got, want)
    twin.same_bits(leakyc.prelu_grad(grad, x, swapped)[0], twin.leaky_relu_grad(grad, x, slope[()]))


@pytest.mark.parametrize("other", [np.float16, np.float64, np.int32, np.longdouble])
def test_arrays_promote(rng, other):
    x, bias = twin.values(rng, (5, 6), np.float32), rng.standard_normal(6).astype(other)
    want = twin.result_type(x, bias)
    y = leakyc.bias_leaky_relu(x, bias, 0.1)
    twin.same_bits(y, twin.bias_prelu(x, bias, 0.1))
    assert leakyc.prelu_grad(x, x, bias)[1].dtype == want == y.dtype


def test_longdouble(rng):
    x, grad = (twin.values(rng, (40, 7), np.longdouble) for _ in range(2))
    slope, bias = np.longdouble(1) / 3, x[0].copy()
    y, mask = leakyc.leaky_relu_with_mask(x, slope)
    twin.same_bits(y, twin.leaky_relu(x, slope))
    np.testing.assert_array_equal(mask, twin.mask(x))
    dx = leakyc.leaky_relu_grad_from_mask(grad, mask, slope)
    twin.same_bits(dx, twin.leaky_relu_grad(grad, x, slope))
    y = leakyc.bias_leaky_relu(x, bias, slope, gain=slope, clamp=2)
    twin.same_bits(y, twin.bias_prelu(x, bias, slope, gain=slope, clamp=2))
    dx, dbias = leakyc.bias_leaky_relu_grad(grad, y, slope, gain=slope, clamp=2)
    twin.same_bits(dx, twin.bias_leaky_relu_dx(grad, y, slope, gain=slope, clamp=2))
    assert dbias.dtype == np.longdouble
    grad = rng.random((40, 7)).astype(np.longdouble) / 3
    dx, dslope = leakyc.prelu_grad(grad, -grad, slope)
    np.testing.assert_allclose(dslope, -(grad * grad).sum(), rtol=20 * np.finfo(grad.dtype).eps)


OPERATIONS = {
    "leaky_relu_with_mask": lambda a, b, out: leakyc.leaky_relu_with_mask(a, -0.5, out=out),
    "leaky_relu_grad_from_mask": lambda a, b, out: leakyc.leaky_relu_grad_from_mask(
        a, twin.mask(b), -0.5, out=out
    ),
    "bias_leaky_relu": lambda a, b, out: leakyc.bias_leaky_relu(a, b[0], 0.2, gain=2, out=out),
    "bias_leaky_relu_grad": lambda a, b, out: leakyc.bias_leaky_relu_grad(
        a, b, 0.2, clamp=1, out=out
    ),
    "prelu_grad": lambda a, b, out: leakyc.prelu_grad(a, b, b[0].astype(a.dtype), out=out),
    "bias_prelu": lambda a, b, out: leakyc.bias_prelu(
        a, b[0].astype(a.dtype), b[1].astype(a.dtype), gain=2, out=out
    ),
    "bias_prelu_grad": lambda a, b, out: leakyc.bias_prelu_grad(
        a, b, b[0].astype(a.dtype), b[1].astype(a.dtype), clamp=1, out=out
    ),
    "bias_prelu_grad, one slope": lambda a, b, out: leakyc.bias_prelu_grad(
        a, b, None, -0.2, gain=2, out=out
    )[::2],
    "prelu_grad, one slope": lambda a, b, out: leakyc.prelu_grad(a, b, 0.2, out=out),
}
operation = pytest.mark.parametrize("operation", list(OPERATIONS))


def parts(result):
    return result if isinstance(result, tuple) else (result,)


def same_parts(got, want, context):
    for g, w in zip(parts(got), parts(want), strict=True):
        if np.asarray(w).dtype == np.uint8:
            np.testing.assert_array_equal(g, w, context, strict=True)
        else:
            twin.same_bits(g, w, context)


@operation
def test_every_layout_gives_the_same(dtype, rng, operation):
    call = OPERATIONS[operation]
    for shape in [(2, 3), (9, 23), (130, 70)]:
        a, b = twin.values(rng, shape, dtype), twin.values(rng, shape, dtype)
        want = call(a, b, None)
        for (name, a_like), (_, b_like) in zip(layouts(a), layouts(b), strict=True):
            same_parts(call(a_like, b_like, None), want, name)
        for name, out in layouts(np.zeros_like(a)):
            got = call(a, b, out)
            assert parts(got)[0] is out
            same_parts((np.asarray(out, dtype), *parts(got)[1:]), want, f"out {name}")


@operation
def test_in_place_and_overlapping(dtype, rng, operation):
    call = OPERATIONS[operation]
    a, b = twin.values(rng, (40, 31), dtype), twin.values(rng, (40, 31), dtype)
    want = call(a, b, None)
    first, second = a.copy(), b.copy()
    same_parts(call(first, second, first), want, "in place")
    first, second = a.copy(), b.copy()
    same_parts(call(first, second, second), want, "out is the second")
    same = call(a, a, None)
    first = a.copy()
    same_parts(call(first, first, first), same, "all one")
    for shift in (-3, 5):
        memory = np.zeros(a.size + 10, dtype)
        source = memory[5:-5].reshape(a.shape)
        source[...] = a
        out = memory[5 + shift : 5 + shift + a.size].reshape(a.shape)
        same_parts(call(source, b, out), want, f"shifted by {shift}")


@operation
def test_out_of_another_dtype(rng, operation):
    a, b = twin.values(rng, (40, 31), np.float32), twin.values(rng, (40, 31), np.float32)
    want = OPERATIONS[operation](a, b, None)
    for kind in (np.float64, np.float16):
        out = np.zeros(a.shape, kind)
        got = OPERATIONS[operation](a, b, out)
        with np.errstate(all="ignore"):
            same_parts(got, (parts(want)[0].astype(kind), *parts(want)[1:]), str(kind))


def test_a_mask_is_filled_whole(rng):
    for n in (0, 1, 7, 8, 9, 100, 1001):
        x, mask = twin.values(rng, (n,), np.float32), np.full((n + 7) // 8, 255, np.uint8)
        assert leakyc.leaky_relu_with_mask(x, 0.1, mask=mask)[1] is mask
        np.testing.assert_array_equal(mask, twin.mask(x))


def test_no_warning(rng):
    a = np.array([[np.nan, np.inf, -np.inf, 3e38, 1e-45, -3e38]] * 9, np.float32)
    with np.errstate(all="ignore"):
        half = a.astype(np.float16)
    with np.errstate(all="raise"):
        for call in OPERATIONS.values():
            call(a, a[:, ::-1].copy(), None)
            call(half, half, None)


@pytest.mark.parametrize("n", [1, 7, 16, 33, 64, 129, 600, 1100])
def test_rows_of_two_steps(dtype, n, rng):
    """A gradient whose inputs lie a step of their own apart, and each input's own forward pass."""
    steps = (1, 2, -1, 3, -2)
    grads, xs = ([twin.values(rng, 3 * n, dtype)[::step][:n] for step in steps] for _ in range(2))
    for x in xs:
        twin.same_bits(leakyc.leaky_relu(x, 0.3), twin.leaky_relu(x, 0.3))
        for grad in grads:
            got = leakyc.leaky_relu_grad(grad, x, 0.3, out=np.empty(n, dtype))
            twin.same_bits(got, twin.leaky_relu_grad(grad, x, 0.3), (grad.strides, x.strides))


def test_all_on_each_instruction_set(isa):
    done = ended("-m", "pytest", "-v", "-x", "-k", "not each_instruction", __file__, LEAKYC_ISA=isa)
    assert done.returncode == 0, done.stdout[-2000:]
    assert f"chosen {isa};" in done.stdout
