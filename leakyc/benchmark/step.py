"""The user's step: a perceptron trained with NumPy's products, its activation done in several ways.

A call is timed together with what it leaves behind: a thread that still spins, or memory that went
through the cache, is paid for by the matrix product that follows. Two hidden layers; a step is
forward, backward and descent. Who does not fuse the bias has none, or adds it with NumPy.
"""

import itertools
from typing import NamedTuple

import numpy as np

import leakyc
from leakyc.benchmark import arrays, cases, measure, results

SHAPES = {
    f"step, {batch} x {width}": (batch, width)
    for batch, width in ((256, 256), (1024, 512), (4096, 256), (16384, 256))
}
INPUTS, CLASSES = 64, 10
RATE = np.float32(1e-3)
SLOPE = np.float32(arrays.SLOPE)
ONE = "1 thread"
RIVALS = ONE, cases.MAXIMUM, cases.WHERE


class Way(NamedTuple):
    """One way of doing the activation."""

    forward: object  # z, the product -> the output, and what the gradient needs
    backward: object  # the gradient of the output, and that -> the gradient of z
    bias: bool = False  # whether the layers have one


class Fused(NamedTuple):
    """One that does the bias as well."""

    forward: object  # z, bias -> as above
    backward: object  # as above -> the gradient of z, and the bias's


def output(y):
    """The output, which is also what its gradient needs."""
    return y, y


def masks(z):
    return leakyc.leaky_relu_with_mask(z, SLOPE, out=z)


def fused(z, bias):
    return output(leakyc.bias_leaky_relu(z, bias, SLOPE, out=z))


FRESH = Way(
    lambda z: (leakyc.leaky_relu(z, SLOPE), z),
    lambda grad, z: leakyc.leaky_relu_grad(grad, z, SLOPE),
)
WHERE = Way(
    lambda z: (np.where(z > 0, z, SLOPE * z), z),
    lambda grad, z: np.where(z > 0, grad, SLOPE * grad),
)
MAXIMUM = Way(
    lambda z: (np.maximum(z, SLOPE * z), z),
    lambda grad, z: grad * np.where(z > 0, np.float32(1), SLOPE),
)
WAYS = {
    "fresh": FRESH,
    "in_place": Way(
        lambda z: output(leakyc.leaky_relu(z, SLOPE, out=z)),
        lambda grad, y: leakyc.leaky_relu_grad(grad, y, SLOPE, out=grad, from_output=True),
    ),
    "masks": Way(
        masks,
        lambda grad, mask: leakyc.leaky_relu_grad_from_mask(grad, mask, SLOPE, out=grad),
    ),
    "fused": Fused(fused, lambda grad, y: leakyc.bias_leaky_relu_grad(grad, y, SLOPE, out=grad)),
    "where": WHERE,
    "maximum": MAXIMUM,
    "where_bias": WHERE._replace(bias=True),
    "maximum_bias": MAXIMUM._replace(bias=True),
}


class Perceptron:
    """A network of two hidden layers that learns the same in every way."""

    def __init__(self, way, x, wanted, width, rate=RATE):
        self.way, self.x, self.wanted, self.rate = way, x, wanted, rate
        rng = np.random.default_rng(0)
        sizes = (x.shape[1], width, width, wanted.shape[1])
        self.weights = [
            rng.standard_normal((m, n), dtype=np.float32) * np.float32(np.sqrt(2 / m))
            for m, n in itertools.pairwise(sizes)
        ]
        self.biases = [np.zeros(n, np.float32) for n in sizes[1:-1]]

    def forward(self, layer, y):
        """A layer's output, and what its gradient needs."""
        z = y @ self.weights[layer]
        if isinstance(self.way, Fused):
            return self.way.forward(z, self.biases[layer])
        if self.way.bias:
            z += self.biases[layer]
        return self.way.forward(z)

    def backward(self, layer, grad, kept):
        """The gradient of the layer's product; its bias learns."""
        if isinstance(self.way, Fused):
            grad, change = self.way.backward(grad, kept)
            self.biases[layer] -= self.rate * change
            return grad
        grad = self.way.backward(grad, kept)
        if self.way.bias:
            self.biases[layer] -= self.rate * grad.sum(axis=0)
        return grad

    def scores(self):
        """What comes out at the end."""
        y = self.x
        for layer in range(len(self.biases)):
            y, _ = self.forward(layer, y)
        return y @ self.weights[-1]

    def step(self):
        """One step of gradient descent on the squares of the errors."""
        outputs, kept = [self.x], []
        for layer in range(len(self.biases)):
            y, needed = self.forward(layer, outputs[-1])
            outputs.append(y)
            kept.append(needed)
        grad = outputs[-1] @ self.weights[-1] - self.wanted
        grad *= np.float32(2 / grad.size)
        for layer in reversed(range(len(self.weights))):
            change = outputs.pop().T @ grad
            if layer:
                grad = grad @ self.weights[layer].T
                grad = self.backward(layer - 1, grad, kept.pop())
            self.weights[layer] -= self.rate * change

    def on(self, threads):
        """The step with leakyc on so many threads; NumPy's products on theirs."""
        with leakyc.threads(threads):
            self.step()


def case(name, way, idioms, needs="leaky_relu"):
    """A row: the way on all threads; against itself on one, and against idioms."""
    rivals = {ONE: f"{way}.on(1)", **{rival: f"{idiom}.step()" for rival, idiom in idioms.items()}}
    return cases.Case(name, f"{way}.on(threads)", 0, rivals, needs=needs)


PLAIN = {cases.WHERE: "where", cases.MAXIMUM: "maximum"}
BIASED = {cases.WHERE: "where_bias", cases.MAXIMUM: "maximum_bias"}

CASES = [
    case("fresh", "fresh", PLAIN),
    case("in place", "in_place", PLAIN),
    case("with masks", "masks", PLAIN, "leaky_relu_with_mask"),
    case("bias fused", "fused", BIASED, "bias_leaky_relu_grad"),
]
QUICK = CASES[:2]


def namespace(batch, width, threads):
    """What the statements see: a network for each way."""
    x = arrays.normals(batch * INPUTS).reshape(batch, INPUTS)
    names = {name: Perceptron(way, x, x[:, :CLASSES], width) for name, way in WAYS.items()}
    return names | {"threads": threads}


def calls(batch, width):
    """How many steps make a sample: enough that it hardly matters what ran before it."""
    return 1 if batch * width >= 1 << 20 else 2


def timed(name, threads, statements, seconds):
    """Samples of the steps of one shape; None threads are the default."""
    shape = SHAPES[name]
    names = namespace(*shape, threads)
    return measure.measure(statements, names, seconds, sample=2e-3, least=calls(*shape))


def time_group(name, threads, table, seconds):
    """The steps of one shape, as `results.of_group` tells them."""
    table = cases.available(table)
    samples = timed(name, threads, cases.statements(table), seconds)
    like = np.empty(SHAPES[name], np.float32)
    return results.of_group(table, samples, like, threads, name)
