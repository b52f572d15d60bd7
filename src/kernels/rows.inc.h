/* rows.inc.h - the operation on rows whose inputs may be strided. */

/* n < LANES, by way of a vector in memory: nothing beside the n elements is read or written. */
INLINE void WORD(strided_part)(ELEM *out, const SOURCE *s, size_t n)
{
    ELEM g[LANES] = {0}, v[LANES] = {0};
    for (size_t i = 0; i < n; i++) {
        g[i] = s->gate[(ptrdiff_t)i * s->gate_step];
        v[i] = s->value[(ptrdiff_t)i * s->value_step];
    }
    WORD(store_part)(out, WORD(leak)(WORD(load)(g), WORD(load)(v), s->slope), n);
}

/* Whether run() takes the inputs as they lie. Others are gathered first: long rows of two steps
 * take 0.4 to 1.0 of the time so, those of a few vectors up to twice (bench: strided-gradient). */
INLINE int WORD(takes)(const SOURCE *s, int forward, size_t n, int stream)
{
    const ptrdiff_t step = s->gate_step;
    if (sizeof(ELEM) == 2 && !steps)
        return 0;
    if (step == s->value_step && (step == 2 || step == -1))
        return 1;
    return sizeof(ELEM) > 2 && (forward ? !stream : n < 8 * LANES);
}

/* n >= LANES, with the step as a constant where there is a load for it. */
INLINE void WORD(strided_run)(ELEM *out, SOURCE s, size_t n, int stream)
{
    if (s.gate_step == 2 && s.value_step == 2)
        s.gate_step = s.value_step = 2, WORD(run)(out, s, n, stream);
    else if (s.gate_step == -1 && s.value_step == -1)
        s.gate_step = s.value_step = -1, WORD(run)(out, s, n, stream);
    else if (sizeof(ELEM) > 2 && !stream)
        s.rolled = s.mode == GRADIENT, WORD(run)(out, s, n, 0);
}

/* n elements where they lie, or gathered. */
INLINE const ELEM *WORD(gathered)(const ELEM *from, ptrdiff_t step, size_t n, ELEM *buffer)
{
    if (step == 1)
        return from;
    LEAKYC_PASTE(gather, ISA)(buffer, from, step * (ptrdiff_t)sizeof(ELEM), n, sizeof(ELEM), 0);
    return buffer;
}

/* Block by block, each read before it is written. */
NOINLINE void WORD(row_of_blocks)(ELEM *out, const ELEM *gate, ptrdiff_t gate_step,
                                  const ELEM *value, ptrdiff_t value_step, size_t n, double slope,
                                  int stream)
{
    enum { BLOCK = 512 };
    _Alignas(LEAKYC_LINE) ELEM buffer[2][BLOCK];
    const int same = gate == value && gate_step == value_step;
    for (size_t m; n; n -= m) {
        m = n < BLOCK ? n : BLOCK;
        const ELEM *const g = WORD(gathered)(gate, gate_step, m, buffer[0]);
        const ELEM *const v = same ? g : WORD(gathered)(value, value_step, m, buffer[1]);
        KERNEL(leak)(out, g, v, m, slope, stream);
        out += m;
        gate += (ptrdiff_t)m * gate_step;
        value += (ptrdiff_t)m * value_step;
    }
}

NOINLINE void WORD(row)(ELEM *out, const ELEM *gate, ptrdiff_t gate_step, const ELEM *value,
                        ptrdiff_t value_step, size_t n, double slope, int stream)
{
    const int same = gate == value && gate_step == value_step;
    SOURCE s = {gate, value, gate_step, value_step, WORD(canonical)(slope), GRADIENT, NULL, 0};
    if (n < LANES)
        WORD(strided_part)(out, &s, n);
    else if (!WORD(takes)(&s, same, n, stream))
        WORD(row_of_blocks)(out, gate, gate_step, value, value_step, n, slope, stream);
    else if (!same)
        WORD(strided_run)(out, s, n, 0);
    else if (streams && stream)
        s.mode = FORWARD, WORD(strided_run)(out, s, n, 1);
    else
        s.mode = FORWARD, WORD(strided_run)(out, s, n, 0);
}

static void KERNEL(leak_row)(void *out, const void *gate, ptrdiff_t gate_step, const void *value,
                             ptrdiff_t value_step, size_t n, double slope, struct leakyc_line *line)
{
    ELEM *const o = out;
    const ELEM *const g = gate, *const v = value;
    if (!streams || !line) {
        if (gate_step == 1 && value_step == 1)
            KERNEL(leak)(out, gate, value, n, slope, 0);
        else
            WORD(row)(o, g, gate_step, v, value_step, n, slope, 0);
        return;
    }
    const size_t head = WORD(before_line)(o, n);
    size_t end = n - (n - head) % LINE_ELEMS;
    if (end > head && end == n && gate_step == 2) /* one element beyond may be read */
        end -= LINE_ELEMS;
    const struct {
        size_t begin, end;
        int stream;
    } parts[] = {{0, head, 0}, {head, end, 1}, {end, n, 0}};
    for (int i = 0; i < 3; i++) {
        const size_t begin = parts[i].begin, m = parts[i].end - begin;
        const ptrdiff_t at = (ptrdiff_t)begin;
        if (m && gate_step == 1 && value_step == 1)
            KERNEL(leak)(parts[i].stream ? o + begin : WORD(in_line)(line, o + begin, m), g + at,
                         v + at, m, slope, parts[i].stream);
        else if (m)
            WORD(row)(parts[i].stream ? o + begin : WORD(in_line)(line, o + begin, m),
                      g + at * gate_step, gate_step, v + at * value_step, value_step, m, slope,
                      parts[i].stream);
    }
}
