/* team.h - the team: helpers that a call may find, and never waits for. */
#ifndef LEAKYC_TEAM_H
#define LEAKYC_TEAM_H

#include <stdint.h>

/* Does all of the work that it finds undone. Each thread that takes part calls it once: the caller
 * as number 0, a helper by a number of its own from 1 on. */
typedef void leakyc_share_fn(void *work, int me);

/* What a call saw of its helpers. */
struct leakyc_report {
    uint64_t start, end;
    uint64_t waited; /* by the caller, after its own part, for helpers that had joined */
    uint64_t rang;   /* time that it took to wake helpers */
    int joined;
};

/* Runs share(work) on the caller and on up to `helpers` helpers. Returns 0, and has done nothing,
 * where another call has the team or no helper can be had. A helper that has not begun when the
 * caller finds nothing more to do is not waited for. With `linger` the helpers stay awake for
 * LEAKYC_LINGER_NS after the call, in case that another follows. */
int leakyc_team_run(leakyc_share_fn *share, void *work, int helpers, int linger,
                    struct leakyc_report *report);

/* 20 to 50 us: the next call of a loop over arrays follows in less, and a spin as long as a sleep
 * and a wake costs at most twice the better of the two (bench/threads.py). */
#define LEAKYC_LINGER_NS ((uint64_t)50000)

/* Registers the fork handler. Starts no thread. */
void leakyc_team_init(void);

/* The OpenMP runtime's limits in this thread, now: threadpoolctl and omp_set_num_threads change the
 * first, OMP_THREAD_LIMIT is the second. */
int leakyc_runtime_limit(void);
int leakyc_thread_limit(void);

/* Whether the calling thread is inside a parallel region. */
int leakyc_inside_region(void);

/* For tests: a call waits for its helpers to join before it begins, up to some milliseconds. */
void leakyc_team_patient(int on);

/* Nanoseconds since some time. */
uint64_t leakyc_now(void);

#endif
