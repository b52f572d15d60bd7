"""README's figure: the speed over the size, and a training step, at a glance.

    python bench/figure.py FOUND

FOUND is what `python -m leakyc bench --full --json` wrote; the figure is docs/speed.svg. No
background and no colour is its page's: it is read on light and dark ones, and 400 pixels wide.
"""

import json
import pathlib
import sys

from leakyc.benchmark import cases, plot, report

FILE = pathlib.Path(__file__).parents[1] / "docs" / "speed.svg"
INK, BLUE, SKY, AMBER, RED = "#7d8590", "#1f6feb", "#539bf5", "#d18616", "#e5534b"
FROM, TO = 1 << 13, 1 << 29  # bytes of input and result
SHAPE, WAY = "step, 1024 x 512", "in place"
SETTINGS = {
    "font.size": 12.5,
    "font.weight": "bold",
    "text.color": INK,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.titlecolor": INK,
    "axes.titlesize": 12.5,
    "axes.titleweight": "bold",
    "xtick.color": INK,
    "ytick.color": INK,
}


def at(points, x):
    """The height of a line there."""
    return next(y for place, y in points if place >= x)


def speeds(axes, found, most):
    """Five lines, each named where there is room."""
    numpy = cases.PASSES, cases.WHERE
    passes, where = (plot.speeds(found, 1, plot.rival(name)) for name in numpy)
    one, many = (plot.speeds(found, t, plot.ours(plot.FORWARD)) for t in (1, most))
    small = [point for point in one if point[0] < many[0][0]]  # too small for threads
    limit = plot.speeds(found, most, plot.copy)
    top = max(many, key=lambda point: point[1])[0]
    lines = [
        (small + many, f"leakyc, {report.threads(most)}", BLUE, "-", top, (0, 6), "center"),
        (one, "leakyc, 1 thread", SKY, "-", 1 << 20, (0, -32), "center"),
        (limit, "limit: a copy", INK, ":", 1 << 25, (6, 20), "left"),
        (passes, "NumPy, two passes", AMBER, "-", 1 << 19, (0, 6), "center"),
        (where, "np.where", RED, "-", 1 << 21, (0, 6), "center"),
    ]
    for points, name, colour, style, x, offset, side in lines:
        axes.plot(*zip(*points, strict=True), color=colour, linestyle=style, linewidth=2.5)
        place = x, at(points, x)
        axes.annotate(name, place, offset, textcoords="offset points", color=colour, ha=side)
    axes.set_xscale("log", base=2)
    axes.set_xlim(FROM, TO)
    axes.set_ylim(0, 1.12 * max(y for _, y in one + many + limit))
    axes.locator_params(axis="y", nbins=5)
    ticks = [1 << power for power in (13, 17, 21, 25, 29)]
    axes.set_xticks(ticks, [report.size(tick) for tick in ticks])
    axes.set(title="GB/s, by input and result")


def bars(axes, found, most):
    """The time of a step, as a part of the longest."""
    group = next(g for g in found["groups"] if (g["layout"], g["threads"]) == (SHAPE, most))
    rivals = group["cases"][WAY]["rivals"]
    ways = {name: rivals[name]["ratio"][1] for name in (cases.WHERE, cases.MAXIMUM)}
    ways["leakyc"] = 1
    longest = max(ways.values())
    for place, (name, ratio) in enumerate(ways.items()):
        colour = BLUE if name == "leakyc" else RED if name == cases.WHERE else AMBER
        axes.barh(-place, ratio / longest, color=colour, height=0.55)
        axes.annotate(name, (0, -place + 0.36), color=colour)
        axes.annotate(
            f"{100 * ratio / longest:.0f} %",
            (ratio / longest, -place),
            (-6, 0),
            textcoords="offset points",
            ha="right",
            va="center",
            color="white",
        )
    axes.set(title="time of a training step", xticks=[], yticks=[], ylim=(-2.5, 0.75))
    axes.spines[["left", "bottom"]].set_visible(False)


def draw(found, path=FILE):
    """Write the figure."""
    import matplotlib

    most = max(g["threads"] for g in found["groups"] if g["layout"] == "contiguous")
    with matplotlib.rc_context(SETTINGS):
        picture = plot.figure(7, 4)
        left, right = picture.subplots(1, 2, width_ratios=[5, 3])
        for axes in (left, right):
            axes.patch.set_visible(False)
            axes.spines[["top", "right"]].set_visible(False)
        speeds(left, found, most)
        bars(right, found, most)
        picture.patch.set_visible(False)
        plot.save(picture, str(path))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    draw(json.loads(pathlib.Path(sys.argv[1]).read_text()))
