"""Bad arguments of the training operations: the class that NumPy would raise, the argument named,
`out` untouched."""

import numpy as np
import pytest
import twin

import leakyc

X = np.array([[1, -2, 3], [-4, 5, -6]], np.float32)
MASK = twin.mask(X)
BIAS = np.array([1, 2, 3], np.float32)

with_mask = leakyc.leaky_relu_with_mask
from_mask = leakyc.leaky_relu_grad_from_mask
bias = leakyc.bias_leaky_relu
bias_grad = leakyc.bias_leaky_relu_grad
prelu_grad = leakyc.prelu_grad
bias_prelu = leakyc.bias_prelu
bias_prelu_grad = leakyc.bias_prelu_grad

CALLS = {
    "leaky_relu_with_mask": lambda x=X, slope=0.1, **k: with_mask(x, slope, **k),
    "leaky_relu_grad_from_mask": lambda x=X, slope=0.1, **k: from_mask(x, MASK, slope, **k),
    "bias_leaky_relu": lambda x=X, slope=0.1, **k: bias(x, BIAS, slope, **k),
    "bias_leaky_relu_grad": lambda x=X, slope=0.1, **k: bias_grad(x, X, slope, **k),
    "prelu_grad": lambda x=X, slope=0.1, **k: prelu_grad(x, X, slope, **k),
    "bias_prelu": lambda x=X, slope=0.1, **k: bias_prelu(x, BIAS, slope, **k),
    "bias_prelu_grad": lambda x=X, slope=0.1, **k: bias_prelu_grad(x, X, BIAS, slope, **k),
}
every = pytest.mark.parametrize("name", list(CALLS))


def fails(error, match, call, *arguments, out=True, **keywords):
    """The call raises, and `out` is as it was."""
    if out is True:
        out = np.full(X.shape, 7, np.float32)
    before = out.copy() if isinstance(out, np.ndarray) else None
    with pytest.raises(error, match=match):
        call(*arguments, out=out, **keywords)
    if before is not None:
        np.testing.assert_array_equal(out, before)


@every
@pytest.mark.parametrize(
    "bad", [X.astype(complex), X.astype("U"), X.astype("M8[s]"), X.astype(object), "text"]
)
def test_dtypes(name, bad):
    fails(TypeError, f"{name}: (x|grad) has dtype .* it takes real", CALLS[name], x=bad)


@every
@pytest.mark.parametrize("bad", [None, "0.1", 1j, [0.1, 0.2], np.array("a")])
def test_slopes(name, bad):
    if "prelu" in name and isinstance(bad, list):
        fails(ValueError, "slope has shape", CALLS[name], slope=bad)
    else:
        fails(TypeError, f"{name}: (negative_)?slope", CALLS[name], slope=bad)


@every
def test_outputs(name):
    call = CALLS[name]
    fails(TypeError, f"{name}: out must be an array or None, got list", call, out=[0.0])
    fails(TypeError, f"{name}: out must be an array", call, out=(np.zeros_like(X),))
    fails(ValueError, rf"{name}: out has shape \(3,\)", call, out=np.zeros(3, np.float32))
    fails(TypeError, f"{name}: out has dtype int64", call, out=np.zeros(X.shape, np.int64))
    frozen = np.zeros_like(X)
    frozen.flags.writeable = False
    fails(ValueError, f"{name}: out is read-only", call, out=frozen)


@pytest.mark.parametrize("function", [with_mask, from_mask])
def test_masks(function):
    def call(mask, **keywords):
        if function is from_mask:
            return from_mask(X, mask, 0.1, **keywords)
        return with_mask(X, 0.1, mask=mask, **keywords)

    name = function.__name__
    fails(TypeError, f"{name}: mask must be an array", call, [1])
    fails(TypeError, f"{name}: mask has dtype bool; it takes uint8", call, np.zeros(1, bool))
    fails(ValueError, rf"{name}: mask has shape \(2,\); .* \(1,\)", call, np.zeros(2, np.uint8))
    fails(ValueError, rf"{name}: mask has shape \(2, 3\)", call, np.zeros((2, 3), np.uint8))


def test_masks_that_cannot_be_written():
    x = np.ones(100, np.float32)
    frozen = np.zeros(13, np.uint8)
    frozen.flags.writeable = False
    for mask in (frozen, np.zeros(26, np.uint8)[::2]):
        with pytest.raises(ValueError, match="mask must be contiguous and writeable"):
            with_mask(x, 0.1, mask=mask)
        from_mask(x, mask, 0.1)  # it is only read here
    with pytest.raises(ValueError, match="mask must not overlap x or out"):
        with_mask(x, 0.1, mask=x.view(np.uint8)[:13])
    out = np.zeros(100, np.float32)
    with pytest.raises(ValueError, match="mask must not overlap x or out"):
        with_mask(x, 0.1, out=out, mask=out.view(np.uint8)[:13])
    assert not out.any() and (x == 1).all()


def test_biases():
    fails(ValueError, r"bias has shape \(2,\); axis 1 of x.* \(3,\)", bias, X, BIAS[:2])
    fails(ValueError, r"bias has shape \(3,\); axis 0 of x", bias, X, BIAS, axis=0)
    fails(ValueError, r"bias has shape \(1, 3\); axis 0", bias, X, BIAS[None], axis=0)
    fails(ValueError, r"bias has shape \(3, 1\)", bias, X, BIAS[:, None])
    fails(ValueError, r"bias has shape \(1, 1\)", bias, X, BIAS[:1, None])
    fails(ValueError, r"bias has shape \(2, 3\)", bias, X, np.ones_like(X))
    fails(ValueError, r"bias has shape \(1, 1, 3\)", bias, X, BIAS[None, None])
    fails(ValueError, r"bias has shape \(\)", bias, X, 1.0)
    fails(TypeError, "bias has dtype complex64", bias, X, BIAS * 1j)


