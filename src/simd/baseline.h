/* baseline.h - the vector words in portable C: 16 bytes a vector, for any CPU and compiler.
 * Compilers turn the short loops into the vector instructions that every CPU of a platform has. */
#include "../half.h"
#include "words.h"

#define SAME(x) (x)
#define LEAKYC_BASELINE_WORDS(T, compute, widen, narrow)                                           \
    enum { lanes_##T = 16 / sizeof(elem_##T) };                                                    \
    typedef struct {                                                                               \
        compute lane[lanes_##T];                                                                   \
    } vec_##T;                                                                                     \
    INLINE vec_##T load_##T(const elem_##T *p)                                                     \
    {                                                                                              \
        vec_##T v;                                                                                 \
        for (size_t i = 0; i < lanes_##T; i++)                                                     \
            v.lane[i] = widen(p[i]);                                                               \
        return v;                                                                                  \
    }                                                                                              \
    INLINE void store_##T(elem_##T *p, vec_##T v)                                                  \
    {                                                                                              \
        for (size_t i = 0; i < lanes_##T; i++)                                                     \
            p[i] = narrow(v.lane[i]);                                                              \
    }                                                                                              \
    INLINE void stream_##T(elem_##T *p, vec_##T v) { store_##T(p, v); }                            \
    LEAKYC_PARTS(T)                                                                                \
    INLINE vec_##T set1_##T(double x)                                                              \
    {                                                                                              \
        vec_##T v;                                                                                 \
        for (size_t i = 0; i < lanes_##T; i++)                                                     \
            v.lane[i] = (compute)x;                                                                \
        return v;                                                                                  \
    }                                                                                              \
    INLINE vec_##T mul_##T(vec_##T a, vec_##T b)                                                   \
    {                                                                                              \
        for (size_t i = 0; i < lanes_##T; i++)                                                     \
            a.lane[i] *= b.lane[i];                                                                \
        return a;                                                                                  \
    }                                                                                              \
    INLINE vec_##T if_positive_##T(vec_##T gate, vec_##T a, vec_##T b)                             \
    {                                                                                              \
        for (size_t i = 0; i < lanes_##T; i++)                                                     \
            gate.lane[i] = gate.lane[i] > 0 ? a.lane[i] : b.lane[i];                               \
        return gate;                                                                               \
    }

LEAKYC_BASELINE_WORDS(f32, float, SAME, SAME)
LEAKYC_BASELINE_WORDS(f64, double, SAME, SAME)
LEAKYC_BASELINE_WORDS(f16, float, float_from_f16, f16_from_float)
LEAKYC_BASELINE_WORDS(bf16, float, float_from_bf16, bf16_from_float)

INLINE void fence(void) {}
INLINE void prefetch(const void *p)
{
#ifdef __GNUC__
    __builtin_prefetch(p);
#else
    (void)p;
#endif
}
