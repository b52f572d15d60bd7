/* isa_avx2.c - the target for x86-64 CPUs with AVX2. */
#include "simd/target.h"

#if LEAKYC_X86_64
#include "kernels.h"
#include <immintrin.h>
#include <math.h>
#include <string.h>

LEAKYC_TARGET_BEGIN("avx2,fma,f16c")
#include "simd/avx2.h"

#define ISA avx2
#define BLOCK_LOOP LEAKYC_UNROLLED
#define ISA_NAME "avx2"
#define ISA_REQUIRES LEAKYC_CPU_AVX2
#define ISA_REQUIRES_TEXT "AVX2, FMA, F16C, OS support for YMM"
#define ISA_NARROWER NULL
#include "kernels/target.inc.h"
LEAKYC_TARGET_END
#else
typedef int leakyc_no_such_target;
#endif
