"""Which slope trains fastest, and when does it get unstable? Slopes from 0 to 1, several rates.

Plain gradient descent on one fixed set of digits, so that whatever oscillates is the descent and
not the choice of a batch. Three numbers for each slope and learning rate: the steps until the loss
is below 0.1; the oscillation of the gradient's norm, which is the mean of |log(norm / norm one step
before)|; and whether the run diverged, that is, overflowed or ended with a loss above 3 (guessing
among ten classes has 2.3).
"""

import itertools
import sys

import numpy as np

from examples.networks import data, nn, report

PLOT = "convergence.svg"
SLOPES = (0.0, 0.01, 0.1, 0.2, 0.4, 0.8, 1.0)
HIDDEN = [64] * 6
GOAL, LOST = 0.1, 3.0
RATE_COLOURS = ("#9ecae1", "#4292c6", "#08519c", "#e67e22", "#c0392b")
SHORT = {"rates": (0.05, 0.4), "slopes": (0.0, 0.01, 0.2, 0.8), "seeds": 1, "steps": 200}


def train(slope, rate, seed, steps):
    """Losses and gradient norms over the steps; they end where the run overflows."""
    rng = np.random.default_rng(seed)
    split = data.load("digits", seed)
    x, labels = split.x[:256], split.y[:256]
    layers = nn.mlp(rng, 64, HIDDEN, split.outputs, lambda units: nn.LeakyReLU(slope))
    losses, norms = [], []
    for _ in range(steps):
        loss, grad = nn.cross_entropy(nn.forward(layers, x), labels)
        nn.backward(layers, grad)
        norm = np.sqrt(sum(float(np.vdot(g, g)) for layer in layers for g in layer.grads))
        losses.append(loss if np.isfinite(norm) else np.nan)
        norms.append(norm)
        if not np.isfinite(losses[-1]) or norm == 0:  # overflow, or every unit is dead
            break
        nn.descend(layers, rate)
    return np.array(losses), np.array(norms)


def measures(losses, norms):
    """(steps to the goal, oscillation, diverged) of one run; not a number where there is none."""
    if not losses[-1] < LOST:
        return np.nan, np.nan, True
    reached = np.flatnonzero(losses < GOAL)
    oscillation = np.abs(np.diff(np.log(norms[norms > 0]))).mean()
    return (reached[0] if len(reached) else np.nan), oscillation, False


def run(seed=0, rates=(0.05, 0.1, 0.2, 0.4, 0.8), slopes=SLOPES, seeds=2, steps=200):
    """By (rate, slope): an array (seeds, 3) of measures, and one run's gradient norms."""
    result = {}
    with np.errstate(over="ignore", invalid="ignore"):  # some runs diverge
        todo = [(rate, slope) for rate in rates for slope in slopes]
        for rate, slope in report.progress(todo, "convergence"):
            runs = [train(slope, rate, 10 * seed + i, steps) for i in range(seeds)]
            result[rate, slope] = np.array([measures(*r) for r in runs]), runs[0][1]
    return result


def mean(values):
    """The mean of what is a number; not a number if nothing is."""
    values = values[np.isfinite(values)]
    return float(values.mean()) if len(values) else np.nan


def axes_of(result):
    """The rates and the slopes of a result."""
    return sorted({rate for rate, _ in result}), sorted({slope for _, slope in result})


def table(result):
    """Steps to the goal and, in brackets, the oscillation; a row for each slope."""
    rates, slopes = axes_of(result)

    def cell(rate, slope):
        found = result[rate, slope][0]
        lost, steps = int(found[:, 2].sum()), mean(found[:, 0])
        if lost:
            return f"{lost} of {len(found)} diverged"
        return f"{'never' if np.isnan(steps) else f'{steps:.0f}'} ({mean(found[:, 1]):.3f})"

    rows = [[str(slope), *(cell(rate, slope) for rate in rates)] for slope in slopes]
    return report.table(["slope", *(f"rate {rate}" for rate in rates)], rows)


def findings(result):
    """What the runs show; each with whether it holds in this result."""
    rates, slopes = axes_of(result)
    small = [slope for slope in slopes if slope <= 0.2]
    large = [slope for slope in slopes if 0.4 <= slope]
    first = rates[0]
    speed = [mean(result[first, slope][0][:, 0]) for slope in small]
    wobble = {slope: mean(result[first, slope][0][:, 1]) for slope in (0.0, 0.8)}

    def lost(some):
        return np.mean([result[rate, slope][0][:, 2].mean() for rate in rates for slope in some])

    return [
        (
            f"At rate {first} slopes from 0 to 0.2 need {min(speed):.0f} to {max(speed):.0f} steps:"
            " the slope hardly matters.",
            max(speed) < 1.5 * min(speed),
        ),
        (
            f"Large slopes bear smaller rates: from slope 0.4 on, {lost(large):.0%} of the runs"
            f" diverge, with slopes of 0 and 0.01 {lost([0.0, 0.01]):.0%}.",
            lost(large) > lost([0.0, 0.01]) + 0.1,
        ),
        (
            f"Where training is stable (rate {first}) the leak calms the gradient's norm: it"
            f" oscillates by {wobble[0.0]:.3f} with ReLU, by {wobble[0.8]:.3f} with slope 0.8.",
            wobble[0.8] < wobble[0.0],
        ),
    ]


def draw_map(ax, result):
    """Steps to the goal by learning rate and slope."""
    rates, slopes = axes_of(result)
    ax.grid(False)
    for (j, rate), (i, slope) in itertools.product(enumerate(rates), enumerate(slopes)):
        found = result[rate, slope][0]
        lost, steps = found[:, 2].any(), mean(found[:, 0])
        text = "diverged" if lost else "never" if np.isnan(steps) else f"{steps:.0f}"
        shade = "#f5c6c0" if lost else "#eeeeee" if np.isnan(steps) else "#cfe3f3"
        ax.bar(j, 0.94, 0.96, bottom=i, align="edge", color=shade)
        ax.text(j + 0.48, i + 0.47, text, ha="center", va="center", fontsize=8)
    ax.set_xticks(np.arange(len(rates)) + 0.48, rates)
    ax.set_yticks(np.arange(len(slopes)) + 0.47, slopes)
    ax.set(xlim=(0, len(rates)), ylim=(0, len(slopes)), xlabel="learning rate", ylabel="slope")
    ax.set_title(f"steps to a loss of {GOAL}")


def plot(result):
    """A map of the steps to the goal, the oscillation against the slope, and some norms."""
    rates, slopes = axes_of(result)
    figure, ((left, middle, right),) = report.figure(3, width=11, height=3.6)
    draw_map(left, result)
    for rate, colour in zip(rates, RATE_COLOURS, strict=False):
        kept = [s for s in slopes if not result[rate, s][0][:, 2].any()]
        values = [mean(result[rate, s][0][:, 1]) for s in kept]
        middle.plot(kept, values, color=colour, label=f"rate {rate}")
    middle.set(xlabel="slope", ylabel="oscillation", title="oscillation of the gradient's norm")
    middle.legend(fontsize=8)
    shown = rates[len(rates) // 2]
    for slope, colour in zip((0.0, 0.2, 0.8), ("#c0392b", "#08519c", "#27ae60"), strict=True):
        right.plot(result[shown, slope][1], color=colour, lw=0.9, label=f"slope {slope}")
    right.set(xlabel="step", ylabel="norm of the gradient", title=f"learning rate {shown}")
    right.set(yscale="log", ylim=(None, 1e4))
    right.minorticks_off()
    right.legend(fontsize=8)
    return figure


if __name__ == "__main__":
    report.main(sys.modules[__name__])
