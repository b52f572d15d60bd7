/* affinity.c - the CPUs that this process may use, by its affinity mask and its cgroup quota; and a
 * helper off the CPU of its caller. */
#if defined(__linux__) && !defined(_GNU_SOURCE)
#define _GNU_SOURCE /* sched_getaffinity */
#endif

#include "affinity.h"
#include "../leakyc.h"
#include "system.h"

#if defined(__linux__)
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#elif !defined(_WIN32)
#include <unistd.h>
#endif

#if defined(__linux__)

/* A number from a file that holds it, or two; how many were read. */
static int numbers_in(const char *dir, const char *name, double *first, double *second)
{
    char path[600];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *file = fopen(path, "r");
    if (!file)
        return 0;
    const int got = fscanf(file, "%lf %lf", first, second); /* "max 100000" is none */
    fclose(file);
    return got;
}

/* CPUs by quota in one cgroup directory, v2 or v1; 0 for no limit. */
static double quota_in(const char *dir)
{
    double quota = 0, period = 0, unused;
    if (numbers_in(dir, "cpu.max", &quota, &period) != 2) {
        numbers_in(dir, "cpu.cfs_quota_us", &quota, &unused);
        numbers_in(dir, "cpu.cfs_period_us", &period, &unused);
    }
    return quota > 0 && period > 0 ? quota / period : 0;
}

/* The tightest quota from this process's cgroup up to the root; 0 for no limit. */
static double cgroup_quota(void)
{
    double tightest = 0;
    char line[512];
    FILE *file = fopen("/proc/self/cgroup", "r");
    if (!file)
        return 0;
    while (fgets(line, sizeof line, file)) { /* "id:controllers:path" */
        char *controllers = strchr(line, ':'), *path;
        if (!controllers || !(path = strchr(++controllers, ':')))
            continue;
        *path++ = 0;
        path[strcspn(path, "\n")] = 0;
        const int v2 = *controllers == 0;
        if (!v2 && !strstr(controllers, "cpu"))
            continue;
        for (;;) {
            char dir[576];
            snprintf(dir, sizeof dir, "/sys/fs/cgroup%s%s", v2 ? "" : "/cpu", path);
            const double quota = quota_in(dir);
            if (quota > 0 && (tightest == 0 || quota < tightest))
                tightest = quota;
            char *slash = strrchr(path, '/');
            if (!slash)
                break;
            *slash = 0;
        }
    }
    fclose(file);
    return tightest;
}

/* In whole CPUs, rounded up; 0 for no limit. Files are read again after a second: that takes some
 * 50 us, and a call is not to. */
static int quota_now(void)
{
    static _Atomic uint64_t read_at;
    static atomic_int quota;
    const uint64_t now = system_now();
    uint64_t last = atomic_load(&read_at);
    if (!last || now - last > 1000000000u)
        if (atomic_compare_exchange_strong(&read_at, &last, now))
            atomic_store(&quota, (int)(cgroup_quota() + 0.999));
    return atomic_load(&quota);
}

void leakyc_place_here(struct leakyc_place *place)
{
    memset(&place->allowed, 0, sizeof place->allowed);
    const int got = sched_getaffinity(0, sizeof place->allowed, &place->allowed.set) == 0;
    place->cpu = got ? sched_getcpu() : -1;
}

static int allow(const struct leakyc_place *place)
{
    return sched_setaffinity(0, sizeof place->allowed, &place->allowed.set) == 0;
}

static int alike(const struct leakyc_place *a, const struct leakyc_place *b)
{
    return memcmp(&a->allowed, &b->allowed, sizeof a->allowed) == 0;
}

void leakyc_avoid_place(const struct leakyc_place *caller)
{
    struct leakyc_place here, others = *caller;
    if (caller->cpu < 0)
        return;
    CPU_CLR_S((size_t)caller->cpu, sizeof others.allowed, &others.allowed.set);
    leakyc_place_here(&here);
    if (!alike(&here, &others))
        allow(&others); /* fails where there is no other */
}

int leakyc_join_place(const struct leakyc_place *caller)
{
    struct leakyc_place here;
    leakyc_place_here(&here);
    if (caller->cpu < 0 || here.cpu < 0)
        return 1;
    if (here.cpu == caller->cpu) /* it has moved since */
        leakyc_avoid_place(caller);
    if (!alike(&here, caller))
        allow(caller);
    return sched_getcpu() != caller->cpu;
}

int leakyc_cpus_allowed(void)
{
    struct leakyc_place here;
    leakyc_place_here(&here);
    const int cpus = here.cpu < 0 ? 1 : CPU_COUNT_S(sizeof here.allowed, &here.allowed.set);
    const int quota = quota_now();
    return quota > 0 && quota < cpus ? quota : cpus;
}

#else

void leakyc_place_here(struct leakyc_place *place) { place->cpu = -1; }
void leakyc_avoid_place(const struct leakyc_place *caller) { (void)caller; }
int leakyc_join_place(const struct leakyc_place *caller) { return caller->cpu < 0; }

int leakyc_cpus_allowed(void)
{
#if defined(_WIN32)
    DWORD_PTR process = 0, machine = 0;
    int count = 0;
    if (GetProcessAffinityMask(GetCurrentProcess(), &process, &machine))
        for (; process; process &= process - 1)
            count++;
    return count > 0 ? count : 1;
#else
    const long cpus = sysconf(_SC_NPROCESSORS_ONLN);
    return cpus > 0 ? (int)cpus : 1;
#endif
}

#endif
