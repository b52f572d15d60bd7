/* avx512.h - the vector words in AVX-512 F, BW, DQ, VL: 64 bytes a vector, masked tails. */
#include "words.h"
#include "x86_transpose.h"

enum { streams = 1, steps = 1 };

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

/* 0 < gate: see avx2.h. */
INLINE vec_f32 if_positive_f32(vec_f32 gate, vec_f32 a, vec_f32 b)
{
    const __mmask16 positive = _mm512_cmp_ps_mask(_mm512_setzero_ps(), gate, _CMP_LT_OQ);
    return _mm512_mask_blend_ps(positive, b, a);
}
INLINE vec_f32 zero_positive_f32(vec_f32 gate, vec_f32 v)
{
    return if_positive_f32(gate, _mm512_setzero_ps(), v);
}
INLINE vec_f64 if_positive_f64(vec_f64 gate, vec_f64 a, vec_f64 b)
{
    const __mmask8 positive = _mm512_cmp_pd_mask(_mm512_setzero_pd(), gate, _CMP_LT_OQ);
    return _mm512_mask_blend_pd(positive, b, a);
}
INLINE vec_f64 zero_positive_f64(vec_f64 gate, vec_f64 v)
{
    return if_positive_f64(gate, _mm512_setzero_pd(), v);
}

/* ---- float16: 16 to a vector of float32 -------------------------------------------------- */

typedef __m512 vec_f16;
enum { lanes_f16 = 16 };

INLINE __m256i narrow_f16(vec_f16 v) { return _mm512_cvtps_ph(v, _MM_FROUND_TO_NEAREST_INT); }
INLINE vec_f16 load_f16(const elem_f16 *p)
{
    return _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)p));
}
INLINE void store_f16(elem_f16 *p, vec_f16 v) { _mm256_storeu_si256((__m256i *)p, narrow_f16(v)); }
INLINE void stream_f16(elem_f16 *p, vec_f16 v) { _mm256_stream_si256((__m256i *)p, narrow_f16(v)); }
INLINE vec_f16 load_part_f16(const elem_f16 *p, size_t n)
{
    return _mm512_cvtph_ps(_mm256_maskz_loadu_epi16(first_16(n), p));
}
INLINE void store_part_f16(elem_f16 *p, vec_f16 v, size_t n)
{
    _mm256_mask_storeu_epi16(p, first_16(n), narrow_f16(v));
}

/* ---- bfloat16: 32 to two vectors of float32, the even and the odd lanes. Rounded in integers:
 * AVX512_BF16's own conversion flushes subnormals --------------------------------------------- */

typedef struct {
    __m512 even, odd;
} vec_bf16;
enum { lanes_bf16 = 32 };

INLINE __mmask32 first_32(size_t n) { return (__mmask32)((1ull << n) - 1); }

/* The float32 whose upper half is rounded to nearest even; its lower half is left over. */
INLINE __m512i round_bf16(__m512 v)
{
    const __m512i bits = _mm512_castps_si512(v);
    const __m512i last = _mm512_and_si512(_mm512_srli_epi32(bits, 16), _mm512_set1_epi32(1));
    return _mm512_add_epi32(bits, _mm512_add_epi32(last, _mm512_set1_epi32(0x7fff)));
}
INLINE __m512i narrow_bf16(vec_bf16 v)
{
    return _mm512_mask_blend_epi16(0xaaaaaaaa, _mm512_srli_epi32(round_bf16(v.even), 16),
                                   round_bf16(v.odd));
}
INLINE vec_bf16 widen_bf16(__m512i pairs)
{
    const __m512i upper = _mm512_set1_epi32((int)0xffff0000);
    const vec_bf16 v = {_mm512_castsi512_ps(_mm512_slli_epi32(pairs, 16)),
                        _mm512_castsi512_ps(_mm512_and_si512(pairs, upper))};
    return v;
}
INLINE vec_bf16 load_bf16(const elem_bf16 *p) { return widen_bf16(_mm512_loadu_si512(p)); }
INLINE void store_bf16(elem_bf16 *p, vec_bf16 v) { _mm512_storeu_si512(p, narrow_bf16(v)); }
INLINE void stream_bf16(elem_bf16 *p, vec_bf16 v)
{
    _mm512_stream_si512((__m512i *)p, narrow_bf16(v));
}
INLINE vec_bf16 load_part_bf16(const elem_bf16 *p, size_t n)
{
    return widen_bf16(_mm512_maskz_loadu_epi16(first_32(n), p));
}
INLINE void store_part_bf16(elem_bf16 *p, vec_bf16 v, size_t n)
{
    _mm512_mask_storeu_epi16(p, first_32(n), narrow_bf16(v));
}

