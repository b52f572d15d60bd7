/* page.inc.h - what every isa_*.c is made of after its vector words: the kernels of each element
 * type, and the row. A page includes <math.h> and <string.h>, and defines ISA, ISA_NAME,
 * ISA_REQUIRES and ISA_REQUIRES_TEXT. */

/* Below so many bytes the first vector is not used to align the stores: the shift costs more than
 * it gains (bench/kernels, 1 KB against 2 KB). */
#define LEAKYC_ALIGN_FROM 2048

/* Streaming loops read this far ahead: 512 bytes came out best of 256 to 2048. */
#define LEAKYC_PREFETCH_AHEAD 512

/* What a run computes; a constant at each place of use. */
enum { FORWARD, GRADIENT, COPY };

#define TYPE f32
#include "kernels.inc.h"
#undef TYPE

#define TYPE f64
#include "kernels.inc.h"
#undef TYPE

#define TYPE f16
#include "kernels.inc.h"
#undef TYPE

#define TYPE bf16
#include "kernels.inc.h"
#undef TYPE

#define ROW LEAKYC_PASTE(leakyc_isa, ISA)
#define KERNELS(type)                                                                              \
    {                                                                                              \
        LEAKYC_NAME3(leak, type, ISA), LEAKYC_NAME3(leak_each, type, ISA),                         \
            LEAKYC_NAME3(gather, type, ISA), LEAKYC_NAME3(scatter, type, ISA),                     \
            LEAKYC_NAME3(copy, type, ISA)                                                          \
    }

const struct leakyc_isa ROW = {
    .name = ISA_NAME,
    .requires = ISA_REQUIRES,
    .requires_text = ISA_REQUIRES_TEXT,
    .of = {[LEAKYC_F32] = KERNELS(f32),
           [LEAKYC_F64] = KERNELS(f64),
           [LEAKYC_F16] = KERNELS(f16),
           [LEAKYC_BF16] = KERNELS(bf16)},
};
