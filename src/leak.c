/* leak.c - one contiguous call: whether to stream, how to cut it over the threads. */
#include "fpenv.h"
#include "kernels.h"
#include "leakyc_testing.h"
#include "threads/parallel.h"
#include "streaming.h"

/* Cuts lie on cache lines of `out`. Arrays of fewer bytes than SMALL are neither cut
 * nor streamed. */
enum { LINE = 64, SMALL = 65536 };

struct call {
    const struct leakyc_isa *isa;
    const struct leakyc_kernels *kernels;
    char *out;
    const char *gate, *value;
    size_t itemsize;
    double slope;
    int stream;
    const uint8_t *bools; /* the gate, where it is bool */
};

static void leak_piece(void *context, size_t begin, size_t end)
{
    const struct call *c = context;
    const size_t from = begin * c->itemsize;
    const leakyc_fpenv env = leakyc_fpenv_enter();
    if (c->bools)
        c->kernels->leak_bools(c->out + from, c->bools + begin, c->value + from, end - begin,
                               c->slope, c->stream);
    else
        c->kernels->leak(c->out + from, c->gate + from, c->value + from, end - begin, c->slope,
                         c->stream);
    if (c->stream)
        c->isa->fence();
    leakyc_fpenv_leave(env);
}

static void copy_piece(void *context, size_t begin, size_t end)
{
    const struct call *c = context;
    const size_t from = begin * c->itemsize;
    c->kernels->copy(c->out + from, c->gate + from, end - begin, c->stream);
    if (c->stream)
        c->isa->fence();
}

static void cut(leakyc_piece_fn *piece, struct call *c, size_t n, size_t touched, int threads)
{
    const size_t misaligned = (uintptr_t)c->out % LINE;
    const size_t lead = misaligned ? (LINE - misaligned) / c->itemsize : 0;
    leakyc_parallel(piece, c, n, lead, LINE / c->itemsize, leakyc_threads_or(threads, touched));
}

/* How a large call goes: on how many threads, by which stores and which kernels. */
static void large(struct call *c, leakyc_dtype dtype, size_t n, size_t touched, int gradient,
                  int threads)
{
    const int on = leakyc_threads_or(threads, touched);
    /* One thread's plain stores wait for the lines that they fetch. So its gradient streams from
     * three quarters of the last cache on: 1.3 to 1.5 times as fast there, 0.95 where the result is
     * read next; on two threads it would lose (bench: gradient-add, bench/streaming.py). */
    const size_t counted = gradient && on == 1 ? touched / 3 * 4 : touched;
    c->stream = leakyc_streaming_pays(c->isa, c->out, n * c->itemsize, c->gate, c->value, counted);
    /* What bfloat16 costs is its arithmetic. */
    const int far = touched > leakyc_cache_bytes(2) && !c->stream && dtype != LEAKYC_BF16;
    if (far && c->isa->narrower)
        c->kernels = &c->isa->narrower->of[dtype];
    cut(leak_piece, c, n, touched, on);
}

void leakyc_leak(const leakyc_isa *isa, leakyc_dtype dtype, void *out, const void *gate,
                 const void *value, size_t n, double slope, int threads)
{
    const size_t itemsize = leakyc_itemsize(dtype), bytes = n * itemsize;
    if (bytes < SMALL) {
        const leakyc_fpenv env = leakyc_fpenv_enter();
        isa->of[dtype].leak(out, gate, value, n, slope, 0);
        leakyc_fpenv_leave(env);
        return;
    }
    const int gradient = gate != value;
    struct call c = {isa, &isa->of[dtype], out, gate, value, itemsize, slope, 0, NULL};
    large(&c, dtype, n, bytes * (gradient ? 3 : 2), gradient, threads);
}

void leakyc_leak_bools(const leakyc_isa *isa, leakyc_dtype dtype, void *out, const uint8_t *gate,
                       const void *value, size_t n, double slope, int threads)
{
    const size_t itemsize = leakyc_itemsize(dtype), bytes = n * itemsize;
    if (bytes < SMALL) {
        const leakyc_fpenv env = leakyc_fpenv_enter();
        isa->of[dtype].leak_bools(out, gate, value, n, slope, 0);
        leakyc_fpenv_leave(env);
        return;
    }
    struct call c = {isa, &isa->of[dtype], out, NULL, value, itemsize, slope, 0, gate};
    large(&c, dtype, n, 2 * bytes + n, 1, threads);
}

void leakyc_copy(const leakyc_isa *isa, leakyc_dtype dtype, void *out, const void *in, size_t n,
                 int stream, int threads)
{
    const size_t itemsize = leakyc_itemsize(dtype);
    struct call c = {isa, &isa->of[dtype], out, in, in, itemsize, 1.0, stream & isa->streams, NULL};
    cut(copy_piece, &c, n, 2 * n * c.itemsize, threads);
}
