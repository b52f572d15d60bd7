/* stage.h - streams a result out through a small buffer, in whole cache lines whatever its alignment.
 *
 * A kernel computes a chunk into the buffer, in L1; what is whole goes out past the cache, the rest
 * of the last line waits for the next chunk. So kernels need not know how to stream, and no line
 * is written in two ways but the first and the last of a stretch. */
#ifndef LEAKYC_STAGE_H
#define LEAKYC_STAGE_H

#include "kernels.h"

/* Chunks: with two inputs as large they leave a part of L1 free (bench/training.py). */
enum { LEAKYC_STAGE_BYTES = 8192, LEAKYC_LINE = 64 };

struct leakyc_stage {
    _Alignas(64) char bytes[LEAKYC_STAGE_BYTES + 2 * LEAKYC_LINE];
    const struct leakyc_isa *isa;
    char *out;         /* where bytes[begin] belongs; begin is its place in its cache line */
    size_t begin, end; /* what is held */
};

void leakyc_stage_open(struct leakyc_stage *stage, const struct leakyc_isa *isa);

/* Where to compute the at most LEAKYC_STAGE_BYTES that belong at `out`. */
void *leakyc_stage_room(struct leakyc_stage *stage, char *out);

/* Sends out the next n bytes, which are computed now. */
void leakyc_stage_send(struct leakyc_stage *stage, size_t n);

/* Writes what is held; orders all before what follows. */
void leakyc_stage_close(struct leakyc_stage *stage);

/* Whether streaming pays: nothing in place, and `touched` bytes that no cache holds. An input may
 * be NULL. */
int leakyc_stage_pays(const char *out, size_t bytes, const char *a, const char *b, size_t touched);

#endif
