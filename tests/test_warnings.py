"""Warnings are those of NumPy's own ufuncs for the same call, and name the caller's line."""

import warnings

import numpy as np
import pytest

import leakyc

X = np.array([-2.0, -1.0, 3.0])
MASK = X > 0
CALLS = {
    "leaky_relu": lambda **keywords: leakyc.leaky_relu(X, 0.1, **keywords),
    "prelu": lambda **keywords: leakyc.prelu(X, 0.1, **keywords),
    "leaky_relu_grad": lambda **keywords: leakyc.leaky_relu_grad(X, X, 0.1, **keywords),
}
KEYWORDS = {
    "where": {"where": MASK},
    "where and None": {"where": MASK, "out": None},
    "where and a tuple of None": {"where": MASK, "out": (None,)},
    "where and out": {"where": MASK, "out": np.zeros(3)},
    "where=True": {"where": True},
    "where=False": {"where": False},
    "out=None": {"out": None},
    "where and a narrow out": {"out": np.zeros(3, np.float16), "where": MASK},
}


def warned(call):
    """The categories of a call's warnings, and the files that they name."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        call()
    return [w.category for w in caught], {w.filename for w in caught}


@pytest.mark.parametrize("keywords", KEYWORDS)
@pytest.mark.parametrize("name", CALLS)
def test_warnings_are_those_of_numpy(name, keywords):
    keywords = KEYWORDS[keywords]
    expected, _ = warned(lambda: np.negative(X, **keywords))
    got, files = warned(lambda: CALLS[name](**keywords))
    assert got == expected
    assert files <= {__file__}


@pytest.mark.parametrize("name", CALLS)
def test_out_by_position(name):
    array = {"leaky_relu": (X, 0.1), "prelu": (X, 0.1), "leaky_relu_grad": (X, X, 0.1)}[name]
    function = getattr(leakyc, name)
    assert warned(lambda: function(*array, None, where=MASK))[0] == []
    assert warned(lambda: function(*array, where=MASK)) == warned(lambda: CALLS[name](where=MASK))


def test_a_cast_that_overflows_names_the_caller():
    big, out = np.array([1e300]), np.zeros(1, np.float16)
    got, files = warned(lambda: leakyc.leaky_relu(big, 0.1, out=out))
    assert got == warned(lambda: np.negative(big, out=out))[0] == [RuntimeWarning]
    assert files == {__file__}
