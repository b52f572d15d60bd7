"""A convolutional network on the digits, whose bias and Leaky ReLU are one call, in place.

A 3 x 3 convolution is a matrix product of the filters with the image's neighbourhoods ("im2col").
The product is an array (images, channels, height, width) that nobody else needs, so
`bias_leaky_relu` adds each channel's bias and applies the activation right there, and the backward
pass takes both gradients from that output: the input of the activation is never kept.
"""

import sys

import numpy as np

import leakyc
from examples.networks import data, nn, report

PLOT = "convolution.svg"
SLOPES = {"ReLU": 0.0, "Leaky ReLU 0.1": 0.1, "no activation": 1.0}
SHORT = {"seeds": 1, "epochs": 8}


class Convolution:
    """3 x 3 filters, a bias for each channel, Leaky ReLU; (N, C, H, W) keeps its H and W."""

    def __init__(self, rng, inputs, outputs, slope, dtype=np.float32):
        gain = np.sqrt(2 / (1 + slope**2))
        weight = rng.normal(0, gain / np.sqrt(9 * inputs), (outputs, 9 * inputs))
        self.params = [weight.astype(dtype), np.zeros(outputs, dtype)]
        self.slope = slope

    def forward(self, x):
        weight, bias = self.params
        self.columns = neighbourhoods(x)
        y = (weight @ self.columns).reshape(len(x), len(weight), *x.shape[2:])
        self.y = leakyc.bias_leaky_relu(y, bias, self.slope, axis=1, out=y)
        return self.y

    def backward(self, grad):
        weight, _ = self.params
        dx, dbias = leakyc.bias_leaky_relu_grad(grad, self.y, self.slope, axis=1, out=grad)
        dx = dx.reshape(len(dx), len(weight), -1)
        self.grads = [np.tensordot(dx, self.columns, ([0, 2], [0, 2])), dbias]
        return scattered(weight.T @ dx, grad.shape)


def neighbourhoods(x):
    """(N, C, H, W) -> (N, 9 C, H W): the 3 x 3 pixels around each pixel, zeros outside."""
    padded = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(2, 3))
    return windows.transpose(0, 1, 4, 5, 2, 3).reshape(len(x), -1, x.shape[2] * x.shape[3])


def scattered(columns, shape):
    """The transpose of `neighbourhoods`: adds every column to the pixels it came from."""
    n, _, height, width = shape
    columns = columns.reshape(n, -1, 3, 3, height, width)
    padded = np.zeros((n, columns.shape[1], height + 2, width + 2), columns.dtype)
    for i, j in np.ndindex(3, 3):
        padded[:, :, i : i + height, j : j + width] += columns[:, :, i, j]
    return padded[:, :, 1:-1, 1:-1]


class MeanPool:
    """The mean of each 2 x 2 square."""

    params = grads = ()

    def forward(self, x):
        rows = x[:, :, ::2] + x[:, :, 1::2]
        return (rows[..., ::2] + rows[..., 1::2]) / 4

    def backward(self, grad):
        return (grad / 4).repeat(2, axis=2).repeat(2, axis=3)


class Reshape:
    """Rows to the shape given, and back."""

    params = grads = ()

    def __init__(self, *shape):
        self.shape = shape

    def forward(self, x):
        self.before = x.shape
        return x.reshape(len(x), *self.shape)

    def backward(self, grad):
        return grad.reshape(self.before)


def network(rng, slope, dtype=np.float32):
    """Two convolutions of the 8 x 8 images, and a Dense layer for the ten digits."""
    return [
        Reshape(1, 8, 8),
        Convolution(rng, 1, 12, slope, dtype),
        MeanPool(),
        Convolution(rng, 12, 32, slope, dtype),
        Reshape(32 * 4 * 4),
        nn.Dense(rng, 32 * 4 * 4, 10, 1.0, dtype),
    ]


