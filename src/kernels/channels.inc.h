/* channels.inc.h - a parameter a channel, and sums over channels. */

struct WORD(constants) {
    VEC slope, gain, lo, hi;
};
#define CONSTANTS struct WORD(constants)

/* `op` is a constant at each place of use. A gain of 1 and an infinite or NaN bound
 * change nothing. */
INLINE VEC WORD(channel_op)(int op, VEC a, VEC b, VEC parameter, const CONSTANTS *k)
{
    if (op == LEAKYC_BIAS) {
        const VEC sum = WORD(add)(a, parameter);
        return WORD(clip)(WORD(mul)(k->gain, WORD(leak)(sum, sum, k->slope)), k->lo, k->hi);
    }
    if (op == LEAKYC_BIAS_GRAD)
        return WORD(zero_beyond)(WORD(leak)(b, WORD(mul)(k->gain, a), k->slope), b, k->hi);
    return WORD(leak)(b, a, parameter);
}

/* ---- what is summed ---------------------------------------------------------------------- */

#define GROUPS (LANES / (size_t)lanes_f64)

INLINE void WORD(two_sum)(vec_f64 *high, vec_f64 *low, vec_f64 x)
{
    const vec_f64 total = add_f64(*high, x), part = sub_f64(total, *high);
    const vec_f64 error = add_f64(sub_f64(*high, sub_f64(total, part)), sub_f64(x, part));
    *low = add_f64(*low, error);
    *high = total;
}

/* As memory would hold it. */
INLINE VEC WORD(rounded)(VEC v)
{
    ELEM room[LANES];
    if (sizeof(ELEM) != 2)
        return v;
    WORD(store)(room, v);
    return WORD(load)(room);
}

/* A vector of what is summed: results, or factors of the products a * b where b is not positive. */
struct WORD(terms) {
    VEC a, b;
};
#define TERMS struct WORD(terms)

INLINE TERMS WORD(terms_of)(int op, VEC a, VEC b, VEC result)
{
    const VEC zero = WORD(set1)(0.0);
    TERMS t;
    if (op == LEAKYC_LEAK) {
        t.a = WORD(if_positive)(b, zero, a);
        t.b = WORD(if_positive)(b, zero, b);
    } else {
        t.a = t.b = WORD(rounded)(result);
    }
    return t;
}

INLINE vec_f64 WORD(term)(int op, const TERMS *t, size_t g)
{
    const vec_f64 a = WORD(doubles)(t->a, g);
    return op == LEAKYC_LEAK ? mul_f64(a, WORD(doubles)(t->b, g)) : a;
}

/* ---- rows of channels -------------------------------------------------------------------- */

/* One row's operands; no b where the operation has none, no parameters where all have
 * `constant`. */
struct WORD(row) {
    ELEM *out;
    const ELEM *a, *b, *parameters;
    VEC constant;
    const CONSTANTS *k;
    double *high, *low; /* the columns' sums; NULL for none */
};
#define CHANNEL_ROW struct WORD(row)

INLINE VEC WORD(channel_at)(int op, const CHANNEL_ROW *r, size_t i)
{
    return WORD(channel_op)(op, WORD(load)(r->a + i),
                            op == LEAKYC_BIAS ? r->constant : WORD(load)(r->b + i),
                            r->parameters ? WORD(load)(r->parameters + i) : r->constant, r->k);
}

/* n < LANES elements from i on, into `to`. */
INLINE void WORD(channel_part)(int op, const CHANNEL_ROW *r, size_t i, size_t n, ELEM *to)
{
    const VEC b = op == LEAKYC_BIAS ? r->constant : WORD(load_part)(r->b + i, n);
    const VEC p = r->parameters ? WORD(load_part)(r->parameters + i, n) : r->constant;
    const VEC a = WORD(load_part)(r->a + i, n);
    WORD(store_part)(to, WORD(channel_op)(op, a, b, p, r->k), n);
}

