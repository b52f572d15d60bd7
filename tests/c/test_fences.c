/* test_fences.c - streamed stores are fenced: once in every piece, after its last store, by an
 * instruction that orders them. On x86 no test of results could tell. */
#include "kernels.h"
#include "leakyc_testing.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static atomic_int fences;
static int wrong;

static void count(void) { atomic_fetch_add(&fences, 1); }

static void expect(const char *what, const struct leakyc_isa *isa, int least, int most)
{
    const int n = atomic_exchange(&fences, 0);
    if (n < least || n > most) {
        printf("WRONG: %s, %s: %d fences, not %d to %d\n", what, isa->name, n, least, most);
        wrong++;
    }
}

static void check_calls(const struct leakyc_isa *real, float *memory, size_t n)
{
    struct leakyc_isa counting = *real;
    counting.fence = count;
    float *out = memory, *x = memory + n;
    const int streams = real->streams;

    leakyc_leak(&counting, LEAKYC_F32, out, x, x, 1000, 0.1, 1);
    expect("a small call", real, 0, 0);
    leakyc_leak(&counting, LEAKYC_F32, x, x, x, n, 0.1, 1);
    expect("in place", real, 0, 0);
    leakyc_leak(&counting, LEAKYC_F32, out, x, x, n, 0.1, 1);
    expect("one thread", real, streams, streams);
    leakyc_copy(&counting, LEAKYC_F32, out, x, n, 1, 1);
    expect("a copy", real, streams, streams);

    const size_t columns = 1000, shape[2] = {n / (columns + 8), columns};
    const ptrdiff_t tight[2] = {4 * (ptrdiff_t)columns, 4},
                    padded[2] = {4 * (ptrdiff_t)(columns + 8), 4};
    const leakyc_call call = {.dtype = LEAKYC_F32,
                              .ndim = 2,
                              .shape = shape,
                              .out = {out, tight, 0},
                              .gate = {x, padded, 0},
                              .value = {x, padded, 0},
                              .scalar_slope = 0.1};
    leakyc_leak_nd(&counting, &call, 1);
    expect("padded rows", real, streams, streams);

    /* A share for each thread, of at most 16 pieces and a rest. */
    const int shares = leakyc_openmp_version() ? 3 : 1, least = streams * shares;
    const int most = streams * (shares == 1 ? 1 : 3 * 18);
    leakyc_leak(&counting, LEAKYC_F32, out, x, x, n, 0.1, 3);
    expect("three threads", real, least, most);
    leakyc_leak_nd(&counting, &call, 3);
    expect("padded rows, three threads", real, least, most);
}

/* The instruction itself, in the machine code of the function. */
static void check_instruction(const struct leakyc_isa *isa)
{
#if defined(__x86_64__)
    const unsigned char sfence[3] = {0x0f, 0xae, 0xf8}, *code;
    int found = !isa->streams;
    memcpy(&code, &isa->fence, sizeof code);
    for (int i = 0; i < 16 && !found && code[i] != 0xc3; i++)
        found = memcmp(code + i, sfence, sizeof sfence) == 0;
    if (!found) {
        printf("WRONG: %s: no sfence in its fence\n", isa->name);
        wrong++;
    }
#else
    (void)isa; /* NEON's stores are ordinary ones */
#endif
}

int main(void)
{
    if (leakyc_init(NULL) != 0)
        return 1;
    const size_t cache = leakyc_last_level_cache();
    if (cache > (size_t)1 << 30) {
        printf("SKIPPED: nothing streams with a last cache of %zu bytes\n", cache);
        return 0;
    }
    const size_t n =
        cache / 7 + 5003; /* of each array: both together, without padding, do not fit */
    float *memory = calloc(2 * n + 16, sizeof *memory);
    const leakyc_isa *isa;
    for (size_t i = 0; memory && (isa = leakyc_isa_at(i)); i++) {
        check_instruction(isa);
        if (leakyc_isa_available(isa))
            check_calls(isa, memory, n);
        printf("%s: %s\n", isa->name, leakyc_isa_available(isa) ? "ran" : "its code was read");
    }
    free(memory);
    printf("%d wrong\n", wrong);
    return wrong != 0 || !memory;
}
