"""What a test needs of the machine and of other libraries; without it, it is skipped, visibly."""

import os

import pytest

from leakyc import _core

machine = _core.machine()

posix = pytest.mark.skipif(not hasattr(os, "fork"), reason="fork and signals are POSIX's")
two_cpus = pytest.mark.skipif(machine["cpus_allowed"] == 1, reason="one CPU: nothing helps on it")
openmp = pytest.mark.skipif(not machine["openmp"], reason="compiled without OpenMP: one thread")


def need(module):
    return pytest.importorskip(module, reason=f"{module.split('.')[0]} is not installed")
