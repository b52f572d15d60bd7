# cython: language_level=3, binding=True, embedsignature=False, freethreading_compatible=True
# cython: boundscheck=False, wraparound=False, initializedcheck=False
"""The binding: arrays in, pointers out. Each part uses only what stands before it."""

cimport numpy as cnp

cnp.import_array()
cnp.import_ufunc()

include "_core_config.pxi"     # what there is to set and to ask
include "_core_arrays.pxi"     # what an array is to the core, and where a result lives
include "_core_ufuncs.pxi"     # the ufuncs
include "_core_promoters.pxi"  # what they make of integers
include "_core_dense.pxi"      # dense arrays and a scalar slope
include "_core_nd.pxi"         # any strides
include "_core_numbers.pxi"    # Python numbers beside arrays
include "_core_converted.pxi"  # scalars, lists and integers
include "_core_arguments.pxi"  # how the functions are called
include "_core_calls.pxi"      # leaky_relu, prelu, leaky_relu_grad
include "_core_steps.pxi"      # masks, bias, slope gradients, on operands that are ready
include "_core_training.pxi"   # the functions for them
include "_core_doors.pxi"      # for C, Cython and numba
