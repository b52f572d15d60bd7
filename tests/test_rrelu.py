"""Leaky ReLU with random slopes: what is drawn, what repeats, what it refuses."""

import numpy as np
import pytest
import twin
from needs import need

import leakyc
from leakyc import _random


def generator(seed=5):
    return np.random.default_rng(seed)


def drawn(shape, dtype, lower=1 / 8, upper=1 / 3, seed=5):
    """The slopes as one call for all of them draws them."""
    slope = lower + (upper - lower) * generator(seed).random(shape)
    with np.errstate(all="ignore"):
        return np.asarray(slope).astype(dtype)


@pytest.mark.parametrize("shape", [(), (0,), (1,), (7,), (3, 0, 2), (5, 4, 3), (70001,)])
def test_slopes_and_result(rng, dtype, shape):
    x = twin.values(rng, shape, dtype)
    y, slope = leakyc.rrelu(x, rng=generator())
    twin.same_bits(slope, drawn(shape, dtype))
    twin.same_bits(y, twin.leaky_relu(x, slope))


def test_blocks_draw_what_one_call_draws(monkeypatch):
    monkeypatch.setattr(_random, "BLOCK", 7)
    for n in (6, 7, 8, 30):
        twin.same_bits(leakyc.rrelu(np.zeros(n), rng=generator())[1], drawn(n, np.float64))


def test_the_seed_repeats_whatever_the_values_and_the_layout(rng):
    x = rng.standard_normal((40, 30))
    first = leakyc.rrelu(x, rng=generator())
    for again in (x, -x, np.asfortranarray(x), np.repeat(x, 2, axis=1)[:, ::2]):
        twin.same_bits(leakyc.rrelu(again, rng=generator())[1], first[1])
    assert not np.array_equal(leakyc.rrelu(x, rng=generator(6))[1], first[1])


def test_the_generator_moves_on_by_one_draw_an_element():
    one, two = generator(), generator()
    leakyc.rrelu(np.ones(100, np.float32), rng=one)
    two.random(100)
    assert one.bit_generator.state == two.bit_generator.state


def test_slopes_are_uniform_and_drawn_for_positive_elements_too(rng):
    x = rng.standard_normal(100_000).astype(np.float32)
    slope = leakyc.rrelu(x, 0.25, 0.5, rng=generator())[1]
    assert 0.25 <= slope.min() < 0.2501 and 0.4999 < slope.max() <= 0.5
    counts = np.histogram(slope, bins=20, range=(0.25, 0.5))[0]
    assert abs(counts - 5000).max() < 6 * np.sqrt(5000)  # six standard deviations
    assert abs(np.corrcoef(x, slope)[0, 1]) < 0.02


def test_equal_ends_are_leaky_relu(rng):
    x = rng.standard_normal(1000).astype(np.float32)
    y, slope = leakyc.rrelu(x, 0.25, 0.25, rng=generator())
    assert (slope == 0.25).all()
    twin.same_bits(y, leakyc.leaky_relu(x, 0.25))


def test_in_place_and_back_from_the_output(rng, dtype):
    x = rng.standard_normal((50, 60)).astype(dtype)
    grad = rng.standard_normal((50, 60)).astype(dtype)
    want, slope = leakyc.rrelu(x, rng=generator())
    dx = leakyc.leaky_relu_grad(grad, x, slope)
    twin.same_bits(dx, twin.leaky_relu_grad(grad, x, slope))
    y, again = leakyc.rrelu(x, rng=generator(), out=x)
    assert y is x
    twin.same_bits(again, slope)
    twin.same_bits(y, want)
    twin.same_bits(leakyc.leaky_relu_grad(grad, y, slope, from_output=True), dx)


@pytest.mark.parametrize("x", [np.array([-1, 2]), np.array([True, False]), [-1, 2], -1.0])
def test_what_is_no_float_array_gives_float64(x):
    y, slope = leakyc.rrelu(x, rng=generator())
    twin.same_bits(slope, drawn(np.shape(x), np.float64))
    assert y.dtype == np.float64
    assert np.ndim(x) or (type(y) is np.float64 and type(slope) is np.float64)


def test_byte_order_and_ends_as_numpy_scalars(rng):
    x = rng.standard_normal(9).astype(">f4")
    y, slope = leakyc.rrelu(x, np.float64(0.125), np.array(0.25), rng=generator())
    twin.same_bits(slope, drawn(9, np.float32, 0.125, 0.25))
    twin.same_bits(y, twin.leaky_relu(x.astype(np.float32), slope))


def test_a_frame_keeps_its_type_and_labels():
    pandas = need("pandas")
    x = pandas.DataFrame({"a": [-1.0, 2.0], "b": [-3.0, 4.0]}, index=["u", "v"])
    y, slope = leakyc.rrelu(x, rng=generator())
    assert list(y.columns) == ["a", "b"] and list(y.index) == ["u", "v"]
    twin.same_bits(y.to_numpy(), twin.leaky_relu(x.to_numpy(), slope))


RANGES = [(0.5, 0.25), (0, np.inf), (np.nan, 1), (-1e308, 1e308)]


@pytest.mark.parametrize("ends", RANGES)
def test_a_bad_range_raises_what_numpy_raises(ends):
    with pytest.raises((ValueError, OverflowError)) as theirs:
        generator().uniform(*ends)
    out = np.full(3, 9.0)
    with pytest.raises(theirs.type, match="rrelu: lower .* upper") as ours:
        leakyc.rrelu(np.ones(3), *ends, rng=generator(), out=out)
    assert ours.type is theirs.type
    assert (out == 9).all()


@pytest.mark.parametrize("end", ["0.1", None, 1j, [0.1, 0.2]])
def test_ends_that_are_no_number(end):
    with pytest.raises(TypeError, match="rrelu: upper must be one real number"):
        leakyc.rrelu(np.ones(3), 0.1, end, rng=generator())


@pytest.mark.parametrize("rng", [None, 5, np.random.RandomState(5), np.random])
def test_what_is_no_generator(rng):
    with pytest.raises(TypeError, match=r"rng must be a numpy.random.Generator, got \w+"):
        leakyc.rrelu(np.ones(3), rng=rng)


def test_the_generator_is_required():
    with pytest.raises(TypeError, match="rng"):
        leakyc.rrelu(np.ones(3))


@pytest.mark.parametrize("dtype", ["complex64", "object", "U3", "datetime64[s]"])
def test_a_bad_dtype_draws_nothing(dtype):
    rng = generator()
    with pytest.raises(TypeError, match="rrelu: x has dtype"):
        leakyc.rrelu(np.zeros(3, dtype), rng=rng)
    assert rng.bit_generator.state == generator().bit_generator.state


def test_bad_out_is_left_alone():
    x = np.ones(3)
    frozen = np.zeros(3)
    frozen.flags.writeable = False
    whole = np.zeros(3, int)
    with pytest.raises(ValueError, match="read-only"):
        leakyc.rrelu(x, rng=generator(), out=frozen)
    with pytest.raises(ValueError, match="shape"):
        leakyc.rrelu(x, rng=generator(), out=np.zeros(2))
    with pytest.raises(TypeError, match="out"):
        leakyc.rrelu(x, rng=generator(), out=whole)
    assert not frozen.any() and not whole.any()
