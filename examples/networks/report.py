"""What every script ends with: a progress bar, a table, what was found, a plot."""

import argparse
import io
import pathlib
import re
import sys
import time

import numpy as np
import threadpoolctl

DOCS = pathlib.Path(__file__).parents[2] / "docs"
PAGE = DOCS / "networks.md"
PLOTS = DOCS / "plots"
COLOURS = {
    "ReLU": "#c0392b",
    "Leaky ReLU 0.01": "#9ecae1",
    "Leaky ReLU 0.1": "#4292c6",
    "Leaky ReLU 0.2": "#08519c",
    "PReLU": "#8e44ad",
    "sigmoid": "#7f8c8d",
    "tanh": "#27ae60",
}


def progress(items, title):
    """The items one by one, with a bar on standard error."""
    items = list(items)
    start = time.perf_counter()
    for done, item in enumerate(items):
        if sys.stderr.isatty():
            bar = ("#" * (20 * done // len(items))).ljust(20, ".")
            print(f"\r{title} [{bar}] {done}/{len(items)}", end="", file=sys.stderr, flush=True)
        yield item
    seconds = time.perf_counter() - start
    print(f"\r{title} [{'#' * 20}] {len(items)}/{len(items)}, {seconds:.1f} s", file=sys.stderr)


def table(header, rows):
    """A table in Markdown. Floats show three digits after the point."""
    text = [[f"{c:.3f}" if isinstance(c, float) else str(c) for c in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(header, *text, strict=True)]
    text = [header, ["-" * width for width in widths], *text]
    lines = (" | ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)) for row in text)
    return "\n".join(f"| {line} |" for line in lines)


def verdicts(findings):
    """The findings, pairs of a sentence and whether it holds, as a list in Markdown."""
    return "\n".join(f"- {'Holds' if holds else '**DOES NOT HOLD**'}: {s}" for s, holds in findings)


def rewritten(page, name, text):
    """The page with the text between the two comments that carry the name."""
    pattern = rf"(<!-- {name}: .*? -->\n).*?(<!-- end of {name} -->)"
    page, found = re.subn(pattern, lambda m: f"{m[1]}\n{text}\n\n{m[2]}", page, flags=re.DOTALL)
    if found != 1:
        raise SystemExit(f"{PAGE} has {found} places for {name}")
    return page


def rewrite(name, text):
    """Puts the text at its place in docs/networks.md."""
    PAGE.write_text(rewritten(PAGE.read_text(), name, text))


def figure(columns, width=9.0, height=3.2, rows=1, **options):
    """A matplotlib figure and its axes; the same bytes on every run."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    plt.rcParams.update(
        {
            "svg.hashsalt": "leakyc",
            "font.sans-serif": ["DejaVu Sans", "Arial"],
            "svg.fonttype": "none",
            "font.size": 9,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.grid": True,
            "grid.alpha": 0.3,
            "figure.constrained_layout.use": True,
            "figure.facecolor": "white",
        }
    )
    return plt.subplots(rows, columns, figsize=(width, height), squeeze=False, **options)


def save(figure, name):
    """Writes a figure to docs/plots, small: an SVG without needless digits, or a grey PNG."""
    PLOTS.mkdir(parents=True, exist_ok=True)
    if name.endswith(".svg"):
        text = io.StringIO()
        figure.savefig(text, format="svg", metadata={"Date": None})
        (PLOTS / name).write_text(shortened(text.getvalue()))
    else:
        from PIL import Image

        figure.canvas.draw()
        image = Image.fromarray(np.asarray(figure.canvas.buffer_rgba()))
        image.convert("L").quantize(16).save(PLOTS / name, optimize=True)
    print(f"wrote {PLOTS / name}", file=sys.stderr)


def shortened(svg):
    """The same picture in fewer bytes: a tenth of a point is enough, and so is one space."""
    svg = re.sub(r"<!--.*?-->", "", svg, flags=re.DOTALL)
    svg = re.sub(r'style="[^"]*"', lambda m: m[0].replace(": ", ":").replace("; ", ";"), svg)
    tag = re.compile(r"<[^>]*>")  # what is between the tags is text, which stays as it is
    svg = tag.sub(lambda m: re.sub(r"(\d+\.\d)\d+", r"\1", m[0]), svg)
    return re.sub(r"\s*\n\s*", "\n", svg)


def run(script, **options):
    """The script's result. Where matrices are small, one thread: a second one only waits."""
    with threadpoolctl.threadpool_limits(getattr(script, "THREADS", 1)):
        return script.run(**options)


def plot_or_say(script, result):
    """Makes the script's plot, where matplotlib is installed."""
    try:
        import matplotlib  # noqa: F401
    except ImportError:
        print("no plot: matplotlib is not installed", file=sys.stderr)
    else:
        save(script.plot(result), script.PLOT)


def main(script):
    """The command line of one script."""
    parser = argparse.ArgumentParser(description=script.__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=0)
    result = run(script, seed=parser.parse_args().seed)
    print(script.table(result), verdicts(script.findings(result)), sep="\n\n")
    plot_or_say(script, result)
