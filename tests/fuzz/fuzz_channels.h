/* fuzz_channels.h - the fuzzer's calls with a parameter a channel. Results are compared with the
 * scalar reference; sums with the exact ones, to the bound that is promised, and bit by bit with
 * those of the portable instruction set on one thread. */
#ifndef FUZZ_CHANNELS_H
#define FUZZ_CHANNELS_H

#include "fuzz_case.h"
#include "reference_channels.h"

#include <float.h>

/* Dense elements in a block that ends where they do, or a few elements later. */
struct dense {
    char *block, *data, *before; /* a copy of the block */
    size_t bytes, offset;
};

static struct dense dense(struct bytes *b, leakyc_dtype dtype, size_t n, int finite)
{
    const size_t size = leakyc_itemsize(dtype), in_front = pick(b, 16), behind = pick(b, 2);
    struct dense d = {.bytes = (in_front + n + behind) * size, .offset = in_front * size};
    d.block = malloc(d.bytes + !d.bytes);
    d.before = malloc(d.bytes + !d.bytes);
    if (!d.block || !d.before)
        abort();
    (finite ? fill_finite : fill)(d.block, dtype, d.bytes / size);
    memcpy(d.before, d.block, d.bytes);
    d.data = d.block + d.offset;
    return d;
}

static void release(struct dense *d)
{
    free(d->block);
    free(d->before);
}

struct channels_case {
    struct fuzz_case *c;
    leakyc_channels array;
    size_t n;
    struct dense out, a, b, parameters, slopes, sums, more;
    int has_parameters, has_slopes;
};

static void fail_channels(const struct channels_case *k, const char *what)
{
    const leakyc_channels *a = &k->array;
    printf("%zu x %zu x %zu, slope %a, gain %a, clamp %a, parameters %d\n", a->outer, a->channels,
           a->inner, a->slope, a->gain, a->clamp, k->has_parameters);
    fail(k->c, what);
}

/* Single elements, short groups and long runs of a channel. */
static void pick_channels(struct bytes *b, leakyc_channels *array)
{
    const unsigned large = pick(b, 256), kind = pick(b, 4);
    size_t left = large < 240 ? 200 : large < 255 ? 2500 : 40000;
    const size_t inner = kind == 0 ? 1 : kind == 1 ? 1 + pick(b, 63) : 64 + pick(b, (unsigned)left);
    array->inner = inner < left ? inner : left;
    left /= array->inner;
    array->channels = 1 + pick(b, pick(b, 2) ? 5 : (unsigned)left + 1) % left;
    left /= array->channels;
    array->outer = pick(b, 2) ? left : 1 + pick(b, (unsigned)left);
    if (pick(b, 64) == 63)
        *(size_t *[]){&array->outer, &array->channels, &array->inner}[pick(b, 3)] = 0;
}

/* ---- the sums ---------------------------------------------------------------------------- */

/* Neumaier's sum, and that of the finite terms' magnitudes. */
struct total {
    double sum, rest, magnitude;
    int finite;
};

static void add(struct total *t, double x)
{
    const double sum = t->sum + x;
    if (fabs(t->sum) >= fabs(x))
        t->rest += (t->sum - sum) + x;
    else
        t->rest += (x - sum) + t->sum;
    t->sum = sum;
    t->magnitude += isfinite(x) ? fabs(x) : 0;
    t->finite &= isfinite(x) != 0;
}

static int sum_is_right(leakyc_dtype dtype, const struct total *t, size_t n, const char *got)
{
    char low[8], high[8];
    const double value = widen(dtype, got);
    if (t->magnitude > DBL_MAX / 4)
        return 1;   /* it may overflow on the way: the portable instruction set tells */
    if (!t->finite) /* as in plain addition: an infinity, or NaN */
        return isnan(t->sum) ? isnan(value) : value == t->sum;
    const double slack =
        t->magnitude * (dtype == LEAKYC_F64 ? 2 * (double)n * 0x1p-106 : 16 * 0x1p-53);
    const double exact = t->sum + t->rest;
    double least = exact - slack, most = exact + slack;
    if (dtype == LEAKYC_F64) /* the exact value is itself rounded */
        least = nextafter(least, -(double)INFINITY), most = nextafter(most, (double)INFINITY);
    narrow(dtype, least, low);
    narrow(dtype, most, high);
    return widen(dtype, low) <= value && value <= widen(dtype, high);
}

