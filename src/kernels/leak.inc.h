/* leak.inc.h - the operation on runs of one element type, and elements moved. */

/* The operation: multiplying by a selected factor gives the bits of `gate > 0 ? value : slope *
 * value` with one select between constants. */
INLINE VEC WORD(leak)(VEC gate, VEC value, VEC slope)
{
    return WORD(mul)(value, WORD(if_positive)(gate, WORD(set1)(1.0), slope));
}

/* How many elements on from `from` a vector store is aligned: 1 to LANES. */
INLINE size_t WORD(head)(const ELEM *from)
{
    const size_t bytes = LANES * sizeof(ELEM);
    return LANES - ((uintptr_t)from & (bytes - 1)) / sizeof(ELEM);
}

/* LANES elements, `step` apart. The word for a step of 2 reads one element beyond them, so it
 * serves only where `more` follow. */
INLINE VEC WORD(load_step)(const ELEM *p, ptrdiff_t step, int more)
{
    if (step == 2 && more)
        return WORD(load_second)(p);
    return step == 1 ? WORD(load)(p) : step == -1 ? WORD(load_back)(p) : WORD(load_every)(p, step);
}

/* The inputs of run(), and what it computes of them. A step is a compile-time constant (1, 2, -1)
 * where there is a vector load for it, or else any. */
struct WORD(source) {
    const ELEM *gate, *value;
    ptrdiff_t gate_step, value_step;
    VEC slope;
    int mode;
    const uint8_t *bools; /* the gate of BOOLS */
    int rolled;           /* whether not to unroll: a constant */
};
#define SOURCE struct WORD(source)

/* Elements i to i + LANES of the result; `more`: whether the inputs go on behind them. */
INLINE VEC WORD(at)(const SOURCE *s, size_t i, int more)
{
    const ptrdiff_t at = (ptrdiff_t)i;
    if (s->mode == BOOLS)
        return WORD(mul)(WORD(load)(s->value + i),
                         WORD(if_true)(s->bools + i, WORD(set1)(1.0), s->slope));
    const VEC g = WORD(load_step)(s->gate + at * s->gate_step, s->gate_step, more);
    if (s->mode == COPY)
        return g;
    if (s->mode == FORWARD)
        return WORD(leak)(g, g, s->slope);
    const VEC v = WORD(load_step)(s->value + at * s->value_step, s->value_step, more);
    return WORD(leak)(g, v, s->slope);
}

/* n >= LANES elements: a first vector, unaligned; aligned ones; and a last one, unaligned again.
 *
 * The first and the last may overlap the others. In place, an element must not be multiplied twice:
 * so both are loaded before a store could change their inputs, and stored at the end. The last is
 * loaded after the main loop, not before: there it would miss the cache and stall what follows
 * (bench/strided.py: a slope a channel). In the loops loads precede stores, in order, so that `out`
 * may begin below an input.
 *
 * Streamed are aligned vectors alone; where they are the whole of `out`, nothing is stored in
 * another way. With a step of 2, one more element must be readable behind what is streamed. */
INLINE void WORD(run)(ELEM *out, SOURCE s, size_t n, int stream)
{
    const VEC first = WORD(at)(&s, 0, 0);
    size_t i = stream || n * sizeof(ELEM) >= LEAKYC_ALIGN_FROM ? WORD(head)(out) : LANES;
    const int two = s.mode == GRADIENT || s.mode == BOOLS;
    const ptrdiff_t ahead = LEAKYC_PREFETCH_AHEAD / (two ? 2 : 1);
    const int aligned = i == LANES;
    if (stream && aligned)
        i = 0;

    /* Leaves one vector for the code below. A trip count that is computed up front saves two
     * instructions an iteration. */
    const size_t rounds = s.rolled || n - i < LANES ? 0 : (n - i - LANES) / (4 * LANES);
    for (const size_t end = i + rounds * 4 * LANES; i != end; i += 4 * LANES) {
        if (stream && s.mode == BOOLS)
            prefetch(s.bools + i + ahead / (ptrdiff_t)sizeof(ELEM));
        else if (stream)
            WORD(prefetch)(s.gate + (ptrdiff_t)i * s.gate_step, s.gate_step, 4 * LANES, ahead);
        if (stream && two)
            WORD(prefetch)(s.value + (ptrdiff_t)i * s.value_step, s.value_step, 4 * LANES, ahead);
        const VEC a = WORD(at)(&s, i, 1), b = WORD(at)(&s, i + LANES, 1);
        const VEC c = WORD(at)(&s, i + 2 * LANES, 1), d = WORD(at)(&s, i + 3 * LANES, 1);
        WORD(put)(out + i, a, stream);
        WORD(put)(out + i + LANES, b, stream);
        WORD(put)(out + i + 2 * LANES, c, stream);
        WORD(put)(out + i + 3 * LANES, d, stream);
    }
    const VEC last = WORD(at)(&s, n - LANES, 0);
    for (; i + LANES < n + (stream != 0); i += LANES)
        WORD(put)(out + i, WORD(at)(&s, i, 1), stream);
    if (!stream || !aligned)
        WORD(store)(out, first);
    if (!stream || i < n)
        WORD(store)(out + n - LANES, last);
}

