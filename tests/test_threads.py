"""Threads: the same bits for any number, the settings and limits obeyed, no hang after fork."""

import glob
import os
import pathlib
import shutil
import subprocess
import sys
import threading

import numpy as np
import pytest
import twin

import leakyc
from leakyc import _core

LARGE = (1 << 20) + 1021  # elements: well above the cut-over, and odd


@pytest.fixture(autouse=True, scope="module")
def _needs_openmp():
    if not _core.machine()["openmp"]:
        pytest.skip(reason="compiled without OpenMP: there is one thread")


@pytest.mark.parametrize("offset", [0, 1, 5])
def test_the_same_bits_for_any_number(dtype, rng, offset):
    x = np.resize(twin.values(rng, 65_537, dtype), LARGE + offset)[offset:]
    grad = np.resize(twin.values(rng, 65_539, dtype), LARGE + offset)[offset:]
    out = np.zeros(LARGE + 2 * offset + 9, dtype)[offset:][:LARGE]
    calls = [
        lambda: leakyc.leaky_relu(x, 0.01),
        lambda: leakyc.leaky_relu(x, 0.01, out=out).copy(),
        lambda: leakyc.leaky_relu_grad(grad, x, 1.3),
        lambda: leakyc.leaky_relu(x[::2], -0.5),
        lambda: leakyc.leaky_relu(x[: 1021 * 1027].reshape(1021, 1027).T, 0.2),
        lambda: leakyc.leaky_relu(x.copy(), 0.2, out=x.copy()),
    ]
    for call in calls:
        with leakyc.threads(1):
            alone = call()
        for n in (2, 3, 7, 64):
            with leakyc.threads(n):
                together = call()
            if together.tobytes() != alone.tobytes():  # a NaN's payload may differ
                twin.same_bits(together, alone, f"threads={n}")
    twin.same_bits(alone, twin.leaky_relu(x, 0.2))


def test_more_than_one_thread_is_used():
    """Else the test above would compare one thread with itself."""
    with leakyc.threads(2):
        assert _core.threads_for(64 << 20) == 2
    with leakyc.threads(1):
        assert _core.threads_for(64 << 20) == 1
    assert _core.threads_for(1000) == 1


def test_a_region_is_opened_when_it_pays():
    """Not for a first call of some megabytes: its threads would have to be woken."""
    program = """
import threading, time, leakyc
from leakyc import _core
leakyc.set_num_threads(2)
print(_core.threads_for(8 << 20), _core.threads_for(8 << 20), _core.threads_for(100 << 10))
time.sleep(0.1)
print(_core.threads_for(8 << 20))
time.sleep(0.1)
print(_core.threads_for(64 << 20))
box = []
other = threading.Thread(target=lambda: box.append(_core.threads_for(64 << 20)))
other.start(); other.join()
print(*box)
"""
    assert run(program) == ["1", "2", "1", "1", "2", "1"]


def test_settings():
    default = leakyc.get_num_threads()
    assert leakyc.set_num_threads(3) is None
    assert leakyc.get_num_threads() == 3
    assert leakyc.set_num_threads(None) == 3
    assert leakyc.get_num_threads() == default
    with leakyc.threads(2):
        assert leakyc.get_num_threads() == 2
        with leakyc.threads(5):
            assert leakyc.get_num_threads() == 5
        assert leakyc.get_num_threads() == 2
    with pytest.raises(KeyError), leakyc.threads(2):
        raise KeyError
    assert leakyc.get_num_threads() == default


@pytest.mark.parametrize("wrong", [0, -1, 5000, 1 << 70])
def test_numbers_out_of_range(wrong):
    with pytest.raises(ValueError, match="1 to 4096"):
        leakyc.set_num_threads(wrong)
    with pytest.raises(ValueError, match="1 to 4096"), leakyc.threads(wrong):
        pass


@pytest.mark.parametrize("wrong", [1.5, "2", [1], object()])
def test_no_number(wrong):
    with pytest.raises(TypeError, match="int"):
        leakyc.set_num_threads(wrong)


def environment(**settings):
    """The process's own, but for what tells OpenMP how to run."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("OMP_", "GOMP_"))}
    return {**kept, **settings}


def run(program, **settings):
    """The program's output; a hang is a failure after a minute."""
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment(**settings), capture_output=True,
        text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


