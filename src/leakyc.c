/* leakyc.c - the public functions (leakyc.h): the core's, for the types that C has, on the
 * instruction set that was chosen. Forward and gradient are in leak.c. */
#include "leakyc_core.h"

#include <math.h>

const char *leakyc_instruction_set(void) { return leakyc_isa_name(leakyc_isa_chosen()); }

static void leak_nd(leakyc_dtype dtype, int ndim, const size_t *shape, leakyc_operand out,
                    leakyc_operand gate, leakyc_operand value, leakyc_operand slopes, double slope,
                    int threads)
{
    const leakyc_call call = {
        .dtype = dtype,
        .ndim = ndim,
        .shape = shape,
        .out = out,
        .gate = gate,
        .value = value,
        .slope = slopes,
        .scalar_slope = slope,
    };
    leakyc_leak_nd(leakyc_isa_chosen(), &call, threads);
}

/* A slope a channel is a slope an element whose strides along the other axes are 0. */
static void prelu(leakyc_dtype dtype, void *out, const void *x, const void *slopes, size_t outer,
                  size_t channels, size_t inner, int threads)
{
    const size_t shape[] = {outer, channels, inner};
    const ptrdiff_t element = (ptrdiff_t)leakyc_itemsize(dtype), run = (ptrdiff_t)inner * element;
    const ptrdiff_t dense[] = {(ptrdiff_t)channels * run, run, element}, once[] = {0, element, 0};
    const leakyc_operand in = {(void *)x, dense, 0};
    leak_nd(dtype, 3, shape, (leakyc_operand){out, dense, 0}, in, in,
            (leakyc_operand){(void *)slopes, once, 0}, 0, threads);
}

#define FUNCTIONS(T, C, DTYPE)                                                                     \
    void leakyc_leaky_relu_with_mask_##T(C *out, uint8_t *mask, const C *x, size_t n,              \
                                         double slope, int threads)                                \
    {                                                                                              \
        leakyc_leak_with_mask(leakyc_isa_chosen(), DTYPE, out, mask, x, n, slope, threads);        \
    }                                                                                              \
    void leakyc_leaky_relu_grad_from_mask_##T(C *dx, const C *grad, const uint8_t *mask, size_t n, \
                                              double slope, int threads)                           \
    {                                                                                              \
        leakyc_leak_from_mask(leakyc_isa_chosen(), DTYPE, dx, grad, mask, n, slope, threads);      \
    }                                                                                              \
    void leakyc_prelu_##T(C *out, const C *x, const C *slopes, size_t outer, size_t channels,      \
                          size_t inner, int threads)                                               \
    {                                                                                              \
        prelu(DTYPE, out, x, slopes, outer, channels, inner, threads);                             \
    }                                                                                              \
    int leakyc_prelu_grad_##T(C *dx, C *dslopes, const C *grad, const C *x, const C *slopes,       \
                              size_t outer, size_t channels, size_t inner, int threads)            \
    {                                                                                              \
        const leakyc_channels array = {DTYPE, outer, channels, inner, 0, 1, HUGE_VAL};             \
        return leakyc_prelu_grad(leakyc_isa_chosen(), &array, dx, dslopes, grad, x, slopes,        \
                                 threads);                                                         \
    }                                                                                              \
    void leakyc_bias_leaky_relu_##T(C *out, const C *x, const C *bias, size_t outer,               \
                                    size_t channels, size_t inner, double slope, double gain,      \
                                    double clamp, int threads)                                     \
    {                                                                                              \
        const leakyc_channels array = {DTYPE, outer, channels, inner, slope, gain, clamp};         \
        leakyc_bias(leakyc_isa_chosen(), &array, out, x, bias, threads);                           \
    }                                                                                              \
    int leakyc_bias_leaky_relu_grad_##T(C *dx, C *dbias, const C *grad, const C *y, size_t outer,  \
                                        size_t channels, size_t inner, double slope, double gain,  \
                                        double clamp, int threads)                                 \
    {                                                                                              \
        const leakyc_channels array = {DTYPE, outer, channels, inner, slope, gain, clamp};         \
        return leakyc_bias_grad(leakyc_isa_chosen(), &array, dx, dbias, grad, y, threads);         \
    }                                                                                              \
    void leakyc_bias_prelu_##T(C *out, const C *x, const C *bias, const C *slopes, size_t outer,   \
                               size_t channels, size_t inner, double gain, double clamp,           \
                               int threads)                                                        \
    {                                                                                              \
        const leakyc_channels array = {DTYPE, outer, channels, inner, 0, gain, clamp};             \
        leakyc_bias_prelu(leakyc_isa_chosen(), &array, out, x, bias, slopes, threads);             \
    }                                                                                              \
    int leakyc_bias_prelu_grad_##T(C *dx, C *dbias, C *dslopes, const C *grad, const C *x,         \
                                   const C *bias, const C *slopes, size_t outer, size_t channels,  \
                                   size_t inner, double gain, double clamp, int threads)           \
    {                                                                                              \
        const leakyc_channels array = {DTYPE, outer, channels, inner, 0, gain, clamp};             \
        return leakyc_bias_prelu_grad(leakyc_isa_chosen(), &array, dx, dbias, dslopes, grad, x,    \
                                      bias, slopes, threads);                                      \
    }                                                                                              \
    void leakyc_leak_nd_##T(int ndim, const size_t *shape, C *out, const ptrdiff_t *out_strides,   \
                            const C *gate, const ptrdiff_t *gate_strides, const C *value,          \
                            const ptrdiff_t *value_strides, const C *slopes,                       \
                            const ptrdiff_t *slope_strides, double slope, int threads)             \
    {                                                                                              \
        leak_nd(DTYPE, ndim, shape, (leakyc_operand){out, out_strides, 0},                         \
                (leakyc_operand){(void *)gate, gate_strides, 0},                                   \
                (leakyc_operand){(void *)value, value_strides, 0},                                 \
                (leakyc_operand){(void *)slopes, slope_strides, 0}, slope, threads);               \
    }

