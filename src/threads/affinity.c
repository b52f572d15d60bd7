/* affinity.c - the CPUs that this process may use, by its affinity mask and its cgroup quota; and a
 * helper off the CPU of its caller. */
#if defined(__linux__) && !defined(_GNU_SOURCE)
#define _GNU_SOURCE /* sched_getaffinity */
#endif

#include "../leakyc_core.h"
#include "system.h"
#include "team.h"

#if defined(__linux__)
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Two numbers of a file; how many there were. */
static int read_numbers(const char *dir, const char *name, double *first, double *second)
{
    char path[600];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *file = fopen(path, "r");
    const int got = file ? fscanf(file, "%lf %lf", first, second) : 0; /* "max 100000" has none */
    if (file)
        fclose(file);
    return got;
}

/* CPUs by quota in one cgroup directory, v2 or v1; 0 for no limit. */
static double quota_in(const char *dir)
{
    double quota = 0, period = 0, none;
    if (read_numbers(dir, "cpu.max", &quota, &period) != 2) {
        read_numbers(dir, "cpu.cfs_quota_us", &quota, &none);
        read_numbers(dir, "cpu.cfs_period_us", &period, &none);
    }
    return quota > 0 && period > 0 ? quota / period : 0;
}

/* The tightest quota from this process's cgroups up to the root; 0 for no limit. */
static double cgroup_quota(void)
{
    double tightest = 0;
    char line[512], dir[576];
    FILE *file = fopen("/proc/self/cgroup", "r");
    while (file && fgets(line, sizeof line, file)) { /* "id:controllers:path" */
        char *const controllers = strchr(line, ':'), *path;
        if (!controllers || !(path = strchr(controllers + 1, ':')))
            continue;
        path[strcspn(path, "\n")] = 0;
        *path++ = 0;
        const int v2 = controllers[1] == 0;
        if (!v2 && !strstr(controllers, "cpu"))
            continue;
        const char *const root = v2 ? "/sys/fs/cgroup" : "/sys/fs/cgroup/cpu";
        snprintf(dir, sizeof dir, "%s%s", root, path);
        for (char *end = dir + strlen(dir); end && end >= dir + strlen(root);
             end = strrchr(dir, '/')) {
            *end = 0;
            const double quota = quota_in(dir);
            if (quota > 0 && (tightest == 0 || quota < tightest))
                tightest = quota;
        }
    }
    if (file)
        fclose(file);
    return tightest;
}

/* In whole CPUs, rounded up; 0 for no limit. Read again after a second: that takes some 50 us. */
static int quota_now(void)
{
    static _Atomic uint64_t read_at;
    static atomic_int quota;
    const uint64_t now = system_now();
    uint64_t last = atomic_load(&read_at);
    if ((!last || now - last > 1000000000u) && atomic_compare_exchange_strong(&read_at, &last, now))
        atomic_store(&quota, (int)(cgroup_quota() + 0.999));
    return atomic_load(&quota);
}

/* ---- masks ------------------------------------------------------------------------------- */

typedef union {
    cpu_set_t set;
    char bytes[1024]; /* 8192 CPUs */
} cpus;

static int get_cpus(pid_t thread, cpus *found)
{
    memset(found, 0, sizeof *found);
    return sched_getaffinity(thread, sizeof *found, &found->set) == 0;
}

/* All places, where the OpenMP runtime binds each thread to one of them: a thread's own mask is
 * that one place then. Written at the import. */
static cpus places;
static int bound;

void leakyc_note_place(int cpu)
{
    bound = 1;
    CPU_SET_S((size_t)cpu, sizeof places, &places.set);
}

/* Where the threads of a call of `thread` may run. */
static int cpus_of_call(pid_t thread, cpus *found)
{
    *found = places;
    return bound || get_cpus(thread, found);
}

int leakyc_cpus_allowed(void)
{
    cpus here;
    const int count = cpus_of_call(0, &here) ? CPU_COUNT_S(sizeof here, &here.set) : 1;
    const int quota = quota_now();
    return quota > 0 && quota < count ? quota : count;
}

static atomic_int caller_cpu = -1, caller;

void leakyc_note_caller(void)
{
    atomic_store(&caller, (int)syscall(SYS_gettid));
    atomic_store(&caller_cpu, sched_getcpu());
}

void leakyc_avoid_caller(void)
{
    const int cpu = atomic_load(&caller_cpu);
    cpus here, others;
    if (cpu < 0 || !cpus_of_call(atomic_load(&caller), &others))
        return;
    CPU_CLR_S((size_t)cpu, sizeof others, &others.set);
    if (get_cpus(0, &here) && memcmp(&here, &others, sizeof here))
        sched_setaffinity(0, sizeof others, &others.set); /* fails where there are none */
}

int leakyc_join_caller(void)
{
    const int cpu = atomic_load(&caller_cpu);
    cpus all;
    if (sched_getcpu() == cpu) /* it moved */
        leakyc_avoid_caller();
    if (cpu >= 0 && cpus_of_call(atomic_load(&caller), &all))
        sched_setaffinity(0, sizeof all, &all.set);
    return cpu < 0 || sched_getcpu() != cpu;
}

#else
#if !defined(_WIN32)
#include <unistd.h>
#endif

void leakyc_note_place(int cpu) { (void)cpu; }
void leakyc_note_caller(void) {}
void leakyc_avoid_caller(void) {}
int leakyc_join_caller(void) { return 1; }

int leakyc_cpus_allowed(void)
{
#if defined(_WIN32)
    DWORD_PTR process = 0, machine = 0;
    int count = 0;
    if (GetProcessAffinityMask(GetCurrentProcess(), &process, &machine))
        for (; process; process &= process - 1)
            count++;
#else
    const int count = (int)sysconf(_SC_NPROCESSORS_ONLN);
#endif
    return count > 0 ? count : 1;
}
#endif
