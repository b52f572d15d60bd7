/* training.inc.h - the kernels that training adds, over the same vector words; included once per
 * element type by kernels.inc.h, whose macros it uses. */

#define LINE_ELEMS (64 / sizeof(ELEM))

/* Elements of a streamed result before its first whole cache line. Whole lines are all that is
 * streamed: one written in two ways costs many lines' time. */
INLINE size_t WORD(before_line)(const ELEM *out, size_t n)
{
    const size_t lead = (64 - ((uintptr_t)out & 63)) / sizeof(ELEM) % LINE_ELEMS;
    return lead < n ? lead : n;
}

/* Prefetches n elements that lie `ahead` bytes further on; 0 for none. */
INLINE void WORD(want)(const ELEM *from, size_t n, size_t ahead)
{
    if (ahead)
        for (size_t line = 0; line < n * sizeof(ELEM); line += 64)
            prefetch((const char *)from + ahead + line);
}

/* ---- one-bit masks ----------------------------------------------------------------------- */

/* So many elements at a time: whole vectors and whole lines of every type, 32 bits of the mask. */
enum { WORD(mask_step) = 32 };

INLINE uint32_t WORD(mask_block)(ELEM *out, const ELEM *x, VEC slope, int stream)
{
    uint32_t bits = 0;
    BLOCK_LOOP
    for (size_t i = 0; i < WORD(mask_step); i += LANES) {
        const VEC v = WORD(load)(x + i);
        bits |= WORD(positive)(v) << i;
        WORD(put)(out + i, WORD(leak)(v, v, slope), stream);
    }
    return bits;
}

INLINE uint32_t WORD(mask_part)(ELEM *out, const ELEM *x, size_t n, VEC slope)
{
    ELEM part[WORD(mask_step)] = {0};
    memcpy(part, x, n * sizeof(ELEM));
    const uint32_t bits = WORD(mask_block)(part, part, slope, 0);
    memcpy(out, part, n * sizeof(ELEM));
    return bits;
}

INLINE void WORD(mask_run)(ELEM *out, uint8_t *mask, const ELEM *x, size_t n, VEC slope, int stream)
{
    size_t i = stream ? WORD(before_line)(out, n) : 0, held = i;
    uint64_t bits = i ? WORD(mask_part)(out, x, i, slope) : 0; /* the `held` next ones */
    for (; n - i >= WORD(mask_step); i += WORD(mask_step)) {
        WORD(want)(x + i, WORD(mask_step), stream ? LEAKYC_PREFETCH_AHEAD : 0);
        bits |= (uint64_t)WORD(mask_block)(out + i, x + i, slope, stream) << held;
        for (size_t byte = 0; byte < 4; byte++)
            *mask++ = (uint8_t)(bits >> 8 * byte);
        bits >>= 32;
    }
    if (i < n)
        bits |= (uint64_t)WORD(mask_part)(out + i, x + i, n - i, slope) << held;
    for (size_t left = held + (n - i); left; left = left > 8 ? left - 8 : 0, bits >>= 8)
        *mask++ = (uint8_t)bits;
}

static void KERNEL(with_mask)(void *out, uint8_t *mask, const void *x, size_t n, double slope,
                              int stream)
{
    const VEC s = WORD(set1)(slope == slope ? slope : (double)NAN);
    if (stream)
        WORD(mask_run)(out, mask, x, n, s, 1);
    else
        WORD(mask_run)(out, mask, x, n, s, 0);
}

INLINE void WORD(unmask_block)(ELEM *out, uint32_t bits, const ELEM *grad, VEC slope, int stream)
{
    const VEC one = WORD(set1)(1.0);
    BLOCK_LOOP
    for (size_t i = 0; i < WORD(mask_step); i += LANES) {
        const VEC factor = WORD(if_bits)(bits >> i, one, slope);
        WORD(put)(out + i, WORD(mul)(WORD(load)(grad + i), factor), stream);
    }
}

INLINE void WORD(unmask_part)(ELEM *out, uint32_t bits, const ELEM *grad, size_t n, VEC slope)
{
    ELEM part[WORD(mask_step)] = {0};
    memcpy(part, grad, n * sizeof(ELEM));
    WORD(unmask_block)(part, bits, part, slope, 0);
    memcpy(out, part, n * sizeof(ELEM));
}

