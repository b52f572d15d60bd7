"""`python -m leakyc`, as a shell sees it."""

import os
import signal
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


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signal")
@pytest.mark.parametrize("command", ["bench", "bench --threads 1,2", "check"])
def test_an_interrupt_ends_it_without_a_traceback(command):
    """Soon: the check is in the middle of a part that takes a minute."""
    code = f"""import signal, sys, threading
from leakyc import __main__
main = threading.main_thread().ident
signal.signal(signal.SIGINT, signal.default_int_handler)  # what runs in the background ignores it
threading.Timer(1, signal.pthread_kill, (main, signal.SIGINT)).start()
sys.exit(__main__.run({command.split()}))"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert "Traceback" not in done.stderr and "interrupted" in done.stderr
    assert done.returncode in (-signal.SIGINT, 0)  # what --full timed until then is shown


@pytest.mark.skipif(os.name == "nt", reason="the shell's redirection")
def test_streams_that_are_closed():
    for closed in ("2>&-", ">&-", ">&- 2>&-"):
        line = f'"$0" -m leakyc bench --sizes 16 --only contiguous --threads 1 {closed}'
        done = subprocess.run(
            ["sh", "-c", line, sys.executable], stdout=subprocess.PIPE, timeout=60
        )
        assert done.returncode == 0, closed


def test_help_keeps_names_as_they_are_written(capsys):
    for command in ("bench", "check"):
        with pytest.raises(SystemExit):
            command_line.main([command, "--help"])
        told = capsys.readouterr().out
        assert "NumPy" in told and "numpy" not in told


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
