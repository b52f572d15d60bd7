/* fuzz_loops.h - the fuzzer's calls of the ufuncs' loops, in place, apart, or with each result the
 * next input; every result compared with the scalar reference, and the bytes around. */
#ifndef FUZZ_LOOPS_H
#define FUZZ_LOOPS_H

#include "fuzz_case.h"
#include "loops.h"

/* One element of an integer type, as the double that it is computed as. */
#define INTEGERS(each)                                                                             \
    each(signed char) each(unsigned char) each(short) each(unsigned short) each(int)               \
        each(unsigned int) each(long) each(unsigned long) each(long long) each(unsigned long long)
#define SIZE(type) sizeof(type),
static const size_t integer_sizes[LEAKYC_INTEGERS] = {INTEGERS(SIZE)};

static double from_integer(int which, const char *p)
{
    int at = 0;
#define READ(type)                                                                                 \
    if (at++ == which) {                                                                           \
        type x;                                                                                    \
        memcpy(&x, p, sizeof x);                                                                   \
        return (double)x;                                                                          \
    }
    INTEGERS(READ)
#undef READ
    abort();
}

struct loop_case {
    struct fuzz_case *c;
    int half, integer; /* float32 slopes; an index in leakyc_integer_loops, or -1 */
    size_t n, size[OPERANDS];
    ptrdiff_t at[OPERANDS], step[OPERANDS]; /* bytes, in the block */
};

static const char *element_of(const struct loop_case *l, const char *p, char room[8])
{
    if (l->integer < 0)
        return p;
    const double x = from_integer(l->integer, p);
    memcpy(room, &x, sizeof x);
    return room;
}

static double slope_of(const struct loop_case *l, const char *p)
{
    float f;
    if (!l->half)
        return widen(l->c->call.dtype, p);
    memcpy(&f, p, sizeof f);
    return f;
}

/* The types, and where each operand lies: forwards or backwards, with gaps or without. */
static size_t pick_loop(struct loop_case *l, struct bytes *b)
{
    leakyc_dtype *const dtype = &l->c->call.dtype;
    l->integer = pick(b, 3) == 0 ? (int)pick(b, LEAKYC_INTEGERS) : -1;
    if (l->integer >= 0)
        *dtype = LEAKYC_F64;
    const size_t own = leakyc_itemsize(*dtype);
    l->half = own == 2 && pick(b, 2);
    l->size[OUT] = own;
    l->size[GATE] = l->size[VALUE] = l->integer >= 0 ? integer_sizes[l->integer] : own;
    l->size[SLOPE] = l->half ? 4 : own;
    l->n = pick(b, pick(b, 8) < 7 ? 100 : 2500);
    size_t bytes = 0;
    for (int k = 0; k < OPERANDS; k++) {
        const ptrdiff_t steps[] = {1, 1, -1, 2, -3, 0};
        const ptrdiff_t step = steps[pick(b, k == OUT ? 5 : 6)] * (ptrdiff_t)l->size[k];
        const size_t reach = (l->n + 2) * (size_t)labs((long)step) + l->size[k];
        bytes = (bytes + 7) / 8 * 8;
        l->step[k] = step;
        l->at[k] = (ptrdiff_t)(bytes + (step < 0 ? reach - l->size[k] : 0));
        bytes += reach;
    }
    return bytes;
}

static void loops(struct fuzz_case *c, struct bytes *b)
{
    struct loop_case l = {.c = c};
    const size_t bytes = pick_loop(&l, b), size = l.size[OUT];
    const unsigned alias = l.integer < 0 ? pick(b, 3) : 0; /* apart, in place, the next input */
    const int gradient = alias < 2 && pick(b, 2);
    char *const got = malloc(bytes + 1), *const before = malloc(bytes + 1);
    if (!got || !before)
        abort();
    if (alias && l.step[GATE] != 0) {
        l.step[OUT] = l.step[GATE];
        l.at[OUT] = l.at[GATE] + (alias == 2 ? l.step[GATE] : 0);
        overlapped++;
    }
    const int chained = alias == 2 && l.step[GATE] != 0;
    fill(got, c->call.dtype, bytes / size);
    memset(got + bytes / size * size, 0x5a, bytes % size);
    if (l.half) /* few float32 slopes, most of them several times */
        for (size_t i = 0; i < l.n; i++) {
            const float s = (float[]){0, -0.0f, 0.1f, 3}[random_bits() / 256 % 4];
            if (random_bits() % 4)
                memcpy(got + l.at[SLOPE] + (ptrdiff_t)i * l.step[SLOPE], &s, sizeof s);
        }
    memcpy(before, got, bytes);
    const leakyc_loops *const both = l.integer >= 0 ? &leakyc_integer_loops[l.integer]
                                     : l.half       ? &leakyc_half_loops
                                                    : &leakyc_float_loops;
    const int order[] = {VALUE, GATE, SLOPE, OUT};
    const ptrdiff_t n = (ptrdiff_t)l.n;
    leakyc_loop loop = {c->isa, c->call.dtype};
    char *args[OPERANDS];
    ptrdiff_t steps[OPERANDS];
    for (int k = 0; k < OPERANDS; k++) {
        args[k] = got + l.at[order[k]];
        steps[k] = l.step[order[k]];
    }
    ufunc_loops++;
    enter(c->environment);
    (gradient ? both->gradient : both->forward)(args + !gradient, &n, steps + !gradient, &loop);
    leave(c);
    for (ptrdiff_t i = 0; i < n; i++) {
        char gate[8], value[8], want[8], *const out = got + l.at[OUT] + i * l.step[OUT];
        const char *const from = chained && i ? got : before;
        const char *const g = element_of(&l, from + l.at[GATE] + i * l.step[GATE], gate);
        const char *const v =
            gradient ? element_of(&l, before + l.at[VALUE] + i * l.step[VALUE], value) : g;
        const double slope = slope_of(&l, before + l.at[SLOPE] + i * l.step[SLOPE]);
        reference(c->call.dtype, g, v, slope, want);
        if (!same(c->call.dtype, out, want))
            fail(c, "a result of a loop");
    }
    for (ptrdiff_t i = 0; i < n; i++)
        memcpy(before + l.at[OUT] + i * l.step[OUT], got + l.at[OUT] + i * l.step[OUT], size);
    if (memcmp(before, got, bytes) != 0)
        fail(c, "a byte beside a loop's results");
    free(got);
    free(before);
}

#endif
