/* nd_plan.c - plans an n-dimensional call: merges and orders its dimensions, chooses how to do the
 * rows. */
#include "nd.h"
#include "streaming.h"

#include <string.h>

static void swap_dims(struct plan *p, int a, int b)
{
    const size_t extent = p->shape[a];
    p->shape[a] = p->shape[b];
    p->shape[b] = extent;
    for (int k = 0; k < p->operands; k++) {
        const ptrdiff_t stride = p->strides[k][a];
        p->strides[k][a] = p->strides[k][b];
        p->strides[k][b] = stride;
    }
}

static size_t magnitude(ptrdiff_t stride) { return (size_t)(stride < 0 ? -stride : stride); }

/* Makes all strides of `out` positive, the smallest innermost. */
static void order_by_out(struct plan *p)
{
    for (int d = 0; d < p->ndim; d++)
        if (p->strides[OUT][d] < 0)
            for (int k = 0; k < p->operands; k++) {
                p->data[k] += (ptrdiff_t)(p->shape[d] - 1) * p->strides[k][d];
                p->strides[k][d] = -p->strides[k][d];
            }
    for (int d = 1; d < p->ndim; d++)
        for (int e = d; e > 0 && p->strides[OUT][e] > p->strides[OUT][e - 1]; e--)
            swap_dims(p, e, e - 1);
}

/* Merges dimensions that are one run in every operand. */
static void coalesce(struct plan *p)
{
    int last = 0;
    for (int d = 1; d < p->ndim; d++) {
        int joins = 1;
        for (int k = 0; k < p->operands; k++)
            joins &= p->strides[k][last] == p->strides[k][d] * (ptrdiff_t)p->shape[d];
        if (joins) {
            p->shape[last] *= p->shape[d];
        } else {
            last++;
            p->shape[last] = p->shape[d];
        }
        for (int k = 0; k < p->operands; k++)
            p->strides[k][last] = p->strides[k][d];
    }
    p->ndim = last + 1;
}

/* Takes the call's operands, without dimensions of length 1, whose strides mean nothing. Returns
 * the number of elements. */
static size_t take_call(struct plan *p, const leakyc_call *call)
{
    const leakyc_operand *const operand[] = {&call->out, &call->gate, &call->value, &call->slope};
    size_t elements = 1;
    p->operands = call->slope.data ? 4 : 3;
    for (int k = 0; k < p->operands; k++) {
        p->data[k] = operand[k]->data;
        p->swapped[k] = operand[k]->swapped;
    }
    p->ndim = 0;
    for (int d = 0; d < call->ndim; d++) {
        elements *= call->shape[d];
        if (call->shape[d] == 1)
            continue;
        p->shape[p->ndim] = call->shape[d];
        for (int k = 0; k < p->operands; k++)
            p->strides[k][p->ndim] = operand[k]->strides[d];
        p->ndim++;
    }
    if (p->ndim == 0) {
        p->ndim = 1;
        p->shape[0] = 1;
        for (int k = 0; k < p->operands; k++)
            p->strides[k][0] = leakyc_nd_size(p, k);
    }
    return elements;
}

/* The bytes that operand k touches: from *low up to, not including, *high. */
static void extent(const struct plan *p, int k, uintptr_t *low, uintptr_t *high)
{
    *low = (uintptr_t)p->data[k];
    *high = *low + (size_t)leakyc_nd_size(p, k);
    for (int d = 0; d < p->ndim; d++) {
        const size_t span = (p->shape[d] - 1) * magnitude(p->strides[k][d]);
        if (p->strides[k][d] < 0)
            *low -= span;
        else
            *high += span;
    }
}

static int same_strides(const struct plan *p, int a, int b)
{
    return memcmp(p->strides[a], p->strides[b], sizeof **p->strides * (size_t)p->ndim) == 0;
}

enum overlap { APART, IN_PLACE, MIXED };

static enum overlap overlap_of(const struct plan *p)
{
    enum overlap worst = APART;
    uintptr_t out_low, out_high, low, high;
    extent(p, OUT, &out_low, &out_high);
    for (int k = GATE; k < p->operands; k++) {
        extent(p, k, &low, &high);
        if (high <= out_low || out_high <= low)
            continue;
        if (p->data[k] != p->data[OUT] || !same_strides(p, k, OUT))
            return MIXED;
        worst = IN_PLACE;
    }
    return worst;
}

int leakyc_nd_contiguous(const struct plan *p, int k, const char *at)
{
    const ptrdiff_t size = leakyc_nd_size(p, k);
    return p->strides[k][p->ndim - 1] == size && !p->swapped[k] &&
           (uintptr_t)at % (size_t)size == 0;
}

int leakyc_nd_steps(const struct plan *p, int k, const char *at)
{
    return p->strides[k][p->ndim - 1] % p->itemsize == 0 && !p->swapped[k] &&
           (uintptr_t)at % (size_t)p->itemsize == 0;
}

static int lies_across(const struct plan *p, int k, int d)
{
    const int inner = p->ndim - 1;
    return p->strides[k][d] == p->itemsize && p->strides[k][inner] != p->itemsize &&
           leakyc_nd_steps(p, k, p->data[k]);
}

