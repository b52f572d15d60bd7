/* kernels.inc.h - every kernel, written once over the vector words; no include guard: a page
 * includes it once per element type, with TYPE and ISA defined. */

#define ELEM LEAKYC_PASTE(elem, TYPE)
#define BITS LEAKYC_PASTE(bits, TYPE)
#define VEC LEAKYC_PASTE(vec, TYPE)
#define LANES ((size_t)LEAKYC_PASTE(lanes, TYPE))
#define WORD(word) LEAKYC_PASTE(word, TYPE)
#define KERNEL(op) LEAKYC_NAME3(op, TYPE, ISA)

/* The operation: multiplying by a selected factor gives the bits of `gate > 0 ? value : slope *
 * value` with one select between constants. */
INLINE VEC WORD(leak)(VEC gate, VEC value, VEC slope)
{
    return WORD(mul)(value, WORD(if_positive)(gate, WORD(set1)(1.0), slope));
}

/* Elements from `from` that a first, unaligned vector covers, so that the next store is aligned
 * to the vector: 1 to LANES. */
INLINE size_t WORD(head)(const ELEM *from)
{
    const size_t bytes = LANES * sizeof(ELEM);
    return LANES - ((uintptr_t)from & (bytes - 1)) / sizeof(ELEM);
}

INLINE VEC WORD(at)(const ELEM *gate, const ELEM *value, VEC slope, int mode)
{
    const VEC g = WORD(load)(gate);
    if (mode == COPY)
        return g;
    return WORD(leak)(g, mode == FORWARD ? g : WORD(load)(value), slope);
}

INLINE void WORD(put)(ELEM *out, VEC v, int stream)
{
    if (stream)
        WORD(stream)(out, v);
    else
        WORD(store)(out, v);
}

INLINE void WORD(ask_for)(const ELEM *from)
{
    for (size_t line = 0; line < 4 * LANES * sizeof(ELEM); line += 64)
        prefetch((const char *)from + LEAKYC_PREFETCH_AHEAD + line);
}

/* n >= LANES. The first and the last vector may overlap what the loop does: their inputs are
 * loaded before it and their results stored after it, so that no element in place meets the slope
 * twice. The loop's loads come before its stores, in order: `out` may lie below an input. Aligned
 * whole vectors are all that is streamed, and where they are all there is, nothing else is stored:
 * a line written in two ways costs many lines' time. */
INLINE void WORD(run)(ELEM *out, const ELEM *gate, const ELEM *value, size_t n, VEC slope, int mode,
                      int stream)
{
    const VEC first = WORD(at)(gate, value, slope, mode);
    const VEC last = WORD(at)(gate + n - LANES, value + n - LANES, slope, mode);
    size_t i = stream || n * sizeof(ELEM) >= LEAKYC_ALIGN_FROM ? WORD(head)(out) : LANES;
    const int aligned = i == LANES;
    if (stream && aligned)
        i = 0;

    for (; n - i >= 4 * LANES; i += 4 * LANES) {
        const ELEM *g = gate + i, *v = value + i;
        if (stream)
            WORD(ask_for)(g);
        if (stream && mode == GRADIENT)
            WORD(ask_for)(v);
        const VEC a = WORD(at)(g, v, slope, mode);
        const VEC b = WORD(at)(g + LANES, v + LANES, slope, mode);
        const VEC c = WORD(at)(g + 2 * LANES, v + 2 * LANES, slope, mode);
        const VEC d = WORD(at)(g + 3 * LANES, v + 3 * LANES, slope, mode);
        WORD(put)(out + i, a, stream);
        WORD(put)(out + i + LANES, b, stream);
        WORD(put)(out + i + 2 * LANES, c, stream);
        WORD(put)(out + i + 3 * LANES, d, stream);
    }
    for (; i + LANES < n + (stream != 0); i += LANES)
        WORD(put)(out + i, WORD(at)(gate + i, value + i, slope, mode), stream);
    if (!stream || !aligned)
        WORD(store)(out, first);
    if (!stream || i < n)
        WORD(store)(out + n - LANES, last);
}

