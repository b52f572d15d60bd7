/* channels.c - operations with a parameter a channel, and sums over a channel: bias and slope. */
#include "channels_grid.h"
#include "fpenv.h"
#include "kernels.h"
#include "reduce.h"
#include "scalar.h"
#include "streaming.h"
#include "threads/parallel.h"

#include <stdlib.h>

enum {
    PAD = 32,          /* doubles behind a tile's sums that a kernel may write */
    CHUNK_BYTES = 2048 /* of a run at a time: summed in L1, which then holds the next, too
                        * (bench: runs-gradient; best of 1 KB to 16 KB) */
};

struct job {
    const struct leakyc_isa *isa;
    const struct leakyc_kernels *kernels;
    leakyc_dtype dtype;
    size_t itemsize;
    struct leakyc_channel_op f;
    char *out;
    const char *a, *b;      /* b is NULL where the operation has none */
    const char *parameters; /* one a channel; NULL where all have `constant` */
    double constant;
    char *sums; /* one a channel; NULL where none are wanted */
    int stream;
    size_t ahead; /* bytes to prefetch ahead; 0 where the caches hold all */
    struct channels_grid grid;
    double *high, *low; /* blocks x columns; NULL where there is one block */
};

/* Where a task is, and the sums of its columns. */
struct task {
    const struct job *job;
    size_t first_row, end_row, first, width; /* width columns from `first` on */
    struct leakyc_line *line;                /* NULL: not streamed; else `meeting` */
    struct leakyc_line meeting;
    _Alignas(LEAKYC_LINE) double high[WIDEST_TILE + PAD];
    _Alignas(LEAKYC_LINE) double low[WIDEST_TILE + PAD];
};

static const char *input(const char *array, size_t offset) { return array ? array + offset : NULL; }

/* ---- rows of elements ------------------------------------------------------------------------ */

/* Fills `total` bytes with copies of the first `bytes`. */
static void repeat(char *p, size_t bytes, size_t total)
{
    for (size_t done = bytes; done < total; done *= 2)
        memcpy(p + done, p, done < total - done ? done : total - done);
}

/* n copies of an element of 2, 4 or 8 bytes. */
static void spread(char *to, const char *element, size_t size, size_t n)
{
    for (size_t i = 0; i < n; i++, to += size)
        if (size == 2)
            memcpy(to, element, 2);
        else
            memcpy(to, element, size == 4 ? 4 : 8);
}

/* The parameters of the tile's columns, in `scratch` where they do not lie side by side. A tile
 * begins with the first channel where it has any twice. */
static const char *column_parameters(const struct task *t, char *scratch)
{
    const struct job *j = t->job;
    const struct channels_grid *g = &j->grid;
    const size_t size = j->itemsize, group = g->inner * size, bytes = t->width * size;
    const char *const first = input(j->parameters, t->first / g->inner * size);
    if (!first || (g->inner == 1 && g->columns == g->channels))
        return first;
    const size_t once = g->channels * group < bytes ? g->channels * group : bytes;
    if (g->inner == 1)
        memcpy(scratch, first, once);
    for (size_t at = 0, i = 0; g->inner > 1 && at < once; at += group, i++)
        spread(scratch + at, first + i * size, size, g->inner);
    repeat(scratch, once, bytes);
    return scratch;
}

static void do_elements(struct task *t)
{
    const struct job *j = t->job;
    const struct channels_grid *g = &j->grid;
    _Alignas(LEAKYC_LINE) double chain[WIDEST_TILE + PAD];
    char scratch[WIDEST_TILE * sizeof(double)];
    const char *const parameters = column_parameters(t, scratch);
    const size_t whole_rows = g->n / g->columns;
    const int chained =
        j->sums && j->dtype != LEAKYC_F64 &&
        t->end_row - t->first_row > LEAKYC_CHAIN; /* else one chain: the sum itself */
    double *const to_sums = chained ? chain : t->high;
    size_t in_chain = 0;
    if (chained)
        memset(chain, 0, (t->width + PAD) * sizeof *chain);
    for (size_t row = t->first_row; row < t->end_row;) {
        size_t rows = t->width == g->columns ? t->end_row - row : 1, n = t->width;
        rows = rows < LEAKYC_CHAIN - in_chain ? rows : LEAKYC_CHAIN - in_chain;
        if (row == whole_rows)
            n = g->n - row * g->columns;
        else if (row + rows > whole_rows)
            rows = whole_rows - row;
        const size_t offset = (row * g->columns + t->first) * j->itemsize;
        j->kernels->channels(&j->f, j->out + offset, j->a + offset, input(j->b, offset), parameters,
                             j->constant, rows, n, j->sums ? to_sums : NULL, t->low, t->line,
                             j->ahead);
        row += rows;
        in_chain = (in_chain + rows) % LEAKYC_CHAIN;
        if (chained && in_chain == 0)
            leakyc_sum_fold(t->high, t->low, chain, t->width);
    }
    if (chained && in_chain)
        leakyc_sum_fold(t->high, t->low, chain, t->width);
}

