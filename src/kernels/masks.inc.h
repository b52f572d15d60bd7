/* masks.inc.h - one bit an element for the backward pass. */

/* Elements at a time: whole vectors and whole cache lines of every type, and 32 bits of mask. */
enum { WORD(mask_step) = 32 };

INLINE uint32_t WORD(mask_block)(ELEM *out, const ELEM *x, VEC slope, int stream)
{
    uint32_t bits = 0;
    BLOCK_LOOP
    for (size_t i = 0; i < WORD(mask_step); i += LANES) {
        const VEC v = WORD(load)(x + i);
        bits |= WORD(positive)(v) << i;
        WORD(put)(out + i, WORD(leak)(v, v, slope), stream);
    }
    return bits;
}

/* n < mask_step, by way of a buffer. */
INLINE uint32_t WORD(mask_part)(ELEM *out, const ELEM *x, size_t n, VEC slope)
{
    ELEM part[WORD(mask_step)] = {0};
    memcpy(part, x, n * sizeof(ELEM));
    const uint32_t bits = WORD(mask_block)(part, part, slope, 0);
    memcpy(out, part, n * sizeof(ELEM));
    return bits;
}

/* Where the result is streamed, the elements before its first whole line come first; from there on
 * bits are `held` back until a whole byte is there. */
INLINE void WORD(mask_run)(ELEM *out, uint8_t *mask, const ELEM *x, size_t n, VEC slope, int stream)
{
    size_t i = stream ? WORD(before_line)(out, n) : 0, held = i;
    uint64_t bits = i ? WORD(mask_part)(out, x, i, slope) : 0; /* not written yet: `held` */
    for (; n - i >= WORD(mask_step); i += WORD(mask_step)) {
        if (stream)
            WORD(prefetch)(x + i, 1, WORD(mask_step), LEAKYC_PREFETCH_AHEAD);
        bits |= (uint64_t)WORD(mask_block)(out + i, x + i, slope, stream) << held;
        for (size_t byte = 0; byte < 4; byte++)
            *mask++ = (uint8_t)(bits >> 8 * byte);
        bits >>= 32;
    }
    if (i < n)
        bits |= (uint64_t)WORD(mask_part)(out + i, x + i, n - i, slope) << held;
    for (size_t left = held + (n - i); left; left = left > 8 ? left - 8 : 0, bits >>= 8)
        *mask++ = (uint8_t)bits;
}

static void KERNEL(with_mask)(void *out, uint8_t *mask, const void *x, size_t n, double slope,
                              int stream)
{
    const VEC s = WORD(canonical)(slope);
    if (streams && stream)
        WORD(mask_run)(out, mask, x, n, s, 1);
    else
        WORD(mask_run)(out, mask, x, n, s, 0);
}

INLINE void WORD(unmask_block)(ELEM *out, uint32_t bits, const ELEM *grad, VEC slope, int stream)
{
    const VEC one = WORD(set1)(1.0);
    BLOCK_LOOP
    for (size_t i = 0; i < WORD(mask_step); i += LANES) {
        const VEC factor = WORD(if_bits)(bits >> i, one, slope);
        WORD(put)(out + i, WORD(mul)(WORD(load)(grad + i), factor), stream);
    }
}

INLINE void WORD(unmask_part)(ELEM *out, uint32_t bits, const ELEM *grad, size_t n, VEC slope)
{
    ELEM part[WORD(mask_step)] = {0};
    memcpy(part, grad, n * sizeof(ELEM));
    WORD(unmask_block)(part, bits, part, slope, 0);
    memcpy(out, part, n * sizeof(ELEM));
}

INLINE void WORD(unmask_run)(ELEM *out, const uint8_t *mask, const ELEM *grad, size_t n, VEC slope,
                             int stream)
{
    const size_t bytes = (n + 7) / 8, lead = stream ? WORD(before_line)(out, n) : 0;
    uint64_t bits = 0; /* of those from the lead on, the first 32 - lead, later */
    size_t i = lead, byte = 0;
    if (lead) {
        bits = mask_word(mask, bytes);
        byte = bytes < 4 ? bytes : 4;
        WORD(unmask_part)(out, (uint32_t)bits, grad, lead, slope);
        bits >>= lead;
    }
    const size_t held = lead ? 32 - lead : 0;
    for (; n - i >= WORD(mask_step); i += WORD(mask_step)) {
        if (stream)
            WORD(prefetch)(grad + i, 1, WORD(mask_step), LEAKYC_PREFETCH_AHEAD);
        bits |= (uint64_t)mask_word(mask + byte, bytes - byte) << held;
        byte = bytes - byte < 4 ? bytes : byte + 4;
        WORD(unmask_block)(out + i, (uint32_t)bits, grad + i, slope, stream);
        bits >>= 32;
    }
    if (i < n) {
        bits |= (uint64_t)mask_word(mask + byte, bytes - byte) << held;
        WORD(unmask_part)(out + i, (uint32_t)bits, grad + i, n - i, slope);
    }
}

static void KERNEL(from_mask)(void *out, const uint8_t *mask, const void *grad, size_t n,
                              double slope, int stream)
{
    const VEC s = WORD(canonical)(slope);
    if (streams && stream)
        WORD(unmask_run)(out, mask, grad, n, s, 1);
    else
        WORD(unmask_run)(out, mask, grad, n, s, 0);
}
