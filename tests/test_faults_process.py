"""Fork, signals, threads and the interpreter's end, at moments that nobody chose."""

import threading
import time

import numpy as np
import pytest
import twin
from needs import need, posix
from programs import NO_OMP, printed

import leakyc


def run(program, status=0):
    """The words that the program prints."""
    return printed(START + program, status=status, **NO_OMP).split()


START = """
import atexit, os, random, signal, sys, threading, time, warnings
import numpy as np, leakyc
warnings.simplefilter("ignore", DeprecationWarning)  # fork in a process with threads
x = np.linspace(-1, 1, 1 << 20, dtype="f4"); want = np.where(x > 0, x, x * np.float32(0.1))
small, strided = x[::4099].copy(), x[::-2]
leakyc.set_num_threads(2)
leakyc._core.set_eager(True)  # each large call waits for its helpers to join
def check(out=None):
    assert (leakyc.leaky_relu(x, 0.1, out=out) == want).all()
    assert (leakyc.leaky_relu(small, 0.1) == want[::4099]).all()
    assert (leakyc.leaky_relu(strided, 0.1) == want[::-2]).all()
"""

# ---- fork -------------------------------------------------------------------------------------

FORKS = """
def child():
    signal.alarm(60)
    try:
        check()
        leakyc.set_num_threads(3); check()
        worker = threading.Thread(target=check); worker.start(); worker.join(45)
        os._exit(worker.is_alive())
    except BaseException as error:
        print(error, file=sys.stderr)
        os._exit(1)
stop = False
def until_stopped(call):
    while not stop: call()
callers = [threading.Thread(target=until_stopped, args=(c,), daemon=True) for c in others]
for caller in callers: caller.start()
random.seed(5)
for _ in range(8):
    time.sleep(random.random() * 0.01)
    pid = os.fork()
    if pid == 0: child()
    assert os.waitpid(pid, 0)[1] == 0
check()
stop = True
for caller in callers: caller.join(20)
print("done")
"""


@posix
def test_fork_at_any_moment():
    assert run("others = [check, check]\ncheck()" + FORKS) == ["done"]


@posix
def test_fork_at_any_moment_beside_torch():
    need("torch")
    torch = """
import torch
torch.set_num_threads(2)
t = torch.from_numpy(x)
def call_torch():
    torch.nn.functional.leaky_relu(t, 0.1).sum()
    time.sleep(0.001)
others = [check, call_torch]
call_torch()
"""
    assert run(torch + FORKS) == ["done"]


# ---- signals ----------------------------------------------------------------------------------


@posix
def test_an_interrupt_during_a_call_comes_after_it():
    program = """
signal.signal(signal.SIGINT, signal.default_int_handler)  # a parent may have it ignored
x = np.resize(x, 1 << 23); want = np.resize(want, x.size); out = np.empty_like(x)
def kill():
    time.sleep(0.05)
    os.kill(os.getpid(), signal.SIGINT)
for _ in range(5):
    threading.Thread(target=kill).start()
    try:
        while True:
            out[:] = 7
            leakyc.leaky_relu(x, 0.1, out=out)
            called = True
    except KeyboardInterrupt:
        pass
    leakyc.leaky_relu(x, 0.1, out=out)
    assert (out == want).all()
print("done")
"""
    assert run(program) == ["done"]


@posix
def test_a_storm_of_signals_changes_no_result():
    program = """
count = 0
def handler(*_):
    global count
    count += 1
signal.signal(signal.SIGALRM, handler)
signal.setitimer(signal.ITIMER_REAL, 0.001, 0.0005)
out, calls = np.empty_like(x), 0
end = time.monotonic() + 20
while count < 300 and time.monotonic() < end:
    out[:] = 7
    check(out)
    calls += 1
signal.setitimer(signal.ITIMER_REAL, 0)
assert count >= 300 and calls > 5, (count, calls)
print("done")
"""
    assert run(program) == ["done"]


