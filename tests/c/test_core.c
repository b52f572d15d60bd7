/* test_core.c - the C core without Python: every instruction set that runs here, against the scalar
 * reference. Prints what ran; exits with 1 if anything differs. */
#include "leakyc.h"
#include "reference.h"

#include <stdio.h>

enum { MOST = 5000, GUARD = 64 };

static long checked, wrong;

/* ---- the cases ------------------------------------------------------------------------------- */

static void report(const char *what, const leakyc_isa *isa, leakyc_dtype dtype, size_t n, int ok)
{
    checked++;
    if (!ok && wrong++ < 10)
        printf("WRONG: %s, %s, %s, n = %zu\n", what, leakyc_isa_name(isa), dtype_names[dtype], n);
}

static void contiguous(const leakyc_isa *isa, leakyc_dtype dtype, size_t n, double slope, int alias)
{
    static _Alignas(64) char gate[MOST * 8], value[MOST * 8], out[(MOST + 2 * GUARD) * 8],
        want[(MOST + 2 * GUARD) * 8];
    const size_t size = leakyc_itemsize(dtype), offset = (GUARD + n % 16) * size;
    fill(gate, dtype, n);
    fill(value, dtype, n);
    fill(out, dtype, n + 2 * GUARD);
    const char *g = alias == 1 ? out + offset : gate, *v = alias == 2 ? out + offset : value;
    memcpy(want, out, sizeof want);
    for (size_t i = 0; i < n; i++)
        reference(dtype, g + i * size, v + i * size, slope, want + offset + i * size);
    leakyc_leak(isa, dtype, out + offset, g, v, n, slope, 1 + (int)(n % 3));
    int ok = memcmp(out, want, offset) == 0;
    ok &= memcmp(out + offset + n * size, want + offset + n * size, GUARD / 2 * size) == 0;
    for (size_t i = 0; i < n; i++)
        ok &= same(dtype, out + offset + i * size, want + offset + i * size);
    report("contiguous", isa, dtype, n, ok);
}

/* A 2-d call over one buffer of input: strides in elements, perhaps swapped, perhaps one byte off. */
static void strided(const leakyc_isa *isa, leakyc_dtype dtype, size_t rows, size_t columns,
                    const ptrdiff_t in_step[2], const ptrdiff_t out_step[2], int swapped, int off,
                    int slopes)
{
    static char in[3][MOST * 8 + 1], out[MOST * 8];
    const ptrdiff_t size = (ptrdiff_t)leakyc_itemsize(dtype);
    const size_t shape[2] = {rows, columns};
    ptrdiff_t in_bytes[2], out_bytes[2], in_first = 0;
    int ok = 1;
    for (int d = 0; d < 2; d++) {
        in_bytes[d] = in_step[d] * size;
        out_bytes[d] = out_step[d] * size;
        if (in_step[d] < 0)
            in_first -= in_bytes[d] * (ptrdiff_t)(shape[d] - 1);
    }
    for (int k = 0; k < 3; k++)
        fill(in[k], dtype, MOST);
    leakyc_call call = {.dtype = dtype, .ndim = 2, .shape = shape, .scalar_slope = 0.3};
    const leakyc_operand gate = {in[0] + off + in_first, in_bytes, swapped};
    const leakyc_operand value = {in[1] + off + in_first, in_bytes, swapped};
    const leakyc_operand slope = {slopes ? in[2] + in_first : NULL, in_bytes, 0};
    const leakyc_operand result = {out, out_bytes, 0};
    call.gate = gate, call.value = value, call.slope = slope, call.out = result;
    leakyc_leak_nd(isa, &call, 1 + slopes);
    for (size_t r = 0; r < rows; r++)
        for (size_t c = 0; c < columns; c++) {
            char g[8], v[8], want[8];
            const ptrdiff_t at = (ptrdiff_t)r * in_bytes[0] + (ptrdiff_t)c * in_bytes[1];
            memcpy(g, (char *)gate.data + at, (size_t)size);
            memcpy(v, (char *)value.data + at, (size_t)size);
            if (swapped) {
                reverse_bytes((char *)gate.data + at, g, (size_t)size);
                reverse_bytes((char *)value.data + at, v, (size_t)size);
            }
            reference(dtype, g, v, slopes ? widen(dtype, (char *)slope.data + at) : 0.3, want);
            ok &= same(dtype, want,
                       out + (ptrdiff_t)r * out_bytes[0] + (ptrdiff_t)c * out_bytes[1]);
        }
    report("strided", isa, dtype, rows * columns, ok);
}

