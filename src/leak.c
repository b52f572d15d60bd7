/* leak.c - one contiguous call, its gate an array, bytes or a mask of bits: whether to stream, how
 * to cut it over the threads. */
#include "fpenv.h"
#include "kernels.h"
#include "leakyc_testing.h"
#include "streaming.h"
#include "threads/parallel.h"

/* Arrays of fewer bytes are neither cut nor streamed. Were it asked whether they should be, a call
 * on 16 elements would be 5.5 times as fast as np.negative instead of 7.6 (bench: call-out). */
enum { SMALL = 65536 };

/* What says whether an element is passed on: an array, bytes, or bits; or it makes the bits. */
enum gate { ARRAY, BYTES, BITS, NEW_BITS, NONE };

struct call {
    const struct leakyc_isa *isa;
    const struct leakyc_kernels *kernels;
    size_t itemsize;
    char *out;
    const char *value;
    enum gate kind;
    const void *gate;
    uint8_t *new_bits;
    double slope;
    int stream;
};

static struct call call_of(const leakyc_isa *isa, leakyc_dtype dtype, void *out, const void *value,
                           double slope)
{
    const struct call c = {.isa = isa,
                           .kernels = &isa->of[dtype],
                           .itemsize = leakyc_itemsize(dtype),
                           .out = out,
                           .value = value,
                           .slope = slope};
    return c;
}

/* Elements begin to end; of bits, from a whole byte on. */
static void run(const struct call *c, size_t begin, size_t end)
{
    const struct leakyc_kernels *const k = c->kernels;
    char *const out = c->out + begin * c->itemsize;
    const char *const value = c->value + begin * c->itemsize;
    const size_t n = end - begin;
    switch (c->kind) {
    case ARRAY:
        k->leak(out, (const char *)c->gate + begin * c->itemsize, value, n, c->slope, c->stream);
        break;
    case BYTES:
        k->leak_bools(out, (const uint8_t *)c->gate + begin, value, n, c->slope, c->stream);
        break;
    case BITS:
        k->from_mask(out, (const uint8_t *)c->gate + begin / 8, value, n, c->slope, c->stream);
        break;
    case NEW_BITS:
        k->with_mask(out, c->new_bits + begin / 8, value, n, c->slope, c->stream);
        break;
    case NONE:
        k->copy(out, value, n, c->stream);
    }
}

static void piece(void *context, size_t begin, size_t end)
{
    const struct call *c = context;
    const leakyc_fpenv env = leakyc_fpenv_enter();
    run(c, begin, end);
    if (c->stream)
        c->isa->fence();
    leakyc_fpenv_leave(env);
}

/* Cuts lie on cache lines of `out`. */
static void cut(struct call *c, size_t n, size_t touched, int threads)
{
    const size_t to_line = -(uintptr_t)c->out % LEAKYC_LINE / c->itemsize;
    leakyc_parallel(piece, c, n, to_line, LEAKYC_LINE / c->itemsize,
                    leakyc_threads_or(threads, touched));
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
    const char *const gate = c->kind == ARRAY ? c->gate : NULL;
    c->stream = leakyc_streaming_pays(c->isa, c->out, n * c->itemsize, gate, c->value, counted);
    /* What bfloat16 costs is its arithmetic. */
    const int far = touched > leakyc_cache_bytes(2) && !c->stream && dtype != LEAKYC_BF16;
    if (far && c->isa->narrower)
        c->kernels = &c->isa->narrower->of[dtype];
    cut(c, n, touched, on);
}

NOINLINE void leak_large(const leakyc_isa *isa, leakyc_dtype dtype, void *out, const void *gate,
                         const void *value, size_t n, double slope, int threads)
{
    const int gradient = gate != value;
    struct call c = call_of(isa, dtype, out, value, slope);
    c.kind = ARRAY, c.gate = gate;
    large(&c, dtype, n, n * c.itemsize * (gradient ? 3 : 2), gradient, threads);
}

