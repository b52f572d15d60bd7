# The two ufuncs.
import numpy as np

__all__ = ["leaky_relu", "leaky_relu_grad"]

leaky_relu: np.ufunc
leaky_relu_grad: np.ufunc
