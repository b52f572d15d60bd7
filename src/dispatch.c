/* dispatch.c - the registry of instruction sets, best first; chosen once, looked up by name. */
#include "buffers.h"
#include "fpenv.h"
#include "kernels.h"
#include "threads/team.h"

#include <string.h>

static const struct leakyc_isa *const registry[] = {
#if LEAKYC_X86_64
    &leakyc_isa_avx512,
    &leakyc_isa_avx2,
#elif LEAKYC_AARCH64
    &leakyc_isa_neon,
#endif
    &leakyc_isa_baseline,
};

/* Written by leakyc_init, never again. */
static struct leakyc_cpu cpu;
const struct leakyc_isa *leakyc_chosen;

int leakyc_init(const char *forced)
{
    cpu = leakyc_cpu_detect();
    leakyc_team_init();
    leakyc_threads_init();
    leakyc_buffers_init();
    const struct leakyc_isa *isa;
    for (size_t i = 0; (isa = leakyc_isa_at(i)); i++) {
        const int wanted = !forced || !*forced || strcmp(forced, isa->name) == 0;
        if (wanted && leakyc_isa_available(isa)) {
            leakyc_chosen = isa;
            return 0;
        }
    }
    return -1;
}

const leakyc_isa *leakyc_isa_at(size_t index)
{
    return index < sizeof registry / sizeof *registry ? registry[index] : NULL;
}

const leakyc_isa *leakyc_isa_chosen(void) { return leakyc_chosen; }
const char *leakyc_isa_name(const leakyc_isa *isa) { return isa->name; }
const char *leakyc_isa_requires(const leakyc_isa *isa) { return isa->requires_text; }

int leakyc_isa_available(const leakyc_isa *isa)
{
    return (cpu.features & isa->requires) == isa->requires;
}

size_t leakyc_cache_bytes(int level) { return level >= 1 && level <= 3 ? cpu.cache[level] : 0; }

size_t leakyc_last_level_cache(void) { return leakyc_cpu_last_cache(cpu.cache); }

#define TEXT2(x) #x
#define TEXT(x) TEXT2(x)

const char *leakyc_compiler(void)
{
#if defined(__clang__)
    return "clang " __clang_version__;
#elif defined(__GNUC__)
    return "gcc " __VERSION__;
#elif defined(_MSC_VER)
    return "MSVC " TEXT(_MSC_VER);
#else
    return "unknown";
#endif
}
