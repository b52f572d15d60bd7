/* loops.h - the inner loops of the two ufuncs, (x, slope) -> y and (grad, x, slope) -> dx, in
 * NumPy's calling convention, which needs no header of NumPy's.
 *
 * `args` holds the first element of each input and of the output, `steps` their strides in bytes,
 * dims[0] the number of elements. `data` points to a leakyc_loop. The output may be an input, lie
 * apart, or overlap one such that going in order is right. */
#ifndef LEAKYC_LOOPS_H
#define LEAKYC_LOOPS_H

#include "leakyc_core.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What runs: the instruction set, and the type that is computed in. */
typedef struct {
    const leakyc_isa *isa;
    leakyc_dtype dtype;
} leakyc_loop;

typedef void leakyc_loop_fn(char **args, const ptrdiff_t *dims, const ptrdiff_t *steps, void *data);

/* In the forward loop each result may be the next x, as in `accumulate` and `reduce`. */
typedef struct {
    leakyc_loop_fn *forward, *gradient;
} leakyc_loops;

extern const leakyc_loops leakyc_float_loops;      /* all arrays of one type, that of the loop */
extern const leakyc_loops leakyc_half_loops;       /* of a 16-bit type, with float32 slopes */
extern const leakyc_loops leakyc_longdouble_loops; /* `data` is not used */

/* Integers, computed in float64 as the slopes and the results are: signed char, unsigned char, and
 * so on by size up to unsigned long long, in the order of NumPy's type numbers. */
enum { LEAKYC_INTEGERS = 10 };
extern const leakyc_loops leakyc_integer_loops[LEAKYC_INTEGERS];

#ifdef __cplusplus
}
#endif
#endif
