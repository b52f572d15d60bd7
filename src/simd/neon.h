/* neon.h - the vector words in Advanced SIMD on AArch64: 16 bytes a vector. */
#include "words.h"

enum { streams = 1, steps = 1 };

typedef float32x4_t vec_f32;
typedef float64x2_t vec_f64;
enum { lanes_f32 = 4, lanes_f64 = 2 };

INLINE vec_f32 load_f32(const elem_f32 *p) { return vld1q_f32(p); }
INLINE vec_f64 load_f64(const elem_f64 *p) { return vld1q_f64(p); }
INLINE void store_f32(elem_f32 *p, vec_f32 v) { vst1q_f32(p, v); }
INLINE void store_f64(elem_f64 *p, vec_f64 v) { vst1q_f64(p, v); }
/* There is no streaming store of one vector register (STNP wants a pair); a plain one serves. */
INLINE void stream_f32(elem_f32 *p, vec_f32 v) { vst1q_f32(p, v); }
INLINE void stream_f64(elem_f64 *p, vec_f64 v) { vst1q_f64(p, v); }

INLINE vec_f32 set1_f32(double x) { return vdupq_n_f32((float)x); }
INLINE vec_f64 set1_f64(double x) { return vdupq_n_f64(x); }
INLINE vec_f32 mul_f32(vec_f32 a, vec_f32 b) { return vmulq_f32(a, b); }
INLINE vec_f64 mul_f64(vec_f64 a, vec_f64 b) { return vmulq_f64(a, b); }

INLINE vec_f32 if_positive_f32(vec_f32 gate, vec_f32 a, vec_f32 b)
{
    return vbslq_f32(vcgtzq_f32(gate), a, b);
}
INLINE vec_f32 zero_positive_f32(vec_f32 gate, vec_f32 v)
{
    return vreinterpretq_f32_u32(vbicq_u32(vreinterpretq_u32_f32(v), vcgtzq_f32(gate)));
}
INLINE vec_f64 if_positive_f64(vec_f64 gate, vec_f64 a, vec_f64 b)
{
    return vbslq_f64(vcgtzq_f64(gate), a, b);
}
INLINE vec_f64 zero_positive_f64(vec_f64 gate, vec_f64 v)
{
    return vreinterpretq_f64_u64(vbicq_u64(vreinterpretq_u64_f64(v), vcgtzq_f64(gate)));
}

/* ---- float16: 4 to a vector of float32 --------------------------------------------------- */

typedef float32x4_t vec_f16;
enum { lanes_f16 = 4 };

INLINE vec_f16 load_f16(const elem_f16 *p)
{
    return vcvt_f32_f16(vreinterpret_f16_u16(vld1_u16(p)));
}
INLINE void store_f16(elem_f16 *p, vec_f16 v)
{
    vst1_u16(p, vreinterpret_u16_f16(vcvt_f16_f32(v)));
}
INLINE void stream_f16(elem_f16 *p, vec_f16 v) { store_f16(p, v); }

/* ---- bfloat16: 8 to two vectors of float32, the even and the odd lanes ------------------- */

typedef struct {
    float32x4_t even, odd;
} vec_bf16;
enum { lanes_bf16 = 8 };

/* The float32 whose upper half is rounded to nearest even; its lower half is left over. */
INLINE uint32x4_t round_bf16(float32x4_t v)
{
    const uint32x4_t bits = vreinterpretq_u32_f32(v);
    const uint32x4_t last = vandq_u32(vshrq_n_u32(bits, 16), vdupq_n_u32(1));
    return vaddq_u32(bits, vaddq_u32(last, vdupq_n_u32(0x7fff)));
}
INLINE vec_bf16 widen_bf16(uint16x8_t elements)
{
    const uint32x4_t pairs = vreinterpretq_u32_u16(elements);
    const vec_bf16 v = {vreinterpretq_f32_u32(vshlq_n_u32(pairs, 16)),
                        vreinterpretq_f32_u32(vandq_u32(pairs, vdupq_n_u32(0xffff0000)))};
    return v;
}
INLINE vec_bf16 load_bf16(const elem_bf16 *p) { return widen_bf16(vld1q_u16(p)); }
INLINE void store_bf16(elem_bf16 *p, vec_bf16 v)
{
    const uint32x4_t even = vshrq_n_u32(round_bf16(v.even), 16);
    vst1q_u16(p,
              vreinterpretq_u16_u32(vbslq_u32(vdupq_n_u32(0xffff0000), round_bf16(v.odd), even)));
}
INLINE void stream_bf16(elem_bf16 *p, vec_bf16 v) { store_bf16(p, v); }

