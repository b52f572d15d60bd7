/* test_training.c - a part of test_core.c: the training operations of an instruction set give the
 * bits of the portable one, which other tests compare with NumPy and the fuzzer with
 * a reference. */
#include "leakyc_core.h"
#include "reference_channels.h"
#include "test_core.h"

#include <stdio.h>

enum { MOST = 20000, GUARD = 64 };

static struct outcome outcome;
static int faulty; /* test_core.h */
static _Alignas(64) char a[MOST * 8], b[MOST * 8], want[MOST * 8], got[MOST * 8];
static char parameters[MOST * 8], slopes[MOST * 8];
static char want_sums[MOST * 8], got_sums[MOST * 8], want_more[MOST * 8], got_more[MOST * 8];

/* Ordinary numbers of both signs: the upper bits of one near 1, and any mantissa. */
static void fill_ordinary(char *p, leakyc_dtype dtype, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const double d = ((double)random_bits() / 2147483648.0 - 1) * (1 << random_bits() % 8);
        const float f = (float)d;
        uint32_t bits;
        memcpy(&bits, &f, 4);
        const uint16_t half =
            dtype == LEAKYC_BF16
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

/* ---- what is compared -------------------------------------------------------------------- */

enum operation { WITH_MASK, FROM_MASK, BIAS, BIAS_GRAD, PRELU_GRAD, BIAS_PRELU, BIAS_PRELU_GRAD };
static const char *const names[] = {"with mask",     "from mask",      "bias",
                                    "bias gradient", "slope gradient", "bias and slope",
                                    "their gradient"};

static void expect_element(enum operation op, const leakyc_channels *c, size_t i, void *to)
{
    const size_t size = leakyc_itemsize(c->dtype);
    const char *const x = a + i * size, *const y = b + i * size;
    const size_t channel = i / c->inner % c->channels;
    const char *const parameter = parameters + channel * size;
    leakyc_channels with_slope = *c;
    with_slope.slope = widen(c->dtype, slopes + channel * size);
    if (op == WITH_MASK)
        reference(c->dtype, x, x, c->slope, to);
    else if (op == FROM_MASK)
        reference(c->dtype, x, y, c->slope, to);
    else if (op == BIAS)
        reference_bias(c, x, parameter, to);
    else if (op == BIAS_GRAD)
        reference_bias_grad(c, x, y, to);
    else if (op == PRELU_GRAD)
        reference(c->dtype, y, x, widen(c->dtype, parameter), to);
    else if (op == BIAS_PRELU)
        reference_bias(&with_slope, x, parameter, to);
    else
        reference_bias_prelu_grad(c, x, y, parameter, with_slope.slope, to);
}

/* The same bits; or, with the fault, what is expected of it. */
static int agree(enum operation op, const leakyc_channels *c)
{
    const size_t size = leakyc_itemsize(c->dtype), n = c->outer * c->channels * c->inner;
    if (memcmp(want, got, n * size) == 0)
        return 1;
    int ok = faulty;
    ties_away = 1;
    for (size_t i = 0; i < n && ok; i++) {
        char other[8];
        if (memcmp(want + i * size, got + i * size, size) == 0)
            continue;
        expect_element(op, c, i, other);
        ok = same(c->dtype, other, got + i * size);
        outcome.forgiven++;
    }
    ties_away = 0;
    return ok;
}

/* Sums of results with the fault: those that the portable instruction set gives for
 * these results. */
static void sum_again(const leakyc_isa *portable, const leakyc_channels *c, const char *results)
{
    leakyc_channels plain = *c;
    plain.slope = plain.gain = 1, plain.clamp = (double)INFINITY;
    leakyc_bias_grad(portable, &plain, want, want_sums, results, results, 1);
}

static void report(enum operation op, const leakyc_isa *isa, const leakyc_channels *c, int ok)
{
    outcome.cases[c->dtype]++;
    if (!ok && outcome.wrong++ < 10)
        printf("WRONG: %s, %s, %s, %zu x %zu x %zu\n", names[op], leakyc_isa_name(isa),
               dtype_names[c->dtype], c->outer, c->channels, c->inner);
}

/* ---- the cases --------------------------------------------------------------------------- */

static void masks(const leakyc_isa *isa, const leakyc_isa *portable, leakyc_dtype t, size_t n)
{
    static uint8_t want_mask[MOST / 8 + 9], got_mask[MOST / 8 + 9];
    const leakyc_channels with = {t, n, 1, 1, -0.3, 1, (double)INFINITY};
    const leakyc_channels from = {t, n, 1, 1, 0.3, 1, (double)INFINITY};
    memset(want_mask, 0x55, sizeof want_mask);
    memset(got_mask, 0x55, sizeof got_mask);
    leakyc_leak_with_mask(portable, t, want, want_mask, a, n, with.slope, 1);
    leakyc_leak_with_mask(isa, t, got, got_mask, a, n, with.slope, 1 + (int)(n % 3));
    report(WITH_MASK, isa, &with,
           agree(WITH_MASK, &with) && !memcmp(want_mask, got_mask, sizeof want_mask));
    leakyc_leak_from_mask(portable, t, want, b, want_mask, n, from.slope, 1);
    leakyc_leak_from_mask(isa, t, got, b, want_mask, n, from.slope, 1 + (int)(n % 3));
    report(FROM_MASK, isa, &from, agree(FROM_MASK, &from));
}

static void channels(const leakyc_isa *isa, const leakyc_isa *portable, leakyc_dtype t,
                     size_t outer, size_t count, size_t inner)
{
    const leakyc_channels c = {t, outer, count, inner, 0.3, 1.5, 20};
    const size_t sums = count * leakyc_itemsize(t);
    leakyc_bias(portable, &c, want, a, parameters, 1);
    leakyc_bias(isa, &c, got, a, parameters, 3);
    report(BIAS, isa, &c, agree(BIAS, &c));
    leakyc_bias_grad(portable, &c, want, want_sums, a, b, 1);
    leakyc_bias_grad(isa, &c, got, got_sums, a, b, 3);
    const int results = agree(BIAS_GRAD, &c);
    if (faulty)
        sum_again(portable, &c, got);
    report(BIAS_GRAD, isa, &c, results && !memcmp(want_sums, got_sums, sums));
    leakyc_prelu_grad(portable, &c, want, want_sums, a, b, parameters, 1);
    leakyc_prelu_grad(isa, &c, got, got_sums, a, b, parameters, 3);
    report(PRELU_GRAD, isa, &c, agree(PRELU_GRAD, &c) && !memcmp(want_sums, got_sums, sums));
    leakyc_bias_prelu(portable, &c, want, a, parameters, slopes, 1);
    leakyc_bias_prelu(isa, &c, got, a, parameters, slopes, 3);
    report(BIAS_PRELU, isa, &c, agree(BIAS_PRELU, &c));
    for (int clipped = 0; clipped < 2; clipped++) {
        leakyc_channels d = c;
        d.clamp = clipped ? c.clamp : (double)INFINITY;
        leakyc_bias_prelu_grad(portable, &d, want, want_sums, want_more, a, b, parameters, slopes,
                               1);
        leakyc_bias_prelu_grad(isa, &d, got, got_sums, got_more, a, b, parameters, slopes, 3);
        const int same = agree(BIAS_PRELU_GRAD, &d);
        if (faulty)
            sum_again(portable, &d, got);
        report(BIAS_PRELU_GRAD, isa, &d,
               same && !memcmp(want_sums, got_sums, sums) &&
                   (faulty || !memcmp(want_more, got_more, sums)));
    }
    leakyc_bias_prelu_grad(portable, &c, want, NULL, want_more, a, b, NULL, NULL, 1);
    leakyc_bias_prelu_grad(isa, &c, got, NULL, got_more, a, b, NULL, NULL, 3);
    report(BIAS_PRELU_GRAD, isa, &c,
           faulty || (!memcmp(want, got, outer * sums * inner) &&
                      !memcmp(want_more, got_more, leakyc_itemsize(t))));
}

struct outcome check_training(const leakyc_isa *isa, int with_fault)
{
    const leakyc_isa *portable = NULL; /* the last one */
    for (size_t i = 0; leakyc_isa_at(i); i++)
        portable = leakyc_isa_at(i);
    static const size_t shapes[][3] = {{1, 1, 1},    {5, 1, 1},    {700, 3, 1},  {33, 17, 1},
                                       {50, 300, 1}, {3, 5000, 1}, {30, 3, 7},   {3, 33, 49},
                                       {9, 3, 64},   {2, 7, 1001}, {1, 1, 20000}};
    memset(&outcome, 0, sizeof outcome);
    for (int t = 0; t < LEAKYC_DTYPES; t++) {
        faulty = with_fault && t == LEAKYC_F16;
        fill_ordinary(a, (leakyc_dtype)t, MOST);
        fill_ordinary(b, (leakyc_dtype)t, MOST);
        fill_ordinary(parameters, (leakyc_dtype)t, MOST);
        fill_ordinary(slopes, (leakyc_dtype)t, MOST);
        for (size_t n = 0; n < 300; n++)
            masks(isa, portable, (leakyc_dtype)t, n);
        masks(isa, portable, (leakyc_dtype)t, MOST);
        for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
            channels(isa, portable, (leakyc_dtype)t, shapes[i][0], shapes[i][1], shapes[i][2]);
    }
    return outcome;
}
