"""Build the one extension module: the C core in src/ and the binding in leakyc/_core.pyx.

What is static lives in pyproject.toml. Here: the compiler's flags, and whether it has OpenMP.
"""

import os
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from glob import glob

import numpy
from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

FLAGS = {
    "unix": ["-std=c11", "-O3", "-ffp-contract=off", "-fvisibility=hidden"],
    "msvc": ["/std:c11", "/experimental:c11atomics", "/O2", "/fp:precise"],
}
OPENMP = {"unix": ["-fopenmp"], "msvc": ["/openmp"]}


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


def in_parallel(compile_all):
    """The compiler's method, file by file, on all CPUs: the pages take long one after the other."""

    def compile_each(sources, *args, **kwargs):
        def one(source):
            return compile_all([source], *args, **kwargs)

        with ThreadPoolExecutor(os.cpu_count()) as pool:
            return [name for objects in pool.map(one, sources) for name in objects]

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
        self.compiler.compile = in_parallel(self.compiler.compile)
        super().build_extensions()


extension = Extension(
    "leakyc._core",
    sources=["leakyc/_core.pyx", *sorted(glob("src/*.c"))],
    depends=sorted(glob("src/**/*.h", recursive=True) + glob("leakyc/*.px[di]")),
    include_dirs=["src", numpy.get_include()],
    define_macros=[
        ("NPY_NO_DEPRECATED_API", "NPY_2_0_API_VERSION"),
        ("NPY_TARGET_VERSION", "NPY_2_0_API_VERSION"),  # else NumPy 2.0 hides its own handlers
    ],
)

setup(ext_modules=[extension], cmdclass={"build_ext": BuildExt})
