"""Derivatives by HIPS autograd: numeric checks in both modes, orders 1 to 3, any broadcast."""

import numpy as np
import pytest
import twin
from needs import need
from programs import ended
from test_foreign_arguments import CALLS

import leakyc

autograd = need("autograd")

import autograd.numpy as anp  # noqa: E402
from autograd.test_util import check_grads  # noqa: E402

import leakyc.autograd as ours  # noqa: E402

# The shapes of x and of the slope.
SHAPES = [
    ((), ()),
    ((5,), ()),
    ((3, 4), ()),
    ((3, 4), (4,)),
    ((3, 4), (3, 1)),
    ((3, 4), (1, 1)),
    ((3, 4), (3, 4)),
    ((2, 3, 2, 2), (3, 1, 1)),
    ((1, 4), (3, 1)),
    ((4,), (3, 4)),
    ((), (3,)),
]
ORDERS = {1: SHAPES, 2: SHAPES, 3: SHAPES[:6]}
CASES = [(order, *shapes) for order, chosen in ORDERS.items() for shapes in chosen]


def away_from_zero(rng, shape):
    """Of both signs, farther from the kink than any step of a numeric check."""
    return rng.choice([-1.0, 1.0], shape) * rng.uniform(0.5, 2, shape)


@pytest.mark.parametrize("mode", ["rev", "fwd"])
@pytest.mark.parametrize(("order", "x_shape", "slope_shape"), CASES)
def test_forward_by_x_and_by_the_slope(rng, mode, order, x_shape, slope_shape):
    x, slope = away_from_zero(rng, x_shape), rng.uniform(0.1, 0.9, slope_shape)
    check_grads(ours.prelu, (0, 1), modes=[mode], order=order)(x, slope)
    check_grads(ours.leaky_relu, 0, modes=[mode], order=order)(x, slope)
    check_grads(ours.leaky_relu, 1, modes=[mode], order=order)(x, slope)


@pytest.mark.parametrize("mode", ["rev", "fwd"])
@pytest.mark.parametrize(("order", "x_shape", "slope_shape"), CASES)
def test_gradient_by_all_three(rng, mode, order, x_shape, slope_shape):
    x, slope = away_from_zero(rng, x_shape), rng.uniform(0.1, 0.9, slope_shape)
    grad = rng.standard_normal(np.broadcast_shapes(x_shape, slope_shape))
    check_grads(ours.leaky_relu_grad, (0, 1, 2), modes=[mode], order=order)(grad, x, slope)
    check_grads(ours.leaky_relu_grad, 0, modes=[mode], order=order)(x, grad, slope)


@pytest.mark.parametrize("mode", ["rev", "fwd"])
@pytest.mark.parametrize(
    ("order", "x_shape", "slope_shape"),
    [case for case in CASES if np.broadcast_shapes(*case[1:]) == case[1]],
)
def test_gradient_with_the_slopes_gradient(rng, mode, order, x_shape, slope_shape):
    x, slope = away_from_zero(rng, x_shape), rng.uniform(0.1, 0.9, slope_shape)
    grad = rng.standard_normal(x_shape)
    check_grads(ours.prelu_grad, (0, 1, 2), modes=[mode], order=order)(grad, x, slope)


def test_both_modes_mixed(rng):
    x, slope = away_from_zero(rng, (3, 4)), rng.uniform(0.1, 0.9, 4)
    check_grads(ours.prelu, (0, 1), modes=["fwd", "rev"], order=3)(x, slope)


def test_through_a_network(rng):
    x, weights, slope = rng.standard_normal((6, 4)), rng.standard_normal((4, 5)), np.full(5, 0.2)

    def loss(weights, slope):
        return anp.sum(ours.prelu(x @ weights, slope) ** 3)

    check_grads(loss, (0, 1), modes=["fwd", "rev"], order=2)(weights, slope)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_values_are_the_librarys(rng, dtype):
    x, grad, slope = (twin.values(rng, (3, 20), dtype) for _ in range(3))
    twin.same_bits(ours.leaky_relu(x), leakyc.leaky_relu(x))
    twin.same_bits(ours.prelu(x, slope), leakyc.prelu(x, slope))
    twin.same_bits(ours.leaky_relu_grad(grad, x), leakyc.leaky_relu_grad(grad, x))
    vjp, y = autograd.core.make_vjp(lambda x: ours.leaky_relu(x, 0.25), x)
    twin.same_bits(y, leakyc.leaky_relu(x, 0.25))
    twin.same_bits(vjp(grad), leakyc.leaky_relu_grad(grad, x, 0.25))