FUNCTIONS(f32, float, LEAKYC_F32)
FUNCTIONS(f64, double, LEAKYC_F64)

/* ---- the same as data ---------------------------------------------------------------------- */

static const leakyc_api table = {LEAKYC_ABI,
                                 sizeof table,
                                 leakyc_leaky_relu_f32,
                                 leakyc_leaky_relu_f64,
                                 leakyc_leaky_relu_grad_f32,
                                 leakyc_leaky_relu_grad_f64,
                                 leakyc_leaky_relu_with_mask_f32,
                                 leakyc_leaky_relu_with_mask_f64,
                                 leakyc_leaky_relu_grad_from_mask_f32,
                                 leakyc_leaky_relu_grad_from_mask_f64,
                                 leakyc_prelu_f32,
                                 leakyc_prelu_f64,
                                 leakyc_prelu_grad_f32,
                                 leakyc_prelu_grad_f64,
                                 leakyc_bias_leaky_relu_f32,
                                 leakyc_bias_leaky_relu_f64,
                                 leakyc_bias_leaky_relu_grad_f32,
                                 leakyc_bias_leaky_relu_grad_f64,
                                 leakyc_leak_nd_f32,
                                 leakyc_leak_nd_f64,
                                 leakyc_bias_prelu_f32,
                                 leakyc_bias_prelu_f64,
                                 leakyc_bias_prelu_grad_f32,
                                 leakyc_bias_prelu_grad_f64};

const leakyc_api *leakyc_table(void) { return &table; }

/* Signatures as Cython writes them. */
#define ROW(NAME, T, SIGNATURE) {#NAME "_" #T, SIGNATURE, (void (*)(void))leakyc_##NAME##_##T},
#define ROWS(T, C)                                                                                 \
    ROW(leaky_relu, T, "void (" C " *, " C " const *, size_t, double, int)")                       \
    ROW(leaky_relu_grad, T, "void (" C " *, " C " const *, " C " const *, size_t, double, int)")   \
    ROW(leaky_relu_with_mask, T, "void (" C " *, uint8_t *, " C " const *, size_t, double, int)")  \
    ROW(leaky_relu_grad_from_mask, T,                                                              \
        "void (" C " *, " C " const *, uint8_t const *, size_t, double, int)")                     \
    ROW(prelu, T, "void (" C " *, " C " const *, " C " const *, size_t, size_t, size_t, int)")     \
    ROW(prelu_grad, T,                                                                             \
        "int (" C " *, " C " *, " C " const *, " C " const *, " C                                  \
        " const *, size_t, size_t, size_t, int)")                                                  \
    ROW(bias_leaky_relu, T,                                                                        \
        "void (" C " *, " C " const *, " C                                                         \
        " const *, size_t, size_t, size_t, double, double, double, int)")                          \
    ROW(bias_leaky_relu_grad, T,                                                                   \
        "int (" C " *, " C " *, " C " const *, " C                                                 \
        " const *, size_t, size_t, size_t, double, double, double, int)")                          \
    ROW(bias_prelu, T,                                                                             \
        "void (" C " *, " C " const *, " C " const *, " C                                          \
        " const *, size_t, size_t, size_t, double, double, int)")                                  \
    ROW(bias_prelu_grad, T,                                                                        \
        "int (" C " *, " C " *, " C " *, " C " const *, " C " const *, " C " const *, " C          \
        " const *, size_t, size_t, size_t, double, double, int)")                                  \
    ROW(leak_nd, T,                                                                                \
        "void (int, size_t const *, " C " *, ptrdiff_t const *, " C                                \
        " const *, ptrdiff_t const *, " C " const *, ptrdiff_t const *, " C                        \
        " const *, ptrdiff_t const *, double, int)")

static const leakyc_export exports[] = {ROWS(f32, "float") ROWS(f64, "double")};

const leakyc_export *leakyc_export_at(size_t index)
{
    return index < sizeof exports / sizeof *exports ? &exports[index] : NULL;
}
