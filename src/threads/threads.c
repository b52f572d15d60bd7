/* threads.c - how many threads a call should use: the settings, the environment, and whether help
 * is worth its price now. */
#include "../leakyc_testing.h"
#include "parallel.h"
#include "team.h"

#include <stdatomic.h>
#include <stdlib.h>

/* ---- how many it may use ----------------------------------------------------------------- */

static atomic_int setting;           /* set_num_threads; 0 for the default */
static _Thread_local int my_setting; /* the same for this thread alone, and before it */
static int environment;              /* OMP_NUM_THREADS, as the runtime read it; 0 for none */
static int initial_limit;            /* the runtime's own, at import */
static int limited_at_import;

void leakyc_threads_init(void)
{
    const char *number = getenv("OMP_NUM_THREADS");
    initial_limit = leakyc_runtime_limit();
    environment = number && atoi(number) > 0 ? initial_limit : 0;
    limited_at_import = initial_limit < leakyc_cpus_allowed();
}

int leakyc_set_num_threads(int n) { return atomic_exchange(&setting, n); }

int leakyc_set_my_num_threads(int n)
{
    const int before = my_setting;
    my_setting = n;
    return before;
}

/* By whoever has a say: this thread, the process, the environment; 0 for none. */
static int number_set(void)
{
    const int everyones = atomic_load(&setting);
    return my_setting ? my_setting : everyones ? everyones : environment;
}

static int default_threads(int limit, const char **reason)
{
    const int cpus = leakyc_cpus_allowed();
    *reason = "CPUs by affinity and cgroup quota";
    if (!limited_at_import || limit >= cpus)
        return cpus;
    *reason = "the OpenMP runtime's limit";
    return limit;
}

int leakyc_get_num_threads(const char **reason)
{
    if (!leakyc_openmp_version()) {
        *reason = "compiled without OpenMP";
        return 1;
    }
    const int limit = leakyc_runtime_limit(), set = number_set();
    int threads = set;
    *reason = my_setting              ? "set for this thread"
              : atomic_load(&setting) ? "set_num_threads"
                                      : "OMP_NUM_THREADS";
    if (!set)
        threads = default_threads(limit, reason);
    if (limit < initial_limit && limit < threads) {
        *reason = "limited in the OpenMP runtime (threadpoolctl, omp_set_num_threads)";
        threads = limit;
    }
    if (leakyc_thread_limit() < threads) {
        *reason = "OMP_THREAD_LIMIT";
        threads = leakyc_thread_limit();
    }
    return threads;
}

/* ---- whether help is worth its price now ------------------------------------------------- */

/* Bytes that a call must touch for help: from helpers that are awake, since the calls are close
 * (bench: any-size); from helpers that have to be woken (bench: woken); and for each
 * thread, as two have from AWAKE_FROM on. */
#define AWAKE_FROM ((size_t)512 * 1024)
#define ASLEEP_FROM ((size_t)6 * 1024 * 1024)
#define SHARE (AWAKE_FROM / 2)

/* Calls that follow each other in less are close: the helpers linger for twice as long. */
#define CLOSE_NS (LEAKYC_LINGER_NS / 2)

/* Python threads that call by turns have the CPUs busy already: so long after one of them followed
 * another within RECENT_NS they stay serial (bench: callers). */
#define RECENT_NS ((uint64_t)6000000)
#define SHARED_NS ((uint64_t)100000000)

/* A helper that joined and lost its CPU to somebody else's work makes the caller wait: for
 * milliseconds, where that is busy. Each wait beyond what is usual is a debt, SERIAL_TIMES as long,
 * that calls pay by being serial, so that all waits together cost little; one that stands alone is
 * within the credit (bench: busy-neighbour, threads). */
enum { USUAL_NS = 20000, USUAL_PART = 8, SERIAL_TIMES = 40 };
#define CREDIT_NS ((uint64_t)200000000)

static atomic_int eager; /* for tests */
static _Atomic uint64_t last_end, shared_until, serial_until;
static _Atomic(const char *) last_caller;

/* This thread's call: whether it is large enough to be noted, and whether it is close to
 * the last. */
static _Thread_local struct {
    char noted, close;
} call;

size_t leakyc_threads_from(const char **reason)
{
    const uint64_t now = leakyc_now();
    const int close = atomic_load(&eager) || now - atomic_load(&last_end) < CLOSE_NS;
    *reason = "several threads call by turns";
    if (!atomic_load(&eager) && now < atomic_load(&shared_until))
        return SIZE_MAX;
    *reason = "a helper came late: serial for a moment";
    if (!atomic_load(&eager) && now < atomic_load(&serial_until))
        return SIZE_MAX;
    *reason = close ? "calls are close, and helpers awake" : "helpers have to be woken";
    return close ? AWAKE_FROM : ASLEEP_FROM;
}

/* Notes that this thread begins a large call. */
static void note(uint64_t now)
{
    const uint64_t pause = now - atomic_load(&last_end);
    const char *const me = (const char *)&call, *const last = atomic_exchange(&last_caller, me);
    call.noted = 1;
    call.close = pause < CLOSE_NS;
    if (last != me && pause < RECENT_NS)
        atomic_store(&shared_until, now + SHARED_NS);
}

int leakyc_threads_for(size_t bytes)
{
    const char *reason;
    if (bytes < AWAKE_FROM || number_set() == 1 || leakyc_inside_region())
        return 1;
    note(leakyc_now());
    if (bytes < leakyc_threads_from(&reason)) /* before the system is asked for the CPUs */
        return 1;
    const int threads = leakyc_get_num_threads(&reason);
    return (size_t)threads < bytes / SHARE ? threads : (int)(bytes / SHARE);
}

int leakyc_threads_or(int threads, size_t bytes)
{
    return threads ? threads : leakyc_threads_for(bytes);
}

int leakyc_calls_are_close(void) { return call.close; }

void leakyc_call_ended(const struct leakyc_report *report)
{
    if (!call.noted)
        return;
    const uint64_t end = report ? report->end : leakyc_now();
    const uint64_t usual = report ? USUAL_NS + (end - report->start) / USUAL_PART : 0;
    call.noted = 0;
    atomic_store(&last_end, end);
    if (report && report->waited > usual) {
        const uint64_t until = atomic_load(&serial_until), from = end - CREDIT_NS;
        const uint64_t debt = (report->waited - usual) * SERIAL_TIMES;
        atomic_store(&serial_until, (until > from ? until : from) + debt);
    }
}

int leakyc_set_eager(int on)
{
    leakyc_team_patient(on);
    return atomic_exchange(&eager, on);
}
