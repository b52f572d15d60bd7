"""Threads: the same bits for any number, the settings and limits obeyed, helpers that take part."""

import os
import shutil
import subprocess
import sys
import threading

import numpy as np
import pytest
import twin
from needs import need, openmp, posix, two_cpus
from programs import NO_OMP, printed

import leakyc
from leakyc import _core

pytestmark = openmp
LARGE = (1 << 20) + 1021  # elements: well above the cut-over, and odd


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


def test_helpers_take_part():
    """Else every test of threads would compare the caller with itself."""
    x = np.ones(LARGE, "f4")
    with leakyc.threads(2):
        leakyc.leaky_relu(x)
        before = _core.team()
        leakyc.leaky_relu(x)
        leakyc.bias_leaky_relu_grad(x[: 1 << 20].reshape(-1, 64), x[: 1 << 20].reshape(-1, 64))
        after = _core.team()
    assert after["calls"] - before["calls"] == 2
    if _core.machine()["cpus_allowed"] > 1:  # on its caller's CPU a helper stays out
        assert after["joined"] - before["joined"] == 2


def test_helpers_are_used_when_it_pays():
    """Not by a call of some megabytes while they sleep, and by no second thread's at once."""
    program = """
import threading, time, numpy as np, leakyc
from leakyc import _core
leakyc.set_num_threads(2)
arrays = {mb: np.ones(mb << 17, "f4") for mb in (1, 8)}  # touched, in place
def call(mb):
    leakyc.leaky_relu(arrays[mb], 0.1, out=arrays[mb])
def offered(*calls):
    before = _core.team()["calls"]
    for mb in calls: call(mb)
    return _core.team()["calls"] - before
print(offered(1))
time.sleep(0.1)
print(max(offered(1, 1) for _ in range(20)))
time.sleep(0.1)
print(offered(8))
def other():
    print(offered(8))
thread = threading.Thread(target=other); thread.start(); thread.join()
print(_core.threads_from())
"""
    said = run(program)
    assert said[0] == "0" and said[1] in ("1", "2")
    assert said[2:4] == ["1", "0"]
    assert " ".join(said[4:]) == "(None, 'several threads call by turns')"


def test_after_a_call_the_process_is_idle():
    """Helpers wait 10 us for another call, then sleep. CPU time is counted, not measured: a spin
    until a timeout of milliseconds, as OpenMP's own, would be a hundred times the bound."""
    program = """
import time, numpy as np, leakyc
x = np.ones(1 << 22, "f4"); y = np.empty_like(x)
leakyc.set_num_threads(3)
used = []
for _ in range(5):
    for _ in range(20): leakyc.leaky_relu(x, 0.1, out=y)
    begin = time.process_time(), time.thread_time()
    time.sleep(0.3)
    used.append(time.process_time() - begin[0] - (time.thread_time() - begin[1]))
print(min(used))  # a helper that lost its CPU ends late, once; one that spins does each time
"""
    assert float(run(program)[0]) < 0.005


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


def test_a_setting_of_one_thread():
    seen = {}

    def loader():
        seen["before"] = leakyc.get_num_threads()
        assert leakyc.set_num_threads(1, scope="thread") is None
        seen["own"] = leakyc.get_num_threads(), _core.threads_for(64 << 20)
        with leakyc.threads(3):
            seen["block"] = leakyc.get_num_threads()
        with leakyc.threads(7, scope="process"):
            seen["own still"] = leakyc.get_num_threads()
        assert leakyc.set_num_threads(None, scope="thread") == 1
        seen["after"] = leakyc.get_num_threads()

    previous = leakyc.set_num_threads(5)
    try:
        with leakyc.threads(4):
            thread = threading.Thread(target=loader)
            thread.start()
            thread.join()
            assert leakyc.get_num_threads() == 4
        assert leakyc.get_num_threads() == 5
    finally:
        leakyc.set_num_threads(previous)
    want = {"before": 5, "own": (1, 1), "block": 3, "own still": 1, "after": 5}
    assert seen == want


def test_a_block_for_the_process():
    default = leakyc.get_num_threads()
    with leakyc.threads(default + 1, scope="process"):
        box = []
        thread = threading.Thread(target=lambda: box.append(leakyc.get_num_threads()))
        thread.start()
        thread.join()
        assert box == [default + 1]
    assert leakyc.get_num_threads() == default


@pytest.mark.parametrize("wrong", ["Process", None, 1])
def test_no_scope(wrong):
    with pytest.raises(ValueError, match="'process' or 'thread'"):
        leakyc.set_num_threads(1, scope=wrong)
    with pytest.raises(ValueError, match="'process' or 'thread'"), leakyc.threads(1, scope=wrong):
        pass


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


def run(program, **settings):
    """The words that the program prints."""
    return printed(program, **NO_OMP | settings).split()


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
    one = "import os; cpus = os.sched_getaffinity(0); os.sched_setaffinity(0, {min(cpus)});"
    assert run(one + NUMBER) == ["1"]
    later = "os.sched_setaffinity(0, cpus); print(leakyc.get_num_threads())"
    assert run(f"{one}{NUMBER}; {later}") == ["1", str(len(os.sched_getaffinity(0)))]


