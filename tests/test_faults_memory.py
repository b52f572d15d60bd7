"""Memory that runs out, may not be written or is not aligned; memory that must not leak."""

import ast
import pathlib
import sys

import numpy as np
import pytest
import twin
from needs import need, openmp
from programs import NO_OMP, printed

import leakyc

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="/proc is Linux's")


def run(program):
    """The words that the program prints, whose memory can be limited."""
    return printed(LIMITED + program, **NO_OMP).split()


# ---- no memory --------------------------------------------------------------------------------

LIMITED = """
import contextlib, gc, re, resource, sys
import numpy as np, leakyc
leakyc._core.set_eager(True)  # each large call waits for its helpers to join

def size():
    return int(re.search(r"VmSize:\\s+(\\d+)", open("/proc/self/status").read())[1]) * 1024

@contextlib.contextmanager
def limit(spare):
    gc.collect()
    resource.setrlimit(resource.RLIMIT_AS, (size() + spare, resource.RLIM_INFINITY))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY,) * 2)
"""


@linux
@openmp
@pytest.mark.own_memory
@pytest.mark.parametrize("threads", [2, 8, 64])
@pytest.mark.parametrize("spare", [1 << 20, 20 << 20], ids=["none", "one or two"])
def test_threads_that_cannot_be_had(threads, spare):
    """libgomp ends the process when it cannot start a thread: it must not come to that."""
    program = f"""
x = np.linspace(-1, 1, 1 << 22, dtype="f4"); y, z = np.zeros((2, x.size), "f4")
want = np.where(x > 0, x, x * np.float32(0.1))
leakyc.set_num_threads({threads})
with limit({spare}):
    leakyc.leaky_relu(x, 0.1, out=y)
    leakyc.leaky_relu(x[::-1], 0.1, out=z)
assert (y == want).all() and (z == want[::-1]).all()
y[...] = 0
leakyc.leaky_relu(x, 0.1, out=y)
assert (y == want).all()
print("survived", leakyc.get_num_threads())
"""
    assert run(program) == ["survived", str(threads)]


NO_MEMORY = """
class Mine(np.ndarray): pass
x = np.linspace(-1, 1, 1 << 22, dtype="f4"); before = x.copy()
slopes = np.full(x.size, 0.1, "f4")
integers = np.arange(1 << 20); numbers = [1.0] * (1 << 21)
calls = {
    "fresh": lambda: leakyc.leaky_relu(x, 0.1),
    "gradient": lambda: leakyc.leaky_relu_grad(x, x, 0.1),
    "strided": lambda: leakyc.leaky_relu(x[::2], 0.1),
    "reversed": lambda: leakyc.leaky_relu(x[::-1], 0.1),
    "broadcast": lambda: leakyc.leaky_relu(x.reshape(-1, 1)[:4096], slopes[:1024]),
    "overlap": lambda: leakyc.leaky_relu(x[:-1], 0.1, out=x[1:]),
    "slopes": lambda: leakyc.prelu(x, slopes),
    "integers": lambda: leakyc.leaky_relu(integers),
    "dtype": lambda: leakyc.leaky_relu(x, 0.1, dtype="f8"),
    "where": lambda: leakyc.leaky_relu(x[:-1], 0.1, out=x[1:], where=x[1:] > 2),
    "subclass": lambda: leakyc.leaky_relu(x.view(Mine), 0.1),
    "list": lambda: leakyc.leaky_relu(numbers),
}
held = x, slopes, integers, numbers, x.dtype
for name, call in calls.items():
    for _ in range(2):
        counts = [sys.getrefcount(o) for o in held]
        try:
            with limit(1 << 19):
                call()
            print("no error:", name)
        except MemoryError:
            pass
        assert (x == before).all(), name
        after = [sys.getrefcount(o) for o in held]
        assert after == counts, (name, counts, after)
for name, call in calls.items():
    call()  # there is memory again
print("done")
"""


@linux
@pytest.mark.own_memory
def test_no_memory_is_a_memory_error_and_no_more():
    """Inputs and `out` are as they were, no reference is lost, and with memory again it works."""
    assert run(NO_MEMORY) == ["done"]


