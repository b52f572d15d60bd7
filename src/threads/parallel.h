/* parallel.h - cuts work into pieces for the threads of a team. Threads know nothing of Leaky
 * ReLU. */
#ifndef LEAKYC_PARALLEL_H
#define LEAKYC_PARALLEL_H

#include <stddef.h>

/* Does elements begin to end of the work. */
typedef void leakyc_piece_fn(void *context, size_t begin, size_t end);

/* Calls piece() over 0..n, piece by piece, on up to `threads` threads, and returns when all is
 * done; in one piece on one thread. Cuts lie at `lead` plus multiples of `unit`, so that no two
 * threads write the same cache line. */
void leakyc_parallel(leakyc_piece_fn *piece, void *context, size_t n, size_t lead, size_t unit,
                     int threads);

/* The number of threads for a call that touches so many bytes: `threads` itself, or for 0 what
 * leakyc_threads_for says. */
int leakyc_threads_or(int threads, size_t bytes);

#endif
