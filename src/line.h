/* line.h - a cache line of a streamed result that two runs share: put together in memory, then
 * streamed whole. Ordinary and non-temporal stores to one line would make the CPU read it from
 * memory, and hold up the stores behind it. */
#ifndef LEAKYC_LINE_H
#define LEAKYC_LINE_H

#include "cpu.h"
#include "simd/target.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Streams one whole cache line to `out`, aligned to it. */
typedef void leakyc_stream_line_fn(void *out, const void *in);

struct leakyc_line {
    _Alignas(LEAKYC_LINE) char bytes[LEAKYC_LINE];
    size_t from, to; /* the part that is filled */
    char *at;        /* where the line lies in the result */
    leakyc_stream_line_fn *stream;
};

INLINE void leakyc_line_begin(struct leakyc_line *line, leakyc_stream_line_fn *stream)
{
    line->from = line->to = 0;
    line->at = NULL;
    line->stream = stream;
}

INLINE void leakyc_line_flush(struct leakyc_line *line)
{
    const size_t part = line->to - line->from;
    if (part == sizeof line->bytes)
        line->stream(line->at, line->bytes);
    else if (part)
        memcpy(line->at + line->from, line->bytes + line->from, part);
    line->from = line->to = 0;
}

/* Where to compute the `bytes` that belong to `out`, within one line. A full line waits for the
 * next one: to load what was just stored would wait for all that is streamed. */
INLINE void *leakyc_line_room(struct leakyc_line *line, void *out, size_t bytes)
{
    const size_t offset = (uintptr_t)out % sizeof line->bytes;
    char *const at = (char *)out - offset;
    if (offset != line->to || at != line->at) {
        leakyc_line_flush(line);
        line->at = at;
        line->from = offset;
    }
    line->to = offset + bytes;
    return line->bytes + offset;
}

#endif
