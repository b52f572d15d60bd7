/* fpenv.h - the floating-point environment of one call: default while our kernels run (rounding to
 * nearest, subnormals kept, nothing trapped), and afterwards what the caller had, flags
 * included. */
#ifndef LEAKYC_FPENV_H
#define LEAKYC_FPENV_H

#include "simd/target.h"

#if LEAKYC_X86_64

#include <immintrin.h>

typedef unsigned leakyc_fpenv;

INLINE leakyc_fpenv leakyc_fpenv_enter(void)
{
    const unsigned before = _mm_getcsr(), standard = 0x1f80, flags = 0x3f;
    if ((before & ~flags) != standard)
        _mm_setcsr(standard);
    return before;
}

INLINE void leakyc_fpenv_leave(leakyc_fpenv before)
{
    _mm_setcsr(before); /* to ask first whether it has changed takes twice as long */
}

#elif LEAKYC_AARCH64 && defined(__GNUC__)

#include <stdint.h>

typedef struct {
    uint64_t control, status;
} leakyc_fpenv;

INLINE leakyc_fpenv leakyc_fpenv_enter(void)
{
    leakyc_fpenv before;
    __asm__ volatile("mrs %0, fpcr" : "=r"(before.control));
    __asm__ volatile("mrs %0, fpsr" : "=r"(before.status));
    if (before.control)
        __asm__ volatile("msr fpcr, %0" : : "r"((uint64_t)0));
    return before;
}

INLINE void leakyc_fpenv_leave(leakyc_fpenv before)
{
    if (before.control)
        __asm__ volatile("msr fpcr, %0" : : "r"(before.control));
    __asm__ volatile("msr fpsr, %0" : : "r"(before.status));
}

#else

#include <fenv.h>

typedef fenv_t leakyc_fpenv;

INLINE leakyc_fpenv leakyc_fpenv_enter(void)
{
    fenv_t before;
    feholdexcept(&before);
    fesetround(FE_TONEAREST);
    return before;
}

INLINE void leakyc_fpenv_leave(leakyc_fpenv before) { fesetenv(&before); }

#endif
#endif
