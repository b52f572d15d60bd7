"""leakyc: Leaky ReLU, forward and gradient, as a fast NumPy ufunc-like call."""

from leakyc import ufuncs
from leakyc._core import leaky_relu, leaky_relu_grad, prelu
from leakyc._threads import get_num_threads, set_num_threads, threads

__version__ = "0.1.0"

__all__ = [
    "get_num_threads",
    "leaky_relu",
    "leaky_relu_grad",
    "prelu",
    "set_num_threads",
    "threads",
    "ufuncs",
]
