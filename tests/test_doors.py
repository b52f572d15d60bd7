"""The C functions give the bits of the Python functions, and obey what is set."""

import ctypes

import numpy as np
import pytest
import twin
from needs import openmp
from programs import ended

import leakyc
from leakyc import _core, cython_leakyc

SIZE, NUMBER, INT = ctypes.c_size_t, ctypes.c_double, ctypes.c_int
DTYPES = {"f32": np.dtype("f4"), "f64": np.dtype("f8")}
INFINITE = float("inf")


def call(name, *arguments):
    """Calls a C function; arrays are handed on by their address."""
    kinds = {np.ndarray: ctypes.c_void_p, float: NUMBER, int: SIZE, type(None): ctypes.c_void_p}
    prototype = ctypes.CFUNCTYPE(INT, *[kinds[type(a)] for a in arguments[:-1]], INT)
    plain = [a.ctypes.data if isinstance(a, np.ndarray) else a for a in arguments]
    return prototype(cython_leakyc.address(name))(*plain)


@pytest.fixture(params=DTYPES)
def code(request):
    return request.param


@pytest.mark.parametrize("threads", [0, 1, 2])
@pytest.mark.parametrize("n", [0, 1, 16, 1003, 300_001])
def test_elementwise(code, n, threads, rng):
    x, grad = (twin.values(rng, n, DTYPES[code]) for _ in range(2))
    y, dx, out = (np.empty_like(x) for _ in range(3))
    mask = np.empty((n + 7) // 8, np.uint8)
    call(f"leaky_relu_{code}", y, x, n, 0.3, threads)
    twin.same_bits(y, leakyc.leaky_relu(x, 0.3))
    call(f"leaky_relu_grad_{code}", dx, grad, x, n, -0.3, threads)
    twin.same_bits(dx, leakyc.leaky_relu_grad(grad, x, -0.3))
    call(f"leaky_relu_with_mask_{code}", out, mask, x, n, 0.3, threads)
    twin.same_bits(out, y)
    assert mask.tobytes() == leakyc.leaky_relu_with_mask(x, 0.3)[1].tobytes()
    call(f"leaky_relu_grad_from_mask_{code}", out, grad, mask, n, -0.3, threads)
    twin.same_bits(out, dx)
    call(f"leaky_relu_{code}", x, x, n, 0.3, threads)
    twin.same_bits(x, y)


@pytest.mark.parametrize("shape", [(1, 1, 1), (3, 5, 1), (3, 5, 7), (2, 3, 70_001), (0, 3, 2)])
def test_channels(code, shape, rng):
    outer, channels, inner = shape
    x, grad = (rng.standard_normal(shape).astype(DTYPES[code]) for _ in range(2))
    p = rng.standard_normal(channels).astype(DTYPES[code])
    out, sums = np.empty_like(x), np.empty_like(p)
    call(f"prelu_{code}", out, x, p, *shape, 0)
    twin.same_bits(out, leakyc.prelu(x, p[:, None]))
    assert call(f"prelu_grad_{code}", out, sums, grad, x, p, *shape, 0) == 0
    dx, dslope = leakyc.prelu_grad(grad, x, p[:, None])
    twin.same_bits(out, dx)
    twin.same_bits(sums, dslope.ravel())
    y = np.empty_like(x)
    call(f"bias_leaky_relu_{code}", y, x, p, *shape, 0.2, 1.4, 0.9, 0)
    twin.same_bits(y, leakyc.bias_leaky_relu(x, p, 0.2, axis=1, gain=1.4, clamp=0.9))
    assert call(f"bias_leaky_relu_grad_{code}", out, sums, grad, y, *shape, 0.2, 1.4, 0.9, 0) == 0
    dx, dbias = leakyc.bias_leaky_relu_grad(grad, y, 0.2, axis=1, gain=1.4, clamp=0.9)
    twin.same_bits(out, dx)
    twin.same_bits(sums, dbias)
    call(f"bias_leaky_relu_{code}", y, x, p, *shape, 0.2, 1.0, INFINITE, 0)
    twin.same_bits(y, leakyc.bias_leaky_relu(x, p, 0.2, axis=1))


@pytest.mark.parametrize("gain, clamp", [(1.4, 0.9), (1.0, INFINITE)])
@pytest.mark.parametrize("shape", [(1, 1, 1), (3, 5, 1), (3, 5, 7), (2, 3, 70_001), (0, 3, 2)])
def test_bias_and_slope_a_channel(code, shape, gain, clamp, rng):
    x, grad = (rng.standard_normal(shape).astype(DTYPES[code]) for _ in range(2))
    bias, slopes = (rng.standard_normal(shape[1]).astype(DTYPES[code]) for _ in range(2))
    said = {"axis": 1, "gain": gain, "clamp": None if clamp == INFINITE else clamp}
    out, dbias, dslopes = np.empty_like(x), np.empty_like(bias), np.empty_like(bias)
    call(f"bias_prelu_{code}", out, x, bias, slopes, *shape, gain, clamp, 0)
    twin.same_bits(out, leakyc.bias_prelu(x, bias, slopes, **said))
    numbers = [*shape, gain, clamp, 0]
    arrays = [out, dbias, dslopes, grad, x, bias, slopes]
    assert call(f"bias_prelu_grad_{code}", *arrays, *numbers) == 0
    wanted = leakyc.bias_prelu_grad(grad, x, bias, slopes, **said)
    for got, want in zip(arrays[:3], wanted, strict=True):
        twin.same_bits(got, want)


def test_any_strides(code, rng):
    dtype = DTYPES[code]
    x = twin.values(rng, (6, 8), dtype)[::-1, ::2]
    grad = twin.values(rng, (4, 6), dtype).T
    slopes = twin.values(rng, 6, dtype)[:, None]
    out = np.empty((6, 4), dtype)
    shape, once = np.array([6, 4], np.intp), np.array([dtype.itemsize, 0], np.intp)
    rows = [np.array(a.strides, np.intp) for a in (out, x, grad)]
    name = f"leak_nd_{code}"
    call(name, 2, shape, out, rows[0], x, rows[1], grad, rows[2], None, None, 0.3, 0)
    twin.same_bits(out, leakyc.leaky_relu_grad(grad, x, 0.3))
    call(name, 2, shape, out, rows[0], x, rows[1], x, rows[1], slopes, once, 0.0, 0)
    twin.same_bits(out, leakyc.prelu(x, slopes))


@openmp
def test_threads_are_those_that_are_set(code):
    x = np.ones(1 << 20, DTYPES[code])
    for threads, more in (1, 0), (2, 1):
        leakyc.set_num_threads(threads)
        before = _core.team()["calls"]
        call(f"leaky_relu_{code}", x, x, x.size, 0.3, 0)
        assert _core.team()["calls"] - before == more


def test_there_is_one_core():
    """The module's own: an instruction set that cannot be had is refused with it."""
    done = ended("-c", "from leakyc import cython_leakyc", LEAKYC_ISA="mmx")
    assert done.returncode == 1 and "LEAKYC_ISA='mmx' cannot be had" in done.stderr


def test_a_name_that_is_none():
    with pytest.raises(
        ValueError, match="no C function is named 'relu'; there are: leaky_relu_f32"
    ):
        cython_leakyc.address("relu")


def test_scipy_finds_them():
    scipy = pytest.importorskip("scipy", reason="scipy is not installed")
    found = scipy.LowLevelCallable.from_cython(cython_leakyc, "leaky_relu_f64")
    assert found.signature == "void (double *, double const *, size_t, double, int)"


def test_numba_finds_them():
    extending = pytest.importorskip("numba.extending", reason="numba is not installed")
    for name in cython_leakyc.__pyx_capi__:
        found = extending.get_cython_function_address("leakyc.cython_leakyc", name)
        assert found == cython_leakyc.address(name)


def test_the_example_of_ctypes():
    from examples.c import with_ctypes

    assert with_ctypes.main() == [-2.0, -1.0, 1.0, 3.0]