static void layouts(const leakyc_isa *isa, leakyc_dtype dtype)
{
    static const struct {
        size_t rows, columns;
        ptrdiff_t in[2], out[2];
    } cases[] = {
        {1, 97, {0, 1}, {97, 1}},    {1, 97, {0, 2}, {97, 1}},   {1, 97, {0, -1}, {97, 1}},
        {1, 97, {0, 5}, {97, 1}},    {1, 97, {0, -2}, {97, 3}},  {7, 33, {40, 1}, {33, 1}},
        {7, 33, {40, 1}, {40, 1}},   {7, 33, {90, 2}, {33, 1}},  {40, 50, {1, 40}, {50, 1}},
        {41, 67, {1, 43}, {67, 1}},  {33, 9, {1, 33}, {9, 1}},   {5, 70, {1, 5}, {70, 1}},
        {50, 40, {40, 1}, {1, 50}},  {9, 20, {-20, -1}, {20, 1}}, {9, 20, {0, 1}, {20, 1}},
        {9, 20, {1, 0}, {20, 1}},    {40, 1, {2, 7}, {1, 99}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int variant = 0; variant < 6; variant++)
            strided(isa, dtype, cases[i].rows, cases[i].columns, cases[i].in, cases[i].out,
                    variant % 3 == 1, variant % 3 == 2, variant / 3);
}

static void check_isa(const leakyc_isa *isa)
{
    static const double slopes[] = {0.01, 0, 1.3, -0.5, 1e-40, 1e300};
    for (int dtype = 0; dtype < LEAKYC_DTYPES; dtype++) {
        for (size_t n = 0; n <= 300; n++)
            for (int alias = 0; alias < 3; alias++)
                contiguous(isa, (leakyc_dtype)dtype, n, slopes[n % 6], alias);
        contiguous(isa, (leakyc_dtype)dtype, MOST - 16, NAN, 0);
        contiguous(isa, (leakyc_dtype)dtype, MOST - 16, INFINITY, 1);
        layouts(isa, (leakyc_dtype)dtype);
    }
}

static void check_parallel(void)
{
#ifdef _OPENMP
    int threads = 0;
    leakyc_set_num_threads(4);
#pragma omp parallel num_threads(2) reduction(+ : threads)
    threads += leakyc_threads_for((size_t)1 << 30);
    report("serial inside a region", leakyc_isa_chosen(), LEAKYC_F32, 0, threads == 2);
    leakyc_set_num_threads(0);
#endif
}

long check_training(const leakyc_isa *isa, long *cases); /* test_training.c */

int main(void)
{
    const leakyc_isa *isa;
    long training = 0;
    if (leakyc_init("no such set") != -1 || leakyc_init(NULL) != 0) {
        puts("WRONG: leakyc_init");
        return 1;
    }
    for (size_t i = 0; (isa = leakyc_isa_at(i)); i++) {
        const int can = leakyc_isa_available(isa);
        const long before = wrong;
        if (can) {
            check_isa(isa);
            wrong += check_training(isa, &training);
        }
        printf("%s: %s, %ld wrong\n", leakyc_isa_name(isa),
               can ? "ran" : "NOT RUN, this CPU lacks it", wrong - before);
    }
    check_parallel();
    printf("%ld cases, %ld wrong\n", checked + training, wrong);
    return wrong != 0;
}
