/* isa_baseline.c - the target for every CPU: portable C, what the platform guarantees. */
#include "kernels.h"
#include "simd/target.h"
#include <math.h>
#include <string.h>

#include "simd/baseline.h"

#define ISA baseline
#define BLOCK_LOOP LEAKYC_BASELINE_LOOP
#define ISA_NAME "baseline"
#define ISA_REQUIRES 0
#define ISA_REQUIRES_TEXT "nothing"
#define ISA_NARROWER NULL
#include "kernels/target.inc.h"
