"""When do non-temporal stores win? `leakyc_streaming_pays` goes by this."""

from rows import inputs, question, thread_counts, timed

from leakyc import _core
from leakyc.benchmark import report

COPY = "copy_at(isa, dtype, {out}, x_at, n, {stream}, threads)"
KINDS = {
    "out of place": ("y_at", ""),
    "then read": ("y_at", "; np.maximum.reduce(y)"),
    "in place": ("x_at", ""),
}


@question("streaming", "a plain copy over a streaming one, about the size of the last cache: time")
def streaming():
    last = max(_core.machine()["caches"].values()) or 1 << 25
    for threads in thread_counts():
        for touched in (last * part // 8 for part in (1, 2, 4, 6, 8, 12, 16, 32)):
            names, found = inputs(touched // 8, threads=threads), {}
            for name, (out, then) in KINDS.items():
                statements = {
                    kind: COPY.format(out=out, stream=kind == "streaming") + then
                    for kind in ("plain", "streaming")
                }
                samples = timed(statements, names, 0.7, rounds=(7, 200))
                found[name] = samples.ratio("plain", "streaming")
            yield f"{report.size(touched)}, {report.threads(threads)}", found, None
