/* cpu.h - what the CPU and the operating system offer. */
#ifndef LEAKYC_CPU_H
#define LEAKYC_CPU_H

#include <stddef.h>

enum {
    LEAKYC_CPU_AVX2 = 1 << 0,   /* AVX2, FMA and F16C, and the OS saves the 256-bit registers */
    LEAKYC_CPU_AVX512 = 1 << 1, /* AVX-512 F, BW, DQ, VL, and the OS saves ZMM and mask registers */
    LEAKYC_CPU_NEON = 1 << 2    /* Advanced SIMD on AArch64 */
};

/* Bytes of a cache line. Where it is twice as long, nothing is wrong but some speed is lost. */
enum { LEAKYC_LINE = 64 };

struct leakyc_cpu {
    unsigned features;
    size_t cache[4]; /* bytes of data cache by level, [0] unused; 0 where there is none */
};

/* Asks the hardware and the OS. Pure: no state is kept. */
struct leakyc_cpu leakyc_cpu_detect(void);

/* Bytes of the last level of cache, by the sizes that were found: SIZE_MAX where none was. */
size_t leakyc_cpu_last_cache(const size_t cache[4]);

#endif
