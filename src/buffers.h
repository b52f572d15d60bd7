/* buffers.h - what the core itself needs of the buffer pool; the rest is in leakyc_core.h. */
#ifndef LEAKYC_BUFFERS_H
#define LEAKYC_BUFFERS_H

/* Sets the default limit and registers the fork handlers. */
void leakyc_buffers_init(void);

#endif
