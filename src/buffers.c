/* buffers.c - memory for large results: a bounded cache of freed blocks, so that a fresh result
 * need not be paged in again.
 *
 * A block is a mapping of its own: a page whose end holds the header, then the data, aligned to
 * huge pages. Freed blocks are kept, newest first, while they fit the limit. What is kept is marked
 * as reclaimable by the kernel (MADV_FREE), all but the newest few megabytes: marking and touching
 * a small block again costs as much as computing it, and where threads wait on other CPUs, each
 * huge page that is marked interrupts them.
 */
#if !defined(_WIN32) && !defined(_GNU_SOURCE)
#define _GNU_SOURCE
#endif

#include "buffers.h"
#include "leakyc_core.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#if defined(_WIN32)

/* Nothing is recycled there: the limit stays 0. */
void leakyc_buffers_init(void) {}
void *leakyc_buffer_new(size_t bytes) { return malloc(bytes); }
void *leakyc_buffer_zeroed(size_t count, size_t bytes) { return calloc(count, bytes); }
void *leakyc_buffer_resize(void *data, size_t bytes) { return realloc(data, bytes); }
void leakyc_buffer_free(void *data) { free(data); }
size_t leakyc_buffer_limit(void) { return 0; }
size_t leakyc_set_buffer_limit(size_t bytes) { return (void)bytes, (size_t)0; }
size_t leakyc_default_buffer_limit(void) { return 0; }
size_t leakyc_clear_buffers(void) { return 0; }
leakyc_buffer_stats leakyc_buffer_info(void) { return (leakyc_buffer_stats){0, 0, 0, 0, 0}; }

#else

#include <pthread.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#define MEGABYTE ((size_t)1 << 20)
#define HUGE_PAGE (2 * MEGABYTE)

/* Kept as they are, for the next call: two results of 16 MB (bench/recycled.py). */
#define UNMARKED_MOST (32 * MEGABYTE)
enum { BLOCKS_MOST = 64 };

/* In front of the data. `capacity` is what follows, a size class. */
struct block {
    size_t capacity;
    struct block *newer, *older; /* among the kept ones */
    size_t marked;               /* bytes at its end that the kernel may take */
};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct block *newest, *oldest; /* the kept blocks */
static size_t unmarked;               /* bytes of them that the kernel may not take */
static leakyc_buffer_stats stats;     /* of `mutex`, but for: */
static atomic_size_t limit;
static size_t page, default_limit; /* written once, at import */
static int huge_pages;             /* whether to ask for them; also once */

static void *data_of(struct block *b) { return b + 1; }
static struct block *block_of(void *data) { return (struct block *)data - 1; }

/* Classes are an eighth of an octave apart, and whole huge pages; 0 for too much. */
static size_t capacity_for(size_t bytes)
{
    size_t octave = HUGE_PAGE;
    if (bytes > SIZE_MAX / 4)
        return 0;
    while (octave * 2 <= bytes)
        octave *= 2;
    const size_t step = octave / 8 > HUGE_PAGE ? octave / 8 : HUGE_PAGE;
    return bytes ? (bytes + step - 1) / step * step : step;
}

/* ---- mappings ---------------------------------------------------------------------------- */

