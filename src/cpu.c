/* cpu.c - features by cpuid + xgetbv or HWCAP, and cache sizes. */
#include "cpu.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#if defined(__x86_64__) || defined(_M_X64) || defined(__i386__) || defined(_M_IX86)
#define X86 1
#ifdef _MSC_VER
#include <intrin.h>
#else
#include <cpuid.h>
#endif
#endif
#if defined(__linux__) && defined(__aarch64__)
#include <asm/hwcap.h>
#include <sys/auxv.h>
#elif defined(__APPLE__)
#include <sys/sysctl.h>
#endif

/* ---- features ---------------------------------------------------------------------------- */

#if X86
struct regs {
    unsigned a, b, c, d;
};

/* All zero for a leaf that the CPU does not have. */
static struct regs cpuid(unsigned leaf, unsigned subleaf)
{
    struct regs r = {0, 0, 0, 0};
#ifdef _MSC_VER
    int raw[4];
    __cpuid(raw, (int)(leaf & 0x80000000u));
    if ((unsigned)raw[0] < leaf)
        return r;
    __cpuidex(raw, (int)leaf, (int)subleaf);
    r.a = (unsigned)raw[0], r.b = (unsigned)raw[1];
    r.c = (unsigned)raw[2], r.d = (unsigned)raw[3];
#else
    __get_cpuid_count(leaf, subleaf, &r.a, &r.b, &r.c, &r.d);
#endif
    return r;
}

/* XCR0: which register states the OS saves on a context switch. */
static unsigned xcr0(void)
{
#ifdef _MSC_VER
    return (unsigned)_xgetbv(0);
#else
    unsigned low, high;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    (void)high;
    return low;
#endif
}

static int has(unsigned reg, unsigned bits) { return (reg & bits) == bits; }

static unsigned features(void)
{
    /* leaf 1, ecx; leaf 7, ebx */
    const unsigned fma = 1u << 12, osxsave = 1u << 27, avx = 1u << 28, f16c = 1u << 29;
    const unsigned avx2 = 1u << 5;
    const unsigned f = 1u << 16, dq = 1u << 17, bw = 1u << 30, vl = 1u << 31;
    const unsigned ymm_state = 0x6, zmm_state = 0xe6;

    const struct regs one = cpuid(1, 0), seven = cpuid(7, 0);
    if (!has(one.c, fma | osxsave | avx | f16c) || !has(seven.b, avx2))
        return 0;
    const unsigned saved = xcr0();
    if (!has(saved, ymm_state))
        return 0;
    if (!has(saved, zmm_state) || !has(seven.b, f | dq | bw | vl))
        return LEAKYC_CPU_AVX2;
    return LEAKYC_CPU_AVX2 | LEAKYC_CPU_AVX512;
}

#elif defined(__aarch64__) || defined(_M_ARM64)

static unsigned features(void)
{
#if defined(__linux__)
    return getauxval(AT_HWCAP) & HWCAP_ASIMD ? LEAKYC_CPU_NEON : 0;
#else
    return LEAKYC_CPU_NEON; /* part of the platform on macOS and Windows */
#endif
}

#else

static unsigned features(void) { return 0; }

#endif

/* ---- caches ------------------------------------------------------------------------------ */

#if X86
/* Deterministic cache parameters: leaf 4 (Intel) or 0x8000001d (AMD), one subleaf a cache. */
static void caches_from_leaf(unsigned leaf, size_t cache[4])
{
    for (unsigned i = 0; i < 16; i++) {
        const struct regs r = cpuid(leaf, i);
        const unsigned type = r.a & 31, level = (r.a >> 5) & 7;
        if (type == 0)
            return;
        if (type == 2 || level > 3) /* an instruction cache */
            continue;
        const size_t ways = (r.b >> 22) + 1, partitions = ((r.b >> 12) & 1023) + 1;
        const size_t line = (r.b & 4095) + 1, sets = (size_t)r.c + 1;
        cache[level] = ways * partitions * line * sets;
    }
}

static void caches(size_t cache[4])
{
    const unsigned topology_extensions = 1u << 22;
    if (has(cpuid(0x80000001u, 0).c, topology_extensions))
        caches_from_leaf(0x8000001du, cache);
    if (!cache[1])
        caches_from_leaf(4, cache);
}

#elif defined(__linux__)

static void caches(size_t cache[4])
{
    for (int i = 0; i < 8; i++) {
        char path[96], type[32] = "";
        int level = 0;
        unsigned long kilobytes = 0;
        FILE *file;
        const char *base = "/sys/devices/system/cpu/cpu0/cache/index";
        snprintf(path, sizeof path, "%s%d/level", base, i);
        if (!(file = fopen(path, "r")))
            return;
        if (fscanf(file, "%d", &level) != 1)
            level = 0;
        fclose(file);
        snprintf(path, sizeof path, "%s%d/type", base, i);
        if ((file = fopen(path, "r"))) {
            if (fscanf(file, "%31s", type) != 1)
                type[0] = 0;
            fclose(file);
        }
        snprintf(path, sizeof path, "%s%d/size", base, i);
        if ((file = fopen(path, "r"))) {
            if (fscanf(file, "%luK", &kilobytes) != 1)
                kilobytes = 0;
            fclose(file);
        }
        if (level >= 1 && level <= 3 && strcmp(type, "Instruction") != 0)
            cache[level] = (size_t)kilobytes * 1024;
    }
}

#elif defined(__APPLE__)

static void caches(size_t cache[4])
{
    const char *names[4] = {0, "hw.l1dcachesize", "hw.l2cachesize", "hw.l3cachesize"};
    for (int level = 1; level <= 3; level++) {
        long long bytes = 0;
        size_t size = sizeof bytes;
        if (sysctlbyname(names[level], &bytes, &size, NULL, 0) == 0 && bytes > 0)
            cache[level] = (size_t)bytes;
    }
}

#else

static void caches(size_t cache[4]) { (void)cache; }

#endif

/* On x86 a level 3 that is missing is one that a hypervisor hides, as a rule. To stream too early
 * costs up to 3.5 times, too late 1.8 (bench/streaming.py): so it is taken to be as large as most
 * are at most, for one group of cores. */
#define HIDDEN_LEVEL_3 ((size_t)32 << 20)

size_t leakyc_cpu_last_cache(const size_t cache[4])
{
    if (cache[3])
        return cache[3];
#if X86
    if (cache[2])
        return cache[2] > HIDDEN_LEVEL_3 ? cache[2] : HIDDEN_LEVEL_3;
#endif
    return cache[2] ? cache[2] : cache[1] ? cache[1] : SIZE_MAX;
}

struct leakyc_cpu leakyc_cpu_detect(void)
{
    struct leakyc_cpu cpu = {0, {0, 0, 0, 0}};
    cpu.features = features();
    caches(cpu.cache);
    return cpu;
}
