/* threads.c - how many threads a call should use: the setting, the environment, and whether the
 * call is worth a region now. */
#include "leakyc.h"
#include "parallel.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

static atomic_int setting;         /* set_num_threads; 0 for the default */
static int default_threads;        /* OMP_NUM_THREADS, else what the process may use */
static int initial_limit;          /* the runtime's own limit, at import */
static const char *default_reason;
static int passive; /* the runtime's threads sleep between regions */

/* What libgomp and libomp read once, when they are loaded. */
static int waits_passively(void)
{
    const char *policy = getenv("OMP_WAIT_POLICY"), *spins = getenv("GOMP_SPINCOUNT");
    return (policy && (*policy == 'p' || *policy == 'P')) || (spins && strcmp(spins, "0") == 0);
}

void leakyc_threads_init(void)
{
    passive = waits_passively();
    const char *environment = getenv("OMP_NUM_THREADS");
    initial_limit = leakyc_runtime_limit();
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
}

int leakyc_set_num_threads(int n) { return atomic_exchange(&setting, n); }

int leakyc_get_num_threads(const char **reason)
{
    const int set = atomic_load(&setting);
    int threads = set ? set : default_threads;
    *reason = set ? "set_num_threads" : default_reason;
    if (!leakyc_openmp_version()) {
        *reason = default_reason;
        return 1;
    }
    if (leakyc_forked()) {
        *reason = "serial in a forked process";
        return 1;
    }
    const int limit = leakyc_runtime_limit();
    if (limit < initial_limit && limit < threads) {
        threads = limit;
        *reason = "limited in the OpenMP runtime (threadpoolctl, omp_set_num_threads)";
    }
    return threads;
}

/* ---- whether a region pays now ----------------------------------------------------------------- */

/* Bytes that a call must touch. WARM: when it follows the last one so fast that the team waits for it;
 * PAUSED: when it does not, though calls keep coming (bench/targets: pauses, pauses-work); ASLEEP: the
 * same where the team sleeps at once. COLD: when its threads have to be woken after long, which takes
 * from tens of microseconds to milliseconds. SHARE: for each thread (bench/threads.py; bench/targets:
 * pauses-passive). */
#define WARM_FROM ((size_t)512 * 1024)
#define PAUSED_FROM ((size_t)2 * 1024 * 1024)
#define ASLEEP_FROM ((size_t)12 * 1024 * 1024)
#define COLD_FROM ((size_t)32 * 1024 * 1024)
#define SHARE ((size_t)256 * 1024)

/* From one call's start to the next: more than a call of less than PAUSED_FROM takes. */
#define PAUSE_NS ((uint64_t)120000)

/* Beside another OpenMP runtime, whose threads may be at work or spin for more: what a call must touch
 * that does not follow the last one at once (bench/targets: torch-alternating-wheel). */
#define CONTESTED_FROM ((size_t)256 * 1024 * 1024)
#define AT_ONCE_NS ((uint64_t)5000)

/* The last call that was large enough: when, and by which thread. */
static atomic_int eager; /* for tests: as if the team always waited */
static _Atomic uint64_t last_call;
static _Atomic(const char *) last_caller;
static _Atomic uint64_t shared_until; /* so long as several threads call by turns, and a while after */
static _Thread_local char me;

#define SHARED_NS ((uint64_t)100000000) /* bench/targets: callers */

/* How many bytes are worth a region, by who called last and when; SIZE_MAX for none. Several Python
 * threads that call by turns have the CPUs busy already, each with a team of its own to wake. */
static size_t worth_from(void)
{
    if (atomic_load(&eager))
        return WARM_FROM;
    const uint64_t now = leakyc_now(), before = atomic_exchange(&last_call, now);
    const int same = atomic_exchange(&last_caller, (const char *)&me) == &me;
    const int recent = now - before < LEAKYC_WARM_NS;
    if (recent && !same)
        atomic_store(&shared_until, now + SHARED_NS);
    if (now < atomic_load(&shared_until) || now < leakyc_serial_until())
        return SIZE_MAX;
    if (leakyc_another_runtime(1) && now - leakyc_last_end() > AT_ONCE_NS)
        return CONTESTED_FROM;
    if (!recent)
        return COLD_FROM;
    if (passive)
        return ASLEEP_FROM;
    return now - before > PAUSE_NS ? PAUSED_FROM : WARM_FROM;
}

int leakyc_set_eager(int on) { return atomic_exchange(&eager, on); }

int leakyc_threads_for(size_t bytes)
{
    const char *reason;
    if (bytes < WARM_FROM || leakyc_forked() || leakyc_inside_region())
        return 1;
    const int threads = leakyc_get_num_threads(&reason);
    if (threads == 1 || bytes < worth_from())
        return 1;
    return (size_t)threads < bytes / SHARE ? threads : (int)(bytes / SHARE);
}