INLINE void WORD(channel_prefetch)(int op, const CHANNEL_ROW *r, size_t i, size_t n, size_t ahead)
{
    if (!ahead)
        return;
    WORD(prefetch)(r->a + i, 1, n, (ptrdiff_t)ahead);
    if (op != LEAKYC_BIAS)
        WORD(prefetch)(r->b + i, 1, n, (ptrdiff_t)ahead);
}

/* n >= LANES. The first and the last vector as in run(). */
INLINE void WORD(channel_run)(int op, const CHANNEL_ROW *r, size_t n, size_t ahead)
{
    const VEC start = WORD(channel_at)(op, r, 0);
    size_t i = n * sizeof(ELEM) >= LEAKYC_ALIGN_FROM ? WORD(head)(r->out) : LANES;
    const size_t rounds = n - i < LANES ? 0 : (n - i - LANES) / (2 * LANES);
    for (const size_t end = i + rounds * 2 * LANES; i != end; i += 2 * LANES) {
        WORD(channel_prefetch)(op, r, i, 2 * LANES, ahead);
        const VEC first = WORD(channel_at)(op, r, i), second = WORD(channel_at)(op, r, i + LANES);
        WORD(store)(r->out + i, first);
        WORD(store)(r->out + i + LANES, second);
    }
    const VEC last = WORD(channel_at)(op, r, n - LANES);
    for (; i + LANES < n; i += LANES)
        WORD(store)(r->out + i, WORD(channel_at)(op, r, i));
    WORD(store)(r->out, start);
    WORD(store)(r->out + n - LANES, last);
}

/* The vector from i on, n elements of it, into `to`; they are added to the sums of
 * their columns. */
INLINE void WORD(summed)(int op, const CHANNEL_ROW *r, size_t i, size_t n, ELEM *to, int stream)
{
    const VEC a = n < LANES ? WORD(load_part)(r->a + i, n) : WORD(load)(r->a + i);
    const VEC b = n < LANES ? WORD(load_part)(r->b + i, n) : WORD(load)(r->b + i);
    VEC p = r->constant;
    if (r->parameters)
        p = n < LANES ? WORD(load_part)(r->parameters + i, n) : WORD(load)(r->parameters + i);
    VEC v = WORD(channel_op)(op, a, b, p, r->k);
    if (n == LANES) {
        WORD(put)(to, v, stream);
    } else { /* in registers: what is stored here to be loaded waits for all that is streamed */
        WORD(store_part)(to, v, n);
        v = WORD(if_bits)((1u << n) - 1, v, WORD(set1)(0.0));
    }
    const TERMS t = WORD(terms_of)(op, a, b, v);
    double *const high = r->high + i, *const low = r->low + i;
    for (size_t g = 0; g < GROUPS; g++) {
        vec_f64 h = load_f64(high + g * lanes_f64), l = load_f64(low + g * lanes_f64);
        if (WORD(compensated)) {
            WORD(two_sum)(&h, &l, WORD(term)(op, &t, g));
            store_f64(low + g * lanes_f64, l);
        } else {
            h = add_f64(h, WORD(term)(op, &t, g));
        }
        store_f64(high + g * lanes_f64, h);
    }
}

/* Elements begin to end, into `to`, past no cache. */
INLINE void WORD(edge)(int op, const CHANNEL_ROW *r, size_t begin, size_t end, ELEM *to, int sums)
{
    for (size_t n; begin < end; begin += n, to += n) {
        n = end - begin < LANES ? end - begin : LANES;
        if (sums)
            WORD(summed)(op, r, begin, n, to, 0);
        else if (n < LANES)
            WORD(channel_part)(op, r, begin, n, to);
        else
            WORD(store)(to, WORD(channel_at)(op, r, begin));
    }
}

