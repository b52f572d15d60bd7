/* threads.h - what the cutting of work asks of threads.c and tells it. */
#ifndef LEAKYC_THREADS_H
#define LEAKYC_THREADS_H

struct leakyc_report;

/* Reads the defaults. Starts no thread. */
void leakyc_threads_init(void);

/* Whether this call followed the last one so soon that the next one may do so too. */
int leakyc_calls_are_close(void);

/* To be called at the end of each call: what the team saw, NULL where it had no part. */
void leakyc_call_ended(const struct leakyc_report *report);

#endif