/* Up to 32 bits from a byte on, and nothing beyond the mask. */
INLINE uint64_t WORD(mask_word)(const uint8_t *mask, size_t byte, size_t bytes)
{
    uint64_t bits = 0;
    if (bytes - byte >= 4)
        return (uint64_t)mask[byte] | (uint64_t)mask[byte + 1] << 8 |
               (uint64_t)mask[byte + 2] << 16 | (uint64_t)mask[byte + 3] << 24;
    for (size_t k = 0; byte + k < bytes; k++)
        bits |= (uint64_t)mask[byte + k] << 8 * k;
    return bits;
}

INLINE void WORD(unmask_run)(ELEM *out, const uint8_t *mask, const ELEM *grad, size_t n, VEC slope,
                             int stream)
{
    const size_t bytes = (n + 7) / 8, lead = stream ? WORD(before_line)(out, n) : 0;
    uint64_t bits = 0; /* of those from the lead on, the first 32 - lead, later */
    size_t i = lead, byte = 0;
    if (lead) {
        bits = WORD(mask_word)(mask, 0, bytes);
        byte = bytes < 4 ? bytes : 4;
        WORD(unmask_part)(out, (uint32_t)bits, grad, lead, slope);
        bits >>= lead;
    }
    const size_t held = lead ? 32 - lead : 0;
    for (; n - i >= WORD(mask_step); i += WORD(mask_step)) {
        WORD(want)(grad + i, WORD(mask_step), stream ? LEAKYC_PREFETCH_AHEAD : 0);
        bits |= WORD(mask_word)(mask, byte, bytes) << held;
        byte = bytes - byte < 4 ? bytes : byte + 4;
        WORD(unmask_block)(out + i, (uint32_t)bits, grad + i, slope, stream);
        bits >>= 32;
    }
    if (i < n) {
        bits |= WORD(mask_word)(mask, byte, bytes) << held;
        WORD(unmask_part)(out + i, (uint32_t)bits, grad + i, n - i, slope);
    }
}

static void KERNEL(from_mask)(void *out, const uint8_t *mask, const void *grad, size_t n,
                              double slope, int stream)
{
    const VEC s = WORD(set1)(slope == slope ? slope : (double)NAN);
    if (stream)
        WORD(unmask_run)(out, mask, grad, n, s, 1);
    else
        WORD(unmask_run)(out, mask, grad, n, s, 0);
}

/* ---- channels: a parameter each ------------------------------------------------------------ */

struct WORD(constants) {
    VEC slope, gain, lo, hi;
};

/* `op` is a constant at each place of use. A gain of 1 and an infinite or NaN bound change nothing. */
INLINE VEC WORD(channel_op)(int op, VEC a, VEC b, VEC parameter, const struct WORD(constants) *k)
{
    if (op == LEAKYC_BIAS) {
        const VEC sum = WORD(add)(a, parameter);
        return WORD(clip)(WORD(mul)(k->gain, WORD(leak)(sum, sum, k->slope)), k->lo, k->hi);
    }
    if (op == LEAKYC_BIAS_GRAD)
        return WORD(zero_beyond)(WORD(leak)(b, WORD(mul)(k->gain, a), k->slope), b, k->hi);
    return WORD(leak)(b, a, parameter);
}

/* ---- what is summed --------------------------------------------------------------------------- */

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

INLINE struct WORD(terms) WORD(terms_of)(int op, VEC a, VEC b, VEC result)
{
    const VEC zero = WORD(set1)(0.0);
    struct WORD(terms) t;
    if (op == LEAKYC_PRELU_GRAD) {
        t.a = WORD(if_positive)(b, zero, a);
        t.b = WORD(if_positive)(b, zero, b);
    } else {
        t.a = t.b = WORD(rounded)(result);
    }
    return t;
}

INLINE vec_f64 WORD(term)(int op, const struct WORD(terms) *t, size_t g)
{
    const vec_f64 a = WORD(doubles)(t->a, g);
    return op == LEAKYC_PRELU_GRAD ? mul_f64(a, WORD(doubles)(t->b, g)) : a;
}

/* ---- rows of channels ------------------------------------------------------------------------ */

/* One row's operands; no b where the operation has none, no parameters where all have `constant`. */
struct WORD(row) {
    ELEM *out;
    const ELEM *a, *b, *parameters;
    VEC constant;
    const struct WORD(constants) *k;
    double *high, *low; /* the columns' sums; NULL for none */
};

