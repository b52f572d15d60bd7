/* parallel.h - cuts work into pieces, one a thread. Threads know nothing of Leaky ReLU. */
#ifndef LEAKYC_PARALLEL_H
#define LEAKYC_PARALLEL_H

#include <stddef.h>

/* Reads the defaults and registers the fork handler. Starts no thread. */
void leakyc_parallel_init(void);

/* Does elements begin to end of the work. */
typedef void leakyc_piece_fn(void *context, size_t begin, size_t end);

/* Calls piece() over 0..n, on up to `threads` threads, and returns when all is done. Cuts lie at
 * `lead` plus multiples of `unit`, so that no two threads write the same cache line. */
void leakyc_parallel(leakyc_piece_fn *piece, void *context, size_t n, size_t lead, size_t unit,
                     int threads);

#endif
