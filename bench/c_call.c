/* c_call.c - leakyc_leaky_relu_f32 over its kernel alone, and over the loop that the compiler
 * makes: for the row c-call. Prints a line a round: elements, and nanoseconds of each. */
#include "../src/kernels.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { MOST = 1000000, ROUNDS = 60, CONTENDERS = 3 };
static _Alignas(64) float x[MOST + 4], y[MOST + 4];

static __attribute__((noinline)) void loop(float *out, const float *in, size_t n, float slope)
{
    for (size_t i = 0; i < n; i++)
        out[i] = in[i] > 0 ? in[i] : slope * in[i];
}

static void call(int contender, float *out, const float *in, size_t n)
{
    if (contender == 0)
        leakyc_leaky_relu_f32(out, in, n, 0.1, 0);
    else if (contender == 1)
        leakyc_chosen->of[LEAKYC_F32].leak(out, in, in, n, 0.1, 0);
    else
        loop(out, in, n, 0.1f);
}

static double nanoseconds(int contender, size_t n, int calls)
{
    struct timespec from, to;
    float *const out = y + 4;
    const float *const in = x + 4; /* as malloc aligns: to 16 bytes */
    call(contender, out, in, n);
    clock_gettime(CLOCK_MONOTONIC, &from);
    for (int i = 0; i < calls; i++) {
        call(contender, out, in, n);
        __asm__ volatile("" ::: "memory");
    }
    clock_gettime(CLOCK_MONOTONIC, &to);
    return ((double)(to.tv_sec - from.tv_sec) * 1e9 + (double)(to.tv_nsec - from.tv_nsec)) / calls;
}

int main(void)
{
    const size_t sizes[] = {16, 1000, MOST};
    if (leakyc_init(getenv("LEAKYC_ISA")))
        return 1;
    for (size_t i = 0; i < MOST + 4; i++)
        x[i] = (float)rand() / (float)RAND_MAX - 0.5f;
    for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++)
        for (int round = 0; round < ROUNDS; round++) {
            double found[CONTENDERS];
            for (int i = 0; i < CONTENDERS; i++) {
                const int contender = (round + i) % CONTENDERS;
                found[contender] =
                    nanoseconds(contender, sizes[k], (int)(4000000 / (sizes[k] + 50)) + 1);
            }
            printf("%zu %.3f %.3f %.3f\n", sizes[k], found[0], found[1], found[2]);
        }
    return 0;
}
