/* test_training.c - a part of test_core.c: the training operations of an instruction set give the
 * bits of the portable one, which other tests compare with NumPy. */
#include "leakyc.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MOST = 20000, GUARD = 64 };

static long wrong, cases_of[LEAKYC_DTYPES];
static _Alignas(64) char a[MOST * 8], b[MOST * 8], want[MOST * 8], got[MOST * 8];
static char parameters[MOST * 8], want_sums[MOST * 8], got_sums[MOST * 8];

static uint32_t random_bits(void)
{
    static uint32_t state = 2463534242u;
    state ^= state << 13, state ^= state >> 17, state ^= state << 5;
    return state;
}

/* Ordinary numbers of both signs: the upper bits of one near 1, and any mantissa. */
static void fill(char *p, leakyc_dtype dtype, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const double d = ((double)random_bits() / 2147483648.0 - 1) * (1 << random_bits() % 8);
        const float f = (float)d;
        uint32_t bits;
        memcpy(&bits, &f, 4);
        const uint16_t half = dtype == LEAKYC_BF16
                                  ? (uint16_t)(bits >> 16)
                                  : (uint16_t)((random_bits() & 0x83ff) | (random_bits() % 8 + 12) << 10);
        if (dtype == LEAKYC_F64)
            memcpy(p + i * 8, &d, 8);
        else if (dtype == LEAKYC_F32)
            memcpy(p + i * 4, &f, 4);
        else
            memcpy(p + i * 2, &half, 2);
    }
}

static void report(const char *what, const leakyc_isa *isa, int dtype, size_t n, int ok)
{
    cases_of[dtype]++;
    if (!ok && wrong++ < 10)
        printf("WRONG: %s, %s, type %d, n = %zu\n", what, leakyc_isa_name(isa), dtype, n);
}

static void masks(const leakyc_isa *isa, const leakyc_isa *portable, leakyc_dtype t, size_t n)
{
    static uint8_t want_mask[MOST / 8 + 9], got_mask[MOST / 8 + 9];
    const size_t bytes = n * leakyc_itemsize(t);
    memset(want_mask, 0x55, sizeof want_mask);
    memset(got_mask, 0x55, sizeof got_mask);
    leakyc_leak_with_mask(portable, t, want, want_mask, a, n, -0.3, 1);
    leakyc_leak_with_mask(isa, t, got, got_mask, a, n, -0.3, 1 + (int)(n % 3));
    report("with mask", isa, t, n,
           !memcmp(want, got, bytes) && !memcmp(want_mask, got_mask, sizeof want_mask));
    leakyc_leak_from_mask(portable, t, want, b, want_mask, n, 0.3, 1);
    leakyc_leak_from_mask(isa, t, got, b, want_mask, n, 0.3, 1 + (int)(n % 3));
    report("from mask", isa, t, n, !memcmp(want, got, bytes));
}

static void channels(const leakyc_isa *isa, const leakyc_isa *portable, leakyc_dtype t,
                     size_t outer, size_t count, size_t inner)
{
    const leakyc_channels c = {t, outer, count, inner, 0.3, 1.5, 20};
    const size_t n = outer * count * inner, bytes = n * leakyc_itemsize(t);
    const size_t sums = count * leakyc_itemsize(t);
    leakyc_bias(portable, &c, want, a, parameters, 1);
    leakyc_bias(isa, &c, got, a, parameters, 3);
    report("bias", isa, t, n, !memcmp(want, got, bytes));
    leakyc_bias_grad(portable, &c, want, want_sums, a, b, 1);
    leakyc_bias_grad(isa, &c, got, got_sums, a, b, 3);
    report("bias gradient", isa, t, n,
           !memcmp(want, got, bytes) && !memcmp(want_sums, got_sums, sums));
    leakyc_prelu_grad(portable, &c, want, want_sums, a, b, parameters, 1);
    leakyc_prelu_grad(isa, &c, got, got_sums, a, b, parameters, 3);
    report("slope gradient", isa, t, n,
           !memcmp(want, got, bytes) && !memcmp(want_sums, got_sums, sums));
}

long check_training(const leakyc_isa *isa, long cases[LEAKYC_DTYPES]);

/* How many were wrong, and the cases of each type. */
long check_training(const leakyc_isa *isa, long cases[LEAKYC_DTYPES])
{
    wrong = 0;
    memset(cases_of, 0, sizeof cases_of);
    const leakyc_isa *portable = NULL; /* the last one */
    for (size_t i = 0; leakyc_isa_at(i); i++)
        portable = leakyc_isa_at(i);
    static const size_t shapes[][3] = {{1, 1, 1},   {5, 1, 1},   {700, 3, 1},  {33, 17, 1},
                                       {50, 300, 1}, {3, 5000, 1}, {30, 3, 7},   {3, 33, 49},
                                       {9, 3, 64},  {2, 7, 1001}, {1, 1, 20000}};
    for (int t = 0; t < LEAKYC_DTYPES; t++) {
        fill(a, (leakyc_dtype)t, MOST);
        fill(b, (leakyc_dtype)t, MOST);
        fill(parameters, (leakyc_dtype)t, MOST);
        for (size_t n = 0; n < 300; n++)
            masks(isa, portable, (leakyc_dtype)t, n);
        masks(isa, portable, (leakyc_dtype)t, MOST);
        for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
            channels(isa, portable, (leakyc_dtype)t, shapes[i][0], shapes[i][1], shapes[i][2]);
    }
    memcpy(cases, cases_of, sizeof cases_of);
    return wrong;
}
