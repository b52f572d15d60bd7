"""`python -m leakyc`, as a shell sees it."""

import os
import subprocess
import sys

import pytest

import leakyc

COMMANDS = [[], ["config"], ["--help"], ["--version"], ["bench"], ["bench", "--help"],
            ["check", "--quick"], ["check", "--help"]]  # fmt: skip


@pytest.mark.skipif(os.name == "nt", reason="Windows has no broken pipes")
@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_reader_that_leaves(command, unbuffered):
    """As in `python -m leakyc | head -1`: no traceback, and not a word."""
    process = subprocess.Popen(
        [sys.executable, "-m", "leakyc", *command], stdout=subprocess.PIPE, text=True,
        stderr=subprocess.PIPE, env={**os.environ, "PYTHONUNBUFFERED": unbuffered},
    )  # fmt: skip
    process.stdout.close()
    assert process.stderr.read() == ""
    process.stderr.close()
    assert process.wait(60) in (141, 0)  # argparse's own help swallows it


def test_a_reader_that_stays():
    done = subprocess.run(
        [sys.executable, "-m", "leakyc"], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0 and f"leakyc {leakyc.__version__}" in done.stdout
    assert done.stderr == ""
