/* channels.inc.h - a parameter a channel, and sums over channels. */

struct WORD(constants) {
    VEC gain, lo, hi;
};
#define CONSTANTS struct WORD(constants)

/* What is made of a vector: the results, and the factors of the products that may be summed. */
struct WORD(made) {
    VEC result, a, b;
};
#define MADE struct WORD(made)

/* `op` is a constant at each place of use. A gain of 1, a bias of -0 and an infinite or NaN bound
 * change nothing. */
INLINE MADE WORD(make)(int op, VEC a, VEC b, VEC bias, VEC slope, const CONSTANTS *k)
{
    MADE m = {a, a, b};
    if (op == LEAKYC_LEAK) {
        m.result = WORD(leak)(b, a, slope);
    } else if (op == LEAKYC_BIAS) {
        const VEC z = WORD(add)(a, bias);
        m.result = WORD(clip)(WORD(mul)(k->gain, WORD(leak)(z, z, slope)), k->lo, k->hi);
    } else if (op == LEAKYC_BIAS_GRAD) {
        m.result = WORD(zero_beyond)(WORD(leak)(b, WORD(mul)(k->gain, a), slope), b, k->hi);
    } else {
        m.a = WORD(mul)(k->gain, a);
        m.b = WORD(add)(b, bias);
        m.result = WORD(leak)(m.b, m.a, slope);
        if (op == LEAKYC_CLIPPED_GRAD) {
            const VEC y = WORD(mul)(k->gain, WORD(leak)(m.b, m.b, slope));
            m.result = WORD(zero_beyond)(m.result, y, k->hi);
            m.a = WORD(zero_beyond)(m.a, y, k->hi);
            m.b = WORD(zero_beyond)(m.b, y, k->hi);
        }
    }
    return m;
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

/* Of an operation with sums. */
INLINE int WORD(sums)(int op, int what)
{
    return what == LEAKYC_RESULTS ? op != LEAKYC_LEAK : op != LEAKYC_BIAS_GRAD;
}

/* As memory would hold it. */
INLINE VEC WORD(rounded)(VEC v)
{
    ELEM element[LANES];
    if (sizeof(ELEM) != 2)
        return v;
    WORD(store)(element, v);
    return WORD(load)(element);
}

/* The terms of the sums: results, and products where b is not positive. */
INLINE MADE WORD(terms)(int op, MADE m)
{
    if (WORD(sums)(op, LEAKYC_RESULTS))
        m.result = WORD(rounded)(m.result);
    if (WORD(sums)(op, LEAKYC_PRODUCTS)) {
        m.a = WORD(zero_positive)(m.b, m.a);
        m.b = WORD(zero_positive)(m.b, m.b);
    }
    return m;
}

/* Of its first elements, where bit i is set; 0 of the others. */
INLINE MADE WORD(terms_of_part)(int op, MADE m, uint32_t bits)
{
    const VEC zero = WORD(set1)(0.0);
    m = WORD(terms)(op, m);
    m.result = WORD(if_bits)(bits, m.result, zero);
    m.a = WORD(if_bits)(bits, m.a, zero);
    m.b = WORD(if_bits)(bits, m.b, zero);
    return m;
}

/* Adds the terms of group g to the pairs of its lanes or columns, or to their chains. */
INLINE void WORD(add_terms)(int what, vec_f64 *high, vec_f64 *low, const MADE *terms, size_t g)
{
    if (what == LEAKYC_RESULTS) {
        const vec_f64 term = WORD(doubles)(terms->result, g);
        if (WORD(compensated))
            WORD(two_sum)(high, low, term);
        else
            *high = add_f64(*high, term);
    } else {
        const vec_f64 a = WORD(doubles)(terms->a, g), b = WORD(doubles)(terms->b, g);
        if (WORD(compensated))
            WORD(two_sum)(high, low, mul_f64(a, b));
        else
            *high = add_product_f64(*high, a, b);
    }
}

/* ---- rows of channels -------------------------------------------------------------------- */

/* One row's operands; no b where the operation has none. An element has a bias and a slope of its
 * own, or where these are NULL the one of all. */
struct WORD(row) {
    ELEM *out;
    const ELEM *a, *b, *biases, *slopes;
    VEC bias, slope;
    const CONSTANTS *k;
    int padded;              /* the biases and slopes: kernels.h */
    struct leakyc_sums sums; /* the columns' */
};
#define CHANNEL_ROW struct WORD(row)

INLINE VEC WORD(load_up_to)(const ELEM *p, size_t n)
{
    return n < LANES ? WORD(load_part)(p, n) : WORD(load)(p);
}

/* Of n <= LANES elements from i on. */
INLINE MADE WORD(made_at)(int op, const CHANNEL_ROW *r, size_t i, size_t n)
{
    const VEC a = WORD(load_up_to)(r->a + i, n);
    const VEC b = op == LEAKYC_BIAS ? a : WORD(load_up_to)(r->b + i, n);
    VEC bias = r->bias, slope = r->slope;
    if (op != LEAKYC_LEAK && op != LEAKYC_BIAS_GRAD && r->biases)
        bias = WORD(load_up_to)(r->biases + i, r->padded ? LANES : n);
    if (op != LEAKYC_BIAS_GRAD && r->slopes)
        slope = WORD(load_up_to)(r->slopes + i, r->padded ? LANES : n);
    return WORD(make)(op, a, b, bias, slope, r->k);
}

INLINE VEC WORD(channel_at)(int op, const CHANNEL_ROW *r, size_t i)
{
    return WORD(made_at)(op, r, i, LANES).result;
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

/* Adds a vector's terms to sums in memory, from `column` on: each to that of its column, or to one
 * of `lanes` where a vector has more elements. */
INLINE void WORD(add_to_memory)(int what, const CHANNEL_ROW *r, size_t column, size_t lanes,
                                const MADE *terms)
{
    for (size_t g = 0; g < GROUPS; g++) {
        const size_t to = column + g * lanes_f64 % lanes;
        double *const high = r->sums.high[what] + to, *const low = r->sums.low[what] + to;
        vec_f64 h = load_f64(high), l = set1_f64(0.0);
        if (WORD(compensated))
            l = load_f64(low);
        WORD(add_terms)(what, &h, &l, terms, g);
        store_f64(high, h);
        if (WORD(compensated))
            store_f64(low, l);
    }
}

/* The vector from i on, n elements of it, into `to`; they are added to the sums from `column` on.
 * What is stored here to be loaded would wait for all that is streamed: parts are cut in registers.
 * gcc 12 -O1 fails where a store parts the comparisons of a vector. */
INLINE void WORD(summed)(int op, const CHANNEL_ROW *r, size_t i, size_t n, ELEM *to, size_t column,
                         size_t lanes, int stream)
{
    const MADE m = WORD(made_at)(op, r, i, n);
    MADE terms;
    if (n == LANES) {
        WORD(put)(to, m.result, stream);
        terms = WORD(terms)(op, m);
    } else {
        terms = WORD(terms_of_part)(op, m, (1u << n) - 1);
        WORD(store_part)(to, m.result, n);
    }
    for (int what = LEAKYC_RESULTS; what <= LEAKYC_PRODUCTS; what++)
        if (WORD(sums)(op, what))
            WORD(add_to_memory)(what, r, column, lanes, &terms);
}

/* Elements begin to end, into `to`, with ordinary stores. */
INLINE void WORD(edge)(int op, const CHANNEL_ROW *r, size_t begin, size_t end, ELEM *to, int sums)
{
    for (size_t n; begin < end; begin += n, to += n) {
        n = end - begin < LANES ? end - begin : LANES;
        if (sums)
            WORD(summed)(op, r, begin, n, to, begin, SIZE_MAX, 0);
        else if (n < LANES)
            WORD(store_part)(to, WORD(made_at)(op, r, begin, n).result, n);
        else
            WORD(store)(to, WORD(channel_at)(op, r, begin));
    }
}

/* Elements begin to end, whole lines. Unrolled it is no faster (bench: bias, bias-gradient), and
 * the library 36 KB larger. */
INLINE void WORD(lines)(int op, const CHANNEL_ROW *r, size_t begin, size_t end, int stream,
                        size_t ahead, int sums)
{
    for (size_t i = begin; i != end; i += LINE_ELEMS) {
        WORD(channel_prefetch)(op, r, i, LINE_ELEMS, ahead);
        LEAKYC_ROLLED
        for (size_t j = i; j < i + LINE_ELEMS; j += LANES) {
            if (sums)
                WORD(summed)(op, r, j, LANES, r->out + j, j, SIZE_MAX, stream);
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

/* The same, summed, with both edges in one place: half of the code, and where much is computed as
 * fast. */
INLINE void WORD(stream_large)(int op, CHANNEL_ROW r, size_t rows, size_t n,
                               struct leakyc_line *line, size_t ahead)
{
    for (; rows--; WORD(next_row)(op, &r, n)) {
        const size_t head = WORD(before_line)(r.out, n), tail = (n - head) % LINE_ELEMS;
        size_t begin = 0, end = head;
        LEAKYC_ROLLED
        for (int part = 0; part < 2; part++) {
            WORD(shared)(op, &r, begin, end, line, 1);
            if (part)
                break;
            WORD(lines)(op, &r, head, n - tail, 1, ahead, 1);
            begin = n - tail, end = n;
        }
    }
}

INLINE void WORD(plain_rows)(int op, CHANNEL_ROW r, size_t rows, size_t n, size_t ahead, int sums)
{
    for (; rows--; WORD(next_row)(op, &r, n)) {
        const size_t tail = n % LINE_ELEMS;
        if (sums) {
            WORD(lines)(op, &r, 0, n - tail, 0, ahead, 1);
            WORD(edge)(op, &r, n - tail, n, r.out + n - tail, 1);
        } else if (n >= LANES) {
            WORD(channel_run)(op, &r, n, ahead);
        } else {
            WORD(edge)(op, &r, 0, n, r.out, 0);
        }
    }
}

INLINE void WORD(channel_rows)(int op, CHANNEL_ROW r, size_t rows, size_t n,
                               struct leakyc_line *line, size_t ahead, int sums)
{
    if (streams && line)
        WORD(stream_rows)(op, r, rows, n, line, ahead, sums);
    else
        WORD(plain_rows)(op, r, rows, n, ahead, sums);
}

INLINE void WORD(large_rows)(int op, CHANNEL_ROW r, size_t rows, size_t n, struct leakyc_line *line,
                             size_t ahead)
{
    if (streams && line)
        WORD(stream_large)(op, r, rows, n, line, ahead);
    else
        WORD(plain_rows)(op, r, rows, n, ahead, 1);
}

INLINE CONSTANTS WORD(constants_of)(const struct leakyc_channel_op *f)
{
    const CONSTANTS k = {WORD(canonical)(f->gain), WORD(set1)(-f->bound), WORD(set1)(f->bound)};
    return k;
}

static void KERNEL(channels)(const struct leakyc_channel_op *f, const struct leakyc_parameters *p,
                             void *out, const void *a, const void *b, size_t rows, size_t n,
                             const struct leakyc_sums *sums, struct leakyc_line *line, size_t ahead)
{
    const CONSTANTS k = WORD(constants_of)(f);
    CHANNEL_ROW r = {out,
                     a,
                     b,
                     p->biases,
                     p->slopes,
                     WORD(set1)(p->bias),
                     WORD(canonical)(p->slope),
                     &k,
                     p->padded,
                     {{NULL, NULL}, {NULL, NULL}}};
    if (sums)
        r.sums = *sums;
    if (f->op == LEAKYC_BIAS)
        WORD(channel_rows)(LEAKYC_BIAS, r, rows, n, line, ahead, 0);
    else if (!sums)
        WORD(channel_rows)(LEAKYC_LEAK, r, rows, n, line, ahead, 0);
    else if (f->op == LEAKYC_LEAK)
        WORD(channel_rows)(LEAKYC_LEAK, r, rows, n, line, ahead, 1);
    else if (f->op == LEAKYC_BIAS_GRAD)
        WORD(channel_rows)(LEAKYC_BIAS_GRAD, r, rows, n, line, ahead, 1);
    else if (f->op == LEAKYC_BIAS_PRELU_GRAD)
        WORD(large_rows)(LEAKYC_BIAS_PRELU_GRAD, r, rows, n, line, ahead);
    else
        WORD(large_rows)(LEAKYC_CLIPPED_GRAD, r, rows, n, line, ahead);
}
