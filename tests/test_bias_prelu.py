"""A bias and a slope a channel: values and gradients against the twin, shapes, dtypes; slopes along
an axis."""

import numpy as np
import pytest
import twin
from conftest import dtype_named

import leakyc

SHAPES = [
    (1,),
    (7,),
    (3, 5),
    (4, 0, 2),
    (2, 3, 17),
    (70, 33),
    (3, 70, 70),
    (50, 3, 64),
    (2, 600, 3),
]
SETTINGS = [(1.0, None), (1.5, 1.0), (-2.0, 0.75), (2**0.5, None), (0.0, 1e-50), (1e30, 256)]


@pytest.mark.parametrize(("gain", "clamp"), SETTINGS)
@pytest.mark.parametrize("shape", SHAPES)
def test_values(dtype, rng, shape, gain, clamp):
    x, grad = twin.values(rng, shape, dtype), twin.values(rng, shape, dtype)
    for k, one in enumerate(twin.SLOPES):
        axis = k % x.ndim - x.ndim * (k % 2)
        bias, slopes = twin.values(rng, shape[axis], dtype), twin.values(rng, shape[axis], dtype)
        bias = None if k % 3 == 0 else bias
        settings = {"axis": axis, "gain": gain, "clamp": clamp}
        for slope in (slopes, one):
            y = leakyc.bias_prelu(x, bias, slope, **settings)
            twin.same_bits(y, twin.bias_prelu(x, bias, slope, **settings))
            dx, dbias, dslope = leakyc.bias_prelu_grad(grad, x, bias, slope, **settings)
            twin.same_bits(dx, twin.bias_prelu_grad(grad, x, bias, slope, **settings)[0])
            assert dbias is None if bias is None else dbias.shape == bias.shape
            assert np.shape(dslope) == np.shape(slope) and dslope.dtype == dtype


def test_every_bound_of_16_bits(rng):
    """Before they are rounded, results are compared with what is rounded to the bound."""
    x = np.concatenate([rng.uniform(0.5, 2, 4000), rng.uniform(0, 1e-6, 4000), [65504, 65519]])
    x = np.concatenate([x, -x]).astype(np.float32)[None]
    for dtype in map(dtype_named, ("float16", "bfloat16")):
        near = x.astype(dtype)
        for clamp in rng.choice(np.abs(near[0]).astype(np.float64), 60).tolist() + [6e-8, 65504.0]:
            if not clamp:
                continue
            want = twin.bias_prelu_grad(near, near, None, 1.0003, gain=1.0001, clamp=clamp)[0]
            got = leakyc.bias_prelu_grad(near, near, None, 1.0003, gain=1.0001, clamp=clamp)[0]
            twin.same_bits(got, want, f"{dtype}, {clamp}")


@pytest.mark.parametrize(("name", "ulp"), [("float16", 2.0**-10), ("bfloat16", 2.0**-7)])
def test_half_way_to_a_bound(name, ulp):
    """The bias takes each element half way to the next one, which is the bound or is not."""
    x = (1 + ulp * np.arange(16)).astype(dtype_named(name))
    bias = np.full(16, ulp / 2, x.dtype)
    x, bias = np.concatenate([x, -x])[None], np.concatenate([bias, -bias])
    for clamp in x[0, :16].astype(float):
        want = twin.bias_prelu_grad(x, x, bias, 1.0, clamp=clamp)[0]
        got = leakyc.bias_prelu_grad(x, x, bias, 1.0, clamp=clamp)[0]
        twin.same_bits(got, want, str(clamp))


