"""The NumPy idiom in a training step replaced by leakyc: what it saves in time and in memory.

Two networks on the digits: a perceptron, where matrix products take the time, and a convolutional
network. A step is forward, backward and descent. The ways of doing bias and activation take turns,
step by step in one process, each coming first in its turn, so that all of them see the same machine
and the same neighbours; times are medians.
"""

import statistics
import sys
import time
import tracemalloc

import numpy as np

import leakyc
from examples.networks import convolution, data, nn, report

PLOT = "drop_in.svg"
THREADS = None  # all of them
SLOPE = np.float32(0.1)
SHORT = {"rounds": 3, "width": 128, "batch": 256}


# The ways. Forward: the product, without its bias, and the bias -> the output, and what the
# gradient needs. Backward: the gradient and that -> the gradient at the product, and the bias's.
# The channels are axis 1.


def where(z, bias):
    z += spread(bias, z)
    return np.where(z > 0, z, SLOPE * z), z


def where_grad(grad, z):
    dz = np.where(z > 0, grad, SLOPE * grad)
    return dz, summed(dz)


def maximum(z, bias):
    z += spread(bias, z)
    return np.maximum(z, SLOPE * z), z


def maximum_grad(grad, z):
    dz = grad * np.where(z > 0, np.float32(1), SLOPE)
    return dz, summed(dz)


def ours(z, bias):
    z += spread(bias, z)
    return leakyc.leaky_relu(z, SLOPE), z


def ours_grad(grad, z):
    dz = leakyc.leaky_relu_grad(grad, z, SLOPE)
    return dz, summed(dz)


def in_place(z, bias):
    z += spread(bias, z)
    y = leakyc.leaky_relu(z, SLOPE, out=z)
    return y, y


def in_place_grad(grad, y):
    dz = leakyc.leaky_relu_grad(grad, y, SLOPE, out=grad, from_output=True)
    return dz, summed(dz)


def fused(z, bias):
    y = leakyc.bias_leaky_relu(z, bias, SLOPE, axis=1, out=z)
    return y, y


def fused_grad(grad, y):
    return leakyc.bias_leaky_relu_grad(grad, y, SLOPE, axis=1, out=grad)


def masked(z, bias):
    z += spread(bias, z)
    return leakyc.leaky_relu_with_mask(z, SLOPE, out=z)


def masked_grad(grad, mask):
    dz = leakyc.leaky_relu_grad_from_mask(grad, mask, SLOPE, out=grad)
    return dz, summed(dz)


WAYS = {
    "np.where": (where, where_grad),
    "np.maximum": (maximum, maximum_grad),
    "leakyc": (ours, ours_grad),
    "leakyc in place": (in_place, in_place_grad),
    "leakyc, bias fused": (fused, fused_grad),
    "leakyc, masks": (masked, masked_grad),
}


def spread(bias, z):
    """The bias in a shape that broadcasts along axis 1."""
    return bias.reshape(-1, *[1] * (z.ndim - 2))


def summed(dz):
    """The bias's gradient."""
    return dz.sum(axis=(0, *range(2, dz.ndim)))


class Activation:
    """Bias and Leaky ReLU, in one of the ways. Counts its own seconds."""

    def __init__(self, way, channels):
        self.way_forward, self.way_backward = WAYS[way]
        self.params = [np.zeros(channels, np.float32)]
        self.seconds = 0.0

    def forward(self, z):
        start = time.perf_counter()
        y, self.kept = self.way_forward(z, self.params[0])
        self.seconds += time.perf_counter() - start
        return y

    def backward(self, grad):
        kept, self.kept = self.kept, None
        start = time.perf_counter()
        dz, dbias = self.way_backward(grad, kept)
        self.seconds += time.perf_counter() - start
        self.grads = [dbias]
        return dz


class Product:
    """x @ weight."""

    def __init__(self, rng, inputs, outputs):
        self.params = [(rng.normal(0, np.sqrt(2 / inputs), (inputs, outputs))).astype(np.float32)]

    def forward(self, x):
        self.x = x
        return x @ self.params[0]

    def backward(self, grad):
        x, self.x = self.x, None
        self.grads = [x.T @ grad]
        return grad @ self.params[0].T


class Filters:
    """3 x 3 filters without a bias, on (N, C, H, W)."""

    def __init__(self, rng, inputs, outputs):
        weight = rng.normal(0, np.sqrt(2 / (9 * inputs)), (outputs, 9 * inputs))
        self.params = [weight.astype(np.float32)]

    def forward(self, x):
        self.columns = convolution.neighbourhoods(x)
        return (self.params[0] @ self.columns).reshape(len(x), -1, *x.shape[2:])

    def backward(self, grad):
        weight, (columns, self.columns) = self.params[0], (self.columns, None)
        flat = grad.reshape(len(grad), len(weight), -1)
        self.grads = [np.tensordot(flat, columns, ([0, 2], [0, 2]))]
        return convolution.scattered(weight.T @ flat, grad.shape)


def perceptron(way, width):
    """Three hidden layers."""
    rng = np.random.default_rng(0)
    layers = []
    for inputs in (64, width, width):
        layers += [Product(rng, inputs, width), Activation(way, width)]
    return [*layers, Product(rng, width, 10)]


def convolutional(way, width):
    """Two convolutions, of width / 16 channels."""
    rng = np.random.default_rng(0)
    channels = width // 16
    return [
        convolution.Reshape(1, 8, 8),
        Filters(rng, 1, channels),
        Activation(way, channels),
        convolution.MeanPool(),
        Filters(rng, channels, channels),
        Activation(way, channels),
        convolution.MeanPool(),
        convolution.Reshape(channels * 4),
        Product(rng, channels * 4, 10),
    ]


