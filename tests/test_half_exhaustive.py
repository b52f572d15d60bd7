"""Every float16 and bfloat16 value through the public functions, on each instruction set."""

import numpy as np
import pytest
import twin
from conftest import dtype_named
from programs import ended

import leakyc

SLOPES = [0.01, 0.3, 0.0, -1.7, 1e-8, np.inf, np.nan]


def all_values(name):
    return np.arange(1 << 16, dtype=np.uint16).view(dtype_named(name))


@pytest.mark.parametrize("slope", SLOPES)
@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_all_values(dtype, slope):
    x = all_values(dtype)
    twin.same_bits(leakyc.leaky_relu(x, slope), twin.leaky_relu(x, slope))
    for gate in (x, x[::-1]):
        got = leakyc.leaky_relu_grad(x, gate, slope)
        twin.same_bits(got, twin.leaky_relu_grad(x, gate, slope))


def test_each_value_on_each_instruction_set(isa):
    done = ended("-m", "pytest", "-v", "-k", "test_all_values", __file__, LEAKYC_ISA=isa)
    assert done.returncode == 0, done.stdout[-2000:]
    assert f"chosen {isa};" in done.stdout
