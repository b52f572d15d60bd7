/* team.c - the team of helpers: an OpenMP team that is kept inside one long region; the only file
 * with `omp`.
 *
 * A call offers seats, rings, and works. A helper takes a seat by a compare-and-swap, works, and
 * leaves. When the caller finds nothing more to do it takes the free seats back, and waits for
 * those alone who sit on the others: who comes late finds no seat and goes back to sleep. So a
 * helper that sleeps, has lost its CPU, or does not exist costs nothing but its help; and no thread
 * of the program's is ever inside the runtime on our account, where a fork could find it.
 */
#if !defined(_WIN32) && !defined(_GNU_SOURCE)
#define _GNU_SOURCE
#endif

#include "team.h"
#include "../cpu.h"
#include "../leakyc_core.h"
#include "system.h"

uint64_t leakyc_now(void) { return system_now(); }

#ifdef _OPENMP
#include <limits.h>
#include <omp.h>
#include <stdatomic.h>

/* The call that is open. */
static atomic_flag taken = ATOMIC_FLAG_INIT; /* a call has the team */
static leakyc_share_fn *call_share;
static void *call_work;
static atomic_int lingering;
static _Alignas(LEAKYC_LINE) atomic_int seats;  /* free ones; 0 when no call is open */
static _Alignas(LEAKYC_LINE) atomic_int left;   /* helpers that took one and have left it */
static _Alignas(LEAKYC_LINE) atomic_uint rings; /* calls so far */

/* The helpers. `lock` guards the bells; the counts are read without it. */
static _Alignas(LEAKYC_LINE) atomic_int asleep; /* helpers, by `call_bell` */
static atomic_int waiting;                      /* the caller sleeps, by `left_bell` */
static system_lock lock = SYSTEM_LOCK;
static system_bell call_bell = SYSTEM_BELL, left_bell = SYSTEM_BELL;
static atomic_size_t calls, joined; /* for who asks */
static atomic_int patient;

/* The team. The host opens its region anew when `regrow` is set. */
static atomic_int size, wanted, regrow;
static int started;         /* of `taken`, as the next */
static uint64_t next_start; /* a team that is smaller than wanted is tried again from then on */
#define RETRY_NS ((uint64_t)1000000000)

/* About what a sleep and a wake take: a spin of as long costs twice the better choice at most.
 * Without it calls of 512 to 768 KB run at 0.3 to 0.4 of one thread's speed (bench: any-size). */
#define SPIN_NS ((uint64_t)25000)

/* ---- a helper ---------------------------------------------------------------------------- */

/* Waits for another call than number `seen`. Returns whether it slept. */
static int wait_for_call(unsigned seen)
{
    const uint64_t start = system_now();
    while (atomic_load(&lingering) && system_now() - start < LEAKYC_LINGER_NS)
        for (int i = 0; i < 16; i++, system_relax())
            if (atomic_load(&rings) != seen)
                return 0;
    leakyc_avoid_caller();
    system_enter(&lock);
    atomic_fetch_add(&asleep, 1);
    while (atomic_load(&rings) == seen)
        system_sleep(&call_bell, &lock);
    atomic_fetch_sub(&asleep, 1);
    system_leave(&lock);
    return 1;
}

static int take_seat(void)
{
    int free = atomic_load(&seats);
    while (free > 0)
        if (atomic_compare_exchange_weak(&seats, &free, free - 1))
            return 1;
    return 0;
}

/* Wakes two at the most: each of them, once it sits, wakes two more. Who has counted itself in is
 * asleep once the lock is free. */
static void wake_some(int helpers)
{
    if (helpers < 1 || atomic_load(&asleep) == 0)
        return;
    system_enter(&lock);
    system_wake(&call_bell);
    if (helpers > 1)
        system_wake(&call_bell);
    system_leave(&lock);
}

static void work(int me)
{
    wake_some(atomic_load(&seats));
    call_share(call_work, me);
    atomic_fetch_add(&left, 1);
    if (atomic_load(&waiting)) {
        system_enter(&lock);
        system_wake(&left_bell);
        system_leave(&lock);
    }
}

/* A helper's life, until the team is to be made anew. */
static void serve(int me)
{
    for (int slept = 1; !atomic_load(&regrow);) {
        const unsigned seen = atomic_load(&rings);
        if ((!slept || leakyc_join_caller()) && take_seat())
            work(me);
        if (!atomic_load(&regrow))
            slept = wait_for_call(seen);
    }
}

/* A thread of ours that opens the region, so that it can be left to itself: its team is the
 * helpers. libgomp ends the process when it cannot start a thread (no memory for its stack, a limit
 * on processes): so that is tried first. */
static SYSTEM_THREAD(host)
{
    (void)unused;
    for (;;) {
        atomic_store(&regrow, 0);
        int threads = atomic_load(&wanted);
        threads = system_can_start(threads - 1) ? threads : 1;
#pragma omp parallel num_threads(threads)
        {
            if (omp_get_thread_num() == 0)
                atomic_store(&size, omp_get_num_threads());
            serve(omp_get_thread_num() + 1);
        }
    }
    return 0;
}

/* ---- a call ------------------------------------------------------------------------------ */

