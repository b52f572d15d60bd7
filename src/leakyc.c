/* leakyc.c - the public functions (leakyc.h): the core's, for the types that C has, on the
 * instruction set that was chosen. */
#include "leakyc_core.h"

#include <math.h>

const char *leakyc_instruction_set(void) { return leakyc_isa_name(leakyc_isa_chosen()); }

/* A slope a channel is a slope an element whose steps along the other axes are 0. */
static void prelu(leakyc_dtype dtype, void *out, const void *x, const void *slopes, size_t outer,
                  size_t channels, size_t inner, int threads)
{
    const size_t shape[] = {outer, channels, inner};
    const ptrdiff_t element = (ptrdiff_t)leakyc_itemsize(dtype), run = (ptrdiff_t)inner * element;
    const ptrdiff_t dense[] = {(ptrdiff_t)channels * run, run, element}, once[] = {0, element, 0};
    const leakyc_operand in = {(void *)x, dense, 0};
    const leakyc_call call = {
        .dtype = dtype,
        .ndim = 3,
        .shape = shape,
        .out = {out, dense, 0},
        .gate = in,
        .value = in,
        .slope = {(void *)slopes, once, 0},
    };
    leakyc_leak_nd(leakyc_isa_chosen(), &call, threads);
}

#define FUNCTIONS(T, C, DTYPE)                                                                     \
    void leakyc_leaky_relu_##T(C *out, const C *x, size_t n, double slope, int threads)            \
    {                                                                                              \
        leakyc_leak(leakyc_isa_chosen(), DTYPE, out, x, x, n, slope, threads);                     \
    }                                                                                              \
    void leakyc_leaky_relu_grad_##T(C *dx, const C *grad, const C *x, size_t n, double slope,      \
                                    int threads)                                                   \
    {                                                                                              \
        leakyc_leak(leakyc_isa_chosen(), DTYPE, dx, x, grad, n, slope, threads);                   \
    }                                                                                              \
    void leakyc_leaky_relu_with_mask_##T(C *out, uint8_t *mask, const C *x, size_t n,              \
                                         double slope, int threads)                                \
    {                                                                                              \
        leakyc_leak_with_mask(leakyc_isa_chosen(), DTYPE, out, mask, x, n, slope, threads);        \
    }                                                                                              \
    void leakyc_leaky_relu_grad_from_mask_##T(C *dx, const C *grad, const uint8_t *mask, size_t n, \
                                              double slope, int threads)                           \
    {                                                                                              \
        leakyc_leak_from_mask(leakyc_isa_chosen(), DTYPE, dx, grad, mask, n, slope, threads);      \
    }                                                                                              \
    void leakyc_prelu_##T(C *out, const C *x, const C *slopes, size_t outer, size_t channels,      \
                          size_t inner, int threads)                                               \
    {                                                                                              \
        prelu(DTYPE, out, x, slopes, outer, channels, inner, threads);                             \
    }                                                                                              \
    int leakyc_prelu_grad_##T(C *dx, C *dslopes, const C *grad, const C *x, const C *slopes,       \
                              size_t outer, size_t channels, size_t inner, int threads)            \
    {                                                                                              \
        const leakyc_channels array = {DTYPE, outer, channels, inner, 0, 1, HUGE_VAL};             \
        return leakyc_prelu_grad(leakyc_isa_chosen(), &array, dx, dslopes, grad, x, slopes,        \
                                 threads);                                                         \
    }                                                                                              \
    void leakyc_bias_leaky_relu_##T(C *out, const C *x, const C *bias, size_t outer,               \
                                    size_t channels, size_t inner, double slope, double gain,      \
                                    double clamp, int threads)                                     \
    {                                                                                              \
        const leakyc_channels array = {DTYPE, outer, channels, inner, slope, gain, clamp};         \
        leakyc_bias(leakyc_isa_chosen(), &array, out, x, bias, threads);                           \
    }                                                                                              \
    int leakyc_bias_leaky_relu_grad_##T(C *dx, C *dbias, const C *grad, const C *y, size_t outer,  \
                                        size_t channels, size_t inner, double slope, double gain,  \
                                        double clamp, int threads)                                 \
    {                                                                                              \
        const leakyc_channels array = {DTYPE, outer, channels, inner, slope, gain, clamp};         \
        return leakyc_bias_grad(leakyc_isa_chosen(), &array, dx, dbias, grad, y, threads);         \
    }

FUNCTIONS(f32, float, LEAKYC_F32)
FUNCTIONS(f64, double, LEAKYC_F64)
