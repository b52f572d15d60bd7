/* kernels.h - the kernels' types and contracts, and struct leakyc_isa: one row per instruction set.
 *
 * Every kernel is single-threaded, allocates nothing, and may raise floating-point flags: who
 * calls it keeps the environment (fpenv.h).
 */
#ifndef LEAKYC_KERNELS_H
#define LEAKYC_KERNELS_H

#include "cpu.h"
#include "leakyc_core.h"
#include "line.h"
#include "reduce.h"

/* Loops over what no cache holds prefetch their inputs so many bytes ahead, each of two half as
 * many. On Zen 3, 512 came out best of 256 to 2048, and none took 1.07 times as long; on Zen 4 none
 * is as fast, and with 1024 of each of two gradients with sums take 1.1 times as long (bench:
 * copyto, bias-gradient). */
enum { LEAKYC_PREFETCH_AHEAD = 512 };

/* out[i] = leak(gate[i], value[i]), contiguous. Inputs are read in order, ahead of the writes, so
 * `out` may equal an input or overlap it from below. With `stream` the stores bypass the cache:
 * `out` must not overlap an input then, and the caller fences after its last. */
typedef void leakyc_leak_fn(void *out, const void *gate, const void *value, size_t n, double slope,
                            int stream);

/* leak() with a byte an element as gate: 0, or not. The gate must not overlap `out`. */
typedef void leakyc_leak_bools_fn(void *out, const uint8_t *gate, const void *value, size_t n,
                                  double slope, int stream);

/* leak() of a row whose inputs' elements lie a number of elements apart. It streams where `line` is
 * not NULL; gate is value then, or both are contiguous, and `out` overlaps no input. The line holds
 * the end of a row until its cache line is full; to flush it is the caller's, after its last row.
 */
typedef void leakyc_leak_row_fn(void *out, const void *gate, ptrdiff_t gate_step, const void *value,
                                ptrdiff_t value_step, size_t n, double slope,
                                struct leakyc_line *line);

/* out[i][j] = in[j][i] for i < rows, j < n: rows of `out` lie `pitch` elements apart, those of `in`
 * `stride` bytes, both aligned to the element. */
typedef void leakyc_transpose_fn(void *out, size_t pitch, const void *in, ptrdiff_t stride,
                                 size_t rows, size_t n);

/* The same loop with nothing computed: the benchmarks' copy baseline. */
typedef void leakyc_copy_fn(void *out, const void *in, size_t n, int stream);

/* ---- training ------------------------------------------------------------------------------ *
 *
 * `out` may be an input, but not with `stream`, as above. */

/* leak(x, x), and bit i % 8 of mask[i / 8] = x[i] > 0; the last byte's other bits are 0. */
typedef void leakyc_with_mask_fn(void *out, uint8_t *mask, const void *x, size_t n, double slope,
                                 int stream);

/* leak(bit, grad). */
typedef void leakyc_from_mask_fn(void *out, const uint8_t *mask, const void *grad, size_t n,
                                 double slope, int stream);

/* What is done to each element of an array of channels; the bias and the slope are its channel's.
 *
 *     LEAKYC_LEAK             leak(b, a)
 *     LEAKYC_BIAS             clip(gain * leak(a + bias, a + bias))
 *     LEAKYC_BIAS_GRAD        |b| >= bound ? 0 : leak(b, gain * a)
 *     LEAKYC_BIAS_PRELU_GRAD  leak(z, gain * a), where z = b + bias
 *     LEAKYC_CLIPPED_GRAD     the same, but 0 where |gain * leak(z, z)| >= bound
 */
enum { LEAKYC_LEAK, LEAKYC_BIAS, LEAKYC_BIAS_GRAD, LEAKYC_BIAS_PRELU_GRAD, LEAKYC_CLIPPED_GRAD };
struct leakyc_channel_op {
    int op;
    double gain;
    double bound; /* infinite or, for the gradients, NaN: none */
};

/* Biases and slopes of a row's elements, one each; where a pointer is NULL, one for all. Where they
 * are `padded`, LEAKYC_PADDING bytes beyond them may be read: a part of a vector, loaded by a mask,
 * would wait for the sums that are stored before it (bench: bias-prelu-gradient). */
