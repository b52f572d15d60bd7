/* half.h - float16 and bfloat16 in portable C: exact to float32, rounded to nearest even
 * from it. */
#ifndef LEAKYC_HALF_H
#define LEAKYC_HALF_H

#include "simd/target.h"

#include <stdint.h>
#include <string.h>

INLINE float float_of_bits(uint32_t bits)
{
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

INLINE uint32_t bits_of_float(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

INLINE float float_from_f16(uint16_t h)
{
    const uint32_t sign = (uint32_t)(h & 0x8000) << 16, rest = h & 0x7fff;
    if (rest >= 0x7c00) /* infinity, NaN */
        return float_of_bits(sign | 0x7f800000 | (rest & 0x3ff) << 13);
    if (rest >= 0x0400) /* normal: the exponents' biases differ by 112 */
        return float_of_bits(sign | ((rest << 13) + (112u << 23)));
    return float_of_bits(sign | bits_of_float((float)rest * 0x1p-24f));
}

INLINE uint16_t f16_from_float(float x)
{
    const uint32_t bits = bits_of_float(x), rest = bits & 0x7fffffff;
    const uint16_t sign = (uint16_t)(bits >> 16 & 0x8000);
    if (rest > 0x7f800000)
        return (uint16_t)(sign | 0x7e00);
    if (rest >= 0x477ff000) /* 65520 and above round to infinity */
        return (uint16_t)(sign | 0x7c00);
    if (rest < 0x38800000) { /* subnormal: next to 0.5, a float's last bit counts in 2^-24 */
        const uint32_t steps = bits_of_float(float_of_bits(rest) + 0.5f) - bits_of_float(0.5f);
        return (uint16_t)(sign | steps);
    }
    const uint32_t rebiased = rest - (112u << 23);
    return (uint16_t)(sign | (rebiased + 0xfff + (rebiased >> 13 & 1)) >> 13);
}

INLINE float float_from_bf16(uint16_t h) { return float_of_bits((uint32_t)h << 16); }

INLINE uint16_t bf16_from_float(float x)
{
    const uint32_t bits = bits_of_float(x);
    if ((bits & 0x7fffffff) > 0x7f800000)
        return (uint16_t)(bits >> 16 | 0x40);
    return (uint16_t)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

#endif
