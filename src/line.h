/* line.h - a cache line of a streamed result in which runs meet: put together, then streamed whole.
 * A store past no cache to a line that is streamed in part would fetch it, and hold up what
 * follows. */
#ifndef LEAKYC_LINE_H
#define LEAKYC_LINE_H

#include "simd/target.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Streams one whole cache line, 64 bytes, to `out`, aligned to it. */
typedef void leakyc_stream_line_fn(void *out, const void *in);

struct leakyc_line {
    _Alignas(64) char bytes[64];
    size_t from, to; /* the part that is filled */
    char *at;        /* where the line lies in the result */
};

INLINE void leakyc_line_flush(struct leakyc_line *line, leakyc_stream_line_fn *stream_line)
{
    const size_t part = line->to - line->from;
    if (part == sizeof line->bytes)
        stream_line(line->at, line->bytes);
    else if (part)
        memcpy(line->at + line->from, line->bytes + line->from, part);
    line->from = line->to = 0;
}

/* Where to compute the `bytes` that belong to `out`, within one line. A full line waits for the
 * next one: to load what was just stored would wait for all that is streamed. */
INLINE void *leakyc_line_room(struct leakyc_line *line, void *out, size_t bytes,
                              leakyc_stream_line_fn *stream_line)
{
    const size_t offset = (uintptr_t)out % sizeof line->bytes;
    char *const at = (char *)out - offset;
    if (offset != line->to || at != line->at) {
        leakyc_line_flush(line, stream_line);
        line->at = at;
        line->from = offset;
    }
    line->to = offset + bytes;
    return line->bytes + offset;
}

#endif
