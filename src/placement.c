/* placement.c - the CPU that a thread runs on: a worker off that of its caller. */
#if !defined(_WIN32) && !defined(_GNU_SOURCE)
#define _GNU_SOURCE
#endif

#include "parallel.h"

#if defined(__linux__)

#include <sched.h>

int leakyc_this_cpu(void) { return sched_getcpu(); }

void leakyc_let_others_run(void) { sched_yield(); }

/* The affinity mask is narrowed and put back: the scheduler leaves the thread where that sent it. */
void leakyc_leave_cpu(int cpu)
{
    cpu_set_t all, others;
    if (cpu < 0 || cpu >= CPU_SETSIZE || sched_getcpu() != cpu)
        return;
    if (sched_getaffinity(0, sizeof all, &all) != 0)
        return;
    others = all;
    CPU_CLR((size_t)cpu, &others);
    if (CPU_COUNT(&others) > 0 && sched_setaffinity(0, sizeof others, &others) == 0)
        sched_setaffinity(0, sizeof all, &all);
}

#elif !defined(_WIN32)

#include <sched.h>

int leakyc_this_cpu(void) { return -1; }
void leakyc_let_others_run(void) { sched_yield(); }
void leakyc_leave_cpu(int cpu) { (void)cpu; }

#else

#ifndef WIN32_LEAN_AND_MEAN
#define WIN32_LEAN_AND_MEAN
#endif
#include <windows.h>

int leakyc_this_cpu(void) { return -1; }
void leakyc_let_others_run(void) { SwitchToThread(); }
void leakyc_leave_cpu(int cpu) { (void)cpu; }

#endif
