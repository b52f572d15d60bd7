/* system.h - what the team needs of the operating system, the same for all of them: a clock, a
 * lock, bells to sleep by, a thread, and a moment for another CPU. */
#ifndef LEAKYC_SYSTEM_H
#define LEAKYC_SYSTEM_H

#include <stdint.h>

#if defined(_WIN32)
#ifndef WIN32_LEAN_AND_MEAN
#define WIN32_LEAN_AND_MEAN
#endif
#include <windows.h>

#define SYSTEM_LOCK SRWLOCK_INIT
#define SYSTEM_BELL CONDITION_VARIABLE_INIT
#define SYSTEM_THREAD(name) DWORD WINAPI name(void *unused)
#define system_enter AcquireSRWLockExclusive
#define system_leave ReleaseSRWLockExclusive
#define system_sleep(bell, lock) SleepConditionVariableSRW(bell, lock, INFINITE, 0)
#define system_wake WakeConditionVariable
#define system_wake_all WakeAllConditionVariable
#define system_yield SwitchToThread
#define system_can_start(threads) 1
typedef SRWLOCK system_lock;
typedef CONDITION_VARIABLE system_bell;

static inline uint64_t system_now(void)
{
    LARGE_INTEGER ticks, rate;
    QueryPerformanceCounter(&ticks);
    QueryPerformanceFrequency(&rate);
    return (uint64_t)((double)ticks.QuadPart * 1e9 / (double)rate.QuadPart);
}

static inline int system_start(LPTHREAD_START_ROUTINE thread)
{
    const HANDLE started = CreateThread(NULL, 0, thread, NULL, 0, NULL);
    return started && CloseHandle(started);
}

#else
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

#define SYSTEM_LOCK PTHREAD_MUTEX_INITIALIZER
#define SYSTEM_BELL PTHREAD_COND_INITIALIZER
#define SYSTEM_THREAD(name) void *name(void *unused)
#define system_enter pthread_mutex_lock
#define system_leave pthread_mutex_unlock
#define system_sleep pthread_cond_wait
#define system_wake pthread_cond_signal
#define system_wake_all pthread_cond_broadcast
#define system_yield sched_yield
typedef pthread_mutex_t system_lock;
typedef pthread_cond_t system_bell;

static inline uint64_t system_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* Whether a thread was started, which nobody joins. It takes no signals but those of its own
 * faults: the program's are for the program's threads. */
static inline int system_start(void *(*thread)(void *))
{
    static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL};
    sigset_t blocked, before;
    pthread_t started;
    sigfillset(&blocked);
    for (int i = 0; i < 4; i++)
        sigdelset(&blocked, faults[i]);
    pthread_sigmask(SIG_SETMASK, &blocked, &before);
    const int failed = pthread_create(&started, NULL, thread, NULL);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return !failed && pthread_detach(started) == 0;
}

static inline void *system_pass(void *gate)
{
    system_enter(gate);
    system_leave(gate);
    return NULL;
}

/* Whether so many more threads can exist at once. */
static inline int system_can_start(int threads)
{
    pthread_t *const started = malloc((size_t)threads * sizeof *started + 1);
    system_lock gate = SYSTEM_LOCK;
    int n = 0;
    system_enter(&gate);
    while (started && n < threads && pthread_create(&started[n], NULL, system_pass, &gate) == 0)
        n++;
    system_leave(&gate);
    for (int i = 0; i < n; i++)
        pthread_join(started[i], NULL);
    free(started);
    return n == threads;
}
#endif

static inline void system_relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(_MSC_VER)
    YieldProcessor();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

#endif
