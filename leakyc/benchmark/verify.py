"""Are the results right? Before anything is timed: every kernel on a sample of the values, and each
timed call on the arrays of its timing; as bits, by the reference of `python -m leakyc check`."""

import numpy as np

import leakyc
from leakyc import _check, _core

ENOUGH = 1 << 22  # elements of an array of the benchmark that are looked at
FORMATS = {form.name: form for form in _check.FORMATS}


class Wrong(Exception):
    """A result differs from the reference."""


def kernels():
    """How many results were compared, and on which instruction sets. Raises Wrong."""
    names = [isa["name"] for isa in _core.isas() if isa["available"]]
    count = 0
    for form in _check.FORMATS:
        compared, wrong = _check.check_part(_check.sample(form), names, _check.SLOPES)
        if wrong:
            raise Wrong(wrong[0].text)
        count += compared
    return count, names


def compare(got, want, what):
    """Raises Wrong unless the array has these bits; one NaN is as good as another."""
    form = FORMATS[got.dtype.name]
    if got.shape != want.shape or want.dtype != form.unsigned:
        raise Wrong(f"{what}: {got.shape}, {got.dtype}")
    differ = _check.differing(form, got.view(form.unsigned).ravel(), want.ravel())
    if differ.size:
        raise Wrong(f"{what}: {differ.size} of {want.size} results are wrong")
    return want.size


def calls(x, grad, slope):
    """The calls that are timed, on the arrays that are timed: out=, fresh and in place."""
    if x.size > ENOUGH and x.flags.c_contiguous and np.ndim(slope) == 0:
        x, grad = x.ravel()[:ENOUGH], grad.ravel()[:ENOUGH]
    form = FORMATS[x.dtype.name]
    gate, value = (array.view(form.unsigned) for array in (x, grad))
    with np.errstate(all="ignore"):
        want_y, want_dx = (_check.expected(form, gate, v, slope) for v in (gate, value))
    y, dx, x2, grad2 = np.empty_like(x), np.empty_like(x), x.copy(), grad.copy()
    leakyc.leaky_relu(x, slope, out=y)
    leakyc.leaky_relu_grad(grad, x, slope, out=dx)
    leakyc.leaky_relu(x2, slope, out=x2)
    leakyc.leaky_relu_grad(grad2, x, slope, out=grad2)
    fresh = leakyc.leaky_relu(x, slope), leakyc.leaky_relu_grad(grad, x, slope)
    what = f"{x.size} elements of {x.dtype}"
    return sum(
        [compare(got, want_y, f"forward, {what}") for got in (y, x2, fresh[0])]
        + [compare(got, want_dx, f"gradient, {what}") for got in (dx, grad2, fresh[1])]
    )
