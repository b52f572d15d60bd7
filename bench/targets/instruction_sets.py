"""Rows that time every instruction set of this CPU, not only the one that is chosen, with random
signs, at sizes where no branch predictor can learn them."""

from registry import inputs, row, timed

import leakyc
from leakyc import _core
from leakyc.benchmark import arrays, cases

MB = 1 << 20
PASSES = cases.FORWARD[cases.PASSES]
AVAILABLE = [isa["name"] for isa in _core.isas() if isa["available"]]


def forward(isa):
    return f"leak_at({isa!r}, dtype, y_at, x_at, x_at, n, a)"


def gradient(isa):
    return f"leak_at({isa!r}, dtype, y_at, x_at, grad_at, n, a)"


@row("portable", "portable C, forward out=, 1 thread, vs NumPy's two passes with out=")
def portable():
    bounds = {"float32": ">= 1.3", "float64": ">= 1.2", "float16": ">= 5"}
    for dtype, bound in bounds.items():
        for n in (1 << 16, 1 << 18, 1 << 20):
            samples = timed({"ours": forward("baseline"), "np": PASSES}, inputs(n, dtype), 1.5)
            at = bound if n == 1 << 18 else None
            yield f"{dtype}, {n} elements", samples.ratio("np", "ours"), at


@row("instruction-sets", "each one, forward out=, 1 thread, vs NumPy's two passes with out=")
def instruction_sets():
    for dtype in _core.DTYPES:
        if arrays.dtype_named(dtype) is None:
            continue
        for n in (1 << 16, 1 << 18, 1 << 22):
            statements = {isa: forward(isa) for isa in AVAILABLE} | {"np": PASSES}
            samples = timed(statements, inputs(n, arrays.dtype_named(dtype)), 2)
            for isa in AVAILABLE:
                yield f"{isa}, {dtype}, {n} elements", samples.ratio("np", isa), ">= 1.0"


@row("gradient-add", "gradient out=, 1 thread, vs np.add(grad, x, out=y): the same bytes")
def gradient_add():
    sets = [isa for isa in AVAILABLE if isa != "baseline"]
    statements = {isa: gradient(isa) for isa in sets}
    statements |= {"call": "leaky_relu_grad(grad, x, a, out=y)", "np": "np.add(grad, x, out=y)"}
    for size in (1, 2, 3, 4, 5, 6, 7, 8, 10, 12):
        with leakyc.threads(1):
            samples = timed(statements, inputs(size * MB // 4, "float32"), 3.5, rounds=(20, 400))
        for name in ["call", *sets]:
            yield f"{size} MB, {name}", samples.ratio("np", name), ">= 0.97"
