/* fuzz_case.h - one case of the fuzzer: what it calls with, what must come out, and the comparison;
 * and the counts of what ran. */
#ifndef FUZZ_CASE_H
#define FUZZ_CASE_H

#include "layout.h"
#include "leakyc_testing.h"
#include "reference.h"

#include <fenv.h>
#include <stdio.h>
#include <stdlib.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

enum { GUARD = 64 };

static size_t last_level_cache;
size_t __wrap_leakyc_last_level_cache(void);
size_t __wrap_leakyc_last_level_cache(void) { return last_level_cache; }

/* What ran, printed at the end. */
static unsigned long cases, cases_of[LEAKYC_DTYPES], threaded, overlapped, flat, masks, bools,
    longdoubles, ufunc_loops;
static unsigned long cases_on[8];
static unsigned long biases, bias_grads, slope_grads, long_runs, sums_checked; /* fuzz_channels.h */

static void print_counts(void)
{
    const leakyc_isa *isa;
    printf("%lu cases: %lu contiguous, %lu with masks, %lu with a gate of bool, %lu of long "
           "double, %lu of "
           "the ufuncs' loops\n",
           cases, flat, masks, bools, longdoubles, ufunc_loops);
    printf("of them %lu of bias, %lu of its gradient, %lu of the slope's, %lu in long runs; %lu "
           "sums\n",
           biases, bias_grads, slope_grads, long_runs, sums_checked);
    printf("%lu on two or three threads, %lu with `out` over an input\n", threaded, overlapped);
    for (int dtype = 0; dtype < LEAKYC_DTYPES; dtype++)
        printf("%s %lu  ", dtype_names[dtype], cases_of[dtype]);
    for (size_t i = 0; (isa = leakyc_isa_at(i)); i++)
        printf("%s %lu  ", leakyc_isa_name(isa), cases_on[i]);
    puts("");
}

static void start(void)
{
    static int started;
    if (started)
        return;
    started = 1;
    if (leakyc_init(NULL) != 0)
        abort();
    atexit(print_counts);
}

/* ---- a case ------------------------------------------------------------------------------ */

struct fuzz_case {
    const leakyc_isa *isa;
    int threads, environment;
    leakyc_call call;
    struct layout layout[OPERANDS];
    char *block[OPERANDS]; /* of operand k; NULL where it lies in another's */
    size_t bytes[OPERANDS];
    char *before[OPERANDS]; /* a copy of the block; of OUT's: what must be there afterwards */
};

/* The bytes that the case was decoded from. */
static const uint8_t *case_data;
static size_t case_size;

static void fail(const struct fuzz_case *c, const char *what)
{
    printf("printf '");
    for (size_t i = 0; i < case_size; i++)
        printf("\\%03o", case_data[i]);
    puts("' >tests/fuzz/corpus/NAME");
    printf("WRONG: %s; %s, %s, %d threads, environment %d\n", what, leakyc_isa_name(c->isa),
           dtype_names[c->call.dtype], c->threads, c->environment);
    for (int k = 0; k < OPERANDS; k++) {
        printf("%s at %p swapped:", (const char *[]){"out", "gate", "value", "slope"}[k],
               (&c->call.out)[k].data);
        printf(" %d; shape, strides:", (&c->call.out)[k].swapped);
        for (int d = 0; d < c->call.ndim; d++)
            printf(" %zu,%td", c->call.shape[d], c->layout[k].strides[d]);
        puts("");
    }
    fflush(stdout);
    abort();
}

static const leakyc_isa *pick_isa(struct bytes *b)
{
    size_t available = 0, index = 0;
    const leakyc_isa *isa;
    for (size_t i = 0; (isa = leakyc_isa_at(i)); i++)
        available += (size_t)leakyc_isa_available(isa);
    size_t wanted = pick(b, (unsigned)available);
    for (; (isa = leakyc_isa_at(index)); index++)
        if (leakyc_isa_available(isa) && wanted-- == 0)
            break;
    cases_on[index]++;
    return isa;
}

static double pick_slope(struct bytes *b)
{
    static const double slopes[] = {0.01, 0.2, 0, 1, 1.3, -0.5, 1e-40, 1e300, 0.1, 5.5};
    const unsigned which = pick(b, 14);
    if (which < 10)
        return slopes[which];
    if (which < 12)
        return which == 10 ? (double)NAN : (double)INFINITY;
    double slope;
    const uint64_t high = random_bits(), bits = high << 32 | random_bits();
    memcpy(&slope, &bits, sizeof slope);
    return slope;
}

static void pick_common(struct fuzz_case *c, struct bytes *b)
{
    random_state = 1 + (uint32_t)pick(b, 65536);
    c->isa = pick_isa(b);
    c->call.dtype = (leakyc_dtype)pick(b, LEAKYC_DTYPES);
    c->threads = pick(b, 256) < 254 ? 1 : 2 + (int)pick(b, 2);
    c->environment = pick(b, 8) == 7 ? 1 + (int)pick(b, 2) : 0;
    c->call.scalar_slope = pick_slope(b);
    last_level_cache = pick(b, 2) ? SIZE_MAX : 0;
    cases++, threaded += c->threads > 1, cases_of[c->call.dtype]++;
}

/* A block for operand k's layout whose last element ends where the block does; `in_front` bytes
 * more at its front. */
