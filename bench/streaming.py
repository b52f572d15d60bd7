"""When do streaming stores win? Plain over streaming, around the size of the last-level cache.

    python bench/streaming.py

A copy of each kind, out of place, out of place with its result read afterwards, and in place; the
numbers are how many times as long the plain one takes, so streaming wins above 1.
`leakyc_streaming_pays` in src/streaming.h and `leakyc_leak` in src/leak.c go by them.
"""

from leakyc import _core
from leakyc.benchmark import arrays, measure, report, tables

COPY = "copy_at(isa, dtype, {out}, x_at, n, {stream}, threads)"


def row(touched, threads):
    """Plain over streaming: out of place, then read, in place."""
    names = arrays.namespace(arrays.normals(touched // 8), threads)
    cells = []
    for out, then in (("y_at", ""), ("y_at", "; np.maximum.reduce(y)"), ("x_at", "")):
        statements = {
            kind: COPY.format(out=out, stream=kind == "streaming") + then
            for kind in ("plain", "streaming")
        }
        samples = measure.measure(statements, names, 0.7, rounds=(7, 200))
        low, middle, high = samples.ratio("plain", "streaming")
        cells.append(f"{middle:.2f} ({low:.2f} to {high:.2f})")
    return cells


def main():
    last = max(_core.machine()["caches"].values()) or 1 << 25
    threads = _core.threads_now()[0]
    for count in sorted({1, threads}):
        sizes = [last * part // 8 for part in (1, 2, 4, 6, 8, 12, 16, 32)]
        rows = [[report.size(size), *row(size, count)] for size in sizes]
        title = f"plain over streaming, {report.threads(count)}, last cache {report.size(last)}"
        head = ["bytes touched", "out of place", "then read", "in place"]
        print(tables.Table(title, head, rows).text())


if __name__ == "__main__":
    main()
