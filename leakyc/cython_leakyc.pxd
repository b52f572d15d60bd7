# The C functions of leakyc; what they do is said in leakyc.h.
from libc.stddef cimport ptrdiff_t
from libc.stdint cimport uint8_t

cdef void leaky_relu_f32(float *out, const float *x, size_t n, double slope,
                         int threads) noexcept nogil
cdef void leaky_relu_f64(double *out, const double *x, size_t n, double slope,
                         int threads) noexcept nogil
cdef void leaky_relu_grad_f32(float *dx, const float *grad, const float *x, size_t n, double slope,
                              int threads) noexcept nogil
cdef void leaky_relu_grad_f64(double *dx, const double *grad, const double *x, size_t n,
                              double slope, int threads) noexcept nogil
cdef void leaky_relu_with_mask_f32(float *out, uint8_t *mask, const float *x, size_t n,
                                   double slope, int threads) noexcept nogil
cdef void leaky_relu_with_mask_f64(double *out, uint8_t *mask, const double *x, size_t n,
                                   double slope, int threads) noexcept nogil
cdef void leaky_relu_grad_from_mask_f32(float *dx, const float *grad, const uint8_t *mask,
                                        size_t n, double slope, int threads) noexcept nogil
cdef void leaky_relu_grad_from_mask_f64(double *dx, const double *grad, const uint8_t *mask,
                                        size_t n, double slope, int threads) noexcept nogil
cdef void prelu_f32(float *out, const float *x, const float *slopes, size_t outer, size_t channels,
                    size_t inner, int threads) noexcept nogil
cdef void prelu_f64(double *out, const double *x, const double *slopes, size_t outer,
                    size_t channels, size_t inner, int threads) noexcept nogil
cdef int prelu_grad_f32(float *dx, float *dslopes, const float *grad, const float *x,
                        const float *slopes, size_t outer, size_t channels, size_t inner,
                        int threads) noexcept nogil
cdef int prelu_grad_f64(double *dx, double *dslopes, const double *grad, const double *x,
                        const double *slopes, size_t outer, size_t channels, size_t inner,
                        int threads) noexcept nogil
cdef void bias_leaky_relu_f32(float *out, const float *x, const float *bias, size_t outer,
                              size_t channels, size_t inner, double slope, double gain,
                              double clamp, int threads) noexcept nogil
cdef void bias_leaky_relu_f64(double *out, const double *x, const double *bias, size_t outer,
                              size_t channels, size_t inner, double slope, double gain,
                              double clamp, int threads) noexcept nogil
cdef int bias_leaky_relu_grad_f32(float *dx, float *dbias, const float *grad, const float *y,
                                  size_t outer, size_t channels, size_t inner, double slope,
                                  double gain, double clamp, int threads) noexcept nogil
cdef int bias_leaky_relu_grad_f64(double *dx, double *dbias, const double *grad, const double *y,
                                  size_t outer, size_t channels, size_t inner, double slope,
                                  double gain, double clamp, int threads) noexcept nogil
cdef void bias_prelu_f32(float *out, const float *x, const float *bias, const float *slopes,
                         size_t outer, size_t channels, size_t inner, double gain, double clamp,
                         int threads) noexcept nogil
cdef void bias_prelu_f64(double *out, const double *x, const double *bias, const double *slopes,
                         size_t outer, size_t channels, size_t inner, double gain, double clamp,
                         int threads) noexcept nogil
cdef int bias_prelu_grad_f32(float *dx, float *dbias, float *dslopes, const float *grad,
                             const float *x, const float *bias, const float *slopes, size_t outer,
                             size_t channels, size_t inner, double gain, double clamp,
                             int threads) noexcept nogil
cdef int bias_prelu_grad_f64(double *dx, double *dbias, double *dslopes, const double *grad,
                             const double *x, const double *bias, const double *slopes,
                             size_t outer, size_t channels, size_t inner, double gain,
                             double clamp, int threads) noexcept nogil
cdef void leak_nd_f32(int ndim, const size_t *shape, float *out, const ptrdiff_t *out_strides,
                      const float *gate, const ptrdiff_t *gate_strides, const float *value,
                      const ptrdiff_t *value_strides, const float *slopes,
                      const ptrdiff_t *slope_strides, double slope, int threads) noexcept nogil
cdef void leak_nd_f64(int ndim, const size_t *shape, double *out, const ptrdiff_t *out_strides,
                      const double *gate, const ptrdiff_t *gate_strides, const double *value,
                      const ptrdiff_t *value_strides, const double *slopes,
                      const ptrdiff_t *slope_strides, double slope, int threads) noexcept nogil
