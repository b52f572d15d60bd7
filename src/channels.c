/* channels.c - operations with a parameter a channel, and sums over a channel: bias and slope. */
#include "channels_sums.h"
#include "fpenv.h"
#include "kernels.h"
#include "streaming.h"
#include "threads/parallel.h"

enum {
    PAD = 32,                      /* doubles behind a tile's sums that a kernel may write */
    CHUNK_BYTES = 2048,            /* of a run at a time: in L1 on its way through scratch memory
                                    * (bench: runs-gradient; best of 1 KB to 16 KB) */
    SECOND = WIDEST_TILE / 2 + PAD /* where the second sums of a tile's columns begin */
};

struct job {
    const struct leakyc_isa *isa;
    const struct leakyc_kernels *kernels;
    leakyc_dtype dtype;
    size_t itemsize;
    struct leakyc_channel_op f;
    char *out;
    const char *a, *b;           /* b is NULL where the operation has none */
    const char *biases, *slopes; /* one a channel; NULL where one is of all */
    double bias, slope;
    int terms; /* how many sums an element has a part in */
    struct channels_sums sums[LEAKYC_SUMMED];
    int stream;
    size_t ahead; /* bytes to prefetch ahead; 0 where the caches hold all */
    struct channels_grid grid;
};

/* Where a task is, and the sums of its columns. */
struct task {
    const struct job *job;
    size_t first_row, end_row, first, width; /* width columns from `first` on */
    struct leakyc_line *line;                /* NULL: not streamed; else `meeting` */
    struct leakyc_line meeting;
    struct leakyc_sums sums; /* in the arrays below */
    char *pending;           /* where a chunk goes that is in scratch memory; NULL for none */
    size_t pending_n;
    int pending_in; /* which of both */
    _Alignas(LEAKYC_LINE) char scratch[2][CHUNK_BYTES];
    _Alignas(LEAKYC_LINE) double high[WIDEST_TILE + 2 * PAD];
    _Alignas(LEAKYC_LINE) double low[WIDEST_TILE + 2 * PAD];
};

/* Where a tile's sums lie in arrays of that size: the wanted ones one after the other. */
static struct leakyc_sums place(const struct job *j, double *high, double *low)
{
    struct leakyc_sums s;
    const int second = j->terms == 2 ? SECOND : 0;
    s.high[LEAKYC_RESULTS] = high;
    s.high[LEAKYC_PRODUCTS] = high + second;
    s.low[LEAKYC_RESULTS] = low;
    s.low[LEAKYC_PRODUCTS] = low + second;
    return s;
}

static void set_to_zero(const struct job *j, double *sums, size_t width)
{
    memset(sums, 0, (width + PAD) * sizeof *sums);
    if (j->terms == 2)
        memset(sums + SECOND, 0, (width + PAD) * sizeof *sums);
}

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

/* Whether the parameters are used where they lie: in the order of the columns, and for one row. */
static int in_place(const struct task *t)
{
    const struct channels_grid *g = &t->job->grid;
    return g->inner == 1 && g->columns == g->channels && t->end_row - t->first_row == 1;
}

/* The parameters of the tile's columns, of those of the channels: in `scratch`, padded by zeros, or
 * in place. A tile begins with the first channel where it has any twice. */
static const char *of_columns(const struct task *t, const char *of_channels, char *scratch)
{
    const struct job *j = t->job;
    const struct channels_grid *g = &j->grid;
    const size_t size = j->itemsize, group = g->inner * size, bytes = t->width * size;
    const char *const first = input(of_channels, t->first / g->inner * size);
    if (!first || in_place(t))
        return first;
    const size_t once = g->channels * group < bytes ? g->channels * group : bytes;
    if (g->inner == 1)
        memcpy(scratch, first, once);
    for (size_t at = 0, i = 0; g->inner > 1 && at < once; at += group, i++)
        spread(scratch + at, first + i * size, size, g->inner);
    repeat(scratch, once, bytes);
    memset(scratch + bytes, 0, LEAKYC_PADDING);
    return scratch;
}

/* A chain of each sum goes to its pair. */
static void fold(const struct task *t, double *chain)
{
    leakyc_sum_fold(t->sums.high[0], t->sums.low[0], chain, t->width);
    if (t->job->terms == 2)
        leakyc_sum_fold(t->sums.high[1], t->sums.low[1], chain + SECOND, t->width);
}

