/* loops.c - the ufuncs' inner loops: runs of elements, handed to the n-dimensional driver. */
#include "loops.h"
#include "fpenv.h"

#include <string.h>

enum { GRAD, X, SLOPE, OUT, OPERANDS };

/* The operands of a loop from some element on. In the forward loops `grad` is x. */
struct operands {
    char *at[OPERANDS];
    ptrdiff_t step[OPERANDS]; /* bytes */
};

typedef void run_fn(const leakyc_loop *loop, const struct operands *o, size_t n);

static void move(struct operands *o, size_t n)
{
    for (int k = 0; k < OPERANDS; k++)
        o->at[k] += (ptrdiff_t)n * o->step[k];
}

static void leak(const leakyc_loop *loop, const struct operands *o, size_t n, const double *slope)
{
    leakyc_call call = {.dtype = loop->dtype,
                        .ndim = 1,
                        .shape = &n,
                        .out = {o->at[OUT], &o->step[OUT], 0},
                        .gate = {o->at[X], &o->step[X], 0},
                        .value = {o->at[GRAD], &o->step[GRAD], 0}};
    if (slope)
        call.scalar_slope = *slope;
    else
        call.slope = (leakyc_operand){o->at[SLOPE], &o->step[SLOPE], 0};
    leakyc_leak_nd(loop->isa, &call, 0);
}

/* ---- the types ------------------------------------------------------------------------------- */

static void run_float(const leakyc_loop *loop, const struct operands *o, size_t n)
{
    leak(loop, o, n, NULL);
}

static float float_at(const char *p)
{
    float x;
    memcpy(&x, p, sizeof x);
    return x;
}

/* A call for each stretch of slopes with the same bits, nearly always one for all. */
static void run_half(const leakyc_loop *loop, const struct operands *all, size_t n)
{
    struct operands o = *all;
    const ptrdiff_t step = o.step[SLOPE];
    for (size_t length; n > 0; n -= length, move(&o, length)) {
        const double slope = (double)float_at(o.at[SLOPE]);
        for (length = step ? 1 : n; length < n; length++)
            if (memcmp(o.at[SLOPE], o.at[SLOPE] + (ptrdiff_t)length * step, sizeof(float)) != 0)
                break;
        leak(loop, &o, length, &slope);
    }
}

static void run_longdouble(const leakyc_loop *unused, const struct operands *o, size_t n)
{
    (void)unused;
    leakyc_leak_longdouble(o->at[OUT], o->step[OUT], o->at[X], o->step[X], o->at[GRAD],
                           o->step[GRAD], o->at[SLOPE], o->step[SLOPE], n);
}

/* Integers that are converted at a time: two buffers of them stay in L1. With 128 a call takes 1.5
 * to 2 times as long (bench: integers). */
enum { BLOCK = 1024 };

typedef void to_double_fn(double *out, const char *in, ptrdiff_t step, size_t n);

static void run_integer(to_double_fn *to_double, const leakyc_loop *loop,
                        const struct operands *all, size_t n)
{
    double grad[BLOCK], x[BLOCK];
    struct operands o = *all;
    const int forward = o.at[GRAD] == o.at[X] && o.step[GRAD] == o.step[X];
    for (size_t m; n > 0; n -= m, move(&o, m)) {
        m = n < BLOCK ? n : BLOCK;
        struct operands block = o;
        to_double(x, o.at[X], o.step[X], m);
        if (!forward)
            to_double(grad, o.at[GRAD], o.step[GRAD], m);
        block.at[X] = (char *)x;
        block.at[GRAD] = (char *)(forward ? x : grad);
        block.step[X] = block.step[GRAD] = sizeof(double);
        leak(loop, &block, m, NULL);
    }
}

/* ---- forward and gradient ---------------------------------------------------------------- */

static void forward(run_fn *run, char **args, size_t n, const ptrdiff_t *steps, const void *data)
{
    struct operands o = {{args[0], args[0], args[1], args[2]},
                         {steps[0], steps[0], steps[1], steps[2]}};
    /* One at a time where each result is the next x. */
    const int chained = o.at[OUT] == o.at[X] + o.step[X] && o.step[OUT] == o.step[X];
    const size_t length = chained ? 1 : n;
    const leakyc_fpenv env = leakyc_fpenv_enter();
    for (size_t i = 0; i < n; i += length, move(&o, length))
        run(data, &o, length);
    leakyc_fpenv_leave(env);
}

static void gradient(run_fn *run, char **args, size_t n, const ptrdiff_t *steps, const void *data)
{
    struct operands o;
    memcpy(o.at, args, sizeof o.at);
    memcpy(o.step, steps, sizeof o.step);
    const leakyc_fpenv env = leakyc_fpenv_enter();
    run(data, &o, n);
    leakyc_fpenv_leave(env);
}

/* ---- the tables ------------------------------------------------------------------------------ */

#define LOOP(name, pass)                                                                           \
    static void name##_##pass(char **args, const ptrdiff_t *dims, const ptrdiff_t *steps,          \
                              void *data)                                                          \
    {                                                                                              \
        pass(run_##name, args, (size_t)dims[0], steps, data);                                      \
    }
#define BOTH(name) LOOP(name, forward) LOOP(name, gradient)
#define ROW(name) {name##_forward, name##_gradient}

BOTH(float)
BOTH(half)
BOTH(longdouble)
const leakyc_loops leakyc_float_loops = ROW(float);
const leakyc_loops leakyc_half_loops = ROW(half);
const leakyc_loops leakyc_longdouble_loops = ROW(longdouble);

/* clang-format off */
#define INTEGERS(each)                                                                             \
    each(schar, signed char) each(uchar, unsigned char) each(short, short)                         \
    each(ushort, unsigned short) each(int, int) each(uint, unsigned int) each(long, long)          \
    each(ulong, unsigned long) each(longlong, long long) each(ulonglong, unsigned long long)
/* clang-format on */

#define INTEGER_LOOPS(name, type)                                                                  \
    static void name##_to_double(double *out, const char *in, ptrdiff_t step, size_t n)            \
    {                                                                                              \
        type x;                                                                                    \
        for (size_t i = 0; i < n; i++) {                                                           \
            memcpy(&x, in + (ptrdiff_t)i * step, sizeof x);                                        \
            out[i] = (double)x;                                                                    \
        }                                                                                          \
    }                                                                                              \
    static void run_##name(const leakyc_loop *loop, const struct operands *o, size_t n)            \
    {                                                                                              \
        run_integer(name##_to_double, loop, o, n);                                                 \
    }                                                                                              \
    BOTH(name)
#define INTEGER_ROW(name, type) ROW(name),

INTEGERS(INTEGER_LOOPS)
const leakyc_loops leakyc_integer_loops[LEAKYC_INTEGERS] = {INTEGERS(INTEGER_ROW)};
