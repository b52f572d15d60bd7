"""Rows of calls that are mostly cost: small arrays, scalars, lists, keywords. A ratio is the time
over that of the nearest plain call."""

import numpy as np
from rows import all_threads, inputs, question, row, timed

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


@row("scalar-call", "a scalar over np.negative of it: time")
def scalar_call():
    given = {
        "np.float32": np.float32(-1.5),
        "np.float64": np.float64(-1.5),
        "np.float16": np.float16(-1.5),
        "np.int64": np.int64(-2),
        "Python float": -1.5,
        "0-d array": np.array(-1.5, np.float32),
    }
    for name, x in given.items():
        names = inputs(1) | {"v": x}
        statements = {
            "negative": "np.negative(v)",
            "forward": "leaky_relu(v, a)",
            "gradient": "leaky_relu_grad(v, v, a)",
        }
        ratios = over(statements, names, "negative", 1)
        yield f"{name}, forward", ratios["forward"], "<= 8"
        yield f"{name}, gradient", ratios["gradient"], "<= 8"


@row("converted-call", "integers and lists over np.negative of them: time")
def converted_call():
    for n in (16, 1 << 10, 1 << 16):
        x = (arrays.normals(n) * 50).astype(np.int64)
        for name, v in (("int64", x), ("int32", x.astype(np.int32)), ("a list", x.tolist())):
            statements = {"negative": "np.negative(v)", "forward": "leaky_relu(v, a)"}
            ratios = over(statements, inputs(1) | {"v": v}, "negative", 1)
            yield f"{name}, {n} elements", ratios["forward"], "<= 5"


@row("keyword-call", "where=, dtype=, a NumPy scalar as slope: time")
def keyword_call():
    for n in (16, 1 << 10, 1 << 16):
        names = inputs(n) | {"b": np.float32(0.1), "f4": np.float32}
        names["mask"] = arrays.normals(n, seed=5) > 0
        statements = {
            "np.where": "np.negative(x, y, where=mask)",
            "where": "leaky_relu(x, a, y, where=mask)",
            "np.dtype": "np.negative(x, y, dtype=f4)",
            "dtype": "leaky_relu(x, a, y, dtype=f4)",
            "np": "np.negative(x, y)",
            "slope": "leaky_relu(x, b, y)",
        }
        with leakyc.threads(1):
            samples = timed(statements, names, 3, rounds=(50, 1000))
        for name, rival, bound in (
            ("where", "np.where", "<= 4"),
            ("dtype", "np.dtype", "<= 5"),
            ("slope", "np", "<= 5"),
        ):
            yield f"{name}, {n} elements", samples.ratio(name, rival), bound


@row("number-gradient", "a Python number as grad or x over an array of ones: time")
def number_gradient():
    for dtype in ("float32", "float16"):
        for n in (1 << 10, 1 << 16, 1 << 22):
            names = inputs(n, dtype) | {"ones": np.ones(n, dtype)}
            statements = {
                "array": "leaky_relu_grad(ones, x, a)",
                "grad": "leaky_relu_grad(1.0, x, a)",
                "array x": "leaky_relu_grad(grad, ones, a)",
                "x": "leaky_relu_grad(grad, 1, a)",
            }
            with leakyc.threads(1):
                samples = timed(statements, names, 2, rounds=(20, 1000))
            yield f"grad, {dtype}, {n} elements", samples.ratio("grad", "array"), "<= 1.5"
            yield f"x, {dtype}, {n} elements", samples.ratio("x", "array x"), "<= 1.5"


@question("integers", "integers into out= over np.multiply by a float: time")
def integers():
    for n in (1 << 10, 1 << 14, 1 << 16, 1 << 17, 1 << 20):
        found = {}
        for dtype in ("int16", "int32", "int64"):
            names = inputs(n, "float64") | {"v": (arrays.normals(n) * 50).astype(dtype)}
            statements = {"np": "np.multiply(v, a, out=y)", "ours": "leaky_relu(v, a, out=y)"}
            with leakyc.threads(1):
                found[dtype] = timed(statements, names, 0.2).ratio("ours", "np")
        yield f"{n} elements", found, None
