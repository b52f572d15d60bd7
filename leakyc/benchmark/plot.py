"""The picture of a full run, as SVG by hand: GB/s over the working set, and the cost of a call."""

import math
from html import escape

from leakyc.benchmark import report

WIDTH, HEIGHT = 1100, 640
INK, FAINT, BAND = "#1f2430", "#8a92a3", ("#f4f6fb", "#e9eef8")


class Panel:
    """A rectangle with two logarithmic axes."""

    def __init__(self, left, top, width, height, x_range, y_range):
        self.left, self.top, self.width, self.height = left, top, width, height
        self.x_range, self.y_range = x_range, y_range
        self.parts = []

    def x(self, value):
        low, high = map(math.log, self.x_range)
        return self.left + self.width * (math.log(value) - low) / (high - low)

    def y(self, value):
        low, high = map(math.log, self.y_range)
        return self.top + self.height * (1 - (math.log(value) - low) / (high - low))

    def text(self, x, y, words, anchor="middle", size=12, fill=INK, more=""):
        self.parts.append(
            f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" '
            f'fill="{fill}" {more}>{escape(words)}</text>'
        )

    def rule(self, x1, y1, x2, y2, stroke="#d5dae5"):
        self.parts.append(
            f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{stroke}"/>'
        )

    def band(self, begin, end, words, fill):
        """A stretch of the x axis with a name at its top."""
        begin, end = max(begin, self.x_range[0]), min(end, self.x_range[1])
        if begin >= end:
            return
        x, width = self.x(begin), self.x(end) - self.x(begin)
        self.parts.append(
            f'<rect x="{x:.1f}" y="{self.top}" width="{width:.1f}" height="{self.height}" '
            f'fill="{fill}"/>'
        )
        if width > 24:
            self.text(x + width / 2, self.top + self.height - 8, words, fill=FAINT)

    def x_axis(self, ticks, title):
        bottom = self.top + self.height
        for value, words in ticks:
            self.rule(self.x(value), bottom, self.x(value), bottom + 4, FAINT)
            self.text(self.x(value), bottom + 18, words, fill=FAINT, size=11)
        self.text(self.left + self.width / 2, bottom + 38, title)

    def y_axis(self, title):
        low, high = self.y_range
        for power in range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1):
            for digit in (1, 2, 5):
                value = digit * 10.0**power
                if low <= value <= high:
                    self.rule(self.left, self.y(value), self.left + self.width, self.y(value))
                    self.text(self.left - 8, self.y(value) + 4, f"{value:g}", "end", 11, fill=FAINT)
        self.text(self.left - 40, self.top - 14, title, "start")

    def line(self, points, stroke, width=2.0, dash=""):
        places = " ".join(f"{self.x(x):.1f},{self.y(y):.1f}" for x, y in points)
        self.parts.append(
            f'<polyline points="{places}" fill="none" stroke="{stroke}" stroke-width="{width}" '
            f'stroke-linejoin="round" stroke-linecap="round" stroke-dasharray="{dash}"/>'
        )

    def legend(self, entries, x, y):
        """Samples of lines with their names, one under the other."""
        for index, (name, stroke, width, dash) in enumerate(entries):
            at = y + 19 * index
            self.parts.append(
                f'<line x1="{x}" y1="{at - 4}" x2="{x + 26}" y2="{at - 4}" stroke="{stroke}" '
                f'stroke-width="{width}" stroke-dasharray="{dash}" stroke-linecap="round"/>'
            )
            self.text(x + 34, at, name, "start")


# name, what gives its seconds for a group, moves, colour, width, dash
def ours(case):
    return lambda group: group["cases"][case]["seconds"][1]


def rival(case, name):
    return lambda group: group["cases"][case]["rivals"][name]["seconds"][1]


def copy(group):
    return group["copy"]["seconds"][1]


def contiguous(found, threads):
    """The groups of float32, by size."""
    return sorted(
        (
            group
            for group in found["groups"]
            if (group["layout"], group["dtype"], group["threads"])
            == ("contiguous", "float32", threads)
        ),
        key=lambda group: group["elements"],
    )


def peer_seconds(found, name, case, threads):
    """(elements, seconds) of a peer, by size."""
    return sorted(
        (record["elements"], record["cases"][case]["seconds"][1])
        for record in found["peers"]
        if record["peer"] == name and record["threads"] == threads and case in record["cases"]
    )


PEER_COLOURS = {"torch": "#c2410c", "numba": "#7c3aed", "numexpr": "#a16207",
                "onnxruntime": "#be185d", "jax": "#0f766e", "tensorflow": "#b45309"}  # fmt: skip


