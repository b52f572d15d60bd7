/* avx2.h - the vector words in AVX2: 32 bytes a vector. */
#include "words.h"
#include "x86_transpose.h"

enum { streams = 1, steps = 1 };

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

/* Lanes of ones where 0 < gate, in this order so that a gate in memory is the compare's operand: a
 * load less for the gradient. */
INLINE __m256 mask_f32(vec_f32 gate)
{
    return _mm256_cmp_ps(_mm256_setzero_ps(), gate, _CMP_LT_OQ);
}
INLINE __m256d mask_f64(vec_f64 gate)
{
    return _mm256_cmp_pd(_mm256_setzero_pd(), gate, _CMP_LT_OQ);
}
INLINE vec_f32 if_positive_f32(vec_f32 gate, vec_f32 a, vec_f32 b)
{
    return _mm256_blendv_ps(b, a, mask_f32(gate));
}
INLINE vec_f64 if_positive_f64(vec_f64 gate, vec_f64 a, vec_f64 b)
{
    return _mm256_blendv_pd(b, a, mask_f64(gate));
}
INLINE vec_f32 zero_positive_f32(vec_f32 gate, vec_f32 v)
{
    return _mm256_andnot_ps(mask_f32(gate), v);
}
INLINE vec_f64 zero_positive_f64(vec_f64 gate, vec_f64 v)
{
    return _mm256_andnot_pd(mask_f64(gate), v);
}

/* ---- float16: 8 to a vector of float32 --------------------------------------------------- */

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
INLINE vec_bf16 widen_bf16(__m256i pairs)
{
    const __m256i upper = _mm256_set1_epi32((int)0xffff0000);
    const vec_bf16 v = {_mm256_castsi256_ps(_mm256_slli_epi32(pairs, 16)),
                        _mm256_castsi256_ps(_mm256_and_si256(pairs, upper))};
    return v;
}
INLINE vec_bf16 load_bf16(const elem_bf16 *p)
{
    return widen_bf16(_mm256_loadu_si256((const __m256i *)p));
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

/* ---- strided loads ----------------------------------------------------------------------- */

/* Written out: with a step of 2 the compiler would make halves of it, store them and wait. */
INLINE vec_f32 load_every_f32(const elem_f32 *p, ptrdiff_t s)
{
    return _mm256_setr_ps(p[0], p[s], p[2 * s], p[3 * s], p[4 * s], p[5 * s], p[6 * s], p[7 * s]);
}
INLINE vec_f64 load_every_f64(const elem_f64 *p, ptrdiff_t s)
{
    return _mm256_setr_pd(p[0], p[s], p[2 * s], p[3 * s]);
}
LEAKYC_EVERY(f16)
LEAKYC_EVERY(bf16)

INLINE vec_f32 load_second_f32(const elem_f32 *p)
{
    const __m256 halves = _mm256_shuffle_ps(load_f32(p), load_f32(p + 8), 0x88);
    return _mm256_castpd_ps(_mm256_permute4x64_pd(_mm256_castps_pd(halves), 0xd8));
}
INLINE vec_f64 load_second_f64(const elem_f64 *p)
{
    return _mm256_permute4x64_pd(_mm256_unpacklo_pd(load_f64(p), load_f64(p + 4)), 0xd8);
}
/* The lower 16 bits of each 32. */
INLINE __m256i lower_halves(const void *p)
{
    return _mm256_and_si256(_mm256_loadu_si256((const __m256i *)p), _mm256_set1_epi32(0xffff));
}
INLINE vec_f16 load_second_f16(const elem_f16 *p)
{
    const __m256i v = lower_halves(p);
    return _mm256_cvtph_ps(
        _mm_packus_epi32(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1)));
}
INLINE vec_bf16 load_second_bf16(const elem_bf16 *p)
{
    const __m256i packed = _mm256_packus_epi32(lower_halves(p), lower_halves(p + 16));
    return widen_bf16(_mm256_permute4x64_epi64(packed, 0xd8));
}

