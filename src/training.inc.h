/* training.inc.h - the kernels that training adds, over the same vector words; included once per
 * element type by kernels.inc.h, whose macros it uses. */

/* ---- one-bit masks ----------------------------------------------------------------------- */

/* So many elements at a time: whole vectors of every type, whole bytes of the mask. */
enum { WORD(mask_step) = 32 };

INLINE void WORD(mask_block)(ELEM *out, uint8_t *mask, const ELEM *x, VEC slope)
{
    uint32_t bits = 0;
    BLOCK_LOOP
    for (size_t i = 0; i < WORD(mask_step); i += LANES) {
        const VEC v = WORD(load)(x + i);
        bits |= WORD(positive)(v) << i;
        WORD(store)(out + i, WORD(leak)(v, v, slope));
    }
    for (size_t byte = 0; byte < WORD(mask_step) / 8; byte++)
        mask[byte] = (uint8_t)(bits >> 8 * byte);
}

INLINE void WORD(unmask_block)(ELEM *out, const uint8_t *mask, const ELEM *grad, VEC slope)
{
    uint32_t bits = 0;
    for (size_t byte = 0; byte < WORD(mask_step) / 8; byte++)
        bits |= (uint32_t)mask[byte] << 8 * byte;
    BLOCK_LOOP
    for (size_t i = 0; i < WORD(mask_step); i += LANES) {
        const VEC factor = WORD(if_bits)(bits >> i, WORD(set1)(1.0), slope);
        WORD(store)(out + i, WORD(mul)(WORD(load)(grad + i), factor));
    }
}

static void KERNEL(with_mask)(void *out, uint8_t *mask, const void *x, size_t n, double slope,
                              int far)
{
    const VEC s = WORD(set1)(slope == slope ? slope : (double)NAN);
    const ELEM *from = x;
    ELEM *to = out;
    size_t i = 0;
    for (; n - i >= WORD(mask_step); i += WORD(mask_step)) {
        if (far)
            WORD(ask_for)(from + i, WORD(mask_step));
        WORD(mask_block)(to + i, mask + i / 8, from + i, s);
    }
    if (i < n) {
        ELEM part[WORD(mask_step)] = {0};
        uint8_t bits[WORD(mask_step) / 8];
        memcpy(part, from + i, (n - i) * sizeof(ELEM));
        WORD(mask_block)(part, bits, part, s);
        memcpy(to + i, part, (n - i) * sizeof(ELEM));
        memcpy(mask + i / 8, bits, (n - i + 7) / 8);
    }
}

