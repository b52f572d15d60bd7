"""From C and from compiled code: the core's functions without Python between."""

from rows import inputs, row, timed

import leakyc

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
