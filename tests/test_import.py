"""What `import leakyc` does not do: start threads, load what most programs never use."""

import re
from pathlib import Path

import pytest
from programs import ended, printed

import leakyc


def test_nothing_is_loaded_but_the_package():
    code = """
import sys, numpy, contextlib, operator, os
before = set(sys.modules)
import leakyc
print(*sorted(name for name in set(sys.modules) - before if not name.startswith("leakyc")))
print(*sorted(name for name in sys.modules if name.startswith("leakyc.")))
"""
    others, own = printed(code).splitlines()
    # Cython makes modules of its own for the types that its extensions share.
    foreign = {name for name in others.split() if not name.startswith(("_cython", "cython"))}
    assert foreign <= {"threading"}
    later = "_show_config", "_training", "autograd", "benchmark", "numba"
    optional = {f"leakyc.{name}" for name in later}
    assert "leakyc._core" in own.split() and not optional & set(own.split())


def test_what_the_extension_imports_can_be_seen():
    """By PyInstaller and the like, which read bytecode and no shared objects."""
    named = set(leakyc._imported_by_core.__code__.co_varnames)
    sources = list(Path(leakyc.__file__).parent.glob("_core*.p[yx][xi]"))
    if not sources:
        pytest.skip(reason="the sources are not beside the tests")
    lines = re.findall(r"^ *from leakyc import (.*)$", "".join(map(Path.read_text, sources)), re.M)
    assert named == {name for line in lines for name in line.split(", ")}


def test_no_thread_is_started():
    code = """
import os, numpy
count = lambda: len(os.listdir("/proc/self/task")) if os.path.isdir("/proc/self/task") else 1
before = count(); import leakyc; print(before, count())
"""
    before, after = printed(code).split()
    assert before == after


def test_without_numba_its_part_says_what_is_missing():
    done = ended("-c", "import sys; sys.modules['numba'] = None; import leakyc.numba")
    assert "ImportError: leakyc.numba needs the package numba: pip install numba" in done.stderr
