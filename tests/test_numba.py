"""leakyc.numba: inside compiled functions, the dtypes and bits of the Python functions."""

import os
import sys

import numpy as np
import pytest
import twin
from programs import ended

import leakyc

numba = pytest.importorskip("numba", reason="numba is not installed")
import leakyc.numba  # noqa: E402


@numba.njit
def forward(x, slope):
    return leakyc.leaky_relu(x, slope)


@numba.njit
def forward_into(x, slope, out):
    return leakyc.leaky_relu(x, slope, out=out)


@numba.njit
def gradient(grad, x, slope):
    return leakyc.leaky_relu_grad(grad, x, negative_slope=slope)


@numba.njit
def gradient_into(grad, x, slope, out):
    return leakyc.leaky_relu_grad(grad, x, slope, out)


@numba.njit
def prelu(x, slope):
    return leakyc.prelu(x, slope)


@numba.njit
def prelu_into(x, slope, out):
    return leakyc.prelu(x, slope, out=out)


def same(got, want):
    twin.same_bits(np.asarray(got), np.asarray(want))


@pytest.mark.parametrize("code", ["f4", "f8"])
@pytest.mark.parametrize("n", [0, 7, 1003, 300_001])
def test_dense(code, n, rng):
    x, grad = (twin.values(rng, n, np.dtype(code)) for _ in range(2))
    out = np.empty_like(x)
    same(forward(x, 0.3), leakyc.leaky_relu(x, 0.3))
    same(gradient(grad, x, -0.3), leakyc.leaky_relu_grad(grad, x, -0.3))
    assert forward_into(x, 0.3, out).ctypes.data == out.ctypes.data
    same(out, leakyc.leaky_relu(x, 0.3))
    want = leakyc.leaky_relu_grad(grad, x, 0.3)
    same(gradient_into(grad, x, 0.3, grad), want)
    want = leakyc.leaky_relu(x, 0.3)
    same(forward_into(x, 0.3, x), want)


def layouts(x):
    """A matrix of 8 x 12 in several layouts of one type of numba's, and of others."""
    return [x, x.T.copy().T, x[::2, ::3], x[::-1], x.T, np.broadcast_to(x[0], x.shape)]


def test_layouts(rng):
    x = twin.values(rng, (8, 12), "f4")
    for a in layouts(x):
        same(forward(a, 0.3), leakyc.leaky_relu(a, 0.3))
        same(
            gradient(x[:1, : a.shape[1]], a, 0.3),
            leakyc.leaky_relu_grad(x[:1, : a.shape[1]], a, 0.3),
        )
        out = np.empty(a.shape[::-1], np.float32).T
        forward_into(a, 0.3, out)
        same(out, leakyc.leaky_relu(a, 0.3))


def test_slopes(rng):
    x = twin.values(rng, (4, 6, 5), "f4")
    for shape in [(5,), (6, 1), (1, 1, 1), (4, 1, 1), (4, 6, 5), (2, 4, 6, 5)]:
        slopes = twin.values(rng, shape, "f4")
        want = leakyc.prelu(x, slopes)
        same(prelu(x, slopes), want)
        out = np.empty_like(want)
        prelu_into(x, slopes, out)
        same(out, want)
    doubles = np.linspace(-1, 1, 5)
    same(prelu(x, doubles), leakyc.prelu(x, doubles))
    same(prelu_into(x, doubles, np.empty_like(x)), leakyc.prelu(x, doubles, out=np.empty_like(x)))


@pytest.mark.parametrize("code", ["i4", "?"])
def test_other_dtypes(code):
    x = np.arange(-3, 4).astype(code)
    same(forward(x, 0.3), leakyc.leaky_relu(x, 0.3))
    grad = np.linspace(-1, 1, 7, dtype=np.float32)
    same(gradient(grad, x, 0.3), leakyc.leaky_relu_grad(grad, x, 0.3))
    same(gradient(x, grad, 0.3), leakyc.leaky_relu_grad(x, grad, 0.3))


