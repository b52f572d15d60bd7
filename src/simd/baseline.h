/* baseline.h - the vector words in portable C: 16 bytes a vector, for any CPU and compiler.
 * Compilers turn the short loops into the vector instructions that every CPU of a platform has. */
#include "words.h"

#define LEAKYC_BASELINE_WORDS(T)                                                                   \
    enum { lanes_##T = 16 / sizeof(elem_##T) };                                                    \
    typedef struct {                                                                               \
        elem_##T lane[lanes_##T];                                                                  \
    } vec_##T;                                                                                     \
    INLINE vec_##T load_##T(const elem_##T *p)                                                     \
    {                                                                                              \
        vec_##T v;                                                                                 \
        memcpy(&v, p, sizeof v);                                                                   \
        return v;                                                                                  \
    }                                                                                              \
    INLINE void store_##T(elem_##T *p, vec_##T v) { memcpy(p, &v, sizeof v); }                     \
    INLINE void stream_##T(elem_##T *p, vec_##T v) { memcpy(p, &v, sizeof v); }                    \
    INLINE vec_##T load_part_##T(const elem_##T *p, size_t n)                                      \
    {                                                                                              \
        vec_##T v = {{0}};                                                                         \
        for (size_t i = 0; i < n; i++)                                                             \
            v.lane[i] = p[i];                                                                      \
        return v;                                                                                  \
    }                                                                                              \
    INLINE void store_part_##T(elem_##T *p, vec_##T v, size_t n)                                   \
    {                                                                                              \
        for (size_t i = 0; i < n; i++)                                                             \
            p[i] = v.lane[i];                                                                      \
    }                                                                                              \
    INLINE vec_##T set1_##T(double x)                                                              \
    {                                                                                              \
        vec_##T v;                                                                                 \
        for (size_t i = 0; i < lanes_##T; i++)                                                     \
            v.lane[i] = (elem_##T)x;                                                               \
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

LEAKYC_BASELINE_WORDS(f32)
LEAKYC_BASELINE_WORDS(f64)

INLINE void fence(void) {}
INLINE void prefetch(const void *p)
{
#ifdef __GNUC__
    __builtin_prefetch(p);
#else
    (void)p;
#endif
}
