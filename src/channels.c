/* channels.c - operations with a parameter a channel, and sums over a channel: bias and slope. */
#include "channels.h"
#include "fpenv.h"
#include "threads/parallel.h"
#include "reduce.h"
#include "scalar.h"
#include "streaming.h"

#include <stdlib.h>

/* ---- the grid ---------------------------------------------------------------------------- */

static size_t divide_up(size_t n, size_t by) { return (n + by - 1) / by; }

void leakyc_channels_grid(struct channels_job *j)
{
    if (j->channels == 1) { /* one run, however it is cut */
        j->inner = j->n;
        j->outer = 1;
    }
    j->runs = j->inner >= RUN_FROM;
    if (!j->runs && j->n <= COLUMNS_FROM) { /* one row, one task: what follows, without divisions */
        j->stretches = j->rows = j->blocks = j->tiles = 1;
        j->block_rows = BLOCK_ROWS;
        j->columns = j->tile = j->n;
        j->task = BLOCK_ROWS * j->n;
        return;
    }
    j->stretches = divide_up(j->inner, STRETCH);
    if (j->runs) {
        j->columns = j->channels;
        j->rows = j->outer * j->stretches;
    } else {
        const size_t once = j->channels * j->inner;
        const size_t least = j->n < COLUMNS_FROM ? j->n : COLUMNS_FROM;
        j->columns = once < least ? divide_up(least, once) * once : once;
        j->rows = divide_up(j->n, j->columns);
    }
    size_t blocks = BLOCK_PAIRS / j->columns;
    blocks = blocks < 1 ? 1 : blocks > MOST_BLOCKS ? MOST_BLOCKS : blocks;
    j->block_rows = divide_up(j->rows, blocks);
    if (!j->runs)
        j->block_rows = divide_up(j->block_rows, BLOCK_ROWS) * BLOCK_ROWS;
    j->blocks = divide_up(j->rows, j->block_rows);

    const size_t widest = WIDEST_TILE;
    if (j->runs)
        j->tile = divide_up(j->columns, divide_up(TASKS, j->blocks));
    else
        j->tile = j->columns <= widest ? j->columns : widest - widest % j->inner;
    j->tile = j->tile < widest ? j->tile : widest;
    j->tiles = divide_up(j->columns, j->tile);
    j->task = j->block_rows * j->tile * (j->runs ? divide_up(j->inner, j->stretches) : 1);
}

/* ---- the sums ---------------------------------------------------------------------------- */

/* Each channel's pairs in order, those of all channels side by side: a chain of additions waits for
 * itself. */
void leakyc_channels_finish(const struct channels_job *j, double *high, double *low, size_t first,
                            size_t channels)
{
    const size_t together = j->runs ? 1 : j->inner;
    const size_t once = j->runs ? j->columns : j->channels * j->inner;
    for (size_t at = 0; at < j->columns; at += once)
        for (size_t i = at == 0; i < together; i++)
            if (together == 1)
                leakyc_sum_merge(high, low, high + at, low + at, channels);
            else
                for (size_t c = 0; c < channels * together; c += together)
                    leakyc_sum_merge(high + c, low + c, high + at + c + i, low + at + c + i, 1);
    for (size_t c = 0; c < channels; c++)
        leakyc_from_double(j->dtype, j->sums + (first + c) * j->itemsize,
                           leakyc_sum_value(high[c * together], low[c * together]));
}

static void merge_blocks(const struct channels_job *j)
{
    for (size_t block = 1; block < j->blocks; block++)
        leakyc_sum_merge(j->high, j->low, j->high + block * j->columns, j->low + block * j->columns,
                         j->columns);
    leakyc_channels_finish(j, j->high, j->low, 0, j->channels);
}

/* ---- a call ------------------------------------------------------------------------------ */

/* Tasks, counted in elements. */
static void piece(void *context, size_t begin, size_t end)
{
    const struct channels_job *j = context;
    const leakyc_fpenv env = leakyc_fpenv_enter();
    for (size_t task = begin / j->task; task < end / j->task; task++)
        leakyc_channels_task(j, task);
    if (j->stream)
        j->isa->fence();
    leakyc_fpenv_leave(env);
}