/* Elements begin to end, whole lines. */
INLINE void WORD(lines)(int op, const CHANNEL_ROW *r, size_t begin, size_t end, int stream,
                        size_t ahead, int sums)
{
    for (size_t i = begin; i != end; i += LINE_ELEMS) {
        WORD(channel_prefetch)(op, r, i, LINE_ELEMS, ahead);
        for (size_t j = i; j < i + LINE_ELEMS; j += LANES) {
            if (sums)
                WORD(summed)(op, r, j, LANES, r->out + j, stream);
            else
                WORD(put)(r->out + j, WORD(channel_at)(op, r, j), stream);
        }
    }
}

INLINE void WORD(next_row)(int op, CHANNEL_ROW *r, size_t n)
{
    r->out += n;
    r->a += n;
    if (op != LEAKYC_BIAS)
        r->b += n;
}

/* Elements begin to end of a row, which share their line with others. */
INLINE void WORD(shared)(int op, const CHANNEL_ROW *r, size_t begin, size_t end,
                         struct leakyc_line *line, int sums)
{
    if (begin < end)
        WORD(edge)(op, r, begin, end, WORD(in_line)(line, r->out + begin, end - begin), sums);
}

INLINE void WORD(stream_rows)(int op, CHANNEL_ROW r, size_t rows, size_t n,
                              struct leakyc_line *line, size_t ahead, int sums)
{
    for (; rows--; WORD(next_row)(op, &r, n)) {
        const size_t head = WORD(before_line)(r.out, n), tail = (n - head) % LINE_ELEMS;
        WORD(shared)(op, &r, 0, head, line, sums);
        WORD(lines)(op, &r, head, n - tail, 1, ahead, sums);
        WORD(shared)(op, &r, n - tail, n, line, sums);
    }
}

INLINE void WORD(plain_rows)(int op, CHANNEL_ROW r, size_t rows, size_t n, size_t ahead)
{
    for (; rows--; WORD(next_row)(op, &r, n)) {
        const size_t tail = n % LINE_ELEMS;
        if (r.high) {
            WORD(lines)(op, &r, 0, n - tail, 0, ahead, 1);
            WORD(edge)(op, &r, n - tail, n, r.out + n - tail, 1);
        } else if (n >= LANES) {
            WORD(channel_run)(op, &r, n, ahead);
        } else {
            WORD(channel_part)(op, &r, 0, n, r.out);
        }
    }
}

INLINE void WORD(channel_rows)(int op, CHANNEL_ROW r, size_t rows, size_t n,
                               struct leakyc_line *line, size_t ahead)
{
    if (!streams || !line)
        WORD(plain_rows)(op, r, rows, n, ahead);
    else if (r.high)
        WORD(stream_rows)(op, r, rows, n, line, ahead, 1);
    else
        WORD(stream_rows)(op, r, rows, n, line, ahead, 0);
}

INLINE CONSTANTS WORD(constants_of)(const struct leakyc_channel_op *f)
{
    const CONSTANTS k = {WORD(set1)(f->slope), WORD(set1)(f->gain), WORD(set1)(-f->bound),
                         WORD(set1)(f->bound)};
    return k;
}

static void KERNEL(channels)(const struct leakyc_channel_op *f, void *out, const void *a,
                             const void *b, const void *parameters, double constant, size_t rows,
                             size_t n, double *high, double *low, struct leakyc_line *line,
                             size_t ahead)
{
    const CONSTANTS k = WORD(constants_of)(f);
    CHANNEL_ROW r = {out, a, b, parameters, WORD(set1)(constant), &k, high, low};
    if (f->op == LEAKYC_BIAS)
        r.high = NULL; /* a constant, for the compiler */
    if (f->op == LEAKYC_BIAS)
        WORD(channel_rows)(LEAKYC_BIAS, r, rows, n, line, ahead);
    else if (f->op == LEAKYC_LEAK)
        WORD(channel_rows)(LEAKYC_LEAK, r, rows, n, line, ahead);
    else
        WORD(channel_rows)(LEAKYC_BIAS_GRAD, r, rows, n, line, ahead);
}

/* ---- sums of runs ------------------------------------------------------------------------ */