/* `terms` of element i is what is summed of it, for its channel or, with `shared`, for all. */
static void check_sums(struct channels_case *k, const char *sums, const double *terms, int shared)
{
    const leakyc_channels *a = &k->array;
    const size_t size = leakyc_itemsize(a->dtype), all = a->outer * a->channels * a->inner;
    for (size_t channel = 0; channel < (shared ? 1 : a->channels); channel++) {
        struct total t = {.finite = 1};
        for (size_t i = 0; i < all; i++)
            if (shared || i / a->inner % a->channels == channel)
                add(&t, terms[i]);
        if (!sum_is_right(a->dtype, &t, shared ? all : a->outer * a->inner,
                          sums + channel * size)) {
            printf("%a, not %a of magnitudes %a\n", widen(a->dtype, sums + channel * size),
                   t.sum + t.rest, t.magnitude);
            fail_channels(k, "a sum");
        }
        sums_checked++;
    }
}

/* ---- a call ------------------------------------------------------------------------------ */

/* What the fuzzer calls: the forward operations, then the gradients. */
enum {
    BIAS,
    BIAS_PRELU,
    GRADIENTS,
    BIAS_GRAD = GRADIENTS,
    SLOPE_GRAD,
    BIAS_PRELU_GRAD,
    OPERATIONS
};

static int call(const struct channels_case *k, int op, const leakyc_isa *isa, char *out, char *sums,
                char *more, const char *a, const char *b, int threads)
{
    const char *const parameters = k->has_parameters ? k->parameters.data : NULL;
    const char *const slopes = k->has_slopes ? k->slopes.data : NULL;
    if (op == BIAS)
        leakyc_bias(isa, &k->array, out, a, parameters, threads);
    else if (op == BIAS_PRELU)
        leakyc_bias_prelu(isa, &k->array, out, a, parameters, slopes, threads);
    else if (op == BIAS_GRAD)
        return leakyc_bias_grad(isa, &k->array, out, sums, a, b, threads);
    else if (op == SLOPE_GRAD)
        return leakyc_prelu_grad(isa, &k->array, out, sums, a, b, parameters, threads);
    else
        return leakyc_bias_prelu_grad(isa, &k->array, out, sums, more, a, b, parameters, slopes,
                                      threads);
    return 0;
}

/* How many slopes there are, and so sums in `more`. */
static size_t slopes_of(const struct channels_case *k)
{
    return k->has_slopes ? k->array.channels : 1;
}

/* The sums of the portable instruction set must be the same; its results are compared elsewhere. */
static void portable_sums(const struct channels_case *k, int op, const char *a, const char *b)
{
    const size_t size = leakyc_itemsize(k->array.dtype), n = k->array.channels;
    const leakyc_isa *portable = NULL;
    char *out = malloc(k->n * size + 1), *sums = malloc(n * size + 1), *more = malloc(n * size + 8);
    for (size_t i = 0; leakyc_isa_at(i); i++)
        portable = leakyc_isa_at(i);
    if (call(k, op, portable, out, sums, more, a, b, 1) != 0)
        abort();
    for (size_t i = 0; i < n; i++)
        if (!same(k->array.dtype, sums + i * size, k->sums.data + i * size))
            fail_channels(k, "a sum differs from the portable one");
    for (size_t i = 0; op == BIAS_PRELU_GRAD && i < slopes_of(k); i++)
        if (!same(k->array.dtype, more + i * size, k->more.data + i * size))
            fail_channels(k, "a slope's sum differs from the portable one");
    free(out);
    free(sums);
    free(more);
}

/* Returns what is summed of the element; `product` is set to its part of the slopes' second sums.
 */
static double expect_element(const struct channels_case *k, int op, size_t i, char *want,
                             double *product)
{
    leakyc_channels array = k->array;
    const size_t size = leakyc_itemsize(array.dtype), channel = i / array.inner % array.channels;
    const char *const a = k->a.before + k->a.offset + i * size;
    const char *const b = k->b.before + k->b.offset + i * size;
    const char *const parameter =
        k->has_parameters ? k->parameters.before + k->parameters.offset + channel * size : NULL;
    char zero[8];
    narrow(array.dtype, -0.0, zero);
    *product = 0;
    if (k->has_slopes && (op == BIAS_PRELU || op == BIAS_PRELU_GRAD))
        array.slope = widen(array.dtype, k->slopes.before + k->slopes.offset + channel * size);
    if (op == BIAS || op == BIAS_PRELU) {
        reference_bias(&array, a, parameter ? parameter : zero, want);
    } else if (op == BIAS_GRAD) {
        reference_bias_grad(&array, a, b, want);
    } else if (op == BIAS_PRELU_GRAD) {
        *product = reference_bias_prelu_grad(&array, a, b, parameter, array.slope, want);
    } else {
        const double x = widen(array.dtype, b);
        reference(array.dtype, b, a, parameter ? widen(array.dtype, parameter) : array.slope, want);
        return x > 0 ? 0 : widen(array.dtype, a) * x;
    }
    return widen(array.dtype, want);
}

