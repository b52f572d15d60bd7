"""A recurrent network that reads each digit pixel by pixel, with tanh, ReLU or Leaky ReLU units.

One pixel a step, 64 steps; the label is asked for after the last. With ReLU and its kin the state's
matrix starts as the identity (Le, Jaitly and Hinton, 2015), so that at first the state only adds up
what it reads; with tanh it starts as an orthogonal matrix. A ReLU state forgets whatever gets
negative. The leak keeps `slope` of it, and of its gradient.
"""

import sys

import numpy as np

import leakyc
from examples.networks import data, nn, report

PLOT = "recurrent.svg"
UNITS = {"tanh": None, "ReLU": 0.0, "Leaky ReLU 0.01": 0.01, "Leaky ReLU 0.2": 0.2}
SHORT = {"units": ("ReLU", "Leaky ReLU 0.2"), "seeds": 1, "epochs": 8, "pixels": 1}


class Recurrent:
    """state = act(pixels @ inward + state @ onward + bias); puts out the last state.

    The slope is that of Leaky ReLU; None means tanh. Inputs are (time, rows, pixels).
    """

    def __init__(self, rng, inputs, units, slope, dtype=np.float32):
        inward = rng.normal(0, 0.5 / np.sqrt(inputs), (inputs, units))
        onward = np.eye(units) if slope is not None else orthogonal(rng, units)
        self.params = [inward.astype(dtype), onward.astype(dtype), np.zeros(units, dtype)]
        self.slope = slope

    def forward(self, x):
        inward, onward, bias = self.params
        self.x = x
        self.states = [np.zeros((x.shape[1], len(bias)), x.dtype)]
        for now in x:
            z = now @ inward + self.states[-1] @ onward
            if self.slope is None:
                state = np.tanh(z + bias)
            else:
                state = leakyc.bias_leaky_relu(z, bias, self.slope, out=z)
            self.states.append(state)
        return self.states[-1]

    def backward(self, grad):
        """Through time, from the last step to the first; `reaches` are the norms on the way."""
        inward, onward, _ = self.params
        self.grads = [np.zeros_like(p) for p in self.params]
        self.reaches = []
        for now, before, state in zip(
            self.x[::-1], self.states[-2::-1], self.states[:0:-1], strict=True
        ):
            self.reaches.append(np.linalg.norm(grad))
            if self.slope is None:
                dz = grad * (1 - state * state)
                dbias = dz.sum(axis=0)
            else:
                dz, dbias = leakyc.bias_leaky_relu_grad(grad, state, self.slope)
            for total, part in zip(self.grads, (now.T @ dz, before.T @ dz, dbias), strict=True):
                total += part
            grad = dz @ onward.T
        return None  # nobody needs the gradient at the pixels


def orthogonal(rng, units):
    """A random matrix that turns and does not stretch."""
    return np.linalg.qr(rng.normal(size=(units, units)))[0]


def sequence(x, pixels):
    """Images (rows, 64) as (time, rows, pixels)."""
    return np.ascontiguousarray(x.reshape(len(x), -1, pixels).transpose(1, 0, 2))


def clip(layer, most=1.0):
    """Scales the layer's gradients down to this norm, if they have a larger one."""
    norm = np.sqrt(sum(np.vdot(g, g) for g in layer.grads))
    if norm > most:
        layer.grads = [g * (most / norm) for g in layer.grads]


def train(slope, seed, epochs, pixels):
    """Held-out accuracies after each epoch, and the gradient's norms back through time."""
    rng = np.random.default_rng(seed)
    split = data.load("digits", seed)
    state = Recurrent(rng, pixels, 64, slope)
    layers = [state, nn.Dense(rng, 64, split.outputs, 1.0)]
    optimiser = nn.Adam(layers, rate=1e-3)
    seen, unseen = sequence(split.x, pixels), sequence(split.x_test, pixels)
    history = [nn.accuracy(layers, unseen, split.y_test)]
    for _ in range(epochs):
        for x, labels in data.batches(rng, split, 64):
            _, grad = nn.cross_entropy(nn.forward(layers, sequence(x, pixels)), labels)
            nn.backward(layers, grad)
            clip(state)
            optimiser.step()
        history.append(nn.accuracy(layers, unseen, split.y_test))
    _, grad = nn.cross_entropy(nn.forward(layers, seen), split.y)
    nn.backward(layers, grad)
    return np.array(history), np.array(state.reaches)


def run(seed=0, units=tuple(UNITS), seeds=2, epochs=10, pixels=1):
    """By kind of unit: histories and reaches, one for each seed."""
    result = {name: [] for name in units}
    todo = [(name, i) for name in units for i in range(seeds)]
    for name, i in report.progress(todo, "recurrent"):
        result[name].append(train(UNITS[name], 10 * seed + i, epochs, pixels))
    return {name: [np.array(p) for p in zip(*runs, strict=True)] for name, runs in result.items()}


def best(result):
    """The mean over the seeds of the best accuracy in the last three epochs."""
    return {name: float(found[0][:, -3:].max(axis=1).mean()) for name, found in result.items()}


def table(result):
    """A row for each kind of unit."""
    right = best(result)
    rows = [
        [name, right[name], f"{np.median(reaches[:, -1] / reaches[:, 0]):.2g}"]
        for name, (_, reaches) in result.items()
    ]
    header = ["units", "held-out accuracy", "gradient at the first step / at the last"]
    return report.table(header, rows)


def findings(result):
    """What the runs show; each with whether it holds in this result."""
    right = best(result)
    relu, leaky = right["ReLU"], right["Leaky ReLU 0.2"]
    found = [
        (
            f"The leak helps here: {leaky:.0%} of the held-out digits with slope 0.2, {relu:.0%}"
            " with ReLU.",
            leaky > relu + 0.03,
        )
    ]
    if "tanh" in right:
        found.append(
            (
                f"The best unit is neither: tanh, from an orthogonal start, has"
                f" {right['tanh']:.0%}.",
                right["tanh"] > leaky,
            )
        )
    return found


def plot(result):
    """Accuracy over the epochs, and the gradient's way back through time."""
    figure, ((left, right),) = report.figure(2)
    for name, (history, reaches) in result.items():
        colour = report.COLOURS[name]
        left.plot(100 * history.mean(axis=0), "o-", ms=3, color=colour, label=name)
        back = np.median(reaches / reaches[:, :1], axis=0)
        right.plot(-np.arange(len(back)), back, color=colour, label=name)
    left.set(xlabel="epoch", ylabel="held-out accuracy, %", title="digits read pixel by pixel")
    left.legend(fontsize=8)
    right.set(xlabel="steps before the last", ylabel="norm of the gradient, last step = 1")
    right.set(yscale="log", title="the gradient on its way back, after training")
    return figure


if __name__ == "__main__":
    report.main(sys.modules[__name__])
