"""Rows that say what a call costs where there is next to nothing to compute."""

from registry import inputs, row, timed

from leakyc.benchmark import cases


@row("call-fresh", "16 elements, fresh")
def call_fresh():
    statements = {
        "leakyc": "leaky_relu(x, a)",
        "maximum": cases.FORWARD[cases.MAXIMUM],
        "negative": "np.negative(x)",
    }
    samples = timed(statements, inputs(16), 6, rounds=(50, 2000))
    yield "vs np.maximum(x, a*x)", samples.ratio("maximum", "leakyc"), ">= 11"
    yield "vs np.negative(x)", samples.ratio("negative", "leakyc"), ">= 3.3"


@row("call-out", "16 elements, out=, vs np.negative(x, y)")
def call_out():
    statements = {
        "keyword": "leaky_relu(x, a, out=y)",
        "positional": "leaky_relu(x, a, y)",
        "np, keyword": "np.negative(x, out=y)",
        "np, positional": "np.negative(x, y)",
    }
    samples = timed(statements, inputs(16), 6, rounds=(50, 2000))
    yield "out= by keyword", samples.ratio("np, keyword", "keyword"), ">= 7"
    yield "out by position", samples.ratio("np, positional", "positional"), ">= 7"
