/* parallel.c - the parallel path: regions, and what forks make of them; the only file with `omp`.
 *
 * What makes the cuts legal: an element's result depends on that element alone, the pieces are
 * disjoint, and no two of them write the same cache line.
 *
 * Each thread begins with a share of its own, the same for every call of a size, so that it finds
 * its part in its own cache; whoever is done early takes pieces of what the others have left.
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
#include <time.h>
#if !defined(_WIN32)
#include <dlfcn.h>
#include <pthread.h>
#include <sched.h>
#include <unistd.h>
#endif
#ifdef _OPENMP
#include <omp.h>
#endif

static atomic_int forked; /* no region may be opened in this process */
static _Thread_local uint64_t serial_until, last_end;
#ifdef _OPENMP
static atomic_flag running = ATOMIC_FLAG_INIT; /* a region of ours is open */
static _Thread_local uint64_t last_region;     /* when this thread's last one ended; 0 for never */
#endif

uint64_t leakyc_now(void)
{
    struct timespec now;
#if defined(_WIN32)
    timespec_get(&now, TIME_UTC);
#else
    clock_gettime(CLOCK_MONOTONIC, &now);
#endif
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

uint64_t leakyc_serial_until(void) { return serial_until; }
uint64_t leakyc_last_end(void) { return last_end; }
int leakyc_forked(void) { return atomic_load(&forked); }

#ifdef _OPENMP
int leakyc_openmp_version(void) { return _OPENMP; }
int leakyc_runtime_limit(void) { return omp_get_max_threads(); }
int leakyc_inside_region(void) { return omp_in_parallel(); }
const void *leakyc_runtime_symbol(void) { return (const void *)(uintptr_t)omp_get_max_threads; }
#else
int leakyc_openmp_version(void) { return 0; }
int leakyc_runtime_limit(void) { return 1; }
int leakyc_inside_region(void) { return 0; }
const void *leakyc_runtime_symbol(void) { return NULL; }
#endif

/* ---- fork -------------------------------------------------------------------------------- */

#if defined(_OPENMP) && !defined(_WIN32)

/* A child inherits the runtime's records of threads that it does not have, and would wait for them.
 * So the threads are given up before the fork, where the runtime can do that (OpenMP 5.0: hard = 2,
 * 0 for done); where not, the child stays serial and leaves the runtime alone. LLVM's and Intel's must
 * not be asked: it holds its own locks during a fork; and of many children that it served, one ended
 * without a word. */
typedef int pause_fn(int kind);
static pause_fn *pause_all; /* NULL where it cannot be had */
static _Thread_local int paused;

static void before_fork(void) { paused = pause_all && pause_all(2) == 0; }

/* Whether the runtime that our calls go to is LLVM's or Intel's. */
static int is_llvm(void)
{
    void *const ours = dlsym(RTLD_DEFAULT, "omp_get_max_threads");
    void *const llvm = dlsym(RTLD_DEFAULT, "kmp_set_defaults");
    Dl_info a, b;
    return ours && llvm && dladdr(ours, &a) && dladdr(llvm, &b) && a.dli_fbase == b.dli_fbase;
}

static void in_child(void)
{
    if (!paused)
        atomic_store(&forked, 1);
    last_region = serial_until = 0;
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

void leakyc_parallel_init(void)
{
    /* Looked up, since an older runtime may stand in for the one we were linked with. */
    void *found = is_llvm() ? NULL : dlsym(RTLD_DEFAULT, "omp_pause_resource_all");
    memcpy(&pause_all, &found, sizeof found);
    atomic_store(&forked, forked_before_import());
    pthread_atfork(before_fork, NULL, in_child);
}

#else

void leakyc_parallel_init(void) {}

#endif

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

#elif defined(_OPENMP)

static int team_can_be_had(int threads) { return threads > 1; }

#endif

/* ---- the region ----------------------------------------------------------------------------- */

#ifdef _OPENMP

/* Pieces to a share: many enough for the early to help the late, but none of fewer elements than
 * LEAST: what is taken from a share has to leave the cache of its owner (bench/threads.py). */
enum { SHARES_MOST = 64, PIECES = 16, LEAST = 65536 };

/* In units. The threads count `next` up; whoever is past `end` finds nothing there any more. */
struct share {
    _Alignas(64) atomic_size_t next;
    size_t end;
};

struct work {
    leakyc_piece_fn *piece;
    void *context;
    size_t n, lead, unit, units, step;
    size_t shares;
    struct share share[SHARES_MOST];
    _Alignas(64) atomic_int here; /* threads that found nothing more to do */
};

static void share_out(struct work *w, int threads)
{
    w->units = w->n / w->unit;
    w->shares = threads < SHARES_MOST ? (size_t)threads : SHARES_MOST;
    const size_t least = LEAST / w->unit + 1, step = w->units / (w->shares * PIECES);
    w->step = step > least ? step : least;
    for (size_t i = 0; i < w->shares; i++) {
        const size_t each = w->units / w->shares, rest = w->units % w->shares;
        atomic_init(&w->share[i].next, each * i + (rest < i ? rest : i));
        w->share[i].end = each * (i + 1) + (rest < i + 1 ? rest : i + 1);
    }
    atomic_init(&w->here, 0);
}

/* Where unit `at` begins. */
static size_t cut_at(const struct work *w, size_t at)
{
    if (at == 0)
        return 0;
    return at == w->units || at * w->unit + w->lead > w->n ? w->n : at * w->unit + w->lead;
}

static void work_through(struct work *w, struct share *s)
{
    size_t at;
    while ((at = atomic_fetch_add(&s->next, w->step)) < s->end) {
        const size_t to = at + w->step < s->end ? at + w->step : s->end;
        const size_t begin = cut_at(w, at), end = cut_at(w, to);
        if (begin < end)
            w->piece(w->context, begin, end);
    }
}

/* Waits for the others, such that one which sits on this CPU gets it. */
static void meet(struct work *w, int threads)
{
    atomic_fetch_add(&w->here, 1);
    for (int spins = 0; atomic_load(&w->here) < threads; spins++)
        if (spins > 1000)
            leakyc_let_others_run();
}

/* A thread that comes late, or loses its CPU to somebody else's work, makes the caller wait: for
 * milliseconds, where another OpenMP runtime's threads spin. After a wait beyond what is usual the
 * caller stays serial for many times as long, so that all waits together cost little
 * (bench/threads.py). */
enum { USUAL_NS = 20000, USUAL_PART = 8, SERIAL_TIMES = 20 };

static void learn(uint64_t start, uint64_t done, uint64_t met)
{
    const uint64_t waited = met - done, usual = USUAL_NS + (met - start) / USUAL_PART;
    last_region = met;
    if (waited > usual)
        serial_until = met + (waited - usual) * SERIAL_TIMES;
}

static void region(struct work *w, int threads)
{
    const uint64_t start = leakyc_now();
    uint64_t done = 0, met = 0;
    const int cold = start - last_region > LEAKYC_WARM_NS;
    const int caller_cpu = cold ? leakyc_this_cpu() : -1;
#pragma omp parallel num_threads(threads)
    {
        const size_t me = (size_t)omp_get_thread_num();
        if (cold && me == 0)
            leakyc_let_others_run();
        else if (cold)
            leakyc_leave_cpu(caller_cpu);
        for (size_t i = 0; i < w->shares; i++)
            work_through(w, &w->share[(me + i) % w->shares]);
        if (me == 0)
            done = leakyc_now();
        meet(w, omp_get_num_threads());
        if (me == 0)
            met = leakyc_now();
    }
    learn(start, done, met);
}

#endif

static int open_region(leakyc_piece_fn *piece, void *context, size_t n, size_t lead, size_t unit,
                       int threads)
{
#ifdef _OPENMP
    if (threads > 1 && n / unit > 1 && !atomic_load(&forked) && !leakyc_inside_region() &&
        team_can_be_had(threads) && !atomic_flag_test_and_set(&running)) {
        struct work w = {.piece = piece, .context = context, .n = n, .lead = lead, .unit = unit};
        share_out(&w, threads);
        region(&w, threads);
        atomic_flag_clear(&running);
        return 1;
    }
#endif
    (void)piece, (void)context, (void)n, (void)lead, (void)unit, (void)threads;
    return 0;
}

void leakyc_parallel(leakyc_piece_fn *piece, void *context, size_t n, size_t lead, size_t unit,
                     int threads)
{
    if (!open_region(piece, context, n, lead, unit, threads))
        piece(context, 0, n);
    last_end = leakyc_another_runtime(0) ? leakyc_now() : 0;
}
