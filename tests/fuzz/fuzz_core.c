/* fuzz_core.c - calls of the C API decoded from bytes, each compared with the scalar reference: the
 * results' bits, the bytes between and around them, the inputs, and the floating-point environment.
 *
 * With libFuzzer, LLVMFuzzerTestOneInput is what it calls. Compiled with FUZZ_MAIN it is a program
 * of its own, for emulated machines: `fuzz_core CASES SEED [FILE...]`; a file is one case.
 * Linked with -Wl,--wrap=leakyc_last_level_cache, so that small calls stream as well. */
#include "leakyc.h"
#include "layout.h"
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
static unsigned long cases, cases_of[LEAKYC_DTYPES], threaded, overlapped, flat, longdoubles;
static unsigned long cases_on[8];

static void print_counts(void)
{
    const leakyc_isa *isa;
    printf("%lu cases: %lu contiguous, %lu of long double, the others n-dimensional\n", cases, flat,
           longdoubles);
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

/* ---- a case ------------------------------------------------------------------------------------ */

struct fuzz_case {
    const leakyc_isa *isa;
    int threads, environment;
    leakyc_call call;
    struct layout layout[OPERANDS];
    char *block[OPERANDS]; /* of operand k; NULL where it lies in another's */
    size_t bytes[OPERANDS];
    char *before[OPERANDS]; /* a copy of the block; of OUT's: what must be there afterwards */
};

static void fail(const struct fuzz_case *c, const char *what)
{
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
    c->threads = pick(b, 64) < 62 ? 1 : 2 + (int)pick(b, 2);
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

/* ---- what must come out -------------------------------------------------------------------------- */

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

/* ---- the kinds of call --------------------------------------------------------------------------- */

/* leakyc_leak: aligned; in place, apart, or from below on one thread. */
static void contiguous(struct fuzz_case *c, struct bytes *b)
{
    const size_t size = leakyc_itemsize(c->call.dtype);
    const unsigned mode = pick(b, 6);
    size_t n = pick(b, 300);
    if (pick(b, 128) == 127)
        n = 65536 / size + pick(b, 5000);
    flat++;
    c->call.ndim = 1;
    c->call.shape = &n;
    for (int k = 0; k < SLOPE; k++)
        layout_line(&c->layout[k], n, (ptrdiff_t)size, size);
    place(c, OUT, pick(b, 64) * size);
    if (mode == 4) { /* an input lies a few elements above `out`, in the same block */
        const size_t above = 1 + pick(b, 40);
        free(c->block[OUT]);
        c->layout[OUT].bytes += above * size;
        place(c, OUT, 0);
        c->call.gate.data = (char *)c->call.out.data + above * size;
        c->call.gate.strides = c->layout[GATE].strides;
        c->threads = 1;
        overlapped++;
    } else if (mode == 1 || mode == 3) {
        share(c, GATE, OUT);
        overlapped++;
    } else {
        place(c, GATE, pick(b, 8) * size);
    }
    if (mode == 2)
        share(c, VALUE, OUT);
    else if (mode == 3 || mode == 5 || (mode == 4 && pick(b, 2)))
        share(c, VALUE, GATE);
    else
        place(c, VALUE, pick(b, 8) * size);
    expect(c);
    enter(c->environment);
    leakyc_leak(c->isa, c->call.dtype, c->call.out.data, c->call.gate.data, c->call.value.data, n,
                c->call.scalar_slope, c->threads);
    leave(c);
    compare(c);
}

/* leakyc_leak_nd, with `out` apart from the inputs or being one of them. */
static void n_dimensional(struct fuzz_case *c, struct bytes *b)
{
    const size_t size = leakyc_itemsize(c->call.dtype);
    const unsigned mode = pick(b, 8);
    struct shape shape;
    pick_shape(b, &shape);
    c->call.ndim = shape.ndim;
    c->call.shape = shape.extent;
    for (int k = 0; k < OPERANDS; k++) {
        (&c->call.out)[k].swapped = pick(b, 8) == 7;
        if (k == OUT || pick(b, 3) == 0)
            layout_apart(&c->layout[k], b, &shape, size);
        else if (pick(b, 3) == 0)
            layout_any(&c->layout[k], b, &shape, size);
        else
            layout_like(&c->layout[k], b, &shape, size, &c->layout[OUT]);
    }
    place(c, OUT, pick(b, 4) < 3 ? 0 : pick(b, GUARD));
    for (int k = GATE; k <= VALUE; k++) {
        const int swapped = (&c->call.out)[k].swapped;
        if (mode == (unsigned)k || mode == 3) {
            share(c, k, OUT);
            (&c->call.out)[k].swapped = swapped;
            overlapped++;
        } else if (k == VALUE && mode == 4) {
            share(c, VALUE, GATE);
        } else {
            place(c, k, pick(b, 4) < 3 ? 0 : pick(b, GUARD));
        }
    }
    if (pick(b, 4) == 3)
        place(c, SLOPE, pick(b, 2));
    run(c);
}

/* leakyc_leak_nd in one dimension, with `out` over the inputs so that going in order is right. */
static void ordered(struct fuzz_case *c, struct bytes *b)
{
    const size_t size = leakyc_itemsize(c->call.dtype);
    const size_t n = 1 + pick(b, pick(b, 16) < 15 ? 120 : 2500);
    struct layout all[SLOPE];
    size_t above[SLOPE], low = SIZE_MAX, high = 0;
    c->call.ndim = 1;
    c->call.shape = &n;
    for (int k = 0; k < SLOPE; k++) {
        const ptrdiff_t steps[] = {1, 1, -1, 2, -2, 3, 0};
        const unsigned which = pick(b, 8);
        ptrdiff_t stride = which < 7 ? steps[which] * (ptrdiff_t)size : (ptrdiff_t)pick(b, 40) - 20;
        if (k == OUT && (size_t)labs((long)stride) < size)
            stride = (ptrdiff_t)size;
        layout_line(&all[k], n, stride, size);
        above[k] = pick(b, 2) ? pick(b, 16) * size : pick(b, 128);
        low = above[k] < low ? above[k] : low;
        high = above[k] + all[k].bytes > high ? above[k] + all[k].bytes : high;
        (&c->call.out)[k].swapped = pick(b, 16) == 15;
    }
    for (int k = GATE; k < SLOPE; k++)
        if (!in_order(above[OUT], &all[OUT], above[k], &all[k], n, size))
            return;
    memcpy(c->layout, all, sizeof all);
    c->layout[OUT].bytes = high - low;
    place(c, OUT, 0);
    for (int k = 0; k < SLOPE; k++) {
        (&c->call.out)[k].data = c->block[OUT] + above[k] - low + all[k].first;
        (&c->call.out)[k].strides = c->layout[k].strides;
    }
    overlapped++;
    run(c);
}

static void longdouble(struct fuzz_case *c, struct bytes *b)
{
    const ptrdiff_t size = (ptrdiff_t)sizeof(long double);
    const ptrdiff_t step = size * (1 + (ptrdiff_t)pick(b, 3)), slope_step = pick(b, 2) ? 0 : step;
    const size_t n = pick(b, 40), bytes = n * (size_t)step + 1;
    char *x[OPERANDS], *want = malloc(bytes);
    longdoubles++;
    for (int k = 0; k < OPERANDS; k++) {
        x[k] = malloc(bytes + !bytes);
        memset(x[k], 0, bytes);
        for (size_t i = 0; i < n; i++) {
            const long double v = ldexpl((long double)random_bits() - 0x1p31L, (int)pick(b, 99));
            memcpy(x[k] + i * (size_t)step, &v, sizeof v);
        }
    }
    memcpy(want, x[OUT], bytes);
    for (size_t i = 0; i < n; i++) {
        long double gate, value, slope;
        memcpy(&gate, x[GATE] + i * (size_t)step, sizeof gate);
        memcpy(&value, x[VALUE] + i * (size_t)step, sizeof value);
        memcpy(&slope, x[SLOPE] + i * (size_t)slope_step, sizeof slope);
        value = gate > 0 ? value : slope * value;
        memcpy(want + i * (size_t)step, &value, sizeof value);
    }
    char *out = x[pick(b, 3)];
    enter(c->environment);
    leakyc_leak_longdouble(out, step, x[GATE], step, x[VALUE], step, x[SLOPE], slope_step, n);
    leave(c);
    for (size_t i = 0; i < n; i++) {
        long double got, expected;
        memcpy(&got, out + i * (size_t)step, sizeof got);
        memcpy(&expected, want + i * (size_t)step, sizeof expected);
        if (got != expected)
            fail(c, "a long double");
    }
    for (int k = 0; k < OPERANDS; k++)
        free(x[k]);
    free(want);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes b = {data, data + size};
    struct fuzz_case c = {0};
    start();
    const unsigned kind = pick(&b, 16);
    pick_common(&c, &b);
    if (kind < 9)
        n_dimensional(&c, &b);
    else if (kind < 12)
        contiguous(&c, &b);
    else if (kind < 15)
        ordered(&c, &b);
    else
        longdouble(&c, &b);
    return 0;
}

#ifdef FUZZ_MAIN
int main(int argc, char **argv)
{
    enum { MOST = 160 };
    uint8_t data[MOST];
    if (argc < 3) {
        puts("fuzz_core CASES SEED [FILE...]");
        return 2;
    }
    for (int i = 3; i < argc; i++) {
        FILE *file = fopen(argv[i], "rb");
        if (!file)
            return 2;
        const size_t n = fread(data, 1, MOST, file);
        fclose(file);
        LLVMFuzzerTestOneInput(data, n);
    }
    uint32_t seed = (uint32_t)atol(argv[2]) | 1;
    for (long i = 0; i < atol(argv[1]); i++) {
        random_state = seed;
        for (int j = 0; j < MOST; j++)
            data[j] = (uint8_t)(random_bits() >> 11);
        seed = random_state;
        LLVMFuzzerTestOneInput(data, MOST);
    }
    puts("0 wrong");
    return 0;
}
#endif
