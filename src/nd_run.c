/* nd_run.c - one run of an n-dimensional call: as it lies, staged through L1, in tiles, or
 * streamed. */
#include "nd.h"
#include "scalar.h"

#include <string.h>

/* Elements staged at a time where a run is not contiguous: three buffers stay in L1. */
enum { BLOCK = 1024 };

/* n <= BLOCK elements of operand k as contiguous ones: where they lie, or gathered. In all but the
 * `first` block of a run, an element that is repeated is in the buffer already. */
static const char *staged(const struct plan *p, int k, char *at, size_t n, char *buffer, int first)
{
    const ptrdiff_t stride = p->strides[k][p->ndim - 1];
    if (leakyc_nd_contiguous(p, k, at))
        return at;
    if (first || stride != 0)
        p->kernels->gather(buffer, at, stride, n, p->swapped[k]);
    return buffer;
}

/* The same of a gate of bytes. */
static const uint8_t *staged_bools(const struct plan *p, const char *at, size_t n, char *buffer)
{
    const ptrdiff_t stride = p->strides[GATE][p->ndim - 1];
    if (stride == 1)
        return (const uint8_t *)at;
    for (size_t i = 0; i < n; i++)
        buffer[i] = at[(ptrdiff_t)i * stride];
    return (const uint8_t *)buffer;
}

static double slope_at(const struct plan *p, const char *at)
{
    uint64_t room;
    if (!p->swapped[SLOPE])
        return leakyc_to_double(p->dtype, at);
    p->kernels->gather(&room, at, p->itemsize, 1, 1);
    return leakyc_to_double(p->dtype, &room);
}

static const struct leakyc_channel_op leak = {.op = LEAKYC_LEAK};

/* Block by block through L1, in order: each block is read before it is written. */
static void run_staged(const struct plan *p, char *const start[], size_t n, int each, double slope)
{
    _Alignas(64) char buffer[OPERANDS][BLOCK * 8];
    char *at[OPERANDS];
    const int inner = p->ndim - 1;
    memcpy(at, start, sizeof at);
    for (int first = 1; n > 0; first = 0) {
        const size_t m = n < BLOCK ? n : BLOCK;
        const char *gate = p->bools ? NULL : staged(p, GATE, at[GATE], m, buffer[GATE], first);
        const char *value =
            p->forward ? gate : staged(p, VALUE, at[VALUE], m, buffer[VALUE], first);
        const int direct = leakyc_nd_contiguous(p, OUT, at[OUT]);
        char *out = direct ? at[OUT] : buffer[OUT];
        if (p->bools)
            p->kernels->leak_bools(out, staged_bools(p, at[GATE], m, buffer[GATE]), value, m, slope,
                                   0);
        else if (each)
            p->kernels->channels(&leak, out, value, gate,
                                 staged(p, SLOPE, at[SLOPE], m, buffer[SLOPE], first), 0, 1, m,
                                 NULL, NULL, NULL, 0);
        else
            p->kernels->leak(out, gate, value, m, slope, 0);
        if (!direct)
            p->kernels->scatter(at[OUT], p->strides[OUT][inner], out, m, p->swapped[OUT]);
        for (int k = 0; k < p->operands; k++)
            at[k] += (ptrdiff_t)m * p->strides[k][inner];
        n -= m;
    }
}

/* ---- rows as the kernels take them ------------------------------------------------------- */

/* A row, or a part of one: where it is, how far its elements lie apart. */
struct row {
    char *out;
    const char *gate, *value;
    ptrdiff_t gate_step, value_step;
    double slope;
};

/* Elements begin to end of a row. */
static void do_row(const struct plan *p, const struct row *r, char *out, size_t begin, size_t end,
                   int stream)
{
    const ptrdiff_t from = (ptrdiff_t)begin * p->itemsize;
    p->kernels->leak_row(out, r->gate + from * r->gate_step, r->gate_step,
                         r->value + from * r->value_step, r->value_step, end - begin, r->slope,
                         stream);
}

/* Elements begin to end of a row, which share their line with others. */
static void share(const struct plan *p, struct leakyc_line *line, const struct row *r, size_t begin,
                  size_t end)
{
    const size_t size = (size_t)p->itemsize;
    if (begin < end)
        do_row(p, r,
               leakyc_line_room(line, r->out + begin * size, (end - begin) * size,
                                p->kernels->stream_line),
               begin, end, 0);
}

/* Whole lines past the cache; those that it shares with other rows one by one. The last line is
 * done so too where a kernel might read beyond it. */
static void stream_row(const struct plan *p, const struct row *r, size_t n,
                       struct leakyc_line *line)
{
    const size_t size = (size_t)p->itemsize, in_line = 64 / size;
    const size_t to_line = -(uintptr_t)r->out % 64 / size;
    const size_t head = to_line < n ? to_line : n, tail = (n - head) % in_line;
    size_t lines = n - head - tail;
    if (lines && !tail && r->gate_step == 2)
        lines -= in_line;
    share(p, line, r, 0, head);
    if (lines)
        do_row(p, r, r->out + head * size, head, head + lines, 1);
    share(p, line, r, head + lines, n);
}