enum { LEAKYC_PADDING = 64 };
struct leakyc_parameters {
    const void *biases, *slopes;
    double bias, slope;
    int padded;
};

/* What is summed: the results of the gradients with a bias, as memory holds them; of the others the
 * products of what leak() has as gate and as value, where the gate is not positive and the result
 * not clipped. For float64 high and low are pairs (reduce.h), else `high` has plain sums and `low`
 * is not used. What an operation does not sum may be NULL. */
enum { LEAKYC_RESULTS, LEAKYC_PRODUCTS, LEAKYC_SUMMED };
struct leakyc_sums {
    double *high[LEAKYC_SUMMED], *low[LEAKYC_SUMMED];
};

/* `rows` rows of n elements, one after the other. LEAKYC_BIAS has no b. Streams where `line` is not
 * NULL, which holds the last, unfinished line from call to call, and is for the caller to flush.
 * Prefetches the inputs `ahead` bytes before it comes to them, where that is not 0.
 *
 * Each row is added to its n sums; 0 may be added to as many doubles beyond them as a vector has
 * elements. Without sums (NULL) it does LEAKYC_LEAK and LEAKYC_BIAS alone. */
typedef void leakyc_channels_fn(const struct leakyc_channel_op *f,
                                const struct leakyc_parameters *p, void *out, const void *a,
                                const void *b, size_t rows, size_t n,
                                const struct leakyc_sums *sums, struct leakyc_line *line,
                                size_t ahead);

/* A run of n elements of a channel, summed: in pairs for any type, element i in pair i modulo
 * LEAKYC_SUM_LANES. What goes on in another call has whole chains before it. With `stream` the
 * result is whole cache lines. */
typedef void leakyc_summed_run_fn(const struct leakyc_channel_op *f,
                                  const struct leakyc_parameters *p, void *out, const void *a,
                                  const void *b, size_t n, const struct leakyc_sums *sums,
                                  int stream, size_t ahead);

/* Gathers n elements of `size` bytes that lie `stride` bytes apart, unaligned perhaps, into
 * contiguous ones, with their bytes reversed if `swap`. Scatter is its inverse. */
typedef void leakyc_gather_fn(void *out, const void *in, ptrdiff_t stride, size_t n, size_t size,
                              int swap);
typedef void leakyc_scatter_fn(void *out, ptrdiff_t stride, const void *in, size_t n, size_t size,
                               int swap);

/* The kernels of one element type. This list declares the table, and kernels/target.inc.h fills it
 * by name: each(op, type) for leakyc_OP_TYPE__ISA, of type leakyc_OP_fn. */
/* clang-format off */
#define LEAKYC_KERNELS(each, type)                                                                 \
    each(leak, type) each(leak_bools, type) each(leak_row, type) each(with_mask, type)             \
    each(from_mask, type) each(channels, type) each(summed_run, type) each(transpose, type)           \
    each(copy, type)
/* clang-format on */

#define LEAKYC_MEMBER(op, type) leakyc_##op##_fn *op;
struct leakyc_kernels {
    LEAKYC_KERNELS(LEAKYC_MEMBER, any)
};

/* One instruction set: a row of the registry in dispatch.c. */
struct leakyc_isa {
    const char *name;
    unsigned requires; /* of LEAKYC_CPU_* bits */
    const char *requires_text;
    int streams; /* whether it has stores that bypass the cache */
    /* The instruction set with vectors half as wide, for data that the level 2 cache does not hold;
     * or NULL. Two loads of 32 bytes from level 3 are faster than one of 64 (bench/kernels.py;
     * bench: gradient-add: on Zen 4, 0.98 of np.add's speed against 0.91). */
    const struct leakyc_isa *narrower;
    void (*fence)(void); /* orders streamed stores before what follows */
    leakyc_stream_line_fn *stream_line;
    leakyc_gather_fn *gather;
    leakyc_scatter_fn *scatter;
    struct leakyc_kernels of[LEAKYC_DTYPES];
};

/* The one chosen, after leakyc_init. */
extern const struct leakyc_isa *leakyc_chosen;

extern const struct leakyc_isa leakyc_isa_baseline, leakyc_isa_avx2, leakyc_isa_avx512,
    leakyc_isa_neon;

#endif
