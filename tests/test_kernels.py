"""Every kernel of every instruction set, by address: lengths, offsets, aliasing, guards, bits."""

import contextlib
import ctypes
import mmap

import numpy as np
import pytest
import twin
from conftest import dtype_named

from leakyc import _core

GUARD = 64  # elements on each side of `out` that must stay as they are
LANES = {2: 32, 4: 16, 8: 8}  # the longest vector of any instruction set, by element size


def run(isa, out, gate, value, slope, threads=1):
    """A gate of bytes is one of bool."""
    at = [a.ctypes.data for a in (out, gate, value)]
    _core.leak_at(isa, out.dtype.name, *at, out.size, slope, threads, gate.dtype == np.uint8)


def guarded(rng, n, offset, dtype):
    """A buffer of random bytes and the n elements in it, `offset` elements off its alignment."""
    buffer = twin.values(rng, n + offset + 2 * GUARD, dtype)
    return buffer, buffer[GUARD + offset : GUARD + offset + n]


ALIASING = ["apart", "forward", "out is gate", "out is value", "all one"]


@pytest.mark.parametrize("aliasing", ALIASING)
def test_every_length_and_offset(isa, dtype, rng, aliasing):
    longest = 13 * LANES[dtype.itemsize] + 3
    for n in range(longest + 1):
        offset, other = int(rng.integers(0, 16)), int(rng.integers(0, 16))
        if n <= 3 * LANES[dtype.itemsize]:
            offset, other = n % 16, (n // 16 * 5 + 3 * n) % 16
        buffer, out = guarded(rng, n, offset, dtype)
        gate = guarded(rng, n, other, dtype)[1]
        value = guarded(rng, n, (other + offset) % 16, dtype)[1]
        if aliasing == "forward":
            value = gate
        elif aliasing == "out is gate":
            gate = out
        elif aliasing == "out is value":
            value = out
        elif aliasing == "all one":
            gate = value = out
        slope = twin.SLOPES[n % len(twin.SLOPES)]
        want = buffer.copy()
        want[GUARD + offset : GUARD + offset + n] = twin.leak(gate, value, slope)
        run(isa, out, gate, value, slope)
        twin.same_bits(buffer, want, f"n={n} offset={offset} slope={slope}")


@pytest.mark.parametrize("offset", range(16))
def test_every_offset_at_tail_lengths(isa, dtype, rng, offset):
    for n in [1, 2, 3, 5, 7, 8, 9, 15, 16, 17, 31, 33, 63, 65, 1027]:
        buffer, out = guarded(rng, n, offset, dtype)
        gate, value = twin.values(rng, n, dtype), twin.values(rng, n, dtype)
        want = buffer.copy()
        want[GUARD + offset : GUARD + offset + n] = twin.leak(gate, value, 0.01)
        run(isa, out, gate, value, 0.01)
        twin.same_bits(buffer, want, f"n={n} offset={offset}")


@pytest.mark.parametrize("slope", twin.SLOPES)
def test_special_values(isa, dtype, slope):
    with np.errstate(all="ignore"):
        special = np.array(twin.SPECIAL).astype(dtype)
    gate, value = (a.ravel() for a in np.meshgrid(special, special))
    out = np.empty_like(gate)
    run(isa, out, gate, value, slope)
    twin.same_bits(out, twin.leak(gate, value, slope))
    run(isa, out, gate, gate, slope)
    twin.same_bits(out, twin.leak(gate, gate, slope))


@pytest.mark.parametrize("name", [name for name in _core.DTYPES if name.endswith("16")])
@pytest.mark.parametrize("slope", twin.SLOPES)
def test_all_16_bit_values(isa, name, slope, rng):
    dtype = dtype_named(name)
    x = np.arange(65536, dtype=np.uint16).view(dtype)
    grad = rng.permutation(x.view(np.uint16)).view(dtype)
    out = np.empty_like(x)
    run(isa, out, x, x, slope)
    twin.same_bits(out, twin.leak(x, x, slope))
    run(isa, out, x, grad, slope)
    twin.same_bits(out, twin.leak(x, grad, slope))


@pytest.mark.parametrize("below", [1, 3, 8, 17, 40])
def test_out_below_an_input(isa, dtype, rng, below):
    for n in [5, 16, 33, 100, 1000, 3001]:
        buffer = twin.values(rng, n + below, dtype)
        want = buffer.copy()
        want[:n] = twin.leak(buffer[below:], buffer[below:], 0.3)
        run(isa, buffer[:n], buffer[below:], buffer[below:], 0.3)
        twin.same_bits(buffer, want, f"n={n}")


@pytest.mark.parametrize("threads", [1, 2, 5])
@pytest.mark.parametrize("offset", [0, 1, 7])
def test_streaming(isa, dtype, long_inputs, threads, offset):
    """Calls that touch more than the last cache holds take the streaming stores."""
    (x, grad), (x_period, grad_period) = long_inputs(dtype)
    buffer = np.zeros(x.size + offset + 2 * GUARD, dtype)
    out = buffer[GUARD + offset : GUARD + offset + x.size]
    run(isa, out, x, x, 0.01, threads)
    twin.same_periods(out, twin.leak(x_period, x_period, 0.01))
    run(isa, out, x, grad, 1.3, threads)
    twin.same_periods(out, twin.leak(x_period, grad_period, 1.3))
    assert not buffer[: GUARD + offset].view(np.uint8).any()
    assert not buffer[GUARD + offset + x.size :].view(np.uint8).any()


@pytest.mark.parametrize("threads", [1, 3])
def test_between_level_2_and_the_last_cache(isa, dtype, rng, threads):
    """An instruction set may leave such calls to a narrower one."""
    n = max(2 * _core.machine()["caches"][2], 1 << 16) // dtype.itemsize + 37
    period = [twin.values(rng, twin.PERIOD, dtype) for _ in range(2)]
    x, grad = (np.resize(a, n) for a in period)
    out = np.zeros(n + 2 * GUARD, dtype)
    run(isa, out[GUARD : GUARD + n], x, grad, 1.3, threads)
    twin.same_periods(out[GUARD : GUARD + n], twin.leak(*period, 1.3))
    assert not out[:GUARD].view(np.uint8).any() and not out[GUARD + n :].view(np.uint8).any()
    run(isa, x, x, x, 0.01, threads)
    twin.same_periods(x, twin.leak(period[0], period[0], 0.01))


PROT_NONE, PROT_ALL = 0, mmap.PROT_READ | mmap.PROT_WRITE


@contextlib.contextmanager
def page_between():
    """A page of memory between two pages that nothing may touch; each caller's own."""
    if not hasattr(mmap, "PROT_READ"):
        pytest.skip(reason="no mprotect on this platform")
    page = mmap.PAGESIZE
    memory = mmap.mmap(-1, 3 * page)
    start = ctypes.addressof(ctypes.c_char.from_buffer(memory))
    libc = ctypes.CDLL(None, use_errno=True)
    libc.mprotect.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
    for at in (start, start + 2 * page):
        assert libc.mprotect(at, page, PROT_NONE) == 0
    yield np.frombuffer(memory, np.uint8, page, page)
    for at in (start, start + 2 * page):
        libc.mprotect(at, page, PROT_ALL)


@pytest.mark.parametrize("end", ["first", "last"])
def test_nothing_is_touched_beyond_the_arrays(isa, dtype, rng, end):
    with page_between() as bytes_between:
        page = bytes_between.view(dtype)
        for n in [*range(70), page.size - 1, page.size]:
            inside = page[:n] if end == "first" else page[page.size - n :]
            inside[...] = twin.values(rng, n, dtype)
            want = twin.leak(inside, inside, 0.01)
            run(isa, inside, inside, inside, 0.01)
            twin.same_bits(inside, want, f"n={n}")


def test_names_are_checked():
    with pytest.raises(ValueError, match="no instruction set"):
        _core.leak_at("mmx", "float32", 0, 0, 0, 0, 0.0)
    for row in _core.isas():
        if not row["available"]:
            with pytest.raises(ValueError, match="lacks"):
                _core.leak_at(row["name"], "float32", 0, 0, 0, 0, 0.0)
