/* streaming.h - whether stores should go past the cache. */
#ifndef LEAKYC_STREAMING_H
#define LEAKYC_STREAMING_H

#include "kernels.h"

/* They win where the data would fall out of the last cache anyway, and lose up to twelvefold where
 * an input is also the output (bench/streaming.py). All arrays have `bytes`; an input may
 * be NULL. */
INLINE int leakyc_streaming_pays(const leakyc_isa *isa, const char *out, size_t bytes,
                                 const char *a, const char *b, size_t touched)
{
    const char *const inputs[] = {a, b};
    for (int i = 0; i < 2; i++)
        if (inputs[i] && out < inputs[i] + bytes && inputs[i] < out + bytes)
            return 0;
    return isa->streams && touched >= leakyc_last_level_cache();
}

#endif