NUMBER = "import leakyc; print(leakyc.get_num_threads())"


def test_the_environment():
    default = run(NUMBER)
    assert run(NUMBER, OMP_NUM_THREADS="3") == ["3"]
    assert run(NUMBER, OMP_NUM_THREADS="1") == ["1"]
    assert run(NUMBER, OMP_NUM_THREADS="3,2") == ["3"]
    assert run(NUMBER, OMP_NUM_THREADS="") == default
    assert run(NUMBER, OMP_NUM_THREADS="many") == default
    assert run(NUMBER, OMP_NUM_THREADS="-2") == default


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="no affinity on this platform")
def test_affinity():
    one = "import os; os.sched_setaffinity(0, {min(os.sched_getaffinity(0))});"
    assert run(one + NUMBER) == ["1"]


def test_threadpoolctl():
    threadpoolctl = pytest.importorskip("threadpoolctl", reason="threadpoolctl is not installed")
    with leakyc.threads(4):
        with threadpoolctl.threadpool_limits(1):
            assert leakyc.get_num_threads() == 1
        assert leakyc.get_num_threads() == 4


def test_the_threads_stay_few():
    program = """
import os, numpy as np, leakyc
x = np.ones(1 << 23, "f4"); y = np.empty_like(x)
count = lambda: len(os.listdir("/proc/self/task")) if os.path.isdir("/proc/self/task") else 0
leakyc.set_num_threads(2)
leakyc.leaky_relu(x, 0.1, y); before = count()
for _ in range(20): leakyc.leaky_relu(x, 0.1, y)
print(before, count())
"""
    before, after = run(program)
    assert before == after


def test_many_callers_at_once(rng):
    x = twin.values(rng, LARGE, np.float32)
    want = twin.leaky_relu(x, 0.1)
    wrong = []

    def work(n):
        for _ in range(5):
            leakyc.set_num_threads(1 + n % 3)
            if leakyc.leaky_relu(x, 0.1).tobytes() != want.tobytes():
                wrong.append(n)

    workers = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert not wrong
    assert not any(worker.is_alive() for worker in workers)


# ---- fork -----------------------------------------------------------------------------------

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this platform")

FORK = """
import os, signal, sys, threading, warnings
import numpy as np
warnings.simplefilter("ignore", DeprecationWarning)  # fork in a process with threads
signal.alarm(30)
x = np.linspace(-1, 1, 1 << 21, dtype="f4")
want = np.where(x > 0, x, x * np.float32(0.1))
def check():
    import leakyc
    from leakyc import _core
    _core.set_eager(True)  # each call opens a region
    leakyc.set_num_threads(2)
    assert (leakyc.leaky_relu(x, 0.1) == want).all()
def forked(work):
    pid = os.fork()
    if pid == 0:
        signal.alarm(20)
        try:
            work()
        except BaseException as error:
            print(error, file=sys.stderr)
            os._exit(1)
        sys.stdout.flush()
        os._exit(0)
    assert os.waitpid(pid, 0)[1] == 0
"""


@needs_fork
def test_a_child_of_fork_works():
    run(FORK + "check(); forked(check); check(); forked(check)")


@needs_fork
def test_a_grandchild_works():
    run(FORK + "check(); forked(lambda: (check(), forked(check))); check()")


def preloaded(library):
    return {"LD_PRELOAD": f"{os.environ.get('LD_PRELOAD', '')} {library}".strip()}


@needs_fork
def test_fork_with_llvms_runtime():
    """It holds locks of its own during a fork: it is not asked, and the child stays serial."""
    found = sorted(glob.glob("/usr/lib/llvm-*/lib/libomp.so.*"))
    if not found:
        pytest.skip(reason="LLVM's OpenMP runtime is not installed")
    run(FORK + "check(); forked(check); check(); forked(check)", **preloaded(found[-1]))


