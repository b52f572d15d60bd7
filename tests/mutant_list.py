"""The mutants: what is made wrong, where, and which tests must notice. `mutants.py` runs them."""

from typing import NamedTuple


class Mutant(NamedTuple):
    """A name, the file, pairs of a text and its wrong replacement, and pytest's arguments."""

    name: str
    path: str
    changes: tuple
    tests: str


def mutant(name, path, old, new, tests):
    return Mutant(name, path, ((old, new),), tests)


KERNELS = "tests/test_kernels.py"
LAYOUTS = "tests/test_ufunc.py -k layouts_and_slopes"
CORE = "tests/test_c_core.py -k"
TRAINING = "tests/test_training_values.py"
EACH_ISA = f"{TRAINING} -k each_instruction_set"
STREAMED = "tests/test_training_streaming.py"

MAX_FORM = """
    if (s->mode == FORWARD) {
        VEC product = WORD(mul)(g, s->slope), larger = g;
        for (size_t at = 0; at < sizeof g; at += sizeof(ELEM) == 8 ? 8 : 4) {
            float a32, b32;
            double a64, b64;
            memcpy(&a32, (char *)&larger + at, 4), memcpy(&b32, (char *)&product + at, 4);
            if (sizeof(ELEM) == 8) {
                memcpy(&a64, (char *)&larger + at, 8), memcpy(&b64, (char *)&product + at, 8);
                if (b64 > a64)
                    memcpy((char *)&larger + at, &b64, 8);
            } else if (b32 > a32) {
                memcpy((char *)&larger + at, &b32, 4);
            }
        }
        return larger;
    }"""

PRODUCT_FORM = """
    if (s->mode == FORWARD) {
        const VEC none = WORD(mul)(WORD(set1)(0.0), g);
        const VEC more = WORD(mul)(none, WORD(add)(s->slope, WORD(set1)(-1.0)));
        return WORD(if_positive)(g, WORD(add)(g, more), WORD(mul)(g, s->slope));
    }"""

