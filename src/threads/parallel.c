/* parallel.c - cuts a call's work into pieces, for whoever comes to do them.
 *
 * What makes the cuts legal: an element's result depends on that element alone, the pieces are
 * disjoint, and no two of them write the same cache line.
 *
 * Each thread begins with a share of its own, the same for every call of a size, so that it finds
 * its part in its own cache; whoever is done early takes pieces of what the others
 * have left. */
#include "parallel.h"
#include "../cpu.h"
#include "team.h"

#include <stdatomic.h>

/* Pieces to a share: many enough for the early to help the late, but none of fewer elements than
 * LEAST: what is taken from a share has to leave the cache of its owner (bench/threads.py). */
enum { SHARES_MOST = 64, PIECES = 16, LEAST = 65536 };

/* In units. The threads count `next` up; whoever is past `end` finds nothing there any more. */
struct share {
    _Alignas(LEAKYC_LINE) atomic_size_t next;
    size_t end;
};

struct work {
    leakyc_piece_fn *piece;
    void *context;
    size_t n, lead, unit, units, step;
    size_t shares;
    struct share share[SHARES_MOST];
};

static void share_out(struct work *w, int threads)
{
    w->units = w->n / w->unit;
    w->shares = threads < SHARES_MOST ? (size_t)threads : SHARES_MOST;
    const size_t least = LEAST / w->unit + 1, step = w->units / (w->shares * PIECES);
    w->step = step > least ? step : least;
    for (size_t i = 0; i < w->shares; i++) {
        const size_t each = w->units / w->shares, rest = w->units % w->shares;
        atomic_init(&w->share[i].next, each * i + (rest < i ? rest : i));
        w->share[i].end = each * (i + 1) + (rest < i + 1 ? rest : i + 1);
    }
}

/* Where unit `at` begins. */
static size_t cut_at(const struct work *w, size_t at)
{
    if (at == 0)
        return 0;
    return at == w->units || at * w->unit + w->lead > w->n ? w->n : at * w->unit + w->lead;
}

static void work_through(struct work *w, struct share *s)
{
    size_t at;
    while ((at = atomic_fetch_add(&s->next, w->step)) < s->end) {
        const size_t to = at + w->step < s->end ? at + w->step : s->end;
        const size_t begin = cut_at(w, at), end = cut_at(w, to);
        if (begin < end)
            w->piece(w->context, begin, end);
    }
}

static void take_part(void *work, int me)
{
    struct work *w = work;
    for (size_t i = 0; i < w->shares; i++)
        work_through(w, &w->share[((size_t)me + i) % w->shares]);
}

void leakyc_parallel(leakyc_piece_fn *piece, void *context, size_t n, size_t lead, size_t unit,
                     int threads)
{
    struct leakyc_report report;
    if (threads > 1 && n / unit > 1) {
        struct work w = {.piece = piece, .context = context, .n = n, .lead = lead, .unit = unit};
        share_out(&w, threads);
        if (leakyc_team_run(take_part, &w, threads - 1, leakyc_calls_are_close(), &report)) {
            leakyc_call_ended(&report);
            return;
        }
    }
    piece(context, 0, n);
    leakyc_call_ended(NULL);
}
