/* nd_run.c - one run of an n-dimensional call: as it lies, staged through L1, in tiles, or
 * streamed. */
#include "nd.h"
#include "scalar.h"

#include <string.h>

/* ---- runs that are staged -------------------------------------------------------------------- */

/* Elements staged at a time. With 128, float32 takes 1.3 to 1.7 times as long; 4096 are no faster
 * (bench: staged). */
enum { BLOCK = 1024 };

/* n <= BLOCK elements of operand k as contiguous ones: where they lie, or gathered. In all but the
 * `first` block of a run, an element that is repeated is in the buffer already. */
static const char *staged(const struct plan *p, int k, char *at, size_t n, char *buffer, int first)
{
    const ptrdiff_t stride = p->strides[k][p->ndim - 1];
    if (leakyc_nd_contiguous(p, k, at))
        return at;
    if (first || stride != 0)
        p->isa->gather(buffer, at, stride, n, (size_t)leakyc_nd_size(p, k), p->swapped[k]);
    return buffer;
}

/* A gate of bytes as elements, 1 or 0, for the kernel that takes a slope an element. */
static const char *staged_gates(const struct plan *p, const char *bools, size_t n, char *buffer)
{
    _Alignas(64) char ones[BLOCK * 8];
    char one[8];
    leakyc_from_double(p->dtype, one, 1);
    p->isa->gather(ones, one, 0, n, (size_t)p->itemsize, 0);
    p->kernels->leak_bools(buffer, (const uint8_t *)bools, ones, n, 0, 0);
    return buffer;
}

static double slope_at(const struct plan *p, const char *at)
{
    char native[8];
    if (!p->swapped[SLOPE])
        return leakyc_to_double(p->dtype, at);
    p->isa->gather(native, at, 0, 1, (size_t)p->itemsize, 1);
    return leakyc_to_double(p->dtype, native);
}

/* Dense rows that have one row of slopes. */
static void leak_each(const struct plan *p, void *out, const void *value, const void *gate,
                      const void *slopes, size_t rows, size_t n, struct leakyc_line *line)
{
    const struct leakyc_channel_op leak = {.op = LEAKYC_LEAK};
    const struct leakyc_parameters each = {.slopes = slopes};
    p->kernels->channels(&leak, &each, out, value, gate, rows, n, NULL, line,
                         line ? LEAKYC_PREFETCH_AHEAD : 0);
}

/* Block by block through L1, in order: each block is read before it is written. */
static void run_staged(const struct plan *p, char *const start[], size_t n, int each, double slope)
{
    _Alignas(LEAKYC_LINE) char buffer[OPERANDS][BLOCK * 8];
    char *at[OPERANDS];
    const int inner = p->ndim - 1;
    memcpy(at, start, sizeof at);
    for (int first = 1; n > 0; first = 0) {
        const size_t m = n < BLOCK ? n : BLOCK;
        const char *gate = staged(p, GATE, at[GATE], m, buffer[GATE], first);
        if (p->bools && each)
            gate = staged_gates(p, gate, m, buffer[OUT]);
        const char *value =
            p->forward ? gate : staged(p, VALUE, at[VALUE], m, buffer[VALUE], first);
        const int direct = leakyc_nd_contiguous(p, OUT, at[OUT]);
        char *out = direct ? at[OUT] : buffer[OUT];
        if (p->bools && !each)
            p->kernels->leak_bools(out, (const uint8_t *)gate, value, m, slope, 0);
        else if (each)
            leak_each(p, out, value, gate, staged(p, SLOPE, at[SLOPE], m, buffer[SLOPE], first), 1,
                      m, NULL);
        else
            p->kernels->leak(out, gate, value, m, slope, 0);
        if (!direct)
            p->isa->scatter(at[OUT], p->strides[OUT][inner], out, m, (size_t)p->itemsize,
                            p->swapped[OUT]);
        for (int k = 0; k < p->operands; k++)
            at[k] += (ptrdiff_t)m * p->strides[k][inner];
        n -= m;
    }
}

/* ---- rows as the kernels take them ------------------------------------------------------- */

static void run_direct(const struct plan *p, char *const start[], size_t rows, size_t n,
                       struct leakyc_line *line)
{
    const int inner = p->ndim - 1, outer = inner ? inner - 1 : 0;
    const ptrdiff_t gate_step = p->strides[GATE][inner] / p->itemsize;
    const ptrdiff_t value_step = p->strides[VALUE][inner] / p->itemsize;
    char *at[OPERANDS];
    memcpy(at, start, sizeof at);
    while (rows--) {
        p->kernels->leak_row(at[OUT], at[GATE], gate_step, at[VALUE], value_step, n,
                             p->operands == 4 ? slope_at(p, at[SLOPE]) : p->slope,
                             p->stream ? line : NULL);
        for (int k = 0; k < p->operands; k++)
            at[k] += p->strides[k][outer];
    }
}

/* Whether one gate serves a run of values, or the other way round: staged, it is a vector load. */
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
    leak_each(p, at[OUT], at[VALUE], at[GATE], at[SLOPE], rows, n, p->stream ? line : NULL);
}

/* The same of a gate of bytes, some rows at a time. */
static void run_bool_columns(const struct plan *p, char *const at[], size_t rows, size_t n)
{
    _Alignas(64) char gates[BLOCK * 8];
    const size_t at_once = BLOCK / n, size = (size_t)p->itemsize;
    for (size_t done = 0; done < rows; done += at_once) {
        const size_t m = rows - done < at_once ? rows - done : at_once;
        staged_gates(p, at[GATE] + done * n, m * n, gates);
        leak_each(p, at[OUT] + done * n * size, at[VALUE] + done * n * size, gates, at[SLOPE], m, n,
                  NULL);
    }
}

void leakyc_nd_run(const struct plan *p, char *const start[], size_t rows, size_t n,
                   struct leakyc_line *line)
{
    const int inner = p->ndim - 1;
    if (p->columns && !p->bools) {
        run_columns(p, start, rows, n, line);
        return;
    }
    if (p->columns && n <= BLOCK) {
        run_bool_columns(p, start, rows, n);
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
    _Alignas(LEAKYC_LINE) char buffer[2][TILE_BYTES];
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
