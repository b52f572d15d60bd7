/* parallel.c - the parallel path: the only file with `omp` in it.
 *
 * What makes the cut legal: an element's result depends on that element alone, the pieces are
 * disjoint, and no two of them write the same cache line.
 */
#if !defined(_WIN32) && !defined(_GNU_SOURCE)
#define _GNU_SOURCE
#endif

#include "parallel.h"
#include "leakyc.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#if !defined(_WIN32)
#include <pthread.h>
#include <unistd.h>
#endif
#ifdef _OPENMP
#include <omp.h>
#endif

static atomic_int setting;         /* set_num_threads; 0 for the default */
static atomic_flag running = ATOMIC_FLAG_INIT; /* a region of ours is open */
static atomic_int forked;          /* this process is a fork: libgomp's team died with the parent */
static int default_threads;        /* OMP_NUM_THREADS, else what the process may use */
static int initial_limit;          /* the runtime's own limit, at import */
static const char *default_reason;

#ifdef _OPENMP

int leakyc_openmp_version(void) { return _OPENMP; }

/* The runtime's limit in this thread, now: threadpoolctl and omp_set_num_threads change it. */
static int runtime_limit(void) { return omp_get_max_threads(); }

static int inside_region(void) { return omp_in_parallel(); }

#else

int leakyc_openmp_version(void) { return 0; }
static int runtime_limit(void) { return 1; }
static int inside_region(void) { return 0; }

#endif

/* ---- fork -------------------------------------------------------------------------------- */

#if !defined(_WIN32)

/* A child inherits libgomp's records of threads that it does not have, and would wait for them. */
static void in_child(void)
{
    atomic_store(&forked, 1);
    atomic_flag_clear(&running);
}

/* Whether this process was forked and has not called exec since, which a fork before our import
 * leaves for us to find out. Linux tells by flag 0x40 (PF_FORKNOEXEC). */
static int forked_before_import(void)
{
    unsigned flags = 0;
#if defined(__linux__)
    char line[1024];
    FILE *file = fopen("/proc/self/stat", "r");
    if (!file)
        return 0;
    const char *after_name = fgets(line, sizeof line, file) ? strrchr(line, ')') : NULL;
    if (after_name && sscanf(after_name, ") %*c %*d %*d %*d %*d %*d %u", &flags) != 1)
        flags = 0;
    fclose(file);
#endif
    return (flags & 0x40) != 0;
}

static void watch_forks(void)
{
    atomic_store(&forked, forked_before_import());
    pthread_atfork(NULL, NULL, in_child);
}

#else

static void watch_forks(void) {}

#endif

/* ---- how many ----------------------------------------------------------------------------- */

void leakyc_parallel_init(void)
{
    const char *environment = getenv("OMP_NUM_THREADS");
    initial_limit = runtime_limit();
    if (!leakyc_openmp_version()) {
        default_threads = 1;
        default_reason = "compiled without OpenMP";
    } else if (environment && atoi(environment) > 0) {
        default_threads = initial_limit;
        default_reason = "OMP_NUM_THREADS";
    } else {
        default_threads = leakyc_cpus_allowed();
        default_reason = "CPUs by affinity and cgroup quota";
        if (initial_limit < default_threads) {
            default_threads = initial_limit;
            default_reason = "the OpenMP runtime's limit";
        }
    }
    watch_forks();
}

int leakyc_set_num_threads(int n) { return atomic_exchange(&setting, n); }

int leakyc_get_num_threads(const char **reason)
{
    const int set = atomic_load(&setting), limit = runtime_limit();
    int threads = set ? set : default_threads;
    *reason = set ? "set_num_threads" : default_reason;
    if (!leakyc_openmp_version()) {
        threads = 1;
        *reason = default_reason;
    } else if (atomic_load(&forked)) {
        threads = 1;
        *reason = "serial in a forked process";
    } else if (limit < initial_limit && limit < threads) {
        threads = limit;
        *reason = "limited in the OpenMP runtime (threadpoolctl, omp_set_num_threads)";
    }
    return threads;
}

/* A region costs about as much as one core's pass over 128 KB (bench/threads.py). */
#define PARALLEL_FROM_BYTES ((size_t)512 * 1024)

int leakyc_threads_for(size_t bytes)
{
    const char *reason;
    if (bytes < PARALLEL_FROM_BYTES || inside_region())
        return 1;
    const int threads = leakyc_get_num_threads(&reason);
    const size_t pieces = bytes / (PARALLEL_FROM_BYTES / 2);
    return (size_t)threads < pieces ? threads : (int)pieces;
}

/* ---- whether the threads can be had ----------------------------------------------------------- */

#if defined(_OPENMP) && !defined(_WIN32)

static void *wait_for(void *gate)
{
    pthread_mutex_lock(gate);
    pthread_mutex_unlock(gate);
    return NULL;
}

/* Whether so many more threads can exist at once. */
static int can_start(size_t threads)
{
    pthread_t *started = malloc(threads * sizeof *started);
    pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
    size_t n = 0;
    if (!started)
        return 0;
    pthread_mutex_lock(&gate);
    while (n < threads && pthread_create(&started[n], NULL, wait_for, &gate) == 0)
        n++;
    pthread_mutex_unlock(&gate);
    for (size_t i = 0; i < n; i++)
        pthread_join(started[i], NULL);
    free(started);
    return n == threads;
}

/* libgomp ends the process when it cannot start a thread (no memory for its stack, a limit on
 * processes). It keeps the team of a thread's last region: only a larger one is tried first. */
static int team_can_be_had(int threads)
{
    static _Thread_local int last_team = 1;
    if (threads > last_team && !can_start((size_t)threads - 1))
        return 0;
    last_team = threads;
    return 1;
}

#else

static inline int team_can_be_had(int threads)
{
    (void)threads;
    return 1;
}

#endif

/* ---- the region ----------------------------------------------------------------------------- */

#ifdef _OPENMP

/* The end of piece `index` of `pieces` over 0..n. */
static size_t cut_at(size_t index, size_t pieces, size_t n, size_t lead, size_t unit)
{
    if (index == pieces)
        return n;
    const size_t units = n / unit;
    const size_t at = (units / pieces * index + units % pieces * index / pieces) * unit;
    return at == 0 ? 0 : at + lead < n ? at + lead : n;
}

#endif

void leakyc_parallel(leakyc_piece_fn *piece, void *context, size_t n, size_t lead, size_t unit,
                     int threads)
{
#ifdef _OPENMP
    if (threads > 1 && !inside_region() && !atomic_load(&forked) &&
        team_can_be_had(threads) && !atomic_flag_test_and_set(&running)) {
#pragma omp parallel num_threads(threads)
        {
            const size_t index = (size_t)omp_get_thread_num();
            const size_t pieces = (size_t)omp_get_num_threads();
            const size_t begin = index ? cut_at(index, pieces, n, lead, unit) : 0;
            const size_t end = cut_at(index + 1, pieces, n, lead, unit);
            if (begin < end)
                piece(context, begin, end);
        }
        atomic_flag_clear(&running);
        return;
    }
#endif
    (void)lead, (void)unit, (void)threads;
    piece(context, 0, n);
}