static struct block *map(size_t capacity)
{
    const size_t all = page + capacity + HUGE_PAGE;
    char *start = mmap(NULL, all, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (start == MAP_FAILED)
        return NULL;
    const uintptr_t aligned = ((uintptr_t)start + page + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE;
    char *data = start + (aligned - (uintptr_t)start), *end = data + capacity;
    if (data - page > start)
        munmap(start, (size_t)(data - page - start));
    if (start + all > end)
        munmap(end, (size_t)(start + all - end));
#ifdef MADV_HUGEPAGE
    if (huge_pages)
        madvise(data, capacity, MADV_HUGEPAGE);
#endif
    struct block *b = block_of(data);
    b->capacity = capacity;
    b->newer = b->older = NULL;
    b->marked = 0;
    return b;
}

/* Gives a chain of blocks, linked by `older`, back to the system; returns their bytes. */
static size_t unmap(struct block *b)
{
    size_t bytes = 0;
    for (struct block *next; b; b = next) {
        next = b->older;
        bytes += b->capacity;
        munmap((char *)data_of(b) - page, page + b->capacity);
    }
    return bytes;
}

/* ---- the kept blocks; the mutex is held -------------------------------------------------- */

static void take_out(struct block *b)
{
    *(b->newer ? &b->newer->older : &newest) = b->older;
    *(b->older ? &b->older->newer : &oldest) = b->newer;
    stats.cached_bytes -= b->capacity;
    stats.cached_blocks--;
    unmarked -= b->capacity - b->marked;
}

static void put_in(struct block *b)
{
    b->marked = 0;
    b->newer = NULL;
    b->older = newest;
    *(newest ? &newest->newer : &oldest) = b;
    newest = b;
    stats.cached_bytes += b->capacity;
    stats.cached_blocks++;
    unmarked += b->capacity;
}

/* Lets the kernel take pages, if it needs any: the oldest blocks' first, of each its end first. */
static void mark(void)
{
#ifdef MADV_FREE
    for (struct block *b = oldest; b && unmarked > UNMARKED_MOST; b = b->newer) {
        const size_t left = b->capacity - b->marked;
        const size_t over = (unmarked - UNMARKED_MOST + HUGE_PAGE - 1) & ~(HUGE_PAGE - 1);
        const size_t more = over < left ? over : left;
        if (more && madvise((char *)data_of(b) + left - more, more, MADV_FREE) == 0) {
            b->marked += more;
            unmarked -= more;
        }
    }
#endif
}

/* Takes out the oldest blocks until what is left fits; returns them as a chain for unmap(). */
static struct block *evict(size_t most_bytes, size_t most_blocks)
{
    struct block *chain = NULL;
    while (oldest && (stats.cached_bytes > most_bytes || stats.cached_blocks > most_blocks)) {
        struct block *b = oldest;
        take_out(b);
        b->older = chain;
        chain = b;
    }
    return chain;
}

/* ---- what NumPy calls -------------------------------------------------------------------- */

/* A block, kept or new; `*zero` says whether its data is all zero. */
static struct block *acquire(size_t bytes, int *zero)
{
    const size_t capacity = capacity_for(bytes);
    if (!capacity)
        return NULL;
    pthread_mutex_lock(&mutex);
    struct block *b = newest;
    while (b && b->capacity != capacity)
        b = b->older;
    if (b)
        take_out(b);
    *(b ? &stats.reused : &stats.created) += 1;
    pthread_mutex_unlock(&mutex);
    *zero = !b;
    if (!b && !(b = map(capacity))) {
        leakyc_clear_buffers(); /* the memory may be ours */
        b = map(capacity);
    }
    return b;
}

void *leakyc_buffer_new(size_t bytes)
{
    int zero;
    struct block *b = acquire(bytes, &zero);
    return b ? data_of(b) : NULL;
}

void *leakyc_buffer_zeroed(size_t count, size_t bytes)
{
    int zero;
    if (bytes && count > SIZE_MAX / bytes)
        return NULL;
    struct block *b = acquire(count * bytes, &zero);
    if (b && !zero)
        memset(data_of(b), 0, count * bytes);
    return b ? data_of(b) : NULL;
}

void *leakyc_buffer_resize(void *data, size_t bytes)
{
    if (!data)
        return leakyc_buffer_new(bytes);
    const size_t capacity = block_of(data)->capacity;
    if (capacity_for(bytes) == capacity)
        return data;
    void *moved = leakyc_buffer_new(bytes);
    if (moved) {
        memcpy(moved, data, bytes < capacity ? bytes : capacity);
        leakyc_buffer_free(data);
    }
    return moved;
}

void leakyc_buffer_free(void *data)
{
    if (!data)
        return;
    struct block *b = block_of(data), *rest;
    if (b->capacity > atomic_load(&limit)) { /* alone too much: no reason to lose the others */
        b->older = NULL;
        unmap(b);
        return;
    }
    pthread_mutex_lock(&mutex);
    put_in(b);
    rest = evict(atomic_load(&limit), BLOCKS_MOST);
    mark();
    pthread_mutex_unlock(&mutex);
    unmap(rest);
}

/* ---- what the user asks ------------------------------------------------------------------ */

size_t leakyc_buffer_limit(void) { return atomic_load(&limit); }

size_t leakyc_default_buffer_limit(void) { return default_limit; }

size_t leakyc_set_buffer_limit(size_t bytes)
{
    pthread_mutex_lock(&mutex);
    const size_t before = atomic_exchange(&limit, bytes);
    struct block *rest = evict(bytes, BLOCKS_MOST);
    pthread_mutex_unlock(&mutex);
    unmap(rest);
    return before;
}

size_t leakyc_clear_buffers(void)
{
    pthread_mutex_lock(&mutex);
    struct block *rest = evict(0, 0);
    pthread_mutex_unlock(&mutex);
    return unmap(rest);
}

leakyc_buffer_stats leakyc_buffer_info(void)
{
    pthread_mutex_lock(&mutex);
    leakyc_buffer_stats now = stats;
    pthread_mutex_unlock(&mutex);
    now.limit = atomic_load(&limit);
    return now;
}

/* ---- the start --------------------------------------------------------------------------- */

static void hold(void) { pthread_mutex_lock(&mutex); }
static void let_go(void) { pthread_mutex_unlock(&mutex); }

void leakyc_buffers_init(void)
{
    const char *const advise = getenv("NUMPY_MADVISE_HUGEPAGE"); /* as NumPy reads it */
    huge_pages = !advise || strtol(advise, NULL, 10) != 0;
    const long page_size = sysconf(_SC_PAGESIZE), pages = sysconf(_SC_PHYS_PAGES);
    page = page_size > 0 ? (size_t)page_size : 4096;
    default_limit = 256 * MEGABYTE;
    if (pages > 0 && (size_t)pages / 16 < default_limit / page)
        default_limit = (size_t)pages / 16 * page;
    atomic_store(&limit, default_limit);
    pthread_atfork(hold, let_go, let_go);
}

#endif
