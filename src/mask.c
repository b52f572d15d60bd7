/* mask.c - Leaky ReLU with one bit an element for the way back. */
#include "fpenv.h"
#include "threads/parallel.h"
#include "streaming.h"

enum { LINE = 64 };

struct masked {
    const struct leakyc_isa *isa;
    const struct leakyc_kernels *kernels;
    size_t itemsize;
    char *out;
    const char *in;
    uint8_t *mask;
    const uint8_t *from; /* the mask of a gradient; NULL forward */
    double slope;
    int stream;
};

/* `begin` is a multiple of 8. */
static void piece(void *context, size_t begin, size_t end)
{
    const struct masked *m = context;
    char *const out = m->out + begin * m->itemsize;
    const char *const in = m->in + begin * m->itemsize;
    const leakyc_fpenv env = leakyc_fpenv_enter();
    if (m->from)
        m->kernels->from_mask(out, m->from + begin / 8, in, end - begin, m->slope, m->stream);
    else
        m->kernels->with_mask(out, m->mask + begin / 8, in, end - begin, m->slope, m->stream);
    if (m->stream)
        m->isa->fence();
    leakyc_fpenv_leave(env);
}

static void run(struct masked *m, leakyc_dtype dtype, size_t n, int threads)
{
    m->kernels = &m->isa->of[dtype];
    m->itemsize = leakyc_itemsize(dtype);
    const size_t bytes = n * m->itemsize;
    m->stream = leakyc_streaming_pays(m->isa, m->out, bytes, m->in, NULL, 2 * bytes);
    /* No two threads write the same cache line of the mask. */
    leakyc_parallel(piece, m, n, 0, (size_t)LINE * 8, leakyc_threads_or(threads, 2 * bytes));
}

void leakyc_leak_with_mask(const leakyc_isa *isa, leakyc_dtype dtype, void *out, uint8_t *mask,
                           const void *x, size_t n, double slope, int threads)
{
    struct masked m = {.isa = isa, .out = out, .in = x, .mask = mask, .slope = slope};
    run(&m, dtype, n, threads);
}

void leakyc_leak_from_mask(const leakyc_isa *isa, leakyc_dtype dtype, void *out, const void *grad,
                           const uint8_t *mask, size_t n, double slope, int threads)
{
    struct masked m = {.isa = isa, .out = out, .in = grad, .from = mask, .slope = slope};
    run(&m, dtype, n, threads);
}