static void KERNEL(leak)(void *out, const void *gate, const void *value, size_t n, double slope,
                         int stream)
{
    const VEC s = WORD(set1)(slope == slope ? slope : (double)NAN); /* canonical: see words.h */
    if (n < LANES)
        WORD(store_part)(out, WORD(leak)(WORD(load_part)(gate, n), WORD(load_part)(value, n), s), n);
    else if (gate == value && stream)
        WORD(run)(out, gate, gate, n, s, FORWARD, 1);
    else if (gate == value)
        WORD(run)(out, gate, gate, n, s, FORWARD, 0);
    else if (stream)
        WORD(run)(out, gate, value, n, s, GRADIENT, 1);
    else
        WORD(run)(out, gate, value, n, s, GRADIENT, 0);
}

static void KERNEL(stream_line)(void *out, const void *in)
{
    for (size_t i = 0; i < 64 / sizeof(ELEM); i += LANES)
        WORD(stream)((ELEM *)out + i, WORD(load)((const ELEM *)in + i));
}

static void KERNEL(leak_each)(void *out, const void *gate, const void *value, const void *slope,
                              size_t n)
{
    ELEM *o = out;
    const ELEM *g = gate, *v = value, *s = slope;
    if (n < LANES) {
        const VEC factor = WORD(load_part)(s, n);
        WORD(store_part)
        (o, WORD(leak)(WORD(load_part)(g, n), WORD(load_part)(v, n), factor), n);
        return;
    }
    const size_t end = n - LANES;
    const VEC last = WORD(leak)(WORD(load)(g + end), WORD(load)(v + end), WORD(load)(s + end));
    for (size_t i = 0; i < end; i += LANES)
        WORD(store)(o + i, WORD(leak)(WORD(load)(g + i), WORD(load)(v + i), WORD(load)(s + i)));
    WORD(store)(o + end, last);
}

/* LANES elements `step` apart; for a step of 2, one more element follows them. */
INLINE VEC WORD(load_step)(const ELEM *p, ptrdiff_t step)
{
    switch (step) {
    case 1:
        return WORD(load)(p);
    case 2:
        return WORD(load_second)(p);
    case -1:
        return WORD(load_back)(p);
    default:
        return WORD(load_every)(p, step);
    }
}

/* n >= LANES; the last vector as in run(). The steps are constants where a shuffle does them. */
INLINE void WORD(strided_run)(ELEM *out, const ELEM *gate, ptrdiff_t gate_step, const ELEM *value,
                              ptrdiff_t value_step, size_t n, VEC slope, int same)
{
    const ptrdiff_t step = (ptrdiff_t)LANES, end = (ptrdiff_t)n - step;
    const VEC gate_end = WORD(load_every)(gate + end * gate_step, gate_step);
    const VEC value_end = same ? gate_end : WORD(load_every)(value + end * value_step, value_step);
    const VEC last = WORD(leak)(gate_end, value_end, slope);
    ptrdiff_t i = 0;
    for (; i + step < end; i += 2 * step) {
        const ptrdiff_t j = i + step;
        const VEC g0 = WORD(load_step)(gate + i * gate_step, gate_step);
        const VEC g1 = WORD(load_step)(gate + j * gate_step, gate_step);
        const VEC v0 = same ? g0 : WORD(load_step)(value + i * value_step, value_step);
        const VEC v1 = same ? g1 : WORD(load_step)(value + j * value_step, value_step);
        WORD(store)(out + i, WORD(leak)(g0, v0, slope));
        WORD(store)(out + j, WORD(leak)(g1, v1, slope));
    }
    if (i < end) {
        const VEC g = WORD(load_step)(gate + i * gate_step, gate_step);
        const VEC v = same ? g : WORD(load_step)(value + i * value_step, value_step);
        WORD(store)(out + i, WORD(leak)(g, v, slope));
    }
    WORD(store)(out + end, last);
}

