"""The C functions of leakyc, for Cython, numba, SciPy and ctypes.

They take pointers and lengths, need no GIL and touch no Python object; what each does is said in
``leakyc.h`` (`leakyc.get_include`), whose functions they are, without the prefix ``leakyc_``:

- ``leaky_relu_T(out, x, n, slope, threads)``
- ``leaky_relu_grad_T(dx, grad, x, n, slope, threads)``
- ``leaky_relu_with_mask_T(out, mask, x, n, slope, threads)``
- ``leaky_relu_grad_from_mask_T(dx, grad, mask, n, slope, threads)``
- ``prelu_T(out, x, slopes, outer, channels, inner, threads)``
- ``prelu_grad_T(dx, dslopes, grad, x, slopes, outer, channels, inner, threads)``
- ``bias_leaky_relu_T(out, x, bias, outer, channels, inner, slope, gain, clamp, threads)``
- ``bias_leaky_relu_grad_T(dx, dbias, grad, y, outer, channels, inner, slope, gain, clamp,
  threads)``
- ``bias_prelu_T(out, x, bias, slopes, outer, channels, inner, gain, clamp, threads)``
- ``bias_prelu_grad_T(dx, dbias, dslopes, grad, x, bias, slopes, outer, channels, inner, gain,
  clamp, threads)``
- ``leak_nd_T(ndim, shape, out, out_strides, gate, gate_strides, value, value_strides, slopes,
  slope_strides, slope, threads)``

with ``f32`` (float32) or ``f64`` (float64) for ``T``. `threads` is the most that the call may use,
0 for as many as pay off; the settings of `leakyc.set_num_threads` and ``LEAKYC_ISA`` hold here too.
The arrays are contiguous, aligned and of the element type; nothing is checked.

In Cython::

    from leakyc cimport cython_leakyc

    def activate(float[::1] x, float[::1] out):
        with nogil:
            cython_leakyc.leaky_relu_f32(&out[0], &x[0], x.shape[0], 0.01, 0)

In numba, `numba.extending.get_cython_function_address("leakyc.cython_leakyc", "leaky_relu_f32")`,
or simply `leakyc.numba`. In SciPy,
``scipy.LowLevelCallable.from_cython(leakyc.cython_leakyc, "leaky_relu_f32")``. In ctypes,
`address`.
"""

from leakyc._core import address
from leakyc._core import capsules as __pyx_capi__  # noqa: F401 - the name that Cython looks for

__all__ = ["address"]
address.__module__ = __name__
