"""No hang, and the same results, in a child of fork and in multiprocessing's processes."""

import glob
import multiprocessing
import os

import pytest
from needs import need, openmp, posix, two_cpus
from programs import NO_OMP, ended, printed

import leakyc

pytestmark = openmp

FORK = """
import os, signal, sys, threading, warnings
import numpy as np
warnings.simplefilter("ignore", DeprecationWarning)  # fork in a process with threads
x = np.linspace(-1, 1, 1 << 21, dtype="f4")
want = np.where(x > 0, x, x * np.float32(0.1))
def check():
    import leakyc
    from leakyc import _core
    _core.set_eager(True)  # each call waits for its helpers to join
    leakyc.set_num_threads(2)
    assert (leakyc.leaky_relu(x, 0.1) == want).all()
def forked(work):
    pid = os.fork()
    if pid == 0:
        signal.alarm(60)  # a hang ends, and a loaded machine does not count as one
        try:
            work()
        except BaseException as error:
            print(error, file=sys.stderr)
            os._exit(1)
        sys.stdout.flush()
        os._exit(0)
    assert os.waitpid(pid, 0)[1] == 0
"""


def run(program, **settings):
    printed(FORK + program, **NO_OMP | settings)


@posix
def test_a_child_of_fork_works():
    run("check(); forked(check); check(); forked(check)")


@posix
def test_a_grandchild_works():
    run("check(); forked(lambda: (check(), forked(check))); check()")


@posix
def test_fork_with_llvms_runtime():
    found = sorted(glob.glob("/usr/lib/llvm-*/lib/libomp.so.*"))
    if not found:
        pytest.skip(reason="LLVM's OpenMP runtime is not installed")
    preload = f"{os.environ.get('LD_PRELOAD', '')} {found[-1]}".strip()
    run("check(); forked(check); check(); forked(check)", LD_PRELOAD=preload)


@posix
@two_cpus
def test_helpers_come_back_in_the_child():
    """And in its child, though nothing is done before the fork to give the parent's up."""
    program = """
def helped():
    from leakyc import _core
    import time
    check()
    end = time.monotonic() + 10
    while True:
        before = _core.team()
        check()
        if _core.team()["joined"] > before["joined"]: return
        assert time.monotonic() < end, (before, _core.team())
helped(); forked(helped); forked(lambda: (helped(), forked(helped))); helped()
stop, big = False, np.ones(1 << 24, "f4")
import leakyc
def call():  # nearly always inside a call that has the team
    while not stop: leakyc.leaky_relu(big, 0.1, out=big)
caller = threading.Thread(target=call, daemon=True); caller.start()
for _ in range(5): forked(helped)
assert caller.is_alive()
stop = True; caller.join()
"""
    run(program)


@posix
def test_import_after_a_fork_where_torch_had_a_team():
    need("torch")
    run(
        """
import torch
torch.set_num_threads(2); torch.nn.functional.leaky_relu(torch.ones(1 << 22)).sum()
forked(check)
"""
    )


@posix
def test_multiprocessing_fork():
    run(
        """
import multiprocessing
check()
context = multiprocessing.get_context("fork")
workers = [context.Process(target=check) for _ in range(3)]
for worker in workers: worker.start()
for worker in workers: worker.join(20)
assert [worker.exitcode for worker in workers] == [0, 0, 0]
"""
    )


@pytest.mark.parametrize("method", ["spawn", "forkserver"])
def test_multiprocessing_by_other_methods(tmp_path, method):
    script = tmp_path / "script.py"
    script.write_text(
        f"""
import multiprocessing
import numpy as np, leakyc
def check(_=None):
    leakyc._core.set_eager(True)
    leakyc.set_num_threads(2)
    x = np.linspace(-1, 1, 1 << 20, dtype="f4")
    assert (leakyc.leaky_relu(x, 0.1) == np.where(x > 0, x, x * np.float32(0.1))).all()
    return 1
if __name__ == "__main__":
    check()
    with multiprocessing.get_context("{method}").Pool(2) as pool:
        print(*pool.map(check, range(3)))
"""
    )
    if method not in multiprocessing.get_all_start_methods():
        pytest.skip(reason=f"no {method} on this platform")
    path = os.path.dirname(os.path.dirname(leakyc.__file__))
    done = ended(script, PYTHONPATH=path, **NO_OMP)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["1", "1", "1"]