INLINE vec_f32 load_back_f32(const elem_f32 *p)
{
    const __m256i reversed = _mm256_setr_epi32(7, 6, 5, 4, 3, 2, 1, 0);
    return _mm256_permutevar8x32_ps(load_f32(p - 7), reversed);
}
INLINE vec_f64 load_back_f64(const elem_f64 *p)
{
    return _mm256_permute4x64_pd(load_f64(p - 3), 0x1b);
}
INLINE vec_f16 load_back_f16(const elem_f16 *p)
{
    const __m128i reversed = _mm_setr_epi8(14, 15, 12, 13, 10, 11, 8, 9, 6, 7, 4, 5, 2, 3, 0, 1);
    return _mm256_cvtph_ps(_mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)(p - 7)), reversed));
}
INLINE vec_bf16 load_back_bf16(const elem_bf16 *p)
{
    const __m256i reversed = _mm256_broadcastsi128_si256(
        _mm_setr_epi8(14, 15, 12, 13, 10, 11, 8, 9, 6, 7, 4, 5, 2, 3, 0, 1));
    const __m256i v = _mm256_loadu_si256((const __m256i *)(p - 15));
    return widen_bf16(_mm256_permute4x64_epi64(_mm256_shuffle_epi8(v, reversed), 0x4e));
}

/* ---- training ---------------------------------------------------------------------------- */

INLINE vec_f32 add_f32(vec_f32 a, vec_f32 b) { return _mm256_add_ps(a, b); }
INLINE vec_f64 add_f64(vec_f64 a, vec_f64 b) { return _mm256_add_pd(a, b); }
INLINE vec_f64 sub_f64(vec_f64 a, vec_f64 b) { return _mm256_sub_pd(a, b); }
INLINE vec_f64 add_product_f64(vec_f64 s, vec_f64 a, vec_f64 b) { return _mm256_fmadd_pd(a, b, s); }
/* min and max give their second operand where one is NaN. */
INLINE vec_f32 clip_f32(vec_f32 v, vec_f32 lo, vec_f32 hi)
{
    return _mm256_max_ps(lo, _mm256_min_ps(hi, v));
}
INLINE vec_f64 clip_f64(vec_f64 v, vec_f64 lo, vec_f64 hi)
{
    return _mm256_max_pd(lo, _mm256_min_pd(hi, v));
}
INLINE vec_f32 zero_beyond_f32(vec_f32 v, vec_f32 y, vec_f32 b)
{
    const __m256 magnitude = _mm256_andnot_ps(_mm256_set1_ps(-0.0f), y);
    return _mm256_andnot_ps(_mm256_cmp_ps(magnitude, b, _CMP_GE_OQ), v);
}
INLINE vec_f64 zero_beyond_f64(vec_f64 v, vec_f64 y, vec_f64 b)
{
    const __m256d magnitude = _mm256_andnot_pd(_mm256_set1_pd(-0.0), y);
    return _mm256_andnot_pd(_mm256_cmp_pd(magnitude, b, _CMP_GE_OQ), v);
}
INLINE uint32_t positive_f32(vec_f32 v)
{
    return (uint32_t)_mm256_movemask_ps(_mm256_cmp_ps(v, _mm256_setzero_ps(), _CMP_GT_OQ));
}
INLINE uint32_t positive_f64(vec_f64 v)
{
    return (uint32_t)_mm256_movemask_pd(_mm256_cmp_pd(v, _mm256_setzero_pd(), _CMP_GT_OQ));
}
/* All bits of lane i where that bit is in it. */
INLINE __m256 lanes_with(uint32_t bits, __m256i bit)
{
    const __m256i found = _mm256_and_si256(_mm256_set1_epi32((int)bits), bit);
    return _mm256_castsi256_ps(_mm256_cmpeq_epi32(found, bit));
}
INLINE vec_f32 if_bits_f32(uint32_t bits, vec_f32 a, vec_f32 b)
{
    const __m256i bit = _mm256_setr_epi32(1, 2, 4, 8, 16, 32, 64, 128);
    return _mm256_blendv_ps(b, a, lanes_with(bits, bit));
}
INLINE vec_f64 if_bits_f64(uint32_t bits, vec_f64 a, vec_f64 b)
{
    const __m256i bit = _mm256_setr_epi32(1, 1, 2, 2, 4, 4, 8, 8);
    return _mm256_blendv_pd(b, a, _mm256_castps_pd(lanes_with(bits, bit)));
}
INLINE vec_f32 if_true_f32(const uint8_t *p, vec_f32 a, vec_f32 b)
{
    const __m256i bytes = _mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)p));
    const __m256i zero = _mm256_cmpeq_epi32(bytes, _mm256_setzero_si256());
    return _mm256_blendv_ps(a, b, _mm256_castsi256_ps(zero));
}
INLINE vec_f64 if_true_f64(const uint8_t *p, vec_f64 a, vec_f64 b)
{
    int four;
    memcpy(&four, p, sizeof four);
    const __m256i bytes = _mm256_cvtepu8_epi64(_mm_cvtsi32_si128(four));
    const __m256i zero = _mm256_cmpeq_epi64(bytes, _mm256_setzero_si256());
    return _mm256_blendv_pd(a, b, _mm256_castsi256_pd(zero));
}
INLINE vec_f64 doubles_f32(vec_f32 v, size_t g)
{
    return _mm256_cvtps_pd(g ? _mm256_extractf128_ps(v, 1) : _mm256_castps256_ps128(v));
}
INLINE vec_f64 doubles_f64(vec_f64 v, size_t g) { return (void)g, v; }

