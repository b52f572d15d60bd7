/* baseline.h - the vector words in portable C: 16 bytes a vector, for any CPU and compiler.
 *
 * GNU C has vectors of its own, which become the vector instructions that every CPU of a platform
 * has, or none. Loops over lanes serve other compilers, and where a vector unit flushes subnormals:
 * 32-bit ARM's, and AltiVec's before VSX. From loops gcc made a branch an element, 5 ns where signs
 * are random (bench: portable). */
#include "../half.h"
#include "words.h"

enum { streams = 0, steps = 0 };

#if defined(__GNUC__) && !defined(__arm__) && (!defined(__ALTIVEC__) || defined(__VSX__))
#include "baseline_vectors.h"
#define LEAKYC_BASELINE_LOOP LEAKYC_UNROLLED
#else
#include "baseline_loops.h"
#define LEAKYC_BASELINE_LOOP LEAKYC_ROLLED
#endif

#define LEAKYC_BASELINE_REST(T)                                                                    \
    INLINE void stream_##T(elem_##T *p, vec_##T v) { store_##T(p, v); }                            \
    LEAKYC_PARTS(T)                                                                                \
    LEAKYC_EVERY(T)                                                                                \
    LEAKYC_STEPS(T)                                                                                \
    LEAKYC_TRANSPOSE(T)

LEAKYC_BASELINE_REST(f32)
LEAKYC_BASELINE_REST(f64)
LEAKYC_BASELINE_REST(f16)
LEAKYC_BASELINE_REST(bf16)

INLINE vec_f64 add_product_f64(vec_f64 s, vec_f64 a, vec_f64 b)
{
    return add_f64(s, mul_f64(a, b));
}
INLINE void fence(void) {}
INLINE void prefetch(const void *p)
{
#ifdef __GNUC__
    __builtin_prefetch(p);
#else
    (void)p;
#endif
}
