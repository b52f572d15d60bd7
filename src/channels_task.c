/* channels_task.c - one task: the rows of a block, the columns or runs of a tile (channels.h). */
#include "channels.h"
#include "reduce.h"
#include "scalar.h"

/* Where a task is, and its sums. */
struct task {
    const struct channels_job *job;
    struct leakyc_stage *stage;
    size_t first_row, end_row, first, width; /* width columns from `first` on */
    double high[WIDEST_TILE + PAD], low[WIDEST_TILE + PAD];
};

static const char *input(const char *array, size_t offset) { return array ? array + offset : NULL; }

/* Computes `rows` rows of n elements at `at` (an element's index), and leaves what they sum to with
 * sum(); the sums of products come first, since the inputs may be overwritten. */
#define CHUNK(at, parameters, constant, rows, n, SUM)                                              \
    do {                                                                                           \
        const size_t offset = (at) * j->itemsize;                                                  \
        const char *const a = j->a + offset, *const b = input(j->b, offset);                       \
        char *const to =                                                                           \
            t->stage ? leakyc_stage_room(t->stage, j->out + offset) : j->out + offset;             \
        if (j->products)                                                                           \
            SUM(a, b);                                                                             \
        j->kernels->channels(&j->f, to, a, b, parameters, constant, rows, n, j->far);              \
        if (j->sums && !j->products)                                                               \
            SUM(to, NULL);                                                                         \
        if (t->stage)                                                                              \
            leakyc_stage_send(t->stage, (rows) * (n) * j->itemsize);                               \
    } while (0)

/* ---- columns --------------------------------------------------------------------------------- */

/* The parameters of the tile's columns, in `room` where they do not lie side by side. */
static const char *column_parameters(const struct task *t, char *room)
{
    const struct channels_job *j = t->job;
    if (!j->parameters || (j->inner == 1 && j->columns == j->channels))
        return input(j->parameters, t->first * j->itemsize);
    for (size_t i = 0; i < t->width; i++) {
        const size_t channel = (t->first + i) / j->inner % j->channels;
        memcpy(room + i * j->itemsize, j->parameters + channel * j->itemsize, j->itemsize);
    }
    return room;
}

static void do_columns(struct task *t)
{
    const struct channels_job *j = t->job;
    double chain[WIDEST_TILE + PAD];
    char room[LEAKYC_STAGE_BYTES];
    const char *const parameters = column_parameters(t, room);
    const size_t whole_rows = j->n / j->columns;
    const size_t most = LEAKYC_STAGE_BYTES / j->itemsize / t->width;
    const int chained = j->sums && j->dtype != LEAKYC_F64;
    double *const to_sums = chained ? chain : t->high;
    size_t in_chain = 0;
    if (chained)
        memset(chain, 0, (t->width + PAD) * sizeof *chain);
    for (size_t row = t->first_row; row < t->end_row;) {
        size_t rows = t->width == j->columns ? most : 1, n = t->width;
        rows = rows < t->end_row - row ? rows : t->end_row - row;
        rows = rows < LEAKYC_CHAIN - in_chain ? rows : LEAKYC_CHAIN - in_chain;
        if (row == whole_rows)
            n = j->n - row * j->columns;
        else if (row + rows > whole_rows)
            rows = whole_rows - row;
#define SUM(a, b) j->kernels->sum_columns(to_sums, t->low, a, b, rows, n)
        CHUNK(row * j->columns + t->first, parameters, j->constant, rows, n, SUM);
#undef SUM
        row += rows;
        in_chain = (in_chain + rows) % LEAKYC_CHAIN;
        if (chained && in_chain == 0)
            leakyc_sum_fold(t->high, t->low, chain, t->width);
    }
    if (chained && in_chain)
        leakyc_sum_fold(t->high, t->low, chain, t->width);
}

/* ---- runs ------------------------------------------------------------------------------------ */

static void do_run(struct task *t, size_t column, size_t at, size_t length)
{
    const struct channels_job *j = t->job;
    const size_t most = LEAKYC_STAGE_BYTES / j->itemsize;
    const double constant =
        j->parameters
            ? leakyc_to_double(j->dtype, j->parameters + (t->first + column) * j->itemsize)
            : j->constant;
    for (size_t done = 0; done < length; done += most) {
        const size_t n = length - done < most ? length - done : most;
#define SUM(a, b) j->kernels->sum_run(&t->high[column], &t->low[column], a, b, n)
        CHUNK(at + done, NULL, constant, (size_t)1, n, SUM);
#undef SUM
    }
}

static void do_runs(struct task *t)
{
    const struct channels_job *j = t->job;
    for (size_t row = t->first_row; row < t->end_row; row++) {
        const size_t image = row / j->stretches, begin = row % j->stretches * STRETCH;
        const size_t length = j->inner - begin < STRETCH ? j->inner - begin : STRETCH;
        for (size_t i = 0; i < t->width; i++)
            do_run(t, i, (image * j->channels + t->first + i) * j->inner + begin, length);
    }
}

/* ---- a task ---------------------------------------------------------------------------------- */

void leakyc_channels_task(const struct channels_job *j, size_t task, struct leakyc_stage *stage)
{
    const size_t block = task / j->tiles;
    struct task t; /* its sums are set where they are wanted, and as many as are */
    t.job = j, t.stage = stage;
    t.first_row = block * j->block_rows;
    t.end_row = t.first_row + j->block_rows < j->rows ? t.first_row + j->block_rows : j->rows;
    t.first = task % j->tiles * j->tile;
    t.width = j->columns - t.first < j->tile ? j->columns - t.first : j->tile;
    if (j->sums) {
        memset(t.high, 0, (t.width + PAD) * sizeof *t.high);
        memset(t.low, 0, (t.width + PAD) * sizeof *t.low);
    }
    if (j->runs)
        do_runs(&t);
    else
        do_columns(&t);
    if (j->sums && j->high) {
        const size_t to = block * j->columns + t.first;
        memcpy(j->high + to, t.high, t.width * sizeof *t.high);
        memcpy(j->low + to, t.low, t.width * sizeof *t.low);
    } else if (j->sums) {
        const size_t columns = j->runs ? 1 : j->inner;
        const size_t most = t.width / columns, left = j->channels - t.first / columns;
        leakyc_channels_finish(j, t.high, t.low, t.first / columns, most < left ? most : left);
    }
}
