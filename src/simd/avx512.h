/* avx512.h - the vector words in AVX-512 F, BW, DQ, VL: 64 bytes a vector, masked tails. */
#include "words.h"

typedef __m512 vec_f32;
typedef __m512d vec_f64;
enum { lanes_f32 = 16, lanes_f64 = 8 };

INLINE vec_f32 load_f32(const elem_f32 *p) { return _mm512_loadu_ps(p); }
INLINE vec_f64 load_f64(const elem_f64 *p) { return _mm512_loadu_pd(p); }
INLINE void store_f32(elem_f32 *p, vec_f32 v) { _mm512_storeu_ps(p, v); }
INLINE void store_f64(elem_f64 *p, vec_f64 v) { _mm512_storeu_pd(p, v); }
INLINE void stream_f32(elem_f32 *p, vec_f32 v) { _mm512_stream_ps(p, v); }
INLINE void stream_f64(elem_f64 *p, vec_f64 v) { _mm512_stream_pd(p, v); }

INLINE __mmask16 first_16(size_t n) { return (__mmask16)((1u << n) - 1); }
INLINE __mmask8 first_8(size_t n) { return (__mmask8)((1u << n) - 1); }
INLINE vec_f32 load_part_f32(const elem_f32 *p, size_t n)
{
    return _mm512_maskz_loadu_ps(first_16(n), p);
}
INLINE vec_f64 load_part_f64(const elem_f64 *p, size_t n)
{
    return _mm512_maskz_loadu_pd(first_8(n), p);
}
INLINE void store_part_f32(elem_f32 *p, vec_f32 v, size_t n)
{
    _mm512_mask_storeu_ps(p, first_16(n), v);
}
INLINE void store_part_f64(elem_f64 *p, vec_f64 v, size_t n)
{
    _mm512_mask_storeu_pd(p, first_8(n), v);
}

INLINE vec_f32 set1_f32(double x) { return _mm512_set1_ps((float)x); }
INLINE vec_f64 set1_f64(double x) { return _mm512_set1_pd(x); }
INLINE vec_f32 mul_f32(vec_f32 a, vec_f32 b) { return _mm512_mul_ps(a, b); }
INLINE vec_f64 mul_f64(vec_f64 a, vec_f64 b) { return _mm512_mul_pd(a, b); }

INLINE vec_f32 if_positive_f32(vec_f32 gate, vec_f32 a, vec_f32 b)
{
    const __mmask16 positive = _mm512_cmp_ps_mask(gate, _mm512_setzero_ps(), _CMP_GT_OQ);
    return _mm512_mask_blend_ps(positive, b, a);
}
INLINE vec_f64 if_positive_f64(vec_f64 gate, vec_f64 a, vec_f64 b)
{
    const __mmask8 positive = _mm512_cmp_pd_mask(gate, _mm512_setzero_pd(), _CMP_GT_OQ);
    return _mm512_mask_blend_pd(positive, b, a);
}

INLINE void fence(void) { _mm_sfence(); }
INLINE void prefetch(const void *p) { _mm_prefetch((const char *)p, _MM_HINT_T0); }
