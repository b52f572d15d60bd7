"""The docstrings of what Cython and C define."""

LEAKY_RELU = "TODO"
LEAKY_RELU_GRAD = "TODO"
PRELU = "TODO"
UFUNC_LEAKY_RELU = "TODO"
UFUNC_LEAKY_RELU_GRAD = "TODO"