/* Finds the dimension for tiles and moves it next to the run. */
static void plan_tiles(struct plan *p)
{
    const int inner = p->ndim - 1;
    const int each = p->operands == 4 && p->strides[SLOPE][inner] != 0;
    if (each || p->bools || !leakyc_nd_contiguous(p, OUT, p->data[OUT]))
        return;
    for (int d = 0; d < inner; d++) {
        int gate = lies_across(p, GATE, d), value = lies_across(p, VALUE, d);
        gate |= leakyc_nd_contiguous(p, GATE, p->data[GATE]) && value;
        value |= leakyc_nd_contiguous(p, VALUE, p->data[VALUE]) && gate;
        if (!gate || !value || !p->in_step || p->shape[d] < TILE_ROWS_FROM)
            continue;
        for (int e = d; e < inner - 1; e++)
            swap_dims(p, e, e + 1);
        p->tiled = 1;
        return;
    }
}

/* Bytes of the cache lines that a run of operand k lies in. Those of tiles serve the rows beside.
 */
static size_t lines_of(const struct plan *p, int k)
{
    const size_t size = (size_t)leakyc_nd_size(p, k), n = p->shape[p->ndim - 1];
    const size_t step = p->tiled ? size : magnitude(p->strides[k][p->ndim - 1]);
    return n * (step < LEAKYC_LINE ? step : LEAKYC_LINE);
}

static size_t bytes_touched(const struct plan *p, size_t elements)
{
    size_t bytes = 0;
    for (int k = OUT; k < p->operands; k++)
        bytes += k == VALUE && p->forward ? 0 : lines_of(p, k);
    return elements / p->shape[p->ndim - 1] * bytes;
}

/* Runs of fewer bytes are not streamed. With 64, those of 64 to 512 bytes take 1.1 to 2.8 times as
 * long; with 65536, those of 1 KB and more 1.4 to 1.6 times (bench: short-rows). */
enum { STREAM_FROM_RUN = 1024 };

/* Besides what streaming.h asks for, long runs, and an `out` that they fill without a gap: a cache
 * line that is streamed in part costs more than the others gain (bench: short-rows). */
static int should_stream(const struct plan *p)
{
    const int inner = p->ndim - 1;
    if (lines_of(p, OUT) < STREAM_FROM_RUN || !leakyc_leaves_cache(p->isa, p->touched))
        return 0;
    for (int k = GATE; k <= VALUE; k++)
        if (!(p->forward ? leakyc_nd_steps : leakyc_nd_contiguous)(p, k, p->data[k]))
            return 0;
    for (int d = 0; d < inner; d++)
        if (p->strides[OUT][d] != p->strides[OUT][d + 1] * (ptrdiff_t)p->shape[d + 1])
            return 0;
    return p->in_step && leakyc_nd_contiguous(p, OUT, p->data[OUT]) &&
           (p->operands == 3 || p->strides[SLOPE][inner] == 0 || p->columns);
}

/* Whether the rows of `out`, gate and value begin whole elements apart. */
static int in_step(const struct plan *p)
{
    for (int d = 0; d < p->ndim - 1; d++)
        for (int k = OUT; k <= VALUE; k++)
            if (p->strides[k][d] % p->itemsize)
                return 0;
    return 1;
}

static int has_columns(const struct plan *p)
{
    if (p->operands != 4 || p->ndim != 2 || p->strides[SLOPE][0] != 0)
        return 0;
    for (int k = 0; k < p->operands; k++) {
        if (!leakyc_nd_contiguous(p, k, p->data[k]))
            return 0;
        if (k != SLOPE && p->strides[k][0] != (ptrdiff_t)p->shape[1] * leakyc_nd_size(p, k))
            return 0;
    }
    return 1;
}

size_t leakyc_nd_plan(struct plan *p, const leakyc_isa *isa, const leakyc_call *call, int *ordered)
{
    p->dtype = call->dtype;
    p->isa = isa;
    p->kernels = &isa->of[call->dtype];
    p->itemsize = (ptrdiff_t)leakyc_itemsize(call->dtype);
    p->slope = call->scalar_slope;
    p->bools = call->bools;
    p->stream = p->tiled = p->in_step = p->columns = 0;
    const size_t elements = take_call(p, call);
    if (elements == 0)
        return 0;
    const enum overlap overlap = overlap_of(p);
    *ordered = overlap == MIXED;
    if (!*ordered)
        order_by_out(p);
    coalesce(p);
    p->forward = !p->bools && p->data[GATE] == p->data[VALUE] &&
                 p->swapped[GATE] == p->swapped[VALUE] && same_strides(p, GATE, VALUE);
    p->in_step = in_step(p);
    p->columns = !*ordered && has_columns(p);
    if (overlap == APART)
        plan_tiles(p);
    p->touched = bytes_touched(p, elements);
    p->stream = overlap == APART && !p->bools && !p->tiled && should_stream(p);
    return elements;
}
