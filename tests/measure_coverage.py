"""Coverage: which lines of src/ and leakyc/ the suite runs, by gcov and coverage.py.

    python tests/measure_coverage.py [PYTEST ARGUMENT ...]

Builds a copy of the checkout (-O1) with gcc's counters and runs the suite in it. A line of Cython
ran where any of the C that Cython made of it did. Prints a row for each file with the lines that
did not run. Exit status 0: 95 % or more ran, of the C and Cython lines and of the Python lines.
Needs gcc, gcov and coverage.
"""

import collections
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

import mutants

LEAST = 0.95
# Compiled for any x86-64, run only where the CPU has AVX-512.
NEEDS_OTHER_CPU = ("src/simd/avx512.h", "src/isa_avx512.c")
COVERAGE = "[run]\nsource = leakyc\nparallel = true\nbranch = false\npatch = subprocess\n"


def run(folder, *command, **environment):
    done = subprocess.run(
        [sys.executable, *command], cwd=folder, env={**os.environ, **environment}
    )  # fmt: skip
    return done.returncode


def cython_lines(made):
    """Which line of which Cython file each line of the C file that Cython made comes from."""
    origin, here, comment = {}, None, False
    for number, text in enumerate(made.read_text().splitlines(), 1):
        if mark := re.match(r'\s*/\* "([^"]+)":(\d+)', text):
            here, comment = (mark[1], int(mark[2])), True
        elif "/* function exit code */" in text:
            here = None
        elif here and not comment:
            origin[number] = here
        comment = comment and "*/" not in text
    return origin


def counted_lines(folder):
    """For each file, how often each of its lines ran, in any instantiation."""
    lines = collections.defaultdict(lambda: collections.defaultdict(int))
    origin = cython_lines(folder / "leakyc/_core.c")
    for notes in sorted(folder.glob("build/**/*.gcno")):
        done = subprocess.run(
            ["gcov", "--json-format", "--stdout", str(notes)],
            cwd=folder, capture_output=True, text=True, check=True,
        )  # fmt: skip
        for file in json.loads(done.stdout)["files"]:
            path = os.path.relpath(folder / file["file"], folder)
            for line in file["lines"]:
                source, number = path, line["line_number"]
                if path == "leakyc/_core.c":
                    source, number = origin.get(number, ("no line of ours", 0))
                if source.startswith(("src/", "leakyc/")):
                    lines[source][number] += line["count"]
    return {path: dict(counts) for path, counts in lines.items()}


def python_lines(folder):
    """The same for the Python files, by coverage.py."""
    run(folder, "-m", "coverage", "combine", "-q")
    run(folder, "-m", "coverage", "json", "-q", "-o", "python.json")
    files = json.loads((folder / "python.json").read_text())["files"]
    return {
        path: {
            **dict.fromkeys(file["executed_lines"], 1),
            **dict.fromkeys(file["missing_lines"], 0),
        }
        for path, file in files.items()
    }


def spans(numbers):
    """1, 2, 3, 7 as 1-3, 7."""
    groups = []
    for n in sorted(numbers):
        if groups and n == groups[-1][1] + 1:
            groups[-1][1] = n
        else:
            groups.append([n, n])
    return ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in groups)


def report(title, files):
    """Prints the rows; returns the share of lines that ran, of those that can run here."""
    print(f"\n| {title} | lines | ran | not run |\n| --- | ---: | ---: | --- |")
    total = ran = 0
    for path, counts in sorted(files.items()):
        missed = [n for n, count in counts.items() if not count]
        share = 1 - len(missed) / len(counts) if counts else 1
        excluded = path in NEEDS_OTHER_CPU and not any(counts.values())
        if not excluded:
            total, ran = total + len(counts), ran + len(counts) - len(missed)
        what = "needs AVX-512: not counted" if excluded else spans(missed)
        print(f"| `{path}` | {len(counts)} | {share:.0%} | {what} |")
    print(f"| all | {total} | {ran / total:.1%} | |")
    return ran / total


def main(arguments):
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        mutants.copy_checkout(folder)
        mutants.apply(folder, mutants.FASTER)
        (folder / ".coveragerc").write_text(COVERAGE)
        compiler = os.environ.get("CC", "gcc")  # the flags are wanted in the probe for OpenMP too
        status = run(
            folder, "setup.py", "-q", "build_ext", "--inplace",
            CC=f"{compiler} --coverage -fprofile-update=atomic",
        )  # fmt: skip
        if status:
            return status
        paths = {"PYTHONPATH": str(folder), "COVERAGE_RCFILE": str(folder / ".coveragerc")}
        # The list of mutants is held to setup.py as it is in the checkout.
        suite = "-m", "pytest", "-q", "--ignore", "tests/test_mutant_list.py", *arguments
        status = run(folder, "-m", "coverage", "run", *suite, **paths)
        c, python = counted_lines(folder), python_lines(folder)
        shares = report("C and Cython", c), report("Python", python)
    if status:
        print("the suite failed: these numbers are not those of a whole run")
    return status or int(min(shares) < LEAST)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