@linux
@pytest.mark.own_memory
def test_kept_blocks_are_given_back_before_memory_runs_out():
    """The pool holds 64 MB; a result of 48 MB fits only in their place."""
    program = """
leakyc.set_buffer_limit(1 << 30); leakyc.set_num_threads(1)
x = np.linspace(-1, 1, 12 << 20, dtype="f4")
kept = [leakyc.leaky_relu(x[: (2 << 20) + (i << 19)]) for i in range(6)]
del kept
assert leakyc.buffer_info()["cached_bytes"] > 64 << 20
with limit(16 << 20):
    y = leakyc.leaky_relu(x, 0.1)
assert (y == np.where(x > 0, x, x * np.float32(0.1))).all()
assert leakyc.buffer_info()["cached_bytes"] == 0
print("done")
"""
    assert run(program) == ["done"]


@linux
@pytest.mark.own_memory
def test_calls_into_out_need_no_memory():
    program = """
x = np.linspace(-1, 1, 1 << 22, dtype="f4"); y = np.zeros_like(x)
leakyc.set_num_threads(1)
for f in (lambda: leakyc.leaky_relu(x, 0.1, out=y), lambda: leakyc.leaky_relu(x[::-1], 0.1, out=y),
          lambda: leakyc.leaky_relu_grad(x, x, 0.1, out=y), lambda: leakyc.leaky_relu(y, 0.1, y)):
    with limit(1 << 16):
        f()
print("done")
"""
    assert run(program) == ["done"]


SMALL_CALLS = {
    "fresh": lambda: leakyc.leaky_relu(X, 0.1),
    "into out": lambda: leakyc.leaky_relu(X, 0.1, out=OUT),
    "gradient": lambda: leakyc.leaky_relu_grad(X, X, 0.1, out=OUT),
    "strided": lambda: leakyc.leaky_relu(X[::-1], 0.1, out=OUT),
    "slopes": lambda: leakyc.prelu(X, X, out=OUT),
    "ufunc": lambda: leakyc.leaky_relu(X.astype("f8"), 0.1, out=OUT),
    "numbers": lambda: leakyc.leaky_relu(-3.0),
    "where": lambda: leakyc.leaky_relu(X, 0.1, out=OUT, where=X > 0),
    "keywords": lambda: leakyc.leaky_relu(X, np.float64(0.1), dtype="f8", order="F"),
    "raises": lambda: leakyc.leaky_relu(X, 0.1, out=OUT[:3]),
}
X = np.linspace(-1, 1, 64, dtype=np.float32)
OUT = np.zeros_like(X)


@pytest.mark.parametrize("name", SMALL_CALLS)
def test_each_small_allocation_may_fail(name):
    """Python's n-th allocation fails, for each n until the call gets through."""
    capi = need("_testcapi")
    call = SMALL_CALLS[name]
    expected, handling = outcome(call), np.geterr()
    for n in range(400):
        OUT[...] = 7
        capi.set_nomemory(n, n + 1)
        try:
            call()
            done = True
        except (MemoryError, SystemError):  # NumPy loses some of these errors
            done = False
        except (TypeError, ValueError):
            done = name == "raises"
        finally:
            capi.remove_mem_hooks()
        if done:
            break
        assert (OUT == 7).all() or outcome(call) == expected
        assert np.geterr() == handling
    assert done, "400 allocations"
    assert outcome(call) == expected


CALLED = ["_dtypes", "_errors", "_general", "_random", "_training", "_training_steps"]


@pytest.mark.parametrize("module", CALLED)
def test_no_generator_expression_on_the_way_of_a_call(module):
    """CPython 3.12 and 3.13 crash where there is no memory for one; lists are made in place."""
    path = pathlib.Path(leakyc.__file__).with_name(f"{module}.py")
    found = [n.lineno for n in ast.walk(ast.parse(path.read_text())) if type(n) is ast.GeneratorExp]
    assert found == []


def outcome(call):
    """The bits that the call returns, or its error's words."""
    try:
        return np.asarray(call()).tobytes()
    except ValueError as error:
        return str(error)


