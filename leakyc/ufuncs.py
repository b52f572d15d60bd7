"""The real `numpy.ufunc` objects behind `leakyc.leaky_relu` and `leakyc.leaky_relu_grad`.

Their slope is a required input, and they have what every ufunc has: `types`, `outer`, `at`,
`where=`, and so on.
"""

from leakyc._core import forward_ufunc as leaky_relu
from leakyc._core import gradient_ufunc as leaky_relu_grad

__all__ = ["leaky_relu", "leaky_relu_grad"]

for _ufunc in (leaky_relu, leaky_relu_grad):
    try:  # where pickles find it; without, they search all modules, and may find another's name
        _ufunc.__module__ = __name__
    except AttributeError:  # a NumPy whose ufuncs take no attributes
        break
del _ufunc
