"""Biases in the shapes that people keep them in, and their gradients in the same."""

import numpy as np
import pytest
import twin

import leakyc

SHAPES = [  # of the array, of the bias, the axis
    ((5, 4), (4,), -1),
    ((5, 4), (1, 4), -1),
    ((5, 4), (5, 1), 0),
    ((4, 4), (4, 1), 0),
    ((4, 4), (1, 4), 1),
    ((1, 4), (1, 4), 1),
    ((4, 1), (4, 1), 0),
    ((4, 1), (1, 1), 1),
    ((2, 3, 5, 7), (3, 1, 1), 1),
    ((2, 3, 5, 7), (1, 3, 1, 1), 1),
    ((2, 3, 3, 3), (3, 1, 1), 1),
    ((2, 3, 5, 7), (5, 1), 2),
    ((2, 3, 5, 7), (1, 1, 1, 7), 3),
    ((2, 3, 5, 7), (2, 1, 1, 1), 0),
    ((2, 1, 5, 7), (1, 1, 1), 1),
    ((0, 4), (1, 4), 1),
    ((4, 0), (1, 0), 1),
    ((4, 0), (4, 1), 0),
]
DTYPES = [np.float16, np.float32, np.float64, np.longdouble, np.int32]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape, bias_shape, axis", SHAPES)
def test_forward(rng, shape, bias_shape, axis, dtype):
    x = (rng.standard_normal(shape) * 4).astype(dtype)
    bias = (rng.standard_normal(bias_shape) * 4).astype(dtype)
    want = twin.bias_prelu(x, bias.reshape(-1), 0.25, axis)
    for given in (bias, np.asfortranarray(bias), bias.tolist(), np.repeat(bias, 2, -1)[..., ::2]):
        if isinstance(given, list) and want.dtype != np.float64:
            continue
        for axes in ({}, {"axis": axis}, {"axis": axis - len(shape) * (axis >= 0)}):
            twin.same_bits(leakyc.bias_leaky_relu(x, given, 0.25, **axes), want)
    out = np.empty(shape, want.dtype)
    assert leakyc.bias_leaky_relu(x, bias, 0.25, out=out) is out
    twin.same_bits(out, want)
    strided = np.asfortranarray(x)[..., ::-1]
    twin.same_bits(
        leakyc.bias_leaky_relu(strided, bias, 0.25),
        twin.bias_prelu(x[..., ::-1], bias.reshape(-1), 0.25, axis),
    )


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("axis", [0, 1, 2, -1])
def test_the_gradient_keeps_the_dimensions(rng, axis, dtype):
    grad, y = (
        (rng.standard_normal((2, 3, 4, 5)) * 4).astype(dtype),
        rng.standard_normal((2, 3, 4, 5)),
    )
    y = y.astype(dtype)
    dx, dbias = leakyc.bias_leaky_relu_grad(grad, y, 0.25, axis=axis)
    for arrays in ((grad, y), (np.asfortranarray(grad), y)):
        kept = leakyc.bias_leaky_relu_grad(*arrays, 0.25, axis=axis, keepdims=True)
        twin.same_bits(kept[0], dx)
        assert (
            kept[1].shape
            == np.sum(grad, axis=tuple({0, 1, 2, 3} - {axis % 4}), keepdims=True).shape
        )
        twin.same_bits(kept[1].reshape(-1), dbias)
    flat = leakyc.bias_leaky_relu_grad(grad, y, 0.25, axis=axis, keepdims=False)
    twin.same_bits(flat[1], dbias)


def test_a_bias_does_not_grow():
    """With a gradient of shape (n,), a bias of shape (n, 1) less it would be (n, n)."""
    x = np.linspace(-2, 2, 12, dtype=np.float32).reshape(4, 3)
    for shape, axis in [((4, 1), 0), ((1, 3), 1), ((3,), -1)]:
        bias = np.zeros(shape, np.float32)
        y = leakyc.bias_leaky_relu(x, bias)
        _, dbias = leakyc.bias_leaky_relu_grad(
            np.ones_like(y), y, axis=axis, keepdims=len(shape) > 1
        )
        assert dbias.shape == shape and (bias - 0.1 * dbias).shape == shape
        bias -= 0.1 * dbias


def test_empty_gradients():
    empty = np.ones((0, 4), np.float32)
    assert leakyc.bias_leaky_relu_grad(empty, empty, keepdims=True)[1].tolist() == [[0] * 4]
    none = leakyc.bias_leaky_relu_grad(empty, empty, axis=0, keepdims=True)[1]
    assert none.shape == (0, 1)
