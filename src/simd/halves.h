/* halves.h - the arithmetic of float16 and bfloat16, which is that of float32, by how a vocabulary
 * holds their vectors. */

/* As one vector of float32. */
#define LEAKYC_SINGLE(T)                                                                           \
    INLINE vec_##T set1_##T(double x) { return set1_f32(x); }                                      \
    INLINE vec_##T mul_##T(vec_##T a, vec_##T b) { return mul_f32(a, b); }                         \
    INLINE vec_##T add_##T(vec_##T a, vec_##T b) { return add_f32(a, b); }                         \
    INLINE vec_##T if_positive_##T(vec_##T gate, vec_##T a, vec_##T b)                             \
    {                                                                                              \
        return if_positive_f32(gate, a, b);                                                        \
    }                                                                                              \
    INLINE vec_##T zero_positive_##T(vec_##T gate, vec_##T v)                                      \
    {                                                                                              \
        return zero_positive_f32(gate, v);                                                         \
    }                                                                                              \
    INLINE vec_##T clip_##T(vec_##T v, vec_##T lo, vec_##T hi) { return clip_f32(v, lo, hi); }     \
    INLINE vec_##T zero_beyond_##T(vec_##T v, vec_##T y, vec_##T b)                                \
    {                                                                                              \
        return zero_beyond_f32(v, y, b);                                                           \
    }                                                                                              \
    INLINE uint32_t positive_##T(vec_##T v) { return positive_f32(v); }                            \
    INLINE vec_##T if_bits_##T(uint32_t bits, vec_##T a, vec_##T b)                                \
    {                                                                                              \
        return if_bits_f32(bits, a, b);                                                            \
    }                                                                                              \
    INLINE vec_##T if_true_##T(const uint8_t *p, vec_##T a, vec_##T b)                             \
    {                                                                                              \
        return if_true_f32(p, a, b);                                                               \
    }                                                                                              \
    INLINE vec_f64 doubles_##T(vec_##T v, size_t g) { return doubles_f32(v, g); }

/* As two, of the even and of the odd lanes. What knows the order of lanes is the vocabulary's. */
#define LEAKYC_PAIR(T)                                                                             \
    INLINE vec_##T set1_##T(double x)                                                              \
    {                                                                                              \
        const vec_##T v = {set1_f32(x), set1_f32(x)};                                              \
        return v;                                                                                  \
    }                                                                                              \
    INLINE vec_##T mul_##T(vec_##T a, vec_##T b)                                                   \
    {                                                                                              \
        const vec_##T v = {mul_f32(a.even, b.even), mul_f32(a.odd, b.odd)};                        \
        return v;                                                                                  \
    }                                                                                              \
    INLINE vec_##T add_##T(vec_##T a, vec_##T b)                                                   \
    {                                                                                              \
        const vec_##T v = {add_f32(a.even, b.even), add_f32(a.odd, b.odd)};                        \
        return v;                                                                                  \
    }                                                                                              \
    INLINE vec_##T if_positive_##T(vec_##T gate, vec_##T a, vec_##T b)                             \
    {                                                                                              \
        const vec_##T v = {if_positive_f32(gate.even, a.even, b.even),                             \
                           if_positive_f32(gate.odd, a.odd, b.odd)};                               \
        return v;                                                                                  \
    }                                                                                              \
    INLINE vec_##T zero_positive_##T(vec_##T gate, vec_##T v)                                      \
    {                                                                                              \
        const vec_##T z = {zero_positive_f32(gate.even, v.even),                                   \
                           zero_positive_f32(gate.odd, v.odd)};                                    \
        return z;                                                                                  \
    }                                                                                              \
    INLINE vec_##T clip_##T(vec_##T v, vec_##T lo, vec_##T hi)                                     \
    {                                                                                              \
        const vec_##T c = {clip_f32(v.even, lo.even, hi.even), clip_f32(v.odd, lo.odd, hi.odd)};   \
        return c;                                                                                  \
    }                                                                                              \
    INLINE vec_##T zero_beyond_##T(vec_##T v, vec_##T y, vec_##T b)                                \
    {                                                                                              \
        const vec_##T z = {zero_beyond_f32(v.even, y.even, b.even),                                \
                           zero_beyond_f32(v.odd, y.odd, b.odd)};                                  \
        return z;                                                                                  \
    }
