"""What `import leakyc` does not do: start threads, load what most programs never use."""

from programs import ended, printed


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
