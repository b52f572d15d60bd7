/* x86_transpose.h - the word transpose_T for AVX2 and what includes it: 8 x 8, or 4 x 4 of f64. */

enum { tile_f32 = 8, tile_f64 = 4, tile_f16 = 8, tile_bf16 = 8 };

INLINE void transpose_f32(elem_f32 *out, size_t pitch, const char *in, ptrdiff_t stride)
{
    __m256 pair[8], quad[8];
    for (int r = 0; r < 4; r++) { /* rows r and r + 4 side by side */
        const float *low = (const float *)(const void *)(in + r * stride);
        const float *high = (const float *)(const void *)(in + (r + 4) * stride);
        pair[r] =
            _mm256_insertf128_ps(_mm256_castps128_ps256(_mm_loadu_ps(low)), _mm_loadu_ps(high), 1);
        pair[r + 4] = _mm256_insertf128_ps(_mm256_castps128_ps256(_mm_loadu_ps(low + 4)),
                                           _mm_loadu_ps(high + 4), 1);
    }
    for (int half = 0; half < 8; half += 4) {
        const __m256 a = _mm256_unpacklo_ps(pair[half], pair[half + 1]);
        const __m256 b = _mm256_unpackhi_ps(pair[half], pair[half + 1]);
        const __m256 c = _mm256_unpacklo_ps(pair[half + 2], pair[half + 3]);
        const __m256 d = _mm256_unpackhi_ps(pair[half + 2], pair[half + 3]);
        quad[half] = _mm256_shuffle_ps(a, c, 0x44);
        quad[half + 1] = _mm256_shuffle_ps(a, c, 0xee);
        quad[half + 2] = _mm256_shuffle_ps(b, d, 0x44);
        quad[half + 3] = _mm256_shuffle_ps(b, d, 0xee);
    }
    for (size_t i = 0; i < 8; i++)
        _mm256_storeu_ps(out + i * pitch, quad[i]);
}

INLINE void transpose_f64(elem_f64 *out, size_t pitch, const char *in, ptrdiff_t stride)
{
    __m256d row[4];
    for (int r = 0; r < 4; r++)
        row[r] = _mm256_loadu_pd((const double *)(const void *)(in + r * stride));
    const __m256d a = _mm256_unpacklo_pd(row[0], row[1]), b = _mm256_unpackhi_pd(row[0], row[1]);
    const __m256d c = _mm256_unpacklo_pd(row[2], row[3]), d = _mm256_unpackhi_pd(row[2], row[3]);
    _mm256_storeu_pd(out, _mm256_permute2f128_pd(a, c, 0x20));
    _mm256_storeu_pd(out + pitch, _mm256_permute2f128_pd(b, d, 0x20));
    _mm256_storeu_pd(out + 2 * pitch, _mm256_permute2f128_pd(a, c, 0x31));
    _mm256_storeu_pd(out + 3 * pitch, _mm256_permute2f128_pd(b, d, 0x31));
}

INLINE void transpose_16(uint16_t *out, size_t pitch, const char *in, ptrdiff_t stride)
{
    __m128i row[8], pair[8], quad[8];
    for (int r = 0; r < 8; r++)
        row[r] = _mm_loadu_si128((const __m128i *)(const void *)(in + r * stride));
    for (int r = 0; r < 8; r += 2) { /* columns 0 to 3 and 4 to 7 of two rows */
        pair[r] = _mm_unpacklo_epi16(row[r], row[r + 1]);
        pair[r + 1] = _mm_unpackhi_epi16(row[r], row[r + 1]);
    }
    for (int h = 0; h < 2; h++) { /* two columns of four rows */
        quad[2 * h] = _mm_unpacklo_epi32(pair[h], pair[h + 2]);
        quad[2 * h + 1] = _mm_unpackhi_epi32(pair[h], pair[h + 2]);
        quad[2 * h + 4] = _mm_unpacklo_epi32(pair[h + 4], pair[h + 6]);
        quad[2 * h + 5] = _mm_unpackhi_epi32(pair[h + 4], pair[h + 6]);
    }
    for (size_t c = 0; c < 4; c++) {
        const __m128i low = _mm_unpacklo_epi64(quad[c], quad[c + 4]);
        const __m128i high = _mm_unpackhi_epi64(quad[c], quad[c + 4]);
        _mm_storeu_si128((__m128i *)(void *)(out + 2 * c * pitch), low);
        _mm_storeu_si128((__m128i *)(void *)(out + (2 * c + 1) * pitch), high);
    }
}

INLINE void transpose_f16(elem_f16 *out, size_t pitch, const char *in, ptrdiff_t stride)
{
    transpose_16(out, pitch, in, stride);
}
INLINE void transpose_bf16(elem_bf16 *out, size_t pitch, const char *in, ptrdiff_t stride)
{
    transpose_16(out, pitch, in, stride);
}