@needs_fork
def test_a_runtime_that_cannot_pause(tmp_path):
    """The child stays serial: its runtime would wait for threads that it does not have."""
    if shutil.which("gcc") is None or not sys.platform.startswith("linux"):
        pytest.skip(reason="the stand-in for an older runtime wants gcc and Linux")
    if "libomp.so" in pathlib.Path("/proc/self/maps").read_text():
        pytest.skip(reason="the runtime is LLVM's, which is not asked")
    source, library = tmp_path / "cannot.c", tmp_path / "cannot.so"
    source.write_text("int omp_pause_resource_all(int kind) { return kind ? -1 : 0; }\n")
    subprocess.run(["gcc", "-shared", "-fPIC", source, "-o", library], check=True)
    serial = "(check(), print(leakyc.get_num_threads()))"
    said = run(
        FORK + f"import leakyc; check(); forked(lambda: {serial}); check()", **preloaded(library)
    )
    assert said == ["1"]


@needs_fork
def test_fork_while_another_thread_calls():
    run(
        FORK
        + """
check()  # so that no fork comes in the middle of an import
stop = False
def work():
    while not stop: check()
worker = threading.Thread(target=work, daemon=True); worker.start()
for _ in range(10): forked(check)
stop = True; worker.join()
"""
    )


@needs_fork
def test_import_after_a_fork_where_torch_had_a_team():
    pytest.importorskip("torch", reason="torch is not installed")
    run(
        FORK
        + """
import torch
torch.set_num_threads(2); torch.nn.functional.leaky_relu(torch.ones(1 << 22)).sum()
forked(check)
"""
    )


@needs_fork
def test_multiprocessing_fork():
    run(
        FORK
        + """
import multiprocessing
check()
context = multiprocessing.get_context("fork")
workers = [context.Process(target=check) for _ in range(3)]
for worker in workers: worker.start()
for worker in workers: worker.join(20)
assert [worker.exitcode for worker in workers] == [0, 0, 0]
"""
    )


# The most of many, since a call that comes late is one after a pause.
THREADS_FOR = """
from leakyc import _core, _show_config
def threads():
    return [max(_core.threads_for(nbytes) for _ in range(50)) for nbytes in SIZES]
"""
PRINTED = f"SIZES = 1 << 20, 1 << 24\n{THREADS_FOR}\nprint(*threads())"


def test_threads_that_sleep_at_once_want_larger_calls():
    assert run(PRINTED, OMP_NUM_THREADS="2") == ["2", "2"]
    assert run(PRINTED, OMP_NUM_THREADS="2", OMP_WAIT_POLICY="PASSIVE") == ["1", "2"]
    assert run(PRINTED, OMP_NUM_THREADS="2", OMP_WAIT_POLICY="active") == ["2", "2"]


def test_after_a_pause_threads_want_larger_calls():
    program = """
import time
from leakyc import _core
def after_a_pause(nbytes):
    time.sleep(0.0005)
    return _core.threads_for(nbytes)
for nbytes in 1 << 20, 1 << 22:
    print(max(after_a_pause(nbytes) for _ in range(50)))
"""
    assert run(program, OMP_NUM_THREADS="2") == ["1", "2"]


BESIDE_ANOTHER = (
    f"SIZES = 1 << 20, 1 << 30\n{THREADS_FOR}"
    + """
import ctypes, shutil, sys
ours = [path for path in _show_config.openmp_runtimes() if "gomp" in path]
if not ours or _core.machine()["another_runtime"]:
    sys.exit("SKIP")
assert threads() == [2, 2], threads()
plugin, copy = (f"{sys.argv[1]}/libgomp-{name}.so.1" for name in ("plugin-x", "0123abcd"))
shutil.copy(ours[0], plugin), shutil.copy(ours[0], copy)
ctypes.CDLL(plugin)
assert not _core.machine()["another_runtime"]
assert threads() == [2, 2], threads()
ctypes.CDLL(copy)
assert _core.machine()["another_runtime"]
assert threads() == [1, 2], threads()
"""
)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux alone tells what is loaded")
def test_beside_another_runtime_a_call_of_moderate_size_stays_serial(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", BESIDE_ANOTHER, tmp_path],
        env=environment(OMP_NUM_THREADS="2"),
        capture_output=True,
        text=True,
        timeout=60,
    )
    if done.stderr.strip() == "SKIP":
        pytest.skip(reason="our runtime is not libgomp, or another is loaded with NumPy")
    assert done.returncode == 0, done.stderr