INLINE void leak(const leakyc_isa *isa, leakyc_dtype dtype, void *out, const void *gate,
                 const void *value, size_t n, double slope, int threads)
{
    if (n >= SMALL / leakyc_itemsize(dtype)) {
        leak_large(isa, dtype, out, gate, value, n, slope, threads);
        return;
    }
    const leakyc_fpenv env = leakyc_fpenv_enter();
    isa->of[dtype].leak(out, gate, value, n, slope, 0);
    leakyc_fpenv_leave(env);
}

void leakyc_leak(const leakyc_isa *isa, leakyc_dtype dtype, void *out, const void *gate,
                 const void *value, size_t n, double slope, int threads)
{
    leak(isa, dtype, out, gate, value, n, slope, threads);
}

/* leakyc.h's stand here, so that a small call goes to its kernel at once (bench: c-call). */
#define FUNCTIONS(T, C, DTYPE)                                                                     \
    void leakyc_leaky_relu_##T(C *out, const C *x, size_t n, double slope, int threads)            \
    {                                                                                              \
        leak(leakyc_chosen, DTYPE, out, x, x, n, slope, threads);                                  \
    }                                                                                              \
    void leakyc_leaky_relu_grad_##T(C *dx, const C *grad, const C *x, size_t n, double slope,      \
                                    int threads)                                                   \
    {                                                                                              \
        leak(leakyc_chosen, DTYPE, dx, x, grad, n, slope, threads);                                \
    }

FUNCTIONS(f32, float, LEAKYC_F32)
FUNCTIONS(f64, double, LEAKYC_F64)

void leakyc_leak_bools(const leakyc_isa *isa, leakyc_dtype dtype, void *out, const uint8_t *gate,
                       const void *value, size_t n, double slope, int threads)
{
    const size_t bytes = n * leakyc_itemsize(dtype);
    if (bytes < SMALL) {
        const leakyc_fpenv env = leakyc_fpenv_enter();
        isa->of[dtype].leak_bools(out, gate, value, n, slope, 0);
        leakyc_fpenv_leave(env);
        return;
    }
    struct call c = call_of(isa, dtype, out, value, slope);
    c.kind = BYTES, c.gate = gate;
    large(&c, dtype, n, 2 * bytes + n, 1, threads);
}

/* ---- a mask of bits ---------------------------------------------------------------------- */

static void masked(struct call *c, size_t n, int threads)
{
    const size_t bytes = n * c->itemsize;
    c->stream = leakyc_streaming_pays(c->isa, c->out, bytes, c->value, NULL, 2 * bytes);
    /* No two threads write the same cache line of the mask. */
    leakyc_parallel(piece, c, n, 0, (size_t)LEAKYC_LINE * 8, leakyc_threads_or(threads, 2 * bytes));
}

void leakyc_leak_with_mask(const leakyc_isa *isa, leakyc_dtype dtype, void *out, uint8_t *mask,
                           const void *x, size_t n, double slope, int threads)
{
    struct call c = call_of(isa, dtype, out, x, slope);
    c.kind = NEW_BITS, c.new_bits = mask;
    masked(&c, n, threads);
}

void leakyc_leak_from_mask(const leakyc_isa *isa, leakyc_dtype dtype, void *out, const void *grad,
                           const uint8_t *mask, size_t n, double slope, int threads)
{
    struct call c = call_of(isa, dtype, out, grad, slope);
    c.kind = BITS, c.gate = mask;
    masked(&c, n, threads);
}

/* ---- a copy ------------------------------------------------------------------------------ */

void leakyc_copy(const leakyc_isa *isa, leakyc_dtype dtype, void *out, const void *in, size_t n,
                 int stream, int threads)
{
    struct call c = call_of(isa, dtype, out, in, 1);
    c.kind = NONE, c.stream = stream & isa->streams;
    cut(&c, n, 2 * n * c.itemsize, threads);
}
