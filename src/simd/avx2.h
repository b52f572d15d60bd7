/* avx2.h - the vector words in AVX2: 32 bytes a vector. */
#include "words.h"

typedef __m256 vec_f32;
typedef __m256d vec_f64;
enum { lanes_f32 = 8, lanes_f64 = 4 };

INLINE vec_f32 load_f32(const elem_f32 *p) { return _mm256_loadu_ps(p); }
INLINE vec_f64 load_f64(const elem_f64 *p) { return _mm256_loadu_pd(p); }
INLINE void store_f32(elem_f32 *p, vec_f32 v) { _mm256_storeu_ps(p, v); }
INLINE void store_f64(elem_f64 *p, vec_f64 v) { _mm256_storeu_pd(p, v); }
INLINE void stream_f32(elem_f32 *p, vec_f32 v) { _mm256_stream_ps(p, v); }
INLINE void stream_f64(elem_f64 *p, vec_f64 v) { _mm256_stream_pd(p, v); }

/* Lane i is taken where i < n. */
INLINE __m256i first_32(size_t n)
{
    const __m256i index = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    return _mm256_cmpgt_epi32(_mm256_set1_epi32((int)n), index);
}
INLINE __m256i first_64(size_t n)
{
    const __m256i index = _mm256_setr_epi64x(0, 1, 2, 3);
    return _mm256_cmpgt_epi64(_mm256_set1_epi64x((long long)n), index);
}
INLINE vec_f32 load_part_f32(const elem_f32 *p, size_t n)
{
    return _mm256_maskload_ps(p, first_32(n));
}
INLINE vec_f64 load_part_f64(const elem_f64 *p, size_t n)
{
    return _mm256_maskload_pd(p, first_64(n));
}
INLINE void store_part_f32(elem_f32 *p, vec_f32 v, size_t n)
{
    _mm256_maskstore_ps(p, first_32(n), v);
}
INLINE void store_part_f64(elem_f64 *p, vec_f64 v, size_t n)
{
    _mm256_maskstore_pd(p, first_64(n), v);
}

INLINE vec_f32 set1_f32(double x) { return _mm256_set1_ps((float)x); }
INLINE vec_f64 set1_f64(double x) { return _mm256_set1_pd(x); }
INLINE vec_f32 mul_f32(vec_f32 a, vec_f32 b) { return _mm256_mul_ps(a, b); }
INLINE vec_f64 mul_f64(vec_f64 a, vec_f64 b) { return _mm256_mul_pd(a, b); }

INLINE vec_f32 if_positive_f32(vec_f32 gate, vec_f32 a, vec_f32 b)
{
    return _mm256_blendv_ps(b, a, _mm256_cmp_ps(gate, _mm256_setzero_ps(), _CMP_GT_OQ));
}
INLINE vec_f64 if_positive_f64(vec_f64 gate, vec_f64 a, vec_f64 b)
{
    return _mm256_blendv_pd(b, a, _mm256_cmp_pd(gate, _mm256_setzero_pd(), _CMP_GT_OQ));
}

/* ---- float16: 8 to a vector of float32 ------------------------------------------------------- */

typedef __m256 vec_f16;
enum { lanes_f16 = 8 };

INLINE __m128i narrow_f16(vec_f16 v) { return _mm256_cvtps_ph(v, _MM_FROUND_TO_NEAREST_INT); }
INLINE vec_f16 load_f16(const elem_f16 *p)
{
    return _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)p));
}
INLINE void store_f16(elem_f16 *p, vec_f16 v) { _mm_storeu_si128((__m128i *)p, narrow_f16(v)); }
INLINE void stream_f16(elem_f16 *p, vec_f16 v) { _mm_stream_si128((__m128i *)p, narrow_f16(v)); }
LEAKYC_PARTS(f16)
INLINE vec_f16 set1_f16(double x) { return set1_f32(x); }
INLINE vec_f16 mul_f16(vec_f16 a, vec_f16 b) { return mul_f32(a, b); }
INLINE vec_f16 if_positive_f16(vec_f16 gate, vec_f16 a, vec_f16 b)
{
    return if_positive_f32(gate, a, b);
}

/* ---- bfloat16: 16 to two vectors of float32, the even and the odd lanes, so that nothing crosses
 * lanes ---------------------------------------------------------------------------------------- */

typedef struct {
    __m256 even, odd;
} vec_bf16;
enum { lanes_bf16 = 16 };

/* The float32 whose upper half is rounded to nearest even; its lower half is left over. */
INLINE __m256i round_bf16(__m256 v)
{
    const __m256i bits = _mm256_castps_si256(v);
    const __m256i last = _mm256_and_si256(_mm256_srli_epi32(bits, 16), _mm256_set1_epi32(1));
    return _mm256_add_epi32(bits, _mm256_add_epi32(last, _mm256_set1_epi32(0x7fff)));
}
INLINE __m256i narrow_bf16(vec_bf16 v)
{
    return _mm256_blend_epi16(_mm256_srli_epi32(round_bf16(v.even), 16), round_bf16(v.odd), 0xaa);
}
INLINE vec_bf16 load_bf16(const elem_bf16 *p)
{
    const __m256i pairs = _mm256_loadu_si256((const __m256i *)p);
    const __m256i upper = _mm256_set1_epi32((int)0xffff0000);
    const vec_bf16 v = {_mm256_castsi256_ps(_mm256_slli_epi32(pairs, 16)),
                        _mm256_castsi256_ps(_mm256_and_si256(pairs, upper))};
    return v;
}
INLINE void store_bf16(elem_bf16 *p, vec_bf16 v)
{
    _mm256_storeu_si256((__m256i *)p, narrow_bf16(v));
}
INLINE void stream_bf16(elem_bf16 *p, vec_bf16 v)
{
    _mm256_stream_si256((__m256i *)p, narrow_bf16(v));
}
LEAKYC_PARTS(bf16)
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

INLINE void fence(void) { _mm_sfence(); }
INLINE void prefetch(const void *p) { _mm_prefetch((const char *)p, _MM_HINT_T0); }