/* See words.h. In integers: a comparison of a signaling NaN would leave a flag. */
static double canonical(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits << 1 > (uint64_t)0x7ff << 53 ? (double)NAN : x;
}

/* 0, or -1 where there is no memory for the blocks' sums. */
static int run(struct channels_job *j, int threads)
{
    const size_t bytes = j->n * j->itemsize;
    if (j->n == 0) {
        if (j->sums)
            memset(j->sums, 0, j->channels * j->itemsize);
        return 0;
    }
    leakyc_channels_grid(j);
    j->f.slope = canonical(j->f.slope);
    j->f.gain = canonical(j->f.gain);
    j->constant = canonical(j->constant);
    const size_t touched = bytes * (j->b ? 3 : 2);
    j->stream = leakyc_streaming_pays(j->isa, j->out, bytes, j->a, j->b, touched);
    if (touched >= leakyc_last_level_cache())
        j->ahead = j->sums ? 1024 : 512; /* bench/targets: bias, bias-gradient; of 0 to 4096 */
    if (j->sums && j->blocks > 1) {
        j->high = malloc(2 * j->blocks * j->columns * sizeof *j->high);
        if (!j->high)
            return -1;
        j->low = j->high + j->blocks * j->columns;
    }
    leakyc_parallel(piece, j, j->blocks * j->tiles * j->task, 0, j->task,
                    leakyc_threads_or(threads, touched));
    if (j->high) {
        const leakyc_fpenv env = leakyc_fpenv_enter();
        merge_blocks(j);
        leakyc_fpenv_leave(env);
        free(j->high);
    }
    return 0;
}

/* Field by field: a struct that is copied waits for each of its narrow stores. */
static void begin(struct channels_job *j, const leakyc_isa *isa, const leakyc_channels *c, int op)
{
    j->isa = isa;
    j->kernels = &isa->of[c->dtype];
    j->dtype = c->dtype;
    j->itemsize = leakyc_itemsize(c->dtype);
    j->f.op = op, j->f.slope = c->slope, j->f.gain = c->gain, j->f.bound = c->clamp;
    j->n = c->outer * c->channels * c->inner;
    j->outer = c->outer, j->channels = c->channels, j->inner = c->inner;
    j->b = j->parameters = NULL;
    j->constant = 0;
    j->sums = NULL;
    j->high = j->low = NULL;
    j->stream = 0;
    j->ahead = 0;
}

void leakyc_bias(const leakyc_isa *isa, const leakyc_channels *c, void *out, const void *x,
                 const void *bias, int threads)
{
    struct channels_job j;
    begin(&j, isa, c, LEAKYC_BIAS);
    j.out = out, j.a = x, j.parameters = bias;
    run(&j, threads);
}

/* The bound as the result has it; NaN, which nothing exceeds, where that is infinite. Volatile,
 * else compilers round before the environment is entered. */
static double bound_of_result(leakyc_dtype dtype, double clamp)
{
    const volatile double exact = clamp;
    volatile double bound;
    uint64_t room;
    const leakyc_fpenv env = leakyc_fpenv_enter();
    leakyc_from_double(dtype, &room, dtype == LEAKYC_F64 ? exact : (float)exact);
    bound = leakyc_to_double(dtype, &room);
    leakyc_fpenv_leave(env);
    return isinf(bound) ? (double)NAN : bound;
}

int leakyc_bias_grad(const leakyc_isa *isa, const leakyc_channels *c, void *dx, void *dbias,
                     const void *grad, const void *y, int threads)
{
    struct channels_job j;
    begin(&j, isa, c, LEAKYC_BIAS_GRAD);
    j.out = dx, j.a = grad, j.b = y, j.sums = dbias;
    j.f.bound = bound_of_result(c->dtype, c->clamp);
    return run(&j, threads);
}

int leakyc_prelu_grad(const leakyc_isa *isa, const leakyc_channels *c, void *dx, void *dslope,
                      const void *grad, const void *x, const void *slopes, int threads)
{
    struct channels_job j;
    begin(&j, isa, c, LEAKYC_PRELU_GRAD);
    j.out = dx, j.a = grad, j.b = x, j.sums = dslope;
    j.parameters = slopes;
    j.constant = c->slope;
    return run(&j, threads);
}
