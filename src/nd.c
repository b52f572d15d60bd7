/* nd.c - the n-dimensional driver: walks over the rows of a plan, in parallel. */
#include "fpenv.h"
#include "nd.h"
#include "threads/parallel.h"

#include <string.h>

/* Where a thread is: the first element of a row in each operand. */
struct position {
    char *at[OPERANDS];
    size_t index[LEAKYC_MAXDIMS];
};

static void go_to(const struct plan *p, struct position *here, size_t row)
{
    memcpy(here->at, p->data, sizeof here->at);
    for (int d = p->ndim - 2; d >= 0; d--) {
        here->index[d] = row % p->shape[d];
        row /= p->shape[d];
        for (int k = 0; k < p->operands; k++)
            here->at[k] += (ptrdiff_t)here->index[d] * p->strides[k][d];
    }
}

/* `rows` stay within the last outer dimension. */
static void advance(const struct plan *p, struct position *here, size_t rows)
{
    for (int d = p->ndim - 2; d >= 0; d--, rows = 1) {
        for (int k = 0; k < p->operands; k++)
            here->at[k] += (ptrdiff_t)rows * p->strides[k][d];
        here->index[d] += rows;
        if (here->index[d] < p->shape[d])
            return;
        here->index[d] = 0;
        for (int k = 0; k < p->operands; k++)
            here->at[k] -= (ptrdiff_t)p->shape[d] * p->strides[k][d];
    }
}

/* Elements begin to end of the whole, in the plan's order; whole rows where it is tiled. */
static void piece(void *context, size_t begin, size_t end)
{
    const struct plan *p = context;
    const int inner = p->ndim - 1;
    const size_t length = p->shape[inner];
    size_t column = begin % length;
    struct position here;
    go_to(p, &here, begin / length);

    struct leakyc_line line;
    leakyc_line_begin(&line, p->isa->stream_line);
    const leakyc_fpenv env = leakyc_fpenv_enter();
    while (begin < end) {
        size_t rows = inner ? p->shape[inner - 1] - here.index[inner - 1] : 1, n = length - column;
        rows = rows < (end - begin) / length ? rows : (end - begin) / length;
        if (column || !rows) { /* a part of a row */
            rows = 1;
            n = n < end - begin ? n : end - begin;
        }
        if (p->tiled) {
            rows = rows < TILE_ROWS ? rows : TILE_ROWS;
            leakyc_nd_run_tiles(p, here.at, rows);
        } else {
            char *from[OPERANDS];
            for (int k = 0; k < p->operands; k++)
                from[k] = here.at[k] + (ptrdiff_t)column * p->strides[k][inner];
            leakyc_nd_run(p, from, rows, n, &line);
        }
        begin += rows * n;
        column = 0;
        advance(p, &here, rows);
    }
    leakyc_line_flush(&line);
    if (p->stream)
        p->isa->fence();
    leakyc_fpenv_leave(env);
}

/* Rows that a thread takes at a time: those of a tile, or fewer, so that each thread gets some
 * shares where there are rows for that. Without, 64 rows are one thread's (bench: tiles). */
enum { SHARES = 4 };

static size_t tile_unit(size_t rows, int threads)
{
    size_t unit = TILE_ROWS;
    while (unit > TILE_ROWS_FROM && rows / unit < SHARES * (size_t)threads)
        unit /= 2;
    return unit;
}

void leakyc_leak_nd(const leakyc_isa *isa, const leakyc_call *call, int threads)
{
    struct plan p;
    int ordered;
    const size_t elements = leakyc_nd_plan(&p, isa, call, &ordered);
    if (elements == 0)
        return;
    const size_t length = p.shape[p.ndim - 1];
    threads = ordered ? 1 : leakyc_threads_or(threads, p.touched);
    const size_t unit = p.tiled ? length * tile_unit(elements / length, threads) : LEAKYC_LINE;
    leakyc_parallel(piece, &p, elements, 0, unit, threads);
}
