"""What a fresh result costs in recycled memory, and in NumPy's own. RECYCLE_FROM in
leakyc/_core_arrays.pxi and UNMARKED_MOST in src/buffers.c come from here."""

from rows import inputs, question, thread_counts, timed

import leakyc
from leakyc.benchmark import cases, report

FRESH = {
    "one": (cases.FRESH, cases.OUT),
    "two alive": (
        "leaky_relu(leaky_relu(x, a), a)",
        "leaky_relu(leaky_relu(x, a, out=y), a, out=t)",
    ),
}
SIZES = [1 << k for k in (16, 18, 19, 20, 21, 22, 23, 24, 25, 26, 28)]  # bytes


@question("recycled", "fresh results over out=, by bytes: time")
def recycled():
    for threads in thread_counts():
        for nbytes in SIZES:
            names, found = inputs(nbytes // 4, threads=threads), {}
            for count, (fresh, out) in FRESH.items():
                statements = {
                    "recycled": (fresh, "set_buffer_limit(None)"),
                    "NumPy's": (fresh, "set_buffer_limit(0)"),
                    "out": out,
                }
                with leakyc.threads(threads):
                    samples = timed(statements, names, 1, rounds=(7, 300), sample=2e-3)
                for kind in ("recycled", "NumPy's"):
                    found[f"{count}, {kind}"] = samples.ratio(kind, "out")
            yield f"{report.size(nbytes)}, {report.threads(threads)}", found, None
