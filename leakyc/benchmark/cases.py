"""What is timed: one row a case. The tables, the plot and bench/ all go by these rows.

A case is a Python statement; what it sees is made in `arrays.py`: `x`, `grad`, `y` (for results),
`t` (a temporary), `m` (a bool array), and the slope `a`. In place the slope is 1, `one`: any other
would change the data from call to call, down to subnormal numbers.
"""

from typing import NamedTuple


class Case(NamedTuple):
    """One row of the benchmark."""

    name: str
    statement: str
    moves: int  # arrays read + arrays written: the bytes of an element over its size
    rivals: dict  # NumPy's ways: name -> statement


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
]

# The limit is the best of these, in the same rounds: none is the fastest at every size.
COPIES = {
    "np.copyto": "np.copyto(y, x)",
    "copy, cached": "copy_at(isa, dtype, y_at, x_at, n, False, threads)",
    "copy, streaming": "copy_at(isa, dtype, y_at, x_at, n, True, threads)",
}


def statements(cases):
    """Every statement of these cases, each once: the cases', their rivals', the copies."""
    found = {case.name: case.statement for case in cases}
    for case in cases:
        for rival, statement in case.rivals.items():
            found[rival_of(case, rival)] = statement
    return found | COPIES


def rival_of(case, rival):
    """The name of a rival among `statements`: rivals that cases share are timed once."""
    kind = "forward" if case.rivals is FORWARD else case.name
    return f"{rival}, {kind}"