/* ---- strided loads ----------------------------------------------------------------------- */

/* Written out: see avx2.h. */
INLINE vec_f32 load_every_f32(const elem_f32 *p, ptrdiff_t s)
{
    return _mm512_setr_ps(p[0], p[s], p[2 * s], p[3 * s], p[4 * s], p[5 * s], p[6 * s], p[7 * s],
                          p[8 * s], p[9 * s], p[10 * s], p[11 * s], p[12 * s], p[13 * s], p[14 * s],
                          p[15 * s]);
}
INLINE vec_f64 load_every_f64(const elem_f64 *p, ptrdiff_t s)
{
    return _mm512_setr_pd(p[0], p[s], p[2 * s], p[3 * s], p[4 * s], p[5 * s], p[6 * s], p[7 * s]);
}
LEAKYC_EVERY(f16)
LEAKYC_EVERY(bf16)

INLINE vec_f32 load_second_f32(const elem_f32 *p)
{
    const __m512i even =
        _mm512_setr_epi32(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
    return _mm512_permutex2var_ps(load_f32(p), even, load_f32(p + 16));
}
INLINE vec_f64 load_second_f64(const elem_f64 *p)
{
    const __m512i even = _mm512_setr_epi64(0, 2, 4, 6, 8, 10, 12, 14);
    return _mm512_permutex2var_pd(load_f64(p), even, load_f64(p + 8));
}
/* The lower 16 bits of each 32. */
INLINE __m256i lower_halves(const void *p) { return _mm512_cvtepi32_epi16(_mm512_loadu_si512(p)); }
INLINE vec_f16 load_second_f16(const elem_f16 *p) { return _mm512_cvtph_ps(lower_halves(p)); }
INLINE vec_bf16 load_second_bf16(const elem_bf16 *p)
{
    return widen_bf16(
        _mm512_inserti64x4(_mm512_castsi256_si512(lower_halves(p)), lower_halves(p + 32), 1));
}

INLINE vec_f32 load_back_f32(const elem_f32 *p)
{
    const __m512i reversed =
        _mm512_setr_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
    return _mm512_permutexvar_ps(reversed, load_f32(p - 15));
}
INLINE vec_f64 load_back_f64(const elem_f64 *p)
{
    return _mm512_permutexvar_pd(_mm512_setr_epi64(7, 6, 5, 4, 3, 2, 1, 0), load_f64(p - 7));
}
/* 16 elements, the last one first. */
INLINE __m256i back_16(const void *p)
{
    const __m256i reversed =
        _mm256_setr_epi16(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
    return _mm256_permutexvar_epi16(reversed, _mm256_loadu_si256((const __m256i *)p));
}
INLINE vec_f16 load_back_f16(const elem_f16 *p) { return _mm512_cvtph_ps(back_16(p - 15)); }
INLINE vec_bf16 load_back_bf16(const elem_bf16 *p)
{
    return widen_bf16(
        _mm512_inserti64x4(_mm512_castsi256_si512(back_16(p - 15)), back_16(p - 31), 1));
}

/* ---- training ---------------------------------------------------------------------------- */

INLINE vec_f32 add_f32(vec_f32 a, vec_f32 b) { return _mm512_add_ps(a, b); }
INLINE vec_f64 add_f64(vec_f64 a, vec_f64 b) { return _mm512_add_pd(a, b); }
INLINE vec_f64 sub_f64(vec_f64 a, vec_f64 b) { return _mm512_sub_pd(a, b); }
INLINE vec_f64 add_product_f64(vec_f64 s, vec_f64 a, vec_f64 b) { return _mm512_fmadd_pd(a, b, s); }
/* min and max give their second operand where one is NaN. */
INLINE vec_f32 clip_f32(vec_f32 v, vec_f32 lo, vec_f32 hi)
{
    return _mm512_max_ps(lo, _mm512_min_ps(hi, v));
}
INLINE vec_f64 clip_f64(vec_f64 v, vec_f64 lo, vec_f64 hi)
{
    return _mm512_max_pd(lo, _mm512_min_pd(hi, v));
}
INLINE vec_f32 zero_beyond_f32(vec_f32 v, vec_f32 y, vec_f32 b)
{
    const __mmask16 within = _mm512_cmp_ps_mask(_mm512_abs_ps(y), b, _CMP_NGE_UQ);
    return _mm512_maskz_mov_ps(within, v);
}
INLINE vec_f64 zero_beyond_f64(vec_f64 v, vec_f64 y, vec_f64 b)
{
    const __mmask8 within = _mm512_cmp_pd_mask(_mm512_abs_pd(y), b, _CMP_NGE_UQ);
    return _mm512_maskz_mov_pd(within, v);
}
INLINE uint32_t positive_f32(vec_f32 v)
{
    return _mm512_cmp_ps_mask(v, _mm512_setzero_ps(), _CMP_GT_OQ);
}
INLINE uint32_t positive_f64(vec_f64 v)
{
    return _mm512_cmp_pd_mask(v, _mm512_setzero_pd(), _CMP_GT_OQ);
}
INLINE vec_f32 if_bits_f32(uint32_t bits, vec_f32 a, vec_f32 b)
{
    return _mm512_mask_blend_ps((__mmask16)bits, b, a);
}
INLINE vec_f64 if_bits_f64(uint32_t bits, vec_f64 a, vec_f64 b)
{
    return _mm512_mask_blend_pd((__mmask8)bits, b, a);
}
INLINE vec_f32 if_true_f32(const uint8_t *p, vec_f32 a, vec_f32 b)
{
    const __m128i bytes = _mm_loadu_si128((const __m128i *)p);
    return _mm512_mask_blend_ps(_mm_test_epi8_mask(bytes, bytes), b, a);
}
INLINE vec_f64 if_true_f64(const uint8_t *p, vec_f64 a, vec_f64 b)
{
    const __m128i bytes = _mm_loadl_epi64((const __m128i *)p);
    return _mm512_mask_blend_pd((__mmask8)_mm_test_epi8_mask(bytes, bytes), b, a);
}
INLINE vec_f64 doubles_f32(vec_f32 v, size_t g)
{
    return _mm512_cvtps_pd(g ? _mm512_extractf32x8_ps(v, 1) : _mm512_castps512_ps256(v));
}
INLINE vec_f64 doubles_f64(vec_f64 v, size_t g) { return (void)g, v; }

INLINE uint32_t positive_bf16(vec_bf16 v)
{
    const __m512i even = _mm512_movm_epi32((__mmask16)positive_f32(v.even));
    const __m512i odd = _mm512_movm_epi32((__mmask16)positive_f32(v.odd));
    return _mm512_movepi16_mask(_mm512_mask_blend_epi16(0xaaaaaaaa, even, odd));
}
INLINE vec_bf16 if_bits_bf16(uint32_t bits, vec_bf16 a, vec_bf16 b)
{
    const __m512i all = _mm512_movm_epi16((__mmask32)bits);
    const __mmask16 even = _mm512_test_epi32_mask(all, _mm512_set1_epi32(0xffff));
    const __mmask16 odd = _mm512_test_epi32_mask(all, _mm512_set1_epi32((int)0xffff0000));
    const vec_bf16 v = {_mm512_mask_blend_ps(even, b.even, a.even),
                        _mm512_mask_blend_ps(odd, b.odd, a.odd)};
    return v;
}
INLINE vec_bf16 if_true_bf16(const uint8_t *p, vec_bf16 a, vec_bf16 b)
{
    const __m512i pairs = _mm512_cvtepu8_epi16(_mm256_loadu_si256((const __m256i *)p));
    const __mmask16 even = _mm512_test_epi32_mask(pairs, _mm512_set1_epi32(0xffff));
    const __mmask16 odd = _mm512_test_epi32_mask(pairs, _mm512_set1_epi32((int)0xffff0000));
    const vec_bf16 v = {_mm512_mask_blend_ps(even, b.even, a.even),
                        _mm512_mask_blend_ps(odd, b.odd, a.odd)};
    return v;
}
INLINE vec_f64 doubles_bf16(vec_bf16 v, size_t g)
{
    const __m512i lower = _mm512_setr_epi32(0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
    const __m512i index = _mm512_add_epi32(lower, _mm512_set1_epi32(g >> 1 ? 8 : 0));
    return doubles_f32(_mm512_permutex2var_ps(v.even, index, v.odd), g & 1);
}

INLINE void fence(void) { _mm_sfence(); }
INLINE void prefetch(const void *p) { _mm_prefetch((const char *)p, _MM_HINT_T0); }

#include "halves.h"
LEAKYC_SINGLE(f16)
LEAKYC_PAIR(bf16)
