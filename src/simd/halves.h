/* halves.h - the arithmetic of float16 and bfloat16, which is that of float32; included last by a
 * vocabulary that has float16 in a vector of float32, and bfloat16 in two, the even and the odd
 * lanes. */

INLINE vec_f16 set1_f16(double x) { return set1_f32(x); }
INLINE vec_f16 mul_f16(vec_f16 a, vec_f16 b) { return mul_f32(a, b); }
INLINE vec_f16 add_f16(vec_f16 a, vec_f16 b) { return add_f32(a, b); }
INLINE vec_f16 clip_f16(vec_f16 v, vec_f16 lo, vec_f16 hi) { return clip_f32(v, lo, hi); }
INLINE vec_f16 zero_beyond_f16(vec_f16 v, vec_f16 y, vec_f16 b) { return zero_beyond_f32(v, y, b); }
INLINE uint32_t positive_f16(vec_f16 v) { return positive_f32(v); }
INLINE vec_f16 if_bits_f16(uint32_t bits, vec_f16 a, vec_f16 b) { return if_bits_f32(bits, a, b); }
INLINE vec_f64 doubles_f16(vec_f16 v, size_t g) { return doubles_f32(v, g); }
INLINE vec_f16 if_positive_f16(vec_f16 gate, vec_f16 a, vec_f16 b)
{
    return if_positive_f32(gate, a, b);
}

INLINE vec_bf16 set1_bf16(double x)
{
    const vec_bf16 v = {set1_f32(x), set1_f32(x)};
    return v;
}
INLINE vec_bf16 mul_bf16(vec_bf16 a, vec_bf16 b)
{
    const vec_bf16 v = {mul_f32(a.even, b.even), mul_f32(a.odd, b.odd)};
    return v;
}
INLINE vec_bf16 add_bf16(vec_bf16 a, vec_bf16 b)
{
    const vec_bf16 v = {add_f32(a.even, b.even), add_f32(a.odd, b.odd)};
    return v;
}
INLINE vec_bf16 if_positive_bf16(vec_bf16 gate, vec_bf16 a, vec_bf16 b)
{
    const vec_bf16 v = {if_positive_f32(gate.even, a.even, b.even),
                        if_positive_f32(gate.odd, a.odd, b.odd)};
    return v;
}
INLINE vec_bf16 clip_bf16(vec_bf16 v, vec_bf16 lo, vec_bf16 hi)
{
    const vec_bf16 c = {clip_f32(v.even, lo.even, hi.even), clip_f32(v.odd, lo.odd, hi.odd)};
    return c;
}
INLINE vec_bf16 zero_beyond_bf16(vec_bf16 v, vec_bf16 y, vec_bf16 b)
{
    const vec_bf16 z = {zero_beyond_f32(v.even, y.even, b.even),
                        zero_beyond_f32(v.odd, y.odd, b.odd)};
    return z;
}
