"""Real activations: of a network trained on scikit-learn's handwritten digits."""

import io
import subprocess
import sys

import numpy as np

from leakyc.benchmark import step

RATE = np.float32(0.3)

# A process of its own: scikit-learn brings an OpenMP runtime, which would run beside ours.
LOAD = """
import sys, numpy
from sklearn.datasets import load_digits
digits = load_digits()
numpy.save(sys.stdout.buffer, numpy.column_stack([digits.data, digits.target]).astype("float32"))
"""


def load():
    """The digits, (images, classes), or None where scikit-learn is not installed."""
    done = subprocess.run(
        [sys.executable, "-c", LOAD], capture_output=True, timeout=120, check=False
    )
    if done.returncode != 0:
        return None
    table = np.load(io.BytesIO(done.stdout))
    return table[:, :-1] / 16, table[:, -1].astype(int)


def activations(images, classes, epochs=8, batch=64, hidden=256):
    """The input of the second activation and the gradient that comes back to it, over all images,
    after some epochs; and the accuracy by then."""
    wanted = np.eye(step.CLASSES, dtype=np.float32)[classes]
    network = step.Perceptron(step.FRESH, images, wanted, hidden, RATE)
    order = np.random.default_rng(1)
    for _ in range(epochs):
        for some in np.array_split(order.permutation(len(images)), len(images) // batch):
            network.x, network.wanted = images[some], wanted[some]
            network.step()
    met = []  # by the second activation, and by its gradient

    def forward(z):
        met.append(z)
        return step.FRESH.forward(z)

    def backward(grad, z):
        met.append(grad)
        return step.FRESH.backward(grad, z)

    network.x, network.wanted, network.way = images, wanted, step.Way(forward, backward)
    accuracy = float((network.scores().argmax(axis=1) == classes).mean())
    met.clear()
    network.step()
    return np.ascontiguousarray(met[1]), np.ascontiguousarray(met[2]), accuracy
