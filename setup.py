"""Build the one extension module: the C core in src/ and the binding in leakyc/_core.pyx.

What is static lives in pyproject.toml. Here: the compiler's flags, whether it has OpenMP, and that
a change compiles only what it touches.
"""

import os
import re
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from glob import glob
from zlib import crc32

import numpy
from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

FLAGS = {
    "unix": ["-std=c11", "-ffp-contract=off", "-fvisibility=hidden"],
    "msvc": ["/std:c11", "/experimental:c11atomics", "/O2", "/fp:precise"],
}
if not os.environ.get("CFLAGS"):  # debug information is 9/10 of the size
    FLAGS["unix"] += ["-g0"]
OPENMP = {"unix": ["-fopenmp"], "msvc": ["/openmp"]}
# They take longest, and so are compiled first.
LONGEST = ["isa_avx2.c", "isa_avx512.c", "isa_neon.c", "isa_baseline.c", "_core.c"]


def compiles(compiler, flags):
    """Whether a program that opens an OpenMP region compiles and links with `flags`."""
    source = "#include <omp.h>\nint main(void)\n{\n#pragma omp parallel\n  { }\n  return 0;\n}\n"
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "probe.c")
        with open(path, "w") as file:
            file.write(source)
        try:
            link = [] if compiler.compiler_type == "msvc" else flags
            objects = compiler.compile([path], output_dir=folder, extra_postargs=flags)
            compiler.link_executable(objects, os.path.join(folder, "probe"), extra_postargs=link)
        except Exception:  # every compiler class raises its own
            return False
    return True


def newest(path, seen):
    """When `path`, or a header of ours that it includes, was last changed."""
    seen.add(path)
    with open(path, encoding="utf-8") as file:
        names = re.findall(r'^\s*#\s*include\s+"([^"]+)"', file.read(), re.MULTILINE)
    folders = os.path.dirname(path), "src"
    found = {os.path.normpath(os.path.join(f, name)) for name in names for f in folders} - seen
    return max(os.path.getmtime(path), *(newest(n, seen) for n in found if os.path.exists(n)), 0)


def level(source):
    """The kernels gain from -O3 (bench/targets: bias-gradient, prelu-gradient), and so do the sums
    of small arrays (small-training) and the binding (call-out); nothing else does. A level in
    CFLAGS wins."""
    if re.search(r"(^|\s)-O", os.environ.get("CFLAGS", "")):
        return []
    gains = os.path.basename(source).startswith(("isa_", "channels", "_core"))
    return ["-O3" if gains else "-O2"]


def jobs():
    """As many as MAX_JOBS says, else the CPUs that this process may use."""
    if os.environ.get("MAX_JOBS", "").isdigit():
        return max(1, int(os.environ["MAX_JOBS"]))
    allowed = getattr(os, "sched_getaffinity", None)
    return len(allowed(0)) if allowed else os.cpu_count() or 1


def one_by_one(compiler):
    """The compiler's method, file by file: side by side, longest first, and only what changed."""
    compile_all = compiler.compile

    def place(source):
        name = os.path.basename(source)
        return LONGEST.index(name) if name in LONGEST else len(LONGEST)

    def compile_each(sources, output_dir, extra_postargs, **options):
        def one(source):
            made = compiler.object_filenames([source], output_dir=output_dir)[0]
            if os.path.exists(made) and os.path.getmtime(made) > newest(source, set()):
                return
            flags = extra_postargs + level(source) * (compiler.compiler_type != "msvc")
            compile_all([source], output_dir, extra_postargs=flags, **options)

        with ThreadPoolExecutor(jobs()) as pool:
            list(pool.map(one, sorted(sources, key=place)))
        return compiler.object_filenames(sources, output_dir=output_dir)

    return compile_each


class BuildExt(build_ext):
    """Adds the flags of the compiler at hand; without OpenMP the library is serial, not broken."""

    def build_extensions(self):
        kind = "msvc" if self.compiler.compiler_type == "msvc" else "unix"
        openmp = OPENMP[kind] if compiles(self.compiler, OPENMP[kind]) else []
        if not openmp:
            print("leakyc: no OpenMP in this compiler: the library is serial", file=sys.stderr)
        for extension in self.extensions:
            extension.extra_compile_args += FLAGS[kind] + openmp
            if kind == "unix":
                extension.extra_link_args += openmp
        self.compiler.compile = one_by_one(self.compiler)
        # Objects are kept for the next build by the same compiler, flags and NumPy.
        with open(__file__) as file:
            made_by = [vars(self.compiler).get("compiler_so"), openmp, numpy.__version__, *file]
        self.build_temp += f"-{crc32(repr(made_by).encode()):08x}"
        super().build_extensions()


extension = Extension(
    "leakyc._core",
    sources=["leakyc/_core.pyx", *sorted(glob("src/**/*.c", recursive=True))],
    depends=sorted(glob("src/**/*.h", recursive=True) + glob("leakyc/*.px[di]")),  # else no rebuild
    include_dirs=["src", numpy.get_include()],
    define_macros=[
        ("NPY_NO_DEPRECATED_API", "NPY_2_0_API_VERSION"),
        ("NPY_TARGET_VERSION", "NPY_2_0_API_VERSION"),  # else NumPy 2.0 hides its own handlers
    ],
)

setup(ext_modules=[extension], cmdclass={"build_ext": BuildExt})
