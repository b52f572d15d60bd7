/* leakyc.h - Leaky ReLU, its gradient, and what training adds, over arrays in memory: the public
 * C API, for C11 and C++17.
 *
 *     leak(gate, value) = gate > 0 ? value : slope * value
 *     forward           = leak(x, x)
 *     gradient          = leak(x, grad)
 *
 * The results have the same bits as those of the Python functions of these names, on every
 * instruction set and for every number of threads. No function here needs Python; all may be
 * called from many threads at once.
 *
 * A C program links the core, libleakyc.a (`make core`), and calls leakyc_init() first. A Python
 * extension takes the same functions from the installed package instead: leakyc_capi.h.
 *
 * In all of them:
 *   - arrays are dense, aligned to their elements, and of n or outer x channels x inner elements;
 *     an output may be an input itself, or lies apart from all of them;
 *   - `threads` is the most that the call may use. With 0 it is decided by the bytes touched, by
 *     what is set (leakyc_set_num_threads, OMP_NUM_THREADS), and by what else goes on;
 *   - float32 computes in float32, with the slope rounded to it;
 *   - a function that returns int returns 0, or -1 where there is no memory for its sums (half a
 *     megabyte at most), and has written nothing then.
 */
#ifndef LEAKYC_H
#define LEAKYC_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- set-up -------------------------------------------------------------------------------- */

/* Detects the CPU and chooses the instruction set: the one that is named, or the best for NULL and
 * "". Returns 0; -1 where the named one is not compiled in or this CPU lacks it. Not thread-safe:
 * call it once, before anything else. Starts no thread. */
int leakyc_init(const char *forced);

/* The name of the instruction set chosen: "avx512", "avx2", "neon" or "baseline". */
const char *leakyc_instruction_set(void);

/* The number of threads that a large call may use now, and the reason, in words. */
int leakyc_get_num_threads(const char **reason);

/* Sets that number: for the whole process, or for the calling thread, whose own setting comes
 * first. 0 takes the setting back. Returns the previous one, 0 for none. */
int leakyc_set_num_threads(int n);
int leakyc_set_my_num_threads(int n);

/* ---- forward and gradient ------------------------------------------------------------------ */

/* out = x > 0 ? x : slope * x. */
void leakyc_leaky_relu_f32(float *out, const float *x, size_t n, double slope, int threads);
void leakyc_leaky_relu_f64(double *out, const double *x, size_t n, double slope, int threads);

/* dx = x > 0 ? grad : slope * grad. For a slope above 0 the output of the forward call serves as x
 * too. */
void leakyc_leaky_relu_grad_f32(float *dx, const float *grad, const float *x, size_t n,
                                double slope, int threads);
void leakyc_leaky_relu_grad_f64(double *dx, const double *grad, const double *x, size_t n,
                                double slope, int threads);

/* ---- forward with a mask of one bit an element for the backward pass ----------------------- */

/* out as above; bit i % 8 of mask[i / 8] is x[i] > 0, of (n + 7) / 8 bytes, whose last bits are 0.
 * The mask lies apart from the arrays. */
void leakyc_leaky_relu_with_mask_f32(float *out, uint8_t *mask, const float *x, size_t n,
                                     double slope, int threads);
void leakyc_leaky_relu_with_mask_f64(double *out, uint8_t *mask, const double *x, size_t n,
                                     double slope, int threads);

/* dx = bit of the mask ? grad : slope * grad. */
void leakyc_leaky_relu_grad_from_mask_f32(float *dx, const float *grad, const uint8_t *mask,
                                          size_t n, double slope, int threads);
void leakyc_leaky_relu_grad_from_mask_f64(double *dx, const double *grad, const uint8_t *mask,
                                          size_t n, double slope, int threads);

/* ---- a parameter a channel ----------------------------------------------------------------- *
 *
 * Arrays of outer x channels x inner elements in C order. NCHW is N x C x (H * W), NHWC is
 * (N * H * W) x C x 1. Parameters, and the sums of their gradients, are `channels` elements, apart
 * from the arrays. A sum's bits depend on the shape alone. */

