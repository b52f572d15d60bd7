"""What a fresh result costs over `out=`: in recycled memory, and in NumPy's own.

    python bench/buffers.py

One result at a time, and two alive at once; by size and threads. RECYCLE_FROM in
leakyc/_core_arrays.pxi and UNMARKED_MOST in src/buffers.c come from here.
"""

import leakyc
from leakyc.benchmark import arrays, measure, report, tables

FRESH = {
    "one": ("leaky_relu(x, a)", "leaky_relu(x, a, out=y)"),
    "two": ("leaky_relu(leaky_relu(x, a), a)", "leaky_relu(leaky_relu(x, a, out=y), a, out=t)"),
}
SIZES = [1 << k for k in (16, 18, 19, 20, 21, 22, 23, 24, 25, 26, 28)]  # bytes


def row(nbytes, threads):
    """Fresh over out=: one result recycled and not, two recycled and not."""
    names = arrays.namespace(arrays.normals(nbytes // 4), threads)
    cells = []
    for fresh, out in FRESH.values():
        statements = {
            "recycled": (fresh, "set_buffer_limit(None)"),
            "NumPy's": (fresh, "set_buffer_limit(0)"),
            "out": out,
        }
        samples = measure.measure(statements, names, 1, rounds=(7, 300), sample=2e-3)
        for name in ("recycled", "NumPy's"):
            low, middle, high = samples.ratio(name, "out")
            cells.append(f"{middle:.2f} ({low:.2f} to {high:.2f})")
    return cells


def main():
    head = ["bytes", *(f"{count}, {kind}" for count in FRESH for kind in ("recycled", "NumPy's"))]
    for threads in sorted({1, leakyc.get_num_threads()}):
        with leakyc.threads(threads):
            rows = [[report.size(nbytes), *row(nbytes, threads)] for nbytes in SIZES]
        title = f"time of fresh results over out=, {report.threads(threads)}"
        print(tables.Table(title, head, rows).text())
    leakyc.set_buffer_limit(None)


if __name__ == "__main__":
    main()