def speed_lines(found, all_threads):
    """Points (working set, GB/s), name, colour, width, dash."""

    def points(seconds, moves, threads):
        return [
            (g["working_set"], g["elements"] * 4 * moves / seconds(g) / 1e9)
            for g in contiguous(found, threads)
            if g["elements"] >= 256
        ]

    forward, gradient = "forward, out=", "gradient, out="
    for threads in sorted({all_threads, 1}, reverse=True):
        many, word = threads > 1, report.threads(threads)
        dark, green, grey = (
            ("#1d4ed8", "#047857", "#6b7280") if many else ("#60a5fa", "#34d399", "#9ca3af")
        )
        yield points(copy, 2, threads), f"best copy, {word}", grey, 2, "2 5" if many else "6 5"
        yield points(ours(forward), 2, threads), f"leakyc forward, {word}", dark, 3, ""
        yield points(ours(gradient), 3, threads), f"leakyc gradient, {word}", green, 2, ""
    for name, colour in (
        ("NumPy passes, out=", "#f59e0b"),
        ("np.maximum", "#ef4444"),
        ("np.where", "#7f1d1d"),
    ):
        words = {"NumPy passes, out=": "NumPy, two passes with out="}.get(name, f"{name}, fresh")
        yield points(rival(forward, name), 2, 1), words, colour, 1.6, ""
    for name, colour in PEER_COLOURS.items():
        for case in (forward, "forward, fresh"):
            timed = [
                (8 * n, 8 * n / s / 1e9)
                for n, s in peer_seconds(found, name, case, all_threads)
                if n >= 256
            ]
            if timed:
                word = "out=" if case == forward else "fresh"
                yield timed, f"{name} {word}, {report.threads(all_threads)}", colour, 1.6, "8 3"
                break


def call_lines(found):
    """Points (elements, ns a call), name, colour, width, dash."""
    groups = [g for g in contiguous(found, 1) if g["elements"] <= 4096]

    def points(seconds):
        return [(g["elements"], 1e9 * seconds(g)) for g in groups]

    yield points(ours("forward, out=")), "leakyc, out=", "#1d4ed8", 3, ""
    yield points(ours("forward, fresh")), "leakyc, fresh", "#60a5fa", 3, ""
    yield (
        points(rival("forward, out=", "NumPy passes, out=")),
        "NumPy, two passes",
        "#f59e0b",
        1.6,
        "",
    )
    yield points(rival("forward, out=", "np.maximum")), "np.maximum, fresh", "#ef4444", 1.6, ""
    yield points(rival("forward, out=", "np.where")), "np.where, fresh", "#7f1d1d", 1.6, ""
    for name, colour in PEER_COLOURS.items():
        for case in ("forward, out=", "forward, fresh"):
            timed = [(n, 1e9 * s) for n, s in peer_seconds(found, name, case, 1) if n <= 4096]
            if timed:
                yield timed, f"{name}, {'out=' if 'out' in case else 'fresh'}", colour, 1.6, "8 3"
                break


def bounds(lines, low_factor=0.5, high_factor=1.4):
    values = [y for points, *_ in lines for _, y in points]
    return min(values) * low_factor, max(values) * high_factor


def draw(panel, lines, columns):
    """The lines of a panel, and a legend below it in two columns."""
    for points, _, stroke, width, dash in lines:
        panel.line(points, stroke, width, dash)
    entries = [line[1:] for line in lines]
    half = (len(entries) + 1) // 2
    panel.legend(entries[:half], columns[0], 486)
    panel.legend(entries[half:], columns[1], 486)


def speed_panel(found, all_threads):
    lines = [line for line in speed_lines(found, all_threads) if line[0]]
    xs = [x for points, *_ in lines for x, _ in points]
    panel = Panel(70, 100, 560, 320, (min(xs), max(xs)), bounds(lines))
    begin, caches = panel.x_range[0], found["machine"]["caches"]
    for index, (level, nbytes) in enumerate([*caches.items(), ("DRAM", 1 << 60)]):
        if nbytes:
            panel.band(begin, nbytes, level, BAND[index % 2])
            begin = nbytes
    panel.y_axis("GB/s, read + written")
    ticks = [1 << k for k in range(10, 40, 3) if panel.x_range[0] <= 1 << k <= panel.x_range[1]]
    panel.x_axis([(t, report.size(t)) for t in ticks], "working set: input and result")
    draw(panel, lines, (70, 330))
    return panel


def call_panel(found):
    lines = [line for line in call_lines(found) if line[0]]
    xs = [x for points, *_ in lines for x, _ in points]
    panel = Panel(740, 100, 320, 320, (min(xs), max(xs)), bounds(lines))
    panel.y_axis("ns a call, 1 thread")
    panel.x_axis([(n, str(n)) for n in (1, 4, 16, 64, 256, 1024, 4096) if n <= max(xs)], "elements")
    draw(panel, lines, (740, 920))
    return panel


def svg(found):
    """The picture as text; ValueError where the run holds too little for one."""
    counts = sorted({g["threads"] for g in found["groups"] if g["layout"] == "contiguous"})
    enough = [g for g in contiguous(found, 1) if g["elements"] >= 256]
    if 1 not in counts or len(enough) < 2:
        raise ValueError("the picture needs float32 on one thread, at two or more sizes from 256")
    panels = [speed_panel(found, counts[-1])]
    if len([g for g in contiguous(found, 1) if g["elements"] <= 4096]) > 1:
        panels.append(call_panel(found))
    machine = found["machine"]
    head = Panel(0, 0, WIDTH, HEIGHT, (1, 2), (1, 2))
    head.text(30, 30, "Leaky ReLU on float32 arrays", "start", 19, more='font-weight="600"')
    head.text(
        30,
        50,
        f"{machine['cpu']}, {machine['instruction_set']}, {machine['cpus_allowed']} CPUs; "
        f"leakyc {machine['leakyc']}, NumPy {machine['numpy']}; {found['date']}",
        "start",
        fill=FAINT,
    )
    body = "\n".join(part for panel in [head, *panels] for part in panel.parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        'font-family="system-ui, -apple-system, Segoe UI, Helvetica, Arial, sans-serif">\n'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>\n{body}\n</svg>\n'
    )
