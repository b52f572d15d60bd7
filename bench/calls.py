"""What a call costs where there is next to nothing to compute."""

from rows import inputs, question, row, timed

import leakyc
from leakyc.benchmark import arrays, cases

NEGATIVE, NEGATIVE_OUT = "np.negative(x)", "np.negative(x, out=y)"


@row("call-fresh", "16 elements, fresh")
def call_fresh():
    statements = {
        "leakyc": cases.FRESH,
        "maximum": cases.FORWARD[cases.MAXIMUM],
        "negative": NEGATIVE,
    }
    samples = timed(statements, inputs(16), 6, rounds=(50, 2000))
    yield "vs np.maximum(x, a*x)", samples.ratio("maximum", "leakyc"), ">= 11"
    yield "vs np.negative(x)", samples.ratio("negative", "leakyc"), ">= 3.3"


@row("call-out", "16 elements, out=, vs np.negative(x, y)")
def call_out():
    statements = {
        "keyword": cases.OUT,
        "positional": "leaky_relu(x, a, y)",
        "np, keyword": NEGATIVE_OUT,
        "np, positional": "np.negative(x, y)",
    }
    samples = timed(statements, inputs(16), 6, rounds=(50, 2000))
    yield "out= by keyword", samples.ratio("np, keyword", "keyword"), ">= 7"
    yield "out by position", samples.ratio("np, positional", "positional"), ">= 7"


CALLS = {
    "out= by keyword": cases.OUT,
    "out by position": "leaky_relu(x, a, y)",
    "fresh": cases.FRESH,
    "fresh, the default slope": "leaky_relu(x)",
    "in place": "leaky_relu(x, one, out=x)",
    "gradient, out=": cases.GRADIENT_OUT,
    "gradient, fresh": "leaky_relu_grad(grad, x, a)",
    "two-dimensional view": "leaky_relu(v, a, out=w)",
    "the ufunc, out=": "ufunc(x, a, out=y)",
    "np.maximum, fresh": cases.FORWARD[cases.MAXIMUM],
}


@question("call-cost", "a call over one of np.negative, by elements: time")
def call_cost():
    for n in (1, 16, 256, 4096, 16384):
        wide = arrays.normals(2 * n).reshape(1, 2 * n)
        names = inputs(n, v=wide[:, ::2], w=wide[:, ::2].copy(), ufunc=leakyc.ufuncs.leaky_relu)
        statements = CALLS | {NEGATIVE: NEGATIVE, NEGATIVE_OUT: NEGATIVE_OUT}
        samples = timed(statements, names, 2, rounds=(30, 2000), sample=1e-4)
        for name in CALLS:
            rival = NEGATIVE if "fresh" in name else NEGATIVE_OUT
            yield f"{name}, {n}", samples.ratio(name, rival), None
