/* channels.h - an array of channels as a grid of tasks, shared by channels*.c alone.
 *
 * The array is outer x channels x inner, dense. Where the runs of a channel are long it is rows of
 * runs: the kernels have one parameter for a run. Where they are short, or single elements, it is
 * rows of columns: a parameter each, repeated where the rows would be shorter than a few vectors.
 *
 * Rows form blocks, and what is summed is summed block by block, by columns or along runs, then
 * over the blocks in order. All that is a matter of the shape: the bits of a sum depend on nothing
 * else. Tiles cut a block's columns; the sums of columns know nothing of each other. */
#ifndef LEAKYC_CHANNELS_H
#define LEAKYC_CHANNELS_H

#include "kernels.h"

enum {
    RUN_FROM = 64,       /* elements of a run; shorter ones are columns */
    COLUMNS_FROM = 512,  /* columns of a row, by repetition, where the array has as many */
    STRETCH = 32768,     /* elements of a run that are in one row */
    BLOCK_ROWS = 64,     /* at least, of columns */
    MOST_BLOCKS = 128,   /* at most */
    BLOCK_PAIRS = 32768, /* pairs of all blocks together, half a megabyte */
    WIDEST_TILE = 2048,  /* columns; their sums are on the stack */
    TASKS = 64,          /* wanted, where tiles of runs can give them */
    PAD = 32,            /* doubles behind the sums that sum_columns may write */
    CHUNK_BYTES = 2048   /* of a run at a time: summed in L1, which then holds the next, too
                          * (bench/targets: runs-gradient; best of 1 KB to 16 KB) */
};

struct channels_job {
    const struct leakyc_isa *isa;
    const struct leakyc_kernels *kernels;
    leakyc_dtype dtype;
    size_t itemsize;
    struct leakyc_channel_op f;
    char *out;
    const char *a, *b;      /* b is NULL where the operation has none */
    const char *parameters; /* one a channel; NULL where all have `constant` */
    double constant;
    char *sums; /* one a channel; NULL where none are wanted */
    int stream;
    size_t ahead; /* bytes to ask for ahead; 0 where the caches hold all */

    size_t n, outer, channels, inner;
    int runs;
    size_t columns, rows, stretches; /* a column is a channel where there are runs */
    size_t blocks, block_rows, tiles, tile;
    size_t task;        /* elements of a whole one */
    double *high, *low; /* blocks x columns; NULL where there is one block */
};

/* Fills in the grid for the shape. */
void leakyc_channels_grid(struct channels_job *job);

/* The sums of the channels from `first` on, from the pairs of their columns, which are used up. */
void leakyc_channels_finish(const struct channels_job *job, double *high, double *low, size_t first,
                            size_t channels);

/* Does one task of blocks * tiles. */
void leakyc_channels_task(const struct channels_job *job, size_t task);

#endif
