"""Bit for bit what torch's leaky_relu computes on the CPU, forward and backward."""

import numpy as np
import pytest
import twin
from needs import need

import leakyc

torch = need("torch")

TORCH = {
    "float16": torch.float16,
    "bfloat16": torch.bfloat16,
    "float32": torch.float32,
    "float64": torch.float64,
}
# A slope of NaN, infinity or beyond float32 is refused or undefined there.
SLOPES = [0.01, 0.0, 1.0, 1.3, -0.5, 0.2, 1e-40]


def as_torch(a, dtype):
    signed = {2: np.int16, 4: np.int32, 8: np.int64}[dtype.itemsize]
    return torch.from_numpy(a.view(signed).copy()).view(TORCH[dtype.name])


def as_numpy(t, dtype):
    signed = {2: torch.int16, 4: torch.int32, 8: torch.int64}[dtype.itemsize]
    return t.detach().contiguous().view(signed).numpy().view(dtype)


def inputs(rng, dtype):
    if dtype.itemsize == 2:
        x = np.arange(65536, dtype=np.uint16).view(dtype)
        return x, rng.permutation(x.view(np.uint16)).view(dtype)
    return twin.values(rng, 200_003, dtype), twin.values(rng, 200_003, dtype)


@pytest.mark.parametrize("slope", SLOPES)
def test_forward_and_backward(dtype, rng, slope):
    x, grad = inputs(rng, dtype)
    leaf = as_torch(x, dtype).requires_grad_()
    y = torch.nn.functional.leaky_relu(leaf, slope)
    y.backward(as_torch(grad, dtype))
    twin.same_bits(leakyc.leaky_relu(x, slope), as_numpy(y, dtype))
    twin.same_bits(leakyc.leaky_relu_grad(grad, x, slope), as_numpy(leaf.grad, dtype))


@pytest.fixture
def flushing():
    """Turns PyTorch's flushing of subnormals on, and off."""
    yield torch.set_flush_denormal
    torch.set_flush_denormal(False)


def calls_on(x, grad):
    """Every function on arrays, all of one dtype."""
    half, none = np.full(x.shape[1], 0.5).astype(x.dtype), np.zeros(x.shape[1]).astype(x.dtype)
    bits = np.zeros((x.size + 7) // 8, np.uint8)
    return {
        "forward": lambda: leakyc.leaky_relu(x, 0.5),
        "strided": lambda: leakyc.leaky_relu(x[:, ::2], 0.5),
        "where": lambda: leakyc.leaky_relu(x, 0.5, where=x == x, out=np.zeros_like(x)),
        "tiny slope": lambda: leakyc.leaky_relu(half, 1e-40),
        "prelu": lambda: leakyc.prelu(x, half),
        "gradient": lambda: leakyc.leaky_relu_grad(grad, x, 0.5),
        "from output": lambda: leakyc.leaky_relu_grad(grad, x, 0.5, from_output=True),
        "mask": lambda: leakyc.leaky_relu_with_mask(x, 0.5),
        "from mask": lambda: leakyc.leaky_relu_grad_from_mask(grad, bits, 0.5),
        "bias": lambda: leakyc.bias_leaky_relu(x, none, 0.5),
        "bias gradient": lambda: leakyc.bias_leaky_relu_grad(grad, x, 0.5),
        "prelu gradient": lambda: leakyc.prelu_grad(grad, x, half),
        "rrelu": lambda: leakyc.rrelu(x, rng=np.random.default_rng(1)),
        "a number": lambda: leakyc.leaky_relu(x[0, 0], 0.5),
    }


@pytest.mark.parametrize("shape", [(1, 1), (3, 11), (300, 1000)])
def test_subnormals_are_kept_whatever_torch_flushes(dtype, rng, flushing, shape):
    bits = rng.integers(1, 100, shape).astype(f"u{dtype.itemsize}")
    signs = rng.integers(0, 2, shape).astype(bits.dtype) << np.uint8(8 * dtype.itemsize - 1)
    x, grad = (bits | signs).view(dtype), (bits ^ signs[::-1]).view(dtype)
    for name, call in calls_on(x, grad).items():
        want = call()
        if not flushing(True):
            pytest.skip(reason="PyTorch cannot flush subnormals here")
        got = call()
        flushing(False)
        for a, b in zip(*(r if isinstance(r, tuple) else (r,) for r in (got, want)), strict=True):
            assert np.asarray(a).tobytes() == np.asarray(b).tobytes(), name