static void place(struct fuzz_case *c, int k, size_t in_front)
{
    const size_t size = leakyc_itemsize(c->call.dtype);
    c->bytes[k] = in_front + c->layout[k].bytes;
    c->block[k] = malloc(c->bytes[k] + !c->bytes[k]);
    if (!c->block[k])
        abort();
    fill(c->block[k], c->call.dtype, c->bytes[k] / size);
    for (size_t i = 0; k == GATE && c->call.bools && i < c->bytes[k]; i++)
        c->block[k][i] = (char)(random_bits() & (random_bits() & 64 ? 0 : 255));
    memset(c->block[k] + c->bytes[k] / size * size, 0x5a, c->bytes[k] % size);
    (&c->call.out)[k].data = c->block[k] + in_front + c->layout[k].first;
    (&c->call.out)[k].strides = c->layout[k].strides;
}

/* Operand k is what operand j is. */
static void share(struct fuzz_case *c, int k, int j)
{
    c->layout[k] = c->layout[j];
    (&c->call.out)[k].data = (&c->call.out)[j].data;
    (&c->call.out)[k].strides = c->layout[k].strides;
    (&c->call.out)[k].swapped = (&c->call.out)[j].swapped;
}

/* ---- what must come out ------------------------------------------------------------------ */

/* memcpy of constant sizes. */
static void copy(char *to, const char *from, size_t size)
{
    if (size == 2)
        memcpy(to, from, 2);
    else
        memcpy(to, from, size == 4 ? 4 : 8);
}

static void load(const struct fuzz_case *c, int k, const struct position *p, char *element)
{
    const leakyc_operand *operand = &c->call.out + k;
    const char *at = (const char *)operand->data + p->offset[k];
    if (k == GATE && c->call.bools) {
        narrow(c->call.dtype, *at != 0, element);
        return;
    }
    if (operand->swapped)
        reverse_bytes(at, element, leakyc_itemsize(c->call.dtype));
    else
        copy(element, at, leakyc_itemsize(c->call.dtype));
}

static void expect(struct fuzz_case *c)
{
    const size_t size = leakyc_itemsize(c->call.dtype);
    const ptrdiff_t first = (char *)c->call.out.data - c->block[OUT];
    struct position p = {0};
    for (int k = 0; k < OPERANDS; k++)
        if (c->block[k]) {
            c->before[k] = malloc(c->bytes[k] + !c->bytes[k]);
            memcpy(c->before[k], c->block[k], c->bytes[k]);
        }
    for (size_t n = c->layout[OUT].elements; n > 0; n--, step(&p, c->layout)) {
        char gate[8], value[8], slope[8], want[8];
        double s = c->call.scalar_slope;
        load(c, GATE, &p, gate);
        load(c, VALUE, &p, value);
        if (c->call.slope.data) {
            load(c, SLOPE, &p, slope);
            s = widen(c->call.dtype, slope);
        }
        reference(c->call.dtype, gate, value, s, want);
        char *at = c->before[OUT] + first + p.offset[OUT];
        if (c->call.out.swapped)
            reverse_bytes(want, at, size);
        else
            copy(at, want, size);
    }
}

static void compare(struct fuzz_case *c)
{
    const size_t size = leakyc_itemsize(c->call.dtype);
    const ptrdiff_t first = (char *)c->call.out.data - c->block[OUT];
    struct position p = {0};
    for (size_t n = c->layout[OUT].elements; n > 0; n--, step(&p, c->layout)) {
        char got[8], want[8];
        char *at = c->before[OUT] + first + p.offset[OUT];
        load(c, OUT, &p, got);
        if (c->call.out.swapped)
            reverse_bytes(at, want, size);
        else
            copy(want, at, size);
        if (!same(c->call.dtype, got, want))
            fail(c, "a result");
        copy(at, c->block[OUT] + (at - c->before[OUT]), size); /* one NaN is as good as another */
    }
    for (int k = 0; k < OPERANDS; k++)
        if (c->block[k] && memcmp(c->block[k], c->before[k], c->bytes[k]) != 0)
            fail(c, k == OUT ? "a byte beside the results" : "an input was written");
    for (int k = 0; k < OPERANDS; k++) {
        free(c->block[k]);
        free(c->before[k]);
    }
}

/* The caller's environment: 1 rounds upwards, 2 flushes subnormals where the CPU can be told to. It
 * must change no result, and no call may change it or raise a flag. */
static void enter(int environment)
{
    feclearexcept(FE_ALL_EXCEPT);
    if (environment == 1)
        fesetround(FE_UPWARD);
#if defined(__x86_64__)
    if (environment == 2)
        _mm_setcsr(_mm_getcsr() | 0x8040);
#endif
}

static void leave(const struct fuzz_case *c)
{
    const int wrong = fetestexcept(FE_ALL_EXCEPT) != 0 ||
                      fegetround() != (c->environment == 1 ? FE_UPWARD : FE_TONEAREST);
    fesetround(FE_TONEAREST);
#if defined(__x86_64__)
    const unsigned control = _mm_getcsr();
    _mm_setcsr(control & ~0x8040u);
    if ((control & 0x8040) != (c->environment == 2 ? 0x8040u : 0))
        fail(c, "MXCSR changed");
#endif
    if (wrong)
        fail(c, "the floating-point environment");
}

static void run(struct fuzz_case *c)
{
    expect(c);
    enter(c->environment);
    leakyc_leak_nd(c->isa, &c->call, c->threads);
    leave(c);
    compare(c);
}

#endif
