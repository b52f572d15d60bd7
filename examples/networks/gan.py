"""A generative adversarial network that draws digits, with Leaky ReLU 0.2 in its discriminator.

The generator turns noise into images; the discriminator tells them from real ones; each learns
from the other (Goodfellow et al., 2014; the slope of 0.2 is DCGAN's: Radford et al., 2015). What
the generator learns comes to it through the discriminator's activations. So the discriminator's
slope is varied here, from ReLU to no activation at all, and the drawings are judged by numbers:

- Fréchet distance between the pixels of drawings and of held-out digits, as if both were normal;
  0 is perfect, and what two halves of the real data have is the best to hope for;
- how many of the ten digits are drawn, told by the nearest real neighbour: at least 2 % of the
  drawings each.
"""

import sys

import numpy as np

from examples.networks import data, nn, report

PLOT = "gan.png"
SLOPES = {"ReLU": 0.0, "Leaky ReLU 0.2": 0.2, "no activation": 1.0}
NOISE, HIDDEN, BATCH = 16, [128, 128], 64
SHORT = {"slopes": ("Leaky ReLU 0.2", "no activation"), "seeds": 1, "steps": 700}


def networks(rng, slope, hidden=HIDDEN, dtype=np.float32):
    """The generator, whose images are in -1 to 1, and the discriminator."""
    generator = nn.mlp(rng, NOISE, hidden, 64, lambda units: nn.LeakyReLU(0.2), dtype)
    discriminator = nn.mlp(rng, 64, hidden, 1, lambda units: nn.LeakyReLU(slope), dtype)
    return [*generator, nn.Tanh()], discriminator


def logistic(outputs, target):
    """Mean cross-entropy of the logistic function with a target, and its gradient."""
    loss = (np.logaddexp(0, outputs) - target * outputs).mean()
    grad = 0.5 * (1 + np.tanh(0.5 * outputs)) - target
    return loss, grad / np.asarray(len(outputs), outputs.dtype)


def train(slope, seed, steps):
    """Drawings (500, 64) of the trained generator, and the held-out digits in the same scale."""
    rng = np.random.default_rng(seed)
    split = data.load("digits", seed)
    real = 2 * split.x - 1
    generator, discriminator = networks(rng, slope)
    adam_g, adam_d = (nn.Adam(net, 5e-4, (0.5, 0.999)) for net in (generator, discriminator))
    target = np.repeat(np.float32([0.9, 0.0]), BATCH)[:, None]  # 0.9: one-sided smoothing
    for _ in range(steps):
        drawn = nn.forward(generator, noise(rng, BATCH))
        both = np.concatenate([real[rng.integers(0, len(real), BATCH)], drawn])
        _, grad = logistic(nn.forward(discriminator, both), target)
        nn.backward(discriminator, grad)
        adam_d.step()
        _, grad = logistic(nn.forward(discriminator, drawn), np.float32(1))  # to be taken for real
        nn.backward(generator, nn.backward(discriminator, grad))
        adam_g.step()
    return nn.forward(generator, noise(rng, 500))


def noise(rng, rows):
    """What the generator starts from."""
    return rng.standard_normal((rows, NOISE)).astype(np.float32)


def frechet(a, b):
    """The Fréchet distance of the normal distributions with the means and covariances of two
    sets of rows."""
    cov_a, cov_b = np.cov(a.T.astype(float)), np.cov(b.T.astype(float))
    root = np.sqrt(np.abs(np.linalg.eigvals(cov_a @ cov_b))).sum()
    means = ((a.mean(axis=0) - b.mean(axis=0)) ** 2).sum()
    return float(means + np.trace(cov_a) + np.trace(cov_b) - 2 * root)


def digits_drawn(drawn, real, labels):
    """How many digits are at least 2 % of the drawings, by the nearest real neighbour."""
    squares = (real**2).sum(axis=1) - 2 * drawn @ real.T
    counts = np.bincount(labels[squares.argmin(axis=1)], minlength=10)
    return int((counts >= 0.02 * len(drawn)).sum())


def run(seed=0, slopes=tuple(SLOPES), seeds=2, steps=1500):
    """By slope: (Fréchet distances, digits drawn) over the seeds, and one run's drawings."""
    result = {name: ([], [], []) for name in slopes}
    todo = [(name, i) for name in slopes for i in range(seeds)]
    for name, i in report.progress(todo, "GAN"):
        split = data.load("digits", 10 * seed + i)
        real, held_out = 2 * split.x - 1, 2 * split.x_test - 1
        drawn = train(SLOPES[name], 10 * seed + i, steps)
        distances, digits, drawings = result[name]
        distances.append(frechet(drawn, held_out))
        digits.append(digits_drawn(drawn, real, split.y))
        drawings.append(drawn)
    pixels = np.random.default_rng(seed).uniform(-1, 1, (500, 64))
    result["real digits"] = [frechet(real[:500], held_out)], [10], [real]
    result["random pixels"] = [frechet(pixels, held_out)], [digits_drawn(pixels, real, split.y)], []
    return result


def table(result):
    """A row for each discriminator, and two to compare with."""
    rows = [
        [name, float(np.mean(distances)), " ".join(map(str, digits))]
        for name, (distances, digits, _) in result.items()
    ]
    return report.table(["discriminator", "Fréchet distance", "digits drawn (each seed)"], rows)


def findings(result):
    """What the runs show; each with whether it holds in this result."""
    distance = {name: np.mean(found[0]) for name, found in result.items()}
    leaky, linear = distance["Leaky ReLU 0.2"], distance["no activation"]
    found = [
        (
            f"With slope 0.2 every run draws {min(result['Leaky ReLU 0.2'][1])} digits or more, at"
            f" a distance of {leaky:.1f}; random pixels have {distance['random pixels']:.1f}, real"
            f" digits {distance['real digits']:.1f}.",
            min(result["Leaky ReLU 0.2"][1]) >= 9 and leaky < distance["random pixels"] / 4,
        ),
        (
            f"A discriminator without activation teaches little: distance {linear:.1f}.",
            linear > 2 * leaky,
        ),
    ]
    if "ReLU" in result:
        found.append(
            (
                f"In a network this small ReLU in the discriminator does as well: its distance"
                f" is {distance['ReLU']:.1f}.",
                0.5 < distance["ReLU"] / leaky < 2,
            )
        )
    return found


def plot(result):
    """Drawings beside real digits, a panel each."""
    shown = [name for name in ("real digits", *SLOPES) if name in result]
    figure, (axes,) = report.figure(len(shown), width=2.1 * len(shown), height=2.5)
    for ax, name in zip(axes, shown, strict=True):
        tiles = result[name][2][0][:64].reshape(8, 8, 8, 8)
        grid = np.pad(tiles, ((0, 0), (0, 0), (1, 1), (1, 1)), constant_values=-1)
        ax.imshow(grid.transpose(0, 2, 1, 3).reshape(80, 80), cmap="gray_r", vmin=-1, vmax=1)
        ax.set_title(name)
        ax.set_axis_off()
    return figure


if __name__ == "__main__":
    report.main(sys.modules[__name__])
