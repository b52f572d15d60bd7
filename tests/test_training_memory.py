"""The training operations allocate next to nothing beside their results."""

import pathlib

import pytest
from programs import ended

PROGRAM = """
import sys
import numpy as np
import leakyc

def memory(name):
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith(name + ":"))

shape = tuple(int(n) for n in sys.argv[1].split("x"))
x, grad, out = (np.ones(shape, np.float32) for _ in range(3))
x[::2] = -1
channels = np.full(shape[1], 0.25, np.float32)
column = channels.reshape(-1, *[1] * (len(shape) - 2))
mask = leakyc.leaky_relu_with_mask(x, 0.1, out=out)[1]
calls = [
    lambda: leakyc.leaky_relu_with_mask(x, 0.1, out=out, mask=mask),
    lambda: leakyc.leaky_relu_grad_from_mask(grad, mask, 0.1, out=out),
    lambda: leakyc.bias_leaky_relu(x, channels, 0.1, axis=1, out=out),
    lambda: leakyc.bias_leaky_relu_grad(grad, x, 0.1, axis=1, gain=2, clamp=3, out=out),
    lambda: leakyc.bias_prelu(x, channels, channels, axis=1, out=out),
    lambda: leakyc.bias_prelu_grad(grad, x, channels, channels, axis=1, clamp=3, out=out),
    lambda: leakyc.bias_prelu_grad(grad, x, None, 0.1, axis=1, out=out),
    lambda: leakyc.prelu_grad(grad, x, column, out=out),
    lambda: leakyc.prelu_grad(grad, x, 0.1, out=out),
]
for call in calls:
    call()  # threads start, libraries warm up
    with open("/proc/self/clear_refs", "w") as file:
        file.write("5")  # the high-water mark begins anew
    before = memory("VmRSS")
    call()
    print(memory("VmHWM") - before)
"""


@pytest.mark.own_memory
@pytest.mark.parametrize("shape", ["4096x1024", "8x128x64x64"])
def test_peak_memory(shape):
    if not pathlib.Path("/proc/self/clear_refs").exists():
        pytest.skip(reason="this system does not tell a process's high-water mark")
    done = ended("-c", PROGRAM, shape)
    if "Permission" in done.stderr:
        pytest.skip(reason="/proc/self/clear_refs cannot be written here")
    assert done.returncode == 0, done.stderr
    peaks = [int(kilobytes) for kilobytes in done.stdout.split()]
    assert len(peaks) == 9 and max(peaks) < 1024, peaks
