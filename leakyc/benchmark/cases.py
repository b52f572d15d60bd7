"""What is timed: one row a case. The tables, the plot and bench/ all go by these rows.

A case is a Python statement. It sees what `arrays.namespace` makes: `x`, `grad`, `y` (for results),
`t` (a temporary), `m` (a bool array), the slope `a`; and what its `extra` adds. In place the slope
is `one`, 1: any other would change the data from call to call, down to subnormal numbers.
"""

from typing import NamedTuple

import leakyc


class Case(NamedTuple):
    """One row of the benchmark."""

    name: str
    statement: str
    moves: float  # arrays read + arrays written: the bytes of an element over its size
    rivals: dict  # NumPy's ways: name -> statement
    quick: bool = True  # whether it is in the table of `python -m leakyc bench`
    needs: str = "leaky_relu"  # the function of leakyc without which the row is left out
    extra: object = None  # a function of the names that a statement sees; returns more of them


# The columns of the table.
WHERE, MAXIMUM, PASSES = "np.where", "np.maximum", "NumPy passes, out="

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
    Case("forward, out=", "leaky_relu(x, a, out=y)", 2, FORWARD),
    Case("forward, fresh", "leaky_relu(x, a)", 2, FORWARD),
    Case("forward, in place", "leaky_relu(x, one, out=x)", 2, FORWARD),
    Case("gradient, out=", "leaky_relu_grad(grad, x, a, out=y)", 3, GRADIENT),
    Case("gradient, fresh", "leaky_relu_grad(grad, x, a)", 3, GRADIENT, quick=False),
    Case("gradient, in place", "leaky_relu_grad(grad, x, one, out=grad)", 3, GRADIENT, quick=False),
]

# The limit is the best of these, in the same rounds: none is the fastest at every size.
COPIES = {
    "np.copyto": "np.copyto(y, x)",
    "copy, cached": "copy_at(isa, dtype, y_at, x_at, n, False, threads)",
    "copy, streaming": "copy_at(isa, dtype, y_at, x_at, n, True, threads)",
}


def available(table=CASES):
    """The rows whose function exists."""
    return [case for case in table if hasattr(leakyc, case.needs)]


def statements(cases):
    """Every statement of these cases, once: under the case's name, a rival's under its own text,
    so that rivals which cases share are timed once."""
    found = {case.name: case.statement for case in cases}
    for case in cases:
        found |= {statement: statement for statement in case.rivals.values()}
    return found