/* Rows, of which the first n columns are whole. */
static size_t rows_at_once(const struct task *t, size_t row, size_t *n)
{
    const struct channels_grid *g = &t->job->grid;
    const size_t whole = g->n / g->columns;
    size_t rows = t->width == g->columns ? t->end_row - row : 1;
    *n = row == whole ? g->n - row * g->columns : t->width;
    return row < whole && row + rows > whole ? whole - row : rows;
}

static void do_elements(struct task *t)
{
    const struct job *j = t->job;
    _Alignas(LEAKYC_LINE) double chain[WIDEST_TILE + 2 * PAD];
    _Alignas(LEAKYC_LINE) char scratch[2][WIDEST_TILE * sizeof(double) + LEAKYC_PADDING];
    const struct leakyc_parameters p = {of_columns(t, j->biases, scratch[0]),
                                        of_columns(t, j->slopes, scratch[1]), j->bias, j->slope,
                                        !in_place(t)};
    const int chained =
        j->terms && j->dtype != LEAKYC_F64 &&
        t->end_row - t->first_row > LEAKYC_CHAIN; /* else one chain: the sum itself */
    const struct leakyc_sums sums = chained ? place(j, chain, t->low) : t->sums;
    size_t in_chain = 0;
    if (chained)
        set_to_zero(j, chain, t->width);
    for (size_t row = t->first_row; row < t->end_row;) {
        size_t n, rows = rows_at_once(t, row, &n);
        rows = rows < LEAKYC_CHAIN - in_chain ? rows : LEAKYC_CHAIN - in_chain;
        const size_t offset = (row * j->grid.columns + t->first) * j->itemsize;
        j->kernels->channels(&j->f, &p, j->out + offset, j->a + offset, input(j->b, offset), rows,
                             n, j->terms ? &sums : NULL, t->line, j->ahead);
        row += rows;
        in_chain = (in_chain + rows) % LEAKYC_CHAIN;
        if (chained && in_chain == 0)
            fold(t, chain);
    }
    if (chained && in_chain)
        fold(t, chain);
}

/* ---- rows of runs ---------------------------------------------------------------------------- */

static double of_channel(const struct job *j, const char *of_channels, double of_all,
                         size_t channel)
{
    return of_channels ? leakyc_to_double(j->dtype, of_channels + channel * j->itemsize) : of_all;
}

/* Streams the chunk that is pending, if any. It is passed on only after the next one is made: what
 * was just stored would be loaded behind all that is streamed before it. */
static void pass_on(struct task *t)
{
    const struct job *j = t->job;
    const char *const scratch = t->scratch[t->pending_in];
    const struct leakyc_channel_op leak = {LEAKYC_LEAK, 1, 0};
    const struct leakyc_parameters one = {.slope = 1};
    if (t->pending)
        j->kernels->channels(&leak, &one, t->pending, scratch, scratch, 1, t->pending_n, NULL,
                             t->line, 0);
    t->pending = NULL;
}

static int is_summed(const struct job *j, int what) { return j->terms == 2 || j->sums[what].to; }

