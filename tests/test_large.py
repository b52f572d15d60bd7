"""Arrays of more than 2^31 elements: 9 GB of memory, so only on demand (`make test-large`)."""

import os

import numpy as np
import pytest
import twin

import leakyc

pytestmark = [pytest.mark.large, pytest.mark.timeout(1200)]

N = (1 << 31) + 4321
PERIOD = 65536 - 21  # no power of two, so that a wrong offset shows


@pytest.fixture(scope="module")
def arrays():
    """x, which repeats the 16-bit patterns, and memory for a result."""
    try:
        free = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError):
        pytest.skip(reason="this platform does not tell how much memory is free")
    if free < 10 << 30:
        pytest.skip(reason=f"needs 10 GB of free memory, {free >> 20} MB are free")
    x, out = np.empty(N, np.float16), np.empty(N, np.float16)
    repeated(x, PATTERNS)
    return x, out


PATTERNS = np.arange(PERIOD, dtype=np.uint16).view(np.float16)


def repeated(x, pattern):
    for start in range(0, x.size, pattern.size):
        part = x[start : start + pattern.size]
        part[...] = pattern[: part.size]


def same_all_through(got, want):
    """`got` repeats `want` from its first to its last element, two NaNs aside."""
    bits, nan = twin.bits(want), np.isnan(want)
    for start in range(0, got.size, want.size):
        part = got[start : start + want.size].view(np.uint16)
        if not np.array_equal(part[~nan[: part.size]], bits[: part.size][~nan[: part.size]]):
            twin.same_bits(part.view(np.float16), want[: part.size], f"from {start}")
        assert np.isnan(part.view(np.float16)[nan[: part.size]]).all(), start


@pytest.mark.parametrize("threads", [1, 3])
def test_forward_into_out(arrays, threads):
    x, out = arrays
    out[-5000:] = 7
    with leakyc.threads(threads):
        assert leakyc.leaky_relu(x, 0.1, out=out) is out
    same_all_through(out, twin.leaky_relu(PATTERNS, 0.1))


def test_gradient_into_out(arrays):
    x, out = arrays
    leakyc.leaky_relu_grad(x, x, 1.3, out=out)
    same_all_through(out, twin.leaky_relu(PATTERNS, 1.3))


@pytest.mark.parametrize("threads", [1, 3])
def test_reversed(arrays, threads):
    x, out = arrays
    with leakyc.threads(threads):
        leakyc.leaky_relu(x[::-1], 0.1, out=out)
    same_all_through(out[::-1], twin.leaky_relu(PATTERNS, 0.1))


def test_every_second_into_every_second(arrays):
    x, out = arrays
    out[...] = 7
    leakyc.leaky_relu(x[::2], 0.1, out=out[::2])
    pattern = np.tile(twin.leaky_relu(PATTERNS, 0.1), 2)
    pattern[1::2] = 7
    same_all_through(out, pattern)


def test_two_dimensions_and_their_transpose(arrays):
    x, out = arrays
    rows = 1 << 15
    columns = N // rows
    a = x[: rows * columns].reshape(rows, columns)
    b = out[: rows * columns].reshape(columns, rows)
    leakyc.leaky_relu(a.T, 0.1, out=b)
    want = leakyc.leaky_relu(PATTERNS, 0.1)
    for row in (0, 1, columns // 2, columns - 1):
        expected = want[(np.arange(rows) * columns + row) % PERIOD]
        twin.same_bits(b[row], expected, f"row {row}")


def test_overlapping_by_some_elements(arrays):
    x, _ = arrays
    want = twin.leaky_relu(PATTERNS, 0.1)
    leakyc.leaky_relu(x[3:], 0.1, out=x[:-3])
    same_all_through(x[:-3], np.roll(want, -3))
    repeated(x, PATTERNS)


def test_the_ufunc_itself(arrays):
    x, out = arrays
    leakyc.ufuncs.leaky_relu(x, np.float32(0.1), out=out)
    same_all_through(out, twin.leaky_relu(PATTERNS, 0.1))


def test_in_place(arrays):
    """The last: it overwrites x."""
    x, _ = arrays
    leakyc.leaky_relu(x, 0.1, out=x)
    same_all_through(x, twin.leaky_relu(PATTERNS, 0.1))
