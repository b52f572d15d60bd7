/* reduce.h - sums that come out the same on every machine: compensated, in an order that the caller
 * fixes. A sum is a pair: `high`, what plain additions give, and `low`, their errors. */
#ifndef LEAKYC_REDUCE_H
#define LEAKYC_REDUCE_H

#include "simd/target.h"

#include <stddef.h>

/* So many terms of 32 bits or fewer are added in plain float64 before they go to a pair. With 4 a
 * gradient takes 1.4 times as long, with 64 no less (bench: bias-gradient). */
enum { LEAKYC_CHAIN = 16 };

/* A run of elements is summed in so many lanes, element i in lane i % 16, on every machine. */
enum { LEAKYC_SUM_LANES = 16 };

/* high + its error = high + x, exactly: the error goes to `low`. Infinities make `low` NaN. */
INLINE void leakyc_sum_add(double *high, double *low, double x)
{
    const double total = *high + x, part = total - *high;
    *low += (*high - (total - part)) + (x - part);
    *high = total;
}

INLINE double leakyc_sum_value(double high, double low)
{
    return high - high == 0 ? high + low : high;
}

/* n chains of additions go to n pairs and start anew. */
INLINE void leakyc_sum_fold(double *restrict high, double *restrict low, double *restrict chain,
                            size_t n)
{
    for (size_t i = 0; i < n; i++) {
        leakyc_sum_add(&high[i], &low[i], chain[i]);
        chain[i] = 0;
    }
}

/* n pairs, added to n others. */
INLINE void leakyc_sum_merge(double *restrict high, double *restrict low,
                             const double *restrict more_high, const double *restrict more_low,
                             size_t n)
{
    for (size_t i = 0; i < n; i++) {
        leakyc_sum_add(&high[i], &low[i], more_high[i]);
        low[i] += more_low[i];
    }
}

/* The pairs of a run's lanes, halved until one is left: written out, for the compiler. */
INLINE void leakyc_sum_lanes(double *high, double *low)
{
    leakyc_sum_merge(high, low, high + 8, low + 8, 8);
    leakyc_sum_merge(high, low, high + 4, low + 4, 4);
    leakyc_sum_merge(high, low, high + 2, low + 2, 2);
    leakyc_sum_merge(high, low, high + 1, low + 1, 1);
}

/* n pairs, halved until one is left. */
INLINE void leakyc_sum_all(double *high, double *low, size_t n)
{
    for (size_t half; n > 1; n = half) {
        half = (n + 1) / 2;
        leakyc_sum_merge(high, low, high + half, low + half, n - half);
    }
}

#endif
