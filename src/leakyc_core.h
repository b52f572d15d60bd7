/* leakyc_core.h - the core as the binding sees it: any element type, any instruction set, any
 * strides; threads, buffers, the machine. What programs link is leakyc.h.
 *
 *     leak(gate, value) = gate > 0 ? value : slope * value
 *
 * Nothing here needs Python or NumPy. All is safe to call from many threads at once, once
 * leakyc_init() has returned.
 */
#ifndef LEAKYC_CORE_H
#define LEAKYC_CORE_H

#include "../leakyc/include/leakyc.h"

/* ---- element types ----------------------------------------------------------------------- */

typedef enum { LEAKYC_F32, LEAKYC_F64, LEAKYC_F16, LEAKYC_BF16, LEAKYC_DTYPES } leakyc_dtype;

static inline size_t leakyc_itemsize(leakyc_dtype dtype)
{
    return dtype == LEAKYC_F64 ? 8 : dtype == LEAKYC_F32 ? 4 : 2;
}

/* ---- instruction sets -------------------------------------------------------------------- */

typedef struct leakyc_isa leakyc_isa;

/* The registry, best first; NULL past its end. */
const leakyc_isa *leakyc_isa_at(size_t index);
const char *leakyc_isa_name(const leakyc_isa *isa);
/* What the CPU must have, in words. */
const char *leakyc_isa_requires(const leakyc_isa *isa);
/* Whether this CPU and its operating system can run it. */
int leakyc_isa_available(const leakyc_isa *isa);
const leakyc_isa *leakyc_isa_chosen(void);

/* ---- the operation ----------------------------------------------------------------------- */

/* `threads` as in leakyc.h. */

/* out[i] = leak(gate[i], value[i]) over n elements, on up to `threads` threads.
 * The pointers are aligned to the element. `out` may be `gate` or `value` itself, or lie apart
 * from both; on one thread it may also overlap them from below (out < input).
 * float32, float16 and bfloat16 compute in float32 with (float)slope; the latter two round once,
 * at the end, to nearest even. */
void leakyc_leak(const leakyc_isa *isa, leakyc_dtype dtype, void *out, const void *gate,
                 const void *value, size_t n, double slope, int threads);

/* The same with a byte an element as gate, 0 or not: NumPy's bool. `out` may be `value` itself, or
 * lie apart; the gate lies apart from `out`. */
void leakyc_leak_bools(const leakyc_isa *isa, leakyc_dtype dtype, void *out, const uint8_t *gate,
                       const void *value, size_t n, double slope, int threads);

/* The same for the platform's long double, by a plain loop over strides in bytes; a slope an
 * element. In place or apart as above. */
void leakyc_leak_longdouble(char *out, ptrdiff_t out_step, const char *gate, ptrdiff_t gate_step,
                            const char *value, ptrdiff_t value_step, const char *slope,
                            ptrdiff_t slope_step, size_t n);

/* One array of an n-dimensional call. Strides are in bytes, of any sign and size; the data may be
 * unaligned. */
typedef struct {
    void *data;
    const ptrdiff_t *strides;
    int swapped; /* the elements are in the other byte order */
} leakyc_operand;

/* An n-dimensional call: out = leak(gate, value), element by element over `shape`. */
typedef struct {
    leakyc_dtype dtype;
    int ndim; /* at most LEAKYC_MAXDIMS */
    const size_t *shape;
    leakyc_operand out, gate, value;
    leakyc_operand slope; /* one slope an element, of the call's dtype; data NULL for a scalar */
    double scalar_slope;
    int bools; /* the gate is bytes, 0 or not, apart from `out` */
} leakyc_call;

enum { LEAKYC_MAXDIMS = 64 };

/* `out` may be `gate` or `value` itself (the same data and strides), or lie apart from both, and
 * must not alias itself or the slope. In one dimension it may also overlap an input such that
 * going through the elements in order is right; that runs on one thread. */
void leakyc_leak_nd(const leakyc_isa *isa, const leakyc_call *call, int threads);

/* ---- training ------------------------------------------------------------------------ *
 *
 * Dense arrays, aligned to the element. `out` and `dx` may be an input itself, or lie apart. */

/* out[i] = leak(x[i], x[i]), and bit i % 8 of mask[i / 8] is x[i] > 0, of (n + 7) / 8 bytes, whose
 * last bits are 0. */
void leakyc_leak_with_mask(const leakyc_isa *isa, leakyc_dtype dtype, void *out, uint8_t *mask,
                           const void *x, size_t n, double slope, int threads);

/* out[i] = leak(bit i of the mask, grad[i]). */
void leakyc_leak_from_mask(const leakyc_isa *isa, leakyc_dtype dtype, void *out, const void *grad,
                           const uint8_t *mask, size_t n, double slope, int threads);

