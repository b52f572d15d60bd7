"""Rows that say how near the limit of each memory level a call comes."""

import numpy as np
from rows import geometric_mean, inputs, median_of, row, thread_counts, timed

import leakyc
from leakyc.benchmark import arrays, cases, report

KB, MB = 1 << 10, 1 << 20
OFFSETS = [(0, 0), (16, 16), (16, 48), (0, 2064), (2064, 16)]  # of x and of y


@row("cache-copy", "forward out= over the best copy, 1 thread; the cost of a call taken off both")
def cache_copy():
    kernel = "leak_at(isa, dtype, y_at, x_at, x_at, {n}, a)"
    copy = "copy_at(isa, dtype, y_at, x_at, {n}, False)"
    for size in (8, 16, 32, 64, 128, 256, 512):
        n = size * KB // 8  # x and y together
        ratios = []
        for x_offset, y_offset in OFFSETS:
            x = arrays.at_offset(n, "float32", x_offset)
            x[:] = arrays.normals(n)
            y = arrays.at_offset(n, "float32", y_offset)
            names = arrays.namespace(x, 1, y=y) | {"y1": y[:1], "x1": x[:1]}
            samples = timed(
                {
                    "leak": kernel.format(n="n"),
                    "leak, one": kernel.format(n=1),
                    "copy": copy.format(n="n"),
                    "copy, one": copy.format(n=1),
                    "memcpy": "np.copyto(y, x)",
                    "memcpy, one": "np.copyto(y1, x1)",
                },
                names,
                0.6,
                rounds=(50, 1000),
                sample=1e-4,
            ).less({name: f"{name}, one" for name in ("leak", "copy", "memcpy")})
            ratios.append(samples.ratio(samples.fastest(["copy", "memcpy"]), "leak"))
        yield f"{size} KB", median_of(ratios), ">= 0.90"


