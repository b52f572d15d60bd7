"""The C core alone: its test program, by each compiler. tests/sanitized/run and tests/emulated/run
run it with sanitizers and in emulators."""

import os
import pathlib
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest
from conftest import C_FLAGS

HERE = pathlib.Path(__file__).parent
SOURCES = sorted((HERE.parent / "src").rglob("*.c"))
INSTALLED = "the sources are not beside the tests"
pytestmark = pytest.mark.skipif(not SOURCES, reason=INSTALLED)


def build(compiler, flags, compiled, folder, source="test_core.c"):
    """The test program; skips where the compiler or what the flags need is missing."""
    if shutil.which(compiler) is None:
        pytest.skip(reason=f"{compiler} is not installed")
    probe, program = folder / "probe.c", folder / "program"
    include = "#include <omp.h>\n" if "-fopenmp" in flags else ""
    probe.write_text(f"#include <stdio.h>\n{include}int main(void) {{ return 0; }}\n")
    link = [*flags, "-lm", "-pthread"]
    if subprocess.run([compiler, probe, "-o", program, *link], capture_output=True).returncode:
        pytest.skip(reason=f"{compiler} cannot link with {' '.join(flags)} here")
    sources = [*SOURCES, HERE / "c" / source]
    if source == "test_core.c":
        sources += [HERE / "c" / "test_training.c", HERE / "c" / "test_loops.c"]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        objects = list(pool.map(lambda path: compiled(compiler, flags, path), sources))
    done = subprocess.run(
        [compiler, *objects, "-o", program, *link], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return program


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    assert ", 0 wrong" in done.stdout
    assert "baseline: ran" in done.stdout
    print(done.stdout)
    return done.stdout


@pytest.mark.parametrize("openmp", [[], ["-fopenmp"]], ids=["serial", "openmp"])
@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_core(compiler, openmp, compiled, tmp_path):
    run(build(compiler, openmp, compiled, tmp_path))


@pytest.mark.parametrize("what", ["cpu", "fences", "buffers"])
def test_by_itself(what, compiled, tmp_path):
    program = build("gcc", ["-fopenmp"], compiled, tmp_path, f"test_{what}.c")
    done = subprocess.run([program], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    print(done.stdout)


def test_other_posix_systems():
    """Compiled as for one that is not Linux; tests/emulated/run macos has the compiler for one."""
    if shutil.which("gcc") is None:
        pytest.skip(reason="gcc is not installed")
    other = ["-U__linux__", "-D_DEFAULT_SOURCE", "-fsyntax-only"]
    sources = [path for path in SOURCES if not path.name.startswith("isa_")]
    command = ["gcc", *C_FLAGS, *other, *sources]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