static void untouched(const struct channels_case *k, const struct dense *d, int written)
{
    for (size_t i = 0; i < d->bytes; i++)
        if (d->block[i] != d->before[i])
            fail_channels(k, written ? "a byte beside the results" : "an input was written");
}

/* One NaN is as good as another: the result replaces what was expected. */
static void compare_dense(const struct channels_case *k, struct dense *d, size_t n,
                          const char *want)
{
    const size_t size = leakyc_itemsize(k->array.dtype);
    for (size_t i = 0; want && i < n; i++)
        if (!same(k->array.dtype, d->data + i * size, want + i * size))
            fail_channels(k, "a result");
    memcpy(d->before + d->offset, d->data, n * size);
    untouched(k, d, 1);
}

static void run_channels(struct channels_case *k, int op, unsigned in_place)
{
    const size_t size = leakyc_itemsize(k->array.dtype);
    char *want = malloc(k->n * size + 1);
    double *terms = malloc((k->n + 1) * sizeof *terms);
    double *products = malloc((k->n + 1) * sizeof *products);
    for (size_t i = 0; i < k->n; i++)
        terms[i] = expect_element(k, op, i, want + i * size, &products[i]);
    struct dense *out = in_place == 1 ? &k->a : in_place == 2 && op >= GRADIENTS ? &k->b : &k->out;
    overlapped += out != &k->out;
    enter(k->c->environment);
    const int failed = call(k, op, k->c->isa, out->data, k->sums.data, k->more.data, k->a.data,
                            k->b.data, k->c->threads);
    leave(k->c);
    if (failed)
        abort();
    if (op >= GRADIENTS) {
        check_sums(k, k->sums.data, terms, 0);
        if (op == BIAS_PRELU_GRAD)
            check_sums(k, k->more.data, products, !k->has_slopes);
        portable_sums(k, op, k->a.before + k->a.offset, k->b.before + k->b.offset);
        compare_dense(k, &k->sums, k->array.channels, NULL);
        if (op == BIAS_PRELU_GRAD)
            compare_dense(k, &k->more, slopes_of(k), NULL);
    }
    compare_dense(k, out, k->n, want);
    struct dense *const all[] = {&k->out,    &k->a,    &k->b,   &k->parameters,
                                 &k->slopes, &k->sums, &k->more};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        untouched(k, all[i], 0);
        release(all[i]);
    }
    free(want);
    free(terms);
    free(products);
}

static void channels(struct fuzz_case *c, struct bytes *b)
{
    static const double gains[] = {1, 1.5, 0, -2, 1e-30, INFINITY, NAN, 0.1};
    static const double clamps[] = {INFINITY, INFINITY, 1, 20, 1e-3, 1e-50, 70000, 1e300};
    struct channels_case k = {.c = c};
    const unsigned op = pick(b, OPERATIONS), in_place = pick(b, 4), finite = pick(b, 4) < 3;
    k.array.dtype = c->call.dtype;
    k.array.slope = c->call.scalar_slope;
    k.array.gain = gains[pick(b, 2) ? pick(b, 2) : pick(b, 8)];
    k.array.clamp = clamps[pick(b, 8)];
    k.has_parameters = op == BIAS || pick(b, 2);
    k.has_slopes = (int)pick(b, 2);
    pick_channels(b, &k.array);
    k.n = k.array.outer * k.array.channels * k.array.inner;
    k.out = dense(b, k.array.dtype, k.n, 0);
    k.a = dense(b, k.array.dtype, k.n, (int)finite);
    k.b = dense(b, k.array.dtype, k.n, (int)finite);
    k.parameters = dense(b, k.array.dtype, k.array.channels, (int)finite);
    k.slopes = dense(b, k.array.dtype, k.array.channels, (int)finite);
    k.sums = dense(b, k.array.dtype, k.array.channels, 0);
    k.more = dense(b, k.array.dtype, k.array.channels + !k.array.channels, 0);
    biases += op < GRADIENTS, bias_grads += op == BIAS_GRAD, slope_grads += op > BIAS_GRAD;
    long_runs += k.array.inner >= 64;
    run_channels(&k, (int)op, in_place);
}

#endif