@posix
def test_an_error_in_a_signal_handler_loses_no_result():
    program = """
class Alarm(Exception): pass
def handler(*_): raise Alarm
signal.signal(signal.SIGALRM, handler)
out, alarms = np.empty_like(x), 0
for i in range(20):
    signal.setitimer(signal.ITIMER_REAL, 0.002)
    try:
        while True: leakyc.leaky_relu(x, 0.1, out=out)
    except Alarm:
        alarms += 1
    assert (out == want).all() or i == 0
    assert sys.getrefcount(out) == 2
print(alarms)
"""
    assert run(program) == ["20"]


# ---- many threads at once ---------------------------------------------------------------------


def test_32_threads_that_call_and_change_the_settings(rng):
    sizes = [1, 7, 100, 5_000, 70_000, 300_000, (1 << 20) + 3]
    arrays = [twin.values(rng, n, np.float32) for n in sizes]
    wants = [twin.leaky_relu(x, 0.1) for x in arrays]
    end, wrong, calls = time.monotonic() + 3, [], [0] * 32

    def work(number):
        random = np.random.default_rng(number)
        outs = [np.empty_like(x) for x in arrays]
        while calls[number] < 3 or time.monotonic() < end:
            i = int(random.integers(len(arrays)))
            x, want, out = arrays[i], wants[i], outs[i]
            leakyc.set_num_threads([None, 1, 2, 3, 8][int(random.integers(5))])
            leakyc.set_buffer_limit([None, 0, 4 << 20, 64 << 20][int(random.integers(4))])
            if random.integers(10) == 0:
                leakyc.clear_buffers()
            form = int(random.integers(4))
            if form == 0:
                got = leakyc.leaky_relu(x, 0.1)
            elif form == 1:
                got = leakyc.leaky_relu(x, 0.1, out=out)
            elif form == 2:
                got = leakyc.leaky_relu(x[::-1], 0.1)[::-1]
            else:
                got = leakyc.leaky_relu_grad(x, x, 0.1, out=out)
            if got.tobytes() != want.tobytes():
                wrong.append((number, x.size, form))
            calls[number] += 1

    def guarded(number):
        try:
            work(number)
        except BaseException as error:
            wrong.append(error)

    workers = [threading.Thread(target=guarded, args=(n,), daemon=True) for n in range(32)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(90)
    leakyc.set_buffer_limit(None)
    assert not any(worker.is_alive() for worker in workers)
    assert not wrong
    assert min(calls) > 0


# ---- the end ----------------------------------------------------------------------------------

ENDS = {
    "results alive": "kept = leakyc.leaky_relu(x); view = kept[::2]; check()",
    "buffers kept": "check(); assert leakyc.buffer_info()['cached_blocks'] > 0",
    "threads parked": "leakyc.set_num_threads(8); check()",
    "calls in daemon threads": """
def forever():
    out = np.empty_like(x)
    while True: check(out)
for _ in range(4): threading.Thread(target=forever, daemon=True).start()
time.sleep(0.2)
""",
    "calls at exit": "atexit.register(check); check()",
    "calls in __del__": """
class Last:
    def __init__(self): self.call, self.x = leakyc.leaky_relu, x
    def __del__(self): self.call(self.x, 0.1); self.call(self.x[::2], 0.1); self.call([1, 2])
last = Last(); last.itself = last
check()
""",
    "a call in a thread that outlives main": """
def late():
    time.sleep(0.2)
    check()
threading.Thread(target=late).start()
""",
    "import again": """
for name in [n for n in sys.modules if n.startswith("leakyc")]: del sys.modules[name]
""",
}


@pytest.mark.parametrize("name", ENDS)
def test_the_interpreter_ends(name):
    assert run(ENDS[name]) == []


def test_sys_exit_in_the_middle():
    assert run("leakyc.leaky_relu(x); sys.exit(3)", status=3) == []
