/* words.h - the vector words: what every vocabulary in this folder defines, and what they mean.
 *
 * For each element type T of f32, f64:
 *
 *   elem_T, bits_T       the element as it lies in memory; an unsigned integer of its size
 *   vec_T, lanes_T       a vector in registers, and its number of elements
 *   load_T(p)            from element-aligned memory; store_T(p, v) to it
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
typedef uint32_t bits_f32;
typedef uint64_t bits_f64;

#endif
