"""Build the one extension module: the C core in src/ and the binding in leakyc/_core.pyx.

What is static lives in pyproject.toml. Here: the compiler's flags, OpenMP, and that a change
compiles only what it touches. The environment may say CFLAGS, MAX_JOBS, and LEAKYC_OPENMP: with 1
a build without OpenMP fails, with 0 it has none, otherwise it has what the compiler has.
"""

import os
import re
import tempfile
from concurrent.futures import ThreadPoolExecutor
from glob import glob
from pathlib import Path
from zlib import crc32

import numpy
from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext
from setuptools.errors import CompileError

CFLAGS = os.environ.get("CFLAGS", "")
UNIX = ["-std=c11", "-ffp-contract=off", "-fvisibility=hidden"]
UNIX += [] if CFLAGS else ["-g0"]  # debug information is 9/10 of the size
MSVC = ["/std:c11", "/experimental:c11atomics", "/O2", "/fp:precise"]
OPENMP = "#include <omp.h>\nint main(void)\n{\n#pragma omp parallel\n  { }\n  return 0;\n}\n"
# Compiled first, for they take longest, and with -O3, which makes nothing else faster
# (bench: bias-gradient, prelu-gradient, small-training, call-out; of the ufuncs' loops it turns
# integers into float64 twice as fast).
HEAVY = re.compile(r"(.*/)?(isa_|channels|loops|_core)")


def setting(name, takes):
    """What the environment says, if anything; an error where it is none of what is taken."""
    value = os.environ.get(name)
    if value and not re.fullmatch(takes, value):
        raise CompileError(f"{name}={value}, but it takes {takes}")
    return value


def newest(path, seen):
    """When `path`, or a header of ours that it includes, was last changed."""
    seen.add(path)
    names = re.findall(r'^\s*#\s*include\s+"([^"]+)"', Path(path).read_text("utf-8"), re.MULTILINE)
    found = {os.path.normpath(f"{f}/{n}") for n in names for f in (os.path.dirname(path), "src")}
    there = filter(os.path.exists, found - seen)
    return max(os.path.getmtime(path), *(newest(name, seen) for name in there), 0)


class BuildExt(build_ext):
    """Adds the flags of the compiler at hand, and compiles side by side what changed."""

    def build_extensions(self):
        self.unix = self.compiler.compiler_type != "msvc"
        allowed = getattr(os, "sched_getaffinity", lambda pid: range(os.cpu_count() or 1))(0)
        self.jobs = int(setting("MAX_JOBS", "[1-9][0-9]*") or len(allowed))
        openmp = self.openmp()
        for extension in self.extensions:
            extension.extra_compile_args += (UNIX if self.unix else MSVC) + openmp
            extension.extra_link_args += openmp * self.unix
        # Objects are kept for the next build by the same compiler, flags and NumPy.
        command, here = vars(self.compiler).get("compiler_so"), Path(__file__).read_text("utf-8")
        made_by = repr([command, openmp, numpy.__version__, here])
        self.build_temp += f"-{crc32(made_by.encode()):08x}"
        self.compile_all, self.compiler.compile = self.compiler.compile, self.compile_changed
        super().build_extensions()

    def openmp(self):
        """The flags for it, none if it is not wanted or not to be had."""
        wanted, flags = setting("LEAKYC_OPENMP", "0|1"), ["-fopenmp" if self.unix else "/openmp"]
        if wanted == "0":
            return []
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "probe.c")
            path.write_text(OPENMP)
            try:
                made = self.compiler.compile([str(path)], folder, extra_postargs=flags)
                name = str(path.with_suffix(""))
                self.compiler.link_executable(made, name, extra_postargs=flags * self.unix)
            except Exception as error:  # every compiler class raises its own
                if wanted:
                    raise CompileError(f"LEAKYC_OPENMP=1, but no OpenMP: {error}") from None
                self.warn("this compiler has no OpenMP: leakyc will run on one thread")
                return []
        return flags

    def compile_changed(self, sources, output_dir, extra_postargs, **options):
        """The compiler's method, file by file; a level of optimization in CFLAGS wins."""
        ours = self.unix and not re.search(r"(^|\s)-O", CFLAGS)

        def compile_one(source):
            (made,) = self.compiler.object_filenames([source], output_dir=output_dir)
            if not os.path.exists(made) or os.path.getmtime(made) <= newest(source, set()):
                flags = extra_postargs + ["-O3" if HEAVY.match(source) else "-O2"] * ours
                self.compile_all([source], output_dir, extra_postargs=flags, **options)

        with ThreadPoolExecutor(self.jobs) as pool:
            list(pool.map(compile_one, sorted(sources, key=lambda s: not HEAVY.match(s))))
        return self.compiler.object_filenames(sources, output_dir=output_dir)


extension = Extension(
    "leakyc._core",
    sources=["leakyc/_core.pyx", *sorted(glob("src/**/*.c", recursive=True))],
    depends=[*glob("src/**/*.h", recursive=True), *glob("leakyc/*/*.h"), *glob("leakyc/*.px*")],
    include_dirs=["src", numpy.get_include()],
    define_macros=[  # without a target NumPy 2.0 hides its own handlers
        (name, "NPY_2_0_API_VERSION") for name in ("NPY_NO_DEPRECATED_API", "NPY_TARGET_VERSION")
    ],
)

setup(ext_modules=[extension], cmdclass={"build_ext": BuildExt})
