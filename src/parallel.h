/* parallel.h - cuts work into pieces for the threads of a team. Threads know nothing of Leaky
 * ReLU. */
#ifndef LEAKYC_PARALLEL_H
#define LEAKYC_PARALLEL_H

#include <stddef.h>
#include <stdint.h>

/* Does elements begin to end of the work. */
typedef void leakyc_piece_fn(void *context, size_t begin, size_t end);

/* Calls piece() over 0..n, piece by piece, on up to `threads` threads, and returns when all is
 * done; in one piece on one thread. Cuts lie at `lead` plus multiples of `unit`, so that no two
 * threads write the same cache line. */
void leakyc_parallel(leakyc_piece_fn *piece, void *context, size_t n, size_t lead, size_t unit,
                     int threads);

/* ---- between parallel.c and threads.c ---------------------------------------------------------- */

/* Registers the fork handlers. Starts no thread. */
void leakyc_parallel_init(void);

/* Reads the defaults. Starts no thread. */
void leakyc_threads_init(void);

/* The OpenMP runtime's limit in this thread, now: threadpoolctl and omp_set_num_threads change it. */
int leakyc_runtime_limit(void);

/* Whether no region can be opened now: inside another one, or in a forked process. */
int leakyc_inside_region(void);
int leakyc_forked(void);

/* Nanoseconds since some time. */
uint64_t leakyc_now(void);

/* Until then this thread should open no region: so long as its last one waited in vain, many times
 * over. */
uint64_t leakyc_serial_until(void);

/* When this thread's last call of parallel() ended, where another runtime is loaded; else 0. */
uint64_t leakyc_last_end(void);

/* A function of our OpenMP runtime; NULL without one. */
const void *leakyc_runtime_symbol(void);

/* Until so long after a region its threads still wait for the next one; later they have to be
 * woken. libgomp's spin for some milliseconds (bench/threads.py). */
#define LEAKYC_WARM_NS ((uint64_t)6000000)

/* ---- placement.c -------------------------------------------------------------------------------- */

/* The CPU of the calling thread; -1 where the system does not tell. */
int leakyc_this_cpu(void);

/* At the start of a region whose threads had to be woken. A thread that was woken on the CPU of its
 * caller would wait there, for a whole slice of the scheduler's: the caller lets it run first, and
 * it moves itself elsewhere. */
void leakyc_let_others_run(void);
void leakyc_leave_cpu(int cpu);

#endif