#define RUN_GROUPS (LEAKYC_SUM_LANES / (size_t)lanes_f64)
/* Elements at a time: whole vectors of every type, lanes twice over. */
enum { WORD(sum_step) = 32 };

INLINE void WORD(sum_block)(int op, const CONSTANTS *k, vec_f64 *h, vec_f64 *l, const ELEM *a,
                            const ELEM *b)
{
    BLOCK_LOOP
    for (size_t i = 0; i < WORD(sum_step); i += LANES) {
        const VEC first = WORD(load)(a + i), second = WORD(load)(b + i);
        const VEC result = WORD(channel_op)(op, first, second, WORD(set1)(0.0), k);
        const TERMS t = WORD(terms_of)(op, first, second, result);
        for (size_t g = 0; g < GROUPS; g++) {
            const size_t to = (i / lanes_f64 + g) % RUN_GROUPS;
            if (WORD(compensated))
                WORD(two_sum)(&h[to], &l[to], WORD(term)(op, &t, g));
            else
                h[to] = add_f64(h[to], WORD(term)(op, &t, g));
        }
    }
}

/* n elements, at most a chain's, into the lanes. */
INLINE void WORD(sum_slab)(int op, const CONSTANTS *k, double *high, double *low, const ELEM *a,
                           const ELEM *b, size_t n)
{
    double chain[LEAKYC_SUM_LANES] = {0};
    double *const to = WORD(compensated) ? high : chain;
    vec_f64 h[RUN_GROUPS], l[RUN_GROUPS];
    for (size_t g = 0; g < RUN_GROUPS; g++) {
        h[g] = load_f64(to + g * lanes_f64);
        l[g] = load_f64(low + g * lanes_f64);
    }
    /* Behind the last elements a = 0 and b = 1, of which every operation makes 0. */
    ELEM rest[2][WORD(sum_step)] = {{0}};
    for (size_t i = 0; i < WORD(sum_step); i += LANES)
        WORD(store)(rest[1] + i, WORD(set1)(1.0));
    const size_t over = n % WORD(sum_step);
    memcpy(rest[0], a + (n - over), over * sizeof(ELEM));
    memcpy(rest[1], b + (n - over), over * sizeof(ELEM));
    for (size_t i = 0; i < n; i += WORD(sum_step)) {
        const int whole = n - i >= WORD(sum_step);
        WORD(sum_block)(op, k, h, l, whole ? a + i : rest[0], whole ? b + i : rest[1]);
    }
    for (size_t g = 0; g < RUN_GROUPS; g++) {
        store_f64(to + g * lanes_f64, h[g]);
        if (WORD(compensated))
            store_f64(low + g * lanes_f64, l[g]);
    }
    if (!WORD(compensated))
        leakyc_sum_fold(high, low, chain, LEAKYC_SUM_LANES);
}

INLINE void WORD(sum_run)(int op, const CONSTANTS *k, double *high, double *low, const ELEM *a,
                          const ELEM *b, size_t n)
{
    const size_t slab = LEAKYC_CHAIN * LEAKYC_SUM_LANES;
    double h[LEAKYC_SUM_LANES] = {0}, l[LEAKYC_SUM_LANES] = {0};
    for (size_t i = 0; i < n; i += slab)
        WORD(sum_slab)(op, k, h, l, a + i, b + i, n - i < slab ? n - i : slab);
    leakyc_sum_lanes(h, l);
    leakyc_sum_merge(high, low, h, l, 1);
}

static void KERNEL(sum_run)(const struct leakyc_channel_op *f, double *high, double *low,
                            const void *a, const void *b, size_t n)
{
    const CONSTANTS k = WORD(constants_of)(f);
    if (f->op == LEAKYC_LEAK)
        WORD(sum_run)(LEAKYC_LEAK, &k, high, low, a, b, n);
    else
        WORD(sum_run)(LEAKYC_BIAS_GRAD, &k, high, low, a, b, n);
}

#undef GROUPS
#undef RUN_GROUPS
