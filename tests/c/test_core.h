/* test_core.h - what the parts of the C test program have in common. */
#ifndef TEST_CORE_H
#define TEST_CORE_H

#include "leakyc_core.h"

/* What came of an instruction set's cases. `forgiven` counts elements: see the fault below. */
struct outcome {
    long cases[LEAKYC_DTYPES], wrong, forgiven;
};

/* Bochs 2.7 rounds a float32 that lies in the middle of two float16 away from zero. Where the
 * instruction itself is seen to do so (test_core.c), which no CPU does, results that are such ties
 * may have either rounding, and nothing else may. */

struct outcome check_training(const leakyc_isa *isa, int with_fault);
struct outcome check_loops(const leakyc_isa *isa, int with_fault);

#endif