/* n < LANES, through a buffer, so that nothing else is read or written. */
INLINE void WORD(strided_part)(ELEM *out, const ELEM *gate, ptrdiff_t gate_step, const ELEM *value,
                               ptrdiff_t value_step, size_t n, VEC slope)
{
    ELEM g[LANES] = {0}, v[LANES] = {0};
    for (size_t i = 0; i < n; i++) {
        g[i] = gate[(ptrdiff_t)i * gate_step];
        v[i] = value[(ptrdiff_t)i * value_step];
    }
    WORD(store_part)(out, WORD(leak)(WORD(load)(g), WORD(load)(v), slope), n);
}

static void KERNEL(leak_strided)(void *out, const void *gate, ptrdiff_t gate_step,
                                 const void *value, ptrdiff_t value_step, size_t n, double slope)
{
    const VEC s = WORD(set1)(slope == slope ? slope : (double)NAN);
    const int same = gate == value && gate_step == value_step;
    if (n < LANES)
        WORD(strided_part)(out, gate, gate_step, value, value_step, n, s);
    else if (same && gate_step == 2)
        WORD(strided_run)(out, gate, 2, gate, 2, n, s, 1);
    else if (same && gate_step == -1)
        WORD(strided_run)(out, gate, -1, gate, -1, n, s, 1);
    else if (same)
        WORD(strided_run)(out, gate, gate_step, gate, gate_step, n, s, 1);
    else
        WORD(strided_run)(out, gate, gate_step, value, value_step, n, s, 0);
}

static void KERNEL(transpose)(void *out, size_t pitch, const void *in, ptrdiff_t stride,
                              size_t rows, size_t n)
{
    const size_t tile = (size_t)LEAKYC_PASTE(tile, TYPE);
    const size_t whole_rows = rows - rows % tile, whole = n - n % tile;
    ELEM *o = out;
    for (size_t j = 0; j < whole; j += tile) { /* a row of `in` is used up while it is in L1 */
        const char *from = (const char *)in + (ptrdiff_t)j * stride;
        for (size_t r = 0; r < tile; r++)
            prefetch(from + (ptrdiff_t)(LEAKYC_ROWS_AHEAD + r) * stride);
        for (size_t i = 0; i < whole_rows; i += tile)
            WORD(transpose)(o + i * pitch + j, pitch, from + i * sizeof(ELEM), stride);
    }
    for (size_t j = 0; j < n; j++)
        for (size_t i = j < whole ? whole_rows : 0; i < rows; i++)
            memcpy(o + i * pitch + j, (const char *)in + (ptrdiff_t)j * stride + i * sizeof(ELEM),
                   sizeof(ELEM));
}

INLINE BITS WORD(swapped)(BITS x, int swap)
{
    if (!swap)
        return x;
    BITS y = 0;
    for (size_t byte = 0; byte < sizeof x; byte++, x >>= 8)
        y = (BITS)(y << 8 | (x & 0xff));
    return y;
}

static void KERNEL(gather)(void *out, const void *in, ptrdiff_t stride, size_t n, int swap)
{
    const char *from = in;
    char *to = out;
    for (size_t i = 0; i < n; i++) {
        BITS x;
        memcpy(&x, from + (ptrdiff_t)i * stride, sizeof x);
        x = WORD(swapped)(x, swap);
        memcpy(to + i * sizeof x, &x, sizeof x);
    }
}

static void KERNEL(scatter)(void *out, ptrdiff_t stride, const void *in, size_t n, int swap)
{
    const char *from = in;
    char *to = out;
    for (size_t i = 0; i < n; i++) {
        BITS x;
        memcpy(&x, from + i * sizeof x, sizeof x);
        x = WORD(swapped)(x, swap);
        memcpy(to + (ptrdiff_t)i * stride, &x, sizeof x);
    }
}

static void KERNEL(copy)(void *out, const void *in, size_t n, int stream)
{
    const VEC s = WORD(set1)(1.0);
    if (n < LANES)
        WORD(store_part)(out, WORD(load_part)(in, n), n);
    else if (stream)
        WORD(run)(out, in, in, n, s, COPY, 1);
    else
        WORD(run)(out, in, in, n, s, COPY, 0);
}

#include "masks.inc.h"
#include "channels.inc.h"

#undef ELEM
#undef BITS
#undef VEC
#undef LANES
#undef WORD
#undef KERNEL