/* out = x > 0 ? x : slopes[channel] * x. */
void leakyc_prelu_f32(float *out, const float *x, const float *slopes, size_t outer,
                      size_t channels, size_t inner, int threads);
void leakyc_prelu_f64(double *out, const double *x, const double *slopes, size_t outer,
                      size_t channels, size_t inner, int threads);

/* dx = x > 0 ? grad : slopes[channel] * grad; dslopes, the sums of grad * x where x is not
 * positive. */
int leakyc_prelu_grad_f32(float *dx, float *dslopes, const float *grad, const float *x,
                          const float *slopes, size_t outer, size_t channels, size_t inner,
                          int threads);
int leakyc_prelu_grad_f64(double *dx, double *dslopes, const double *grad, const double *x,
                          const double *slopes, size_t outer, size_t channels, size_t inner,
                          int threads);

/* out = clip(gain * leak(x + bias[channel]), -clamp, clamp), each step rounded. `clamp` is above 0;
 * infinite for no bound. */
void leakyc_bias_leaky_relu_f32(float *out, const float *x, const float *bias, size_t outer,
                                size_t channels, size_t inner, double slope, double gain,
                                double clamp, int threads);
void leakyc_bias_leaky_relu_f64(double *out, const double *x, const double *bias, size_t outer,
                                size_t channels, size_t inner, double slope, double gain,
                                double clamp, int threads);

/* From its output y, and for a slope above 0: dx = |y| < clamp ? (y > 0 ? 1 : slope) * gain * grad
 * : 0; dbias, the sums of dx. */
int leakyc_bias_leaky_relu_grad_f32(float *dx, float *dbias, const float *grad, const float *y,
                                    size_t outer, size_t channels, size_t inner, double slope,
                                    double gain, double clamp, int threads);
int leakyc_bias_leaky_relu_grad_f64(double *dx, double *dbias, const double *grad, const double *y,
                                    size_t outer, size_t channels, size_t inner, double slope,
                                    double gain, double clamp, int threads);

/* out = clip(gain * leak(x + bias[channel]), -clamp, clamp), by slopes[channel], each step
 * rounded. */
void leakyc_bias_prelu_f32(float *out, const float *x, const float *bias, const float *slopes,
                           size_t outer, size_t channels, size_t inner, double gain, double clamp,
                           int threads);
void leakyc_bias_prelu_f64(double *out, const double *x, const double *bias, const double *slopes,
                           size_t outer, size_t channels, size_t inner, double gain, double clamp,
                           int threads);

/* From its input x, with z = x + bias[channel] and y its output: dx = |y| < clamp ? (z > 0 ? 1 :
 * slopes[channel]) * gain * grad : 0; dbias, the sums of dx; dslopes, the sums of gain * grad * z
 * where z is not positive and |y| < clamp. */
int leakyc_bias_prelu_grad_f32(float *dx, float *dbias, float *dslopes, const float *grad,
                               const float *x, const float *bias, const float *slopes, size_t outer,
                               size_t channels, size_t inner, double gain, double clamp,
                               int threads);
int leakyc_bias_prelu_grad_f64(double *dx, double *dbias, double *dslopes, const double *grad,
                               const double *x, const double *bias, const double *slopes,
                               size_t outer, size_t channels, size_t inner, double gain,
                               double clamp, int threads);

/* ---- any strides --------------------------------------------------------------------------- */

/* out = gate > 0 ? value : slope * value over `shape`, of at most 64 axes; forward where gate is
 * value. With `slopes`, one an element, `slope` is not used; NULL for none. Strides are in bytes,
 * of any sign; 0 repeats an element, but not of `out`. Nothing need be aligned. `out` may be gate
 * or value itself, with the same strides, and else lies apart from all. */
