"""Every instruction set of this CPU, not only the one that is chosen, with random signs: at sizes
where no branch predictor can learn them, a kernel that branches shows."""

from rows import inputs, question, row, timed

import leakyc
from leakyc import _core
from leakyc.benchmark import arrays, cases, report

MB = 1 << 20
PASSES = cases.FORWARD[cases.PASSES]
AVAILABLE = [isa["name"] for isa in _core.isas() if isa["available"]]


@row("portable", "portable C, forward out=, 1 thread, vs NumPy's two passes with out=")
def portable():
    bounds = {"float32": ">= 1.3", "float64": ">= 1.2", "float16": ">= 5"}
    statements = {"ours": cases.by_address("baseline"), "np": PASSES}
    for dtype, bound in bounds.items():
        for n in (1 << 16, 1 << 18, 1 << 20):
            samples = timed(statements, inputs(n, dtype), 1.5)
            at = bound if n == 1 << 18 else None
            yield f"{dtype}, {n} elements", samples.ratio("np", "ours"), at


@row("instruction-sets", "each one, forward out=, 1 thread, vs NumPy's two passes with out=")
def instruction_sets():
    statements = {isa: cases.by_address(isa) for isa in AVAILABLE} | {"np": PASSES}
    for name, dtype in arrays.dtypes().items():
        for n in (1 << 16, 1 << 18, 1 << 22):
            samples = timed(statements, inputs(n, dtype), 2)
            for isa in AVAILABLE:
                yield f"{isa}, {name}, {n} elements", samples.ratio("np", isa), ">= 1.0"


@row("gradient-add", "gradient out=, 1 thread, vs np.add(grad, x, out=y): the same bytes")
def gradient_add():
    sets = [isa for isa in AVAILABLE if isa != "baseline"]
    statements = {isa: cases.by_address(isa, "grad_at") for isa in sets}
    statements |= {"call": cases.GRADIENT_OUT, "np": "np.add(grad, x, out=y)"}
    for size in (1, 2, 3, 4, 5, 6, 7, 8, 10, 12):
        with leakyc.threads(1):
            samples = timed(statements, inputs(size * MB // 4, "float32"), 3.5, rounds=(20, 400))
        for name in ["call", *sets]:
            yield f"{size} MB, {name}", samples.ratio("np", name), ">= 0.97"


SIZES = [1 << k for k in (6, 8, 9, 10, 11, 12, 14, 17, 18, 20, 22, 24)]  # bytes of an array
OFFSETS = [(0, 0), (16, 16), (16, 48)]  # of the input and of the result, from a cache line


def over_copy(isa, dtype, nbytes, offsets, moves):
    """The kernel's time over that of the copy with the same instruction set. Both are called by
    address, and the cost of a call on one element is taken off: what is left is the loop."""
    n = nbytes // dtype.itemsize
    x = arrays.at_offset(n, dtype, offsets[0])
    x[:] = arrays.normals(n, dtype)
    names = arrays.namespace(x, 1, y=arrays.at_offset(n, dtype, offsets[1])) | {"isa": isa}
    kernel = cases.by_address(isa, "grad_at" if moves == 3 else "x_at")
    copy = cases.COPIES["copy, cached"]
    statements = {
        "kernel": kernel,
        "copy": copy,
        "kernel, one": kernel.replace("n,", "1,"),
        "copy, one": copy.replace("n,", "1,"),
    }
    samples = timed(statements, names, 0.1, rounds=(30, 300), sample=5e-5)
    return samples.less({"kernel": "kernel, one", "copy": "copy, one"}).ratio("kernel", "copy")


def kernels(isa):
    for name, dtype in arrays.dtypes().items():
        for nbytes in SIZES:
            found = {
                f"{what} {offsets}": over_copy(isa, dtype, nbytes, offsets, moves)
                for what, moves in (("forward", 2), ("gradient", 3))
                for offsets in OFFSETS
            }
            yield f"{name}, {report.size(nbytes)}", found, None


for isa in AVAILABLE:
    about = f"{isa}'s kernels over its copy, by bytes and the arrays' places in a cache line: time"
    question(f"kernels-{isa}", about)(lambda isa=isa: kernels(isa))


@question("short-runs", "forward by address over np.copyto, less a call's cost, by places: time")
def short_runs():
    for nbytes in (256, 512, 1024, 1536, 2048, 3072, 4096, 16384):
        found = {}
        for offsets in OFFSETS:
            x, y = (arrays.at_offset(nbytes // 4, "float32", offset) for offset in offsets)
            x[:] = arrays.normals(x.size)
            names = arrays.namespace(x, 1, y=y) | {"x1": x[:1], "y1": y[:1]}
            kernel, copy = "leak_at(isa, dtype, y_at, x_at, x_at, {}, a)", "np.copyto({}, {})"
            statements = {
                "kernel": kernel.format("n"),
                "kernel, one": kernel.format(1),
                "copy": copy.format("y", "x"),
                "copy, one": copy.format("y1", "x1"),
            }
            samples = timed(statements, names, 0.3, rounds=(50, 1000), sample=5e-5)
            samples = samples.less({"kernel": "kernel, one", "copy": "copy, one"})
            found[str(offsets)] = samples.ratio("kernel", "copy")
        yield report.size(nbytes), found, None