INLINE uint32_t positive_bf16(vec_bf16 v)
{
    const __m256 zero = _mm256_setzero_ps();
    const __m256i even = _mm256_castps_si256(_mm256_cmp_ps(v.even, zero, _CMP_GT_OQ));
    const __m256i odd = _mm256_castps_si256(_mm256_cmp_ps(v.odd, zero, _CMP_GT_OQ));
    const __m256i all = _mm256_blend_epi16(even, odd, 0xaa);
    return (uint32_t)_mm_movemask_epi8(
        _mm_packs_epi16(_mm256_castsi256_si128(all), _mm256_extracti128_si256(all, 1)));
}
INLINE vec_bf16 if_bits_bf16(uint32_t bits, vec_bf16 a, vec_bf16 b)
{
    const __m256i bit = _mm256_setr_epi32(1, 4, 16, 64, 256, 1024, 4096, 16384);
    const vec_bf16 v = {_mm256_blendv_ps(b.even, a.even, lanes_with(bits, bit)),
                        _mm256_blendv_ps(b.odd, a.odd, lanes_with(bits >> 1, bit))};
    return v;
}
/* A blend looks at the sign of each 32 bits: that of the odd element, or the even one's, moved. */
INLINE vec_bf16 if_true_bf16(const uint8_t *p, vec_bf16 a, vec_bf16 b)
{
    const __m256i bytes = _mm256_cvtepu8_epi16(_mm_loadu_si128((const __m128i *)p));
    const __m256i zero = _mm256_cmpeq_epi16(bytes, _mm256_setzero_si256());
    const __m256 even = _mm256_castsi256_ps(_mm256_slli_epi32(zero, 16));
    const vec_bf16 v = {_mm256_blendv_ps(a.even, b.even, even),
                        _mm256_blendv_ps(a.odd, b.odd, _mm256_castsi256_ps(zero))};
    return v;
}
INLINE vec_f64 doubles_bf16(vec_bf16 v, size_t g)
{
    const __m256 pairs =
        g & 1 ? _mm256_unpackhi_ps(v.even, v.odd) : _mm256_unpacklo_ps(v.even, v.odd);
    return doubles_f32(pairs, g >> 1);
}

INLINE void fence(void) { _mm_sfence(); }
INLINE void prefetch(const void *p) { _mm_prefetch((const char *)p, _MM_HINT_T0); }

#include "halves.h"
LEAKYC_SINGLE(f16)
LEAKYC_PAIR(bf16)
