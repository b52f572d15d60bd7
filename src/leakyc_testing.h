/* leakyc_testing.h - what only tests and benchmarks call. */
#ifndef LEAKYC_TESTING_H
#define LEAKYC_TESTING_H

#include "leakyc_core.h"

/* The copy baseline of the benchmarks: the kernels' loop with n elements copied and nothing
 * computed, by streaming stores or not. */
void leakyc_copy(const leakyc_isa *isa, leakyc_dtype dtype, void *out, const void *in, size_t n,
                 int stream, int threads);

/* How many threads a call that touches `bytes` bytes should use now, as one with 0 for `threads`
 * does: 1 where help would not pay, and inside another parallel region. */
int leakyc_threads_for(size_t bytes);

/* With `on`, calls of 512 KB and more wait for help before they begin. Returns what was set. */
int leakyc_set_eager(int on);

#endif