/* Whether there are helpers, or will be: started, or made more, where there are fewer
 * than wanted. */
static int have(int helpers, uint64_t now)
{
    const int more = helpers > atomic_load(&wanted);
    if (more)
        atomic_store(&wanted, helpers);
    if (more || (helpers > atomic_load(&size) && now >= next_start)) {
        next_start = now + RETRY_NS;
        leakyc_note_caller();
        if (started)
            atomic_store(&regrow, 1);
        else
            started = system_start(host);
    }
    return started;
}

static void ring(int helpers)
{
    if (atomic_load(&asleep) > 0)
        leakyc_note_caller();
    atomic_fetch_add(&rings, 1);
    if (atomic_load(&regrow)) {
        system_enter(&lock);
        system_wake_all(&call_bell);
        system_leave(&lock);
    } else {
        wake_some(helpers);
    }
}

/* A helper that lost its CPU in the middle of a piece gets this one when the caller sleeps. */
static void wait_for(int seated)
{
    const uint64_t start = system_now();
    while (atomic_load(&left) < seated && system_now() - start < SPIN_NS)
        system_relax();
    if (atomic_load(&left) == seated)
        return;
    system_enter(&lock);
    atomic_store(&waiting, 1);
    while (atomic_load(&left) < seated)
        system_sleep(&left_bell, &lock);
    atomic_store(&waiting, 0);
    system_leave(&lock);
}

static void patience(uint64_t rung)
{
    while (atomic_load(&patient) && atomic_load(&seats) > 0 && system_now() - rung < 10000000)
        system_yield();
}

int leakyc_team_run(leakyc_share_fn *share, void *context, int helpers, int linger,
                    struct leakyc_report *report)
{
    report->start = system_now();
    if (atomic_flag_test_and_set(&taken))
        return 0;
    const int there = have(helpers, report->start);
    if (there) {
        call_share = share;
        call_work = context;
        atomic_store(&lingering, linger);
        atomic_store(&left, 0);
        atomic_store(&seats, helpers);
        ring(helpers);
        patience(report->start);
        share(context, 0);
        const uint64_t done = system_now();
        report->joined = helpers - atomic_exchange(&seats, 0);
        wait_for(report->joined);
        report->end = system_now();
        report->waited = report->end - done;
        atomic_fetch_add(&calls, 1);
        atomic_fetch_add(&joined, (size_t)report->joined);
    }
    atomic_flag_clear(&taken);
    return there;
}

#if defined(_WIN32)
void leakyc_team_init(void) {}
#else
/* The CPUs that the runtime binds its threads to, if it does. */
static void note_places(void)
{
#if _OPENMP >= 201511
    const int count = omp_get_proc_bind() == omp_proc_bind_false ? 0 : omp_get_num_places();
    for (int place = 0; place < count; place++) {
        const int n = omp_get_place_num_procs(place);
        int *const ids = malloc((size_t)n * sizeof *ids + 1);
        if (ids)
            omp_get_place_proc_ids(place, ids);
        for (int i = 0; ids && i < n; i++)
            leakyc_note_place(ids[i]);
        free(ids);
    }
#endif
}

/* A child has none of its parent's helpers, and nobody who would end its parent's call. */
static void in_child(void)
{
    const system_lock new_lock = SYSTEM_LOCK;
    const system_bell new_bell = SYSTEM_BELL;
    lock = new_lock;
    call_bell = left_bell = new_bell;
    atomic_int *const counts[] = {&seats, &asleep, &waiting, &size, &wanted, &regrow};
    for (int i = 0; i < 6; i++)
        atomic_store(counts[i], 0);
    started = 0;
    next_start = 0;
    atomic_flag_clear(&taken);
}

void leakyc_team_init(void)
{
    note_places();
    pthread_atfork(NULL, NULL, in_child);
}
#endif

/* ---- what the rest may ask --------------------------------------------------------------- */

int leakyc_openmp_version(void) { return _OPENMP; }
int leakyc_inside_region(void) { return omp_in_parallel(); }
int leakyc_runtime_limit(void) { return omp_get_max_threads(); }
void leakyc_team_patient(int on) { atomic_store(&patient, on); }

int leakyc_thread_limit(void)
{
#if _OPENMP >= 200805
    return omp_get_thread_limit();
#else
    return INT_MAX;
#endif
}

leakyc_team leakyc_team_now(void)
{
    return (leakyc_team){atomic_load(&size), atomic_load(&asleep), atomic_load(&calls),
                         atomic_load(&joined)};
}

#else

int leakyc_openmp_version(void) { return 0; }
int leakyc_inside_region(void) { return 0; }
int leakyc_runtime_limit(void) { return 1; }
int leakyc_thread_limit(void) { return 1; }
void leakyc_team_init(void) {}
void leakyc_team_patient(int on) { (void)on; }
leakyc_team leakyc_team_now(void) { return (leakyc_team){0, 0, 0, 0}; }

int leakyc_team_run(leakyc_share_fn *share, void *context, int helpers, int linger,
                    struct leakyc_report *report)
{
    return (void)share, (void)context, (void)helpers, (void)linger, (void)report, 0;
}
#endif