@pytest.mark.parametrize("function", [bias, bias_grad])
def test_axis_gain_clamp(function):
    second, name = BIAS if function is bias else X, function.__name__
    fails(np.exceptions.AxisError, f"{name}: axis 2 is out of bounds", function, X, second, axis=2)
    fails(np.exceptions.AxisError, "axis -3", function, X, second, axis=-3)
    with pytest.raises(np.exceptions.AxisError):
        function(1.0, 1.0)
    fails(TypeError, "integer", function, X, second, axis=0.5)
    fails(
        TypeError, f"{name}: gain must be one real number, got str", function, X, second, gain="1"
    )
    fails(TypeError, "clamp must be one real number", function, X, second, clamp=[1, 2])
    for bound in (0, -1.0, np.nan):
        fails(ValueError, f"{name}: clamp must be None or > 0", function, X, second, clamp=bound)


@pytest.mark.parametrize("function", [bias_prelu, bias_prelu_grad])
def test_biases_and_slopes_a_channel(function):
    def call(bias, slope, **keywords):
        arrays = (X,) if function is bias_prelu else (X, X)
        return function(*arrays, bias, slope, **keywords)

    name = function.__name__
    fails(ValueError, rf"{name}: bias has shape \(2,\); axis 1 of x.* \(3,\)", call, BIAS[:2], 0.1)
    fails(ValueError, r"slope has shape \(2,\); axis 1 of x.* \(3,\)", call, BIAS, BIAS[:2])
    fails(ValueError, r"slope has shape \(3,\); axis 0", call, BIAS[:2], BIAS, axis=0)
    fails(ValueError, r"slope has shape \(2, 3\); axis 1", call, None, np.ones_like(X))
    fails(ValueError, r"slope has shape \(2, 1\), along axis 0", call, BIAS, BIAS[:2, None])
    fails(ValueError, r"bias has shape \(\)", call, 1.0, 0.1)
    fails(TypeError, "bias has dtype complex64", call, BIAS * 1j, 0.1)
    fails(TypeError, "slope has dtype complex64", call, BIAS, BIAS * 1j)
    fails(np.exceptions.AxisError, f"{name}: axis 2 is out of bounds", call, BIAS, BIAS, axis=2)
    fails(TypeError, "integer", call, BIAS, BIAS, axis=0.5)
    fails(TypeError, f"{name}: gain must be one real number", call, BIAS, BIAS, gain="1")
    for bound in (0, -1.0, np.nan):
        fails(ValueError, f"{name}: clamp must be None or > 0", call, BIAS, BIAS, clamp=bound)
    fails(ValueError, "grad has shape", bias_prelu_grad, X, X[0], BIAS, BIAS)


@pytest.mark.parametrize("function", [leakyc.prelu, prelu_grad])
def test_slopes_along_an_axis(function):
    def call(slope, **keywords):
        arrays = (X,) if function is leakyc.prelu else (X, X)
        return function(*arrays, slope, **keywords)

    name = function.__name__
    fails(
        ValueError, rf"{name}: slope has shape \(2,\); axis 1 of x.* \(3,\)", call, BIAS[:2], axis=1
    )
    fails(ValueError, r"slope has shape \(3,\); axis 0", call, BIAS, axis=0)
    fails(ValueError, r"slope has shape \(2, 3\); axis 1", call, np.ones_like(X), axis=1)
    fails(ValueError, r"slope has shape \(2, 1\); axis 1", call, BIAS[:2, None], axis=-1)
    for slope in (BIAS, 0.1):
        fails(np.exceptions.AxisError, f"{name}: axis 2 is out of bounds", call, slope, axis=2)
        fails(TypeError, "integer", call, slope, axis=0.5)


def test_what_the_output_does_not_tell():
    for slope in (-0.1, -np.inf, np.nan):
        fails(ValueError, "negative_slope must be >= 0", bias_grad, X, X, slope)
    for gain in (0, -1, np.nan, np.inf):
        fails(ValueError, "gain must be > 0 and finite", bias_grad, X, X, gain=gain)


def test_shapes_that_differ():
    fails(ValueError, r"grad has shape \(3,\), y has shape \(2, 3\)", bias_grad, X[0], X)
    fails(ValueError, r"grad has shape \(2, 3\), x has shape \(3,\)", prelu_grad, X, X[0], 0.1)
    for shape in ((2,), (1, 2, 3), (3, 1)):
        for dtype in (X.dtype, "f8"):
            slope = np.ones(shape, dtype)
            fails(ValueError, "slope has shape .* broadcasts to that of x", prelu_grad, X, X, slope)


def test_missing_and_unknown_arguments():
    for function in (with_mask, from_mask, bias, bias_grad, prelu_grad):
        with pytest.raises(TypeError):
            function()
    for call in CALLS.values():
        with pytest.raises(TypeError, match="unknown"):
            call(unknown=1)
    with pytest.raises(TypeError):
        bias(X, BIAS, 0.1, -1)
