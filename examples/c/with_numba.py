"""A network's forward pass as one function that numba compiles.

Run it by `python examples/c/with_numba.py`.
"""

import numba
import numpy as np

import leakyc.numba


@numba.njit(cache=True)
def forward(x, weights, slope):
    """Dense layers, each with its activation in place."""
    for w in weights:
        x = x @ w
        leakyc.leaky_relu(x, slope, out=x)
    return x


@numba.njit(parallel=True)
def batches(x, w, slope):
    """One layer over many batches, each on a thread of numba's."""
    y = np.empty((x.shape[0], x.shape[1], w.shape[1]), x.dtype)
    for i in numba.prange(x.shape[0]):
        leakyc.leaky_relu(x[i] @ w, slope, out=y[i])
    return y


def main():
    """Run both and compare them with NumPy."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((4, 8, 16), np.float32)
    w = rng.standard_normal((16, 16), np.float32)
    plain = leakyc.leaky_relu(x[0] @ w, 0.1)
    return plain, forward(x[0], (w,), 0.1), batches(x, w, 0.1)[0]


if __name__ == "__main__":
    plain, compiled, parallel = main()
    print("the same:", np.array_equal(plain, compiled), np.array_equal(plain, parallel))
