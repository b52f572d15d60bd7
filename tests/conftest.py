"""Fixtures over instruction sets and dtypes, and a report of which instruction sets ran."""

import collections
import os
import pathlib
import re
import subprocess

import numpy as np
import pytest
import twin
from needs import need

import leakyc
from leakyc import _core

ISAS = [isa["name"] for isa in _core.isas()]
AVAILABLE = {isa["name"]: isa["available"] for isa in _core.isas()}
REQUIRES = {isa["name"]: isa["requires"] for isa in _core.isas()}

# Cases that hypothesis makes for a test, and the seed of their choice.
FUZZ_CASES = int(os.environ.get("LEAKYC_FUZZ_CASES", "600"))
FUZZ_SEED = int(os.environ.get("LEAKYC_FUZZ_SEED", "20131"))

_ran = collections.Counter()
_random_calls = collections.Counter()

SRC = pathlib.Path(__file__).parents[1] / "src"
C_FLAGS = ["-std=c11", "-O2", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-ffp-contract=off"]


def dtype_named(name):
    """The dtype of a name in the core's list; bfloat16 needs ml_dtypes."""
    if name == "bfloat16":
        found = need("ml_dtypes").bfloat16
        leakyc.leaky_relu(np.zeros(1, found))  # the first call tells the core its number
        return np.dtype(found)
    return np.dtype(name)


@pytest.fixture(params=ISAS)
def isa(request):
    """Each instruction set that can run here; the others are skipped visibly."""
    if not AVAILABLE[request.param]:
        pytest.skip(reason=f"this CPU has no {REQUIRES[request.param]}")
    _ran[request.param] += 1
    return request.param


@pytest.fixture(params=list(_core.DTYPES))
def dtype(request):
    """Each element type of the core."""
    return dtype_named(request.param)


@pytest.fixture(scope="session")
def compiled(tmp_path_factory):
    """Compiles a source, once for all programs that want it with the same flags."""
    folder, made = tmp_path_factory.mktemp("objects"), {}

    def compile_once(compiler, flags, source):
        if not re.search(r"_OPENMP|omp\.h", source.read_text()):
            flags = [flag for flag in flags if flag != "-fopenmp"]
        key = (compiler, *flags, source)
        if key not in made:
            made[key] = folder / f"{compiler}{''.join(flags)}-{source.stem}.o"
            include = f"-I{SRC}"
            command = [compiler, *C_FLAGS, include, *flags, "-c", source, "-o", made[key]]
            done = subprocess.run(command, capture_output=True, text=True)
            assert done.returncode == 0, done.stderr
        return made[key]

    return compile_once


@pytest.fixture(scope="session")
def random_calls():
    """Counts the random calls that were compared, by how they ended."""
    return _random_calls


@pytest.fixture
def rng():
    return np.random.default_rng(20131)


@pytest.fixture
def x(rng):
    """An array for other libraries; `grad` is another."""
    return twin.values(rng, (60, 100), np.float32)


grad = x


@pytest.fixture
def no_numeric_warnings():
    """NaN, infinity and the rest must not warn."""
    with np.errstate(all="raise"):
        yield


@pytest.fixture(scope="module")
def long_inputs():
    """x and grad of a dtype and their period, longer together than the last cache; made once."""
    last = _core.machine()["streams_from"]
    made = {}

    def inputs(dtype):
        if dtype not in made:
            rng = np.random.default_rng(20131)
            n = min(last, 64 << 20) // dtype.itemsize // 2 + 1023
            period = [twin.values(rng, twin.PERIOD, dtype) for _ in range(2)]
            made.clear()
            made[dtype] = [np.resize(a, n) for a in period], period
        return made[dtype]

    return inputs


@pytest.fixture(autouse=True)
def _thread_setting():
    """Large calls are parallel, whatever other work slows the machine; no test leaves a number of
    threads behind."""
    before, eager = _core.set_threads(0), _core.set_eager(True)
    _core.set_threads(before)
    yield
    _core.set_threads(before)
    _core.set_eager(eager)


def pytest_configure(config):
    for mark in ("slow", "leaks_references", "thread_unsafe"):
        config.addinivalue_line("markers", f"{mark}: used by NumPy's own tests")


def pytest_report_header(config):
    chosen = [isa["name"] for isa in _core.isas() if isa["chosen"]]
    can = [name for name in ISAS if AVAILABLE[name]]
    cannot = [f"{name} (needs {REQUIRES[name]})" for name in ISAS if not AVAILABLE[name]]
    return [
        f"random calls: {FUZZ_CASES} cases a test, seed {FUZZ_SEED}",
        f"leakyc instruction sets: chosen {chosen[0]}; tested here: {', '.join(can)}",
        f"leakyc instruction sets NOT tested here: {', '.join(cannot) or 'none'}",
    ]


def skip_reasons(reports):
    """How many tests were skipped for each reason, most first."""
    reasons = [report.longrepr[2].removeprefix("Skipped: ") for report in reports]
    return collections.Counter(reasons).most_common()


def pytest_terminal_summary(terminalreporter):
    skipped = skip_reasons(terminalreporter.getreports("skipped"))
    if skipped:
        terminalreporter.section("skipped")
        for reason, n in skipped:
            terminalreporter.write_line(f"{n}: {reason}")
    if _random_calls:
        terminalreporter.section("random calls")
        for how, n in _random_calls.most_common():
            terminalreporter.write_line(f"{n}: {how}")
        terminalreporter.write_line(f"{_random_calls.total()} compared in all, seed {FUZZ_SEED}")
    terminalreporter.section("instruction sets")
    for name in ISAS:
        what = f"{_ran[name]} tests ran" if AVAILABLE[name] else "not run: this CPU lacks it"
        terminalreporter.write_line(f"{name}: {what}")
