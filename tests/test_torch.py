"""Bit for bit what torch's leaky_relu computes on the CPU, forward and backward."""

import numpy as np
import pytest
import twin

import leakyc

torch = pytest.importorskip("torch", reason="torch is not installed")

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


def test_a_tensor_is_taken_and_given_back():
    x = torch.linspace(-2, 2, 7)
    y = leakyc.leaky_relu(x, 0.1)
    want = torch.nn.functional.leaky_relu(x, 0.1)
    assert torch.equal(torch.as_tensor(y), want)