/* The slope in every lane; a NaN as the one whose lower half store_bf16 relies on (words.h). */
INLINE VEC WORD(canonical)(double slope)
{
    return WORD(set1)(slope == slope ? slope : (double)NAN);
}

INLINE SOURCE WORD(source_of)(const ELEM *gate, const ELEM *value, VEC slope, int mode)
{
    const SOURCE s = {gate, value, 1, 1, slope, mode, NULL, 0};
    return s;
}

/* A function of its own: inlined, it would make short calls save more registers. */
NOINLINE void WORD(leak_streaming)(void *out, const void *gate, const void *value, size_t n,
                                   double slope)
{
    const VEC s = WORD(canonical)(slope);
    if (gate == value)
        WORD(run)(out, WORD(source_of)(gate, gate, s, FORWARD), n, 1);
    else
        WORD(run)(out, WORD(source_of)(gate, value, s, GRADIENT), n, 1);
}

static void KERNEL(leak)(void *out, const void *gate, const void *value, size_t n, double slope,
                         int stream)
{
    const VEC s = WORD(canonical)(slope);
    if (n < LANES)
        WORD(store_part)(out, WORD(leak)(WORD(load_part)(gate, n), WORD(load_part)(value, n), s),
                         n);
    else if (streams && stream)
        WORD(leak_streaming)(out, gate, value, n, slope);
    else if (gate == value)
        WORD(run)(out, WORD(source_of)(gate, gate, s, FORWARD), n, 0);
    else
        WORD(run)(out, WORD(source_of)(gate, value, s, GRADIENT), n, 0);
}

static void KERNEL(leak_bools)(void *out, const uint8_t *gate, const void *value, size_t n,
                               double slope, int stream)
{
    SOURCE s = WORD(source_of)(value, value, WORD(canonical)(slope), BOOLS);
    uint8_t part[LANES] = {0};
    s.bools = gate;
    if (n < LANES) {
        for (size_t i = 0; i < n; i++)
            part[i] = gate[i];
        const VEC factor = WORD(if_true)(part, WORD(set1)(1.0), s.slope);
        WORD(store_part)(out, WORD(mul)(WORD(load_part)(value, n), factor), n);
    } else if (streams && stream) {
        WORD(run)(out, s, n, 1);
    } else {
        WORD(run)(out, s, n, 0);
    }
}

/* ---- elements moved, nothing computed -------------------------------------------------------- */

static void KERNEL(transpose)(void *out, size_t pitch, const void *in, ptrdiff_t stride,
                              size_t rows, size_t n)
{
    const size_t tile = (size_t)LEAKYC_PASTE(tile, TYPE);
    const size_t whole_rows = rows - rows % tile, whole = n - n % tile;
    ELEM *o = out;
    for (size_t j = 0; j < whole; j += tile) { /* a row of `in` is used up while it is in L1 */
        const char *from = (const char *)in + (ptrdiff_t)j * stride;
        for (size_t i = 0; i < whole_rows; i += tile)
            WORD(transpose)(o + i * pitch + j, pitch, from + i * sizeof(ELEM), stride);
    }
    for (size_t j = 0; j < n; j++)
        for (size_t i = j < whole ? whole_rows : 0; i < rows; i++)
            memcpy(o + i * pitch + j, (const char *)in + (ptrdiff_t)j * stride + i * sizeof(ELEM),
                   sizeof(ELEM));
}

static void KERNEL(copy)(void *out, const void *in, size_t n, int stream)
{
    const SOURCE s = WORD(source_of)(in, in, WORD(set1)(1.0), COPY);
    if (n < LANES)
        WORD(store_part)(out, WORD(load_part)(in, n), n);
    else if (streams && stream)
        WORD(run)(out, s, n, 1);
    else
        WORD(run)(out, s, n, 0);
}
