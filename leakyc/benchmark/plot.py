"""The picture of a full run, by matplotlib: GB/s over the working set, and the cost of a call."""

from leakyc.benchmark import cases, report, results

FORWARD, FRESH, GRADIENT = "forward, out=", "forward, fresh", "gradient, out="
SMALL, LARGE = 256, 4096  # elements: from which on there is a speed, until which a call costs

# Name, colour.
NUMPY = {
    cases.PASSES: ("NumPy, two passes with out=", "#f59e0b"),
    cases.MAXIMUM: ("np.maximum, fresh", "#ef4444"),
    cases.WHERE: ("np.where, fresh", "#7f1d1d"),
}
PEERS = {
    "torch": "#c2410c",
    "numba": "#7c3aed",
    "numexpr": "#a16207",
    "onnxruntime": "#be185d",
    "jax": "#0f766e",
    "tensorflow": "#b45309",
}


def figure(width, height):
    """An empty figure; stops where there is no matplotlib, which nothing else here needs."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise SystemExit(
            "bench: a plot needs matplotlib: python -m pip install matplotlib"
        ) from None
    return Figure((width, height), layout="constrained")


def save(figure, path):
    """In the format of the name's end; text stays text in an SVG, and its bytes are the same every
    time."""
    import matplotlib

    settings = {"svg.fonttype": "none", "svg.hashsalt": "leakyc"}
    metadata = {"Date": None} if path.endswith(".svg") else {}
    with matplotlib.rc_context(settings):
        figure.savefig(path, metadata=metadata)


def copy(group):
    """Seconds of the best copy."""
    return group["copy"]["seconds"][1]


def ours(case):
    return lambda group: group["cases"][case]["seconds"][1]


def rival(name, case=FORWARD):
    return lambda group: group["cases"][case]["rivals"][name]["seconds"][1]


def speeds(found, threads, seconds, moves=2):
    """Points: bytes of input and result, GB/s."""
    return [
        (group["working_set"], group["working_set"] * moves / 2 / seconds(group) / 1e9)
        for group in results.contiguous(found["groups"], threads)
        if group["elements"] >= SMALL
    ]


def costs(found, seconds):
    """Points: elements, ns a call on one thread."""
    groups = results.contiguous(found["groups"], 1)
    return [(g["elements"], 1e9 * seconds(g)) for g in groups if g["elements"] <= LARGE]


def peer_seconds(found, threads):
    """Of each peer that was timed: its name, how it was called, and points: elements, seconds."""
    for name in PEERS:
        records = [r for r in found["peers"] if (r["peer"], r["threads"]) == (name, threads)]
        for case in (FORWARD, FRESH):
            points = sorted(
                (r["elements"], rival(name, case)(r)) for r in records if case in r["cases"]
            )
            if points:
                yield name, case.removeprefix("forward, "), points
                break


def speed_lines(found, most):
    """Points, name, style."""
    for threads in sorted({1, most}, reverse=True):
        word = report.threads(threads)
        pale = {"alpha": 1 if threads == most else 0.5}
        for points, name, style in (
            (speeds(found, threads, copy), "best copy", {"color": "#6b7280", "linestyle": "--"}),
            (
                speeds(found, threads, ours(FORWARD)),
                "leakyc forward",
                {"color": "#1d4ed8", "linewidth": 3},
            ),
            (
                speeds(found, threads, ours(GRADIENT), 3),
                "leakyc gradient",
                {"color": "#047857", "linewidth": 2},
            ),
        ):
            yield points, f"{name}, {word}", style | pale
    for name, (words, colour) in NUMPY.items():
        yield speeds(found, 1, rival(name)), words, {"color": colour}
    for name, how, timed in peer_seconds(found, most):
        points = [(8 * n, 8 * n / seconds / 1e9) for n, seconds in timed if n >= SMALL]
        words = f"{name} {how}, {report.threads(most)}"
        yield points, words, {"color": PEERS[name], "linestyle": "-."}


def cost_lines(found):
    """Points, name, style."""
    yield costs(found, ours(FORWARD)), "leakyc, out=", {"color": "#1d4ed8", "linewidth": 3}
    yield costs(found, ours(FRESH)), "leakyc, fresh", {"color": "#60a5fa", "linewidth": 3}
    for name, (words, colour) in NUMPY.items():
        yield costs(found, rival(name)), words, {"color": colour}
    for name, how, timed in peer_seconds(found, 1):
        points = [(n, 1e9 * seconds) for n, seconds in timed if n <= LARGE]
        yield points, f"{name}, {how}", {"color": PEERS[name], "linestyle": "-."}


def draw(axes, lines, title, x_label, ticks):
    """Lines on two logarithmic axes, their names below."""
    for points, name, style in lines:
        if points:
            axes.loglog(*zip(*points, strict=True), label=name, **{"linewidth": 1.5} | style)
    low, high = axes.get_xlim()
    axes.set_xticks(*zip(*((at, word) for at, word in ticks if low <= at <= high), strict=True))
    axes.set_xticks([], minor=True)
    axes.yaxis.set_major_formatter("{x:g}")
    axes.set(title=title, xlabel=x_label)
    axes.grid(axis="y", color="#d5dae5")
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.15), ncols=2, frameon=False, fontsize=9)


def bands(axes, caches):
    """The levels of memory behind the lines."""
    low, high = axes.get_xlim()
    begin = low
    for index, (level, nbytes) in enumerate([*caches.items(), ("DRAM", high)]):
        end = min(nbytes, high)
        if end > begin:
            axes.axvspan(begin, end, color=("#f4f6fb", "#e9eef8")[index % 2], zorder=0)
            middle = (begin * end) ** 0.5
            axes.annotate(
                level,
                (middle, 0.02),
                xycoords=("data", "axes fraction"),
                ha="center",
                color="#6b7280",
            )
            begin = end
    axes.set_xlim(low, high)


def full(found):
    """The figure; ValueError where the run holds too little for one."""
    groups = results.contiguous(found["groups"], 1)
    if len([group for group in groups if group["elements"] >= SMALL]) < 2:
        raise ValueError("the picture needs float32 on one thread, at two or more sizes from 256")
    calls = len([group for group in groups if group["elements"] <= LARGE]) > 1
    picture = figure(13, 7.5)
    left, *right = picture.subplots(1, 1 + calls, squeeze=False, width_ratios=[5, 3][: 1 + calls])[
        0
    ]
    most = max(g["threads"] for g in found["groups"] if g["layout"] == "contiguous")
    ticks = [(1 << power, report.size(1 << power)) for power in range(10, 40, 3)]
    draw(left, speed_lines(found, most), "GB/s, read and written", "input and result", ticks)
    bands(left, found["machine"]["caches"])
    for axes in right:
        ticks = [(1 << power, str(1 << power)) for power in range(0, 14, 2)]
        draw(axes, cost_lines(found), "ns a call, 1 thread", "elements", ticks)
    machine = found["machine"]
    picture.suptitle(
        f"Leaky ReLU on float32 arrays: {machine['cpu']}, {machine['instruction_set']}, "
        f"{machine['cpus_allowed']} CPUs; leakyc {machine['leakyc']}, NumPy {machine['numpy']}; "
        f"{found['date']}"
    )
    return picture