static void do_run(struct task *t, size_t column, size_t at, size_t length)
{
    const struct job *j = t->job;
    const size_t most = CHUNK_BYTES / j->itemsize, channel = t->first + column;
    const struct leakyc_parameters p = {.bias = of_channel(j, j->biases, j->bias, channel),
                                        .slope = of_channel(j, j->slopes, j->slope, channel)};
    double high[LEAKYC_SUMMED][LEAKYC_SUM_LANES], low[LEAKYC_SUMMED][LEAKYC_SUM_LANES];
    const struct leakyc_sums lanes = {{high[0], high[1]}, {low[0], low[1]}};
    for (int what = 0; what < LEAKYC_SUMMED; what++)
        for (size_t lane = 0; is_summed(j, what) && lane < LEAKYC_SUM_LANES; lane++)
            high[what][lane] = low[what][lane] = 0;
    for (size_t done = 0; done < length; done += most) {
        const size_t n = length - done < most ? length - done : most;
        const size_t offset = (at + done) * j->itemsize;
        char *const out = j->out + offset;
        if (!j->terms) {
            j->kernels->channels(&j->f, &p, out, j->a + offset, NULL, 1, n, NULL, t->line,
                                 j->ahead);
            continue;
        }
        /* Whole lines are streamed as they are made. */
        const int whole = ((uintptr_t)out | n * j->itemsize) % LEAKYC_LINE == 0;
        const int direct = whole || !t->line;
        char *const to = direct ? out : t->scratch[!t->pending_in];
        j->kernels->summed_run(&j->f, &p, to, j->a + offset, j->b + offset, n, &lanes,
                               t->line && whole, j->ahead);
        if (direct)
            continue;
        pass_on(t);
        t->pending = out, t->pending_n = n, t->pending_in = !t->pending_in;
    }
    for (int what = 0; what < LEAKYC_SUMMED; what++)
        if (is_summed(j, what)) {
            leakyc_sum_lanes(high[what], low[what]);
            leakyc_sum_merge(&t->sums.high[what][column], &t->sums.low[what][column], high[what],
                             low[what], 1);
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
    pass_on(t);
}

/* ---- a call ---------------------------------------------------------------------------------- */

/* Its sums are set where they are wanted, and as many as are. */
static void begin_task(struct task *t, const struct job *j, size_t task)
{
    const struct channels_grid *g = &j->grid;
    const size_t block = task / g->tiles, rows_left = g->rows - block * g->block_rows;
    t->job = j;
    leakyc_line_begin(&t->meeting, j->isa->stream_line);
    t->line = j->stream ? &t->meeting : NULL;
    t->first_row = block * g->block_rows;
    t->end_row = t->first_row + (rows_left < g->block_rows ? rows_left : g->block_rows);
    t->first = task % g->tiles * g->tile;
    t->width = g->columns - t->first < g->tile ? g->columns - t->first : g->tile;
    t->sums = place(j, t->high, t->low);
    t->pending = NULL;
    t->pending_in = 0;
    if (j->terms) {
        set_to_zero(j, t->high, t->width);
        set_to_zero(j, t->low, t->width);
    }
}

static void do_task(const struct job *j, size_t task)
{
    const struct channels_grid *g = &j->grid;
    struct task t;
    begin_task(&t, j, task);
    if (g->runs)
        do_runs(&t);
    else
        do_elements(&t);
    leakyc_line_flush(&t.meeting);
    for (int what = 0; what < LEAKYC_SUMMED; what++)
        if (j->sums[what].to)
            leakyc_channels_keep(&j->sums[what], g, j->dtype, task, t.sums.high[what],
                                 t.sums.low[what]);
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

/* 0, or -1 where there is no memory for the blocks' sums. */
static int run(struct job *j, const leakyc_channels *c, int threads)
{
    struct channels_grid *g = &j->grid;
    const size_t n = c->outer * c->channels * c->inner, bytes = n * j->itemsize;
    double *pairs;
    if (n == 0) {
        for (int what = 0; what < LEAKYC_SUMMED; what++)
            if (j->sums[what].to)
                memset(j->sums[what].to, 0, (j->sums[what].shared ? 1 : c->channels) * j->itemsize);
        return 0;
    }
    leakyc_channels_grid(g, c->outer, c->channels, c->inner, j->terms ? (size_t)j->terms : 1);
    const size_t touched = bytes * (j->b ? 3 : 2);
    j->stream = leakyc_streaming_pays(j->isa, j->out, bytes, j->a, j->b, touched);
    if (touched >= leakyc_last_level_cache())
        j->ahead = LEAKYC_PREFETCH_AHEAD / (j->b ? 2 : 1);
    if (leakyc_channels_pairs(j->sums, LEAKYC_SUMMED, g, &pairs) != 0)
        return -1;
    leakyc_parallel(piece, j, g->blocks * g->tiles * g->task, 0, g->task,
                    leakyc_threads_or(threads, touched));
    if (pairs) {
        const leakyc_fpenv env = leakyc_fpenv_enter();
        for (int what = 0; what < LEAKYC_SUMMED; what++)
            leakyc_channels_finish(&j->sums[what], g, j->dtype);
        leakyc_fpenv_leave(env);
        free(pairs);
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
    j->f.op = op, j->f.gain = c->gain, j->f.bound = c->clamp;
    j->b = j->biases = j->slopes = NULL;
    j->bias = -0.0; /* which changes nothing */
    j->slope = c->slope;
    j->terms = 0;
    for (int what = 0; what < LEAKYC_SUMMED; what++) {
        j->sums[what].to = NULL;
        j->sums[what].shared = 0;
        j->sums[what].high = j->sums[what].low = NULL;
    }
    j->stream = 0;
    j->ahead = 0;
}

void leakyc_bias_prelu(const leakyc_isa *isa, const leakyc_channels *c, void *out, const void *x,
                       const void *bias, const void *slopes, int threads)
{
    struct job j;
    begin(&j, isa, c, LEAKYC_BIAS);
    j.out = out, j.a = x, j.biases = bias, j.slopes = slopes;
    run(&j, c, threads);
}

void leakyc_bias(const leakyc_isa *isa, const leakyc_channels *c, void *out, const void *x,
                 const void *bias, int threads)
{
    leakyc_bias_prelu(isa, c, out, x, bias, NULL, threads);
}

/* The least number of the compute type that is rounded to this element of 16 bits, or to more: half
 * way from the one below, or the next number, where half way goes to that. */
static double least_rounded_to(leakyc_dtype dtype, uint16_t element)
{
    float (*const widen)(uint16_t) = dtype == LEAKYC_F16 ? float_from_f16 : float_from_bf16;
    const float half_way =
        (float)(((double)widen(element) + (double)widen((uint16_t)(element - 1))) / 2);
    return element % 2 == 0 ? half_way : float_of_bits(bits_of_float(half_way) + 1);
}

/* The bound as the result has it; NaN, which nothing exceeds, where that is infinite. For results
 * that are not yet rounded, what they must reach to be rounded to it. Volatile, else compilers
 * round before the environment is entered. */
static double bound_of_result(leakyc_dtype dtype, double clamp, int rounded)
{
    const volatile double exact = clamp;
    volatile double bound;
    uint64_t element;
    uint16_t half;
    const leakyc_fpenv env = leakyc_fpenv_enter();
    leakyc_from_double(dtype, &element, dtype == LEAKYC_F64 ? exact : (float)exact);
    bound = leakyc_to_double(dtype, &element);
    memcpy(&half, &element, sizeof half);
    if (!rounded && leakyc_itemsize(dtype) == sizeof half && half != 0 && !isinf(bound))
        bound = least_rounded_to(dtype, half);
    leakyc_fpenv_leave(env);
    return isinf(bound) ? (double)NAN : bound;
}

int leakyc_bias_grad(const leakyc_isa *isa, const leakyc_channels *c, void *dx, void *dbias,
                     const void *grad, const void *y, int threads)
{
    struct job j;
    begin(&j, isa, c, LEAKYC_BIAS_GRAD);
    j.out = dx, j.a = grad, j.b = y;
    j.terms = 1, j.sums[LEAKYC_RESULTS].to = dbias;
    j.f.bound = bound_of_result(c->dtype, c->clamp, 1);
    return run(&j, c, threads);
}

int leakyc_prelu_grad(const leakyc_isa *isa, const leakyc_channels *c, void *dx, void *dslope,
                      const void *grad, const void *x, const void *slopes, int threads)
{
    struct job j;
    begin(&j, isa, c, LEAKYC_LEAK);
    j.out = dx, j.a = grad, j.b = x, j.slopes = slopes;
    j.terms = 1, j.sums[LEAKYC_PRODUCTS].to = dslope;
    return run(&j, c, threads);
}

int leakyc_bias_prelu_grad(const leakyc_isa *isa, const leakyc_channels *c, void *dx, void *dbias,
                           void *dslope, const void *grad, const void *x, const void *bias,
                           const void *slopes, int threads)
{
    struct job j;
    begin(&j, isa, c, LEAKYC_BIAS_PRELU_GRAD);
    j.out = dx, j.a = grad, j.b = x, j.biases = bias, j.slopes = slopes;
    j.terms = 2;
    j.sums[LEAKYC_RESULTS].to = dbias;
    j.sums[LEAKYC_PRODUCTS].to = dslope;
    j.sums[LEAKYC_PRODUCTS].shared = !slopes;
    j.f.bound = bound_of_result(c->dtype, c->clamp, 0);
    if (j.f.bound == j.f.bound)
        j.f.op = LEAKYC_CLIPPED_GRAD;
    return run(&j, c, threads);
}
