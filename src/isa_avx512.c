/* isa_avx512.c - the target for x86-64 CPUs with AVX-512 F, BW, DQ and VL. */
#include "simd/target.h"

#if LEAKYC_X86_64
#include "kernels.h"
#include <immintrin.h>
#include <math.h>
#include <string.h>

LEAKYC_TARGET_BEGIN("avx2,f16c,avx512f,avx512bw,avx512dq,avx512vl")
#include "simd/avx512.h"

#define ISA avx512
#define BLOCK_LOOP LEAKYC_UNROLLED
#define ISA_NAME "avx512"
#define ISA_REQUIRES LEAKYC_CPU_AVX512
#define ISA_REQUIRES_TEXT "AVX-512 F, BW, DQ, VL, OS support for ZMM and mask registers"
#define ISA_NARROWER &leakyc_isa_avx2
#include "kernels/target.inc.h"
LEAKYC_TARGET_END
#else
typedef int leakyc_no_such_target;
#endif
