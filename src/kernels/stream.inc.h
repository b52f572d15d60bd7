/* stream.inc.h - non-temporal stores and prefetches.
 *
 * Whole cache lines are streamed, and nothing else is stored to them: a line that is written in two
 * ways costs as much as many. Elements that share a line with those of another call go by way of
 * a line in memory (line.h). */

#define LINE_ELEMS (LEAKYC_LINE / sizeof(ELEM))

INLINE void WORD(put)(ELEM *out, VEC v, int stream)
{
    if (stream)
        WORD(stream)(out, v);
    else
        WORD(store)(out, v);
}

/* Prefetches the cache lines of n elements that lie `step` apart, `ahead` bytes beyond `from` in
 * the direction of the step: 1, 2 or -1. For a wider one that is one line an element, and not worth
 * it. */
INLINE void WORD(prefetch)(const ELEM *from, ptrdiff_t step, size_t n, ptrdiff_t ahead)
{
    const ptrdiff_t bytes = (ptrdiff_t)(n * sizeof(ELEM)), way = step < 0 ? -1 : 1;
    if (step >= -1 && step <= 2)
        for (ptrdiff_t line = 0; line < bytes * step * way; line += LEAKYC_LINE)
            prefetch((const char *)from + way * (ahead + line));
}

/* The elements of a result before its first whole cache line. */
INLINE size_t WORD(before_line)(const ELEM *out, size_t n)
{
    const size_t lead = -(uintptr_t)out % LEAKYC_LINE / sizeof(ELEM);
    return lead < n ? lead : n;
}

/* Where to compute n elements of `out`, n > 0, which share their line with others. */
INLINE ELEM *WORD(in_line)(struct leakyc_line *line, ELEM *out, size_t n)
{
    return leakyc_line_room(line, out, n * sizeof(ELEM));
}