def test_the_gradient_of_what_bias_leaky_relu_gives(rng):
    """Where the output tells the sign of the input, both gradients are one."""
    x, grad = rng.standard_normal((2, 40, 9)).astype("f4")
    bias = rng.standard_normal(9).astype("f4")
    for clamp in (None, 0.5):
        y = leakyc.bias_leaky_relu(x, bias, 0.25, gain=1.5, clamp=clamp)
        twin.same_bits(leakyc.bias_prelu(x, bias, 0.25, gain=1.5, clamp=clamp), y)
        want = leakyc.bias_leaky_relu_grad(grad, y, 0.25, gain=1.5, clamp=clamp)
        got = leakyc.bias_prelu_grad(grad, x, bias, 0.25, gain=1.5, clamp=clamp)
        twin.same_bits(got[0], want[0])
        np.testing.assert_allclose(got[1], want[1], rtol=1e-6)


@pytest.mark.parametrize("bias_shape", [(3,), (3, 1, 1), (1, 3, 1, 1), None])
@pytest.mark.parametrize("slope_shape", [(3,), (3, 1, 1), (1, 3, 1, 1), (1,), (1, 1, 1, 1), ()])
def test_shapes(rng, bias_shape, slope_shape):
    x, grad = rng.standard_normal((2, 2, 3, 4, 5)).astype("f4")
    bias = None if bias_shape is None else rng.standard_normal(bias_shape).astype("f4")
    slope = rng.standard_normal(slope_shape).astype("f4")
    flat_bias = None if bias is None else bias.reshape(-1)
    flat = slope[()] if slope.ndim == 0 else slope.reshape(-1)
    want = twin.bias_prelu(x, flat_bias, flat, 1)
    twin.same_bits(leakyc.bias_prelu(x, bias, slope, axis=1), want)
    dx, dbias, dslope = leakyc.bias_prelu_grad(grad, x, bias, slope, axis=1)
    dx_want, terms = twin.bias_prelu_grad(grad, x, flat_bias, flat, 1)
    twin.same_bits(dx, dx_want)
    assert np.shape(dslope) == slope_shape
    axes = (0, 2, 3) if slope.size == 3 else None
    np.testing.assert_allclose(np.ravel(dslope), np.ravel(terms.sum(axes)), rtol=1e-5)
    kept = leakyc.bias_prelu_grad(grad, x, bias, slope, axis=1, keepdims=True)
    assert np.shape(kept[2]) == ((1, 3, 1, 1) if slope.size == 3 else slope_shape)
    twin.same_bits(np.ravel(kept[2]), np.ravel(dslope))
    if bias is None:
        assert dbias is None and kept[1] is None
    else:
        assert dbias.shape == bias_shape and kept[1].shape == (1, 3, 1, 1)
        np.testing.assert_allclose(dbias.ravel(), dx.sum((0, 2, 3)), rtol=1e-5, atol=1e-6)
        twin.same_bits(kept[1].ravel(), dbias.ravel())


@pytest.mark.parametrize("kind", ["f2", "f4", "f8", "g", "i4", "?"])
@pytest.mark.parametrize("other", ["f2", "f4", "f8", "g", "i8"])
def test_arrays_promote_and_numbers_do_not(rng, kind, other):
    x = (rng.standard_normal((6, 5)) * 3).astype(kind)
    bias, slope = (rng.standard_normal(5) * 3).astype(other), np.full(5, 0.25, "f2")
    got = leakyc.bias_prelu(x, bias, slope)
    twin.same_bits(got, twin.bias_prelu(x, bias, slope))
    dx, dbias, dslope = leakyc.bias_prelu_grad(x, x, bias, slope)
    twin.same_bits(dx, twin.bias_prelu_grad(x, x, bias, slope)[0])
    assert dbias.dtype == dslope.dtype == got.dtype
    for number in (1, 0.3, np.float64(0.3), np.array(0.3)):
        assert leakyc.bias_prelu(x, None, number).dtype == twin.bias_prelu(x, None, 0.3).dtype