INLINE VEC WORD(channel_at)(int op, const struct WORD(row) *r, size_t i)
{
    return WORD(channel_op)(op, WORD(load)(r->a + i),
                            op == LEAKYC_BIAS ? r->constant : WORD(load)(r->b + i),
                            r->parameters ? WORD(load)(r->parameters + i) : r->constant, r->k);
}

/* n < LANES elements from i on. */
INLINE void WORD(channel_part)(int op, const struct WORD(row) *r, size_t i, size_t n)
{
    const VEC b = op == LEAKYC_BIAS ? r->constant : WORD(load_part)(r->b + i, n);
    const VEC p = r->parameters ? WORD(load_part)(r->parameters + i, n) : r->constant;
    const VEC a = WORD(load_part)(r->a + i, n);
    WORD(store_part)(r->out + i, WORD(channel_op)(op, a, b, p, r->k), n);
}

/* Elements begin to end, past no cache. */
INLINE void WORD(channel_edge)(int op, const struct WORD(row) *r, size_t begin, size_t end)
{
    for (; begin + LANES <= end; begin += LANES)
        WORD(store)(r->out + begin, WORD(channel_at)(op, r, begin));
    if (begin < end)
        WORD(channel_part)(op, r, begin, end - begin);
}

INLINE void WORD(channel_want)(int op, const struct WORD(row) *r, size_t i, size_t n, size_t ahead)
{
    WORD(want)(r->a + i, n, ahead);
    if (op != LEAKYC_BIAS)
        WORD(want)(r->b + i, n, ahead);
}

INLINE void WORD(channel_stream)(int op, const struct WORD(row) *r, size_t n, size_t ahead)
{
    size_t i = WORD(before_line)(r->out, n);
    WORD(channel_edge)(op, r, 0, i);
    for (; n - i >= LINE_ELEMS; i += LINE_ELEMS) {
        WORD(channel_want)(op, r, i, LINE_ELEMS, ahead);
        for (size_t j = i; j < i + LINE_ELEMS; j += LANES)
            WORD(stream)(r->out + j, WORD(channel_at)(op, r, j));
    }
    WORD(channel_edge)(op, r, i, n);
}

/* n >= LANES. The first and the last vector as in run(). */
INLINE void WORD(channel_run)(int op, const struct WORD(row) *r, size_t n, size_t ahead)
{
    const VEC start = WORD(channel_at)(op, r, 0), last = WORD(channel_at)(op, r, n - LANES);
    size_t i = n * sizeof(ELEM) >= LEAKYC_ALIGN_FROM ? WORD(head)(r->out) : LANES;
    for (; i + 2 * LANES < n; i += 2 * LANES) {
        WORD(channel_want)(op, r, i, 2 * LANES, ahead);
        const VEC first = WORD(channel_at)(op, r, i), second = WORD(channel_at)(op, r, i + LANES);
        WORD(store)(r->out + i, first);
        WORD(store)(r->out + i + LANES, second);
    }
    if (i + LANES < n)
        WORD(store)(r->out + i, WORD(channel_at)(op, r, i));
    WORD(store)(r->out, start);
    WORD(store)(r->out + n - LANES, last);
}

