/* sums.inc.h - a run of a channel, and its sums; included once per element type by type.inc.h after
 * channels.inc.h, whose operations these are. */

#define RUN_GROUPS (LEAKYC_SUM_LANES / (size_t)lanes_f64)
/* Elements at a time: whole vectors, whole lines where these are streamed, all lanes. */
enum { WORD(sum_step) = streams ? 32 : 16 };

/* The sums of a run's lanes, in registers. */
struct WORD(lane_sums) {
    vec_f64 h[LEAKYC_SUMMED][RUN_GROUPS], l[LEAKYC_SUMMED][RUN_GROUPS];
};
#define LANE_SUMS struct WORD(lane_sums)

/* Adds the terms of vector number `vector` of a block: a constant at each place of use. */
INLINE void WORD(add_to_lanes)(int what, LANE_SUMS *s, size_t vector, const MADE *terms)
{
    for (size_t g = 0; g < GROUPS; g++) {
        const size_t to = (vector * GROUPS + g) % RUN_GROUPS;
        WORD(add_terms)(what, &s->h[what][to], &s->l[what][to], terms, g);
    }
}

/* The block from i on. */
INLINE void WORD(sum_block)(int op, const CHANNEL_ROW *r, LANE_SUMS *s, size_t i, int stream)
{
    BLOCK_LOOP
    for (size_t at = 0; at < WORD(sum_step); at += LANES) {
        const MADE m = WORD(made_at)(op, r, i + at, LANES), terms = WORD(terms)(op, m);
        WORD(put)(r->out + i + at, m.result, stream);
        for (int what = LEAKYC_RESULTS; what < LEAKYC_SUMMED; what++)
            if (WORD(sums)(op, what))
                WORD(add_to_lanes)(what, s, at / LANES, &terms);
    }
}

/* Less than a block from i on; the lanes' sums are those of r, in memory. */
INLINE void WORD(sum_rest)(int op, const CHANNEL_ROW *r, size_t i, size_t n, int stream)
{
    for (size_t at = 0; at < n; at += LANES) {
        const size_t part = n - at < LANES ? n - at : LANES;
        WORD(summed)(op, r, i + at, part, r->out + i + at, at % LEAKYC_SUM_LANES, LEAKYC_SUM_LANES,
                     stream);
    }
}

/* n elements from i on, at most a chain's, into the lanes' pairs. */
INLINE void WORD(sum_slab)(int op, const CHANNEL_ROW *r, size_t i, size_t n, int stream,
                           size_t ahead)
{
    double chains[LEAKYC_SUMMED][LEAKYC_SUM_LANES];
    CHANNEL_ROW rest = *r; /* its sums are in memory */
    LANE_SUMS s;
    for (int what = LEAKYC_RESULTS; what < LEAKYC_SUMMED; what++)
        for (size_t g = 0; WORD(sums)(op, what) && g < RUN_GROUPS; g++) {
            s.h[what][g] = s.l[what][g] = set1_f64(0.0);
            if (WORD(compensated)) {
                s.h[what][g] = load_f64(r->sums.high[what] + g * lanes_f64);
                s.l[what][g] = load_f64(r->sums.low[what] + g * lanes_f64);
            }
        }
    const size_t over = n % WORD(sum_step), end = i + n - over;
    for (; i < end; i += WORD(sum_step)) {
        WORD(channel_prefetch)(op, r, i, WORD(sum_step), ahead);
        WORD(sum_block)(op, r, &s, i, stream);
    }
    for (int what = LEAKYC_RESULTS; what < LEAKYC_SUMMED; what++) {
        if (!WORD(compensated))
            rest.sums.high[what] = &chains[what][0];
        for (size_t g = 0; WORD(sums)(op, what) && g < RUN_GROUPS; g++) {
            store_f64(rest.sums.high[what] + g * lanes_f64, s.h[what][g]);
            if (WORD(compensated))
                store_f64(rest.sums.low[what] + g * lanes_f64, s.l[what][g]);
        }
    }
    WORD(sum_rest)(op, &rest, end, over, stream);
    for (int what = LEAKYC_RESULTS; what < LEAKYC_SUMMED; what++)
        if (WORD(sums)(op, what) && !WORD(compensated))
            LEAKYC_PASTE(fold_lanes, ISA)(r->sums.high[what], r->sums.low[what],
                                          rest.sums.high[what]);
}

INLINE void WORD(sum_slabs)(int op, const CHANNEL_ROW *r, size_t n, int stream, size_t ahead)
{
    const size_t slab = LEAKYC_CHAIN * LEAKYC_SUM_LANES;
    for (size_t i = 0; i < n; i += slab)
        WORD(sum_slab)(op, r, i, n - i < slab ? n - i : slab, stream, ahead);
}

INLINE void WORD(summed_run)(int op, const CHANNEL_ROW *r, size_t n, int stream, size_t ahead)
{
    if (streams && stream)
        WORD(sum_slabs)(op, r, n, 1, ahead);
    else
        WORD(sum_slabs)(op, r, n, 0, ahead);
}

static void KERNEL(summed_run)(const struct leakyc_channel_op *f, const struct leakyc_parameters *p,
                               void *out, const void *a, const void *b, size_t n,
                               const struct leakyc_sums *sums, int stream, size_t ahead)
{
    const CONSTANTS k = WORD(constants_of)(f);
    const CHANNEL_ROW r = {out, a, b,    NULL, NULL, WORD(set1)(p->bias), WORD(canonical)(p->slope),
                           &k,  1, *sums};
    if (f->op == LEAKYC_LEAK)
        WORD(summed_run)(LEAKYC_LEAK, &r, n, stream, ahead);
    else if (f->op == LEAKYC_BIAS_GRAD)
        WORD(summed_run)(LEAKYC_BIAS_GRAD, &r, n, stream, ahead);
    else if (f->op == LEAKYC_BIAS_PRELU_GRAD)
        WORD(summed_run)(LEAKYC_BIAS_PRELU_GRAD, &r, n, stream, ahead);
    else
        WORD(summed_run)(LEAKYC_CLIPPED_GRAD, &r, n, stream, ahead);
}

#undef CONSTANTS
#undef MADE
#undef CHANNEL_ROW
#undef LANE_SUMS
#undef GROUPS
#undef RUN_GROUPS
