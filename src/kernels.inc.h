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

/* n >= LANES. The first and the last vector may overlap what the loop does: their inputs are
 * loaded before it and their results stored after it, so that no element in place meets the slope
 * twice. The loop's loads come before its stores, in order: `out` may lie below an input. */
INLINE void WORD(run)(ELEM *out, const ELEM *gate, const ELEM *value, size_t n, VEC slope, int mode,
                      int stream)
{
    const VEC first = WORD(at)(gate, value, slope, mode);
    const VEC last = WORD(at)(gate + n - LANES, value + n - LANES, slope, mode);
    size_t i = stream || n * sizeof(ELEM) >= LEAKYC_ALIGN_FROM ? WORD(head)(out) : LANES;

    for (; n - i >= 4 * LANES; i += 4 * LANES) {
        const ELEM *g = gate + i, *v = value + i;
        if (stream)
            for (size_t line = 0; line < 4 * LANES * sizeof(ELEM); line += 64) {
                prefetch((const char *)g + LEAKYC_PREFETCH_AHEAD + line);
                if (mode == GRADIENT)
                    prefetch((const char *)v + LEAKYC_PREFETCH_AHEAD + line);
            }
        const VEC a = WORD(at)(g, v, slope, mode);
        const VEC b = WORD(at)(g + LANES, v + LANES, slope, mode);
        const VEC c = WORD(at)(g + 2 * LANES, v + 2 * LANES, slope, mode);
        const VEC d = WORD(at)(g + 3 * LANES, v + 3 * LANES, slope, mode);
        WORD(put)(out + i, a, stream);
        WORD(put)(out + i + LANES, b, stream);
        WORD(put)(out + i + 2 * LANES, c, stream);
        WORD(put)(out + i + 3 * LANES, d, stream);
    }
    for (; i < n - LANES; i += LANES)
        WORD(store)(out + i, WORD(at)(gate + i, value + i, slope, mode));
    WORD(store)(out, first);
    WORD(store)(out + n - LANES, last);
    if (stream)
        fence();
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

INLINE BITS WORD(swapped)(BITS x, int swap)
{
    if (!swap)
        return x;
    BITS y = 0;
    for (size_t byte = 0; byte < sizeof x; byte++, x >>= 8)
        y = (BITS)(y << 8 | (x & 0xff));
    return y;
}

/* Constant strides and swaps let the compiler use shuffles. */
INLINE void WORD(gather_run)(char *out, const char *in, ptrdiff_t stride, size_t n, int swap)
{
    for (size_t i = 0; i < n; i++) {
        BITS x;
        memcpy(&x, in + (ptrdiff_t)i * stride, sizeof x);
        x = WORD(swapped)(x, swap);
        memcpy(out + i * sizeof x, &x, sizeof x);
    }
}

static void KERNEL(gather)(void *out, const void *in, ptrdiff_t stride, size_t n, int swap)
{
    const ptrdiff_t size = sizeof(BITS);
    if (swap)
        WORD(gather_run)(out, in, stride, n, 1);
    else if (stride == size)
        memcpy(out, in, n * sizeof(BITS));
    else if (stride == 2 * size)
        WORD(gather_run)(out, in, 2 * size, n, 0);
    else if (stride == -size)
        WORD(gather_run)(out, in, -size, n, 0);
    else
        WORD(gather_run)(out, in, stride, n, 0);
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

#undef ELEM
#undef BITS
#undef VEC
#undef LANES
#undef WORD
#undef KERNEL
