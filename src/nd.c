/* nd.c - the n-dimensional driver: fewer dimensions, longest runs, rows over the threads. */
#include "fpenv.h"
#include "half.h"
#include "kernels.h"
#include "parallel.h"

#include <string.h>

enum { OUT, GATE, VALUE, SLOPE, OPERANDS };

/* Elements staged at a time where a run is not contiguous: three buffers stay in L1. */
enum { BLOCK = 1024 };

struct plan {
    leakyc_dtype dtype;
    const struct leakyc_kernels *kernels;
    ptrdiff_t itemsize;
    int ndim; /* the last dimension is the run */
    size_t shape[LEAKYC_MAXDIMS];
    char *data[OPERANDS];
    ptrdiff_t strides[OPERANDS][LEAKYC_MAXDIMS];
    int swapped[OPERANDS];
    int operands; /* 3, or 4 with a slope an element */
    int forward;  /* gate is value */
    double slope;
    int stream;
};

/* ---- the plan ------------------------------------------------------------------------------ */

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

/* Goes through `out` upwards, its smallest stride innermost. */
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
            p->strides[k][0] = p->itemsize;
    }
    return elements;
}

/* The bytes that operand k touches: from *low up to, not including, *high. */
static void extent(const struct plan *p, int k, uintptr_t *low, uintptr_t *high)
{
    *low = (uintptr_t)p->data[k];
    *high = *low + (size_t)p->itemsize;
    for (int d = 0; d < p->ndim; d++) {
        const size_t span = (p->shape[d] - 1) * magnitude(p->strides[k][d]);
        if (p->strides[k][d] < 0)
            *low -= span;
        else
            *high += span;
    }
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
        const size_t bytes = sizeof **p->strides * (size_t)p->ndim;
        if (p->data[k] != p->data[OUT] || memcmp(p->strides[k], p->strides[OUT], bytes) != 0)
            return MIXED;
        worst = IN_PLACE;
    }
    return worst;
}

/* ---- one run -------------------------------------------------------------------------------- */

static int contiguous(const struct plan *p, int k, const char *at)
{
    return p->strides[k][p->ndim - 1] == p->itemsize && !p->swapped[k] &&
           (uintptr_t)at % (size_t)p->itemsize == 0;
}

/* n <= BLOCK elements of operand k as contiguous ones: where they lie, or gathered. */
static const char *staged(const struct plan *p, int k, char *at, size_t n, char *buffer)
{
    if (contiguous(p, k, at))
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

static void run_contiguous(const struct plan *p, char *const at[], size_t n, double slope)
{
    p->kernels->leak(at[OUT], at[GATE], at[VALUE], n, slope, p->stream);
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
        const int direct = contiguous(p, OUT, at[OUT]);
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

static void run(const struct plan *p, char *const at[], size_t n)
{
    const int each = p->operands == 4 && p->strides[SLOPE][p->ndim - 1] != 0;
    const double slope = p->operands == 4 && !each ? slope_at(p, at[SLOPE]) : p->slope;
    if (!each && contiguous(p, OUT, at[OUT]) && contiguous(p, GATE, at[GATE]) &&
        contiguous(p, VALUE, at[VALUE]))
        run_contiguous(p, at, n, slope);
    else
        run_staged(p, at, n, each, slope);
}

/* Elements begin to end of the whole, in the plan's order. */
static void piece(void *context, size_t begin, size_t end)
{
    const struct plan *p = context;
    const int inner = p->ndim - 1;
    const size_t length = p->shape[inner];
    size_t index[LEAKYC_MAXDIMS], row = begin / length, column = begin % length;
    char *at[OPERANDS];
    memcpy(at, p->data, sizeof at);
    for (int d = inner - 1; d >= 0; d--) {
        index[d] = row % p->shape[d];
        row /= p->shape[d];
        for (int k = 0; k < p->operands; k++)
            at[k] += (ptrdiff_t)index[d] * p->strides[k][d];
    }

    const leakyc_fpenv env = leakyc_fpenv_enter();
    while (begin < end) {
        const size_t n = length - column < end - begin ? length - column : end - begin;
        char *from[OPERANDS];
        for (int k = 0; k < p->operands; k++)
            from[k] = at[k] + (ptrdiff_t)column * p->strides[k][inner];
        run(p, from, n);
        begin += n;
        column = 0;
        for (int d = inner - 1; d >= 0; d--) { /* the next row */
            for (int k = 0; k < p->operands; k++)
                at[k] += p->strides[k][d];
            if (++index[d] < p->shape[d])
                break;
            index[d] = 0;
            for (int k = 0; k < p->operands; k++)
                at[k] -= (ptrdiff_t)p->shape[d] * p->strides[k][d];
        }
    }
    leakyc_fpenv_leave(env);
}

/* Streaming wants long runs besides what leak.c says: short ones leave lines half written. */
enum { STREAM_FROM_RUN = 16 * 1024 };

void leakyc_leak_nd(const leakyc_isa *isa, const leakyc_call *call, int threads)
{
    struct plan p = {.dtype = call->dtype,
                     .kernels = &isa->of[call->dtype],
                     .itemsize = (ptrdiff_t)leakyc_itemsize(call->dtype),
                     .slope = call->scalar_slope};
    const size_t elements = take_call(&p, call);
    if (elements == 0)
        return;
    const enum overlap overlap = overlap_of(&p);
    if (overlap != MIXED)
        order_by_out(&p);
    coalesce(&p);
    const size_t run_bytes = p.shape[p.ndim - 1] * (size_t)p.itemsize;
    p.forward = p.data[GATE] == p.data[VALUE] && p.swapped[GATE] == p.swapped[VALUE] &&
                memcmp(p.strides[GATE], p.strides[VALUE], sizeof p.strides[0]) == 0;
    p.stream = overlap == APART && run_bytes >= STREAM_FROM_RUN &&
               elements * (size_t)p.itemsize * (p.forward ? 2 : 3) >= leakyc_last_level_cache();
    leakyc_parallel(piece, &p, elements, 0, 64, overlap == MIXED ? 1 : threads);
}