static void run_direct(const struct plan *p, char *const at[], size_t rows, size_t n,
                       struct leakyc_line *line)
{
    const int inner = p->ndim - 1, outer = inner ? inner - 1 : 0;
    struct row r = {at[OUT],
                    at[GATE],
                    at[VALUE],
                    p->strides[GATE][inner] / p->itemsize,
                    p->strides[VALUE][inner] / p->itemsize,
                    p->slope};
    const char *slope = p->operands == 4 ? at[SLOPE] : NULL;
    for (; rows--; r.out += p->strides[OUT][outer]) {
        if (slope)
            r.slope = slope_at(p, slope);
        if (p->stream)
            stream_row(p, &r, n, line);
        else
            do_row(p, &r, r.out, 0, n, 0);
        r.gate += p->strides[GATE][outer];
        r.value += p->strides[VALUE][outer];
        if (slope)
            slope += p->strides[SLOPE][outer];
    }
}

/* One gate for a run of values, or the other way round: staged, it is loaded once, as vectors. */
static int repeats(const struct plan *p)
{
    const int inner = p->ndim - 1;
    return !p->forward && (p->strides[GATE][inner] == 0 || p->strides[VALUE][inner] == 0);
}

/* Whether the kernels take rows that begin at `at`. */
static int direct(const struct plan *p, char *const at[])
{
    return !p->bools && !repeats(p) && leakyc_nd_contiguous(p, OUT, at[OUT]) &&
           leakyc_nd_steps(p, GATE, at[GATE]) && leakyc_nd_steps(p, VALUE, at[VALUE]);
}

static void run_columns(const struct plan *p, char *const at[], size_t rows, size_t n,
                        struct leakyc_line *line)
{
    p->kernels->channels(&leak, at[OUT], at[VALUE], at[GATE], at[SLOPE], 0, rows, n, NULL, NULL,
                         p->stream ? line : NULL, p->stream ? 512 : 0);
}

void leakyc_nd_run(const struct plan *p, char *const start[], size_t rows, size_t n,
                   struct leakyc_line *line)
{
    const int inner = p->ndim - 1;
    if (p->columns) {
        run_columns(p, start, rows, n, line);
        return;
    }
    const int each = p->operands == 4 && p->strides[SLOPE][inner] != 0;
    if (p->in_step && !each && direct(p, start)) {
        run_direct(p, start, rows, n, line);
        return;
    }
    char *at[OPERANDS];
    memcpy(at, start, sizeof at);
    while (rows--) {
        if (each || !direct(p, at))
            run_staged(p, at, n, each,
                       p->operands == 4 && !each ? slope_at(p, at[SLOPE]) : p->slope);
        else
            run_direct(p, at, 1, n, line);
        for (int k = 0; inner && k < p->operands; k++)
            at[k] += p->strides[k][inner - 1];
    }
}

/* ---- tiles: an input that is contiguous along another dimension than `out` --------------- */

static size_t tile_columns(const struct plan *p)
{
    return TILE_BYTES / TILE_ROWS / (size_t)p->itemsize;
}

/* The first of `rows` rows of operand k from column j on; `*pitch` bytes from row to row. */
static const char *tile(const struct plan *p, int k, char *const at[], size_t rows, size_t j,
                        size_t columns, char *buffer, ptrdiff_t *pitch)
{
    const int inner = p->ndim - 1;
    const char *from = at[k] + (ptrdiff_t)j * p->strides[k][inner];
    *pitch = p->strides[k][inner - 1];
    if (p->strides[k][inner] == p->itemsize)
        return from;
    *pitch = TILE_BYTES / TILE_ROWS;
    p->kernels->transpose(buffer, tile_columns(p), from, p->strides[k][inner], rows, columns);
    return buffer;
}

void leakyc_nd_run_tiles(const struct plan *p, char *const at[], size_t rows)
{
    _Alignas(64) char buffer[2][TILE_BYTES];
    const int inner = p->ndim - 1;
    const size_t most = tile_columns(p);
    for (size_t j = 0, m; j < p->shape[inner]; j += m) {
        const size_t left = p->shape[inner] - j;
        ptrdiff_t gate_pitch, value_pitch;
        m = left < most ? left : most;
        const char *gate = tile(p, GATE, at, rows, j, m, buffer[0], &gate_pitch);
        const char *value = gate;
        value_pitch = gate_pitch;
        if (!p->forward)
            value = tile(p, VALUE, at, rows, j, m, buffer[1], &value_pitch);
        for (ptrdiff_t i = 0; i < (ptrdiff_t)rows; i++) {
            char *out = at[OUT] + i * p->strides[OUT][inner - 1] + (ptrdiff_t)j * p->itemsize;
            const double slope = p->operands == 4
                                     ? slope_at(p, at[SLOPE] + i * p->strides[SLOPE][inner - 1])
                                     : p->slope;
            p->kernels->leak(out, gate + i * gate_pitch, value + i * value_pitch, m, slope, 0);
        }
    }
}
