/* affinity.h - the CPU that a thread is on, and those where it may be. */
#ifndef LEAKYC_AFFINITY_H
#define LEAKYC_AFFINITY_H

#if defined(__linux__)
#include <sched.h>

enum { LEAKYC_CPUS_MOST = 8192 };

struct leakyc_place {
    int cpu; /* -1 where the system does not tell */
    union {
        cpu_set_t set;
        char bytes[LEAKYC_CPUS_MOST / 8];
    } allowed;
};
#else
struct leakyc_place {
    int cpu;
};
#endif

/* Where the calling thread is and may be. */
void leakyc_place_here(struct leakyc_place *place);

/* The calling thread, a helper that is about to sleep, will not wake on its caller's CPU, where it
 * would have to wait until the caller lets go of it. */
void leakyc_avoid_place(const struct leakyc_place *caller);

/* The helper, awake again, may run where its caller may. Returns 0 where it is on the caller's CPU
 * nevertheless and cannot leave it. */
int leakyc_join_place(const struct leakyc_place *caller);

#endif
