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

INLINE vec_f32 load_part_f32(const elem_f32 *p, size_t n)
{
    elem_f32 lane[4] = {0, 0, 0, 0};
    for (size_t i = 0; i < n; i++)
        lane[i] = p[i];
    return vld1q_f32(lane);
}
INLINE vec_f64 load_part_f64(const elem_f64 *p, size_t n)
{
    elem_f64 lane[2] = {0, 0};
    for (size_t i = 0; i < n; i++)
        lane[i] = p[i];
    return vld1q_f64(lane);
}
INLINE void store_part_f32(elem_f32 *p, vec_f32 v, size_t n)
{
    elem_f32 lane[4];
    vst1q_f32(lane, v);
    for (size_t i = 0; i < n; i++)
        p[i] = lane[i];
}
INLINE void store_part_f64(elem_f64 *p, vec_f64 v, size_t n)
{
    elem_f64 lane[2];
    vst1q_f64(lane, v);
    for (size_t i = 0; i < n; i++)
        p[i] = lane[i];
}

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

INLINE void fence(void) {}
INLINE void prefetch(const void *p) { __builtin_prefetch(p); }
