/* nd.h - the plan of an n-dimensional call, shared by nd*.c alone. */
#ifndef LEAKYC_ND_H
#define LEAKYC_ND_H

#include "kernels.h"

enum { OUT, GATE, VALUE, SLOPE, OPERANDS };

struct plan {
    leakyc_dtype dtype;
    const struct leakyc_isa *isa;
    const struct leakyc_kernels *kernels;
    ptrdiff_t itemsize;
    int ndim; /* the last dimension is the run */
    size_t shape[LEAKYC_MAXDIMS];
    char *data[OPERANDS];
    ptrdiff_t strides[OPERANDS][LEAKYC_MAXDIMS];
    int swapped[OPERANDS];
    int operands; /* 3, or 4 with a slope an element */
    int forward;  /* gate is value */
    int bools;    /* the gate is bytes, 0 or not */
    double slope;
    int stream;
    int tiled;   /* the last two dimensions go in tiles */
    int in_step; /* rows begin whole elements apart */
    int columns; /* rows adjoin, and have one row of slopes: channels() takes them */
};

/* Takes the call, merges and orders its dimensions and decides how it goes. Returns the number of
 * elements; `plan` is complete unless that is 0. `*ordered` says that only one thread, going in
 * order, gets it right. */
size_t leakyc_nd_plan(struct plan *plan, const leakyc_isa *isa, const leakyc_call *call,
                      int *ordered);

/* Tiles: rows of `out` that are done together, four cache lines of float32, and the bytes that are
 * transposed at a time (bench/strided.py: 64 rows of 128 elements came out best of 16 to 256). */
enum { TILE_ROWS = 64, TILE_BYTES = 32768 };

/* Bytes of an element of operand k. */
INLINE ptrdiff_t leakyc_nd_size(const struct plan *plan, int k)
{
    return k == GATE && plan->bools ? 1 : plan->itemsize;
}

/* Whether the elements of operand k from `at` on lie side by side, as the kernels want them. */
int leakyc_nd_contiguous(const struct plan *plan, int k, const char *at);

/* The same, a number of elements apart. */
int leakyc_nd_steps(const struct plan *plan, int k, const char *at);

/* n elements of each of so many rows, one after the other along the last outer dimension. */
void leakyc_nd_run(const struct plan *plan, char *const at[], size_t rows, size_t n,
                   struct leakyc_line *line);

/* Whole rows, at most TILE_ROWS, one after the other along the last outer dimension. */
void leakyc_nd_run_tiles(const struct plan *plan, char *const at[], size_t rows);

#endif
