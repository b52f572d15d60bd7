/* test_core.c - the C core without Python: every instruction set that runs here, against the scalar
 * reference. Prints what ran; exits with 1 if anything differs. */
#include "leakyc_testing.h"
#include "reference.h"
#include "test_core.h"

#include <stdio.h>
#if defined(__x86_64__) && defined(__GNUC__)
#define X86_64 1
#include <immintrin.h>
#endif

enum { MOST = 5000, GUARD = 64 };

static struct outcome outcome;
static int faulty; /* test_core.h */

/* ---- an emulator's fault ----------------------------------------------------------------- */

#ifdef X86_64
__attribute__((target("f16c"))) static int by_f16c(float x)
{
    return _mm_extract_epi16(_mm_cvtps_ph(_mm_set1_ps(x), 0), 0);
}

__attribute__((target("avx512f"))) static int by_avx512(float x)
{
    return _mm_extract_epi16(_mm256_castsi256_si128(_mm512_cvtps_ph(_mm512_set1_ps(x), 0)), 0);
}
#endif

static int fault_of(const leakyc_isa *isa)
{
    int fault = 0;
#ifdef X86_64
    int (*const by_name[])(float) = {by_f16c, by_avx512};
    const int which = strcmp(leakyc_isa_name(isa), "avx512") == 0;
    if (which == 0 && strcmp(leakyc_isa_name(isa), "avx2") != 0)
        return 0;
    /* Ties between an even and an odd float16, subnormal and not. */
    const int subnormal = by_name[which](-0x1p-25f), normal = by_name[which](1 + 0x1p-11f);
    fault = subnormal == 0x8001 && normal == 0x3c01;
    if (subnormal != 0x8000 || normal != 0x3c00)
        printf(
            "%s: VCVTPS2PH makes %#x of -2^-25, not 0x8000, and %#x of 1 + 2^-11, not 0x3c00%s\n",
            leakyc_isa_name(isa), subnormal, normal,
            fault ? ": float16 results that are ties may be rounded either way" : "");
#else
    (void)isa;
#endif
    return fault;
}

static int agrees(leakyc_dtype dtype, const void *gate, const void *value, double slope,
                  const void *got)
{
    char want[8];
    reference(dtype, gate, value, slope, want);
    if (same(dtype, got, want))
        return 1;
    if (!faulty || dtype != LEAKYC_F16)
        return 0;
    ties_away = 1;
    reference(dtype, gate, value, slope, want);
    ties_away = 0;
    const int forgive = same(dtype, got, want);
    outcome.forgiven += forgive;
    return forgive;
}

/* ---- the cases --------------------------------------------------------------------------- */

static void report(const char *what, const leakyc_isa *isa, leakyc_dtype dtype, size_t n, int ok)
{
    outcome.cases[dtype]++;
    if (!ok && outcome.wrong++ < 10)
        printf("WRONG: %s, %s, %s, n = %zu\n", what, leakyc_isa_name(isa), dtype_names[dtype], n);
}

static void contiguous(const leakyc_isa *isa, leakyc_dtype dtype, size_t n, double slope, int alias)
{
    static _Alignas(64) char gate[MOST * 8], value[MOST * 8], out[(MOST + 2 * GUARD) * 8],
        before[(MOST + 2 * GUARD) * 8];
    const size_t size = leakyc_itemsize(dtype), offset = (GUARD + n % 16) * size;
    fill(gate, dtype, n);
    fill(value, dtype, n);
    fill(out, dtype, n + 2 * GUARD);
    const char *g = alias == 1 ? out + offset : gate, *v = alias == 2 ? out + offset : value;
    memcpy(before, out, sizeof before);
    leakyc_leak(isa, dtype, out + offset, g, v, n, slope, 1 + (int)(n % 3));
    int ok = memcmp(out, before, offset) == 0;
    ok &= memcmp(out + offset + n * size, before + offset + n * size, GUARD / 2 * size) == 0;
    g = alias == 1 ? before + offset : gate, v = alias == 2 ? before + offset : value;
    for (size_t i = 0; i < n; i++)
        ok &= agrees(dtype, g + i * size, v + i * size, slope, out + offset + i * size);
    report("contiguous", isa, dtype, n, ok);
}

/* A gate of bool; in place, or apart. */
static void bools(const leakyc_isa *isa, leakyc_dtype dtype, size_t n, double slope, int in_place)
{
    static char value[MOST * 8], out[(MOST + GUARD) * 8], before[(MOST + GUARD) * 8];
    static uint8_t bytes[MOST];
    const size_t size = leakyc_itemsize(dtype), offset = n % 16 * size;
    const uint8_t *const gate = bytes + n % 7;
    fill(value, dtype, n);
    fill(out, dtype, n + GUARD);
    for (size_t i = 0; i < n; i++)
        bytes[n % 7 + i] = (uint8_t)(random_bits() & (random_bits() & 64 ? 0 : 255));
    memcpy(before, out, sizeof before);
    const char *v = in_place ? out + offset : value;
    leakyc_leak_bools(isa, dtype, out + offset, gate, v, n, slope, 1 + (int)(n % 3));
    int ok = memcmp(out, before, offset) == 0;
    ok &= memcmp(out + offset + n * size, before + offset + n * size, GUARD / 2 * size) == 0;
    v = in_place ? before + offset : value;
    for (size_t i = 0; i < n; i++) {
        char positive[8];
        narrow(dtype, gate[i] != 0, positive);
        ok &= agrees(dtype, positive, v + i * size, slope, out + offset + i * size);
    }
    report("gate of bool", isa, dtype, n, ok);
}

