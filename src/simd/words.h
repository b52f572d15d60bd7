/* words.h - the vector words: what every vocabulary in this folder defines, and what they mean.
 *
 * For each element type T of f32, f64, f16, bf16:
 *
 *   elem_T, bits_T       the element as it lies in memory; an unsigned integer of its size
 *   vec_T, lanes_T       a vector in registers, and its number of elements
 *                        (of float32 for f16 and bf16, whose order of lanes is free)
 *   load_T(p)            from element-aligned memory; store_T(p, v) to it, rounded to nearest even.
 *                        A NaN stored to bf16 has a zero lower half: every NaN here comes from a
 *                        bf16, from 0 * inf or from a slope, and slopes are made canonical
 *   stream_T(p, v)       to vector-aligned memory, past the cache
 *   load_part_T(p, n)    the first n < lanes_T elements and nothing beyond; the other lanes hold
 *                        any number; store_part_T(p, v, n) writes n and nothing beyond
 *   set1_T(x)            a double, rounded to the compute type, in every lane
 *   mul_T(a, b)          one rounding, no contraction
 *   if_positive_T(g,a,b) lane by lane: g > 0 ? a : b, ordered: b where g is NaN
 *
 * and once for all types: fence() after the last stream, prefetch(p).
 */
#ifndef LEAKYC_WORDS_H
#define LEAKYC_WORDS_H

#include <stddef.h>
#include <stdint.h>

typedef float elem_f32;
typedef double elem_f64;
typedef uint16_t elem_f16; /* IEEE binary16 */
typedef uint16_t elem_bf16; /* the upper half of a float32 */
typedef uint32_t bits_f32;
typedef uint64_t bits_f64;
typedef uint16_t bits_f16;
typedef uint16_t bits_bf16;

/* load_part and store_part through a buffer on the stack, for types without masked accesses. */
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

#endif
