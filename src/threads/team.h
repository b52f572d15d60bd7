/* team.h - what the cutting of work and the deciding ask of the storeys below them. */
#ifndef LEAKYC_TEAM_H
#define LEAKYC_TEAM_H

#include <stdint.h>

/* ---- team.c: helpers that a call may find, and never waits for --------------------------- */

/* Does all of the work that it finds undone. Each thread that takes part calls it once: the caller
 * as number 0, a helper by a number of its own from 1 on. */
typedef void leakyc_share_fn(void *work, int me);

/* What a call saw: when it began and ended, how many helpers joined, and how long the caller waited
 * for these after its own part. */
struct leakyc_report {
    uint64_t start, end, waited;
    int joined;
};

/* Runs share(work) on the caller and on up to `helpers` helpers. Returns 0, and has done nothing,
 * where another call has the team or no helper can be had. A helper that has not begun when the
 * caller finds nothing more to do is not waited for. With `linger` the helpers stay awake for
 * LEAKYC_LINGER_NS, in case that another call follows. */
int leakyc_team_run(leakyc_share_fn *share, void *work, int helpers, int linger,
                    struct leakyc_report *report);

/* Longer than it takes from one call to the next in a loop over arrays; and so short that another
 * library's operation in between finds the CPUs free (bench: torch-alternating). */
#define LEAKYC_LINGER_NS ((uint64_t)10000)

/* Registers the fork handler. Starts no thread. */
void leakyc_team_init(void);

/* In this thread, now: what threadpoolctl and omp_set_num_threads limit, what OMP_THREAD_LIMIT
 * limits, and whether it is inside a parallel region. */
int leakyc_runtime_limit(void);
int leakyc_thread_limit(void);
int leakyc_inside_region(void);

/* For tests: with `on`, a call waits for helpers before it begins, for some milliseconds. */
void leakyc_team_patient(int on);

/* Nanoseconds since some time. */
uint64_t leakyc_now(void);

/* ---- affinity.c: the CPU of the caller, which a helper that wakes there has to wait for -- */

void leakyc_note_place(int cpu); /* at the import: one of those that OMP_PROC_BIND binds to */
void leakyc_note_caller(void);   /* by the caller */
void leakyc_avoid_caller(void);  /* by a helper that goes to sleep */

/* By a helper that is awake again: it may run where its caller may. 0 where it cannot get off the
 * caller's CPU. */
int leakyc_join_caller(void);

/* ---- threads.c --------------------------------------------------------------------------- */

/* Reads the defaults. Starts no thread. */
void leakyc_threads_init(void);

/* Whether this call followed the last one so soon that the next one may do so too. */
int leakyc_calls_are_close(void);

/* At the end of each call: what the team saw, NULL where it had no part. */
void leakyc_call_ended(const struct leakyc_report *report);

#endif
