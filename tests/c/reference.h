/* reference.h - a scalar reference that shares nothing with the core, and random elements; for the
 * C test program and the fuzzer. */
#ifndef REFERENCE_H
#define REFERENCE_H

#include "leakyc_core.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

static const char *const dtype_names[LEAKYC_DTYPES] = {"float32", "float64", "float16", "bfloat16"};

/* Never zero. */
static uint32_t random_state = 2463534242u;

static inline uint32_t random_bits(void)
{
    uint32_t state = random_state;
    state ^= state << 13, state ^= state >> 17, state ^= state << 5;
    return random_state = state;
}

static inline double widen(leakyc_dtype dtype, const void *p)
{
    uint16_t h;
    float f;
    double d;
    switch (dtype) {
    case LEAKYC_F32:
        memcpy(&f, p, 4);
        return f;
    case LEAKYC_F64:
        memcpy(&d, p, 8);
        return d;
    default:
        break;
    }
    memcpy(&h, p, 2);
    const int exponent_bits = dtype == LEAKYC_F16 ? 5 : 8, mantissa_bits = 15 - exponent_bits;
    const int top = (1 << exponent_bits) - 1, bias = top >> 1;
    const int exponent = (h & 0x7fff) >> mantissa_bits, mantissa = h & ((1 << mantissa_bits) - 1);
    const double sign = h & 0x8000 ? -1.0 : 1.0;
    if (exponent == top)
        return mantissa ? (double)NAN : sign * (double)INFINITY;
    if (exponent == 0)
        return sign * ldexp(mantissa, 1 - bias - mantissa_bits);
    return sign * ldexp(mantissa + (1 << mantissa_bits), exponent - bias - mantissa_bits);
}

/* Whether ties of float16 go away from zero, as they do in one emulator (test_core.h). */
static int ties_away;

/* Rounds a float's value to a 16-bit type, to nearest even, through exact steps of its spacing. */
static inline void narrow(leakyc_dtype dtype, double x, void *p)
{
    if (dtype == LEAKYC_F64) {
        memcpy(p, &x, 8);
        return;
    }
    if (dtype == LEAKYC_F32) {
        const float f = (float)x;
        memcpy(p, &f, 4);
        return;
    }
    const int exponent_bits = dtype == LEAKYC_F16 ? 5 : 8, mantissa_bits = 15 - exponent_bits;
    const int top = (1 << exponent_bits) - 1, bias = top >> 1;
    const unsigned sign = signbit(x) ? 0x8000u : 0;
    unsigned h;
    int exponent;
    if (isnan(x)) {
        h = 0x7fff;
    } else if (isinf(x)) {
        h = (unsigned)top << mantissa_bits;
    } else if (x == 0) {
        h = 0;
    } else {
        frexp(fabs(x), &exponent);
        exponent -= 1;
        if (exponent < 1 - bias)
            exponent = 1 - bias;
        double steps = ldexp(fabs(x), mantissa_bits - exponent), whole = floor(steps);
        const double rest = steps - whole;
        const int away = ties_away && dtype == LEAKYC_F16;
        if (rest > 0.5 || (rest == 0.5 && (away || fmod(whole, 2) == 1)))
            whole += 1;
        h = (unsigned)(exponent + bias - 1) * (1u << mantissa_bits) + (unsigned)whole;
        if (h > (unsigned)top << mantissa_bits)
            h = (unsigned)top << mantissa_bits;
    }
    const uint16_t bits = (uint16_t)(sign | h);
    memcpy(p, &bits, 2);
}

static inline void reference(leakyc_dtype dtype, const void *gate, const void *value, double slope,
                             void *out)
{
    const double v = widen(dtype, value);
    /* An assignment rounds to float also where the compiler computes floats in double (s390x). */
    const float product = (float)slope * (float)v;
    if (widen(dtype, gate) > 0)
        narrow(dtype, v, out);
    else if (dtype == LEAKYC_F64)
        narrow(dtype, slope * v, out);
    else
        narrow(dtype, (double)product, out);
}

static inline int same(leakyc_dtype dtype, const void *a, const void *b)
{
    if (isnan(widen(dtype, a)) || isnan(widen(dtype, b)))
        return isnan(widen(dtype, a)) && isnan(widen(dtype, b));
    return memcmp(a, b, leakyc_itemsize(dtype)) == 0;
}

static inline void reverse_bytes(const char *in, char *out, size_t size)
{
    for (size_t i = 0; i < size; i++)
        out[i] = in[size - 1 - i];
}

/* Random bits, one in eight of them a small integer or zero. */
static inline void fill(char *p, leakyc_dtype dtype, size_t n)
{
    for (size_t i = 0; i < n; i++, p += leakyc_itemsize(dtype)) {
        const uint64_t high = random_bits(), bits = high << 32 | random_bits();
        if (bits % 8)
            memcpy(p, &bits, leakyc_itemsize(dtype));
        else
            narrow(dtype, (double)(bits >> 8 & 7) - 3, p);
    }
}

#endif