/* A 2-d call over one buffer of input: strides in elements, perhaps swapped, perhaps one
 * byte off. */
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
            char g[8], v[8];
            const ptrdiff_t at = (ptrdiff_t)r * in_bytes[0] + (ptrdiff_t)c * in_bytes[1];
            memcpy(g, (char *)gate.data + at, (size_t)size);
            memcpy(v, (char *)value.data + at, (size_t)size);
            if (swapped) {
                reverse_bytes((char *)gate.data + at, g, (size_t)size);
                reverse_bytes((char *)value.data + at, v, (size_t)size);
            }
            ok &= agrees(dtype, g, v, slopes ? widen(dtype, (char *)slope.data + at) : 0.3,
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
        {1, 97, {0, 1}, {97, 1}},   {1, 97, {0, 2}, {97, 1}},    {1, 97, {0, -1}, {97, 1}},
        {1, 97, {0, 5}, {97, 1}},   {1, 97, {0, -2}, {97, 3}},   {7, 33, {40, 1}, {33, 1}},
        {7, 33, {40, 1}, {40, 1}},  {7, 33, {90, 2}, {33, 1}},   {40, 50, {1, 40}, {50, 1}},
        {41, 67, {1, 43}, {67, 1}}, {33, 9, {1, 33}, {9, 1}},    {5, 70, {1, 5}, {70, 1}},
        {50, 40, {40, 1}, {1, 50}}, {9, 20, {-20, -1}, {20, 1}}, {9, 20, {0, 1}, {20, 1}},
        {9, 20, {1, 0}, {20, 1}},   {40, 1, {2, 7}, {1, 99}},
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
            for (int alias = 0; alias < 3; alias++) {
                contiguous(isa, (leakyc_dtype)dtype, n, slopes[n % 6], alias);
                if (alias < 2)
                    bools(isa, (leakyc_dtype)dtype, n, slopes[n % 6], alias);
            }
        contiguous(isa, (leakyc_dtype)dtype, MOST - 16, NAN, 0);
        contiguous(isa, (leakyc_dtype)dtype, MOST - 16, INFINITY, 1);
        bools(isa, (leakyc_dtype)dtype, MOST - 16, -0.5, 1);
        layouts(isa, (leakyc_dtype)dtype);
    }
}

static int check_parallel(void)
{
    int ok = 1;
#ifdef _OPENMP
    int threads = 0;
    leakyc_set_num_threads(4);
#pragma omp parallel num_threads(2) reduction(+ : threads)
    threads += leakyc_threads_for((size_t)1 << 30);
    leakyc_set_num_threads(0);
    ok = threads == 2;
    if (!ok)
        puts("WRONG: not serial inside a region");
#endif
    return ok;
}

/* Everything about an instruction set; adds to the cases, returns how many were wrong. */
static long check_all(const leakyc_isa *isa, long *cases)
{
    faulty = fault_of(isa);
    memset(&outcome, 0, sizeof outcome);
    check_isa(isa);
    const struct outcome parts[] = {outcome, check_training(isa, faulty), check_loops(isa, faulty)};
    long wrong = 0, forgiven = 0, of_dtype[LEAKYC_DTYPES] = {0};
    for (int part = 0; part < 3; part++) {
        wrong += parts[part].wrong;
        forgiven += parts[part].forgiven;
        for (int dtype = 0; dtype < LEAKYC_DTYPES; dtype++)
            of_dtype[dtype] += parts[part].cases[dtype];
    }
    printf("%s: ran, %ld wrong; cases:", leakyc_isa_name(isa), wrong);
    for (int dtype = 0; dtype < LEAKYC_DTYPES; dtype++) {
        printf(" %s %ld", dtype_names[dtype], of_dtype[dtype]);
        *cases += of_dtype[dtype];
    }
    puts("");
    if (faulty)
        printf("%s: %ld float16 ties were rounded away from zero\n", leakyc_isa_name(isa),
               forgiven);
    return wrong;
}

int main(void)
{
    const leakyc_isa *isa;
    long cases = 0, wrong = 0;
    if (leakyc_init("no such set") != -1 || leakyc_init(NULL) != 0) {
        puts("WRONG: leakyc_init");
        return 1;
    }
    leakyc_set_eager(1); /* else most calls are over before a helper comes */
    for (size_t i = 0; (isa = leakyc_isa_at(i)); i++)
        if (leakyc_isa_available(isa))
            wrong += check_all(isa, &cases);
        else
            printf("%s: NOT RUN, this CPU lacks it\n", leakyc_isa_name(isa));
    wrong += !check_parallel();
    printf("%ld cases, %ld wrong\n", cases, wrong);
    return wrong != 0;
}