@two_cpus
@pytest.mark.parametrize("bind", ["true", "spread", "close"])
def test_threads_that_openmp_binds_to_cpus(bind):
    """The importing thread's own mask is one CPU then; its helpers have the others."""
    program = """
import numpy as np, leakyc
from leakyc import _core
_core.set_eager(True)
x = np.ones(1 << 22, "f4")
for _ in range(3): leakyc.leaky_relu(x, 0.1, out=x)
print(leakyc.get_num_threads(), _core.team()["joined"] > 0)
"""
    assert run(program, OMP_PROC_BIND=bind, OMP_NUM_THREADS="2") == ["2", "True"]


def test_a_limit_on_threads():
    said = "import leakyc; leakyc.set_num_threads(4); print(*leakyc._core.threads_now())"
    assert run(said, OMP_THREAD_LIMIT="1") == ["1", "OMP_THREAD_LIMIT"]
    assert run(said, OMP_THREAD_LIMIT="3") == ["3", "OMP_THREAD_LIMIT"]


def test_threadpoolctl():
    threadpoolctl = need("threadpoolctl")
    with leakyc.threads(4):
        with threadpoolctl.threadpool_limits(1):
            assert leakyc.get_num_threads() == 1
        assert leakyc.get_num_threads() == 4


def test_the_threads_stay_few():
    program = """
import os, numpy as np, leakyc
x = np.ones(1 << 23, "f4"); y = np.empty_like(x)
count = lambda: len(os.listdir("/proc/self/task")) if os.path.isdir("/proc/self/task") else 0
leakyc._core.set_eager(True)
leakyc.set_num_threads(2)
leakyc.leaky_relu(x, 0.1, y); leakyc.leaky_relu(x, 0.1, y); before = count()
for _ in range(20): leakyc.leaky_relu(x, 0.1, y)
print(before, count())
"""
    before, after = run(program)
    assert before == after


@two_cpus
def test_the_team_grows_and_is_not_all_woken():
    program = """
import os, time, numpy as np, leakyc
from leakyc import _core
x = np.ones(1 << 22, "f4"); y = np.empty_like(x)
_core.set_eager(True)
for n in 2, 5, 33, 3:
    leakyc.set_num_threads(n)
    end = time.monotonic() + 20
    while True:
        before = _core.team()
        leakyc.leaky_relu(x, 0.1, out=y)
        now = _core.team()
        if now["joined"] - before["joined"] == n - 1: break
        assert time.monotonic() < end, (n, before, now)
    assert (y == 1).all()
    print(now["helpers"])
"""
    assert run(program) == ["1", "4", "32", "32"]


# ---- what else goes on in the process ---------------------------------------------------------


def test_serial_inside_a_region_of_others(tmp_path):
    """A C program's OpenMP region that calls back into Python."""
    if shutil.which("gcc") is None or not sys.platform.startswith("linux"):
        pytest.skip(reason="the region of others wants gcc and Linux")
    source, library = tmp_path / "region.c", tmp_path / "region.so"
    source.write_text(
        """
void in_region(void (*call)(void))
{
#pragma omp parallel num_threads(2)
#pragma omp single
    call();
}
"""
    )
    done = subprocess.run(
        ["gcc", "-shared", "-fPIC", "-fopenmp", source, "-o", library], capture_output=True
    )
    if done.returncode:
        pytest.skip(reason="gcc has no OpenMP here")
    runtimes = run("import leakyc; print(leakyc.show_config('dict')['openmp']['runtimes'])")[0]
    if "libomp" in runtimes or "leakyc.libs" in runtimes:
        pytest.skip(reason="a region of the system's libgomp is another runtime's here")
    run(
        f"""
import ctypes, leakyc
from leakyc import _core
leakyc.set_num_threads(2)
seen = []
call = ctypes.CFUNCTYPE(None)(lambda: seen.append(_core.threads_for(1 << 30)))
ctypes.CDLL({str(library)!r}).in_region(call)
assert seen == [1] and _core.threads_for(1 << 30) == 2, seen
"""
    )


@posix
def test_signals_are_for_the_programs_threads():
    """Else one could come to a helper, and the call that it should interrupt goes on."""
    program = """
import os, numpy as np, leakyc
leakyc._core.set_eager(True)
leakyc.set_num_threads(3)
x = np.ones(1 << 22, "f4")
leakyc.leaky_relu(x); leakyc.leaky_relu(x)
SIGINT, SIGSEGV = 1 << 1, 1 << 10
for task in os.listdir("/proc/self/task"):
    status = open(f"/proc/self/task/{task}/status").read()
    blocked = int(status.split("SigBlk:")[1].split()[0], 16)
    print(bool(blocked & SIGINT), bool(blocked & SIGSEGV), int(task) == os.getpid())
"""
    if not os.path.isdir("/proc/self/task"):
        pytest.skip(reason="no /proc here")
    words = run(program, OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")
    rows = [tuple(words[i : i + 3]) for i in range(0, len(words), 3)]
    assert ("False", "False", "True") in rows
    assert rows.count(("True", "False", "False")) >= 2


def test_a_subinterpreter_is_refused():
    """State of the process, one ufunc: an ImportError, and no crash."""
    try:
        import _interpreters as interpreters
    except ImportError:
        interpreters = need("_xxsubinterpreters")
    program = f"""
import leakyc, {interpreters.__name__} as interpreters
number = interpreters.create()
try:
    said = interpreters.run_string(number, "import leakyc")
except Exception as error:
    said = error
print("refused" if said is not None else "imported")
interpreters.destroy(number)
leakyc.leaky_relu(1.0)
"""
    assert run(program) == ["refused"]
