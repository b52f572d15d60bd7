/* nd.h - the plan of an n-dimensional call, shared by nd*.c alone. A run is the elements along the
 * innermost dimension; a row is a run with all that lies beside it. */
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
    size_t touched; /* bytes */
    int stream;
    int tiled;   /* an input is contiguous along the dimension before the last: read in tiles */
    int in_step; /* all strides between rows are multiples of the element */
    int columns; /* dense rows that share one row of slopes: the channels kernel takes them */
};

/* Merges and orders the call's dimensions and decides how its rows are done. Returns the number of
 * elements; where that is 0 the plan is not filled in. `*ordered`: `out` overlaps an input so that
 * only one thread, going in order, gets it right. */
size_t leakyc_nd_plan(struct plan *plan, const leakyc_isa *isa, const leakyc_call *call,
                      int *ordered);

/* Tiles: rows of `out` that are done together, four cache lines of float32; as many as are worth
 * it, a transposed block; and the bytes that are transposed at a time. Where `out` has 64 rows or
 * more, with 16 rows they take 1.2 to 1.4 times as long, with 256 no less; with 8 KB 1.1 times,
 * with 128 KB 1.3 to 1.6. Tiles of 4 to 7 rows take 0.6 to 2.6 times as long as rows read across
 * (bench: tiles). */
enum { TILE_ROWS = 64, TILE_ROWS_FROM = 8, TILE_BYTES = 32768 };

/* Bytes of an element of operand k. */
INLINE ptrdiff_t leakyc_nd_size(const struct plan *plan, int k)
{
    return k == GATE && plan->bools ? 1 : plan->itemsize;
}

/* Whether a run of operand k that begins at `at` is contiguous, aligned and native. */
int leakyc_nd_contiguous(const struct plan *plan, int k, const char *at);

/* Whether its elements lie whole elements apart, aligned and native. */
int leakyc_nd_steps(const struct plan *plan, int k, const char *at);

/* n elements of each of `rows` rows, which follow each other along the dimension before the last.
 */
void leakyc_nd_run(const struct plan *plan, char *const at[], size_t rows, size_t n,
                   struct leakyc_line *line);

/* The same for whole rows, at most TILE_ROWS. */
void leakyc_nd_run_tiles(const struct plan *plan, char *const at[], size_t rows);

#endif
