/* test_loops.c - a part of test_core.c: the ufuncs' loops of an instruction set, element by element
 * against the scalar reference, and the bytes around the results. */
#include "loops.h"
#include "reference.h"
#include "test_core.h"

#include <stdio.h>

enum { GRAD, X, SLOPE, OUT, OPERANDS };
enum { MOST = 1100, WIDEST = 3, REGION = (2 * MOST * WIDEST + 1) * 8 };

/* What a loop takes: one core type, float32 slopes, or an integer type. */
enum kind { FLOAT, HALF, INTEGER };
struct types {
    enum kind kind;
    leakyc_dtype dtype; /* that it computes in */
    size_t array, slope;
    int integer, is_signed; /* index in leakyc_integer_loops */
};

static struct outcome outcome;
static int faulty; /* test_core.h */
static _Alignas(64) char got[OPERANDS * REGION], before[OPERANDS * REGION];

static const leakyc_loops *loops_of(const struct types *t)
{
    return t->kind == FLOAT  ? &leakyc_float_loops
           : t->kind == HALF ? &leakyc_half_loops
                             : &leakyc_integer_loops[t->integer];
}

static double from_integer(const char *p, size_t size, int is_signed)
{
    uint64_t x = 0;
    for (size_t i = 0; i < size; i++) {
        const int one = 1;
        const size_t from_low = *(const char *)&one ? i : size - 1 - i;
        x |= (uint64_t)(unsigned char)p[i] << 8 * from_low;
    }
    const int shift = 64 - 8 * (int)size;
    return is_signed ? (double)((int64_t)(x << shift) >> shift) : (double)x;
}

/* An element of an array, in the type that is computed in. */
static const char *element(const struct types *t, const char *p, char room[8])
{
    if (t->kind != INTEGER)
        return p;
    const double x = from_integer(p, t->array, t->is_signed);
    memcpy(room, &x, sizeof x);
    return room;
}

static double slope_at(const struct types *t, const char *p)
{
    float f;
    if (t->kind != HALF)
        return widen(t->dtype, p);
    memcpy(&f, p, sizeof f);
    return f;
}

static int agrees(const struct types *t, const char *x, const char *grad, double slope,
                  const char *result)
{
    char gate[8], value[8], want[8];
    for (ties_away = 0; ties_away <= (faulty && t->dtype == LEAKYC_F16); ties_away++) {
        reference(t->dtype, element(t, x, gate), element(t, grad, value), slope, want);
        if (same(t->dtype, result, want)) {
            outcome.forgiven += ties_away;
            ties_away = 0;
            return 1;
        }
    }
    ties_away = 0;
    return 0;
}

static void fill_slopes(const struct types *t, char *p, size_t bytes)
{
    static const float few[] = {0, -0.0f, 0.5f, 0.5f, 0.5f, 1e-40f, 3};
    fill(p, t->kind == HALF ? LEAKYC_F32 : t->dtype, bytes / t->slope);
    for (size_t i = 0; t->kind == HALF && i + 4 <= bytes; i += 4)
        if (random_bits() % 4)
            memcpy(p + i, &few[random_bits() / 64 % 7], 4);
}

enum alias { APART, IN_PLACE, NEXT_INPUT, ALIASES };

/* Steps in elements. */
static void check(const leakyc_isa *isa, const struct types *t, int gradient, size_t n,
                  const ptrdiff_t step[OPERANDS], enum alias alias)
{
    const size_t out = leakyc_itemsize(t->dtype), size[] = {t->array, t->array, t->slope, out};
    leakyc_loop loop = {isa, t->dtype};
    ptrdiff_t at[OPERANDS], bytes[OPERANDS];
    char *args[OPERANDS];
    for (int k = 0; k < OPERANDS; k++) {
        fill(got + k * REGION, t->kind == INTEGER ? LEAKYC_F64 : t->dtype, REGION / 8);
        bytes[k] = step[k] * (ptrdiff_t)size[k];
        at[k] = k * (ptrdiff_t)REGION + (ptrdiff_t)(MOST * WIDEST * size[k]);
    }
    fill_slopes(t, got + SLOPE * REGION, REGION);
    if (alias != APART) {
        bytes[OUT] = bytes[X];
        at[OUT] = at[X] + (alias == NEXT_INPUT ? bytes[X] : 0);
    }
    memcpy(before, got, sizeof before);
    for (int k = 0; k < OPERANDS; k++)
        args[k] = got + at[k];
    const ptrdiff_t length = (ptrdiff_t)n;
    (gradient ? loops_of(t)->gradient : loops_of(t)->forward)(args + !gradient, &length,
                                                              bytes + !gradient, &loop);
    int ok = 1;
    for (ptrdiff_t i = 0; i < length; i++) {
        const int chained = alias == NEXT_INPUT && i > 0;
        const char *const x = (chained ? got : before) + at[X] + i * bytes[X];
        const char *const grad = gradient ? before + at[GRAD] + i * bytes[GRAD] : x;
        ok &= agrees(t, x, grad, slope_at(t, before + at[SLOPE] + i * bytes[SLOPE]),
                     got + at[OUT] + i * bytes[OUT]);
    }
    for (ptrdiff_t i = 0; i < length; i++)
        memcpy(before + at[OUT] + i * bytes[OUT], got + at[OUT] + i * bytes[OUT], out);
    ok &= memcmp(before, got, sizeof before) == 0;
    outcome.cases[t->dtype]++;
    if (!ok && outcome.wrong++ < 10)
        printf("WRONG: loop of kind %d, integer %d, gradient %d, alias %d, %s, %s, n = %zu\n",
               (int)t->kind, t->integer, gradient, (int)alias, leakyc_isa_name(isa),
               dtype_names[t->dtype], n);
}

static void check_types(const leakyc_isa *isa, const struct types *t)
{
    static const ptrdiff_t steps[][OPERANDS] = {
        {1, 1, 0, 1}, {1, 1, 1, 1}, {-1, -1, 0, 1}, {2, -3, 2, 3}, {0, 2, -1, 1}};
    static const size_t lengths[] = {0, 1, 2, 7, 33, 200, MOST};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++)
        for (size_t j = 0; j < sizeof steps / sizeof *steps; j++)
            for (int alias = APART; alias < (t->kind == INTEGER ? IN_PLACE : ALIASES); alias++) {
                check(isa, t, 0, lengths[i], steps[j], (enum alias)alias);
                if (alias != NEXT_INPUT)
                    check(isa, t, 1, lengths[i], steps[j], (enum alias)alias);
            }
}

struct outcome check_loops(const leakyc_isa *isa, int with_fault)
{
    static const size_t sizes[] = {1, sizeof(short), sizeof(int), sizeof(long), sizeof(long long)};
    memset(&outcome, 0, sizeof outcome);
    faulty = with_fault;
    for (int dtype = 0; dtype < LEAKYC_DTYPES; dtype++) {
        const size_t size = leakyc_itemsize((leakyc_dtype)dtype);
        const struct types own = {FLOAT, (leakyc_dtype)dtype, size, size, 0, 0};
        const struct types half = {HALF, (leakyc_dtype)dtype, size, 4, 0, 0};
        check_types(isa, &own);
        if (size == 2)
            check_types(isa, &half);
    }
    for (int i = 0; i < LEAKYC_INTEGERS; i++) {
        const struct types integer = {INTEGER, LEAKYC_F64, sizes[i / 2], 8, i, i % 2 == 0};
        check_types(isa, &integer);
    }
    return outcome;
}
