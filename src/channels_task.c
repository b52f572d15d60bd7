/* channels_task.c - one task: the rows of a block, the columns or runs of a tile (channels.h). */
#include "channels.h"
#include "reduce.h"
#include "scalar.h"

/* Where a task is, and its sums. */
struct task {
    const struct channels_job *job;
    size_t first_row, end_row, first, width; /* width columns from `first` on */
    struct leakyc_line *line;                /* NULL: not streamed; else `meeting` */
    struct leakyc_line meeting;
    _Alignas(64) double high[WIDEST_TILE + PAD];
    _Alignas(64) double low[WIDEST_TILE + PAD];
};

static const char *input(const char *array, size_t offset) { return array ? array + offset : NULL; }

/* ---- columns ----------------------------------------------------------------------------- */

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

/* The parameters of the tile's columns, in `room` where they do not lie side by side. The tile is
 * whole channels, and begins with the first one where it has any twice. */
static const char *column_parameters(const struct task *t, char *room)
{
    const struct channels_job *j = t->job;
    const size_t size = j->itemsize, group = j->inner * size, bytes = t->width * size;
    const char *const first = input(j->parameters, t->first / j->inner * size);
    if (!first || (j->inner == 1 && j->columns == j->channels))
        return first;
    const size_t once = j->channels * group < bytes ? j->channels * group : bytes;
    if (j->inner == 1)
        memcpy(room, first, once);
    for (size_t at = 0, i = 0; j->inner > 1 && at < once; at += group, i++)
        spread(room + at, first + i * size, size, j->inner);
    repeat(room, once, bytes);
    return room;
}

static void do_columns(struct task *t)
{
    const struct channels_job *j = t->job;
    _Alignas(64) double chain[WIDEST_TILE + PAD];
    char room[WIDEST_TILE * sizeof(double)];
    const char *const parameters = column_parameters(t, room);
    const size_t whole_rows = j->n / j->columns;
    const int chained =
        j->sums && j->dtype != LEAKYC_F64 &&
        t->end_row - t->first_row > LEAKYC_CHAIN; /* else one chain: the sum itself */
    double *const to_sums = chained ? chain : t->high;
    size_t in_chain = 0;
    if (chained)
        memset(chain, 0, (t->width + PAD) * sizeof *chain);
    for (size_t row = t->first_row; row < t->end_row;) {
        size_t rows = t->width == j->columns ? t->end_row - row : 1, n = t->width;
        rows = rows < LEAKYC_CHAIN - in_chain ? rows : LEAKYC_CHAIN - in_chain;
        if (row == whole_rows)
            n = j->n - row * j->columns;
        else if (row + rows > whole_rows)
            rows = whole_rows - row;
        const size_t at = row * j->columns + t->first, offset = at * j->itemsize;
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

/* ---- runs -------------------------------------------------------------------------------- */

static void do_run(struct task *t, size_t column, size_t at, size_t length)
{
    const struct channels_job *j = t->job;
    const size_t most = CHUNK_BYTES / j->itemsize;
    const double constant =
        j->parameters
            ? leakyc_to_double(j->dtype, j->parameters + (t->first + column) * j->itemsize)
            : j->constant;
    for (size_t done = 0; done < length; done += most) {
        const size_t n = length - done < most ? length - done : most;
        const size_t offset = (at + done) * j->itemsize;
        /* What is streamed cannot be read again, and an input may be overwritten: the sum comes
         * first, of what the call before asked for. */
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
    const struct channels_job *j = t->job;
    for (size_t row = t->first_row; row < t->end_row; row++) {
        const size_t image = row / j->stretches, begin = row % j->stretches * STRETCH;
        const size_t length = j->inner - begin < STRETCH ? j->inner - begin : STRETCH;
        for (size_t i = 0; i < t->width; i++)
            do_run(t, i, (image * j->channels + t->first + i) * j->inner + begin, length);
    }
}

/* ---- a task ------------------------------------------------------------------------------ */

void leakyc_channels_task(const struct channels_job *j, size_t task)
{
    const size_t block = task / j->tiles;
    struct task t; /* its sums are set where they are wanted, and as many as are */
    t.job = j;
    t.meeting.from = t.meeting.to = 0;
    t.meeting.at = NULL;
    t.line = j->stream ? &t.meeting : NULL;
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
    leakyc_line_flush(&t.meeting, j->kernels->stream_line);
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
