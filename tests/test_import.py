"""What `import leakyc` does not do: start threads, load what most programs never use."""

import subprocess
import sys

HEAVY = ["argparse", "json", "subprocess", "platform", "leakyc.benchmark", "leakyc._show_config",
         "leakyc.autograd", "autograd", "numpy.random", "ml_dtypes", "torch", "dask",
         "pandas"]  # fmt: skip


def run(program):
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_no_heavy_module():
    program = "import sys, numpy; before = set(sys.modules); import leakyc; "
    program += "print(*sorted(set(sys.modules) - before))"
    new = run(program)
    assert "leakyc._core" in new
    assert not set(HEAVY) & set(new)


def test_no_thread_is_started():
    program = """
import os, numpy
count = lambda: len(os.listdir("/proc/self/task")) if os.path.isdir("/proc/self/task") else 1
before = count(); import leakyc; print(before, count())
"""
    before, after = run(program)
    assert before == after