/* ---- rows of runs ---------------------------------------------------------------------------- */

static void do_run(struct task *t, size_t column, size_t at, size_t length)
{
    const struct job *j = t->job;
    const size_t most = CHUNK_BYTES / j->itemsize;
    const double constant =
        j->parameters
            ? leakyc_to_double(j->dtype, j->parameters + (t->first + column) * j->itemsize)
            : j->constant;
    for (size_t done = 0; done < length; done += most) {
        const size_t n = length - done < most ? length - done : most;
        const size_t offset = (at + done) * j->itemsize;
        /* Summed before it is written: `out` may be an input, and what is streamed would come back
         * from memory. The chunk before has prefetched this one. */
        if (j->sums)
            j->kernels->sum_run(&j->f, &t->high[column], &t->low[column], j->a + offset,
                                j->b + offset, n);
        j->kernels->channels(&j->f, j->out + offset, j->a + offset, input(j->b, offset), NULL,
                             constant, 1, n, NULL, NULL, t->line,
                             j->ahead && j->sums ? CHUNK_BYTES : j->ahead);
    }
}

static void do_runs(struct task *t)
{
    const struct channels_grid *g = &t->job->grid;
    for (size_t row = t->first_row; row < t->end_row; row++) {
        const size_t image = row / g->stretches, begin = row % g->stretches * STRETCH;
        const size_t length = g->inner - begin < STRETCH ? g->inner - begin : STRETCH;
        for (size_t i = 0; i < t->width; i++)
            do_run(t, i, (image * g->channels + t->first + i) * g->inner + begin, length);
    }
}

/* ---- sums ------------------------------------------------------------------------------------ */

/* The sums of the channels from `first` on, from the pairs of their columns, which are used up.
 * Each channel's pairs in order, those of all channels side by side: a chain of additions waits for
 * itself. */
