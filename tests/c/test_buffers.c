/* test_buffers.c - zeroed and resized memory out of kept blocks. NumPy asks a handler for both, but
 * not for a ufunc's results, so that no call from Python comes here. */
#include "buffers.h"
#include "leakyc_core.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

static const size_t bytes = (size_t)4 << 20;
static int wrong;

static void expect(int holds, const char *what)
{
    if (!holds) {
        printf("WRONG: %s\n", what);
        wrong++;
    }
}

static int all(const unsigned char *data, size_t n, unsigned char value)
{
    while (n && data[n - 1] == value)
        n--;
    return n == 0;
}

int main(void)
{
    leakyc_buffers_init();
    leakyc_set_buffer_limit(16 * bytes);
    unsigned char *data = leakyc_buffer_new(bytes);
    memset(data, 0xa5, bytes);
    leakyc_buffer_free(data);

    unsigned char *zeroed = leakyc_buffer_zeroed(bytes / 8, 8);
    expect(leakyc_buffer_info().reused == 1, "a kept block serves a zeroed one");
    expect(all(zeroed, bytes, 0), "zeroed memory is all zero");
    expect(leakyc_buffer_zeroed(SIZE_MAX / 2, 4) == NULL, "no memory for a size that overflows");

    memset(zeroed, 0x5a, bytes);
    unsigned char *more = leakyc_buffer_resize(zeroed, 3 * bytes);
    expect(all(more, bytes, 0x5a), "more memory begins with what was there");
    unsigned char *less = leakyc_buffer_resize(more, bytes / 2);
    expect(all(less, bytes / 2, 0x5a), "less memory is the start of what was there");
    expect(leakyc_buffer_resize(less, SIZE_MAX) == NULL, "nothing where there cannot be so much");
    expect(all(less, bytes / 2, 0x5a), "and what was there is as it was");

    leakyc_buffer_free(less);
    leakyc_buffer_free(NULL);
    leakyc_clear_buffers();
    expect(leakyc_buffer_info().cached_bytes == 0, "nothing is kept after all was cleared");
    printf("buffers: %d wrong\n", wrong);
    return wrong != 0;
}
