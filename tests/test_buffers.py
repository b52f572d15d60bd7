"""Large results in recycled memory: kept within the limit, reclaimable, and ordinary arrays."""

import os
import pickle
import sys
import threading
import tracemalloc

import numpy as np
import pytest
import twin
from programs import ended, printed

import leakyc
from leakyc import _buffers

LARGE = 1 << 20  # float32 elements: 4 MB
MB = 1 << 20

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="nothing is recycled on Windows")


@pytest.fixture(autouse=True)
def _empty_pool():
    before = leakyc.set_buffer_limit(None)
    leakyc.clear_buffers()
    yield
    leakyc.clear_buffers()
    leakyc.set_buffer_limit(before)


@pytest.fixture
def x(rng):
    return twin.values(rng, LARGE, np.float32)


def counts():
    info = leakyc.buffer_info()
    return info["reused"], info["created"]


def grown(before):
    return tuple(now - then for now, then in zip(counts(), before, strict=True))


@pytest.mark.parametrize(
    "call",
    [
        lambda x: leakyc.leaky_relu(x),
        lambda x: leakyc.leaky_relu(x.reshape(1024, 1024).T),
        lambda x: leakyc.leaky_relu(x.reshape(1024, 1024)[:, :-8]),
        lambda x: leakyc.leaky_relu_grad(x, x),
        lambda x: leakyc.prelu(x.reshape(1024, 1024), x[:1024]),
        lambda x: leakyc.leaky_relu(x.view(np.float16)),
    ],
)
def test_the_second_result_takes_the_block_of_the_first(call, x):
    before = counts()
    first = call(x)
    address, want = first.ctypes.data, first.copy()
    assert grown(before) == (0, 1)
    assert first.flags.owndata and first.base is None
    del first
    second = call(x)
    assert grown(before) == (1, 1)
    assert second.ctypes.data == address
    twin.same_bits(second, want)