static void finish_sums(const struct job *j, double *high, double *low, size_t first,
                        size_t channels)
{
    const struct channels_grid *g = &j->grid;
    const size_t together = g->runs ? 1 : g->inner;
    const size_t once = g->runs ? g->columns : g->channels * g->inner;
    for (size_t at = 0; at < g->columns; at += once)
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

/* What a task has summed: to its block, or, where there is only one, to the end. */
static void keep_sums(struct task *t, size_t block)
{
    const struct job *j = t->job;
    const struct channels_grid *g = &j->grid;
    if (j->high) {
        const size_t to = block * g->columns + t->first;
        memcpy(j->high + to, t->high, t->width * sizeof *t->high);
        memcpy(j->low + to, t->low, t->width * sizeof *t->low);
        return;
    }
    const size_t columns = g->runs ? 1 : g->inner; /* of a channel */
    const size_t most = t->width / columns, left = g->channels - t->first / columns;
    finish_sums(j, t->high, t->low, t->first / columns, most < left ? most : left);
}

static void merge_blocks(const struct job *j)
{
    const size_t columns = j->grid.columns;
    for (size_t block = 1; block < j->grid.blocks; block++)
        leakyc_sum_merge(j->high, j->low, j->high + block * columns, j->low + block * columns,
                         columns);
    finish_sums(j, j->high, j->low, 0, j->grid.channels);
}

/* ---- a call ---------------------------------------------------------------------------------- */

static void do_task(const struct job *j, size_t task)
{
    const struct channels_grid *g = &j->grid;
    const size_t block = task / g->tiles, rows_left = g->rows - block * g->block_rows;
    struct task t; /* its sums are set where they are wanted, and as many as are */
    t.job = j;
    leakyc_line_begin(&t.meeting, j->isa->stream_line);
    t.line = j->stream ? &t.meeting : NULL;
    t.first_row = block * g->block_rows;
    t.end_row = t.first_row + (rows_left < g->block_rows ? rows_left : g->block_rows);
    t.first = task % g->tiles * g->tile;
    t.width = g->columns - t.first < g->tile ? g->columns - t.first : g->tile;
    if (j->sums) {
        memset(t.high, 0, (t.width + PAD) * sizeof *t.high);
        memset(t.low, 0, (t.width + PAD) * sizeof *t.low);
    }
    if (g->runs)
        do_runs(&t);
    else
        do_elements(&t);
    leakyc_line_flush(&t.meeting);
    if (j->sums)
        keep_sums(&t, block);
}

/* Tasks, counted in elements. */
static void piece(void *context, size_t begin, size_t end)
{
    const struct job *j = context;
    const leakyc_fpenv env = leakyc_fpenv_enter();
    for (size_t task = begin / j->grid.task; task < end / j->grid.task; task++)
        do_task(j, task);
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
static int run(struct job *j, const leakyc_channels *c, int threads)
{
    struct channels_grid *g = &j->grid;
    const size_t n = c->outer * c->channels * c->inner, bytes = n * j->itemsize;
    if (n == 0) {
        if (j->sums)
            memset(j->sums, 0, c->channels * j->itemsize);
        return 0;
    }
    leakyc_channels_grid(g, c->outer, c->channels, c->inner);
    j->f.slope = canonical(j->f.slope);
    j->f.gain = canonical(j->f.gain);
    j->constant = canonical(j->constant);
    const size_t touched = bytes * (j->b ? 3 : 2);
    j->stream = leakyc_streaming_pays(j->isa, j->out, bytes, j->a, j->b, touched);
    if (touched >= leakyc_last_level_cache())
        j->ahead = j->sums ? 1024 : 512; /* bench: bias, bias-gradient; of 0 to 4096 */
    if (j->sums && g->blocks > 1) {
        j->high = malloc(2 * g->blocks * g->columns * sizeof *j->high);
        if (!j->high)
            return -1;
        j->low = j->high + g->blocks * g->columns;
    }
    leakyc_parallel(piece, j, g->blocks * g->tiles * g->task, 0, g->task,
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
static void begin(struct job *j, const leakyc_isa *isa, const leakyc_channels *c, int op)
{
    j->isa = isa;
    j->kernels = &isa->of[c->dtype];
    j->dtype = c->dtype;
    j->itemsize = leakyc_itemsize(c->dtype);
    j->f.op = op, j->f.slope = c->slope, j->f.gain = c->gain, j->f.bound = c->clamp;
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
    struct job j;
    begin(&j, isa, c, LEAKYC_BIAS);
    j.out = out, j.a = x, j.parameters = bias;
    run(&j, c, threads);
}

/* The bound as the result has it; NaN, which nothing exceeds, where that is infinite. Volatile,
 * else compilers round before the environment is entered. */
static double bound_of_result(leakyc_dtype dtype, double clamp)
{
    const volatile double exact = clamp;
    volatile double bound;
    uint64_t element;
    const leakyc_fpenv env = leakyc_fpenv_enter();
    leakyc_from_double(dtype, &element, dtype == LEAKYC_F64 ? exact : (float)exact);
    bound = leakyc_to_double(dtype, &element);
    leakyc_fpenv_leave(env);
    return isinf(bound) ? (double)NAN : bound;
}

int leakyc_bias_grad(const leakyc_isa *isa, const leakyc_channels *c, void *dx, void *dbias,
                     const void *grad, const void *y, int threads)
{
    struct job j;
    begin(&j, isa, c, LEAKYC_BIAS_GRAD);
    j.out = dx, j.a = grad, j.b = y, j.sums = dbias;
    j.f.bound = bound_of_result(c->dtype, c->clamp);
    return run(&j, c, threads);
}

int leakyc_prelu_grad(const leakyc_isa *isa, const leakyc_channels *c, void *dx, void *dslope,
                      const void *grad, const void *x, const void *slopes, int threads)
{
    struct job j;
    begin(&j, isa, c, LEAKYC_LEAK);
    j.out = dx, j.a = grad, j.b = x, j.sums = dslope;
    j.parameters = slopes;
    j.constant = c->slope;
    return run(&j, c, threads);
}
