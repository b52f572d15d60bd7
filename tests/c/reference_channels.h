/* reference_channels.h - the scalar reference of the operations with a parameter a channel. */
#ifndef REFERENCE_CHANNELS_H
#define REFERENCE_CHANNELS_H

#include "reference.h"

/* Assignments round to float, as in reference(). */
#define STEPS(C)                                                                                   \
    static inline double bias_in_##C(C x, C bias, C slope, C gain, C clamp)                        \
    {                                                                                              \
        const C sum = x + bias, scaled = slope * sum, leaked = sum > 0 ? sum : scaled;             \
        const C result = gain * leaked;                                                            \
        return result > clamp ? clamp : result < -clamp ? -clamp : result;                         \
    }                                                                                              \
    static inline double bias_grad_in_##C(C grad, C slope, C gain, int positive)                   \
    {                                                                                              \
        const C gained = gain * grad, scaled = slope * gained;                                     \
        return positive ? gained : scaled;                                                         \
    }

STEPS(float)
STEPS(double)

/* With no bias, 0 is what is added to it. The sum and the gradient that leak() has are kept. */
#define FROM_INPUT(C)                                                                              \
    static inline double from_input_##C(leakyc_dtype dtype, C grad, C x, C bias, C slope, C gain,  \
                                        double clamp, double *product)                             \
    {                                                                                              \
        const C z = x + bias, scaled = slope * z, leaked = z > 0 ? z : scaled;                     \
        const C y = gain * leaked, gained = gain * grad, passed = slope * gained;                  \
        char element[8];                                                                           \
        narrow(dtype, y, element);                                                                 \
        const int clipped = !isinf(clamp) && fabs(widen(dtype, element)) >= clamp;                 \
        *product = clipped || z > 0 ? 0 : (double)gained * (double)z;                              \
        return clipped ? 0 : z > 0 ? gained : passed;                                              \
    }

FROM_INPUT(float)
FROM_INPUT(double)

static inline void reference_bias(const leakyc_channels *c, const void *x, const void *bias,
                                  void *out)
{
    const double a = widen(c->dtype, x), p = widen(c->dtype, bias);
    if (c->dtype == LEAKYC_F64)
        narrow(c->dtype, bias_in_double(a, p, c->slope, c->gain, c->clamp), out);
    else
        narrow(c->dtype,
               bias_in_float((float)a, (float)p, (float)c->slope, (float)c->gain, (float)c->clamp),
               out);
}

static inline void reference_bias_grad(const leakyc_channels *c, const void *grad, const void *y,
                                       void *dx)
{
    const double g = widen(c->dtype, grad), at = widen(c->dtype, y);
    char room[8];
    narrow(c->dtype, c->dtype == LEAKYC_F64 ? c->clamp : (float)c->clamp, room);
    const double clamp = widen(c->dtype, room); /* as a result would have it */
    if (!isinf(clamp) && fabs(at) >= clamp)
        narrow(c->dtype, 0, dx);
    else if (c->dtype == LEAKYC_F64)
        narrow(c->dtype, bias_grad_in_double(g, c->slope, c->gain, at > 0), dx);
    else
        narrow(c->dtype, bias_grad_in_float((float)g, (float)c->slope, (float)c->gain, at > 0), dx);
}

/* The slope of the array, or that of a channel; bias NULL for none. Returns the term of the slope's
 * gradient. */
static inline double reference_bias_prelu_grad(const leakyc_channels *c, const void *grad,
                                               const void *x, const void *bias, double slope,
                                               void *dx)
{
    const double g = widen(c->dtype, grad), at = widen(c->dtype, x);
    const double add = bias ? widen(c->dtype, bias) : -0.0;
    char element[8];
    narrow(c->dtype, c->dtype == LEAKYC_F64 ? c->clamp : (float)c->clamp, element);
    const double clamp = widen(c->dtype, element); /* as a result would have it */
    double product;
    narrow(c->dtype,
           c->dtype == LEAKYC_F64
               ? from_input_double(c->dtype, g, at, add, slope, c->gain, clamp, &product)
               : from_input_float(c->dtype, (float)g, (float)at, (float)add, (float)slope,
                                  (float)c->gain, clamp, &product),
           dx);
    return product;
}

/* Numbers of both signs and many magnitudes, so that their sums cancel; none but finite ones. */
static inline void fill_finite(char *p, leakyc_dtype dtype, size_t n)
{
    for (size_t i = 0; i < n; i++, p += leakyc_itemsize(dtype)) {
        const double x = (double)random_bits() / 0x1p31 - 1;
        narrow(dtype, (double)(float)(x * (double)(1 << random_bits() % 16)), p);
    }
}

#endif
