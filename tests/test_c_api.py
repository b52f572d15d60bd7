"""The public C API: the headers by themselves, and the functions from C and C++."""

import pathlib
import shutil
import subprocess

import pytest

ROOT = pathlib.Path(__file__).parents[1]
INCLUDE = ROOT / "leakyc" / "include"
STRICT = ["-Wall", "-Wextra", "-Wpedantic", "-Wshadow", "-Wconversion", "-Werror"]
COMPILERS = {"gcc": "-std=c11", "clang": "-std=c11", "g++": "-std=c++17", "clang++": "-std=c++17"}


@pytest.mark.parametrize("compiler", COMPILERS)
def test_a_header_stands_alone(compiler, tmp_path):
    if shutil.which(compiler) is None:
        pytest.skip(reason=f"{compiler} is not installed")
    source = tmp_path / ("user.cpp" if "++" in compiler else "user.c")
    source.write_text('#include "leakyc.h"\n#include "leakyc.h"\nint main() { return 0; }\n')
    probe = tmp_path / f"probe{source.suffix}"
    probe.write_text("#include <stdint.h>\n")
    command = [compiler, COMPILERS[compiler], "-fsyntax-only"]
    if subprocess.run([*command, probe], capture_output=True).returncode:
        pytest.skip(reason=f"{compiler} finds no C library")
    command += [*STRICT, f"-I{INCLUDE}", source]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