def over_copy(statement, moves, size, dtype="float32"):
    """The speed of a statement over the best copy of the same bytes, for each thread count."""
    for threads in thread_counts():
        names = inputs(size // np.dtype(dtype).itemsize, dtype, threads)
        with leakyc.threads(threads):
            samples = timed({"leakyc": statement} | cases.COPIES, names, 2, rounds=(5, 60))
        ratio = samples.ratio(samples.fastest(cases.COPIES), "leakyc")
        label = f"{report.size(size)}, {report.threads(threads)}"
        yield label, tuple(r * moves / 2 for r in ratio)


@row("dram-copy", "forward out= over the best copy")
def dram_copy():
    for size in (64 * MB, 256 * MB):
        for label, ratio in over_copy(cases.OUT, 2, size):
            yield label, ratio, ">= 0.95"


@row("dram-gradient", "gradient out= over the best copy, scaled by the bytes moved (3/2)")
def dram_gradient():
    for size in (64 * MB, 256 * MB):
        for label, ratio in over_copy(cases.GRADIENT_OUT, 3, size):
            yield label, ratio, ">= 0.90"


@row("dtypes", "forward out=, 64 MB, over the best copy of the same bytes")
def dtypes():
    bounds = {"float64": ">= 0.95", "float16": ">= 0.88", "bfloat16": ">= 0.80"}
    for name, bound in bounds.items():
        dtype = arrays.dtype_named(name)
        if dtype is None:
            continue
        for label, ratio in over_copy(cases.OUT, 2, 64 * MB, dtype):
            yield f"{name}, {label}", ratio, bound


@row("float16-where", "float16, forward out=, 1 thread, vs np.where(x > 0, x, a*x)")
def float16_where():
    for n in (1 << 12, 1 << 16, 1 << 20, 1 << 22):
        names = inputs(n, "float16")
        with leakyc.threads(1):
            samples = timed({"leakyc": cases.OUT, "np": cases.FORWARD[cases.WHERE]}, names, 1)
        yield f"{n} elements", samples.ratio("np", "leakyc"), ">= 10"


@row("tails", "lengths 15, 31, 63 over 16, 32, 64, forward out=: time")
def tails():
    for whole in (16, 32, 64):
        x = arrays.normals(whole)
        names = arrays.namespace(x, 1) | {"short": x[:-1].copy(), "y_short": x[:-1].copy()}
        samples = timed(
            {"whole": cases.OUT, "short": "leaky_relu(short, a, out=y_short)"}, names, 1.5
        )
        yield f"{whole - 1} over {whole}", samples.ratio("short", "whole"), "<= 1.25"


SIZES = [1, 16, 256, 1 << 12, 1 << 14, 1 << 16, 1 << 18, 1 << 20, 1 << 22, 1 << 24, 1 << 26]


@row("copyto", "forward out= vs np.copyto(y, x)")
def copyto():
    for n in SIZES:
        names = inputs(n)
        for threads in thread_counts():
            with leakyc.threads(threads):
                samples = timed({"leakyc": cases.OUT, "np": "np.copyto(y, x)"}, names, 0.8)
            bound = ">= 1.5" if n == 1 << 24 else ">= 1.0"
            label = f"{n} elements, {report.threads(threads)}"
            yield label, samples.ratio("np", "leakyc"), bound


@row("two-passes", "forward out= vs NumPy's two passes with out=")
def two_passes():
    statements = {"leakyc": cases.OUT, "np": cases.FORWARD[cases.PASSES]}
    for n in (16, 1 << 10, 1 << 13, 1 << 16):
        with leakyc.threads(1):
            samples = timed(statements, inputs(n), 1.5)
        yield (
            f"{n} elements, 1 thread",
            samples.ratio("np", "leakyc"),
            ">= 14" if n == 16 else ">= 3",
        )
    for threads in thread_counts():
        with leakyc.threads(threads):
            samples = timed(statements, inputs(1 << 24), 3)
        bound = ">= 3.7" if threads == 1 else ">= 5"
        yield f"64 MB, {report.threads(threads)}", samples.ratio("np", "leakyc"), bound


def fresh_mean(rival):
    """Over all sizes, each result fresh; and the mean."""
    ratios = []
    for n in (1, 16, 256, 1 << 12, 1 << 16, 1 << 18, 1 << 20, 1 << 22, 1 << 24, 1 << 26):
        statements = {"leakyc": cases.FRESH, "np": cases.FORWARD[rival]}
        samples = timed(statements, inputs(n), 1, rounds=(3, 60))
        ratios.append(samples.ratio("np", "leakyc"))
        yield f"{n} elements", ratios[-1], None
    mean = geometric_mean(ratios)
    yield "geometric mean", mean, {cases.MAXIMUM: ">= 9", cases.WHERE: ">= 25"}[rival]


@row("maximum-fresh", "forward vs np.maximum(x, a*x), both fresh, default threads")
def maximum_fresh():
    yield from fresh_mean(cases.MAXIMUM)


@row("where-fresh", "forward vs np.where(x > 0, x, a*x), both fresh, default threads")
def where_fresh():
    yield from fresh_mean(cases.WHERE)


@row("fresh", "forward fresh over forward out=, steady state: time")
def fresh():
    statements = {"fresh": cases.FRESH, "out": cases.OUT}
    for size in (1, 2, 4, 16, 32, 64, 256):
        names = inputs(size * MB // 4)
        for threads in thread_counts():
            with leakyc.threads(threads):
                samples = timed(statements, names, 1.2, rounds=(7, 200))
            bound = "<= 1.25" if threads > 1 and size <= 4 else "<= 1.10"
            label = f"{size} MB, {report.threads(threads)}"
            yield label, samples.ratio("fresh", "out"), bound


@row("table", "4 M elements and 16, 1 thread: the columns of `python -m leakyc bench`")
def table():
    statements = {"leakyc": cases.OUT, **cases.FORWARD}
    with leakyc.threads(1):
        samples = timed(statements, inputs(1 << 22), 5)
        yield "vs np.maximum(x, a*x)", samples.ratio(cases.MAXIMUM, "leakyc"), ">= 4"
        yield "vs np.where(x > 0, x, a*x)", samples.ratio(cases.WHERE, "leakyc"), ">= 10"
        statements = {"leakyc": cases.OUT, "np": "np.negative(x, out=y)"}
        samples = timed(statements, inputs(16), 2)
        yield "16 elements vs np.negative(x, out=y)", samples.ratio("np", "leakyc"), ">= 1"
