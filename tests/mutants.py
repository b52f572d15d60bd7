"""Mutants: the library with one thing made wrong must fail the tests named for it.

    python tests/mutants.py [NAME ...]

Each mutant is one or more substitutions in a copy of the checkout, each of a text that stands there
exactly once. The copy is built in place, quickly (-O1), and the tests run; a mutant is killed when
they fail, and survives when they pass. First they must all pass without any mutant. Exit status 0:
all killed. Needs what the tests need; with CC="ccache gcc" it takes some minutes.
"""

import os
import pathlib
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from typing import NamedTuple

ROOT = pathlib.Path(__file__).resolve().parent.parent
TIMEOUT = 900


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

MAX_FORM = """
    if (mode == FORWARD) {
        VEC product = WORD(mul)(g, slope), larger = g;
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
    }
    return WORD(leak)(g, mode == FORWARD ? g : WORD(load)(value), slope);"""

MUTANTS = [
    # ---- the operation
    mutant(
        "max(slope * x, x)",
        "src/kernels.inc.h",
        "\n    return WORD(leak)(g, mode == FORWARD ? g : WORD(load)(value), slope);",
        MAX_FORM,
        f"{KERNELS} -k special_values",
    ),
    mutant(
        "x >= 0",
        "src/simd/avx2.h",
        "_mm256_cmp_ps(gate, _mm256_setzero_ps(), _CMP_GT_OQ)",
        "_mm256_cmp_ps(gate, _mm256_setzero_ps(), _CMP_GE_OQ)",
        f"{KERNELS} -k special_values",
    ),
    mutant(
        "a NaN counts as positive",
        "src/simd/avx2.h",
        "_mm256_cmp_pd(gate, _mm256_setzero_pd(), _CMP_GT_OQ)",
        "_mm256_cmp_pd(gate, _mm256_setzero_pd(), _CMP_NLE_UQ)",
        f"{KERNELS} -k special_values",
    ),
    mutant(
        "NaN is lost: infinity instead",
        "src/half.h",
        "return (uint16_t)(sign | 0x7e00);",
        "return (uint16_t)(sign | 0x7c00);",
        f"{KERNELS} -k all_16_bit_values",
    ),
    mutant(
        "the slope in float16",
        "src/simd/avx2.h",
        "INLINE vec_f16 set1_f16(double x) { return set1_f32(x); }",
        "INLINE vec_f16 set1_f16(double x)\n"
        "{ return _mm256_cvtph_ps(_mm256_cvtps_ph(set1_f32(x), 0)); }",
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
        "src/half.h",
        "return (uint16_t)(sign | (rebiased + 0xfff + (rebiased >> 13 & 1)) >> 13);",
        "const uint32_t once = (rebiased + 0x7ff + (rebiased >> 12 & 1)) & ~0xfffu;\n"
        "    return (uint16_t)(sign | (once + 0xfff + (once >> 13 & 1)) >> 13);",
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
        "    if (_mm_getcsr() != before)\n        _mm_setcsr(before);",
        "    (void)before;",
        "tests/test_ufunc.py -k floating_point_environment",
    ),
    # ---- loops and tails
    mutant(
        "the tail differs from the body",
        "src/kernels.inc.h",
        "const VEC last = WORD(at)(gate + n - LANES, value + n - LANES, slope, mode);",
        "const VEC last = WORD(at)(gate + n - LANES, gate + n - LANES, slope, mode);",
        f"{KERNELS} -k every_length",
    ),
    mutant(
        "the overlapped tail is loaded after the loop",
        "src/kernels.inc.h",
        "        WORD(store)(out + n - LANES, last);\n}",
        "        WORD(store)\n    (out + n - LANES, "
        "WORD(at)(gate + n - LANES, value + n - LANES, slope, mode));\n}",
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
        "src/kernels.inc.h",
        "for (; i + LANES < n + (stream != 0); i += LANES)",
        "for (; i + 2 * LANES < n + (stream != 0); i += LANES)",
        f"{KERNELS} -k every_length",
    ),
    # ---- layouts
    mutant(
        "strides are ignored",
        "src/kernels.inc.h",
        "memcpy(&x, from + (ptrdiff_t)i * stride, sizeof x);",
        "memcpy(&x, from + i * sizeof x, sizeof x);",
        LAYOUTS,
    ),
    mutant(
        "the other byte order is ignored",
        "src/kernels.inc.h",
        "    if (!swap)\n        return x;",
        "    if (!swap || sizeof x)\n        return x;",
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
        LAYOUTS,
    ),
    mutant(
        "any overlap is in place",
        "leakyc/_core.pyx",
        "return out == array or out + nbytes <= array or array + nbytes <= out",
        "return True",
        "tests/test_ufunc.py tests/test_faults_memory.py -k overlap",
    ),
    mutant(
        "0-d arrays go through the iterator",
        "leakyc/_nd.pxi",
        "if not (has_dims(gate) or has_dims(value) or has_dims(slope) or has_dims(out)):",
        "if False:",
        "tests/test_faults_memory.py -k overlaps",
    ),
    mutant(
        "accumulate in one go, as if no result were the next input",
        "leakyc/_ufuncs.pxi",
        "return 1 if args[2] == args[0] + step[0] and step[2] == step[0] else n[0]",
        "return n[0]",
        "tests/test_ufunc.py -k next_input",
    ),
    # ---- threads, fork
    mutant(
        "the split is off by one",
        "src/parallel.c",
        "const size_t end = cut_at(index + 1, pieces, n, lead, unit);",
        "const size_t end = cut_at(index + 1, pieces, n, lead, unit) - 1;",
        "tests/test_threads.py -k same_bits",
    ),
    mutant(
        "the fork flag is ignored",
        "src/parallel.c",
        "    atomic_store(&forked, 1);\n",
        "",
        "tests/test_threads.py -k child_of_fork",
    ),
    mutant(
        "a fork before the import is overlooked",
        "src/parallel.c",
        "return (flags & 0x40) != 0;",
        "return (flags & 0x40) > 0x40;",
        "tests/test_threads.py -k import_after_a_fork",
    ),
    mutant(
        "threads that cannot start are not foreseen",
        "src/parallel.c",
        "if (threads > last_team && !can_start((size_t)threads - 1))",
        "if (threads > last_team && threads < 0 && !can_start((size_t)threads - 1))",
        "tests/test_faults_memory.py -k cannot_be_had",
    ),
    mutant(
        "a limit of the OpenMP runtime is ignored",
        "src/parallel.c",
        "} else if (limit < initial_limit && limit < threads) {",
        "} else if (limit < 0) {",
        "tests/test_threads.py -k threadpoolctl",
    ),
    mutant(
        "regions inside regions",
        "src/parallel.c",
        "if (bytes < PARALLEL_FROM_BYTES || inside_region())",
        "if (bytes < PARALLEL_FROM_BYTES)",
        f"{CORE} 'test_core and gcc and openmp'",
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
    # ---- dispatch
    mutant(
        "an instruction set that is missing counts as here",
        "src/dispatch.c",
        "return (cpu.features & isa->requires) == isa->requires;",
        "return (cpu.features & isa->requires) <= isa->requires;",
        "tests/test_dispatch.py tests/test_config.py",
    ),
    # ---- the binding
    mutant(
        "a read-only out is written",
        "leakyc/_core.pyx",
        "if not alike(gate, out) or not cnp.PyArray_ISWRITEABLE(out):",
        "if not alike(gate, out):",
        "tests/test_errors.py",
    ),
    mutant(
        "shapes are not compared",
        "leakyc/_core.pyx",
        "if cnp.PyArray_DIMS(a)[d] != cnp.PyArray_DIMS(b)[d]:",
        "if cnp.PyArray_DIMS(a)[d] < cnp.PyArray_DIMS(b)[d]:",
        "tests/test_errors.py",
    ),
    mutant(
        "a reference is lost at every result",
        "leakyc/_nd.pxi",
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
    # ---- training
    mutant(
        "the mask's bits in the other order",
        "leakyc/_training_steps.py",
        'mask[...] = np.packbits(x > 0, bitorder="little")',
        'mask[...] = np.packbits(x > 0, bitorder="big")',
        "tests/test_training_values.py -k with_mask",
    ),
]

FASTER = mutant("a faster build", "setup.py", '"-O3"', '"-O1"', "")


def copy_checkout(folder):
    """What git tracks or would track."""
    names = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    for name in filter(None, names.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)


def run(folder, *command):
    """Exit status, 124 when it took too long, and what it said."""
    environment = {**os.environ, "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        done = subprocess.run(
            [sys.executable, *command], cwd=folder, env=environment, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=TIMEOUT,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return 124, "too long"
    return done.returncode, done.stdout


def build(folder):
    status, said = run(folder, "setup.py", "-q", "build_ext", "--inplace")
    if status:
        sys.exit(f"the build failed:\n{said[-4000:]}")


def split(tests):
    """pytest's arguments, an expression in quotes being one."""
    words = tests.split(" -k ")
    return words[0].split() + (["-k", words[1].strip("'")] if len(words) > 1 else [])


def pytest(folder, tests):
    return run(folder, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *split(tests))


def apply(folder, change):
    """Makes the checkout wrong; returns the file as it was."""
    path = folder / change.path
    before = text = path.read_text()
    for old, new in change.changes:
        if text.count(old) != 1:
            sys.exit(f"{change.name}: stands {text.count(old)} times in {change.path}:\n{old}")
        text = text.replace(old, new)
    path.write_text(text)
    return before


def verdict(folder, change):
    """What became of one mutant."""
    before = apply(folder, change)
    try:
        build(folder)
        status, said = pytest(folder, change.tests)
    finally:
        (folder / change.path).write_text(before)
    if status == 0:
        return "SURVIVED", ""
    if status in (2, 3, 4, 5):
        return "NO TEST RAN", said[-2000:]
    failed = [line for line in said.splitlines() if line.startswith(("FAILED", "ERROR"))]
    how = failed[0].split(" - ")[0].removeprefix("FAILED ") if failed else f"status {status}"
    return "killed", how


def main(names):
    chosen = [m for m in MUTANTS if not names or any(name in m.name for name in names)]
    start, alive = time.monotonic(), 0
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        copy_checkout(folder)
        apply(folder, FASTER)
        for change in chosen:  # each text must be found before anything takes time
            (folder / change.path).write_text(apply(folder, change))
        build(folder)
        for tests in sorted({m.tests for m in chosen}):
            status, said = pytest(folder, tests)
            if status:
                sys.exit(f"without a mutant, {tests}: exit status {status}\n{said[-4000:]}")
        print("| mutant | file | verdict | by |\n| --- | --- | --- | --- |", flush=True)
        for change in chosen:
            what, how = verdict(folder, change)
            alive += what != "killed"
            print(f"| {change.name} | `{change.path}` | {what} | `{how}` |", flush=True)
    killed = len(chosen) - alive
    print(f"\n{killed} of {len(chosen)} killed in {(time.monotonic() - start) / 60:.0f} minutes, "
          f"Python {platform.python_version()}, {platform.machine()}")  # fmt: skip
    return alive != 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