static void KERNEL(from_mask)(void *out, const uint8_t *mask, const void *grad, size_t n,
                              double slope, int far)
{
    const VEC s = WORD(set1)(slope == slope ? slope : (double)NAN);
    const ELEM *from = grad;
    ELEM *to = out;
    size_t i = 0;
    for (; n - i >= WORD(mask_step); i += WORD(mask_step)) {
        if (far)
            WORD(ask_for)(from + i, WORD(mask_step));
        WORD(unmask_block)(to + i, mask + i / 8, from + i, s);
    }
    if (i < n) {
        ELEM part[WORD(mask_step)] = {0};
        uint8_t bits[WORD(mask_step) / 8] = {0};
        memcpy(part, from + i, (n - i) * sizeof(ELEM));
        memcpy(bits, mask + i / 8, (n - i + 7) / 8);
        WORD(unmask_block)(part, bits, part, s);
        memcpy(to + i, part, (n - i) * sizeof(ELEM));
    }
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

/* One row of n elements; all have the constant where there are no parameters. The last vector as in
 * run(). */
INLINE void WORD(channel_row)(int op, ELEM *out, const ELEM *a, const ELEM *b,
                              const ELEM *parameters, VEC constant, size_t n,
                              const struct WORD(constants) *k, int far)
{
#define AT(i)                                                                                      \
    WORD(channel_op)(op, WORD(load)(a + (i)), op == LEAKYC_BIAS ? constant : WORD(load)(b + (i)),  \
                     parameters ? WORD(load)(parameters + (i)) : constant, k)
    const VEC last = AT(n - LANES);
    size_t i = 0;
    for (; i + 2 * LANES < n; i += 2 * LANES) {
        if (far)
            WORD(ask_for)(a + i, 2 * LANES);
        if (far && op != LEAKYC_BIAS)
            WORD(ask_for)(b + i, 2 * LANES);
        const VEC first = AT(i), second = AT(i + LANES);
        WORD(store)(out + i, first);
        WORD(store)(out + i + LANES, second);
    }
    if (i + LANES < n)
        WORD(store)(out + i, AT(i));
    WORD(store)(out + n - LANES, last);
#undef AT
}

INLINE void WORD(channel_rows)(int op, ELEM *out, const ELEM *a, const ELEM *b,
                               const ELEM *parameters, VEC constant, size_t rows, size_t n,
                               const struct WORD(constants) *k, int far)
{
    for (; rows--; out += n, a += n) {
        if (n >= LANES) {
            WORD(channel_row)(op, out, a, b, parameters, constant, n, k, far);
        } else {
            const VEC parameter = parameters ? WORD(load_part)(parameters, n) : constant;
            const VEC second = op == LEAKYC_BIAS ? constant : WORD(load_part)(b, n);
            const VEC result = WORD(channel_op)(op, WORD(load_part)(a, n), second, parameter, k);
            WORD(store_part)(out, result, n);
        }
        if (op != LEAKYC_BIAS)
            b += n;
    }
}

static void KERNEL(channels)(const struct leakyc_channel_op *f, void *out, const void *a,
                             const void *b, const void *parameters, double constant, size_t rows,
                             size_t n, int far)
{
    const struct WORD(constants) k = {WORD(set1)(f->slope), WORD(set1)(f->gain),
                                      WORD(set1)(-f->bound), WORD(set1)(f->bound)};
    const VEC c = WORD(set1)(constant);
    if (f->op == LEAKYC_BIAS_GRAD)
        WORD(channel_rows)(LEAKYC_BIAS_GRAD, out, a, b, NULL, c, rows, n, &k, far);
    else if (f->op == LEAKYC_BIAS && parameters)
        WORD(channel_rows)(LEAKYC_BIAS, out, a, NULL, parameters, c, rows, n, &k, far);
    else if (f->op == LEAKYC_BIAS)
        WORD(channel_rows)(LEAKYC_BIAS, out, a, NULL, NULL, c, rows, n, &k, far);
    else if (parameters)
        WORD(channel_rows)(LEAKYC_PRELU_GRAD, out, a, b, parameters, c, rows, n, &k, far);
    else
        WORD(channel_rows)(LEAKYC_PRELU_GRAD, out, a, b, NULL, c, rows, n, &k, far);
}

/* ---- sums ------------------------------------------------------------------------------------ */

#define GROUPS (LANES / (size_t)lanes_f64)

INLINE void WORD(two_sum)(vec_f64 *high, vec_f64 *low, vec_f64 x)
{
    const vec_f64 total = add_f64(*high, x), part = sub_f64(total, *high);
    const vec_f64 error = add_f64(sub_f64(*high, sub_f64(total, part)), sub_f64(x, part));
    *low = add_f64(*low, error);
    *high = total;
}

/* A vector of what is summed: elements, or the products grad * x where x is not positive. */
struct WORD(terms) {
    VEC a, b;
};

INLINE struct WORD(terms) WORD(terms_of)(VEC a, VEC b, int products)
{
    const VEC zero = WORD(set1)(0.0);
    struct WORD(terms) t = {a, b};
    if (products) {
        t.a = WORD(if_positive)(b, zero, a);
        t.b = WORD(if_positive)(b, zero, b);
    }
    return t;
}

INLINE vec_f64 WORD(term)(const struct WORD(terms) *t, size_t g, int products)
{
    const vec_f64 a = WORD(doubles)(t->a, g);
    return products ? mul_f64(a, WORD(doubles)(t->b, g)) : a;
}

INLINE struct WORD(terms) WORD(load_terms)(const ELEM *a, const ELEM *b, size_t n, int products)
{
    const VEC v = n < LANES ? WORD(load_part)(a, n) : WORD(load)(a);
    if (!products)
        return WORD(terms_of)(v, v, 0);
    return WORD(terms_of)(v, n < LANES ? WORD(load_part)(b, n) : WORD(load)(b), 1);
}

/* A vector of columns, n of them wanted. */
INLINE void WORD(sum_strip)(double *high, double *low, const ELEM *a, const ELEM *b, size_t rows,
                            size_t pitch, size_t n, int products)
{
    vec_f64 h[GROUPS], l[GROUPS];
    for (size_t g = 0; g < GROUPS; g++) {
        h[g] = load_f64(high + g * lanes_f64);
        l[g] = load_f64(low + g * lanes_f64);
    }
    for (size_t r = 0; r < rows; r++) {
        const struct WORD(terms) t =
            WORD(load_terms)(a + r * pitch, products ? b + r * pitch : b, n, products);
        for (size_t g = 0; g < GROUPS; g++)
            if (WORD(compensated))
                WORD(two_sum)(&h[g], &l[g], WORD(term)(&t, g, products));
            else
                h[g] = add_f64(h[g], WORD(term)(&t, g, products));
    }
    for (size_t g = 0; g < GROUPS; g++) {
        store_f64(high + g * lanes_f64, h[g]);
        if (WORD(compensated))
            store_f64(low + g * lanes_f64, l[g]);
    }
}

INLINE void WORD(sum_columns)(double *high, double *low, const ELEM *a, const ELEM *b, size_t rows,
                              size_t n, int products)
{
    size_t i = 0;
    for (; i + LANES <= n; i += LANES)
        WORD(sum_strip)(high + i, low + i, a + i, products ? b + i : b, rows, n, LANES, products);
    if (i < n)
        WORD(sum_strip)(high + i, low + i, a + i, products ? b + i : b, rows, n, n - i, products);
}

static void KERNEL(sum_columns)(double *high, double *low, const void *a, const void *b,
                                size_t rows, size_t n)
{
    if (b)
        WORD(sum_columns)(high, low, a, b, rows, n, 1);
    else
        WORD(sum_columns)(high, low, a, b, rows, n, 0);
}

#define RUN_GROUPS (LEAKYC_SUM_LANES / (size_t)lanes_f64)
enum { WORD(sum_step) = 32 }; /* elements at a time: whole vectors of every type, lanes twice over */

INLINE void WORD(sum_block)(vec_f64 *h, vec_f64 *l, const ELEM *a, const ELEM *b, int products)
{
    BLOCK_LOOP
    for (size_t i = 0; i < WORD(sum_step); i += LANES) {
        const struct WORD(terms) t =
            WORD(load_terms)(a + i, products ? b + i : b, LANES, products);
        for (size_t g = 0; g < GROUPS; g++) {
            const size_t to = (i / lanes_f64 + g) % RUN_GROUPS;
            if (WORD(compensated))
                WORD(two_sum)(&h[to], &l[to], WORD(term)(&t, g, products));
            else
                h[to] = add_f64(h[to], WORD(term)(&t, g, products));
        }
    }
}

/* n elements, at most a chain's, into the lanes. */
INLINE void WORD(sum_slab)(double *high, double *low, const ELEM *a, const ELEM *b, size_t n,
                           int products)
{
    double chain[LEAKYC_SUM_LANES] = {0};
    double *const to = WORD(compensated) ? high : chain;
    vec_f64 h[RUN_GROUPS], l[RUN_GROUPS];
    for (size_t g = 0; g < RUN_GROUPS; g++) {
        h[g] = load_f64(to + g * lanes_f64);
        l[g] = load_f64(low + g * lanes_f64);
    }
    size_t i = 0;
    for (; n - i >= WORD(sum_step); i += WORD(sum_step))
        WORD(sum_block)(h, l, a + i, products ? b + i : b, products);
    if (i < n) {
        ELEM first[WORD(sum_step)] = {0}, second[WORD(sum_step)] = {0};
        memcpy(first, a + i, (n - i) * sizeof(ELEM));
        if (products)
            memcpy(second, b + i, (n - i) * sizeof(ELEM));
        WORD(sum_block)(h, l, first, second, products);
    }
    for (size_t g = 0; g < RUN_GROUPS; g++) {
        store_f64(to + g * lanes_f64, h[g]);
        if (WORD(compensated))
            store_f64(low + g * lanes_f64, l[g]);
    }
    if (!WORD(compensated))
        leakyc_sum_fold(high, low, chain, LEAKYC_SUM_LANES);
}

INLINE void WORD(sum_run)(double *high, double *low, const ELEM *a, const ELEM *b, size_t n,
                          int products)
{
    const size_t slab = LEAKYC_CHAIN * LEAKYC_SUM_LANES;
    double h[LEAKYC_SUM_LANES] = {0}, l[LEAKYC_SUM_LANES] = {0};
    for (size_t i = 0; i < n; i += slab)
        WORD(sum_slab)(h, l, a + i, products ? b + i : b, n - i < slab ? n - i : slab, products);
    leakyc_sum_lanes(h, l);
    leakyc_sum_merge(high, low, h, l, 1);
}

static void KERNEL(sum_run)(double *high, double *low, const void *a, const void *b, size_t n)
{
    if (b)
        WORD(sum_run)(high, low, a, b, n, 1);
    else
        WORD(sum_run)(high, low, a, b, n, 0);
}

#undef GROUPS
#undef RUN_GROUPS
