"""A gate of bool, `leaky_relu_grad(grad, x >= 0, slope)`: a kernel's input like any other. Every
kernel by address; and the calls, whatever the layout."""

import numpy as np
import pytest
import twin
from test_kernels import GUARD, LANES, guarded, page_between, run
from test_ufunc import NAMES, layouts

import leakyc


def bools(rng, n, offset=0):
    """Bytes: half of them 0; NumPy takes any other for True."""
    some = rng.choice(np.array([0, 0, 0, 1, 1, 2, 128, 255], np.uint8), n + offset)
    return some[offset:]


@pytest.mark.parametrize("in_place", [False, True])
def test_every_length_and_offset(isa, dtype, rng, in_place):
    for n in range(13 * LANES[dtype.itemsize] + 3):
        offset, other = n % 16, (n // 16 * 5 + 3 * n) % 16
        buffer, out = guarded(rng, n, offset, dtype)
        value = out if in_place else guarded(rng, n, other, dtype)[1]
        gate = bools(rng, n, other)
        slope = twin.SLOPES[n % len(twin.SLOPES)]
        want = buffer.copy()
        want[GUARD + offset : GUARD + offset + n] = twin.leak(gate, value, slope, dtype)
        run(isa, out, gate, value, slope)
        twin.same_bits(buffer, want, f"n={n} offset={offset} slope={slope}")


@pytest.mark.parametrize("slope", twin.SLOPES)
def test_special_values(isa, dtype, slope):
    with np.errstate(all="ignore"):
        special = np.array(twin.SPECIAL).astype(dtype)
    gate = np.repeat(np.array([0, 1], np.uint8), special.size)
    value = np.tile(special, 2)
    out = np.empty_like(value)
    run(isa, out, gate, value, slope)
    twin.same_bits(out, twin.leak(gate, value, slope, dtype))


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("offset", [0, 7])
def test_streaming(isa, dtype, long_inputs, threads, offset, rng):
    (_, grad), (_, grad_period) = long_inputs(dtype)
    period = bools(rng, grad_period.size)
    gate = np.resize(period, grad.size)
    buffer = np.zeros(grad.size + offset + 2 * GUARD, dtype)
    out = buffer[GUARD + offset : GUARD + offset + grad.size]
    run(isa, out, gate, grad, 1.3, threads)
    twin.same_periods(out, twin.leak(period, grad_period, 1.3, dtype))
    assert not buffer[: GUARD + offset].view(np.uint8).any()
    assert not buffer[GUARD + offset + grad.size :].view(np.uint8).any()


@pytest.mark.parametrize("end", ["first", "last"])
def test_nothing_is_read_beyond_the_gate(isa, dtype, rng, end):
    with page_between() as page:
        for n in [*range(70), page.size - 1, page.size]:
            gate = page[:n] if end == "first" else page[page.size - n :]
            gate[...] = bools(rng, n)
            value, out = twin.values(rng, n, dtype), np.empty(n, dtype)
            run(isa, out, gate, value, 0.01)
            twin.same_bits(out, twin.leak(gate, value, 0.01, dtype), f"n={n}")


@pytest.mark.parametrize("layout", NAMES)
def test_layouts(dtype, layout, rng):
    base = twin.values(rng, (6, 7, 40), dtype)
    gates = bools(rng, base.size).view(bool).reshape(base.shape)
    gate, grad = layouts(gates)[layout], layouts(base)[layout]
    want = twin.leak(gate, grad, 0.1, dtype)
    dx = leakyc.leaky_relu_grad(grad, gate, 0.1)
    twin.same_bits(dx, want)
    if not grad.ndim:
        return
    twin.same_bits(leakyc.leaky_relu_grad(grad, np.ascontiguousarray(gate), 0.1), want)
    twin.same_bits(
        leakyc.leaky_relu_grad(np.ascontiguousarray(grad.astype(dtype)), gate, 0.1), want
    )
    for out in (np.empty_like(dx), np.empty(dx.shape[::-1], dtype).T, np.flip(np.empty_like(dx))):
        assert leakyc.leaky_relu_grad(grad, gate, 0.1, out=out) is out
        twin.same_bits(out, want)
    if layout != "broadcast":
        assert leakyc.leaky_relu_grad(grad, gate, 0.1, out=grad) is grad
        twin.same_bits(grad.astype(dtype), want)


@pytest.mark.parametrize("layout", NAMES)
def test_layouts_with_slopes(dtype, layout, rng):
    base = twin.values(rng, (6, 7, 40), dtype)
    gates = bools(rng, base.size).view(bool).reshape(base.shape)
    gate, grad = layouts(gates)[layout], layouts(base)[layout]
    every = twin.values(rng, gate.shape, dtype)
    slopes = (every, every[..., :1], every[:1], every[::-1]) if gate.ndim else ()
    for slope in slopes:
        want = twin.leak(gate, grad, slope, dtype)
        dx = leakyc.leaky_relu_grad(grad, gate, slope)
        twin.same_bits(dx, want)
        out = np.empty(dx.shape[::-1], dtype).T
        twin.same_bits(leakyc.leaky_relu_grad(grad, gate, slope, out=out), want)
    if layout == "C":
        want = twin.leak(gate, grad, every, dtype)
        twin.same_bits(leakyc.leaky_relu_grad(grad, gate, every, out=every), want)
        want = twin.leak(gate, grad, slope, dtype)
        twin.same_bits(leakyc.leaky_relu_grad(grad, gate, slope, out=grad), want)


def test_slopes_beside_a_gate_of_bool_take_no_ufunc(dtype, rng, monkeypatch):
    grad, gate = twin.values(rng, 3000, dtype), bools(rng, 3000).view(bool)
    monkeypatch.setattr(leakyc._general, "prepare", None)
    for g, b in ((grad, gate), (grad.reshape(30, 100), gate.reshape(30, 100))):
        slope = grad[:100] if g.ndim == 2 else grad[::-1]
        twin.same_bits(leakyc.leaky_relu_grad(g, b, slope), twin.leak(b, g, slope, dtype))


def test_broadcasts(dtype, rng):
    grad, gate = twin.values(rng, 3000, dtype), bools(rng, 3000).view(bool)
    for g, b in [
        (grad.reshape(30, 100), gate[:100]),
        (grad[:100], gate.reshape(30, 100)),
        (grad[:30, None], gate[:100]),
        (grad[:1], gate),
        (grad, gate[:1]),
        (grad[0, ...], gate),
        (grad, gate[0, ...]),
        (grad[:0], gate[:0]),
    ]:
        want = twin.leak(*np.broadcast_arrays(b, g), 0.3, dtype)
        twin.same_bits(leakyc.leaky_relu_grad(g, b, 0.3), want)


def test_out_that_overlaps_the_gate(dtype, rng):
    """Bytes of the same memory, in step with the result and not."""
    for shift in (0, 3, 64):
        memory = np.zeros(4096 + 64, np.uint8)
        out = memory[: 4096 // dtype.itemsize * dtype.itemsize].view(dtype)[: 400 // dtype.itemsize]
        for gate in (
            memory[shift :: dtype.itemsize][: out.size].view(bool),
            memory[shift:][: out.size].view(bool),
        ):
            memory[...] = bools(rng, memory.size)
            grad = twin.values(rng, out.size, dtype)
            want = twin.leak(gate.copy(), grad, 0.3, dtype)
            leakyc.leaky_relu_grad(grad, gate, 0.3, out=out)
            twin.same_bits(out, want)


def test_large_calls_in_parallel(dtype, rng):
    grad, gate = twin.values(rng, 700_001, dtype), bools(rng, 700_001).view(bool)
    want = twin.leak(gate, grad, -0.5, dtype)
    for threads in (1, 4):
        with leakyc.threads(threads):
            twin.same_bits(leakyc.leaky_relu_grad(grad, gate, -0.5), want)
            in_place = grad.copy()
            leakyc.leaky_relu_grad(in_place[::-1], gate[::-1], -0.5, out=in_place[::-1])
            twin.same_bits(in_place, want)


def test_other_types_and_slopes(rng):
    grad, gate = twin.values(rng, 100, np.float32), bools(rng, 100).view(bool)
    slopes = rng.standard_normal(100).astype(np.float32)
    twin.same_bits(leakyc.leaky_relu_grad(grad, gate, slopes), twin.leak(gate, grad, slopes))
    for dtype in (np.longdouble, "i4", "?"):
        g = np.arange(-50, 50).astype(dtype)
        twin.same_bits(leakyc.leaky_relu_grad(g, gate, 0.3), twin.leak(gate, g, 0.3))
    for dtype in ("i1", "u1"):  # bytes are no bools: promoted, and compared with 0
        x = rng.integers(-3, 3, 100).astype(dtype)
        twin.same_bits(leakyc.leaky_relu_grad(grad, x, 0.3), twin.leak(x, grad, 0.3))
    ones = gate.view(np.uint8) != 0
    twin.same_bits(leakyc.prelu(ones, 0.3), twin.leak(ones, ones, 0.3))


def test_a_derivative_of_1_at_zero(dtype):
    x = np.array([-1, -0.0, 0.0, 2]).astype(dtype)
    grad = np.full(4, 3).astype(dtype)
    twin.same_bits(
        leakyc.leaky_relu_grad(grad, x >= 0, 0.5), np.array([1.5, 3, 3, 3]).astype(dtype)
    )
