/* rows.inc.h - a row whose inputs may be strided; included once per element type by kernels.inc.h,
 * whose macros it uses. */

/* n < LANES, through a buffer, so that nothing else is read or written. */
INLINE void WORD(strided_part)(ELEM *out, const SOURCE *s, size_t n)
{
    ELEM g[LANES] = {0}, v[LANES] = {0};
    for (size_t i = 0; i < n; i++) {
        g[i] = s->gate[(ptrdiff_t)i * s->gate_step];
        v[i] = s->value[(ptrdiff_t)i * s->value_step];
    }
    WORD(store_part)(out, WORD(leak)(WORD(load)(g), WORD(load)(v), s->slope), n);
}

/* The forward operation, n >= LANES. The step is a constant where a word does it. */
INLINE void WORD(strided_run)(ELEM *out, SOURCE s, size_t n, int stream)
{
    s.mode = FORWARD;
    if (s.gate_step == 2)
        s.gate_step = 2, WORD(run)(out, s, n, stream);
    else if (s.gate_step == -1)
        s.gate_step = -1, WORD(run)(out, s, n, stream);
    else
        WORD(run)(out, s, n, stream);
}

static void KERNEL(leak_row)(void *out, const void *gate, ptrdiff_t gate_step, const void *value,
                             ptrdiff_t value_step, size_t n, double slope, int stream)
{
    const int same = gate == value && gate_step == value_step;
    SOURCE s = {gate, value, gate_step, value_step, WORD(canonical)(slope), GRADIENT, NULL};
    if (gate_step == 1 && value_step == 1)
        KERNEL(leak)(out, gate, value, n, slope, stream);
    else if (n < LANES)
        WORD(strided_part)(out, &s, n);
    else if (streams && same && stream)
        WORD(strided_run)(out, s, n, 1);
    else if (same)
        WORD(strided_run)(out, s, n, 0);
    else
        WORD(run)(out, s, n, 0);
}