# ---- memory that may not be written, or is not aligned ----------------------------------------

CORE_DTYPES = ["f2", "f4", "f8"]


@pytest.fixture
def read_only_page(tmp_path, rng):
    """Pages that the operating system lets nobody write."""
    twin.values(rng, 1 << 18, np.float32).tofile(tmp_path / "pages")
    return np.asarray(np.memmap(tmp_path / "pages", np.float32, mode="r"))


def test_read_only_pages(read_only_page):
    x = read_only_page
    for view in (x, x[::2], x[::-1], x[1:], x.reshape(512, 512).T, x[:7]):
        twin.same_bits(leakyc.leaky_relu(view, 0.1), twin.leaky_relu(view, 0.1))
        twin.same_bits(leakyc.leaky_relu_grad(view, view, 0.1), twin.leaky_relu(view, 0.1))
        twin.same_bits(leakyc.prelu(view, view), twin.leaky_relu(view, view))
        ones = np.ones(view.shape, np.float32)
        for call in (
            lambda out: leakyc.leaky_relu(ones, 0.1, out=out),  # noqa: B023
            lambda out: leakyc.leaky_relu(out, 0.1, out=out),
            lambda out: leakyc.leaky_relu_grad(ones, out, 0.1, out=out),  # noqa: B023
            lambda out: leakyc.prelu(ones, ones, out=out),  # noqa: B023
            lambda out: leakyc.leaky_relu(ones, 0.1, out=out, where=ones > 0),  # noqa: B023
            lambda out: leakyc.ufuncs.leaky_relu(ones, 0.1, out=out),  # noqa: B023
        ):
            with pytest.raises(ValueError, match="read-only"):
                call(view)


def misaligned(a, off):
    """The same array, `off` bytes off its alignment."""
    raw = np.zeros(a.nbytes + off, np.uint8)
    b = np.ndarray(a.shape, a.dtype, raw, off)
    b[...] = a
    return b


@pytest.mark.parametrize("dtype", [*CORE_DTYPES, ">f2", ">f4", ">f8", "g"])
@pytest.mark.parametrize("off", [1, 2, 3, 4, 6, 7])
def test_misaligned_memory(dtype, off, rng):
    for n in (1, 2, 7, 8, 33, 1000, 40_000):
        x, grad = (twin.values(rng, n, np.dtype(dtype).newbyteorder("=")) for _ in range(2))
        a, b = (misaligned(v.astype(dtype), off) for v in (x, grad))
        want, slopes = twin.leaky_relu_grad(grad, x, 0.3), twin.leaky_relu_grad(grad, x, x)
        twin.same_bits(leakyc.leaky_relu_grad(b, a, 0.3), want, f"n={n}")
        out = misaligned(np.zeros(n, dtype), off)
        assert leakyc.leaky_relu_grad(b, a, 0.3, out=out) is out
        twin.same_bits(out.astype(want.dtype), want, f"n={n}")
        if n > 1:
            leakyc.leaky_relu_grad(b, a, a, out=out)
            twin.same_bits(out.astype(want.dtype), slopes, f"n={n}")
        leakyc.leaky_relu_grad(b, a, 0.3, out=b)
        twin.same_bits(b.astype(want.dtype), want, f"n={n}")


@pytest.mark.parametrize("dtype", CORE_DTYPES)
@pytest.mark.parametrize("shape", [(), (1,), (1, 1), (7,)])
def test_out_that_overlaps_by_some_bytes(dtype, shape, rng):
    """As NumPy's own ufuncs: as if the inputs had been copied first."""
    size = np.dtype(dtype).itemsize * max(1, int(np.prod(shape)))
    for off in range(-size - 1, size + 2):
        raw = np.frombuffer(twin.values(rng, 64, "f8").tobytes(), np.uint8).copy()
        x, out = (np.ndarray(shape, dtype, raw, 128 + at) for at in (0, off))
        want = twin.leaky_relu(x.copy(), 0.3)
        assert leakyc.leaky_relu(x, 0.3, out=out) is out
        twin.same_bits(out.copy(), want, f"off={off}")
