/* test_cpu.c - the size of the last cache, by the sizes that the CPU and a hypervisor tell; what is
 * available on a CPU without features. */
#include "cpu.h"
#include "leakyc_core.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

static int wrong;

static void expect(const char *what, size_t level1, size_t level2, size_t level3, size_t want)
{
    const size_t cache[4] = {0, level1, level2, level3}, got = leakyc_cpu_last_cache(cache);
    if (got != want) {
        printf("WRONG: %s: %zu, not %zu\n", what, got, want);
        wrong++;
    }
}

/* Before leakyc_init has asked the CPU, no feature is known. */
static void expect_the_portable_alone(void)
{
    const leakyc_isa *isa;
    for (size_t i = 0; (isa = leakyc_isa_at(i)); i++)
        if (leakyc_isa_available(isa) != (strcmp(leakyc_isa_name(isa), "baseline") == 0)) {
            printf("WRONG: %s without its features\n", leakyc_isa_name(isa));
            wrong++;
        }
}

int main(void)
{
    const size_t kb = 1024, mb = 1024 * kb;
#if defined(__x86_64__) || defined(__i386__)
    const size_t hidden = 32 * mb; /* not 512 KB: streaming so early costs 3.5 times */
#else
    const size_t hidden = 512 * kb;
#endif
    expect("all levels", 32 * kb, 512 * kb, 16 * mb, 16 * mb);
    expect("level 3 hidden", 32 * kb, 512 * kb, 0, hidden);
    expect("a large level 2 and no level 3", 48 * kb, 64 * mb, 0, 64 * mb);
    expect("level 1 alone", 32 * kb, 0, 0, 32 * kb);
    expect("nothing", 0, 0, 0, SIZE_MAX);
    expect_the_portable_alone();
    printf("%d wrong\n", wrong);
    return wrong != 0;
}
