"""One argument puts Leaky ReLU in every layer. Is it worth it? Five data sets, before and after.

`network(...)` builds the same perceptron with whatever slope it is given; `slope=0` is ReLU. Both
start from the same weights and see the same batches. Four classifications and one regression.
"""

import sys

import numpy as np

from examples.networks import data, nn, report

PLOT = "replace_relu.svg"
SETS = ("digits", "breast_cancer", "wine", "iris", "diabetes")
SLOPES = {"ReLU": 0.0, "Leaky ReLU 0.01": 0.01, "Leaky ReLU 0.1": 0.1, "Leaky ReLU 0.2": 0.2}
SHORT = {"seeds": 4, "epochs": 8}


def network(rng, split, slope):
    """Four hidden layers of 32 units with Leaky ReLU of this slope in all of them."""
    return nn.mlp(rng, split.x.shape[1], [32] * 4, split.outputs, lambda units: nn.LeakyReLU(slope))


def train(name, slope, seed, epochs):
    """Held-out error of a trained network: share of wrong labels, or 1 - R^2 of a regression."""
    rng = np.random.default_rng(seed)
    split = data.load(name, seed)
    regression = name in data.REGRESSION
    loss = nn.squared_error if regression else nn.cross_entropy
    layers = network(rng, split, slope)
    optimiser = nn.Adam(layers, rate=2e-3)
    for _ in range(epochs):
        for x, y in data.batches(rng, split, 16 if len(split.x) < 1000 else 64):
            _, grad = loss(nn.forward(layers, x), y)
            nn.backward(layers, grad)
            optimiser.step()
    if regression:
        error, _ = loss(nn.forward(layers, split.x_test), split.y_test)
        return float(error / split.y_test.var())
    return 1 - nn.accuracy(layers, split.x_test, split.y_test)


def run(seed=0, seeds=8, epochs=12):
    """Errors by (data set, activation), one for each seed."""
    todo = [(name, activation) for name in SETS for activation in SLOPES]
    return {
        (name, activation): np.array(
            [train(name, SLOPES[activation], 10 * seed + i, epochs) for i in range(seeds)]
        )
        for name, activation in report.progress(todo, "replace ReLU")
    }


def table(result):
    """Mean error and its spread over the seeds; a row for each data set."""
    rows = [
        [name, *(f"{result[name, a].mean():.3f} ± {result[name, a].std():.3f}" for a in SLOPES)]
        for name in SETS
    ]
    return report.table(["held-out error", *SLOPES], rows)


def paired(result, name, activation):
    """Mean difference to ReLU over the seeds, and its standard error."""
    difference = result[name, activation] - result[name, "ReLU"]
    return difference.mean(), difference.std(ddof=1) / np.sqrt(len(difference))


def findings(result):
    """What the runs show; each with whether it holds in this result."""
    pairs = {
        (name, activation): paired(result, name, activation)
        for name in SETS
        for activation in list(SLOPES)[1:]
    }
    clear = [key for key, (change, error) in pairs.items() if abs(change) > 3 * error]
    worst, error = max(pairs.values())
    spread = np.mean([result[name, "ReLU"].std() for name in SETS])
    size = np.mean([abs(change) for change, _ in pairs.values()])
    return [
        (
            f"In these shallow networks the choice hardly matters: the mean change, {size:.3f}, is"
            f" smaller than the spread over ReLU's own seeds, {spread:.3f}; {len(clear)} of"
            f" {len(pairs)} changes exceed three standard errors.",
            size < spread and len(clear) <= len(pairs) // 3,
        ),
        (
            f"Nothing is lost either: the largest increase of the error is {worst:.3f}"
            f" (standard error {error:.3f}).",
            all(change < 0.03 or change < 3 * error for change, error in pairs.values()),
        ),
    ]


def plot(result):
    """Errors before and after, a panel for each data set, a dot for each seed."""
    figure, (axes,) = report.figure(len(SETS), width=11)
    for ax, name in zip(axes, SETS, strict=True):
        before = result[name, "ReLU"]
        for at, activation in enumerate(SLOPES):
            errors, colour = result[name, activation], report.COLOURS[activation]
            nudge = np.linspace(-0.15, 0.15, len(errors))
            ax.plot(at + nudge, errors, "o", ms=4, color=colour, alpha=0.7)
            ax.plot([at - 0.3, at + 0.3], [errors.mean()] * 2, color=colour, lw=2)
        ax.axhline(before.mean(), color="#999999", lw=0.8, ls="--")
        ax.set_xticks(range(len(SLOPES)), ["ReLU", "0.01", "0.1", "0.2"])
        ax.set(title=name.replace("_", " "), ylim=(0, None), xlabel="slope")
    axes[0].set_ylabel("held-out error")
    return figure


if __name__ == "__main__":
    report.main(sys.modules[__name__])
