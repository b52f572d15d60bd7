"""`python -m leakyc`, as a shell sees it."""

import os
import subprocess
import sys

import pytest
from programs import ended

import leakyc
from leakyc import __main__ as command_line

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


def test_a_reader_that_stays_is_told_the_configuration():
    done = ended("-m", "leakyc")
    assert done.returncode == 0 and done.stdout.startswith(f"leakyc {leakyc.__version__}\n")
    assert done.stderr == ""


def test_it_refuses_what_it_does_not_know(capsys):
    with pytest.raises(SystemExit) as stop:
        command_line.main(["fly"])
    assert stop.value.code == 2
    assert "fly" in capsys.readouterr().err


def test_it_tells_the_version(capsys):
    with pytest.raises(SystemExit) as stop:
        command_line.main(["--version"])
    assert stop.value.code == 0
    assert capsys.readouterr().out == f"leakyc {leakyc.__version__}\n"
