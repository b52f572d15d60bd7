/* channels_sums.h - the sums of a call over the tasks of its grid (channels_grid.h): pairs
 * (reduce.h) of each task's columns, merged in the order of the tasks. */
#ifndef LEAKYC_CHANNELS_SUMS_H
#define LEAKYC_CHANNELS_SUMS_H

#include "channels_grid.h"
#include "reduce.h"
#include "scalar.h"

#include <stdlib.h>

/* One sum a channel, or one of all. */
struct channels_sums {
    char *to; /* elements of the call's type; NULL where none are wanted */
    int shared;
    double *high, *low; /* pairs of blocks x columns, or of tasks; NULL where a task sums all */
};

/* The sums of the channels from `first` on, from the pairs of their columns, which are used up.
 * Each channel's pairs in order, those of all channels side by side: a chain of additions waits for
 * itself. */
INLINE void finish_channels(const struct channels_grid *g, leakyc_dtype dtype, char *to,
                            double *high, double *low, size_t first, size_t channels)
{
    const size_t together = g->runs ? 1 : g->inner, itemsize = leakyc_itemsize(dtype);
    const size_t once = g->runs ? g->columns : g->channels * g->inner;
    for (size_t at = 0; at < g->columns; at += once)
        for (size_t i = at == 0; i < together; i++)
            if (together == 1)
                leakyc_sum_merge(high, low, high + at, low + at, channels);
            else
                for (size_t c = 0; c < channels * together; c += together)
                    leakyc_sum_merge(high + c, low + c, high + at + c + i, low + at + c + i, 1);
    for (size_t c = 0; c < channels; c++)
        leakyc_from_double(dtype, to + (first + c) * itemsize,
                           leakyc_sum_value(high[c * together], low[c * together]));
}

/* The pairs of a task's columns, which are used up, are kept; where they are all, they are
 * finished. */
INLINE void leakyc_channels_keep(const struct channels_sums *s, const struct channels_grid *g,
                                 leakyc_dtype dtype, size_t task, double *high, double *low)
{
    const size_t first = task % g->tiles * g->tile, left = g->columns - first;
    const size_t width = left < g->tile ? left : g->tile, pairs = s->shared ? 1 : width;
    if (s->shared)
        leakyc_sum_all(high, low, width);
    if (s->high) {
        const size_t to = s->shared ? task : task / g->tiles * g->columns + first;
        memcpy(s->high + to, high, pairs * sizeof *high);
        memcpy(s->low + to, low, pairs * sizeof *low);
    } else if (s->shared) {
        leakyc_from_double(dtype, s->to, leakyc_sum_value(*high, *low));
    } else {
        const size_t columns = g->runs ? 1 : g->inner; /* of a channel */
        const size_t channel = first / columns, most = width / columns;
        const size_t channels = g->channels - channel < most ? g->channels - channel : most;
        finish_channels(g, dtype, s->to, high, low, channel, channels);
    }
}

/* What was kept, when all tasks are done. */
INLINE void leakyc_channels_finish(const struct channels_sums *s, const struct channels_grid *g,
                                   leakyc_dtype dtype)
{
    if (s->high && s->shared) {
        leakyc_sum_all(s->high, s->low, g->blocks * g->tiles);
        leakyc_from_double(dtype, s->to, leakyc_sum_value(*s->high, *s->low));
    } else if (s->high) {
        for (size_t block = 1; block < g->blocks; block++)
            leakyc_sum_merge(s->high, s->low, s->high + block * g->columns,
                             s->low + block * g->columns, g->columns);
        finish_channels(g, dtype, s->to, s->high, s->low, 0, g->channels);
    }
}

INLINE size_t kept_pairs(const struct channels_sums *s, const struct channels_grid *g)
{
    if (!s->to)
        return 0;
    if (s->shared)
        return g->blocks * g->tiles > 1 ? g->blocks * g->tiles : 0;
    return g->blocks > 1 ? g->blocks * g->columns : 0;
}

/* Memory for what `count` sums keep, to be freed; 0, or -1 where there is none. */
INLINE int leakyc_channels_pairs(struct channels_sums *s, int count, const struct channels_grid *g,
                                 double **memory)
{
    size_t pairs = 0;
    for (int i = 0; i < count; i++)
        pairs += kept_pairs(&s[i], g);
    *memory = NULL;
    if (pairs == 0)
        return 0;
    double *at = *memory = malloc(2 * pairs * sizeof *at);
    if (!at)
        return -1;
    for (int i = 0; i < count; i++) {
        pairs = kept_pairs(&s[i], g);
        s[i].high = pairs ? at : NULL;
        s[i].low = pairs ? at + pairs : NULL;
        at += 2 * pairs;
    }
    return 0;
}

#endif
