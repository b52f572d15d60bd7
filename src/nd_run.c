/* nd_run.c - one run of an n-dimensional call: as it lies, staged through L1, in tiles, streamed. */
#include "half.h"
#include "nd.h"

#include <string.h>

/* Elements staged at a time where a run is not contiguous: three buffers stay in L1. */
enum { BLOCK = 1024 };

/* n <= BLOCK elements of operand k as contiguous ones: where they lie, or gathered. */
static const char *staged(const struct plan *p, int k, char *at, size_t n, char *buffer)
{
    if (leakyc_nd_contiguous(p, k, at))
        return at;
    p->kernels->gather(buffer, at, p->strides[k][p->ndim - 1], n, p->swapped[k]);
    return buffer;
}

static double slope_at(const struct plan *p, const char *at)
{
    union {
        float f32;
        double f64;
        uint16_t half;
    } x;
    p->kernels->gather(&x, at, p->itemsize, 1, p->swapped[SLOPE]);
    switch (p->dtype) {
    case LEAKYC_F32:
        return (double)x.f32;
    case LEAKYC_F16:
        return (double)float_from_f16(x.half);
    case LEAKYC_BF16:
        return (double)float_from_bf16(x.half);
    default:
        return x.f64;
    }
}

/* Block by block through L1, in order: each block is read before it is written. */
static void run_staged(const struct plan *p, char *const start[], size_t n, int each, double slope)
{
    _Alignas(64) char buffer[OPERANDS][BLOCK * 8];
    char *at[OPERANDS];
    const int inner = p->ndim - 1;
    memcpy(at, start, sizeof at);
    while (n > 0) {
        const size_t m = n < BLOCK ? n : BLOCK;
        const char *gate = staged(p, GATE, at[GATE], m, buffer[GATE]);
        const char *value = p->forward ? gate : staged(p, VALUE, at[VALUE], m, buffer[VALUE]);
        const int direct = leakyc_nd_contiguous(p, OUT, at[OUT]);
        char *out = direct ? at[OUT] : buffer[OUT];
        if (each)
            p->kernels->leak_each(out, gate, value,
                                  staged(p, SLOPE, at[SLOPE], m, buffer[SLOPE]), m);
        else
            p->kernels->leak(out, gate, value, m, slope, 0);
        if (!direct)
            p->kernels->scatter(at[OUT], p->strides[OUT][inner], out, m, p->swapped[OUT]);
        for (int k = 0; k < p->operands; k++)
            at[k] += (ptrdiff_t)m * p->strides[k][inner];
        n -= m;
    }
}

/* ---- streaming: whole lines, also where two rows meet in one ----------------------------------- */

void leakyc_nd_flush(const struct plan *p, struct line *line)
{
    const size_t part = line->to - line->from;
    if (part == sizeof line->bytes)
        p->kernels->stream_line(line->at, line->bytes);
    else if (part)
        memcpy(line->at + line->from, line->bytes + line->from, part);
    line->from = line->to = 0;
}

/* Computes n elements into the line that `out` lies in. */
static void fill(const struct plan *p, struct line *line, char *out, const char *gate,
                 const char *value, size_t n, double slope)
{
    const size_t offset = (uintptr_t)out % sizeof line->bytes;
    if (offset != line->to || out - offset != line->at) {
        leakyc_nd_flush(p, line);
        line->at = out - offset;
        line->from = offset;
    }
    p->kernels->leak(line->bytes + offset, gate, value, n, slope, 0);
    line->to = offset + n * (size_t)p->itemsize;
    if (line->to == sizeof line->bytes)
        leakyc_nd_flush(p, line);
}

