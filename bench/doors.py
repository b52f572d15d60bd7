"""From C and from compiled code: the core's functions without Python between."""

import os
import subprocess
import tempfile

from rows import inputs, row, timed

import leakyc
from leakyc.benchmark import measure

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def ran(*command):
    """What a command printed."""
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout


@row(
    "c-call",
    "a C call over its kernel alone and over the compiler's own loop",
    needs=("gcc", "make"),
)
def c_call():
    ran("make", "core")
    with tempfile.TemporaryDirectory() as folder:
        program = os.path.join(folder, "c_call")
        sources = "bench/c_call.c", "build/libleakyc.a"
        ran("gcc", "-O3", "-march=native", *sources, "-fopenmp", "-lm", "-pthread", "-o", program)
        found = [line.split() for line in ran(program).splitlines()]
    for n in dict.fromkeys(line[0] for line in found):
        times = zip(*[line[1:] for line in found if line[0] == n], strict=True)
        samples = measure.Samples(dict(zip(("call", "kernel", "loop"), times, strict=True)))
        if n != "1000000":  # there a call also chooses how to store, and threads
            yield f"{n}, the kernel alone", samples.ratio("kernel", "call"), None
        yield f"{n}, gcc's loop", samples.ratio("loop", "call"), ">= 1" if n != "16" else None


NUMBA = """
import numba, numpy as np, leakyc.numba

def loop_into(x, slope, y):
    for i in range(x.size):
        y[i] = x[i] if x[i] > 0 else slope * x[i]

def loop(x, slope):
    y = np.empty_like(x)
    for i in range(x.size):
        y[i] = x[i] if x[i] > 0 else slope * x[i]
    return y

def core_into(x, slope, y):
    leakyc.leaky_relu(x, slope, out=y)

def core(x, slope):
    return leakyc.leaky_relu(x, slope)
"""


def compiled(x):
    """The functions above, compiled for a float32 slope as for x."""
    import numba

    names = {}
    exec(NUMBA, names)
    made = {name: numba.njit(f) for name, f in names.items() if name.startswith(("loop", "core"))}
    slope = x.dtype.type(0.1)
    for name, function in made.items():
        function(x, slope, x.copy()) if "into" in name else function(x, slope)
    return made | {"slope": slope}


@row("njit", "leaky_relu in njit over the loop that numba compiles", needs=("numba",))
def njit():
    for n in 1000, 1_000_000:
        names = inputs(n, threads=leakyc.get_num_threads())
        names |= compiled(names["x"])
        into = {"loop": "loop_into(x, slope, y)", "core": "core_into(x, slope, y)"}
        fresh = {"loop": "loop(x, slope)", "core": "core(x, slope)"}
        yield f"{n}, out=", timed(into, names, 3).ratio("loop", "core"), ">= 1"
        yield f"{n}, fresh", timed(fresh, names, 3).ratio("loop", "core"), ">= 1"