NETWORKS = {"perceptron": perceptron, "convolutional": convolutional}


def step(layers, x, labels):
    """One training step; returns its seconds, and those of bias and activation in it."""
    for layer in layers:
        layer.seconds = 0.0
    start = time.perf_counter()
    _, grad = nn.cross_entropy(nn.forward(layers, x), labels)
    nn.backward(layers, grad)
    del grad
    nn.descend(layers, 0.05)
    return time.perf_counter() - start, sum(layer.seconds for layer in layers)


def peak(layers, x, labels):
    """The most bytes that a step holds beyond what there is before it."""
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    step(layers, x, labels)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most - before


def run(seed=0, rounds=10, width=512, batch=1024):
    """By (network, way): (seconds, seconds of the activation) a round; peak bytes; the weights."""
    split = data.load("digits", seed)
    x, labels = split.x[:batch], split.y[:batch]
    result = {}
    for kind, network in NETWORKS.items():
        nets = {way: network(way, width) for way in WAYS}
        peaks = {}
        for way, layers in nets.items():
            step(layers, x, labels)  # warms up
            peaks[way] = peak(layers, x, labels)
        times = {way: [] for way in WAYS}
        ways = list(nets)
        for done in report.progress(range(rounds), f"drop-in, {kind}"):
            first = done % len(ways)
            for way in ways[first:] + ways[:first]:
                times[way].append(step(nets[way], x, labels))
        for way, layers in nets.items():
            weights = [p for layer in layers for p in layer.params]
            result[kind, way] = np.array(times[way]), peaks[way], weights
    return result


def ratio(result, kind, way, other, column=0):
    """The median of the paired ratios of two ways' times."""
    pairs = zip(result[kind, way][0][:, column], result[kind, other][0][:, column], strict=True)
    return statistics.median(a / b for a, b in pairs)


def table(result):
    """A row for each network and way."""
    rows = []
    for (kind, way), (times, most, _) in result.items():
        whole, part = np.median(times, axis=0)
        rows.append(
            [
                kind,
                way,
                f"{1e3 * whole:.1f}",
                f"{1e3 * part:.1f}",
                f"{part / whole:.0%}",
                f"{ratio(result, kind, 'np.where', way):.2f}",
                f"{ratio(result, kind, 'np.maximum', way):.2f}",
                f"{most / 2**20:.1f}",
            ]
        )
    header = ["network", "bias and activation", "step, ms", "of it activation, ms", "share"]
    header += ["speed-up over np.where", "over np.maximum", "peak, MiB"]
    return report.table(header, rows)


def findings(result):
    """What must be so on any machine; the times are in the table."""
    exact = ("np.maximum", "leakyc", "leakyc in place", "leakyc, masks")

    def same(kind, way, close=np.array_equal):
        pairs = zip(result[kind, way][2], result[kind, "np.where"][2], strict=True)
        return all(close(a, b) for a, b in pairs)

    def saved(kind, way):
        return round(1 - result[kind, way][1] / result[kind, "np.where"][1], 2) + 0.0  # no -0

    return [
        (
            "After all the steps the weights have the same bits in every way but the fused one,"
            " which sums the bias's gradient in another order.",
            all(same(kind, way) for kind in NETWORKS for way in exact),
        ),
        (
            "The fused way ends with the same weights up to rounding.",
            all(
                same(kind, "leakyc, bias fused", lambda a, b: np.allclose(a, b, 1e-2, 1e-3))
                for kind in NETWORKS
            ),
        ),
        (
            f"In place saves {saved('perceptron', 'leakyc in place'):.0%} of the perceptron's peak"
            f" memory, and {saved('convolutional', 'leakyc in place'):.0%} of the convolutional"
            " network's, which is that of the neighbourhoods.",
            saved("perceptron", "leakyc in place") > 0.2,
        ),
        (
            f"Masks save {saved('perceptron', 'leakyc, masks'):.0%} and"
            f" {saved('convolutional', 'leakyc, masks'):.0%}: more than in place only in the"
            " convolutional network, where pooling follows and nobody else needs the output.",
            saved("convolutional", "leakyc, masks") > saved("convolutional", "leakyc in place")
            and saved("perceptron", "leakyc, masks")
            < saved("perceptron", "leakyc in place") + 0.01,
        ),
    ]


def plot(result):
    """The step's time, the activation's part of it, and the peak memory."""
    figure, axes = report.figure(2, width=9.5, height=4.2, rows=2, sharey=True)
    for row, kind in zip(axes, NETWORKS, strict=True):
        medians = [np.median(result[kind, way][0], axis=0) * 1e3 for way in WAYS]
        whole, part = np.array(medians).T
        at = np.arange(len(WAYS))
        row[0].barh(at, whole - part, color="#cccccc", label="the rest of the step")
        row[0].barh(at, part, left=whole - part, color="#4292c6", label="bias and activation")
        row[0].set(title=f"{kind}: one step", xlabel="ms")
        row[0].set_yticks(at, WAYS)
        row[1].barh(at, [result[kind, way][1] / 2**20 for way in WAYS], color="#8e44ad")
        row[1].set(title=f"{kind}: peak memory", xlabel="MiB")
    axes[0, 0].invert_yaxis()
    figure.legend(*axes[0, 0].get_legend_handles_labels(), ncols=2, loc="outside upper center")
    return figure


if __name__ == "__main__":
    report.main(sys.modules[__name__])
