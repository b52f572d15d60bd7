/* streaming.h - when a result is stored by non-temporal stores. */
#ifndef LEAKYC_STREAMING_H
#define LEAKYC_STREAMING_H

#include "kernels.h"

/* Whether a call that touches so many bytes leaves the last cache anyway: streaming wins there, and
 * loses up to twelvefold where an input is also the output (bench/streaming.py). */
INLINE int leakyc_leaves_cache(const leakyc_isa *isa, size_t touched)
{
    return isa->streams && touched >= leakyc_last_level_cache();
}

/* Whether a dense result should be streamed: it leaves the cache and lies apart from the inputs,
 * all of the same `bytes`. An input may be NULL. */
INLINE int leakyc_streaming_pays(const leakyc_isa *isa, const char *out, size_t bytes,
                                 const char *a, const char *b, size_t touched)
{
    const char *const inputs[] = {a, b};
    for (int i = 0; i < 2; i++)
        if (inputs[i] && out < inputs[i] + bytes && inputs[i] < out + bytes)
            return 0;
    return leakyc_leaves_cache(isa, touched);
}

#endif
