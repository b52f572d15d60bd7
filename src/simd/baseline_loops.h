/* baseline_loops.h - the words of baseline.h by loops over lanes, which compilers may turn into
 * vector instructions. */

/* Conversions stand apart: inlined everywhere, they cost the compiler minutes. */
#define SAME(x) (x)
#define LEAKYC_BASELINE_WORDS(T, compute, widen, narrow, MEMORY)                                   \
    enum { lanes_##T = 16 / sizeof(elem_##T) };                                                    \
    typedef struct {                                                                               \
        compute lane[lanes_##T];                                                                   \
    } vec_##T;                                                                                     \
    MEMORY vec_##T load_##T(const elem_##T *p)                                                     \
    {                                                                                              \
        vec_##T v;                                                                                 \
        for (size_t i = 0; i < lanes_##T; i++)                                                     \
            v.lane[i] = widen(p[i]);                                                               \
        return v;                                                                                  \
    }                                                                                              \
    MEMORY void store_##T(elem_##T *p, vec_##T v)                                                  \
    {                                                                                              \
        for (size_t i = 0; i < lanes_##T; i++)                                                     \
            p[i] = narrow(v.lane[i]);                                                              \
    }                                                                                              \
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
    }                                                                                              \
    INLINE vec_##T zero_positive_##T(vec_##T gate, vec_##T v)                                      \
    {                                                                                              \
        for (size_t i = 0; i < lanes_##T; i++)                                                     \
            v.lane[i] = gate.lane[i] > 0 ? 0 : v.lane[i];                                          \
        return v;                                                                                  \
    }                                                                                              \
    INLINE vec_##T add_##T(vec_##T a, vec_##T b)                                                   \
    {                                                                                              \
        for (size_t i = 0; i < lanes_##T; i++)                                                     \
            a.lane[i] += b.lane[i];                                                                \
        return a;                                                                                  \
    }                                                                                              \
    INLINE vec_##T clip_##T(vec_##T v, vec_##T lo, vec_##T hi)                                     \
    {                                                                                              \
        for (size_t i = 0; i < lanes_##T; i++)                                                     \
            v.lane[i] = v.lane[i] > hi.lane[i] ? hi.lane[i] : v.lane[i];                           \
        for (size_t i = 0; i < lanes_##T; i++)                                                     \
            v.lane[i] = v.lane[i] < lo.lane[i] ? lo.lane[i] : v.lane[i];                           \
        return v;                                                                                  \
    }                                                                                              \
    INLINE vec_##T zero_beyond_##T(vec_##T v, vec_##T y, vec_##T b)                                \
    {                                                                                              \
        for (size_t i = 0; i < lanes_##T; i++)                                                     \
            v.lane[i] = y.lane[i] >= b.lane[i] || -y.lane[i] >= b.lane[i] ? 0 : v.lane[i];         \
        return v;                                                                                  \
    }                                                                                              \
    INLINE uint32_t positive_##T(vec_##T v)                                                        \
    {                                                                                              \
        uint32_t bits = 0;                                                                         \
        for (size_t i = 0; i < lanes_##T; i++)                                                     \
            bits |= (uint32_t)(v.lane[i] > 0) << i;                                                \
        return bits;                                                                               \
    }                                                                                              \
    INLINE vec_##T if_bits_##T(uint32_t bits, vec_##T a, vec_##T b)                                \
    {                                                                                              \
        for (size_t i = 0; i < lanes_##T; i++)                                                     \
            a.lane[i] = bits >> i & 1 ? a.lane[i] : b.lane[i];                                     \
        return a;                                                                                  \
    }                                                                                              \
    INLINE vec_##T if_true_##T(const uint8_t *p, vec_##T a, vec_##T b)                             \
    {                                                                                              \
        for (size_t i = 0; i < lanes_##T; i++)                                                     \
            a.lane[i] = p[i] ? a.lane[i] : b.lane[i];                                              \
        return a;                                                                                  \
    }

LEAKYC_BASELINE_WORDS(f32, float, SAME, SAME, INLINE)
LEAKYC_BASELINE_WORDS(f64, double, SAME, SAME, INLINE)
LEAKYC_BASELINE_WORDS(f16, float, float_from_f16, f16_from_float, NOINLINE)
LEAKYC_BASELINE_WORDS(bf16, float, float_from_bf16, bf16_from_float, NOINLINE)

#define LEAKYC_BASELINE_DOUBLES(T)                                                                 \
    INLINE vec_f64 doubles_##T(vec_##T v, size_t g)                                                \
    {                                                                                              \
        vec_f64 d;                                                                                 \
        for (size_t i = 0; i < lanes_f64; i++)                                                     \
            d.lane[i] = v.lane[g * lanes_f64 + i];                                                 \
        return d;                                                                                  \
    }

LEAKYC_BASELINE_DOUBLES(f32)
LEAKYC_BASELINE_DOUBLES(f64)
LEAKYC_BASELINE_DOUBLES(f16)
LEAKYC_BASELINE_DOUBLES(bf16)

INLINE vec_f64 sub_f64(vec_f64 a, vec_f64 b)
{
    for (size_t i = 0; i < lanes_f64; i++)
        a.lane[i] -= b.lane[i];
    return a;
}
