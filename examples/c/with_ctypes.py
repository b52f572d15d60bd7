"""leakyc's C functions by ctypes, over memory that no NumPy array owns.

Run it by `python examples/c/with_ctypes.py`.
"""

import ctypes

from leakyc import cython_leakyc

FLOATS = ctypes.POINTER(ctypes.c_float)
TYPE = ctypes.CFUNCTYPE(None, FLOATS, FLOATS, ctypes.c_size_t, ctypes.c_double, ctypes.c_int)
leaky_relu = TYPE(cython_leakyc.address("leaky_relu_f32"))  # ctypes releases the GIL


def main():
    """Leaky ReLU over a C array, in place."""
    x = (ctypes.c_float * 4)(-4, -2, 1, 3)
    leaky_relu(x, x, len(x), 0.5, 0)
    return list(x)


if __name__ == "__main__":
    print(main())
