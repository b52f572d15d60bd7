"""docs/names.md against the libraries that it names: defaults, and the gradient at zero."""

import inspect

import numpy as np
import pytest
import twin
from needs import need

import leakyc

X = np.array([-2, -0.5, -0.0, 0.0, 1.5], np.float32)
GRAD = np.array([1, -3, 2, -2, 4], np.float32)


@pytest.fixture
def torch():
    return need("torch")


def with_gradient(torch, function):
    """The function's value at X and its gradient."""
    x = torch.from_numpy(X.copy()).requires_grad_()
    y = function(x)
    return y.detach().numpy(), torch.autograd.grad(y, x, torch.from_numpy(GRAD))[0].numpy()


def test_torch_leaky_relu(torch):
    y, dx = with_gradient(torch, torch.nn.functional.leaky_relu)
    twin.same_bits(y, leakyc.leaky_relu(X))
    twin.same_bits(dx, leakyc.leaky_relu_grad(GRAD, X))
    assert torch.nn.LeakyReLU().negative_slope == 0.01


def test_torch_prelu(torch):
    layer = torch.nn.PReLU()
    y, dx = with_gradient(torch, layer)
    assert layer.weight.tolist() == [0.25]
    twin.same_bits(y, leakyc.prelu(X, 0.25))
    twin.same_bits(dx, leakyc.prelu_grad(GRAD, X, 0.25)[0])


def test_torch_rrelu(torch):
    signature = inspect.signature(torch.nn.functional.rrelu).parameters
    ours = inspect.signature(leakyc.rrelu).parameters
    assert all(signature[end].default == ours[end].default for end in ("lower", "upper"))
    y, dx = with_gradient(torch, torch.nn.functional.rrelu)
    twin.same_bits(y, leakyc.leaky_relu(X, (1 / 8 + 1 / 3) / 2))
    twin.same_bits(dx, leakyc.leaky_relu_grad(GRAD, X, (1 / 8 + 1 / 3) / 2))
    y, dx = with_gradient(torch, lambda x: torch.nn.functional.rrelu(x, 0.25, 0.25, True))
    theirs, slope = leakyc.rrelu(X, 0.25, 0.25, rng=np.random.default_rng())
    twin.same_bits(y, theirs)
    twin.same_bits(dx, leakyc.leaky_relu_grad(GRAD, X, slope))


def test_onnx():
    onnx = need("onnx")
    alpha = onnx.defs.get_schema("LeakyRelu").attributes["alpha"]
    assert alpha.default_value.f == np.float32(0.01)
    assert [i.name for i in onnx.defs.get_schema("PRelu").inputs] == ["X", "slope"]


def test_jax_and_its_gradient_at_zero():
    jax = need("jax")
    y, vjp = jax.vjp(jax.nn.leaky_relu, X)
    assert inspect.signature(jax.nn.leaky_relu).parameters["negative_slope"].default == 0.01
    twin.same_bits(np.asarray(y), leakyc.leaky_relu(X))
    twin.same_bits(np.asarray(vjp(GRAD)[0]), leakyc.leaky_relu_grad(GRAD, X >= 0))
