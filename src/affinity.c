/* affinity.c - the CPUs that this process may use: its affinity mask and its cgroup quota. */
#if defined(__linux__) && !defined(_GNU_SOURCE)
#define _GNU_SOURCE /* sched_getaffinity */
#endif

#include "leakyc.h"

#if defined(__linux__)
#include <sched.h>
#include <stdio.h>
#include <string.h>
#elif defined(_WIN32)
#ifndef WIN32_LEAN_AND_MEAN
#define WIN32_LEAN_AND_MEAN
#endif
#include <windows.h>
#else
#include <unistd.h>
#endif

#if defined(__linux__)

/* CPUs by quota in one cgroup directory, v2 or v1; 0 for no limit. */
static double quota_in(const char *dir)
{
    char path[600];
    double quota = 0, period = 0;
    FILE *file;
    snprintf(path, sizeof path, "%s/cpu.max", dir);
    if ((file = fopen(path, "r"))) { /* "max 100000" does not scan as a number */
        const int got = fscanf(file, "%lf %lf", &quota, &period);
        fclose(file);
        return got == 2 && quota > 0 && period > 0 ? quota / period : 0;
    }
    snprintf(path, sizeof path, "%s/cpu.cfs_quota_us", dir);
    if (!(file = fopen(path, "r")))
        return 0;
    if (fscanf(file, "%lf", &quota) != 1)
        quota = 0;
    fclose(file);
    snprintf(path, sizeof path, "%s/cpu.cfs_period_us", dir);
    if (!(file = fopen(path, "r")))
        return 0;
    if (fscanf(file, "%lf", &period) != 1)
        period = 0;
    fclose(file);
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

/* CPUs in the affinity mask; the kernel's mask may be larger than a cpu_set_t. */
static int affinity(void)
{
    for (int cpus = 1024; cpus <= 1 << 18; cpus *= 4) {
        cpu_set_t *set = CPU_ALLOC(cpus);
        if (!set)
            break;
        const size_t size = CPU_ALLOC_SIZE(cpus);
        const int count = sched_getaffinity(0, size, set) == 0 ? CPU_COUNT_S(size, set) : 0;
        CPU_FREE(set);
        if (count > 0)
            return count;
    }
    return 1;
}

int leakyc_cpus_allowed(void)
{
    const int cpus = affinity();
    const double quota = cgroup_quota();
    if (quota > 0 && quota < cpus)
        return quota > 1 ? (int)(quota + 0.999) : 1;
    return cpus;
}

#elif defined(_WIN32)

int leakyc_cpus_allowed(void)
{
    DWORD_PTR process = 0, machine = 0;
    int count = 0;
    if (GetProcessAffinityMask(GetCurrentProcess(), &process, &machine))
        for (; process; process &= process - 1)
            count++;
    return count > 0 ? count : 1;
}

#else

int leakyc_cpus_allowed(void)
{
    const long cpus = sysconf(_SC_NPROCESSORS_ONLN);
    return cpus > 0 ? (int)cpus : 1;
}

#endif
