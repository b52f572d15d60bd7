/* layout.h - the fuzzer's decoder: numbers from bytes, shapes, and strides with the memory that
 * they reach. */
#ifndef LAYOUT_H
#define LAYOUT_H

#include "leakyc_core.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* ---- numbers ----------------------------------------------------------------------------- */

struct bytes {
    const uint8_t *at, *end;
};

/* A number below `below`, which is at most 65536; 0 when the bytes are used up. */
static unsigned pick(struct bytes *b, unsigned below)
{
    unsigned x = b->at < b->end ? *b->at++ : 0;
    if (below > 256)
        x = x << 8 | (b->at < b->end ? *b->at++ : 0);
    return x % below;
}

/* ---- shapes ------------------------------------------------------------------------------ */

struct shape {
    int ndim;
    size_t extent[LEAKYC_MAXDIMS];
    size_t elements;
};

static void pick_shape(struct bytes *b, struct shape *s)
{
    size_t left = pick(b, 16) < 15 ? 200 : pick(b, 16) < 15 ? 2000 : 20000;
    s->ndim = (int)pick(b, 6);
    if (pick(b, 64) == 63)
        s->ndim = LEAKYC_MAXDIMS;
    s->elements = 1;
    for (int d = 0; d < s->ndim; d++) {
        const unsigned kind = pick(b, 8);
        size_t n = 1;
        if (kind < 3)
            n = 1 + pick(b, 9);
        else if (kind < 5)
            n = 1 + pick(b, 80);
        else if (kind == 5)
            n = 1 + pick(b, 30000);
        else if (kind == 6 && pick(b, 16) == 15)
            n = 0;
        if (n > left)
            n = left;
        left = n ? left / n : left;
        left = left ? left : 1;
        s->extent[d] = n;
        s->elements *= n;
    }
}

/* ---- strides ----------------------------------------------------------------------------- */

struct layout {
    int ndim;
    size_t shape[LEAKYC_MAXDIMS];
    ptrdiff_t strides[LEAKYC_MAXDIMS];
    size_t elements;
    size_t bytes;    /* from the lowest byte that is reached to the highest */
    ptrdiff_t first; /* where in them element 0 lies */
};

static void measure(struct layout *l, const struct shape *s, size_t size)
{
    l->ndim = s->ndim;
    memcpy(l->shape, s->extent, sizeof *s->extent * (size_t)s->ndim);
    l->elements = s->elements;
    l->bytes = s->elements ? size : 0;
    l->first = 0;
    for (int d = 0; d < s->ndim && s->elements; d++) {
        const ptrdiff_t span = ((ptrdiff_t)s->extent[d] - 1) * l->strides[d];
        l->bytes += (size_t)(span < 0 ? -span : span);
        l->first -= span < 0 ? span : 0;
    }
}

/* Strides of dimensions of length 1, and of arrays without elements, mean nothing. */
static ptrdiff_t meaningless(struct bytes *b)
{
    static const ptrdiff_t any[] = {0, 1, -7, 4096, PTRDIFF_MAX, PTRDIFF_MIN};
    return any[pick(b, 6)];
}

/* Every element apart from the others: dimensions in any order and direction, with gaps. */
static void layout_apart(struct layout *l, struct bytes *b, const struct shape *s, size_t size)
{
    int order[LEAKYC_MAXDIMS];
    const unsigned shuffle = pick(b, 4), gaps = pick(b, 4), backwards = pick(b, 3);
    size_t stride = size;
    for (int d = 0; d < s->ndim; d++)
        order[d] = s->ndim - 1 - d;
    for (int d = 0; shuffle == 3 && d < s->ndim; d++) {
        const int e = d + (int)pick(b, (unsigned)(s->ndim - d)), swap = order[d];
        order[d] = order[e];
        order[e] = swap;
    }
    for (int i = 0; i < s->ndim; i++) {
        const int d = order[i];
        if (gaps == 1)
            stride += pick(b, 3) * size;
        else if (gaps == 2)
            stride += pick(b, 20);
        l->strides[d] = (ptrdiff_t)stride;
        if (backwards == 2 && pick(b, 2))
            l->strides[d] = -l->strides[d];
        if (s->extent[d] == 1 || s->elements == 0)
            l->strides[d] = meaningless(b);
        else
            stride *= s->extent[d];
    }
    measure(l, s, size);
}

/* Any strides: repeated, sliding and overlapping elements. */
static void layout_any(struct layout *l, struct bytes *b, const struct shape *s, size_t size)
{
    for (int d = 0; d < s->ndim; d++) {
        const ptrdiff_t steps = (ptrdiff_t)pick(b, 16) - 6;
        l->strides[d] = steps * (ptrdiff_t)size;
        if (pick(b, 8) == 7)
            l->strides[d] = (ptrdiff_t)pick(b, 200) - 100;
        if (s->extent[d] == 1 || s->elements == 0)
            l->strides[d] = meaningless(b);
    }
    measure(l, s, size);
}

/* As another one, perhaps repeated along some dimensions. */
static void layout_like(struct layout *l, struct bytes *b, const struct shape *s, size_t size,
                        const struct layout *other)
{
    const unsigned repeated = pick(b, 4);
    for (int d = 0; d < s->ndim; d++)
        l->strides[d] = repeated == 3 && pick(b, 2) ? 0 : other->strides[d];
    measure(l, s, size);
}

static void layout_line(struct layout *l, size_t n, ptrdiff_t stride, size_t size)
{
    struct shape s = {.ndim = 1, .extent = {n}, .elements = n};
    l->strides[0] = stride;
    measure(l, &s, size);
}

/* Whether going through n elements in order, each read before it is written, reads every input
 * element before `out` covers any of its bytes. The offsets are of the layouts' lowest bytes. */
static int in_order(size_t out_at, const struct layout *out, size_t in_at, const struct layout *in,
                    size_t n, size_t size)
{
    const ptrdiff_t o = (ptrdiff_t)out_at + out->first, g = (ptrdiff_t)in_at + in->first;
    const ptrdiff_t s = (ptrdiff_t)size;
    for (ptrdiff_t j = 1; j < (ptrdiff_t)n; j++) { /* element j is read after 0..j-1 are written */
        const ptrdiff_t from = g + j * in->strides[0] - o, stride = out->strides[0];
        /* Written elements i with |i * stride - from| < size. */
        for (ptrdiff_t i = (from - s) / stride - 1; i <= (from + s) / stride + 1; i++)
            if (i >= 0 && i < j && labs((long)(i * stride - from)) < s)
                return 0;
        for (ptrdiff_t i = (from + s) / stride - 1; i <= (from - s) / stride + 1; i++)
            if (i >= 0 && i < j && labs((long)(i * stride - from)) < s)
                return 0;
    }
    return 1;
}

/* ---- a walk over the elements ------------------------------------------------------------ */

enum { OUT, GATE, VALUE, SLOPE, OPERANDS };

struct position {
    size_t index[LEAKYC_MAXDIMS];
    ptrdiff_t offset[OPERANDS]; /* of the element, from element 0 */
};

static void step(struct position *p, const struct layout l[OPERANDS])
{
    for (int d = l->ndim - 1; d >= 0; d--) {
        if (l->shape[d] == 1)
            continue;
        for (int k = 0; k < OPERANDS; k++)
            p->offset[k] += l[k].strides[d];
        if (++p->index[d] < l->shape[d])
            return;
        p->index[d] = 0;
        for (int k = 0; k < OPERANDS; k++)
            p->offset[k] -= (ptrdiff_t)l->shape[d] * l[k].strides[d];
    }
}

#endif