MUTANTS = [
    # ---- the operation
    mutant(
        "max(slope * x, x)",
        "src/kernels/leak.inc.h",
        "\n    if (s->mode == FORWARD)\n        return WORD(leak)(g, g, s->slope);",
        MAX_FORM,
        f"{KERNELS} -k special_values",
    ),
    mutant(
        "x + (x < 0) * x * (slope - 1): NaN at infinity",
        "src/kernels/leak.inc.h",
        "\n    if (s->mode == FORWARD)\n        return WORD(leak)(g, g, s->slope);",
        PRODUCT_FORM,
        f"{KERNELS} -k special_values",
    ),
    mutant(
        "x >= 0",
        "src/simd/avx2.h",
        "_mm256_cmp_ps(_mm256_setzero_ps(), gate, _CMP_LT_OQ)",
        "_mm256_cmp_ps(_mm256_setzero_ps(), gate, _CMP_LE_OQ)",
        f"{KERNELS} -k special_values",
    ),
    mutant(
        "a NaN counts as positive",
        "src/simd/avx2.h",
        "_mm256_cmp_pd(_mm256_setzero_pd(), gate, _CMP_LT_OQ)",
        "_mm256_cmp_pd(_mm256_setzero_pd(), gate, _CMP_NGE_UQ)",
        f"{KERNELS} -k special_values",
    ),
    mutant(
        "NaN is lost: infinity instead",
        "src/simd/baseline_vectors.h",
        "(magnitude > 0x7f800000) & 0x7e00;",
        "(magnitude > 0x7f800000) & 0x7c00;",
        f"{KERNELS} -k all_16_bit_values",
    ),
    mutant(
        "the slope in float16",
        "src/simd/halves.h",
        "set1_##T(double x) { return set1_f32(x); }",
        "set1_##T(double x) { return set1_f32(_cvtsh_ss(_cvtss_sh((float)x, 0))); }",
        f"{KERNELS} -k all_16_bit_values",
    ),
    mutant(
        "the slope of float64 in float32",
        "src/simd/avx2.h",
        "{ return _mm256_set1_pd(x); }",
        "{ return _mm256_set1_pd((float)x); }",
        f"{KERNELS} -k every_length",
    ),
    mutant(
        "float16 is rounded twice",
        "src/simd/baseline_vectors.h",
        "const words normal = (rest - (112u << 23) + 0xfff + (rest >> 13 & 1)) >> 13;",
        "const words once = (rest - (112u << 23) + 0x7ff + (rest >> 12 & 1)) & ~0xfffu;\n"
        "    const words normal = (once + 0xfff + (once >> 13 & 1)) >> 13;",
        f"{KERNELS} -k all_16_bit_values",
    ),
    mutant(
        "bfloat16 rounds ties up",
        "src/simd/avx2.h",
        "_mm256_add_epi32(last, _mm256_set1_epi32(0x7fff))",
        "_mm256_or_si256(_mm256_set1_epi32(0x8000), _mm256_srli_epi32(last, 1))",
        f"{KERNELS} -k all_16_bit_values",
    ),
    mutant(
        "subnormals are flushed to zero",
        "src/fpenv.h",
        "standard = 0x1f80",
        "standard = 0x9fc0",
        f"{KERNELS} -k special_values",
    ),
    mutant(
        "floating-point flags are left behind",
        "src/fpenv.h",
        "    _mm_setcsr(before); /*",
        "    (void)before; /*",
        "tests/test_ufunc.py -k floating_point_environment",
    ),
    # ---- loops and tails
    mutant(
        "the tail differs from the body",
        "src/kernels/leak.inc.h",
        "const VEC last = WORD(at)(&s, n - LANES, 0);",
        "struct WORD(source) wrong = s;\n    wrong.value = s.gate;\n"
        "    wrong.value_step = s.gate_step;\n    const VEC last = WORD(at)(&wrong, n - LANES, 0);",
        f"{KERNELS} -k every_length",
    ),
    mutant(
        "the overlapped tail is loaded after the loop",
        "src/kernels/leak.inc.h",
        "        WORD(store)(out + n - LANES, last);\n}",
        "        WORD(store)(out + n - LANES, WORD(at)(&s, n - LANES, 0));\n}",
        f"{KERNELS} -k every_length",
    ),
    mutant(
        "short arrays are read beyond their end",
        "src/simd/avx2.h",
        "return _mm256_maskload_ps(p, first_32(n));",
        "return _mm256_loadu_ps(p + 0 * n);",
        f"{KERNELS} -k nothing_is_touched",
    ),
    mutant(
        "an odd vector is left out",
        "src/kernels/leak.inc.h",
        "for (; i + LANES < n + (stream != 0); i += LANES)",
        "for (; i + 2 * LANES < n + (stream != 0); i += LANES)",
        f"{KERNELS} -k every_length",
    ),
    # ---- layouts
    mutant(
        "strides are ignored",
        "src/kernels/move.inc.h",
        "memcpy(&x[i], from + (ptrdiff_t)i * from_stride, sizeof *x);",
        "memcpy(&x[i], from + i * sizeof *x, sizeof *x);",
        LAYOUTS,
    ),
    mutant(
        "the last vector of what is gathered is left out",
        "src/kernels/move.inc.h",
        "store_##T(to + n - lanes_##T, last);",
        "if (step == 0) store_##T(to + n - lanes_##T, last);",
        LAYOUTS,
    ),
    mutant(
        "a row of two steps is gathered by one",
        "src/kernels/rows.inc.h",
        "WORD(gathered)(value, value_step, m, buffer[1])",
        "WORD(gathered)(value, gate_step, m, buffer[1])",
        f"{TRAINING} -k two_steps",
    ),
    mutant(
        "the other byte order is ignored",
        "src/kernels/move.inc.h",
        "x[i] = swap ? reversed_##bits(x[i]) : x[i];",
        "x[i] = swap ? x[i] : x[i];",
        LAYOUTS,
    ),
    mutant(
        "negative strides start at the wrong end",
        "src/nd_plan.c",
        "p->data[k] += (ptrdiff_t)(p->shape[d] - 1) * p->strides[k][d];",
        "p->data[k] += (ptrdiff_t)p->shape[d] * p->strides[k][d];",
        LAYOUTS,
    ),
    mutant(
        "the slope of a tile's first row serves all",
        "src/nd_run.c",
        "slope_at(p, at[SLOPE] + i * p->strides[SLOPE][inner - 1])",
        "slope_at(p, at[SLOPE])",
        "tests/test_ufunc.py -k into_the_other",
    ),
    mutant(
        "any overlap is in place",
        "leakyc/_core_arrays.pxi",
        "return a.data == b.data or apart(a, b)",
        "return True",
        "tests/test_ufunc.py tests/test_faults_memory.py -k overlap",
    ),
    mutant(
        "0-d arrays go through the iterator",
        "leakyc/_core_nd.pxi",
        "if not (has_dims(gate) or has_dims(value) or has_dims(slope) or has_dims(out)):",
        "if False:",
        "tests/test_ufunc.py -k give_scalars",
    ),
    mutant(
        "accumulate in one go, as if no result were the next input",
        "src/loops.c",
        "const size_t length = chained ? 1 : n;",
        "const size_t length = chained ? n : n;",
        "tests/test_ufunc.py -k next_input",
    ),
    # ---- threads, fork
    mutant(
        "the split is off by one",
        "src/threads/parallel.c",
        "const size_t begin = cut_at(w, at), end = cut_at(w, to);",
        "const size_t begin = cut_at(w, at), end = cut_at(w, to) - 1;",
        "tests/test_threads.py -k same_bits",
    ),
    mutant(
        "a share's last unit is left to nobody",
        "src/threads/parallel.c",
        "w->share[i].end = each * (i + 1) + (rest < i + 1 ? rest : i + 1);",
        "w->share[i].end = each * (i + 1) + (rest < i ? rest : i);",
        "tests/test_threads.py -k same_bits",
    ),
    mutant(
        "a helper joins a call that is closed",
        "src/threads/team.c",
        "    while (free > 0)\n",
        "    while (free >= 0)\n",
        "tests/test_threads.py -k 'same_bits or grows'",
    ),
    mutant(
        "the caller does not wait for a helper that joined",
        "src/threads/team.c",
        "        wait_for(report->joined);\n",
        "",
        "tests/test_threads.py -k same_bits",
    ),
    mutant(
        "the bell is rung before the work is written",
        "src/threads/team.c",
        """        call_work = context;
        atomic_store(&lingering, linger);
        atomic_store(&left, 0);
        atomic_store(&seats, helpers);
        ring(helpers);
        patience(report->start);
""",
        """        atomic_store(&lingering, linger);
        atomic_store(&left, 0);
        atomic_store(&seats, helpers);
        ring(helpers);
        patience(report->start);
        call_work = context;
""",
        "tests/test_threads.py -k same_bits",
    ),
    mutant(
        "a child of fork believes in its parent's helpers",
        "src/threads/team.c",
        "&size, &wanted, &regrow};\n    for (int i = 0; i < 6; i++)",
        "&regrow};\n    for (int i = 0; i < 4; i++)",
        "tests/test_fork.py -k come_back",
    ),
    mutant(
        "a call that was open in the parent stays open in the child",
        "src/threads/team.c",
        "    next_start = 0;\n    atomic_flag_clear(&taken);\n",
        "    next_start = 0;\n",
        "tests/test_fork.py -k come_back",
    ),
    mutant(
        "threads that cannot start are not foreseen",
        "src/threads/team.c",
        "system_can_start(threads - 1) ? threads : 1",
        "threads",
        "tests/test_faults_memory.py -k cannot_be_had",
    ),
    mutant(
        "a helper takes signals of the program's",
        "src/threads/system.h",
        "    pthread_sigmask(SIG_SETMASK, &blocked, &before);\n",
        "    pthread_sigmask(SIG_SETMASK, NULL, &before);\n",
        "tests/test_threads.py -k signals",
    ),
    mutant(
        "helpers spin until the next call",
        "src/threads/team.c",
        "while (atomic_load(&lingering) && system_now() - start < LEAKYC_LINGER_NS)",
        "while (system_now() - start < 1000000000)",
        "tests/test_threads.py -k idle",
    ),
    mutant(
        "a limit of the OpenMP runtime is ignored",
        "src/threads/threads.c",
        "    if (limit < initial_limit && limit < threads) {",
        "    if (limit < 0) {",
        "tests/test_threads.py -k threadpoolctl",
    ),
    mutant(
        "regions inside regions",
        "src/threads/threads.c",
        " || leakyc_inside_region())",
        ")",
        f"{CORE} 'test_core and gcc and openmp'",
    ),
    mutant(
        "a pause between calls makes no difference",
        "src/threads/threads.c",
        "AWAKE_FROM : ASLEEP_FROM;",
        "AWAKE_FROM : AWAKE_FROM;",
        "tests/test_threads.py -k when_it_pays",
    ),
    mutant(
        "a thread's own setting is everyone's",
        "src/threads/threads.c",
        "static _Thread_local int my_setting;",
        "static int my_setting;",
        "tests/test_threads.py -k setting_of_one_thread",
    ),
    mutant(
        "threads that call by turns open regions",
        "src/threads/threads.c",
        "pause < RECENT_NS)",
        "pause < 0)",
        "tests/test_threads.py -k when_it_pays",
    ),
    # ---- streaming: no result shows these on x86, a hook and the machine code do
    mutant(
        "no fence after a streaming call",
        "src/leak.c",
        "    if (c->stream)\n        c->isa->fence();\n    leakyc_fpenv_leave(env);",
        "    leakyc_fpenv_leave(env);",
        f"{CORE} fences",
    ),
    mutant(
        "no fence after streamed rows",
        "src/nd.c",
        "    if (p->stream)\n        p->isa->fence();\n",
        "",
        f"{CORE} fences",
    ),
    mutant(
        "the fence is empty",
        "src/simd/avx2.h",
        "INLINE void fence(void) { _mm_sfence(); }",
        "INLINE void fence(void) {}",
        f"{CORE} fences",
    ),
    mutant(
        "level 2 is the last cache where level 3 is hidden",
        "src/cpu.c",
        "return cache[2] > HIDDEN_LEVEL_3 ? cache[2] : HIDDEN_LEVEL_3;",
        "return cache[2];",
        f"{CORE} cpu",
    ),
    mutant(
        "huge pages whatever NumPy is told",
        "src/buffers.c",
        "huge_pages = !advise || strtol(advise, NULL, 10) != 0;",
        "huge_pages = advise || !advise;",
        "tests/test_buffers.py -k huge_pages",
    ),
    # ---- dispatch
    mutant(
        "an instruction set that is missing counts as here",
        "src/dispatch.c",
        "return (cpu.features & isa->requires) == isa->requires;",
        "return (cpu.features & isa->requires) <= isa->requires;",
        f"{CORE} cpu",
    ),
    # ---- the binding
    mutant(
        "a read-only out is written",
        "leakyc/_core_arrays.pxi",
        "take_like(out, a, o) and o.flags & cnp.NPY_ARRAY_WRITEABLE and",
        "take_like(out, a, o) and",
        "tests/test_errors.py",
    ),
    mutant(
        "shapes are not compared",
        "leakyc/_core_arrays.pxi",
        "if cnp.PyArray_DIMS(a)[d] != cnp.PyArray_DIMS(b)[d]:",
        "if cnp.PyArray_DIMS(a)[d] < cnp.PyArray_DIMS(b)[d]:",
        "tests/test_errors.py",
    ),
    mutant(
        "a reference is lost at every result",
        "leakyc/_core_nd.pxi",
        "    NpyIter_Deallocate(it)  # writes an overlap's copy back\n",
        "    NpyIter_Deallocate(it)  # writes an overlap's copy back\n    Py_INCREF(result)\n",
        "tests/test_faults_leaks.py -k million",
    ),
    mutant(
        "no block is given back before memory runs out",
        "src/buffers.c",
        "        leakyc_clear_buffers(); /* the memory may be ours */\n",
        "",
        "tests/test_faults_memory.py -k kept_blocks",
    ),
    mutant(
        "from_output takes a negative slope",
        "leakyc/_general.py",
        "if not np.all(np.greater_equal(slope, 0)):",
        "if False:",
        "tests/test_errors.py -k from_output",
    ),
    mutant(
        "grad and x change places",
        "leakyc/_core_calls.pxi",
        "dx = array_call(<object>args[1], <object>args[0],",
        "dx = array_call(<object>args[0], <object>args[1],",
        LAYOUTS,
    ),
    mutant(
        "where= is ignored",
        "leakyc/_core_calls.pxi",
        "    if where is True:\n",
        "    if True:\n",
        "tests/test_ufunc.py -k keywords",
    ),
    mutant(
        "dtype= is ignored",
        "leakyc/_core_calls.pxi",
        "    if dtype is not None:\n",
        "    if False:\n",
        "tests/test_ufunc.py -k keywords",
    ),
    mutant(
        "a freed block serves any size",
        "src/buffers.c",
        "while (b && b->capacity != capacity)",
        "while (b && b->capacity == 0)",
        "tests/test_buffers.py",
    ),
    mutant(
        "zeroed memory is as it was",
        "src/buffers.c",
        "    if (b && !zero)\n        memset(data_of(b), 0, count * bytes);\n",
        "",
        f"{CORE} buffers",
    ),
    # ---- training
    mutant(
        "longdouble's mask has its bits in the other order",
        "leakyc/_training_steps.py",
        'mask[...] = np.packbits(x > 0, bitorder="little")',
        'mask[...] = np.packbits(x > 0, bitorder="big")',
        "tests/test_training_values.py -k longdouble",
    ),
    mutant(
        "the mask's bits are written in the other order",
        "src/kernels/masks.inc.h",
        "*mask++ = (uint8_t)(bits >> 8 * byte);",
        "*mask++ = (uint8_t)(((bits >> 8 * byte & 0xff) * 0x202020202u & 0x10884422010u) % 1023);",
        f"{TRAINING} -k with_mask",
    ),
    mutant(
        "the mask's bits are read in the other order",
        "src/simd/avx2.h",
        "_mm256_setr_epi32(1, 2, 4, 8, 16, 32, 64, 128);",
        "_mm256_setr_epi32(128, 64, 32, 16, 8, 4, 2, 1);",
        EACH_ISA,
    ),
    mutant(
        "bits held back at an unaligned start are lost",
        "src/kernels/masks.inc.h",
        "size_t i = stream ? WORD(before_line)(out, n) : 0, held = i;",
        "size_t i = stream ? WORD(before_line)(out, n) : 0, held = 0;",
        STREAMED,
    ),
    mutant(
        "bits left over at an unaligned start are dropped",
        "src/kernels/masks.inc.h",
        "const size_t held = lead ? 32 - lead : 0;",
        "const size_t held = 0 * lead;",
        STREAMED,
    ),
    mutant(
        "a byte of bool is True where its first bit is 1",
        "src/simd/avx2.h",
        "_mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)p));",
        "_mm256_and_si256(_mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)p)), "
        "_mm256_set1_epi32(1));",
        "tests/test_bool_gate.py -k length",
    ),
    mutant(
        "a gate of bool lies as its gradient does",
        "src/kernels/move.inc.h",
        "((const char *)in)[(ptrdiff_t)i * stride]",
        "((const char *)in)[i]",
        "tests/test_bool_gate.py -k layouts",
    ),
    mutant(
        "integers of 32 bits are computed in float32 beside one",
        "leakyc/_core_converted.pxi",
        "floats == cnp.NPY_FLOAT and itemsize <= 2",
        "floats == cnp.NPY_FLOAT and itemsize <= 4",
        "tests/test_costs.py -k two_operands",
    ),
    mutant(
        "the slope in the dtype of an array of integers",
        "leakyc/_core_converted.pxi",
        "            out = gate\n    return array_or_nd(gate, value, slope, out)",
        "            out = gate\n"
        "    if value is not value_object:\n        slope = <double><long>slope\n"
        "    return array_or_nd(gate, value, slope, out)",
        "tests/test_costs.py -k integers_in_every_layout",
    ),
    mutant(
        "where= may lie in the memory of out",
        "leakyc/_core_calls.pxi",
        " and not _may_share(where, out)",
        "",
        "tests/test_costs.py -k where_in_the_memory",
    ),
    mutant(
        "a mask of any length will do",
        "leakyc/_core_training.pxi",
        "m.n == (x.n + 7) // 8",
        "m.n >= (x.n + 7) // 8",
        "tests/test_training_errors.py -k masks",
    ),
    mutant(
        "a result at its bound passes the gradient on",
        "src/simd/avx2.h",
        "_mm256_cmp_ps(magnitude, b, _CMP_GE_OQ)",
        "_mm256_cmp_ps(magnitude, b, _CMP_GT_OQ)",
        EACH_ISA,
    ),
    mutant(
        "clip turns NaN into its bound",
        "src/simd/avx2.h",
        "_mm256_max_ps(lo, _mm256_min_ps(hi, v))",
        "_mm256_max_ps(lo, _mm256_min_ps(v, hi))",
        EACH_ISA,
    ),
    mutant(
        "sums of float64 are not compensated",
        "src/kernels/target.inc.h",
        "compensated_f64 = 1",
        "compensated_f64 = 0",
        "tests/test_training_sums.py -k 'bias_sums or slope_sums'",
    ),
    mutant(
        "16-bit results are summed before they are rounded",
        "src/kernels/channels.inc.h",
        "    if (sizeof(ELEM) != 2)\n        return v;",
        "    if (sizeof(ELEM) != 0)\n        return v;",
        "tests/test_training_sums.py -k bias_sums",
    ),
    mutant(
        "the slope's gradient takes the positive in",
        "src/kernels/channels.inc.h",
        "        m.a = WORD(zero_positive)(m.b, m.a);\n"
        "        m.b = WORD(zero_positive)(m.b, m.b);\n",
        "",
        "tests/test_training_sums.py -k slope_sums",
    ),
    mutant(
        "what is clipped passes its gradient on",
        "src/kernels/channels.inc.h",
        "            m.result = WORD(zero_beyond)(m.result, y, k->hi);\n",
        "",
        "tests/test_bias_prelu.py -k values",
    ),
    mutant(
        "half way to the bound counts as below it",
        "src/channels.c",
        "return element % 2 == 0 ? half_way : float_of_bits",
        "return float_of_bits",
        "tests/test_bias_prelu.py -k half_way",
    ),
    mutant(
        "a slope of all is that of the first channel",
        "src/channels.c",
        "j.sums[LEAKYC_PRODUCTS].shared = !slopes;",
        "j.sums[LEAKYC_PRODUCTS].shared = 0;",
        "tests/test_training_sums.py -k bias_and_slope_sums",
    ),
    mutant(
        "a streamed row's end is left out",
        "src/kernels/channels.inc.h",
        "        WORD(shared)(op, &r, n - tail, n, line, sums);\n",
        "",
        STREAMED,
    ),
    mutant(
        "a streamed row's start is not summed",
        "src/kernels/channels.inc.h",
        "WORD(shared)(op, &r, 0, head, line, sums);",
        "WORD(shared)(op, &r, 0, head, line, 0);",
        STREAMED,
    ),
    mutant(
        "axes from the end are counted from the start",
        "leakyc/_core_training.pxi",
        "return number + ndim if number < 0 else number",
        "return -1 - number if number < 0 else number",
        f"{TRAINING} -k bias",
    ),
]

FASTER = mutant("a faster build", "setup.py", '"-O3"', '"-O1"', "")
