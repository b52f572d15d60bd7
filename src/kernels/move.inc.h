/* move.inc.h - elements that lie apart, or in the other byte order, to contiguous ones and back: by
 * their size, once for an instruction set. */

/* Elements at a time: one by one they take 1.1 to 2.3 times as long (bench: staged). */
enum { TOGETHER = 4 };

#define MOVE(bits)                                                                                 \
    INLINE uint##bits##_t reversed_##bits(uint##bits##_t x)                                        \
    {                                                                                              \
        uint##bits##_t y = 0;                                                                      \
        for (size_t byte = 0; byte < sizeof x; byte++, x = (uint##bits##_t)(x >> 8))               \
            y = (uint##bits##_t)(y << 8 | (x & 0xff));                                             \
        return y;                                                                                  \
    }                                                                                              \
    INLINE void move_some_##bits(char *to, ptrdiff_t to_stride, const char *from,                  \
                                 ptrdiff_t from_stride, size_t n, int swap)                        \
    {                                                                                              \
        uint##bits##_t x[TOGETHER];                                                                \
        for (size_t i = 0; i < n; i++)                                                             \
            memcpy(&x[i], from + (ptrdiff_t)i * from_stride, sizeof *x);                           \
        for (size_t i = 0; i < n; i++) {                                                           \
            x[i] = swap ? reversed_##bits(x[i]) : x[i];                                            \
            memcpy(to + (ptrdiff_t)i * to_stride, &x[i], sizeof *x);                               \
        }                                                                                          \
    }                                                                                              \
    INLINE void move_##bits(char *to, ptrdiff_t to_stride, const char *from,                       \
                            ptrdiff_t from_stride, size_t n, int swap)                             \
    {                                                                                              \
        const ptrdiff_t to_pitch = TOGETHER * to_stride, from_pitch = TOGETHER * from_stride;      \
        for (; n >= TOGETHER; n -= TOGETHER, to += to_pitch, from += from_pitch)                   \
            move_some_##bits(to, to_stride, from, from_stride, TOGETHER, swap);                    \
        for (; n > 0; n--, to += to_stride, from += from_stride)                                   \
            move_some_##bits(to, to_stride, from, from_stride, 1, swap);                           \
    }

MOVE(16)
MOVE(32)
MOVE(64)
#undef MOVE

/* Elements that lie whole ones apart, by the words for that: whether these serve better. The last
 * vector overlaps the one before. Bfloat16 stand for anything of 16 bits: they come back as they
 * were. */
#define MOVE_VECTORS(T)                                                                            \
    INLINE int vectors_of_##T(elem_##T *to, const elem_##T *from, ptrdiff_t step, size_t n)        \
    {                                                                                              \
        if (n < lanes_##T || step == 1 || (sizeof *to == 2 && (step > 2 || step < -1)))            \
            return 0;                                                                              \
        const elem_##T *const end = from + (ptrdiff_t)(n - lanes_##T) * step;                      \
        const vec_##T last = step == -1 ? load_back_##T(end) : load_every_##T(end, step);          \
        size_t i = 0;                                                                              \
        if (step == 2)                                                                             \
            for (; n - i > lanes_##T; i += lanes_##T)                                              \
                store_##T(to + i, load_second_##T(from + 2 * i));                                  \
        else if (step == -1)                                                                       \
            for (; n - i > lanes_##T; i += lanes_##T)                                              \
                store_##T(to + i, load_back_##T(from - i));                                        \
        else if (step == 0)                                                                        \
            for (; n - i > lanes_##T; i += lanes_##T)                                              \
                store_##T(to + i, last);                                                           \
        else                                                                                       \
            for (; n - i > lanes_##T; i += lanes_##T)                                              \
                store_##T(to + i, load_every_##T(from + (ptrdiff_t)i * step, step));               \
        store_##T(to + n - lanes_##T, last);                                                       \
        return 1;                                                                                  \
    }

MOVE_VECTORS(bf16)
MOVE_VECTORS(f32)
MOVE_VECTORS(f64)
#undef MOVE_VECTORS

INLINE int move_vectors(void *to, const void *from, ptrdiff_t stride, size_t n, size_t size)
{
    const ptrdiff_t step = stride / (ptrdiff_t)size;
    if (((uintptr_t)to | (uintptr_t)from | (uintptr_t)stride) % size)
        return 0;
    return size == 2   ? vectors_of_bf16(to, from, step, n)
           : size == 4 ? vectors_of_f32(to, from, step, n)
           : size == 8 ? vectors_of_f64(to, from, step, n)
                       : 0;
}

/* `size` is a constant at each place of use, and with it a stride of so many bytes. */
INLINE void move(char *to, ptrdiff_t to_stride, const char *from, ptrdiff_t from_stride, size_t n,
                 size_t size, int swap)
{
    if (size == 2)
        move_16(to, to_stride, from, from_stride, n, swap);
    else if (size == 4)
        move_32(to, to_stride, from, from_stride, n, swap);
    else
        move_64(to, to_stride, from, from_stride, n, swap);
}

INLINE void move_all(char *to, ptrdiff_t to_stride, const char *from, ptrdiff_t from_stride,
                     size_t n, size_t size, int swap)
{
    if (swap)
        move(to, to_stride, from, from_stride, n, size, 1);
    else
        move(to, to_stride, from, from_stride, n, size, 0);
}

static void LEAKYC_PASTE(gather, ISA)(void *out, const void *in, ptrdiff_t stride, size_t n,
                                      size_t size, int swap)
{
    if (steps && !swap && move_vectors(out, in, stride, n, size))
        return;
    if (size == 1)
        for (size_t i = 0; i < n; i++)
            ((char *)out)[i] = ((const char *)in)[(ptrdiff_t)i * stride];
    else if (size == 2)
        move_all(out, 2, in, stride, n, 2, swap);
    else if (size == 4)
        move_all(out, 4, in, stride, n, 4, swap);
    else
        move_all(out, 8, in, stride, n, 8, swap);
}

static void LEAKYC_PASTE(scatter, ISA)(void *out, ptrdiff_t stride, const void *in, size_t n,
                                       size_t size, int swap)
{
    if (size == 2)
        move_all(out, stride, in, 2, n, 2, swap);
    else if (size == 4)
        move_all(out, stride, in, 4, n, 4, swap);
    else
        move_all(out, stride, in, 8, n, 8, swap);
}
