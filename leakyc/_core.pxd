# The C core, as the binding sees it.
from libc.stddef cimport ptrdiff_t
from libc.stdint cimport uint8_t


cdef extern from "leakyc_core.h" nogil:
    ctypedef enum leakyc_dtype:
        LEAKYC_F32
        LEAKYC_F64
        LEAKYC_F16
        LEAKYC_BF16
        LEAKYC_DTYPES
    ctypedef struct leakyc_isa:
        pass
    ctypedef struct leakyc_operand:
        void *data
        const ptrdiff_t *strides
        int swapped
    ctypedef struct leakyc_call:
        leakyc_dtype dtype
        int ndim
        const size_t *shape
        leakyc_operand out
        leakyc_operand gate
        leakyc_operand value
        leakyc_operand slope
        double scalar_slope
        int bools

    ctypedef struct leakyc_channels:
        leakyc_dtype dtype
        size_t outer
        size_t channels
        size_t inner
        double slope
        double gain
        double clamp

    size_t leakyc_itemsize(leakyc_dtype dtype)
    int leakyc_init(const char *forced)
    const leakyc_isa *leakyc_isa_at(size_t index)
    const char *leakyc_isa_name(const leakyc_isa *isa)
    const char *leakyc_isa_requires(const leakyc_isa *isa)
    bint leakyc_isa_available(const leakyc_isa *isa)
    const leakyc_isa *leakyc_isa_chosen()
    void leakyc_leak(const leakyc_isa *isa, leakyc_dtype dtype, void *out, const void *gate,
                     const void *value, size_t n, double slope, int threads)
    void leakyc_leak_bools(const leakyc_isa *isa, leakyc_dtype dtype, void *out,
                           const uint8_t *gate, const void *value, size_t n, double slope,
                           int threads)
    void leakyc_leak_longdouble(char *out, ptrdiff_t out_step, const char *gate,
                                ptrdiff_t gate_step, const char *value, ptrdiff_t value_step,
                                const char *slope, ptrdiff_t slope_step, size_t n)
    void leakyc_leak_nd(const leakyc_isa *isa, const leakyc_call *call, int threads)
    void leakyc_leak_with_mask(const leakyc_isa *isa, leakyc_dtype dtype, void *out, uint8_t *mask,
                               const void *x, size_t n, double slope, int threads)
    void leakyc_leak_from_mask(const leakyc_isa *isa, leakyc_dtype dtype, void *out,
                               const void *grad, const uint8_t *mask, size_t n, double slope,
                               int threads)
    void leakyc_bias_prelu(const leakyc_isa *isa, const leakyc_channels *array, void *out,
                           const void *x, const void *bias, const void *slopes, int threads)
    int leakyc_bias_prelu_grad(const leakyc_isa *isa, const leakyc_channels *array, void *dx,
                               void *dbias, void *dslope, const void *grad, const void *x,
                               const void *bias, const void *slopes, int threads)
    int leakyc_bias_grad(const leakyc_isa *isa, const leakyc_channels *array, void *dx,
                         void *dbias, const void *grad, const void *y, int threads)
    int leakyc_prelu_grad(const leakyc_isa *isa, const leakyc_channels *array, void *dx,
                          void *dslope, const void *grad, const void *x, const void *slopes,
                          int threads)
    int leakyc_get_num_threads(const char **reason)
    int leakyc_set_num_threads(int n)
    int leakyc_openmp_version()
    int leakyc_set_my_num_threads(int n)
    size_t leakyc_threads_from(const char **reason)
    ctypedef struct leakyc_team:
        int helpers
        int asleep
        size_t calls
        size_t joined
    leakyc_team leakyc_team_now()
    ctypedef struct leakyc_buffer_stats:
        size_t limit
        size_t cached_bytes
        size_t cached_blocks
        size_t reused
        size_t created
    void *leakyc_buffer_new(size_t nbytes)
    void *leakyc_buffer_zeroed(size_t count, size_t nbytes)
    void *leakyc_buffer_resize(void *data, size_t nbytes)
    void leakyc_buffer_free(void *data)
    size_t leakyc_set_buffer_limit(size_t nbytes)
    size_t leakyc_buffer_limit()
    size_t leakyc_default_buffer_limit()
    size_t leakyc_clear_buffers()
    leakyc_buffer_stats leakyc_buffer_info()
    size_t leakyc_cache_bytes(int level)
    int leakyc_cpus_allowed()
    size_t leakyc_last_level_cache()
    const char *leakyc_compiler()
    ctypedef struct leakyc_export:
        const char *name
        const char *signature
        void (*function)()
    const leakyc_export *leakyc_export_at(size_t index)
    ctypedef struct leakyc_api:
        pass
    const leakyc_api *leakyc_table()


cdef extern from "leakyc_testing.h" nogil:
    void leakyc_copy(const leakyc_isa *isa, leakyc_dtype dtype, void *out, const void *src,
                     size_t n, int stream, int threads)
    int leakyc_threads_for(size_t nbytes)
    int leakyc_set_eager(int on)
