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

INLINE void fence(void) { _mm_sfence(); }
INLINE void prefetch(const void *p) { _mm_prefetch((const char *)p, _MM_HINT_T0); }
