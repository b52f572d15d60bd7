/* scalar.h - one element of any type to and from a double. */
#ifndef LEAKYC_SCALAR_H
#define LEAKYC_SCALAR_H

#include "half.h"
#include "leakyc_core.h"

#include <math.h>

INLINE double leakyc_to_double(leakyc_dtype dtype, const void *p)
{
    float f;
    double d;
    uint16_t h;
    switch (dtype) {
    case LEAKYC_F32:
        memcpy(&f, p, sizeof f);
        return f;
    case LEAKYC_F64:
        memcpy(&d, p, sizeof d);
        return d;
    default:
        memcpy(&h, p, sizeof h);
        return dtype == LEAKYC_F16 ? float_from_f16(h) : float_from_bf16(h);
    }
}

/* Rounded to odd where it is inexact: a second rounding then gives what one would have given. */
INLINE float leakyc_float_to_odd(double x)
{
    float f = (float)x;
    if ((double)f != x && isfinite(f)) {
        uint32_t bits = bits_of_float(f);
        if (fabs((double)f) > fabs(x))
            bits -= 1;
        f = float_of_bits(bits | 1);
    }
    return f;
}

/* Rounded once, to nearest even. */
INLINE void leakyc_from_double(leakyc_dtype dtype, void *p, double x)
{
    const float f = (float)x;
    uint16_t h;
    switch (dtype) {
    case LEAKYC_F32:
        memcpy(p, &f, sizeof f);
        return;
    case LEAKYC_F64:
        memcpy(p, &x, sizeof x);
        return;
    default:
        h = dtype == LEAKYC_F16 ? f16_from_float(leakyc_float_to_odd(x))
                                : bf16_from_float(leakyc_float_to_odd(x));
        memcpy(p, &h, sizeof h);
    }
}

#endif
