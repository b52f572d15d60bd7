"""Are the results right? Before anything is timed: every instruction set that runs here, against a
formula in plain NumPy, compared as bits."""

import numpy as np

import leakyc
from leakyc import _core

SLOPES = [0.01, 0.0, 1.0, 1.3, -0.5, np.inf, np.nan]
LENGTHS = [0, 1, 2, 3, 4, 5, 7, 8, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 1000]
ENOUGH = 1 << 22  # elements of an array of the benchmark that are looked at
SPECIAL = [0.0, -0.0, np.inf, -np.inf, np.nan, 1e-40, -1e-40, 1.0, -1.0]


class Wrong(Exception):
    """A result differs from the formula."""


def formula(gate, value, slope):
    """gate > 0 ? value : slope * value, half precision computed in single."""
    dtype = value.dtype
    compute = np.float32 if dtype.itemsize == 2 else dtype
    with np.errstate(all="ignore"):
        g, v = gate.astype(compute), value.astype(compute)
        return np.where(g > 0, v, np.asarray(slope, dtype=compute) * v).astype(dtype)


def compare(got, want, what):
    """Raises Wrong unless the bits are the same; one NaN is as good as another."""
    unsigned = f"u{want.dtype.itemsize}"
    differ = (got.view(unsigned) != want.view(unsigned)) & ~(np.isnan(got) & np.isnan(want))
    if got.dtype != want.dtype or got.shape != want.shape or differ.any():
        raise Wrong(f"{what}: {np.count_nonzero(differ)} of {want.size} results are wrong")
    return want.size


def values(n, dtype, seed):
    rng = np.random.default_rng(seed)
    x = rng.standard_normal(n).astype(dtype)
    with np.errstate(over="ignore", under="ignore"):
        x[::7] = np.resize(SPECIAL, x[::7].size).astype(dtype)
    return x


def kernels(isa, dtype):
    """One instruction set and type: lengths, slopes, forward and gradient, by address."""
    count = 0
    for n in LENGTHS:
        gate, value = values(n, dtype, n), values(n, dtype, n + 1)
        for slope in SLOPES:
            for v, what in ((gate, "forward"), (value, "gradient")):
                out = np.zeros(n, dtype)
                at = out.ctypes.data, gate.ctypes.data, v.ctypes.data
                _core.leak_at(isa, np.dtype(dtype).name, *at, n, float(slope))
                what = f"{what}, {isa}, {dtype}, {n} elements, slope {slope}"
                count += compare(out, formula(gate, v, slope), what)
    return count


def calls(x, grad, slope):
    """The calls that are timed, on the arrays that are timed: out=, fresh and in place."""
    if x.size > ENOUGH and x.flags.c_contiguous and np.ndim(slope) == 0:
        x, grad = x.ravel()[:ENOUGH], grad.ravel()[:ENOUGH]
    want_y, want_dx = formula(x, x, slope), formula(x, grad, slope)
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


def everything():
    """How many results were compared, and on which instruction sets. Raises Wrong."""
    names = [isa["name"] for isa in _core.isas() if isa["available"]]
    count = sum(kernels(isa, dtype) for isa in names for dtype in ("float16", "float32", "float64"))
    return count, names
