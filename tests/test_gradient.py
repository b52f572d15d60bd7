"""First and second derivatives against central differences, away from the kink."""

import numpy as np
import pytest

import leakyc

STEP = 1e-5
SLOPES = [0.01, 0.0, 1.0, 1.5, -0.5, np.array([0.3, -0.2, 2.0, 0.0])]


def operands(rng):
    """x of both signs and farther from zero than any step, a gradient and two directions."""
    x = rng.choice([-1.0, 1.0], (5, 4)) * rng.uniform(0.5, 2, (5, 4))
    return x, *rng.standard_normal((3, 5, 4))


def central(f, x, direction):
    """The derivative of f at x along a direction."""
    return (f(x + STEP * direction) - f(x - STEP * direction)) / (2 * STEP)


@pytest.mark.parametrize("slope", SLOPES, ids=str)
def test_first_order(rng, slope):
    x, grad, direction, _ = operands(rng)
    numeric = central(lambda x: np.sum(grad * leakyc.leaky_relu(x, slope)), x, direction)
    dx = leakyc.leaky_relu_grad(grad, x, slope)
    np.testing.assert_allclose(np.sum(dx * direction), numeric, rtol=1e-8, atol=1e-8)
    from_the_slope = leakyc.prelu_grad(grad, x, slope)[1]
    towards = rng.standard_normal(np.shape(slope))
    numeric = central(lambda s: np.sum(grad * leakyc.leaky_relu(x, s)), slope, towards)
    np.testing.assert_allclose(np.sum(from_the_slope * towards), numeric, rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize("slope", SLOPES, ids=str)
def test_second_order(rng, slope):
    x, grad, direction, v = operands(rng)

    def of_grad(grad):
        return np.sum(v * leakyc.leaky_relu_grad(grad, x, slope))

    def of_x(x):
        return np.sum(v * leakyc.leaky_relu_grad(grad, x, slope))

    dgrad = leakyc.leaky_relu_grad(v, x, slope)
    numeric = central(of_grad, grad, direction)
    np.testing.assert_allclose(np.sum(dgrad * direction), numeric, rtol=1e-8, atol=1e-8)
    assert central(of_x, x, direction) == 0


@pytest.mark.parametrize("slope", SLOPES, ids=str)
def test_second_order_of_a_loss(rng, slope):
    """The Hessian of a curved loss times a direction: forward and backward, each passed twice."""
    x, _, direction, _ = operands(rng)

    def gradient(x):  # of sum(leaky_relu(x)**3)
        return leakyc.leaky_relu_grad(3 * leakyc.leaky_relu(x, slope) ** 2, x, slope)

    change = leakyc.leaky_relu_grad(direction, x, slope)  # of the output, by the chain rule
    product = leakyc.leaky_relu_grad(6 * leakyc.leaky_relu(x, slope) * change, x, slope)
    np.testing.assert_allclose(product, central(gradient, x, direction), rtol=1e-7, atol=1e-7)


def test_the_gradient_is_linear_in_grad(rng):
    x, a, b, _ = operands(rng)
    whole = leakyc.leaky_relu_grad(2 * a - 4 * b, x, 0.25)
    parts = 2 * leakyc.leaky_relu_grad(a, x, 0.25) - 4 * leakyc.leaky_relu_grad(b, x, 0.25)
    np.testing.assert_array_equal(whole, parts)  # powers of two round nothing
    np.testing.assert_array_equal(
        leakyc.leaky_relu_grad(-a, -x, 0.25), -leakyc.leaky_relu_grad(a, -x, 0.25)
    )
