"""What is timed: one row a case. The tables, the plot and bench/ all go by these rows,
and no statement is typed twice.

A case is a Python statement. It sees what `arrays.namespace` makes: `x`, `grad`, `y` (for results),
`t` (a temporary), `m` (a bool array), the slope `a`; and what its `extra` adds. In place the slope
is `one`, 1: any other would change the data from call to call, down to subnormal numbers.
"""

import math
from typing import NamedTuple

import numpy as np

import leakyc
from leakyc import _core


class Case(NamedTuple):
    """One row of the benchmark."""

    name: str
    statement: str
    moves: float  # arrays read + arrays written: the bytes of an element over its size
    rivals: dict  # NumPy's ways: name -> statement
    quick: bool = True  # whether it is in the table of `python -m leakyc bench`
    needs: str = "leaky_relu"  # the function of leakyc without which the row is left out
    extra: object = None  # a function of the names that a statement sees; returns more of them


# leakyc's statements that most comparisons are about.
OUT, FRESH = "leaky_relu(x, a, out=y)", "leaky_relu(x, a)"
GRADIENT_OUT = "leaky_relu_grad(grad, x, a, out=y)"

# The columns of the table.
RIVALS = WHERE, MAXIMUM, PASSES = "np.where", "np.maximum", "NumPy passes, out="

FORWARD = {
    WHERE: "np.where(x > 0, x, a * x)",
    MAXIMUM: "np.maximum(x, a * x)",
    PASSES: "np.multiply(x, a, out=t); np.maximum(x, t, out=y)",
}
GRADIENT = {
    WHERE: "np.where(x > 0, grad, a * grad)",
    PASSES: "np.multiply(grad, a, out=y); np.greater(x, 0, out=m); np.copyto(y, grad, where=m)",
}

CASES = [
    Case("forward, out=", OUT, 2, FORWARD),
    Case("forward, fresh", FRESH, 2, FORWARD),
    Case("forward, in place", "leaky_relu(x, one, out=x)", 2, FORWARD),
    Case("gradient, out=", GRADIENT_OUT, 3, GRADIENT),
    Case("gradient, fresh", "leaky_relu_grad(grad, x, a)", 3, GRADIENT, quick=False),
    Case("gradient, in place", "leaky_relu_grad(grad, x, one, out=grad)", 3, GRADIENT, quick=False),
]

NUMPY_BIAS_GRADIENT = """np.greater(x2, 0, out=m2); np.multiply(m2, 1 - a, out=t2); \
np.add(t2, a, out=t2); np.multiply(grad2, t2, out=y2); y2.sum(axis=0)"""
NUMPY_PRELU_GRADIENT = """np.minimum(x2, 0, out=t2); np.multiply(t2, grad2, out=t2); \
t2.sum(axis=0); np.multiply(grad2, slopes, out=y2); np.greater(x2, 0, out=m2); \
np.copyto(y2, grad2, where=m2)"""


def rows_and_columns(names):
    """The arrays as rows of up to 1024, with a bias and a slope for each column; a mask."""
    n = names["x"].size
    columns = math.gcd(n, 1024)
    found = {f"{k}2": names[k].reshape(-1, columns) for k in ("x", "grad", "y", "t", "m")}
    return found | {
        "zero": np.zeros(columns, dtype=names["x"].dtype),  # a bias that leaves x as it is
        "slopes": np.linspace(0.01, 0.3, columns, dtype=names["x"].dtype),
        "mask": np.packbits(names["x"] > 0, bitorder="little"),
    }


def training(name, statement, moves, numpy, needs):
    """A row of an operation of training."""
    return Case(name, statement, moves, {PASSES: numpy}, False, needs, rows_and_columns)


# What training adds, beside the plain operations in the same rounds. A mask is a bit an element.
TRAINING = [
    CASES[0],
    CASES[3],
    training(
        "forward with mask, out=",
        "leaky_relu_with_mask(x, a, out=y, mask=mask)",
        2 + 1 / 32,
        "np.greater(x, 0, out=m); np.packbits(m, bitorder='little'); " + FORWARD[PASSES],
        "leaky_relu_with_mask",
    ),
    training(
        "gradient from mask, out=",
        "leaky_relu_grad_from_mask(grad, mask, a, out=y)",
        2 + 1 / 32,
        "b = np.unpackbits(mask, count=n, bitorder='little'); "
        "np.multiply(grad, a, out=y); np.copyto(y, grad, where=b.view(bool))",
        "leaky_relu_grad_from_mask",
    ),
    training(
        "bias and forward, in place",
        "bias_leaky_relu(x2, zero, one, out=x2)",
        2,
        "np.add(x2, zero, out=x2); np.multiply(x2, a, out=t2); np.maximum(x2, t2, out=y2)",
        "bias_leaky_relu",
    ),
    training(
        "gradient and bias's, out=",
        "bias_leaky_relu_grad(grad2, x2, a, out=y2)",
        3,
        NUMPY_BIAS_GRADIENT,
        "bias_leaky_relu_grad",
    ),
    training(
        "gradient and slope's, out=",
        "prelu_grad(grad2, x2, slopes, out=y2)",
        3,
        NUMPY_PRELU_GRADIENT,
        "prelu_grad",
    ),
]


def by_address(isa, values="x_at"):
    """The statement of one instruction set's kernel; the gradient's with `grad_at`."""
    return f"leak_at({isa!r}, dtype, y_at, x_at, {values}, n, a)"


def instruction_sets():
    """Two rows of each instruction set that runs here, by the address of the arrays, on one
    thread: what is not chosen on this CPU is all that others have."""
    found = []
    for isa in (row["name"] for row in _core.isas() if row["available"]):
        forward, gradient = {PASSES: FORWARD[PASSES]}, {PASSES: GRADIENT[PASSES]}
        found.append(Case(f"{isa}, forward", by_address(isa), 2, forward, False))
        found.append(Case(f"{isa}, gradient", by_address(isa, "grad_at"), 3, gradient, False))
    return found


# The limit is the best of these, in the same rounds: none is the fastest at every size.
COPIES = {
    "np.copyto": "np.copyto(y, x)",
    "copy, cached": "copy_at(isa, dtype, y_at, x_at, n, False, threads)",
    "copy, streaming": "copy_at(isa, dtype, y_at, x_at, n, True, threads)",
}


def available(table):
    """The rows whose function exists."""
    return [case for case in table if hasattr(leakyc, case.needs)]


def statements(cases):
    """Every statement of these cases, once: under the case's name, a rival's under its own text,
    so that rivals which cases share are timed once."""
    found = {case.name: case.statement for case in cases}
    for case in cases:
        found |= {statement: statement for statement in case.rivals.values()}
    return found