static void run_contiguous(const struct plan *p, char *const at[], size_t n, double slope,
                           struct line *line)
{
    if (!p->stream) {
        p->kernels->leak(at[OUT], at[GATE], at[VALUE], n, slope, 0);
        return;
    }
    const size_t size = (size_t)p->itemsize, in_line = sizeof line->bytes / size;
    const size_t to_line = -(uintptr_t)at[OUT] % sizeof line->bytes / size;
    const size_t head = to_line < n ? to_line : n;
    const size_t tail = (n - head) % in_line, middle = n - head - tail;
    const size_t second = head * size, third = (head + middle) * size;
    if (head)
        fill(p, line, at[OUT], at[GATE], at[VALUE], head, slope);
    if (middle)
        p->kernels->leak(at[OUT] + second, at[GATE] + second, at[VALUE] + second, middle, slope, 1);
    if (tail)
        fill(p, line, at[OUT] + third, at[GATE] + third, at[VALUE] + third, tail, slope);
}

void leakyc_nd_run(const struct plan *p, char *const at[], size_t n, struct line *line)
{
    const int inner = p->ndim - 1;
    const int each = p->operands == 4 && p->strides[SLOPE][inner] != 0;
    const double slope = p->operands == 4 && !each ? slope_at(p, at[SLOPE]) : p->slope;
    if (each || !leakyc_nd_contiguous(p, OUT, at[OUT]) || !leakyc_nd_steps(p, GATE, at[GATE]) ||
        !leakyc_nd_steps(p, VALUE, at[VALUE]))
        run_staged(p, at, n, each, slope);
    else if (leakyc_nd_contiguous(p, GATE, at[GATE]) && leakyc_nd_contiguous(p, VALUE, at[VALUE]))
        run_contiguous(p, at, n, slope, line);
    else
        p->kernels->leak_strided(at[OUT], at[GATE], p->strides[GATE][inner] / p->itemsize,
                                 at[VALUE], p->strides[VALUE][inner] / p->itemsize, n, slope);
}

/* ---- tiles: an input that is contiguous along another dimension than `out` ------------------- */

enum { TILE_COLUMNS = 64 };

/* The first of `rows` rows of operand k from column j on; `*pitch` bytes from row to row. */
static const char *tile(const struct plan *p, int k, char *const at[], size_t rows, size_t j,
                        size_t columns, char *buffer, ptrdiff_t *pitch)
{
    const int inner = p->ndim - 1;
    const char *from = at[k] + (ptrdiff_t)j * p->strides[k][inner];
    *pitch = p->strides[k][inner - 1];
    if (p->strides[k][inner] == p->itemsize)
        return from;
    *pitch = TILE_COLUMNS * p->itemsize;
    p->kernels->transpose(buffer, TILE_COLUMNS, from, p->strides[k][inner], rows, columns);
    return buffer;
}

void leakyc_nd_run_tiles(const struct plan *p, char *const at[], size_t rows)
{
    _Alignas(64) char buffer[2][TILE_ROWS * TILE_COLUMNS * 8];
    const int inner = p->ndim - 1;
    for (size_t j = 0, m; j < p->shape[inner]; j += m) {
        const size_t left = p->shape[inner] - j;
        ptrdiff_t gate_pitch, value_pitch;
        m = left < TILE_COLUMNS ? left : TILE_COLUMNS;
        const char *gate = tile(p, GATE, at, rows, j, m, buffer[0], &gate_pitch);
        const char *value = gate;
        value_pitch = gate_pitch;
        if (!p->forward)
            value = tile(p, VALUE, at, rows, j, m, buffer[1], &value_pitch);
        for (ptrdiff_t i = 0; i < (ptrdiff_t)rows; i++) {
            char *out = at[OUT] + i * p->strides[OUT][inner - 1] + (ptrdiff_t)j * p->itemsize;
            const double slope =
                p->operands == 4 ? slope_at(p, at[SLOPE] + i * p->strides[SLOPE][inner - 1])
                                 : p->slope;
            p->kernels->leak(out, gate + i * gate_pitch, value + i * value_pitch, m, slope, 0);
        }
    }
}
