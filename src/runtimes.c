/* runtimes.c - whether another OpenMP runtime than ours is loaded in this process. */
#if !defined(_WIN32) && !defined(_GNU_SOURCE)
#define _GNU_SOURCE
#endif

#include "leakyc.h"
#include "parallel.h"

#if defined(__linux__)

#include <dlfcn.h>
#include <link.h>
#include <stdatomic.h>
#include <string.h>

static _Atomic unsigned long long objects_seen; /* loaded so far, when last looked at; 0 for never */
static atomic_int found;

/* libgomp.so.1, and libgomp-a34b3233.so.1.0.0 as wheels rename it, but not libgomp-plugin-nvptx.so. */
static int is_runtime(const char *file)
{
    static const char *const stems[] = {"libgomp", "libomp", "libiomp5"};
    for (size_t i = 0; i < sizeof stems / sizeof *stems; i++) {
        const size_t length = strlen(stems[i]);
        const char *rest = file + length;
        if (strncmp(file, stems[i], length) != 0)
            continue;
        if (*rest == '-')
            rest += 1 + strspn(rest + 1, "0123456789abcdef");
        if (*rest == '.')
            return 1;
    }
    return 0;
}

/* Whether `path` lies in our package or in the folder of its wheel: a copy that came with us and is
 * not used where another was loaded before. */
static int came_with_us(const char *path, const char *file)
{
    static const char *const folders[] = {"/leakyc/", "/leakyc.libs/"};
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        const size_t length = strlen(folders[i]);
        if ((size_t)(file - path) >= length && memcmp(file - length, folders[i], length) == 0)
            return 1;
    }
    return 0;
}

static int count_loaded(struct dl_phdr_info *info, size_t size, void *count)
{
    (void)size;
    *(unsigned long long *)count = info->dlpi_adds;
    return 1;
}

static int look_at(struct dl_phdr_info *info, size_t size, void *ours)
{
    (void)size;
    const char *path = info->dlpi_name, *slash = path ? strrchr(path, '/') : NULL;
    return slash && is_runtime(slash + 1) && !came_with_us(path, slash + 1) &&
           info->dlpi_addr != (uintptr_t)ours;
}

int leakyc_another_runtime(int look)
{
    unsigned long long loaded = atomic_load(&objects_seen);
    if (look)
        dl_iterate_phdr(count_loaded, &loaded);
    if (loaded != atomic_load(&objects_seen)) {
        Dl_info ours;
        if (!dladdr(leakyc_runtime_symbol(), &ours))
            ours.dli_fbase = NULL;
        atomic_store(&found, dl_iterate_phdr(look_at, ours.dli_fbase) != 0);
        atomic_store(&objects_seen, loaded);
    }
    return atomic_load(&found);
}

#else

int leakyc_another_runtime(int look) { return (void)look, 0; }

#endif
