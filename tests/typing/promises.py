"""Checked by mypy, never run: what the stubs promise of each kind of call."""

from typing import Any, assert_type

import numpy as np
from numpy.typing import NDArray

import leakyc

half: NDArray[np.float16] = np.ones(3, np.float16)
single: NDArray[np.float32] = np.ones(3, np.float32)
double: NDArray[np.float64] = np.ones(3)
whole: NDArray[np.int64] = np.ones(3, np.int64)
flags: NDArray[np.bool_] = np.ones(3, np.bool_)

# Arrays keep their dtype under a scalar slope, and integers give float64.
assert_type(leakyc.leaky_relu(half), NDArray[np.float16])
assert_type(leakyc.leaky_relu(single), NDArray[np.float32])
assert_type(leakyc.leaky_relu(single, 0.1), NDArray[np.float32])
assert_type(leakyc.leaky_relu(single, negative_slope=1), NDArray[np.float32])
assert_type(leakyc.leaky_relu(single, np.float64(0.1)), NDArray[np.float32])
assert_type(leakyc.leaky_relu(whole), NDArray[np.float64])
assert_type(leakyc.leaky_relu(flags), NDArray[np.float64])
assert_type(leakyc.leaky_relu_grad(single, single, 0.1), NDArray[np.float32])
assert_type(leakyc.leaky_relu_grad(single, single, from_output=True), NDArray[np.float32])
assert_type(leakyc.leaky_relu_grad(whole, whole), NDArray[np.float64])

# Array slopes.
assert_type(leakyc.leaky_relu(single, single), NDArray[np.float32])
assert_type(leakyc.prelu(single, single), NDArray[np.float32])
assert_type(leakyc.prelu(single, 0.1), NDArray[np.float32])
assert_type(leakyc.prelu(single, slope=single), NDArray[np.float32])
assert_type(leakyc.prelu(whole, 0.1), NDArray[np.float64])

# Scalars.
assert_type(leakyc.leaky_relu(-1.0), np.float64)
assert_type(leakyc.leaky_relu(-1), np.float64)
assert_type(leakyc.leaky_relu(np.float32(-1)), np.float32)
assert_type(leakyc.leaky_relu(np.int8(-1)), np.float64)
assert_type(leakyc.leaky_relu_grad(1.0, -1.0, 0.1), np.float64)
assert_type(leakyc.leaky_relu_grad(1.0, single), NDArray[np.float32])
assert_type(leakyc.leaky_relu_grad(half, 1, 0.1), NDArray[np.float16])
assert_type(leakyc.leaky_relu_grad(np.float64(1), single), NDArray[Any])

# `out` comes back, `dtype` decides, and what another keyword of the ufuncs' makes of it is Any.
assert_type(leakyc.leaky_relu(single, out=double), NDArray[np.float64])
assert_type(leakyc.leaky_relu(single, 0.1, single), NDArray[np.float32])
assert_type(leakyc.leaky_relu(single, out=double, where=flags), NDArray[np.float64])
assert_type(leakyc.leaky_relu(single, out=None, order="C"), Any)
assert_type(leakyc.leaky_relu([1.0, 2.0]), Any)
assert_type(leakyc.leaky_relu([1.0, 2.0], 0.1, None), Any)
assert_type(leakyc.leaky_relu([1.0, 2.0], out=(single,)), NDArray[np.float32])
assert_type(leakyc.leaky_relu(whole, dtype=np.float32), NDArray[np.float32])
assert_type(leakyc.leaky_relu_grad(single, single, out=single), NDArray[np.float32])
assert_type(leakyc.prelu(single, single, single), NDArray[np.float32])

# Training.
bits: NDArray[np.uint8] = np.ones(1, np.uint8)
assert_type(leakyc.leaky_relu_with_mask(single, 0.1), tuple[NDArray[np.float32], NDArray[np.uint8]])
assert_type(
    leakyc.leaky_relu_with_mask(half, 1, out=single, mask=bits),
    tuple[NDArray[np.float32], NDArray[np.uint8]],
)
assert_type(leakyc.leaky_relu_grad_from_mask(half, bits, 0.1), NDArray[np.float16])
assert_type(leakyc.leaky_relu_grad_from_mask(half, bits, 0.1, out=single), NDArray[np.float32])
assert_type(leakyc.bias_leaky_relu(single, single), NDArray[np.float32])
assert_type(leakyc.bias_leaky_relu(single, whole, 0.1, axis=1, gain=2, clamp=None), NDArray[Any])
assert_type(leakyc.bias_leaky_relu(single, half, out=single), NDArray[np.float32])
assert_type(leakyc.bias_leaky_relu(single, whole, out=None), NDArray[Any])
assert_type(
    leakyc.bias_leaky_relu_grad(single, single, clamp=256.0),
    tuple[NDArray[np.float32], NDArray[np.float32]],
)
assert_type(leakyc.prelu(single, single, axis=1), NDArray[np.float32])
assert_type(leakyc.bias_prelu(single, None, 0.1, axis=1), NDArray[np.float32])
assert_type(leakyc.bias_prelu(single, half, single, out=single), NDArray[np.float32])
assert_type(
    leakyc.bias_prelu_grad(single, single, single, single, gain=2),
    tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]],
)
assert_type(
    leakyc.bias_prelu_grad(single, single, single, 0.1),
    tuple[NDArray[np.float32], NDArray[np.float32], np.float32],
)
assert_type(
    leakyc.prelu_grad(single, single, single), tuple[NDArray[np.float32], NDArray[np.float32]]
)
assert_type(leakyc.prelu_grad(single, single, 0.1), tuple[NDArray[np.float32], np.float32])

# Random slopes.
rng = np.random.default_rng(5)
assert_type(leakyc.rrelu(single, rng=rng), tuple[NDArray[np.float32], NDArray[np.float32]])
assert_type(leakyc.rrelu(whole, 0, 1, rng=rng), tuple[NDArray[np.float64], NDArray[np.float64]])
assert_type(leakyc.rrelu([-1.0], rng=rng, out=single), tuple[NDArray[np.float32], Any])
assert_type(leakyc.rrelu(-1.0, rng=rng), tuple[Any, Any])

# The rest.
assert_type(leakyc.ufuncs.leaky_relu, np.ufunc)
assert_type(leakyc.get_num_threads(), int)
assert_type(leakyc.set_num_threads(None), int | None)
assert_type(leakyc.show_config(), None)
assert_type(leakyc.show_config("dict"), dict[str, Any])
assert_type(leakyc.__version__, str)
with leakyc.threads(2):
    pass

# Errors: an unused `ignore` is one too.
leakyc.leaky_relu()  # type: ignore[call-overload]
leakyc.leaky_relu(single, casting="no way")  # type: ignore[call-overload]
leakyc.leaky_relu(single, unknown=1)  # type: ignore[call-overload]
leakyc.leaky_relu_grad(single)  # type: ignore[call-overload]
leakyc.prelu(single)  # type: ignore[call-overload]
leakyc.leaky_relu_with_mask(single)  # type: ignore[call-overload]
leakyc.leaky_relu_grad_from_mask(single)  # type: ignore[call-overload]
leakyc.bias_leaky_relu(single, single, axis=None)  # type: ignore[call-overload]
leakyc.prelu_grad(single, single)  # type: ignore[call-overload]
leakyc.set_num_threads("2")  # type: ignore[arg-type]
leakyc.show_config("json")  # type: ignore[call-overload]
