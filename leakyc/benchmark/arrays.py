"""The arrays that are timed: random normals, and the activations of a small trained network."""

import io
import subprocess
import sys

import numpy as np

import leakyc
from leakyc import _core

SLOPE = 0.01
PAGE = 4096


def normals(n, dtype="float32", seed=20131):
    """n random normals: their signs have no pattern that a branch predictor could learn."""
    rng = np.random.default_rng(seed)
    block = rng.standard_normal(min(n, 1 << 20), dtype=np.float32)
    return np.resize(block, n).astype(dtype)


def dtype_named(name):
    """The dtype of a name in the core's list; None where ml_dtypes, which has bfloat16, is not
    installed."""
    if name != "bfloat16":
        return np.dtype(name)
    try:
        import ml_dtypes
    except ImportError:
        return None
    return np.dtype(ml_dtypes.bfloat16)


def at_offset(n, dtype, offset):
    """Zeros that start so many bytes after a page's begin: NumPy's own begin 16 after a multiple
    of 64, and the distance between two arrays matters in cache."""
    dtype = np.dtype(dtype)
    raw = np.zeros(n * dtype.itemsize + 2 * PAGE, dtype=np.uint8)
    begin = -raw.ctypes.data % PAGE + offset
    return raw[begin : begin + n * dtype.itemsize].view(dtype)


def namespace(x, threads, grad=None, y=None):
    """What a case's statement sees, with `x` as the input."""
    y = np.zeros_like(x) if y is None else y
    grad = normals(x.size, x.dtype, seed=7).reshape(x.shape) if grad is None else grad
    return {
        **{name: getattr(leakyc, name) for name in leakyc.__all__},
        "np": np,
        "set_threads": leakyc.set_num_threads,
        "copy_at": _core.copy_at,
        "leak_at": _core.leak_at,
        "isa": next(isa["name"] for isa in _core.isas() if isa["chosen"]),
        "dtype": x.dtype.name,
        "threads": threads,
        "n": x.size,
        "a": SLOPE,
        "one": 1.0,
        "x": x,
        "grad": grad,
        "y": y,
        "t": np.zeros_like(x),
        "m": np.zeros(x.shape, dtype=bool),
        "x_at": x.ctypes.data,
        "y_at": y.ctypes.data,
        "grad_at": grad.ctypes.data,
    }


# A process of its own: scikit-learn brings an OpenMP runtime, which would run beside ours.
LOAD_DIGITS = """
import sys, numpy
from sklearn.datasets import load_digits
digits = load_digits()
numpy.save(sys.stdout.buffer, numpy.column_stack([digits.data, digits.target]).astype("float32"))
"""


def digits():
    """scikit-learn's handwritten digits, (images, classes), or None where it is not installed."""
    done = subprocess.run(
        [sys.executable, "-c", LOAD_DIGITS], capture_output=True, timeout=120, check=False
    )
    if done.returncode != 0:
        return None
    table = np.load(io.BytesIO(done.stdout))
    return table[:, :-1] / 16, table[:, -1].astype(int)


class Network:
    """Two hidden layers with leaky ReLU, trained by gradient descent, in leakyc's own calls."""

    def __init__(self, sizes, seed=0):
        rng = np.random.default_rng(seed)
        self.weights = [
            rng.standard_normal((m, n), dtype=np.float32) * np.float32(np.sqrt(2 / m))
            for m, n in zip(sizes, sizes[1:], strict=False)
        ]

    def forward(self, images):
        """The inputs of every layer, and the inputs of the activations (the last: the scores)."""
        inputs, before = [images], []
        for w in self.weights:
            before.append(inputs[-1] @ w)
            inputs.append(leakyc.leaky_relu(before[-1], SLOPE))
        return inputs, before

    def step(self, images, classes, rate=0.1):
        """One step of gradient descent; returns the gradients that met the activations."""
        inputs, before = self.forward(images)
        scores = before[-1] - before[-1].max(axis=1, keepdims=True)
        grad = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
        grad[np.arange(len(classes)), classes] -= 1
        grad /= len(classes)
        met = []
        for layer in reversed(range(len(self.weights))):
            change = inputs[layer].T @ grad
            if layer:
                met.append(grad @ self.weights[layer].T)
                grad = leakyc.leaky_relu_grad(met[-1], before[layer - 1], SLOPE)
            self.weights[layer] -= np.float32(rate) * change
        return met

    def accuracy(self, images, classes):
        return float((self.forward(images)[1][-1].argmax(axis=1) == classes).mean())


def activations(images, classes, epochs=8, batch=64, hidden=256):
    """The input of the second activation and the gradient that comes back to it, over all images,
    after some epochs; and the accuracy by then."""
    network = Network((images.shape[1], hidden, hidden, 10))
    order = np.random.default_rng(1)
    for _ in range(epochs):
        for some in np.array_split(order.permutation(len(images)), len(images) // batch):
            network.step(images[some], classes[some])
    accuracy = network.accuracy(images, classes)
    x = network.forward(images)[1][1]
    grad = network.step(images, classes)[0]
    return np.ascontiguousarray(x), np.ascontiguousarray(grad), accuracy
