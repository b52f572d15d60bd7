"""setup.py: which flags the compiler gets. The compiler is a script that writes them down."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from needs import need

ROOT = Path(__file__).parent.parent
SETUP = ROOT / "setup.py"
COMPILER = """#!/bin/sh
echo "$@" >>"$COMMANDS"
case "$*" in *-fopenmp*) [ "$HAS_OPENMP" ] || { echo "no omp.h" >&2; exit 1; };; esac
while [ "$1" ]; do [ "$1" = -o ] && : >"$2"; shift; done
"""

pytestmark = [
    pytest.mark.skipif(not SETUP.exists(), reason="the sources are not beside the tests"),
    pytest.mark.skipif(os.name != "posix", reason="the compiler is a shell script"),
]


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    """A checkout with its Cython already compiled, as it seems."""
    need("Cython")
    pytest.importorskip("setuptools")
    folder = tmp_path_factory.mktemp("checkout")
    for name in ("setup.py", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, folder)
    ignored = shutil.ignore_patterns("*.so", "_core.c", "__pycache__")
    for name in ("leakyc", "src"):
        shutil.copytree(ROOT / name, folder / name, ignore=ignored)
    (folder / "leakyc/_core.c").touch()
    (folder / "cc").write_text(COMPILER)
    (folder / "cc").chmod(0o755)
    return folder


def build(checkout, again=False, **environment):
    """The exit status, what was said, and the compiler's commands by the file they make."""
    if not again:
        shutil.rmtree(checkout / "build", ignore_errors=True)
    log = checkout / "commands"
    log.unlink(missing_ok=True)
    compiler = str(checkout / "cc")
    env = {k: v for k, v in os.environ.items() if k not in ("CFLAGS", "LDFLAGS", "LEAKYC_OPENMP")}
    env |= {"CC": compiler, "LDSHARED": compiler, "COMMANDS": str(log), **environment}
    command = [sys.executable, "setup.py", "-q", "build_ext"]
    done = subprocess.run(command, cwd=checkout, env=env, capture_output=True, text=True)
    lines = log.read_text().splitlines() if log.exists() else []
    made = {Path(line.split(" -o ")[1].split()[0]).stem: line.split() for line in lines}
    return done.returncode, done.stdout + done.stderr, made


def test_openmp_where_it_is(checkout):
    status, said, made = build(checkout, HAS_OPENMP="1")
    assert status == 0, said
    assert "-fopenmp" in made["leak"]
    assert "OpenMP" not in said


def test_without_openmp_a_build_says_so(checkout):
    status, said, made = build(checkout)
    assert status == 0, said
    assert "-fopenmp" not in made["leak"]
    assert "one thread" in said


def test_openmp_that_is_wanted_and_not_there_fails(checkout):
    status, said, made = build(checkout, LEAKYC_OPENMP="1")
    assert status != 0
    assert "LEAKYC_OPENMP=1" in said
    assert "leak" not in made


def test_openmp_that_is_not_wanted(checkout):
    status, said, made = build(checkout, LEAKYC_OPENMP="0", HAS_OPENMP="1")
    assert status == 0, said
    assert "-fopenmp" not in made["leak"]
    assert "one thread" not in said


@pytest.mark.parametrize(
    "setting",
    ["LEAKYC_OPENMP=yes", "LEAKYC_OPENMP=2", "MAX_JOBS=many", "MAX_JOBS=0", "MAX_JOBS=-1"],
)
def test_a_setting_that_says_nothing_is_an_error(checkout, setting):
    name, value = setting.split("=")
    status, said, made = build(checkout, HAS_OPENMP="1", **{name: value})
    assert status != 0 and not made
    assert setting in said and "Traceback" not in said


def last(flags, start):
    return [flag for flag in flags if flag.startswith(start)][-1]


def test_flags_of_ours(checkout):
    made = build(checkout, HAS_OPENMP="1")[2]
    assert last(made["isa_avx2"], "-O") == "-O3"
    assert last(made["leak"], "-O") == "-O2"
    assert last(made["leak"], "-g") == "-g0"


def test_cflags_win(checkout):
    made = build(checkout, HAS_OPENMP="1", CFLAGS="-O1 -g -fstack-protector-strong")[2]
    for name in ("isa_avx2", "leak"):
        assert last(made[name], "-O") == "-O1"
        assert last(made[name], "-g") == "-g"
        assert "-fstack-protector-strong" in made[name]
        assert "-ffp-contract=off" in made[name]


def test_what_changed_is_compiled_again(checkout):
    build(checkout, HAS_OPENMP="1")
    later = time.time() + 1000
    os.utime(checkout / "src/simd/avx2.h", (later, later))
    made = build(checkout, again=True, HAS_OPENMP="1")[2]
    assert "isa_avx2" in made
    assert "isa_avx512" not in made
