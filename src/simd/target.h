/* target.h - target regions, inlining, name pasting: the only file that knows compilers' quirks.
 *
 * An isa_*.c includes the system's intrinsics header first, then opens its region and includes our
 * headers inside it, so that every helper is compiled for, and inlined into, the same target.
 */
#ifndef LEAKYC_TARGET_H
#define LEAKYC_TARGET_H

#include <float.h>

/* One operation, one rounding, to its own type. x87 keeps more bits, and so rounds subnormals
 * twice. float computed in double, as on s390x, does no harm: no bit of a product is lost before.
 */
#if defined(FLT_EVAL_METHOD) && (FLT_EVAL_METHOD < 0 || FLT_EVAL_METHOD > 1)
#error "leakyc needs float and double computed as such: on 32-bit x86, -msse2 -mfpmath=sse"
#endif
#ifdef __FAST_MATH__
#error "leakyc keeps infinities, NaN and signs of zero: not with -ffast-math, nor -Ofast"
#endif

#define LEAKYC_PRAGMA(text) _Pragma(#text)

#if defined(__clang__)
#define LEAKYC_TARGET_BEGIN(features)                                                              \
    LEAKYC_PRAGMA(clang attribute push(__attribute__((target(features))), apply_to = function))
#define LEAKYC_TARGET_END LEAKYC_PRAGMA(clang attribute pop)
#elif defined(__GNUC__)
#define LEAKYC_TARGET_BEGIN(features)                                                              \
    LEAKYC_PRAGMA(GCC push_options) LEAKYC_PRAGMA(GCC target(features))
#define LEAKYC_TARGET_END LEAKYC_PRAGMA(GCC pop_options)
#else /* MSVC: intrinsics need no permission */
#define LEAKYC_TARGET_BEGIN(features)
#define LEAKYC_TARGET_END
#endif

#if defined(_MSC_VER) && !defined(__clang__)
#define INLINE static __forceinline
#define NOINLINE static __declspec(noinline)
#else
#define INLINE static inline __attribute__((always_inline, unused))
#define NOINLINE static __attribute__((noinline, unused))
#endif

/* Before a loop of few iterations: whether to unroll it. An isa_*.c defines BLOCK_LOOP as one of
 * them; where the words are loops themselves, unrolled ones cost minutes of compilation. */
#if defined(__GNUC__) && !defined(__clang__)
#define LEAKYC_ROLLED LEAKYC_PRAGMA(GCC unroll 1)
#define LEAKYC_UNROLLED LEAKYC_PRAGMA(GCC unroll 16)
#else
#define LEAKYC_ROLLED
#define LEAKYC_UNROLLED
#endif

#if defined(__x86_64__) || (defined(_M_X64) && !defined(_M_ARM64EC))
#define LEAKYC_X86_64 1
#elif defined(__aarch64__) || defined(_M_ARM64)
#define LEAKYC_AARCH64 1
#endif

#define LEAKYC_PASTE2(a, b) a##_##b
#define LEAKYC_PASTE(a, b) LEAKYC_PASTE2(a, b)
#define LEAKYC_NAME4(op, type, isa) leakyc_##op##_##type##__##isa
#define LEAKYC_NAME3(op, type, isa) LEAKYC_NAME4(op, type, isa)

#endif