void leakyc_leak_nd_f32(int ndim, const size_t *shape, float *out, const ptrdiff_t *out_strides,
                        const float *gate, const ptrdiff_t *gate_strides, const float *value,
                        const ptrdiff_t *value_strides, const float *slopes,
                        const ptrdiff_t *slope_strides, double slope, int threads);
void leakyc_leak_nd_f64(int ndim, const size_t *shape, double *out, const ptrdiff_t *out_strides,
                        const double *gate, const ptrdiff_t *gate_strides, const double *value,
                        const ptrdiff_t *value_strides, const double *slopes,
                        const ptrdiff_t *slope_strides, double slope, int threads);

/* ---- the same as a table ------------------------------------------------------------------- *
 *
 * For leakyc_capi.h, and for whoever hands the functions on. Entries are only added, at the end,
 * which changes `bytes`; another LEAKYC_ABI would mean that one has changed or gone. */
#define LEAKYC_ABI 1u

typedef struct {
    unsigned abi; /* the table's LEAKYC_ABI */
    size_t bytes; /* its size */
    void (*leaky_relu_f32)(float *, const float *, size_t, double, int);
    void (*leaky_relu_f64)(double *, const double *, size_t, double, int);
    void (*leaky_relu_grad_f32)(float *, const float *, const float *, size_t, double, int);
    void (*leaky_relu_grad_f64)(double *, const double *, const double *, size_t, double, int);
    void (*leaky_relu_with_mask_f32)(float *, uint8_t *, const float *, size_t, double, int);
    void (*leaky_relu_with_mask_f64)(double *, uint8_t *, const double *, size_t, double, int);
    void (*leaky_relu_grad_from_mask_f32)(float *, const float *, const uint8_t *, size_t, double,
                                          int);
    void (*leaky_relu_grad_from_mask_f64)(double *, const double *, const uint8_t *, size_t, double,
                                          int);
    void (*prelu_f32)(float *, const float *, const float *, size_t, size_t, size_t, int);
    void (*prelu_f64)(double *, const double *, const double *, size_t, size_t, size_t, int);
    int (*prelu_grad_f32)(float *, float *, const float *, const float *, const float *, size_t,
                          size_t, size_t, int);
    int (*prelu_grad_f64)(double *, double *, const double *, const double *, const double *,
                          size_t, size_t, size_t, int);
    void (*bias_leaky_relu_f32)(float *, const float *, const float *, size_t, size_t, size_t,
                                double, double, double, int);
    void (*bias_leaky_relu_f64)(double *, const double *, const double *, size_t, size_t, size_t,
                                double, double, double, int);
    int (*bias_leaky_relu_grad_f32)(float *, float *, const float *, const float *, size_t, size_t,
                                    size_t, double, double, double, int);
    int (*bias_leaky_relu_grad_f64)(double *, double *, const double *, const double *, size_t,
                                    size_t, size_t, double, double, double, int);
    void (*leak_nd_f32)(int, const size_t *, float *, const ptrdiff_t *, const float *,
                        const ptrdiff_t *, const float *, const ptrdiff_t *, const float *,
                        const ptrdiff_t *, double, int);
    void (*leak_nd_f64)(int, const size_t *, double *, const ptrdiff_t *, const double *,
                        const ptrdiff_t *, const double *, const ptrdiff_t *, const double *,
                        const ptrdiff_t *, double, int);
    void (*bias_prelu_f32)(float *, const float *, const float *, const float *, size_t, size_t,
                           size_t, double, double, int);
    void (*bias_prelu_f64)(double *, const double *, const double *, const double *, size_t, size_t,
                           size_t, double, double, int);
    int (*bias_prelu_grad_f32)(float *, float *, float *, const float *, const float *,
                               const float *, const float *, size_t, size_t, size_t, double, double,
                               int);
    int (*bias_prelu_grad_f64)(double *, double *, double *, const double *, const double *,
                               const double *, const double *, size_t, size_t, size_t, double,
                               double, int);
} leakyc_api;

const leakyc_api *leakyc_table(void);

#ifdef __cplusplus
}
#endif
#endif