LEAKYC_PARTS(f32)
LEAKYC_PARTS(f64)
LEAKYC_PARTS(f16)
LEAKYC_PARTS(bf16)

/* ---- strided loads ----------------------------------------------------------------------- */

LEAKYC_EVERY(f32)
LEAKYC_EVERY(f64)
LEAKYC_EVERY(f16)
LEAKYC_EVERY(bf16)

INLINE vec_f32 load_second_f32(const elem_f32 *p) { return vld2q_f32(p).val[0]; }
INLINE vec_f64 load_second_f64(const elem_f64 *p) { return vld2q_f64(p).val[0]; }
INLINE vec_f16 load_second_f16(const elem_f16 *p)
{
    return vcvt_f32_f16(vreinterpret_f16_u16(vld2_u16(p).val[0]));
}
INLINE vec_bf16 load_second_bf16(const elem_bf16 *p) { return widen_bf16(vld2q_u16(p).val[0]); }

INLINE vec_f32 load_back_f32(const elem_f32 *p)
{
    const float32x4_t swapped = vrev64q_f32(vld1q_f32(p - 3));
    return vextq_f32(swapped, swapped, 2);
}
INLINE vec_f64 load_back_f64(const elem_f64 *p)
{
    const float64x2_t v = vld1q_f64(p - 1);
    return vextq_f64(v, v, 1);
}
INLINE vec_f16 load_back_f16(const elem_f16 *p)
{
    return vcvt_f32_f16(vreinterpret_f16_u16(vrev64_u16(vld1_u16(p - 3))));
}
INLINE vec_bf16 load_back_bf16(const elem_bf16 *p)
{
    const uint16x8_t swapped = vrev64q_u16(vld1q_u16(p - 7));
    return widen_bf16(vextq_u16(swapped, swapped, 4));
}

LEAKYC_TRANSPOSE(f32)
LEAKYC_TRANSPOSE(f64)
LEAKYC_TRANSPOSE(f16)
LEAKYC_TRANSPOSE(bf16)

/* ---- training ---------------------------------------------------------------------------- */