@pytest.mark.parametrize(
    "number", [1.5, -1.5, -3, np.float32(-1.5), np.float64(-2), np.int8(-4), True]
)
def test_scalars(number):
    for slope in 0.1, np.float32(0.1):
        got, want = forward(number, slope), leakyc.leaky_relu(number, slope)
        assert got == want
        if want.dtype == np.float32:  # numba gives Python's float for it
            assert np.float32(got) == got
    assert gradient(number, number, 0.1) == leakyc.leaky_relu_grad(number, number, 0.1)


def test_numbers_beside_arrays_promote_nothing():
    x = np.float32([-1, 0, 2])
    same(gradient(1.0, x, 0.3), leakyc.leaky_relu_grad(1.0, x, 0.3))
    same(gradient(x, 1, 0.3), leakyc.leaky_relu_grad(x, 1, 0.3))


def overlapping():
    """Pairs of x and an out that overlaps it, in a memory of their own."""
    for cut in [
        lambda a: (a[:-1], a[1:]),
        lambda a: (a[1:], a[:-1]),
        lambda a: (a, a[::-1]),
        lambda a: (a[: a.size // 2], a[::2][: a.size // 2]),
    ]:
        yield cut(np.linspace(-4, 3, 100)), cut(np.linspace(-4, 3, 100))


def test_outputs_that_overlap_an_input():
    for (x, out), (also_x, also_out) in overlapping():
        forward_into(x, 0.3, out)
        leakyc.leaky_relu(also_x, 0.3, out=also_out)
        same(out, also_out)
    x = np.linspace(-4, 3, 100)
    want = leakyc.prelu(x, x)
    same(prelu_into(x, x, x), want)


def test_bad_calls():
    x = np.ones(4, np.float32)
    for bad in [
        lambda: forward(x.astype("c8"), 0.1),
        lambda: forward(x.astype("f2"), 0.1),
        lambda: forward(x, "0.1"),
        lambda: forward_into(x, 0.1, np.ones(4, "i4")),
        lambda: forward_into(x, 0.1, 3.0),
    ]:
        with pytest.raises(numba.core.errors.TypingError):
            bad()
    for bad in [lambda: prelu(x, x[:3]), lambda: forward_into(x, 0.1, x[:3].copy())]:
        with pytest.raises(ValueError, match="broadcast"):
            bad()
    out = np.ones((2, 4), np.float32)
    same(forward_into(-x, 0.5, out), np.full((2, 4), np.float32(-0.5)))


@numba.njit
def failed(x, out):
    try:
        leakyc.leaky_relu(x, 0.5, out=out)
    except Exception:
        return True
    return False


def test_an_error_can_be_caught():
    x = np.ones(4, np.float32)
    assert failed(x, x[:3].copy())
    assert not failed(x, x.copy())


CACHED = """
import numba, leakyc
@numba.njit(cache=True)
def f(x):
    return leakyc.leaky_relu(x, 0.5, out=x)
"""
FIRST = "import leakyc.numba, cached, numpy as np; print(cached.f(np.float32([-1, 2])))"
THEN = FIRST.replace("leakyc.numba, ", "") + "; print(cached.f.stats.cache_hits.total())"


def test_a_cache_serves_another_process(tmp_path):
    """Also one that has not imported leakyc.numba: the cache does."""
    (tmp_path / "cached.py").write_text(CACHED)
    path = os.pathsep.join([str(tmp_path), *sys.path])
    environment = {"PYTHONPATH": path, "NUMBA_CACHE_DIR": str(tmp_path / "cache")}
    for code, said in (FIRST, "[-0.5  2. ]\n"), (THEN, "[-0.5  2. ]\n1\n"):
        done = ended("-c", code, **environment)
        assert (done.stdout, done.stderr, done.returncode) == (said, "", 0)


@pytest.mark.filterwarnings("error::numba.NumbaPerformanceWarning")
def test_the_example():
    """Its loop runs in parallel, or numba would warn."""
    pytest.importorskip("scipy", reason="numba multiplies matrices by scipy's BLAS")
    from examples.c import with_numba

    plain, compiled, parallel = with_numba.main()
    same(compiled, plain)
    same(parallel, plain)