/* The vector from i on, n elements of it, which are added to the sums of their columns. */
INLINE void WORD(summed)(int op, const struct WORD(row) *r, size_t i, size_t n, int stream)
{
    const VEC a = n < LANES ? WORD(load_part)(r->a + i, n) : WORD(load)(r->a + i);
    const VEC b = n < LANES ? WORD(load_part)(r->b + i, n) : WORD(load)(r->b + i);
    VEC p = r->constant;
    if (r->parameters)
        p = n < LANES ? WORD(load_part)(r->parameters + i, n) : WORD(load)(r->parameters + i);
    VEC v = WORD(channel_op)(op, a, b, p, r->k);
    if (n == LANES) {
        WORD(put)(r->out + i, v, stream);
    } else {
        ELEM part[LANES] = {0}; /* else slope or gain could make a NaN of what is no element */
        WORD(store_part)(r->out + i, v, n);
        WORD(store_part)(part, v, n);
        v = WORD(load)(part);
    }
    const struct WORD(terms) t = WORD(terms_of)(op, a, b, v);
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

INLINE void WORD(summed_edge)(int op, const struct WORD(row) *r, size_t begin, size_t end)
{
    for (; begin + LANES <= end; begin += LANES)
        WORD(summed)(op, r, begin, LANES, 0);
    if (begin < end)
        WORD(summed)(op, r, begin, end - begin, 0);
}

INLINE void WORD(summed_row)(int op, const struct WORD(row) *r, size_t n, int stream, size_t ahead)
{
    size_t i = stream ? WORD(before_line)(r->out, n) : 0;
    WORD(summed_edge)(op, r, 0, i);
    for (; n - i >= LINE_ELEMS; i += LINE_ELEMS) {
        WORD(channel_want)(op, r, i, LINE_ELEMS, ahead);
        for (size_t j = i; j < i + LINE_ELEMS; j += LANES)
            WORD(summed)(op, r, j, LANES, stream);
    }
    WORD(summed_edge)(op, r, i, n);
}

INLINE void WORD(channel_rows)(int op, struct WORD(row) r, size_t rows, size_t n, int stream,
                               size_t ahead)
{
    for (; rows--; r.out += n, r.a += n) {
        if (r.high && stream)
            WORD(summed_row)(op, &r, n, 1, ahead);
        else if (r.high)
            WORD(summed_row)(op, &r, n, 0, ahead);
        else if (stream)
            WORD(channel_stream)(op, &r, n, ahead);
        else if (n >= LANES)
            WORD(channel_run)(op, &r, n, ahead);
        else
            WORD(channel_part)(op, &r, 0, n);
        if (op != LEAKYC_BIAS)
            r.b += n;
    }
}

INLINE struct WORD(constants) WORD(constants_of)(const struct leakyc_channel_op *f)
{
    const struct WORD(constants) k = {WORD(set1)(f->slope), WORD(set1)(f->gain),
                                      WORD(set1)(-f->bound), WORD(set1)(f->bound)};
    return k;
}

static void KERNEL(channels)(const struct leakyc_channel_op *f, void *out, const void *a,
                             const void *b, const void *parameters, double constant, size_t rows,
                             size_t n, double *high, double *low, int stream, size_t ahead)
{
    const struct WORD(constants) k = WORD(constants_of)(f);
    struct WORD(row) r = {out, a, b, parameters, WORD(set1)(constant), &k, high, low};
    if (f->op == LEAKYC_BIAS)
        r.high = NULL; /* a constant, for the compiler */
    if (f->op == LEAKYC_BIAS)
        WORD(channel_rows)(LEAKYC_BIAS, r, rows, n, stream, ahead);
    else if (f->op == LEAKYC_PRELU_GRAD)
        WORD(channel_rows)(LEAKYC_PRELU_GRAD, r, rows, n, stream, ahead);
    else
        WORD(channel_rows)(LEAKYC_BIAS_GRAD, r, rows, n, stream, ahead);
}

/* ---- sums of runs ----------------------------------------------------------------------------- */

#define RUN_GROUPS (LEAKYC_SUM_LANES / (size_t)lanes_f64)
enum { WORD(sum_step) = 32 }; /* elements at a time: whole vectors of every type, lanes twice over */

INLINE void WORD(sum_block)(int op, const struct WORD(constants) *k, vec_f64 *h, vec_f64 *l,
                            const ELEM *a, const ELEM *b)
{
    BLOCK_LOOP
    for (size_t i = 0; i < WORD(sum_step); i += LANES) {
        const VEC first = WORD(load)(a + i), second = WORD(load)(b + i);
        const VEC result = WORD(channel_op)(op, first, second, WORD(set1)(0.0), k);
        const struct WORD(terms) t = WORD(terms_of)(op, first, second, result);
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
INLINE void WORD(sum_slab)(int op, const struct WORD(constants) *k, double *high, double *low,
                           const ELEM *a, const ELEM *b, size_t n)
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

INLINE void WORD(sum_run)(int op, const struct WORD(constants) *k, double *high, double *low,
                          const ELEM *a, const ELEM *b, size_t n)
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
    const struct WORD(constants) k = WORD(constants_of)(f);
    if (f->op == LEAKYC_PRELU_GRAD)
        WORD(sum_run)(LEAKYC_PRELU_GRAD, &k, high, low, a, b, n);
    else
        WORD(sum_run)(LEAKYC_BIAS_GRAD, &k, high, low, a, b, n);
}

#undef LINE_ELEMS
#undef GROUPS
#undef RUN_GROUPS
