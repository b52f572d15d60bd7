/* fuzz_core.c - calls of the C API decoded from bytes, each compared with the scalar reference: the
 * results' bits, the bytes between and around them, the inputs, and the floating-point environment.
 *
 * With libFuzzer, LLVMFuzzerTestOneInput is what it calls. Compiled with FUZZ_MAIN it is a program
 * of its own, for emulated machines: `fuzz_core CASES SEED [FILE...]`; a file is one case.
 * Linked with -Wl,--wrap=leakyc_last_level_cache, so that small calls stream as well. */
#include "fuzz_channels.h"
#include "fuzz_loops.h"

/* ---- the kinds of call ------------------------------------------------------------------- */

/* Bytes of an element of operand k. */
static size_t size_of(const struct fuzz_case *c, int k)
{
    return k == GATE && c->call.bools ? 1 : leakyc_itemsize(c->call.dtype);
}

/* As leakyc_leak. */
static void leak_bools(const leakyc_isa *isa, leakyc_dtype dtype, void *out, const void *gate,
                       const void *value, size_t n, double slope, int threads)
{
    leakyc_leak_bools(isa, dtype, out, gate, value, n, slope, threads);
}

/* leakyc_leak: aligned; in place, apart, or from below on one thread. leakyc_leak_bools: in place
 * or apart. */
static void contiguous(struct fuzz_case *c, struct bytes *b)
{
    const size_t size = leakyc_itemsize(c->call.dtype);
    unsigned mode = pick(b, 6);
    size_t n = pick(b, 300);
    if (c->call.bools)
        mode = mode % 2 * 2;
    if (pick(b, 128) == 127)
        n = 65536 / size + pick(b, 5000);
    flat++;
    c->call.ndim = 1;
    c->call.shape = &n;
    for (int k = 0; k < SLOPE; k++)
        layout_line(&c->layout[k], n, (ptrdiff_t)size_of(c, k), size_of(c, k));
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
    (c->call.bools ? leak_bools : leakyc_leak)(c->isa, c->call.dtype, c->call.out.data,
                                               c->call.gate.data, c->call.value.data, n,
                                               c->call.scalar_slope, c->threads);
    leave(c);
    compare(c);
}

/* leakyc_leak_nd, with `out` apart from the inputs or being one of them, a gate of bool aside. */
static void n_dimensional(struct fuzz_case *c, struct bytes *b)
{
    const unsigned mode = pick(b, 8);
    struct shape shape;
    pick_shape(b, &shape);
    c->call.ndim = shape.ndim;
    c->call.shape = shape.extent;
    for (int k = 0; k < OPERANDS; k++) {
        (&c->call.out)[k].swapped = pick(b, 8) == 7;
        if (k == OUT || pick(b, 3) == 0)
            layout_apart(&c->layout[k], b, &shape, size_of(c, k));
        else if (pick(b, 3) == 0)
            layout_any(&c->layout[k], b, &shape, size_of(c, k));
        else
            layout_like(&c->layout[k], b, &shape, size_of(c, k), &c->layout[OUT]);
    }
    place(c, OUT, pick(b, 4) < 3 ? 0 : pick(b, GUARD));
    for (int k = GATE; k <= VALUE; k++) {
        const int swapped = (&c->call.out)[k].swapped;
        if (k == GATE && c->call.bools) {
            place(c, GATE, pick(b, GUARD));
        } else if (mode == (unsigned)k || mode == 3) {
            share(c, k, OUT);
            (&c->call.out)[k].swapped = swapped;
            overlapped++;
        } else if (k == VALUE && mode == 4 && !c->call.bools) {
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

/* dx in place of grad, or apart, where the gates' signs come from the mask. */
static void from_mask(const struct fuzz_case *c, const char *gates, const uint8_t *mask, size_t n,
                      int in_place)
{
    const size_t size = leakyc_itemsize(c->call.dtype);
    char *grad = malloc(n * size + 1), *want = malloc(n * size + 1);
    char *dx = in_place ? grad : malloc(n * size + 1);
    fill(grad, c->call.dtype, n);
    for (size_t i = 0; i < n; i++)
        reference(c->call.dtype, gates + i * size, grad + i * size, c->call.scalar_slope,
                  want + i * size);
    enter(c->environment);
    leakyc_leak_from_mask(c->isa, c->call.dtype, dx, grad, mask, n, c->call.scalar_slope,
                          c->threads);
    leave(c);
    for (size_t i = 0; i < n; i++)
        if (!same(c->call.dtype, dx + i * size, want + i * size))
            fail(c, "a gradient from the mask");
    if (!in_place)
        free(dx);
    free(grad);
    free(want);
}

/* leakyc_leak_with_mask, then leakyc_leak_from_mask; the first in place, or apart. */
static void masked(struct fuzz_case *c, struct bytes *b)
{
    const size_t size = leakyc_itemsize(c->call.dtype), n = pick(b, 300), bits = (n + 7) / 8;
    uint8_t *mask = malloc(bits + !bits);
    masks++;
    c->call.ndim = 1;
    c->call.shape = &n;
    for (int k = 0; k < SLOPE; k++)
        layout_line(&c->layout[k], n, (ptrdiff_t)size, size);
    place(c, OUT, pick(b, 64) * size);
    if (pick(b, 2))
        share(c, GATE, OUT);
    else
        place(c, GATE, pick(b, 8) * size);
    share(c, VALUE, GATE);
    char *gates = malloc(n * size + 1);
    memcpy(gates, c->call.gate.data, n * size);
    expect(c);
    enter(c->environment);
    leakyc_leak_with_mask(c->isa, c->call.dtype, c->call.out.data, mask, c->call.gate.data, n,
                          c->call.scalar_slope, c->threads);
    leave(c);
    for (size_t i = 0; i < bits * 8; i++)
        if ((mask[i / 8] >> i % 8 & 1) != (i < n && widen(c->call.dtype, gates + i * size) > 0))
            fail(c, "a bit of the mask");
    compare(c);
    from_mask(c, gates, mask, n, (int)pick(b, 2));
    free(gates);
    free(mask);
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
    case_data = data, case_size = size;
    const unsigned kind = pick(&b, 32);
    pick_common(&c, &b);
    c.call.bools = kind == 22 || kind == 25;
    bools += (unsigned long)c.call.bools;
    if (kind < 16)
        channels(&c, &b);
    else if (kind < 24)
        n_dimensional(&c, &b);
    else if (kind < 26)
        contiguous(&c, &b);
    else if (kind < 28)
        masked(&c, &b);
    else if (kind < 30)
        ordered(&c, &b);
    else if (kind < 31)
        loops(&c, &b);
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
    uint32_t seed = (uint32_t)strtoul(argv[2], NULL, 10);
    seed = seed ? seed : 1;
    for (long i = 1; i <= atol(argv[1]); i++) {
        random_state = seed;
        for (int j = 0; j < MOST; j++)
            data[j] = (uint8_t)(random_bits() >> 11);
        seed = random_state;
        LLVMFuzzerTestOneInput(data, MOST);
        if (i % 1000000 == 0)
            printf("%ld cases, 0 wrong; it goes on from seed %lu\n", i, (unsigned long)seed);
    }
    puts("0 wrong");
    return 0;
}
#endif
