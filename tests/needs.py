"""What a test needs of the machine and of other libraries; without it, it is skipped, visibly."""

import os

import pytest

from leakyc import _core

posix = pytest.mark.skipif(not hasattr(os, "fork"), reason="fork and signals are POSIX's")

two_cpus = pytest.mark.skipif(
    _core.machine()["cpus_allowed"] == 1, reason="one CPU: a helper stays out of its caller's way"
)

openmp = pytest.mark.skipif(
    not _core.machine()["openmp"], reason="compiled without OpenMP: there is one thread"
)


def need(module):
    return pytest.importorskip(module, reason=f"{module.split('.')[0]} is not installed")
