/* target.inc.h - what every isa_*.c is made of after its vector words: the kernels of each element
 * type, and its row of the registry. It includes <math.h> and <string.h> first, and defines ISA,
 * BLOCK_LOOP, ISA_NAME, ISA_REQUIRES, ISA_REQUIRES_TEXT and ISA_NARROWER. */

/* Below so many bytes the first vector is not used to align the stores. With 64, aligned runs of
 * 512 to 1536 bytes take 1.2 to 2.6 times as long, others 0.7 to 0.9 (bench: short-runs). */
#define LEAKYC_ALIGN_FROM 2048

/* What a run computes; a constant at each place of use. */
enum { FORWARD, GRADIENT, BOOLS, COPY };

/* Whether each addition to a sum is compensated: float64 holds sums of the others well enough. */
enum { compensated_f32 = 0, compensated_f64 = 1, compensated_f16 = 0, compensated_bf16 = 0 };

/* The chains of a run's lanes go to their pairs. */
NOINLINE void LEAKYC_PASTE(fold_lanes, ISA)(double *restrict high, double *restrict low,
                                            const double *restrict chain)
{
    for (size_t i = 0; i < LEAKYC_SUM_LANES; i++)
        leakyc_sum_add(&high[i], &low[i], chain[i]);
}

/* Up to 32 bits of a mask of which so many bytes are left, and nothing beyond. */
NOINLINE uint32_t mask_end(const uint8_t *mask, size_t bytes)
{
    uint32_t bits = 0;
    while (bytes--)
        bits = bits << 8 | mask[bytes];
    return bits;
}
INLINE uint32_t mask_word(const uint8_t *mask, size_t bytes)
{
    if (bytes < 4)
        return mask_end(mask, bytes);
    return mask[0] | (uint32_t)mask[1] << 8 | (uint32_t)mask[2] << 16 | (uint32_t)mask[3] << 24;
}

#include "move.inc.h"

#define TYPE f32
#include "type.inc.h"
#undef TYPE

#define TYPE f64
#include "type.inc.h"
#undef TYPE

#define TYPE f16
#include "type.inc.h"
#undef TYPE

#define TYPE bf16
#include "type.inc.h"
#undef TYPE

static void LEAKYC_PASTE(fence, ISA)(void) { fence(); }

static void LEAKYC_PASTE(stream_line, ISA)(void *out, const void *in)
{
    for (size_t i = 0; i < LEAKYC_LINE / sizeof(float); i += lanes_f32)
        stream_f32((float *)out + i, load_f32((const float *)in + i));
}

#define ROW LEAKYC_PASTE(leakyc_isa, ISA)
#define FILL(op, type) .op = LEAKYC_NAME3(op, type, ISA),
#define KERNELS(type) {LEAKYC_KERNELS(FILL, type)}

const struct leakyc_isa ROW = {
    .name = ISA_NAME,
    .requires = ISA_REQUIRES,
    .requires_text = ISA_REQUIRES_TEXT,
    .streams = streams,
    .narrower = ISA_NARROWER,
    .fence = LEAKYC_PASTE(fence, ISA),
    .stream_line = LEAKYC_PASTE(stream_line, ISA),
    .gather = LEAKYC_PASTE(gather, ISA),
    .scatter = LEAKYC_PASTE(scatter, ISA),
    .of = {[LEAKYC_F32] = KERNELS(f32),
           [LEAKYC_F64] = KERNELS(f64),
           [LEAKYC_F16] = KERNELS(f16),
           [LEAKYC_BF16] = KERNELS(bf16)},
};
