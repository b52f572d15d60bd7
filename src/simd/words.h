/* words.h - the vector words: what every vocabulary in this folder defines, and what they mean.
 *
 * For each element type T of f32, f64, f16, bf16:
 *
 *   elem_T               the element as it lies in memory
 *   vec_T, lanes_T       a vector in registers, and its number of elements
 *                        (of float32 for f16 and bf16, whose order of lanes is free)
 *   load_T(p)            from element-aligned memory; store_T(p, v) to it, rounded to nearest even.
 *                        A NaN stored to bf16 has a zero lower half: every NaN here comes from a
 *                        bf16, from 0 * inf or from a slope, and slopes are made canonical
 *   stream_T(p, v)       a non-temporal store to vector-aligned memory; see `streams`
 *   load_part_T(p, n)    the first n < lanes_T elements and nothing beyond; the other lanes hold
 *                        0; store_part_T(p, v, n) writes n and nothing beyond
 *   load_every_T(p, s)   the elements p[0], p[s], p[2 s] ... up to lanes_T
 *   load_second_T(p)     the same for s = 2, reading one element beyond the last
 *   load_back_T(p)       the same for s = -1
 *   transpose_T(...)     a tile_T x tile_T block of elements: out[i][j] = in[j][i], rows `pitch`
 *                        elements and `stride` bytes apart
 *   set1_T(x)            a double, rounded to the compute type, in every lane
 *   mul_T(a, b)          one rounding, no contraction
 *   if_positive_T(g,a,b) lane by lane: g > 0 ? a : b, ordered: b where g is NaN
 *   zero_positive_T(g,v) lane by lane: g > 0 ? 0 : v, ordered
 *   add_T(a, b)          one rounding
 *   clip_T(v, lo, hi)    v > hi ? hi : v < lo ? lo : v; NaN stays
 *   zero_beyond_T(v,y,b) lane by lane: |y| >= b ? 0 : v
 *   positive_T(v)        bit i is 1 where element i > 0, ordered
 *   if_bits_T(m, a, b)   element by element: bit i of m ? a : b
 *   if_true_T(p, a, b)   element by element: byte i of p is not 0 ? a : b; reads lanes_T bytes
 *   doubles_T(v, g)      elements g * lanes_f64 ... of the vector, in their order, as doubles; g is
 *                        a constant
 *
 * and sub_f64(a, b); add_product_f64(s, a, b): s + a * b for a product that is exact, as that of
 * two floats is; and once for all types: fence() after the last stream, prefetch(p), and the
 * constant `streams`: 0 where stream_T is store_T, and no kernel has a streaming variant.
 */
#ifndef LEAKYC_WORDS_H
#define LEAKYC_WORDS_H

#include <stddef.h>
#include <stdint.h>

typedef float elem_f32;
typedef double elem_f64;
typedef uint16_t elem_f16;  /* IEEE binary16 */
typedef uint16_t elem_bf16; /* the upper half of a float32 */

/* By way of a buffer on the stack, for a vocabulary that has no instruction for it. */

#define LEAKYC_PARTS(T)                                                                            \
    INLINE vec_##T load_part_##T(const elem_##T *p, size_t n)                                      \
    {                                                                                              \
        elem_##T part[lanes_##T] = {0};                                                            \
        for (size_t i = 0; i < n; i++)                                                             \
            part[i] = p[i];                                                                        \
        return load_##T(part);                                                                     \
    }                                                                                              \
    INLINE void store_part_##T(elem_##T *p, vec_##T v, size_t n)                                   \
    {                                                                                              \
        elem_##T part[lanes_##T];                                                                  \
        store_##T(part, v);                                                                        \
        for (size_t i = 0; i < n; i++)                                                             \
            p[i] = part[i];                                                                        \
    }

#define LEAKYC_EVERY(T)                                                                            \
    INLINE vec_##T load_every_##T(const elem_##T *p, ptrdiff_t step)                               \
    {                                                                                              \
        elem_##T part[lanes_##T];                                                                  \
        for (ptrdiff_t i = 0; i < (ptrdiff_t)lanes_##T; i++)                                       \
            part[i] = p[i * step];                                                                 \
        return load_##T(part);                                                                     \
    }

#define LEAKYC_STEPS(T)                                                                            \
    INLINE vec_##T load_second_##T(const elem_##T *p) { return load_every_##T(p, 2); }             \
    INLINE vec_##T load_back_##T(const elem_##T *p) { return load_every_##T(p, -1); }

#define LEAKYC_TRANSPOSE(T)                                                                        \
    enum { tile_##T = 4 };                                                                         \
    INLINE void transpose_##T(elem_##T *out, size_t pitch, const char *in, ptrdiff_t stride)       \
    {                                                                                              \
        for (size_t j = 0; j < 4; j++)                                                             \
            for (size_t i = 0; i < 4; i++)                                                         \
                out[i * pitch + j] =                                                               \
                    ((const elem_##T *)(const void *)(in + (ptrdiff_t)j * stride))[i];             \
    }

#endif
