"""One argument puts Leaky ReLU in every layer. Is it worth it? Four data sets, before and after.

`network(params, x, slope)` is a perceptron with whatever slope it is given; with 0, as before, that
is ReLU. Its gradient comes from HIPS autograd, which `leakyc.autograd` teaches Leaky ReLU, so there
is no backward pass to rewrite. Both networks start from the same weights and see the same batches.
"""

import sys

import autograd.numpy as np
from autograd import grad
from autograd.scipy.special import logsumexp

from examples.networks import data, nn, report
from leakyc.autograd import leaky_relu

PLOT = "replace_relu.svg"
SETS = ("digits", "breast_cancer", "wine", "diabetes")
SLOPES = {"ReLU": 0.0, "Leaky ReLU 0.01": 0.01, "Leaky ReLU 0.1": 0.1, "Leaky ReLU 0.2": 0.2}
SHORT = {"seeds": 3, "epochs": 4}


def network(params, x, slope=0.0):
    """A weight and a bias for each layer; Leaky ReLU of this slope after all but the last."""
    *hidden, (weight, bias) = params
    for w, b in hidden:
        x = leaky_relu(x @ w + b, slope)
    return x @ weight + bias


def cross_entropy(params, x, labels, slope):
    logits = network(params, x, slope)
    return np.mean(logsumexp(logits, axis=1) - logits[np.arange(len(labels)), labels])


def squared_error(params, x, targets, slope):
    return np.mean((network(params, x, slope) - targets) ** 2)


def train(name, slope, seed, epochs):
    """Held-out error of a trained network: share of wrong labels, or 1 - R^2 of a regression."""
    rng = np.random.default_rng(seed)
    split = data.load(name, seed)
    sizes = [split.x.shape[1], 32, 32, 32, 32, split.outputs]
    layers = [nn.Dense(rng, *pair) for pair in zip(sizes, sizes[1:], strict=False)]
    params = [layer.params for layer in layers]
    regression = name in data.REGRESSION
    gradient = grad(squared_error if regression else cross_entropy)
    optimiser = nn.Adam(layers, rate=4e-3)
    for _ in range(epochs):
        for x, y in data.batches(rng, split, 64 if name == "digits" else 32):
            for layer, grads in zip(layers, gradient(params, x, y, slope), strict=True):
                layer.grads = grads
            optimiser.step()
    found = network(params, split.x_test, slope)
    if regression:
        return float(np.mean((found - split.y_test) ** 2) / np.var(split.y_test))
    return float(np.mean(found.argmax(axis=1) != split.y_test))


def run(seed=0, seeds=5, epochs=10):
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
    figure, (axes,) = report.figure(len(SETS), width=10)
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