INLINE vec_f32 add_f32(vec_f32 a, vec_f32 b) { return vaddq_f32(a, b); }
INLINE vec_f64 add_f64(vec_f64 a, vec_f64 b) { return vaddq_f64(a, b); }
INLINE vec_f64 sub_f64(vec_f64 a, vec_f64 b) { return vsubq_f64(a, b); }
INLINE vec_f64 add_product_f64(vec_f64 s, vec_f64 a, vec_f64 b) { return vfmaq_f64(s, a, b); }
INLINE vec_f32 clip_f32(vec_f32 v, vec_f32 lo, vec_f32 hi)
{
    const vec_f32 below = vbslq_f32(vcgtq_f32(v, hi), hi, v);
    return vbslq_f32(vcltq_f32(below, lo), lo, below);
}
INLINE vec_f64 clip_f64(vec_f64 v, vec_f64 lo, vec_f64 hi)
{
    const vec_f64 below = vbslq_f64(vcgtq_f64(v, hi), hi, v);
    return vbslq_f64(vcltq_f64(below, lo), lo, below);
}
INLINE vec_f32 zero_beyond_f32(vec_f32 v, vec_f32 y, vec_f32 b)
{
    return vbslq_f32(vcgeq_f32(vabsq_f32(y), b), vdupq_n_f32(0), v);
}
INLINE vec_f64 zero_beyond_f64(vec_f64 v, vec_f64 y, vec_f64 b)
{
    return vbslq_f64(vcgeq_f64(vabsq_f64(y), b), vdupq_n_f64(0), v);
}
INLINE uint32_t positive_f32(vec_f32 v)
{
    const uint32x4_t bit = {1, 2, 4, 8};
    return vaddvq_u32(vandq_u32(vcgtzq_f32(v), bit));
}
INLINE uint32_t positive_f64(vec_f64 v)
{
    const uint64x2_t bit = {1, 2};
    return (uint32_t)vaddvq_u64(vandq_u64(vcgtzq_f64(v), bit));
}
INLINE vec_f32 if_bits_f32(uint32_t bits, vec_f32 a, vec_f32 b)
{
    const uint32x4_t bit = {1, 2, 4, 8};
    return vbslq_f32(vtstq_u32(vdupq_n_u32(bits), bit), a, b);
}
INLINE vec_f64 if_bits_f64(uint32_t bits, vec_f64 a, vec_f64 b)
{
    const uint64x2_t bit = {1, 2};
    return vbslq_f64(vtstq_u64(vdupq_n_u64(bits), bit), a, b);
}
INLINE vec_f32 if_true_f32(const uint8_t *p, vec_f32 a, vec_f32 b)
{
    uint32_t four;
    memcpy(&four, p, sizeof four);
    const uint16x8_t bytes = vmovl_u8(vreinterpret_u8_u32(vdup_n_u32(four)));
    const uint32x4_t wide = vmovl_u16(vget_low_u16(bytes));
    return vbslq_f32(vtstq_u32(wide, wide), a, b);
}
INLINE vec_f64 if_true_f64(const uint8_t *p, vec_f64 a, vec_f64 b)
{
    const uint64x2_t wide = {p[0], p[1]};
    return vbslq_f64(vtstq_u64(wide, wide), a, b);
}
INLINE vec_f64 doubles_f32(vec_f32 v, size_t g)
{
    return g ? vcvt_high_f64_f32(v) : vcvt_f64_f32(vget_low_f32(v));
}
INLINE vec_f64 doubles_f64(vec_f64 v, size_t g) { return (void)g, v; }

INLINE uint32_t positive_bf16(vec_bf16 v)
{
    const uint32x4_t even = {1, 4, 16, 64}, odd = {2, 8, 32, 128};
    return vaddvq_u32(
        vorrq_u32(vandq_u32(vcgtzq_f32(v.even), even), vandq_u32(vcgtzq_f32(v.odd), odd)));
}
INLINE vec_bf16 if_bits_bf16(uint32_t bits, vec_bf16 a, vec_bf16 b)
{
    const uint32x4_t even = {1, 4, 16, 64}, odd = {2, 8, 32, 128}, all = vdupq_n_u32(bits);
    const vec_bf16 v = {vbslq_f32(vtstq_u32(all, even), a.even, b.even),
                        vbslq_f32(vtstq_u32(all, odd), a.odd, b.odd)};
    return v;
}
INLINE vec_bf16 if_true_bf16(const uint8_t *p, vec_bf16 a, vec_bf16 b)
{
    const uint32x4_t pairs = vreinterpretq_u32_u16(vmovl_u8(vld1_u8(p)));
    const uint32x4_t even = vdupq_n_u32(0xffff), odd = vdupq_n_u32(0xffff0000);
    const vec_bf16 v = {vbslq_f32(vtstq_u32(pairs, even), a.even, b.even),
                        vbslq_f32(vtstq_u32(pairs, odd), a.odd, b.odd)};
    return v;
}
INLINE vec_f64 doubles_bf16(vec_bf16 v, size_t g)
{
    return doubles_f32(g >> 1 ? vzip2q_f32(v.even, v.odd) : vzip1q_f32(v.even, v.odd), g & 1);
}

INLINE void fence(void) {}
INLINE void prefetch(const void *p) { __builtin_prefetch(p); }

#include "halves.h"
LEAKYC_SINGLE(f16)
LEAKYC_PAIR(bf16)
