"""Python numbers promote nothing (NEP 50), wherever an array could stand."""

import numpy as np
import pytest
import twin
from conftest import dtype_named

import leakyc

NUMBERS = [1.0, 1, True, -2.5, 0.1, 3, 0.0, 0, 1e-9, 1e30, float("inf"), float("nan"), 2**70, 65519,
           65520.0, 1e300, 1e-300]  # fmt: skip
CODES = ["f2", "f4", "f8", "g", "bfloat16"]


def like(number, a):
    """The array that the number stands for."""
    with np.errstate(all="ignore"):
        return np.full(a.shape, float(number)).astype(a.dtype)


@pytest.fixture(params=CODES)
def array(request, rng):
    return twin.values(rng, 24, dtype_named(request.param))


@pytest.mark.parametrize("number", NUMBERS)
def test_as_grad_and_as_x(array, number):
    with np.errstate(all="raise"):
        for a in (array, array[::-2], array.reshape(4, 6).T, array[:1], array[:0]):
            twin.same_bits(
                leakyc.leaky_relu_grad(number, a, 0.1),
                twin.leaky_relu_grad(like(number, a), a, 0.1),
            )
            twin.same_bits(
                leakyc.leaky_relu_grad(a, number, 0.1),
                twin.leaky_relu_grad(a, like(number, a), 0.1),
            )
            out = np.empty_like(a)
            assert leakyc.leaky_relu_grad(number, a, 0.1, out) is out
            twin.same_bits(out, twin.leaky_relu_grad(like(number, a), a, 0.1))
            assert leakyc.leaky_relu_grad(number, a, 0.1, out=out, from_output=True) is out


def test_scalars_of_numpy_do_promote():
    x = np.float32([-1, 2])
    for one in (np.float64(1), np.array(1.0), np.array([1.0])):
        assert leakyc.leaky_relu_grad(one, x, 0.1).dtype == np.float64
        assert leakyc.leaky_relu_grad(x, one, 0.1).dtype == np.float64
    assert leakyc.leaky_relu_grad(np.float16(1), x, 0.1).dtype == np.float32


@pytest.mark.parametrize("code", CODES)
def test_beside_a_scalar_and_an_array_of_slopes(code):
    dtype = dtype_named(code)
    one = np.ones((), dtype)
    for x in (one, one[()]):
        assert leakyc.leaky_relu_grad(2.0, x, 0.1).dtype == dtype
    slopes = np.array([0.5, 0.25], dtype)
    twin.same_bits(leakyc.leaky_relu(-1, slopes), -slopes)
    twin.same_bits(leakyc.prelu(-1.0, slopes), -slopes)
    twin.same_bits(leakyc.leaky_relu_grad(1.0, -1, slopes), slopes)
    twin.same_bits(leakyc.leaky_relu_grad(slopes, -1, slopes), slopes * slopes)


def test_alone_and_beside_integers_they_are_float64():
    for number in (-2.0, -2, -(2**70), True):
        y = leakyc.leaky_relu(number, 0.5)
        assert type(y) is np.float64 and y == (number if number > 0 else number / 2)
        assert type(leakyc.leaky_relu_grad(number, number, 0.5)) is np.float64
    for code in "?bBhHiIlLqQ":
        x = np.array([1, 0], code)
        for number in (1.0, 1):
            twin.same_bits(leakyc.leaky_relu_grad(number, x, 0.1), np.array([1, 0.1]))
            twin.same_bits(leakyc.leaky_relu_grad(x, number, 0.1), np.array([1.0, 0.0]))


def test_with_a_dtype_and_a_mask():
    x = np.float32([-1, 2])
    assert leakyc.leaky_relu_grad(1.0, x, 0.1, dtype=np.float64).dtype == np.float64
    assert leakyc.leaky_relu_grad(1, x, 0.1, dtype="f2").dtype == np.float16
    out = np.float32([7, 7])
    leakyc.leaky_relu_grad(1.0, x, 0.5, out=out, where=[True, False])
    assert out.tolist() == [0.5, 7]


def test_an_integer_that_is_no_float64():
    x = np.float32([-1, 2])
    for call, argument in [
        (lambda: leakyc.leaky_relu(10**400), "x"),
        (lambda: leakyc.leaky_relu_grad(10**400, x, 0.1), "grad"),
        (lambda: leakyc.leaky_relu_grad(x, -(10**400), 0.1), "x"),
    ]:
        with pytest.raises(OverflowError, match=f"{argument} is an integer of 1329 bits"):
            call()
    if np.finfo(np.longdouble).maxexp > 1024:
        wide = np.longdouble([-1, 2])
        assert leakyc.leaky_relu_grad(10**400, wide, 1)[0] == np.longdouble("1e400")


def test_training_calls_of_scalars():
    for number, scalar in [(1.0, np.float32(-2)), (2, np.float16(-1))]:
        dx, dslope = leakyc.prelu_grad(number, scalar, 0.25)
        assert dx.dtype == dslope.dtype == scalar.dtype
        assert leakyc.prelu_grad(scalar, number, 0.25)[0].dtype == scalar.dtype
    assert leakyc.prelu_grad(1.0, -2.0, 0.25)[0].dtype == np.float64


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("size", [1, 1023, 1024, 1025, 5000, 300_000])
def test_any_size_and_layout(rng, code, size):
    """Blocks beside the number written out, the n-dimensional path, several threads."""
    a = twin.values(rng, size, dtype_named(code))
    for number in (0.3, -2, 1e9, float("nan")):
        grad, x = (
            twin.leaky_relu_grad(like(number, a), a, -0.7),
            twin.leaky_relu_grad(a, like(number, a), -0.7),
        )
        twin.same_bits(leakyc.leaky_relu_grad(number, a, -0.7), grad)
        twin.same_bits(leakyc.leaky_relu_grad(a, number, -0.7), x)
        for want, arguments in [(grad, (number, None)), (x, (None, number))]:
            for make in (np.copy, lambda a: np.repeat(a, 2)[::2]):
                inside = make(a)
                arguments_now = [inside if given is None else given for given in arguments]
                assert leakyc.leaky_relu_grad(*arguments_now, -0.7, inside) is inside
                twin.same_bits(inside, want)
    swapped = a.astype(a.dtype.newbyteorder("S")) if code in ("f4", "f8") else a
    want = twin.leaky_relu_grad(a, like(-1, a), 0.5)
    twin.same_bits(leakyc.leaky_relu_grad(swapped, -1, 0.5), want)
