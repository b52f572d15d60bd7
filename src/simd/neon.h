/* neon.h - the vector words in Advanced SIMD on AArch64: 16 bytes a vector. */
#include "words.h"

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
INLINE vec_f64 if_positive_f64(vec_f64 gate, vec_f64 a, vec_f64 b)
{
    return vbslq_f64(vcgtzq_f64(gate), a, b);
}

/* ---- float16: 4 to a vector of float32 ------------------------------------------------------- */

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
INLINE vec_f16 set1_f16(double x) { return set1_f32(x); }
INLINE vec_f16 mul_f16(vec_f16 a, vec_f16 b) { return mul_f32(a, b); }
INLINE vec_f16 if_positive_f16(vec_f16 gate, vec_f16 a, vec_f16 b)
{
    return if_positive_f32(gate, a, b);
}

/* ---- bfloat16: 8 to two vectors of float32, the even and the odd lanes ----------------------- */

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
INLINE vec_bf16 load_bf16(const elem_bf16 *p)
{
    const uint32x4_t pairs = vreinterpretq_u32_u16(vld1q_u16(p));
    const vec_bf16 v = {vreinterpretq_f32_u32(vshlq_n_u32(pairs, 16)),
                        vreinterpretq_f32_u32(vandq_u32(pairs, vdupq_n_u32(0xffff0000)))};
    return v;
}
INLINE void store_bf16(elem_bf16 *p, vec_bf16 v)
{
    const uint32x4_t even = vshrq_n_u32(round_bf16(v.even), 16);
    vst1q_u16(p, vreinterpretq_u16_u32(
                     vbslq_u32(vdupq_n_u32(0xffff0000), round_bf16(v.odd), even)));
}
INLINE void stream_bf16(elem_bf16 *p, vec_bf16 v) { store_bf16(p, v); }
INLINE vec_bf16 set1_bf16(double x)
{
    const vec_bf16 v = {set1_f32(x), set1_f32(x)};
    return v;
}
INLINE vec_bf16 mul_bf16(vec_bf16 a, vec_bf16 b)
{
    const vec_bf16 v = {mul_f32(a.even, b.even), mul_f32(a.odd, b.odd)};
    return v;
}
INLINE vec_bf16 if_positive_bf16(vec_bf16 gate, vec_bf16 a, vec_bf16 b)
{
    const vec_bf16 v = {if_positive_f32(gate.even, a.even, b.even),
                        if_positive_f32(gate.odd, a.odd, b.odd)};
    return v;
}

LEAKYC_PARTS(f32)
LEAKYC_PARTS(f64)
LEAKYC_PARTS(f16)
LEAKYC_PARTS(bf16)

INLINE void fence(void) {}
INLINE void prefetch(const void *p) { __builtin_prefetch(p); }