/* An array of channels, in C order: outer x channels x inner. */
typedef struct {
    leakyc_dtype dtype;
    size_t outer, channels, inner;
    double slope, gain;
    double clamp; /* > 0; infinite for none */
} leakyc_channels;

/* out = clip(gain * leak(x + bias, x + bias), -clamp, clamp), each step rounded in the compute
 * type. */
void leakyc_bias(const leakyc_isa *isa, const leakyc_channels *array, void *out, const void *x,
                 const void *bias, int threads);

/* The same with one slope a channel, or `slope` for all where `slopes` is NULL. Where `bias` is
 * NULL none is added. */
void leakyc_bias_prelu(const leakyc_isa *isa, const leakyc_channels *array, void *out,
                       const void *x, const void *bias, const void *slopes, int threads);

/* From its result y: dx = |y| >= clamp ? 0 : leak(y, gain * grad); dbias, one a channel, the sums
 * of dx. The order of a sum is a matter of the shape alone. Returns 0, or -1 where there is no
 * memory (half a megabyte at most); nothing is written then. */
int leakyc_bias_grad(const leakyc_isa *isa, const leakyc_channels *array, void *dx, void *dbias,
                     const void *grad, const void *y, int threads);

/* dx = leak(x, grad) with one slope a channel, or `slope` for all where `slopes` is NULL; dslope,
 * one a channel, the sums of grad * x where x is not positive. Otherwise as leakyc_bias_grad. */
int leakyc_prelu_grad(const leakyc_isa *isa, const leakyc_channels *array, void *dx, void *dslope,
                      const void *grad, const void *x, const void *slopes, int threads);

/* From the input x of leakyc_bias_prelu: with z = x + bias and y = gain * leak(z, z), rounded as a
 * result is, dx = |y| >= clamp ? 0 : leak(z, gain * grad); dbias, one a channel, the sums of dx;
 * dslope, one a channel, or one of all where `slopes` is NULL, the sums of gain * grad * z where z
 * is not positive and |y| < clamp. dbias may be NULL. Otherwise as leakyc_bias_grad. */
int leakyc_bias_prelu_grad(const leakyc_isa *isa, const leakyc_channels *array, void *dx,
                           void *dbias, void *dslope, const void *grad, const void *x,
                           const void *bias, const void *slopes, int threads);

/* ---- threads ----------------------------------------------------------------------------- */

/* The bytes that a call made now must touch to use more than one thread, and the reason, in words;
 * SIZE_MAX where none would. */
size_t leakyc_threads_from(const char **reason);

typedef struct {
    int helpers, asleep;  /* helper threads that exist, and those of them that sleep */
    size_t calls, joined; /* calls that offered seats to helpers, and seats that were taken */
} leakyc_team;

leakyc_team leakyc_team_now(void);

/* The version of OpenMP (yyyymm) that the parallel path was compiled with; 0 for none. */
int leakyc_openmp_version(void);

/* ---- memory for large results ------------------------------------------------------------ */

/* malloc, calloc, realloc and free over blocks that are recycled: for results of a megabyte and
 * more, since every block takes whole pages of 2 MB. Safe from any thread, and after fork. */
void *leakyc_buffer_new(size_t bytes);
void *leakyc_buffer_zeroed(size_t count, size_t bytes);
void *leakyc_buffer_resize(void *data, size_t bytes);
void leakyc_buffer_free(void *data);

/* The bytes of freed blocks that are kept at the most; 0 keeps none. Returns the limit before. */
size_t leakyc_set_buffer_limit(size_t bytes);
size_t leakyc_buffer_limit(void);
size_t leakyc_default_buffer_limit(void);

/* Gives all kept blocks back to the system; returns their bytes. */
size_t leakyc_clear_buffers(void);

typedef struct {
    size_t limit, cached_bytes, cached_blocks;
    size_t reused, created; /* requests answered with a kept block, and with a new one */
} leakyc_buffer_stats;

leakyc_buffer_stats leakyc_buffer_info(void);

/* ---- the machine ------------------------------------------------------------------------- */

/* Bytes of the data cache of a level (1, 2, 3) as one core sees it; 0 where there is none. */
size_t leakyc_cache_bytes(int level);

/* CPUs that this process may use: its affinity mask and its cgroup quota, rounded up. */
int leakyc_cpus_allowed(void);

/* Bytes of the last level of cache; SIZE_MAX where it is unknown. Where a hypervisor hides level 3
 * it is a guess. Calls that touch more than that stream. */
size_t leakyc_last_level_cache(void);

const char *leakyc_compiler(void);

/* ---- for other languages ----------------------------------------------------------------- */

/* A function of leakyc.h by its name there without `leakyc_`, and its type in C, as Cython writes
 * it. */
typedef struct {
    const char *name, *signature;
    void (*function)(void);
} leakyc_export;

/* All of them; NULL past their end. */
const leakyc_export *leakyc_export_at(size_t index);

#endif
