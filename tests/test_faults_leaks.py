"""Nothing leaks: memory is flat over a million calls, and over ten thousand that raise."""

import sys

import pytest
from programs import printed

pytestmark = [
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="/proc/self/statm is Linux's"),
    pytest.mark.timeout(600),
    pytest.mark.own_memory,
]

PROGRAM = """
import gc, os, sys
import numpy as np, leakyc

class Mine(np.ndarray): pass
class Fails:
    def __array__(self, dtype=None, copy=None): raise LookupError
class Refuses:
    def __array_ufunc__(self, *args, **kwargs): raise LookupError

x = np.linspace(-1, 1, 64, dtype="f4"); y = np.empty_like(x); big = np.ones(1 << 16, "f4")
f, g, p = leakyc.leaky_relu, leakyc.leaky_relu_grad, leakyc.prelu
read_only = x.copy(); read_only.flags.writeable = False

def memory():
    gc.collect()
    # CPython's cache of attributes keeps up to 4,096 names alive, by their address: it grows at
    # random where a name is a new string in each call, as in NumPy's messages.
    sys._clear_type_cache()
    pages = int(open("/proc/self/statm").read().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE"), sys.getallocatedblocks()

def flat(name, call, count, raises=False):
    for warm in (True, False):
        if not warm:
            rss, blocks = memory()
            references = [sys.getrefcount(o) for o in (x, y, big, x.dtype, Mine)]
        for _ in range(count // 10 + 1000 if warm else count):
            try:
                call()
            except (TypeError, ValueError, LookupError, OverflowError):
                assert raises, name
            else:
                assert not raises, name
    more_rss, more_blocks = (b - a for a, b in zip((rss, blocks), memory()))
    assert more_blocks < count // 4, (name, more_blocks)  # a leak would be one a call
    assert more_rss < 3 << 20, (name, more_rss)
    assert references == [sys.getrefcount(o) for o in (x, y, big, x.dtype, Mine)], name
    return count
"""

CALLS = """
total = sum([
    flat("fresh", lambda: f(x, 0.1), 300_000),
    flat("out", lambda: f(x, 0.1, y), 300_000),
    flat("gradient", lambda: g(x, x, 0.1, out=y), 200_000),
    flat("reversed", lambda: f(x[::-1], 0.1), 100_000),
    flat("slopes", lambda: p(x, x), 60_000),
    flat("integer slope", lambda: f(x, 2), 20_000),
    flat("scalar slope", lambda: f(x, np.float64(0.1)), 10_000),
    flat("number", lambda: f(-1.0), 5_000),
    flat("list", lambda: f([1, -2]), 5_000),
    flat("dtype", lambda: f(x, 0.1, dtype="f8"), 5_000),
    flat("where", lambda: f(x, 0.1, out=y, where=x > 0), 5_000),
    flat("subclass", lambda: f(x.view(Mine)), 5_000),
    flat("overlap", lambda: f(x[1:], 0.1, out=x[:-1]), 5_000),
    flat("from output", lambda: g(x, y, 0.1, from_output=True), 5_000),
    flat("mixed", lambda: g(x, x.astype("f8")), 2_000),
    flat("large", lambda: f(big), 2_000),
    flat("settings", lambda: leakyc.set_num_threads(leakyc.set_num_threads(2)), 2_000),
])
print(total)
"""

RAISING = """
total = sum(flat(name, call, 1_000, raises=True) for name, call in {
    "shape": lambda: f(x, 0.1, out=y[:3]),
    "read-only": lambda: f(x, 0.1, out=read_only),
    "dtype of out": lambda: f(x, 0.1, out=np.empty(64, "i4")),
    "string": lambda: f("abc"),
    "complex": lambda: f(np.ones(3, "c8")),
    "slope": lambda: f(x, None),
    "slope's size": lambda: f(x, 10**400),
    "broadcast": lambda: p(x, x[:5]),
    "keyword": lambda: f(x, axis=1),
    "casting": lambda: f(x, casting="maybe"),
    "__array__": lambda: f(Fails()),
    "__array_ufunc__": lambda: f(Refuses()),
    "from output": lambda: g(x, y, -1, from_output=True),
    "threads": lambda: leakyc.set_num_threads(0),
}.items())
print(total)
"""


def run(calls):
    return int(printed(PROGRAM + calls, MALLOC_ARENA_MAX="1", timeout=540))


def test_memory_is_flat_over_a_million_calls():
    assert run(CALLS) >= 1_000_000


def test_memory_is_flat_over_ten_thousand_calls_that_raise():
    assert run(RAISING) >= 10_000
