"""Random calls of the training operations against the twin: bits, dtype, shapes, memory.

`make fuzz-python` runs more of them.
"""

import numpy as np
import pytest
import strategies
import twin
from random_blocks import blocks, run_block

import leakyc


def with_mask(a, slope, out, keywords):
    y, mask = leakyc.leaky_relu_with_mask(a["x"], slope, out=out)
    return y, mask


def from_mask(a, slope, out, keywords):
    return (leakyc.leaky_relu_grad_from_mask(a["grad"], twin.mask(a["x"]), slope, out=out),)


def bias(a, slope, out, keywords):
    return (leakyc.bias_leaky_relu(a["x"], a["bias"], slope, out=out, **keywords),)


def bias_grad(a, slope, out, keywords):
    return leakyc.bias_leaky_relu_grad(a["grad"], a["x"], slope, out=out, **keywords)


def prelu_grad(a, slope, out, keywords):
    return leakyc.prelu_grad(a["grad"], a["x"], a.get("slope", slope), out=out)


def bias_prelu(a, slope, out, keywords):
    slope = a.get("slope", slope)
    return (leakyc.bias_prelu(a["x"], a.get("bias"), slope, out=out, **keywords),)


def bias_prelu_grad(a, slope, out, keywords):
    slope, bias = a.get("slope", slope), a.get("bias")
    dx, dbias, dslope = leakyc.bias_prelu_grad(a["grad"], a["x"], bias, slope, out=out, **keywords)
    return (dx, dslope) if bias is None else (dx, dbias, dslope)


def twin_with_mask(a, slope, keywords):
    return twin.leaky_relu(a["x"], slope), twin.mask(a["x"])


def twin_from_mask(a, slope, keywords):
    with np.errstate(invalid="ignore"):
        gate = (a["x"] > 0).astype(a["grad"].dtype)
    return (twin.leak(gate, a["grad"], slope),)


def twin_bias_grad(a, slope, keywords):
    dx = twin.bias_leaky_relu_dx(a["grad"], a["x"], slope, keywords["gain"], keywords["clamp"])
    return dx, bias_grad(a, slope, None, keywords)[1]


def twin_bias_prelu(a, slope, keywords):
    return (twin.bias_prelu(a["x"], a.get("bias"), a.get("slope", slope), **keywords),)


def twin_bias_prelu_grad(a, slope, keywords):
    arrays = (a["grad"], a["x"], a.get("bias"), a.get("slope", slope))
    dx = twin.bias_prelu_grad(*arrays, **keywords)[0]
    return dx, *bias_prelu_grad(a, slope, None, keywords)[1:]


def twin_prelu_grad(a, slope, keywords):
    dx = twin.leaky_relu_grad(a["grad"], a["x"], a.get("slope", slope))
    return dx, prelu_grad(a, slope, None, keywords)[1]


# The call, and what it must give; for the sums, what plain arrays give: their values are the affair
# of test_training_sums.py.
OPERATIONS = {
    "leaky_relu_with_mask": (with_mask, twin_with_mask),
    "leaky_relu_grad_from_mask": (from_mask, twin_from_mask),
    "bias_leaky_relu": (bias, twin_bias_prelu),
    "bias_leaky_relu_grad": (bias_grad, twin_bias_grad),
    "prelu_grad": (prelu_grad, twin_prelu_grad),
    "bias_prelu": (bias_prelu, twin_bias_prelu),
    "bias_prelu_grad": (bias_prelu_grad, twin_bias_prelu_grad),
}


def plain(a):
    """The elements in memory of their own, dense and native."""
    return np.array(a, a.dtype.newbyteorder("="), order="C")


def expected(oracle, case):
    arrays = {name: plain(a) for name, a in case.build()[1].items()}
    with np.errstate(all="ignore"):
        return oracle(arrays, case.slope, case.keywords)


def check(call, oracle, case):
    want, *more = expected(oracle, case)
    memory, built = case.build()
    before, untouched = case.build()
    target = "x" if case.out_form == "in place" else "out"
    out = built[target] if "out" in built else None
    with np.errstate(all="raise"):
        got, *rest = call(built, case.slope, out, case.keywords)
    if out is not None:
        assert got is out
        with np.errstate(all="ignore"):
            want = want.astype(out.dtype.newbyteorder("="))
    twin.same_bits(native(got), want)
    for part, whole in zip(rest, more, strict=True):
        if np.asarray(whole).dtype == np.uint8:
            np.testing.assert_array_equal(part, whole, strict=True)
        else:
            twin.same_bits(part, whole, "sums")
    if out is not None:  # nothing else was written
        out[...] = untouched[target][...] = np.zeros((), out.dtype)
    for key in memory:
        assert memory[key].tobytes() == before[key].tobytes(), f"memory of {key}"
    yield "training results as the twin's"


def native(a):
    return np.asarray(a).astype(a.dtype.newbyteorder("="), copy=False)


@pytest.mark.parametrize("block", blocks(1))
@pytest.mark.parametrize("operation", OPERATIONS)
def test_training(random_calls, operation, block):
    call, oracle = OPERATIONS[operation]
    cases = strategies.training_cases(operation)
    run_block(cases, lambda case: check(call, oracle, case), block, random_calls)