def test_first_derivatives_at_zero_are_those_of_the_contract():
    x = np.array([0.0, -0.0, np.nan, 1.0, -1.0])
    by_x = autograd.elementwise_grad(ours.leaky_relu)(x, 0.25)
    assert by_x.tolist() == [0.25, 0.25, 0.25, 1.0, 0.25]
    by_slope = autograd.elementwise_grad(ours.leaky_relu, 1)(x, np.full(5, 0.25))
    np.testing.assert_array_equal(by_slope, [0.0, 0.0, np.nan, 0.0, -1.0])


def test_infinite_values_leave_no_nan_where_the_slope_has_no_say():
    x = np.array([np.inf, 2.0])
    by_slope = autograd.grad(lambda slope: anp.sum(ours.leaky_relu(x, slope)))(0.25)
    assert by_slope == 0


def test_float32_stays_float32(rng):
    x = rng.standard_normal((3, 4)).astype(np.float32)
    slope = np.full(4, 0.25, np.float32)
    for argnum in (0, 1):
        found = autograd.grad(lambda x, slope: anp.sum(ours.prelu(x, slope)), argnum)(x, slope)
        assert found.dtype == np.float32


def test_both_gradients_come_from_one_pass(rng, monkeypatch):
    calls = []
    for name in ("leaky_relu_grad", "prelu_grad"):
        real = getattr(leakyc, name)
        monkeypatch.setattr(
            leakyc, name, lambda *args, n=name, f=real: (calls.append(n), f(*args))[1]
        )
    x, slope = rng.standard_normal((3, 4)), np.full(4, 0.25)
    vjp, _ = autograd.core.make_vjp(lambda both: ours.prelu(*both), (x, slope))
    dx, dslope = vjp(np.ones((3, 4)))
    assert calls == ["prelu_grad"]
    twin.same_bits(dx, twin.leaky_relu_grad(np.ones((3, 4)), x, slope))
    np.testing.assert_allclose(dslope, np.minimum(x, 0).sum(axis=0), rtol=1e-14)


def test_the_slope_by_name(rng):
    x = rng.standard_normal(9)
    found = autograd.grad(lambda a: anp.sum(ours.leaky_relu(x, negative_slope=a)))(0.25)
    np.testing.assert_allclose(found, np.minimum(x, 0).sum())


def test_without_autograd_the_error_says_what_is_missing():
    program = "import sys; sys.modules['autograd'] = None; import leakyc; import leakyc.autograd"
    done = ended("-c", program)
    assert done.returncode == 1
    assert "ImportError: leakyc.autograd needs the package autograd" in done.stderr


ONES = np.ones(3)
TRACED = {  # calls with something traced as one of their arguments, and what it is like
    "x of leaky_relu": (lambda t: leakyc.leaky_relu(t), ONES),
    "slope of leaky_relu": (lambda t: leakyc.leaky_relu(ONES, t), ONES),
    "grad of leaky_relu_grad": (lambda t: leakyc.leaky_relu_grad(t, ONES), ONES),
    "x of leaky_relu_grad": (lambda t: leakyc.leaky_relu_grad(ONES, t, from_output=True), ONES),
    "slope of leaky_relu_grad": (lambda t: leakyc.leaky_relu_grad(ONES, ONES, t), ONES),
    "x of prelu": (lambda t: leakyc.prelu(t, 0.1), ONES),
    "slope of prelu": (lambda t: leakyc.prelu(ONES, t), ONES),
    "x of rrelu": (lambda t: leakyc.rrelu(t, rng=np.random.default_rng(1)), ONES),
    "slope with a mask": (lambda t: leakyc.leaky_relu_with_mask(ONES, t.sum()), ONES),
    "slope with a bias": (lambda t: leakyc.bias_leaky_relu(ONES, ONES, t.sum()), ONES),
} | {
    f"{argument} of {name}": case
    for (name, argument), case in CALLS.items()
    if argument not in ("out", "mask")
}


@pytest.mark.parametrize("name", TRACED)
def test_plain_functions_name_the_module_that_autograd_can_differentiate(name):
    call, like = TRACED[name]
    for make in (autograd.grad, autograd.deriv):
        with pytest.raises(TypeError, match=r"traced by autograd.* leakyc\.autograd"):
            make(lambda t: call(t))(like)


