/* program.c - a layer's activation, forward and backward, in a C program without Python.
 *
 *     make core
 *     gcc examples/c/program.c -Ileakyc/include build/libleakyc.a -fopenmp -lm -pthread -o program
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "leakyc.h"

int main(void)
{
    if (leakyc_init(getenv("LEAKYC_ISA")) != 0) {
        fprintf(stderr, "this CPU lacks the instruction set that LEAKYC_ISA names\n");
        return 1;
    }
    const char *reason;
    const int threads = leakyc_get_num_threads(&reason);
    printf("on %s, up to %d threads: %s\n", leakyc_instruction_set(), threads, reason);

    /* Two pictures of three channels and 2 x 2 pixels; a bias a channel, in place. */
    enum { PICTURES = 2, CHANNELS = 3, PIXELS = 4, ALL = PICTURES * CHANNELS * PIXELS };
    float y[ALL], dx[ALL], dbias[CHANNELS];
    const float bias[CHANNELS] = {0.5f, 0, -0.5f};
    for (int i = 0; i < ALL; i++)
        y[i] = (float)(i % 5) - 2;
    leakyc_bias_leaky_relu_f32(y, y, bias, PICTURES, CHANNELS, PIXELS, 0.1, 1, HUGE_VAL, 0);

    float grad[ALL];
    for (int i = 0; i < ALL; i++)
        grad[i] = 1;
    if (leakyc_bias_leaky_relu_grad_f32(dx, dbias, grad, y, PICTURES, CHANNELS, PIXELS, 0.1, 1,
                                        HUGE_VAL, 0) != 0) {
        fprintf(stderr, "out of memory\n");
        return 1;
    }
    for (int c = 0; c < CHANNELS; c++)
        printf("channel %d: y %.2f %.2f ..., dbias %.2f\n", c, y[c * PIXELS], y[c * PIXELS + 1],
               dbias[c]);
    return 0;
}