def test_small_results_and_given_ones_are_none_of_the_pool(x):
    before = counts()
    leakyc.leaky_relu(x[: LARGE // 8])
    leakyc.leaky_relu(x, out=np.empty_like(x))
    leakyc.leaky_relu(x[::-1], out=x[::-1])
    assert grown(before) == (0, 0)


def test_two_results_never_share_a_block(x):
    results = [leakyc.leaky_relu(x, slope) for slope in (0.1, 0.2, 0.3)]
    del results[1]
    results.insert(1, leakyc.leaky_relu(x, 0.2))
    for result, slope in zip(results, (0.1, 0.2, 0.3), strict=True):
        twin.same_bits(result, twin.leaky_relu(x, slope))


def test_the_limit_holds(x):
    leakyc.set_buffer_limit(10 * MB)
    results = [leakyc.leaky_relu(x) for _ in range(4)]
    del results
    info = leakyc.buffer_info()
    assert info["limit"] == 10 * MB
    assert (info["cached_bytes"], info["cached_blocks"]) == (8 * MB, 2)
    assert leakyc.set_buffer_limit(5 * MB) == 10 * MB
    assert leakyc.buffer_info()["cached_bytes"] == 4 * MB
    leakyc.leaky_relu(np.resize(x, 2 * LARGE))  # larger than the limit: not kept at all
    assert leakyc.buffer_info()["cached_bytes"] <= 5 * MB
    assert leakyc.clear_buffers() == 4 * MB
    assert leakyc.buffer_info()["cached_blocks"] == 0


def test_zero_turns_it_off(x):
    kept = leakyc.leaky_relu(x)
    leakyc.set_buffer_limit(0)
    before = counts()
    leakyc.leaky_relu(x)
    assert grown(before) == (0, 0)
    del kept
    assert leakyc.buffer_info()["cached_bytes"] == 0


@pytest.mark.parametrize("wrong", [-1, 1 << 64])
def test_limits_out_of_range(wrong):
    with pytest.raises(ValueError, match="nbytes must be from 0"):
        leakyc.set_buffer_limit(wrong)


@pytest.mark.parametrize("wrong", ["1", 1.5, [1]])
def test_limits_that_are_no_number(wrong):
    with pytest.raises(TypeError, match="nbytes must be an int or None"):
        leakyc.set_buffer_limit(wrong)


@pytest.mark.parametrize("size", [1, LARGE // 2, LARGE, LARGE + 1, 3 * LARGE])
def test_resize_keeps_the_elements(x, size):
    y = leakyc.leaky_relu(x)
    want = np.zeros(size, np.float32)
    want[: min(size, LARGE)] = y[:size]
    y.resize(size, refcheck=False)
    twin.same_bits(y, want)
    del y
    twin.same_bits(leakyc.leaky_relu(x), twin.leaky_relu(x, 0.01))


def test_pickle_copy_and_view(x):
    y = leakyc.leaky_relu(x)
    want = twin.leaky_relu(x, 0.01)
    twin.same_bits(pickle.loads(pickle.dumps(y)), want)
    view = y[1:]
    del y
    leakyc.leaky_relu(x, 0.5)  # must not take the block that the view keeps
    twin.same_bits(view, want[1:])


def test_tracemalloc_sees_the_arrays(x):
    tracemalloc.start()
    try:
        y = leakyc.leaky_relu(x)
        with_it = tracemalloc.get_traced_memory()[0]
        del y
        without = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert with_it - without >= x.nbytes


def test_freed_by_other_threads(x):
    want = twin.leaky_relu(x, 0.01)
    box, wrong = [], []

    def work():
        for _ in range(30):
            box.append(leakyc.leaky_relu(x))
            if box.pop().tobytes() != want.tobytes():
                wrong.append(1)
            leakyc.clear_buffers()

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert not wrong and not any(worker.is_alive() for worker in workers)


SETS_A_HANDLER = """
import ctypes
python = ctypes.pythonapi
python.PyCapsule_GetPointer.restype = ctypes.c_void_p
python.PyCapsule_GetPointer.argtypes = ctypes.py_object, ctypes.c_char_p
python.PyCapsule_New.restype = ctypes.py_object
python.PyCapsule_New.argtypes = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p
api = python.PyCapsule_GetPointer(np._core.multiarray._ARRAY_API, None)
api = (ctypes.c_void_p * 307).from_address(api)  # as numpy/__multiarray_api.h counts
set_handler = ctypes.PYFUNCTYPE(ctypes.py_object, ctypes.py_object)(api[304])
default = ctypes.py_object.from_address(api[306]).value
own = ctypes.create_string_buffer(  # NumPy's own functions under another name
    ctypes.string_at(python.PyCapsule_GetPointer(default, b"mem_handler"), 128 + 5 * 8))
own[:7] = b"user's\\0"
name = np._core.multiarray.get_handler_name
x = np.ones(1 << 20, np.float32)
usual = set_handler(python.PyCapsule_New(ctypes.addressof(own), b"mem_handler", None))
theirs = leakyc.leaky_relu(x), leakyc.leaky_relu(x.reshape(1024, 1024).T)
set_handler(usual)
ours = leakyc.leaky_relu(x)
print(*map(name, (*theirs, ours)))
"""


def test_a_handler_of_the_users_is_kept():
    assert run(SETS_A_HANDLER) == ["user's", "user's", "leakyc"]


@pytest.mark.skipif(not os.path.exists("/proc/self/smaps"), reason="smaps is Linux's")
def test_the_kernel_may_take_what_is_kept():
    """All but the newest 32 MB: of the last block its start, of an older one nothing."""
    kept = 0
    for megabytes in (128, 96):
        y = leakyc.leaky_relu(np.ones(megabytes * MB // 4, np.float32))
        del y
        kept += megabytes * MB
        assert leakyc.buffer_info()["cached_bytes"] == kept
        with open("/proc/self/smaps") as smaps:
            lazy = sum(int(line.split()[1]) for line in smaps if line.startswith("LazyFree:"))
        assert 0.9 * (kept - 32 * MB) <= lazy << 10 <= kept - 32 * MB


ADVISED = """
y = leakyc.leaky_relu(np.ones(1 << 22, "f4"))
inside = False
for line in open("/proc/self/smaps"):
    words = line.split()
    if not words[0].endswith(":"):
        begin, end = (int(word, 16) for word in words[0].split("-"))
        inside = begin <= y.ctypes.data < end
    elif inside and words[0] == "VmFlags:":
        print("hg" in words)
"""


@pytest.mark.skipif(not os.path.exists("/proc/self/smaps"), reason="smaps is Linux's")
@pytest.mark.parametrize(("value", "advised"), [("0", "False"), ("1", "True")])
def test_huge_pages_as_numpy_is_told(value, advised):
    if not os.path.exists("/sys/kernel/mm/transparent_hugepage"):
        pytest.skip(reason="this kernel has no transparent huge pages")
    assert run(ADVISED, NUMPY_MADVISE_HUGEPAGE=value) == [advised]


def run(program, **environment):
    return printed("import os, numpy as np, leakyc\n" + program, **environment).split()


SIZES = {
    "": None, " ": None, "0": 0, "1000000": 10**6, " 7 ": 7, "7b": 7, "256MB": 256 << 20,
    "256 mb": 256 << 20, "1G": 1 << 30, "1g": 1 << 30, "2GiB": 2 << 30, "64k": 64 << 10,
    "64KB": 64 << 10, "1T": 1 << 40, "0M": 0,
}  # fmt: skip
NO_SIZES = ["many", "-1", "+1", "1.5G", "1e9", "256 M B", "1Q", "MB", "1 2", "0x10", "1_000", "٣",
            "256MBs", "256bits", "256MB,", "9" * 30, "9" * 5000, "9999999999T", "nan"]  # fmt: skip


@pytest.mark.parametrize("text", NO_SIZES)
def test_what_is_no_size_is_named(text, monkeypatch):
    monkeypatch.setenv("LEAKYC_BUFFER_LIMIT", text)
    with pytest.raises(ImportError, match="LEAKYC_BUFFER_LIMIT='.*256MB"):
        _buffers._from_environment()


@pytest.mark.parametrize("text, limit", SIZES.items())
def test_sizes(text, limit, monkeypatch):
    default = leakyc.buffer_info()["limit"]
    monkeypatch.setenv("LEAKYC_BUFFER_LIMIT", text)
    _buffers._from_environment()
    assert leakyc.buffer_info()["limit"] == (default if limit is None else limit)


def test_the_environment_is_read_at_import():
    program = "print(leakyc.buffer_info()['limit'])"
    assert run(program, LEAKYC_BUFFER_LIMIT="1G") == [str(1 << 30)]
    assert run(program, LEAKYC_BUFFER_LIMIT="") == [str(leakyc.buffer_info()["limit"])]
    done = ended("-c", "import leakyc", LEAKYC_BUFFER_LIMIT="many")
    assert done.returncode == 1
    last = done.stderr.splitlines()[-1]
    assert last.startswith("ImportError: LEAKYC_BUFFER_LIMIT='many'") and "256MB" in last


def test_arrays_outlive_the_interpreter():
    run("np.kept = leakyc.leaky_relu(np.ones(1 << 20)); leakyc.leaky_relu(np.ones(1 << 20))")


def test_a_child_of_fork_has_its_own():
    program = """
import signal, warnings
warnings.simplefilter("ignore", DeprecationWarning)
x = np.linspace(-1, 1, 1 << 20)
y, z = leakyc.leaky_relu(x), leakyc.leaky_relu(x, 0.5)
want = z.tobytes()
del y
pid = os.fork()
if pid == 0:
    signal.alarm(60)
    ok = leakyc.leaky_relu(x, 0.5).tobytes() == want
    del z
    leakyc.clear_buffers()
    os._exit(not ok)
assert os.waitpid(pid, 0)[1] == 0
assert leakyc.leaky_relu(x, 0.5).tobytes() == want
"""
    run(program)