BIASED = [  # the shapes of x, of the bias and of the slope; the axis
    ((3, 4), (4,), (4,), -1),
    ((3, 4), (3,), (), 0),
    ((3, 4), None, (4,), 1),
    ((2, 3, 2), (3, 1), (3,), 1),
    ((2, 3, 2), (3,), (1,), 1),
]


def biased(rng, case):
    """Arguments whose sums are away from zero and from any bound."""
    shape, bias_shape, slope_shape, axis = case
    bias = None if bias_shape is None else rng.uniform(-0.1, 0.1, bias_shape)
    slope = rng.uniform(0.3, 0.9, slope_shape) if slope_shape else 0.4
    return away_from_zero(rng, shape), bias, slope, axis


@pytest.mark.parametrize("order", [1, 2, 3])
@pytest.mark.parametrize("mode", ["rev", "fwd"])
@pytest.mark.parametrize("clamp", [None, 100.0, 1e-3])
@pytest.mark.parametrize("case", BIASED, ids=str)
def test_a_bias_and_a_slope(rng, case, clamp, mode, order):
    x, bias, slope, axis = biased(rng, case)
    settings = {"axis": axis, "gain": 1.5, "clamp": clamp}
    grad = rng.standard_normal(x.shape)

    def forward(x, slope, bias=bias):
        return ours.bias_prelu(x, bias, slope, **settings)

    def gradient(grad, x, slope, bias=bias):
        dx, dbias, dslope = ours.bias_prelu_grad(grad, x, bias, slope, **settings)
        return dx.sum() * 2 + anp.sum(dslope) + (0 if dbias is None else anp.sum(dbias**2))

    which = (0, 1) if bias is None else (0, 1, 2)
    arguments = [a for a in (x, slope, bias) if a is not None]
    twin.same_bits(forward(*arguments), leakyc.bias_prelu(x, bias, slope, **settings))
    check_grads(forward, which, modes=[mode], order=order)(*arguments)
    if mode == "rev" or order < 3:
        check_grads(gradient, (0, *[i + 1 for i in which]), modes=[mode], order=order)(
            grad, *arguments
        )


@pytest.mark.parametrize("mode", ["rev", "fwd"])
@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("keepdims", [False, True])
def test_a_bias(rng, mode, order, keepdims):
    x, bias = away_from_zero(rng, (3, 4)), rng.uniform(-0.1, 0.1, 4)
    settings = {"gain": 1.5, "clamp": 2.0}
    twin.same_bits(
        ours.bias_leaky_relu(x, bias, 0.2, **settings),
        leakyc.bias_leaky_relu(x, bias, 0.2, **settings),
    )
    y, grad = leakyc.bias_leaky_relu(x, bias, 0.2), rng.standard_normal((3, 4))

    def forward(x, bias, slope):
        return ours.bias_leaky_relu(x, bias, slope, gain=1.5)

    def gradient(grad, slope):
        dx, dbias = ours.bias_leaky_relu_grad(grad, y, slope, gain=1.5, keepdims=keepdims)
        return anp.sum(dx**2) + anp.sum(dbias**2)

    check_grads(forward, (0, 1, 2), modes=[mode], order=order)(x, bias, 0.2)
    check_grads(gradient, (0, 1), modes=[mode], order=order)(grad, 0.2)


@pytest.mark.parametrize("mode", ["rev", "fwd"])
@pytest.mark.parametrize("shape", [(3,), (1,)])
def test_a_slope_along_an_axis(rng, mode, shape):
    x, slope = away_from_zero(rng, (2, 3, 2)), rng.uniform(0.1, 0.9, shape)
    grad = rng.standard_normal(x.shape)
    twin.same_bits(ours.prelu(x, slope, axis=1), leakyc.prelu(x, slope, axis=1))

    def gradient(grad, x, slope):
        dx, dslope = ours.prelu_grad(grad, x, slope, axis=1)
        return anp.sum(dx**2) + anp.sum(dslope**2)

    assert ours.prelu_grad(grad, x, slope, axis=1)[1].shape == shape
    check_grads(lambda x, slope: ours.prelu(x, slope, axis=1), modes=[mode], order=2)(x, slope)
    check_grads(gradient, modes=[mode], order=2)(grad, x, slope)