def train(slope, seed, epochs, done=lambda: None):
    """A trained network, its data, and its held-out accuracy after each epoch."""
    rng = np.random.default_rng(seed)
    split = data.load("digits", seed)
    layers = network(rng, slope)
    optimiser = nn.Adam(layers, rate=3e-3)
    history = []
    for _ in range(epochs):
        for x, labels in data.batches(rng, split, 32):
            _, grad = nn.cross_entropy(nn.forward(layers, x), labels)
            nn.backward(layers, grad)
            optimiser.step()
        history.append(nn.accuracy(layers, split.x_test, split.y_test))
    return layers, split, history


def run(seed=0, seeds=2, epochs=12):
    """Histories by activation, (seeds, epochs); one network's first feature maps; equal bits."""
    todo = [(name, i) for name in SLOPES for i in range(seeds)]
    histories = {name: [] for name in SLOPES}
    for name, i in report.progress(todo, "convolution"):
        layers, split, history = train(SLOPES[name], 10 * seed + i, epochs)
        histories[name].append(history)
        if (name, i) == ("Leaky ReLU 0.1", 0):
            kept = layers, split
    layers, split = kept
    image = split.x_test[:1]
    nn.forward(layers, image)
    maps = image.reshape(8, 8), layers[1].y[0].copy()
    histories = {name: np.array(found) for name, found in histories.items()}
    return {"histories": histories, "maps": maps, "same": same_bits(layers, split.x)}


def same_bits(layers, x):
    """Whether each convolution's output equals product, bias and activation done in steps."""
    same = True
    for layer in layers:
        if isinstance(layer, Convolution):
            weight, bias = layer.params
            product = (weight @ neighbourhoods(x)).reshape(len(x), len(weight), *x.shape[2:])
            steps = leakyc.leaky_relu(product + bias[:, None, None], layer.slope)
            same &= np.array_equal(steps, layer.forward(x))
        x = layer.forward(x)
    return same


def last(result):
    """Held-out accuracies by activation: means of the last three epochs, one for each seed."""
    return {name: found[:, -3:].mean(axis=1) for name, found in result["histories"].items()}


def table(result):
    """A row for each activation."""
    rows = [
        [name, float(found.mean()), float(found.min()), float(found.max())]
        for name, found in last(result).items()
    ]
    return report.table(["activation", "held-out accuracy", "lowest", "highest"], rows)


def findings(result):
    """What the runs show; each with whether it holds in this result."""
    right = {name: found.mean() for name, found in last(result).items()}
    nonlinear = [value for name, value in right.items() if name != "no activation"]
    return [
        (
            f"A non-linearity pays, which one hardly matters: {min(nonlinear):.1%} to"
            f" {max(nonlinear):.1%} with ReLU or a leak, {right['no activation']:.1%} without.",
            min(nonlinear) > right["no activation"] and np.ptp(nonlinear) < 0.02,
        ),
        (
            "The one call in place gives the same bits as product, bias and activation in steps.",
            result["same"],
        ),
    ]


def plot(result):
    """Accuracy over the epochs; one digit and its feature maps."""
    figure, axes = report.figure(1, width=9.5, height=3.4)
    axes[0, 0].remove()
    left, right = figure.subfigures(1, 2, width_ratios=(1, 1.15))
    ax = left.subplots()
    for name, found in result["histories"].items():
        colour = report.COLOURS.get(name, "#555555")
        epochs = np.arange(1, found.shape[1] + 1)
        ax.plot(epochs, 100 * found.mean(axis=0), "o-", ms=3, color=colour, label=name)
    ax.set(xlabel="epoch", ylabel="held-out accuracy, %", ylim=(85, 100))
    ax.legend(loc="lower right")
    image, maps = result["maps"]
    cells = right.subplots(3, 5)
    right.suptitle("a digit and its first feature maps (slope 0.1)\nred: open, blue: leaked")
    limit = np.abs(maps).max()
    for cell in cells.flat:
        cell.set_axis_off()
    cells[1, 0].imshow(image, cmap="gray_r")
    for cell, channel in zip(cells[:, 1:].flat, maps, strict=True):
        cell.imshow(channel, cmap="RdBu_r", vmin=-limit, vmax=limit)
    return figure


if __name__ == "__main__":
    report.main(sys.modules[__name__])
