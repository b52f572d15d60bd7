"""A multilayer perceptron on NumPy and leakyc: layers, losses, gradient descent.

A layer has `forward(x)`, which keeps what its `backward(grad)` needs; `params` and, after
`backward`, `grads`, in the same order. A network is a list of layers.
"""

import numpy as np

import leakyc


class Dense:
    """x @ weight + bias. The weights are drawn as He et al. (2015) do, times `gain`."""

    def __init__(self, rng, inputs, outputs, gain=2**0.5, dtype=np.float32):
        weight = rng.normal(0, gain / np.sqrt(inputs), (inputs, outputs))
        self.params = [weight.astype(dtype), np.zeros(outputs, dtype)]

    def forward(self, x):
        weight, bias = self.params
        self.x = x
        return x @ weight + bias

    def backward(self, grad):
        weight, _ = self.params
        self.grads = [self.x.T @ grad, grad.sum(axis=0)]
        return grad @ weight.T


class LeakyReLU:
    """leakyc's function and its gradient; ReLU with slope 0."""

    params = grads = ()

    def __init__(self, slope):
        self.slope = slope
        self.gain = np.sqrt(2 / (1 + slope**2))  # He et al. (2015), equation 15

    def forward(self, x):
        self.x = x
        return leakyc.leaky_relu(x, self.slope)

    def backward(self, grad):
        return leakyc.leaky_relu_grad(grad, self.x, self.slope)


class PReLU:
    """A slope for each unit, learned with the weights. He et al. (2015) start at 0.25."""

    gain = np.sqrt(2 / (1 + 0.25**2))

    def __init__(self, units, dtype=np.float32):
        self.params = [np.full(units, 0.25, dtype)]

    def forward(self, x):
        self.x = x
        return leakyc.prelu(x, self.params[0])

    def backward(self, grad):
        dx, dslope = leakyc.prelu_grad(grad, self.x, self.params[0])
        self.grads = [dslope]
        return dx


class Sigmoid:
    """1 / (1 + exp(-x))."""

    params = grads = ()
    gain = 1.0

    def forward(self, x):
        self.y = 0.5 * (1 + np.tanh(0.5 * x))
        return self.y

    def backward(self, grad):
        return grad * self.y * (1 - self.y)


class Tanh:
    """The hyperbolic tangent."""

    params = grads = ()
    gain = 1.0

    def forward(self, x):
        self.y = np.tanh(x)
        return self.y

    def backward(self, grad):
        return grad * (1 - self.y * self.y)


def mlp(rng, inputs, hidden, outputs, activation, dtype=np.float32):
    """Dense layers of the sizes in `hidden`, each with `activation(units)` after it, and a last
    Dense layer without one."""
    layers = []
    for units in hidden:
        act = activation(units)
        layers += [Dense(rng, inputs, units, act.gain, dtype), act]
        inputs = units
    return [*layers, Dense(rng, inputs, outputs, 1.0, dtype)]


def forward(layers, x):
    """The network's output."""
    for layer in layers:
        x = layer.forward(x)
    return x


def backward(layers, grad):
    """The gradient at the network's input; each layer's `grads` on the way."""
    for layer in reversed(layers):
        grad = layer.backward(grad)
    return grad


def cross_entropy(logits, labels):
    """Mean cross-entropy of the softmax, and its gradient at the logits."""
    rows = np.arange(len(labels))
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    grad = np.exp(log_p)
    grad[rows, labels] -= 1
    return -log_p[rows, labels].mean(), grad / np.asarray(len(labels), grad.dtype)


def squared_error(outputs, targets):
    """Mean squared error, and its gradient at the outputs."""
    difference = outputs - targets
    return (difference**2).mean(), 2 * difference / np.asarray(difference.size, outputs.dtype)


def accuracy(layers, x, labels):
    """The share of rows whose largest output is their label's."""
    return float((forward(layers, x).argmax(axis=1) == labels).mean())


def descend(layers, rate):
    """One step of gradient descent, in place."""
    for layer in layers:
        for param, grad in zip(layer.params, layer.grads, strict=True):
            param -= np.asarray(rate, param.dtype) * grad


class Adam:
    """Kingma and Ba (2015), over the parameters of a network."""

    def __init__(self, layers, rate=1e-3, decay=(0.9, 0.999)):
        self.layers, self.rate, self.decay, self.steps = layers, rate, decay, 0
        self.means = [np.zeros_like(p) for layer in layers for p in layer.params]
        self.squares = [np.zeros_like(p) for p in self.means]

    def step(self):
        first, second = self.decay
        self.steps += 1
        rate = self.rate * np.sqrt(1 - second**self.steps) / (1 - first**self.steps)
        params = [p for layer in self.layers for p in layer.params]
        grads = [g for layer in self.layers for g in layer.grads]
        for p, g, mean, square in zip(params, grads, self.means, self.squares, strict=True):
            mean += (1 - first) * (g - mean)
            square += (1 - second) * (g * g - square)
            p -= np.asarray(rate, p.dtype) * mean / (np.sqrt(square) + 1e-8)
