"""Do units die with ReLU, and does the leak prevent it? A deep, narrow network on digits.

A hidden unit is *dead* when the loss has gradient zero at its input for every image of the
training set: gradient descent will never move it again. It is *closed* when its input is negative
for every image. A closed ReLU unit is dead; a closed Leaky ReLU unit still learns, `slope` times as
fast as an open one.
"""

import sys

import numpy as np

from examples.networks import data, nn, report

PLOT = "dying_neurons.svg"
ACTIVATIONS = {
    "ReLU": lambda units: nn.LeakyReLU(0.0),
    "Leaky ReLU 0.01": lambda units: nn.LeakyReLU(0.01),
    "Leaky ReLU 0.1": lambda units: nn.LeakyReLU(0.1),
    "Leaky ReLU 0.2": lambda units: nn.LeakyReLU(0.2),
    "PReLU": nn.PReLU,
    "sigmoid": lambda units: nn.Sigmoid(),
    "tanh": lambda units: nn.Tanh(),
}
HIDDEN = [32] * 10
SHORT = {"rates": (0.02, 0.5), "seeds": 2, "epochs": 6}


def dead_and_closed(layers, x, labels):
    """The share of hidden units that are dead, and of those that are closed."""
    _, grad = nn.cross_entropy(nn.forward(layers, x), labels)
    dead, closed = [], []
    for layer in reversed(layers):
        grad = layer.backward(grad)
        if not isinstance(layer, nn.Dense):
            dead.append((grad == 0).all(axis=0))
            inputs = getattr(layer, "x", None)  # sigmoid and tanh have no closed half
            closed.append((inputs <= 0).all(axis=0) if inputs is not None else dead[-1])
    return np.mean(dead), np.mean(closed)


def train(activation, rate, seed, epochs):
    """Trains one network; returns its history: epoch, dead, closed, loss, held-out accuracy."""
    rng = np.random.default_rng(seed)
    split = data.load("digits", seed)
    layers = nn.mlp(rng, 64, HIDDEN, split.outputs, activation)
    history = []
    for epoch in range(epochs + 1):
        if epoch % 3 == 0:
            loss, _ = nn.cross_entropy(nn.forward(layers, split.x), split.y)
            dead, closed = dead_and_closed(layers, split.x, split.y)
            right = nn.accuracy(layers, split.x_test, split.y_test)
            history.append((epoch, dead, closed, loss, right))
        for x, labels in data.batches(rng, split, 64):
            _, grad = nn.cross_entropy(nn.forward(layers, x), labels)
            nn.backward(layers, grad)
            nn.descend(layers, rate)
    return np.array(history)


def run(seed=0, rates=(0.02, 0.1, 0.5), seeds=3, epochs=12):
    """Histories by (rate, activation), each of shape (seeds, epochs measured, 5)."""
    todo = [(rate, name) for rate in rates for name in ACTIVATIONS]
    result = {}
    with np.errstate(over="ignore", invalid="ignore"):  # at a high rate some runs diverge
        for rate, name in report.progress(todo, "dying neurons"):
            runs = [train(ACTIVATIONS[name], rate, 10 * seed + i, epochs) for i in range(seeds)]
            result[rate, name] = np.array(runs)
    return result


def ends(result, rate, name):
    """The last (dead, closed, loss, accuracy) of the runs that stayed finite, and their number."""
    last = result[rate, name][:, -1, 1:]
    finite = last[np.isfinite(last[:, 2])]
    return finite, len(last)


def table(result):
    """One row for each learning rate and activation, means over the seeds."""
    rows = []
    for rate, name in result:
        finite, runs = ends(result, rate, name)
        means = finite.mean(axis=0).tolist() if len(finite) else ["-"] * 4
        rows.append([rate, name, *means, f"{runs - len(finite)} of {runs}"])
    header = ["rate", "activation", "dead", "closed", "loss", "held-out accuracy", "diverged"]
    return report.table([header[0], header[1], *header[2:]], [[str(r[0]), *r[1:]] for r in rows])


def findings(result):
    """What the runs show; each with whether it holds in this result."""
    rates = sorted({rate for rate, _ in result})
    leaky = [name for name in ACTIVATIONS if name.startswith(("Leaky", "PReLU"))]

    def most(column, names, rate):
        found = [ends(result, rate, name)[0][:, column] for name in names]
        return max((column.max() for column in found if len(column)), default=0.0)

    relu = [ends(result, rate, "ReLU")[0][:, 0] for rate in rates]
    dead = max(most(0, leaky, rate) for rate in rates)
    closed = max(most(1, leaky, rate) for rate in rates)
    right = {n: ends(result, rates[0], n)[0][:, 3].mean() for n in ("ReLU", "Leaky ReLU 0.2")}
    return [
        (
            f"ReLU units die: at every rate some do in every run, from {min(map(np.min, relu)):.0%}"
            f" to {max(map(np.max, relu)):.0%} of them.",
            all((share > 0).all() for share in relu),
        ),
        (
            "No unit with a leak is dead at the end of any run that stayed finite: at most"
            f" {dead:.0%}.",
            dead == 0,
        ),
        (
            f"The leak does not keep units from closing: up to {closed:.0%} are closed.",
            closed > 0.02,
        ),
        (
            f"At rate {rates[0]}, slope 0.2 is right on {right['Leaky ReLU 0.2']:.0%} of the"
            f" held-out images, ReLU on {right['ReLU']:.0%}.",
            right["Leaky ReLU 0.2"] > right["ReLU"],
        ),
    ]


def plot(result):
    """Dead units and held-out accuracy over the epochs, a column for each rate; means."""
    rates = sorted({rate for rate, _ in result})
    figure, axes = report.figure(len(rates), height=5, rows=2, sharex=True, sharey="row")
    for (rate, name), histories in result.items():
        column = axes[:, rates.index(rate)]
        kept = histories[np.isfinite(histories[:, -1, 3])]  # the runs that stayed finite
        if len(kept):
            epochs, dead, _, _, right = kept.mean(axis=0).T
            column[0].plot(epochs, 100 * dead, color=report.COLOURS[name], label=name)
            column[1].plot(epochs, 100 * right, color=report.COLOURS[name], label=name)
        column[0].set_title(f"learning rate {rate}")
        column[1].set_xlabel("epoch")
    axes[0, 0].text(0.2, 2, "all others: 0")
    axes[0, 0].set_ylabel("dead hidden units, %")
    axes[1, 0].set_ylabel("held-out accuracy, %")
    figure.legend(*axes[0, 0].get_legend_handles_labels(), ncols=7, loc="outside upper center")
    return figure


if __name__ == "__main__":
    report.main(sys.modules[__name__])
