"""Rows of calls that are mostly cost: small arrays, scalars, lists, keywords. A ratio is the time
over that of the nearest plain call."""

import numpy as np
from registry import all_threads, inputs, row, timed

import leakyc
from leakyc.benchmark import arrays


def over(statements, names, plain, seconds=3):
    """Samples of the statements; the time of each but `plain` over that of `plain`."""
    samples = timed(statements, names, seconds, rounds=(50, 1000))
    return {name: samples.ratio(name, plain) for name in statements if name != plain}


@row(
    "small-training",
    "8 x 8, out=, over leaky_relu(x, a, y): time",
    needs=["leakyc.bias_leaky_relu", "leakyc.prelu_grad"],
)
def small_training():
    x = arrays.normals(64).reshape(8, 8)
    names = arrays.namespace(x, 1) | {"bias": x[0].copy(), "slopes": x[1].copy()}
    statements = {
        "plain": "leaky_relu(x, a, y)",
        "bias_leaky_relu": "bias_leaky_relu(x, bias, a, out=y)",
        "prelu_grad": "prelu_grad(grad, x, slopes, out=y)",
    }
    ratios = over(statements, names, "plain")
    yield "bias_leaky_relu", ratios["bias_leaky_relu"], "<= 4"
    yield "prelu_grad", ratios["prelu_grad"], "<= 8"


@row(
    "one-slope-gradient",
    "prelu_grad with one slope over an array of one: time",
    needs=["leakyc.prelu_grad"],
)
def one_slope_gradient():
    for n in (16, 1 << 16):
        names = inputs(n) | {"slopes": np.full(1, arrays.SLOPE, np.float32)}
        statements = {
            "array": "prelu_grad(grad, x, slopes, out=y)",
            "scalar": "prelu_grad(grad, x, a, out=y)",
        }
        with leakyc.threads(1):
            yield f"{n} elements", over(statements, names, "array", 1.5)["scalar"], "<= 2"


@row("bool-gate", "gradient with the gate x >= 0 over one with x, out=: time")
def bool_gate():
    bounds = {"float32": "<= 2", "float64": "<= 1.5", "float16": "<= 3", "bfloat16": "<= 3"}
    statements = {
        "plain": "leaky_relu_grad(grad, x, a, y)",
        "bool": "leaky_relu_grad(grad, gate, a, y)",
    }
    for name, bound in bounds.items():
        dtype = arrays.dtype_named(name)
        for n in (1 << 10, 1 << 18, 1 << 24):
            if dtype is None:
                continue
            names = inputs(n, dtype, all_threads())
            names["gate"] = names["x"] >= 0
            ratios = over(statements, names, "plain", 1.5)
            yield f"{name}, {n} elements", ratios["bool"], bound
