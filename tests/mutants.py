"""Mutants: the library with one thing made wrong must fail the tests named for it.

    python tests/mutants.py [NAME ...]

Each mutant of `mutant_list.py` is one or more substitutions in a copy of the checkout, each of a
text that stands there exactly once. The copy is built in place, quickly (-O1), and the tests run; a
mutant is killed when they fail, and survives when they pass. First they must all pass without any
mutant. Exit status 0: all killed. Needs what the tests need; with ccache first in PATH
(PATH=/usr/lib/ccache:$PATH) it takes half an hour of one core.
"""

import os
import pathlib
import platform
import shutil
import subprocess
import sys
import tempfile
import time

from mutant_list import FASTER, MUTANTS

ROOT = pathlib.Path(__file__).resolve().parent.parent
TIMEOUT = 900


def copy_checkout(folder):
    """What git tracks or would track."""
    names = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    for name in filter(None, names.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)


def run(folder, *command):
    """Exit status, 124 when it took too long, and what it said."""
    environment = {**os.environ, "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        done = subprocess.run(
            [sys.executable, *command], cwd=folder, env=environment, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=TIMEOUT,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return 124, "too long"
    return done.returncode, done.stdout


def build(folder):
    return run(folder, "setup.py", "-q", "build_ext", "--inplace")


def split(tests):
    """pytest's arguments, an expression in quotes being one."""
    words = tests.split(" -k ")
    return words[0].split() + (["-k", words[1].strip("'")] if len(words) > 1 else [])


def pytest(folder, tests):
    return run(folder, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *split(tests))


def apply(folder, change):
    """Makes the checkout wrong; returns the file as it was."""
    path = folder / change.path
    before = text = path.read_text()
    for old, new in change.changes:
        if text.count(old) != 1:
            sys.exit(f"{change.name}: stands {text.count(old)} times in {change.path}:\n{old}")
        text = text.replace(old, new)
    path.write_text(text)
    return before


def verdict(folder, change):
    """What became of one mutant."""
    before = apply(folder, change)
    try:
        status, said = build(folder)
        if status:
            return "DOES NOT BUILD", said[-2000:]
        status, said = pytest(folder, change.tests)
    finally:
        (folder / change.path).write_text(before)
    if status == 0:
        return "SURVIVED", ""
    if status in (2, 3, 4, 5):
        return "NO TEST RAN", said[-2000:]
    failed = [line for line in said.splitlines() if line.startswith(("FAILED", "ERROR"))]
    how = failed[0].split(" - ")[0].removeprefix("FAILED ") if failed else f"status {status}"
    return "killed", how


def main(names):
    chosen = [m for m in MUTANTS if not names or any(name in m.name for name in names)]
    start, alive = time.monotonic(), 0
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        copy_checkout(folder)
        apply(folder, FASTER)
        for change in chosen:  # each text must be found before anything takes time
            (folder / change.path).write_text(apply(folder, change))
        status, said = build(folder)
        if status:
            sys.exit(f"the build failed:\n{said[-4000:]}")
        for tests in sorted({m.tests for m in chosen}):
            status, said = pytest(folder, tests)
            if status:
                sys.exit(f"without a mutant, {tests}: exit status {status}\n{said[-4000:]}")
        print("| mutant | file | verdict | by | s |\n| --- | --- | --- | --- | ---: |", flush=True)
        for change in chosen:
            begin = time.monotonic()
            what, how = verdict(folder, change)
            alive += what != "killed"
            took = f"{time.monotonic() - begin:.0f}"
            row = change.name, f"`{change.path}`", what, f"`{how}`", took
            print("|", " | ".join(row), "|", flush=True)
    killed = len(chosen) - alive
    print(f"\n{killed} of {len(chosen)} killed in {(time.monotonic() - start) / 60:.0f} minutes, "
          f"Python {platform.python_version()}, {platform.machine()}")  # fmt: skip
    return alive != 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
