# cython: language_level=3, boundscheck=False, wraparound=False
"""A Cython module that calls leakyc without the GIL: `cythonize -i cython_module.pyx`."""

from libc.math cimport INFINITY

from leakyc cimport cython_leakyc


def two_layers(float[:, ::1] x, float[::1] bias, double slope):
    """Leaky ReLU of x + bias and again, in place, on threads of the caller's as well."""
    cdef size_t rows = x.shape[0], columns = x.shape[1]
    if rows == 0 or columns == 0:
        return
    if bias.shape[0] != x.shape[1]:
        raise ValueError("bias has to be one element a column")
    with nogil:
        cython_leakyc.bias_leaky_relu_f32(
            &x[0, 0], &x[0, 0], &bias[0], rows, columns, 1, slope, 1.0, INFINITY, 0)
        cython_leakyc.leaky_relu_f32(&x[0, 0], &x[0, 0], rows * columns, slope, 0)
