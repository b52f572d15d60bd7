/* baseline_vectors.h - the words of baseline.h by GNU C's vectors. A comparison gives lanes of ones
 * and zeros, so that nothing branches. */

typedef float vec_f32 __attribute__((vector_size(16)));
typedef double vec_f64 __attribute__((vector_size(16)));
typedef int32_t mask_f32 __attribute__((vector_size(16)));
typedef int64_t mask_f64 __attribute__((vector_size(16)));
typedef uint32_t words __attribute__((vector_size(16)));
typedef uint16_t halves __attribute__((vector_size(16)));
typedef uint8_t vec_bytes __attribute__((vector_size(16)));
enum { lanes_f32 = 4, lanes_f64 = 2 };

/* select: lane by lane, m ? a : b. */
#define LEAKYC_BASELINE_WORDS(T)                                                                   \
    INLINE vec_##T select_##T(mask_##T m, vec_##T a, vec_##T b)                                    \
    {                                                                                              \
        return (vec_##T)((m & (mask_##T)a) | (~m & (mask_##T)b));                                  \
    }                                                                                              \
    INLINE vec_##T load_##T(const elem_##T *p)                                                     \
    {                                                                                              \
        vec_##T v;                                                                                 \
        memcpy(&v, p, sizeof v);                                                                   \
        return v;                                                                                  \
    }                                                                                              \
    INLINE void store_##T(elem_##T *p, vec_##T v) { memcpy(p, &v, sizeof v); }                     \
    INLINE vec_##T mul_##T(vec_##T a, vec_##T b) { return a * b; }                                 \
    INLINE vec_##T add_##T(vec_##T a, vec_##T b) { return a + b; }                                 \
    INLINE vec_##T sub_##T(vec_##T a, vec_##T b) { return a - b; }                                 \
    INLINE vec_##T if_positive_##T(vec_##T gate, vec_##T a, vec_##T b)                             \
    {                                                                                              \
        return select_##T((mask_##T)(gate > 0), a, b);                                             \
    }                                                                                              \
    INLINE vec_##T zero_positive_##T(vec_##T gate, vec_##T v)                                      \
    {                                                                                              \
        return select_##T((mask_##T)(gate > 0), (vec_##T){0}, v);                                  \
    }                                                                                              \
    INLINE vec_##T clip_##T(vec_##T v, vec_##T lo, vec_##T hi)                                     \
    {                                                                                              \
        v = select_##T((mask_##T)(v > hi), hi, v);                                                 \
        return select_##T((mask_##T)(v < lo), lo, v);                                              \
    }                                                                                              \
    INLINE vec_##T zero_beyond_##T(vec_##T v, vec_##T y, vec_##T b)                                \
    {                                                                                              \
        return (vec_##T)(~(mask_##T)((y >= b) | (-y >= b)) & (mask_##T)v);                         \
    }

LEAKYC_BASELINE_WORDS(f32)
LEAKYC_BASELINE_WORDS(f64)

INLINE vec_f32 set1_f32(double x)
{
    const float f = (float)x;
    return (vec_f32){f, f, f, f};
}
INLINE vec_f64 set1_f64(double x) { return (vec_f64){x, x}; }

/* All lanes of a mask, or-ed. */
INLINE uint32_t folded(mask_f64 m)
{
    const uint64_t both = (uint64_t)(m[0] | m[1]);
    return (uint32_t)(both | both >> 32);
}
INLINE uint32_t positive_f32(vec_f32 v)
{
    return folded((mask_f64)((mask_f32)(v > 0) & (mask_f32){1, 2, 4, 8}));
}
INLINE uint32_t positive_f64(vec_f64 v) { return folded((mask_f64)(v > 0) & (mask_f64){1, 2}); }

/* All bits of lane i where that bit is in it. */
INLINE mask_f32 lanes_with(uint32_t bits, mask_f32 bit)
{
    const int32_t b = (int32_t)bits;
    return (mask_f32)(((mask_f32){b, b, b, b} & bit) == bit);
}
INLINE vec_f32 if_bits_f32(uint32_t bits, vec_f32 a, vec_f32 b)
{
    return select_f32(lanes_with(bits, (mask_f32){1, 2, 4, 8}), a, b);
}
INLINE vec_f64 if_bits_f64(uint32_t bits, vec_f64 a, vec_f64 b)
{
    return select_f64((mask_f64)lanes_with(bits, (mask_f32){1, 1, 2, 2}), a, b);
}

/* Lane by lane: what `which` selects of these bytes is not 0 ? a : b. Where a and b are constants,
 * two instructions after the comparison, which is the only one that SSE2 has. */
INLINE vec_f32 if_any_f32(words all, vec_bytes which, vec_f32 a, vec_f32 b)
{
    const words none = (words)((all & (words)which) == 0);
    return (vec_f32)((words)a ^ (none & ((words)a ^ (words)b)));
}
INLINE uint32_t four_bytes(const uint8_t *p)
{
    uint32_t four;
    memcpy(&four, p, sizeof four);
    return four;
}
INLINE vec_f32 if_true_f32(const uint8_t *p, vec_f32 a, vec_f32 b)
{
    const vec_bytes which = {255, 0, 0, 0, 0, 255, 0, 0, 0, 0, 255, 0, 0, 0, 0, 255};
    const uint32_t four = four_bytes(p);
    return if_any_f32((words){four, four, four, four}, which, a, b);
}
INLINE vec_f64 if_true_f64(const uint8_t *p, vec_f64 a, vec_f64 b)
{
    /* Half a word: from memory to a vector without a detour. */
    const vec_bytes which = {255, 0, 0, 0, 255, 0, 0, 0, 0, 255, 0, 0, 0, 255, 0, 0};
    uint16_t two;
    memcpy(&two, p, sizeof two);
    const words w = (words)(halves){two}, all = {w[0], w[0], w[0], w[0]};
    return (vec_f64)if_any_f32(all, which, (vec_f32)a, (vec_f32)b);
}

INLINE vec_f64 doubles_f32(vec_f32 v, size_t g)
{
    return g ? (vec_f64){v[2], v[3]} : (vec_f64){v[0], v[1]};
}
INLINE vec_f64 doubles_f64(vec_f64 v, size_t g) { return (void)g, v; }

/* ---- float16 and bfloat16: 8 to two vectors of float32, the even and the odd lanes. These
 * functions have them in the lower half of a word. The formulas are those of half.h. */

INLINE words chosen(mask_f32 m, words a, words b)
{
    return (words)select_f32(m, (vec_f32)a, (vec_f32)b);
}

INLINE vec_f32 widen_f16(words h)
{
    const words bias = (words){112, 112, 112, 112} << 23, rest = h & 0x7fff;
    const mask_f32 infinite = (mask_f32)((mask_f32)rest >= 0x7c00);
    const words normal = (rest << 13) + bias + ((words)infinite & bias);
    const vec_f32 subnormal = (vec_f32)(normal + (1 << 23)) - 0x1p-14f;
    const mask_f32 small = (mask_f32)((mask_f32)rest < 0x0400);
    return (vec_f32)(chosen(small, (words)subnormal, normal) | (h & 0x8000) << 16);
}
INLINE words narrow_f16(vec_f32 v)
{
    const words bits = (words)v, rest = bits & 0x7fffffff;
    const mask_f32 magnitude = (mask_f32)rest;
    const words subnormal = (words)((vec_f32)rest + 0.5f) - bits_of_float(0.5f);
    const words normal = (rest - (112u << 23) + 0xfff + (rest >> 13 & 1)) >> 13;
    words h = chosen((mask_f32)(magnitude < 0x38800000), subnormal, normal);
    h = chosen((mask_f32)(magnitude >= 0x477ff000), (words){0} + 0x7c00, h);
    h |= (words)(mask_f32)(magnitude > 0x7f800000) & 0x7e00;
    return h | (bits >> 16 & 0x8000);
}

INLINE vec_f32 widen_bf16(words h) { return (vec_f32)(h << 16); }
INLINE words narrow_bf16(vec_f32 v) /* NaN: see words.h */
{
    const words bits = (words)v;
    return (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
}

/* The first of two elements in a word is its lower half, or its upper one. */
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define LEAKYC_LOWER odd
#define LEAKYC_UPPER even
#else
#define LEAKYC_LOWER even
#define LEAKYC_UPPER odd
#endif

#define LEAKYC_BASELINE_PAIR(T)                                                                    \
    typedef struct {                                                                               \
        vec_f32 even, odd;                                                                         \
    } vec_##T;                                                                                     \
    enum { lanes_##T = 8 };                                                                        \
    INLINE vec_##T load_##T(const elem_##T *p)                                                     \
    {                                                                                              \
        words w;                                                                                   \
        vec_##T v;                                                                                 \
        memcpy(&w, p, sizeof w);                                                                   \
        v.LEAKYC_LOWER = widen_##T(w & 0xffff);                                                    \
        v.LEAKYC_UPPER = widen_##T(w >> 16);                                                       \
        return v;                                                                                  \
    }                                                                                              \
    INLINE void store_##T(elem_##T *p, vec_##T v)                                                  \
    {                                                                                              \
        const words w = narrow_##T(v.LEAKYC_LOWER) | narrow_##T(v.LEAKYC_UPPER) << 16;             \
        memcpy(p, &w, sizeof w);                                                                   \
    }                                                                                              \
    LEAKYC_PAIR(T)                                                                                 \
    INLINE uint32_t positive_##T(vec_##T v)                                                        \
    {                                                                                              \
        const mask_f32 even = (mask_f32)(v.even > 0) & (mask_f32){1, 4, 16, 64};                   \
        const mask_f32 odd = (mask_f32)(v.odd > 0) & (mask_f32){2, 8, 32, 128};                    \
        return folded((mask_f64)(even | odd));                                                     \
    }                                                                                              \
    INLINE vec_##T if_bits_##T(uint32_t bits, vec_##T a, vec_##T b)                                \
    {                                                                                              \
        const mask_f32 even = lanes_with(bits, (mask_f32){1, 4, 16, 64});                          \
        const mask_f32 odd = lanes_with(bits, (mask_f32){2, 8, 32, 128});                          \
        const vec_##T v = {select_f32(even, a.even, b.even), select_f32(odd, a.odd, b.odd)};       \
        return v;                                                                                  \
    }                                                                                              \
    INLINE vec_##T if_true_##T(const uint8_t *p, vec_##T a, vec_##T b)                             \
    {                                                                                              \
        const vec_bytes even = {255, 0, 0, 0, 0, 0, 255, 0, 255, 0, 0, 0, 0, 0, 255, 0};           \
        const vec_bytes odd = {0, 255, 0, 0, 0, 0, 0, 255, 0, 255, 0, 0, 0, 0, 0, 255};            \
        const uint32_t low = four_bytes(p), high = four_bytes(p + 4);                              \
        const words all = {low, low, high, high};                                                  \
        const vec_##T v = {if_any_f32(all, even, a.even, b.even),                                  \
                           if_any_f32(all, odd, a.odd, b.odd)};                                    \
        return v;                                                                                  \
    }                                                                                              \
    INLINE vec_f64 doubles_##T(vec_##T v, size_t g) { return (vec_f64){v.even[g], v.odd[g]}; }

#include "halves.h"
LEAKYC_BASELINE_PAIR(f16)
LEAKYC_BASELINE_PAIR(bf16)
