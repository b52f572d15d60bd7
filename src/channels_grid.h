/* channels_grid.h - how an array of channels is cut into tasks: by its shape alone.
 *
 * The array is dense, outer x channels x inner. It is seen as rows of columns. Where a channel's
 * elements lie in long runs, a column is a channel, a row holds a run of each, and a kernel's call
 * does a run, with one parameter. Where the runs are short, or single elements, a column is an
 * element with a parameter of its own, and a row holds all channels, several times where that makes
 * it long enough for vectors.
 *
 * Rows form blocks and columns form tiles; a block of a tile is a task. What is summed is summed in
 * a task first, then over the blocks in order: so the bits of a sum depend on nothing but the
 * shape. */
#ifndef LEAKYC_CHANNELS_GRID_H
#define LEAKYC_CHANNELS_GRID_H

#include "simd/target.h"

#include <stddef.h>

enum {
    /* Elements of a run; shorter ones are columns. With 32, runs of 36 and 49 took 2.6 and 1.6
     * times as long; with 256, those of 196 took 1.5 times (bench: run-lengths). */
    RUN_FROM = 64,
    /* Bounds, none of them a fine one: with a quarter or a half of each, and with two or four times
     * as much, no difference stood out of the noise (bench: bias-gradient, runs-gradient,
     * run-lengths). Blocks are as many as threads may be and some, their sums fit in the level 2
     * cache, and those of a tile on the stack. */
    STRETCH = 32768,     /* elements of a run that are in one row */
    BLOCK_ROWS = 64,     /* at least, of columns */
    MOST_BLOCKS = 128,   /* at most */
    BLOCK_PAIRS = 32768, /* pairs of all blocks together, half a megabyte */
    TASKS = 64,          /* wanted, where tiles of runs can give them */
    COLUMNS_FROM = 512,  /* columns of a row, by repetition, where the array has as many */
    WIDEST_TILE = 2048   /* sums of its columns, which are on the stack */
};

/* A row that repeats its channels is one tile: others would begin beyond the last channel. */
_Static_assert(2 * COLUMNS_FROM <= WIDEST_TILE / 2, "repeated columns are one tile");

struct channels_grid {
    size_t n, outer, channels, inner;
    int runs; /* whether a column is a channel */
    size_t columns, rows;
    size_t stretches; /* rows that a run is cut into */
    size_t blocks, block_rows, tiles, tile;
    size_t task; /* elements of a whole one */
};

INLINE size_t divide_up(size_t n, size_t by) { return (n + by - 1) / by; }

/* Runs are cut into stretches. */
INLINE void rows_of_runs(struct channels_grid *g)
{
    g->stretches = divide_up(g->inner, STRETCH);
    g->columns = g->channels;
    g->rows = g->outer * g->stretches;
}

INLINE void rows_of_elements(struct channels_grid *g)
{
    const size_t once = g->channels * g->inner, least = g->n < COLUMNS_FROM ? g->n : COLUMNS_FROM;
    g->columns = once < least ? divide_up(least, once) * once : once;
    g->rows = divide_up(g->n, g->columns);
}

INLINE void cut_rows(struct channels_grid *g, size_t sums)
{
    size_t blocks = BLOCK_PAIRS / sums / g->columns;
    blocks = blocks < 1 ? 1 : blocks > MOST_BLOCKS ? MOST_BLOCKS : blocks;
    g->block_rows = divide_up(g->rows, blocks);
    if (!g->runs)
        g->block_rows = divide_up(g->block_rows, BLOCK_ROWS) * BLOCK_ROWS;
    g->blocks = divide_up(g->rows, g->block_rows);
}

/* Tiles of elements are whole channels. */
INLINE void cut_columns(struct channels_grid *g, size_t sums)
{
    const size_t widest = WIDEST_TILE / sums;
    if (g->runs)
        g->tile = divide_up(g->columns, divide_up(TASKS, g->blocks));
    else
        g->tile = g->columns <= widest ? g->columns : widest - widest % g->inner;
    g->tile = g->tile < widest ? g->tile : widest;
    g->tiles = divide_up(g->columns, g->tile);
}

/* Of n > 0 elements, with 1 or 2 sums a column. */
INLINE void leakyc_channels_grid(struct channels_grid *g, size_t outer, size_t channels,
                                 size_t inner, size_t sums)
{
    g->n = outer * channels * inner;
    g->outer = channels == 1 ? 1 : outer; /* one channel is one run, however it is cut */
    g->channels = channels;
    g->inner = channels == 1 ? g->n : inner;
    g->runs = g->inner >= RUN_FROM;
    g->stretches = 1;
    if (!g->runs && g->n <= COLUMNS_FROM) { /* one row, one task: what follows, without divisions */
        g->rows = g->blocks = g->tiles = 1;
        g->block_rows = BLOCK_ROWS;
        g->columns = g->tile = g->n;
        g->task = BLOCK_ROWS * g->n;
        return;
    }
    if (g->runs)
        rows_of_runs(g);
    else
        rows_of_elements(g);
    cut_rows(g, sums);
    cut_columns(g, sums);
    g->task = g->block_rows * g->tile * (g->runs ? divide_up(g->inner, g->stretches) : 1);
}

#endif