def test_longdouble(rng):
    x, grad = (twin.values(rng, (40, 7), np.longdouble) for _ in range(2))
    bias, slope = x[0].copy(), np.full(7, np.longdouble(1) / 3)
    for settings in ({}, {"gain": slope[0], "clamp": 2}):
        y = leakyc.bias_prelu(x, bias, slope, **settings)
        twin.same_bits(y, twin.bias_prelu(x, bias, slope, **settings))
        dx, dbias, dslope = leakyc.bias_prelu_grad(grad, x, bias, slope, **settings)
        twin.same_bits(dx, twin.bias_prelu_grad(grad, x, bias, slope, **settings)[0])
    x, grad = (rng.standard_normal((40, 7)).astype(np.longdouble) / 3 for _ in range(2))
    dx, dbias, dslope = leakyc.bias_prelu_grad(grad, x, bias * 0, slope)
    terms = np.where(x > 0, 0, grad * x)
    np.testing.assert_allclose(dslope, terms.sum(0), rtol=0, atol=1e-17)
    np.testing.assert_allclose(dbias, dx.sum(0), rtol=0, atol=1e-17)
    shared = leakyc.bias_prelu_grad(grad, x, None, slope[0])[2]
    assert shared.dtype == np.longdouble
    np.testing.assert_allclose(shared, terms.sum(), rtol=0, atol=1e-16)


def test_nothing_is_written_to_what_is_shared(rng):
    """Biases and slopes that lie in `out` are read before it is written."""
    memory = rng.standard_normal(60).astype("f4")
    x, bias, slope = memory.reshape(12, 5).copy(), memory[:5], memory[7:12]
    want = leakyc.bias_prelu(x, bias.copy(), slope.copy())
    out = memory.reshape(12, 5)
    leakyc.bias_prelu(x, bias, slope, out=out)
    twin.same_bits(out, want)


# ---- prelu(axis=) ------------------------------------------------------------------------------


@pytest.mark.parametrize("axis", [0, 1, 2, -1, -2])
def test_a_slope_along_an_axis(dtype, rng, axis):
    x, grad = twin.values(rng, (3, 4, 5), dtype), twin.values(rng, (3, 4, 5), dtype)
    slope = twin.values(rng, x.shape[axis], dtype)
    around = twin.along(axis, slope, 3)
    want = leakyc.prelu(x, around)
    dx_want, dslope_want = leakyc.prelu_grad(grad, x, around)
    for given in (slope, around):
        twin.same_bits(leakyc.prelu(x, given, axis=axis), want)
        dx, dslope = leakyc.prelu_grad(grad, x, given, axis=axis)
        twin.same_bits(dx, dx_want)
        assert dslope.shape == given.shape
        twin.same_bits(dslope.ravel(), dslope_want.ravel())
    out = np.empty_like(x)
    assert leakyc.prelu(x, slope, out, axis=axis) is out
    twin.same_bits(out, want)
    where = rng.random(x.shape) < 0.5
    leakyc.prelu(x, slope, out=out, axis=axis, where=where)
    twin.same_bits(out, want)
    strided = np.asfortranarray(x)
    twin.same_bits(leakyc.prelu(strided, slope, axis=axis), want)


def test_a_slope_of_one_element_is_shared(rng):
    x, grad = rng.standard_normal((2, 3, 4)).astype("f4")
    for slope in (np.array([0.25], "f4"), np.array([[0.25]], "f4"), 0.25, np.float32(0.25)):
        for axis in (0, 1, -1):
            twin.same_bits(leakyc.prelu(x, slope, axis=axis), leakyc.prelu(x, 0.25))
            dx, dslope = leakyc.prelu_grad(grad, x, slope, axis=axis)
            want = leakyc.prelu_grad(grad, x, 0.25)
            twin.same_bits(dx, want[0])
            assert np.shape(dslope) == np.shape(slope) and np.ravel(dslope) == want[1]


def test_a_list_along_an_axis():
    x = [[-1.0, -2.0], [3.0, -4.0]]
    assert leakyc.prelu(x, [0.5, 0.25], axis=0).tolist() == [[-0.5, -1], [3, -1]]
    assert leakyc.prelu_grad(x, x, [0.5, 0.25], axis=0)[1].tolist() == [5, 16]
