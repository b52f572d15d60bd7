/* isa_neon.c - the target for AArch64 CPUs: Advanced SIMD. */
#include "simd/target.h"

#if LEAKYC_AARCH64
#include "kernels.h"
#include <arm_neon.h>
#include <math.h>
#include <string.h>

#include "simd/neon.h"

#define ISA neon
#define BLOCK_LOOP LEAKYC_UNROLLED
#define ISA_NAME "neon"
#define ISA_REQUIRES LEAKYC_CPU_NEON
#define ISA_REQUIRES_TEXT "Advanced SIMD"
#define ISA_NARROWER NULL
#include "kernels/target.inc.h"
#else
typedef int leakyc_no_such_target;
#endif
