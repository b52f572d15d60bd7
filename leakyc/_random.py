"""Leaky ReLU with random slopes: what it checks, what it draws."""

import math

import numpy as np

from leakyc import _core, _dtypes, _errors, _general, _keywords, _others

# Elements drawn at a time: the float64 draws stay in a core's cache, and nothing full-size is made
# beyond the slopes themselves.
BLOCK = 32768


@_keywords.explained
def rrelu(x, lower=1 / 8, upper=1 / 3, *, rng, out=None):
    """Randomized leaky ReLU: ``x if x > 0 else slope * x``, with a random slope for each element.

    For training. The slopes are independent and uniform between `lower` and `upper` [1]_. In
    evaluation use the mean slope: ``leaky_relu(x, (lower + upper) / 2)``.

    Parameters
    ----------
    x : array_like
        Real numbers, of any shape, layout and byte order.
    lower, upper : float, optional
        The ends of the slopes' range, finite, ``lower <= upper``.
    rng : numpy.random.Generator
        Where the slopes come from, e.g. ``numpy.random.default_rng(seed)``.
    out : ndarray or tuple of one ndarray, optional
        Where the result goes. It may be `x` itself (in place), or overlap it in any way. None
        makes a new array.

    Returns
    -------
    y : ndarray or scalar
        Of the shape and dtype of `x`; integers and bool give float64. `out` where it was given.
    slope : ndarray or scalar
        The drawn slopes, of the shape of `x` and the dtype that `y` has without `out`. Where
        ``x > 0`` it holds what was drawn there, though `y` does not depend on it.

    Raises
    ------
    TypeError
        If `rng` is no Generator, `lower` or `upper` is no real number, `x` is complex, object,
        string or datetime, or another library's array that is lazy or would lose its type, or `out`
        cannot take the result's dtype.
    ValueError
        If ``lower > upper``, or `out` is read-only or has the wrong shape.
    OverflowError
        If the range is not finite.

    See Also
    --------
    leaky_relu_grad : The gradient with respect to `x`, with the returned slopes.

    Notes
    -----
    One float64 is drawn for each element, in C order, whatever `x` holds: the slopes depend on the
    generator's state, the shape and the range alone. The same seed gives the same slopes to
    arrays of any layout, and, up to the rounding to the dtype, of any dtype.

    The range [1/8, 1/3] is that of [1]_, which writes ``x / a`` with `a` from 3 to 8. Note that
    [1]_ evaluates with ``x / 5.5``, so a slope of 2/11, where PyTorch takes the mean slope, 11/48.

    References
    ----------
    .. [1] B. Xu, N. Wang, T. Chen, M. Li, "Empirical evaluation of rectified activations in
       convolutional network", arXiv:1505.00853, 2015.

    Examples
    --------
    >>> import numpy as np
    >>> import leakyc
    >>> x = np.array([-2, -1, 0, 1], dtype=np.float32)
    >>> y, slope = leakyc.rrelu(x, rng=np.random.default_rng(7))
    >>> bool(((1 / 8 <= slope) & (slope <= 1 / 3)).all())
    True
    >>> np.array_equal(y, [-2 * slope[0], -slope[1], 0, 1])
    True

    The gradient takes the slopes that were drawn:

    >>> dx = leakyc.leaky_relu_grad(np.ones_like(x), x, slope)
    >>> np.array_equal(dx, [slope[0], slope[1], slope[2], 1])
    True

    Evaluation, with the mean slope:

    >>> leakyc.leaky_relu(np.float64(-48), (1 / 8 + 1 / 3) / 2)
    np.float64(-11.0)
    """
    _check_array(x)
    _check_out(out)
    x = _general.as_operand(x)
    dtype = _slope_dtype(x)
    lower, upper = _range(lower=lower, upper=upper)
    if not isinstance(rng, np.random.Generator):
        raise TypeError(
            f"rrelu: rng must be a numpy.random.Generator, got {type(rng).__name__}; "
            "numpy.random.default_rng(seed) makes one"
        )
    slope = np.empty(np.shape(x), dtype)
    _draw(slope.reshape(-1), lower, upper, rng)
    slope = slope[()]
    return _core.leaky_relu(x, slope, out), slope


def _check_array(x):
    """Raises for what the slopes cannot be drawn for at once, or what would lose its type."""
    own = _others.library(x)
    wraps = hasattr(type(x), "__array_wrap__") and not _others.overrides(x)
    eager = own in ("pandas", "polars") and hasattr(x, "shape") and not _others.parts(x)
    if own == "xarray":
        eager = type(getattr(x, "data", None)) is np.ndarray
    if own == "pandas" and _others.is_frame(x):
        eager = len({dtype for _, _, dtype in _others.parts(x)}) <= 1
    if not (wraps or eager):
        _errors.refuse("rrelu", "x", x)


def _check_out(out):
    for array in out if isinstance(out, tuple) else (out,):
        if not isinstance(array, np.ndarray) or _others.overrides(array):
            _errors.refuse("rrelu", "out", array)


def _slope_dtype(x):
    """The dtype of the result: that of `x`, native; float64 for integers and bool."""
    dtype = _dtypes.result_dtype([x])
    if dtype is None:
        dtype = np.asarray(x).dtype
    if not _dtypes.is_real(dtype):
        raise _errors.wrong_dtype("rrelu", "x", dtype)
    return dtype.newbyteorder("=") if _dtypes.is_float(dtype) else np.dtype(np.float64)


def _range(**ends):
    lower, upper = [float(_errors.number("rrelu", name, value)) for name, value in ends.items()]
    if not math.isfinite(upper - lower):
        raise OverflowError(f"rrelu: lower and upper must span a finite range, got {ends}")
    if lower > upper:
        raise ValueError(f"rrelu: lower must not exceed upper, got {ends}")
    return lower, upper


def _draw(slope, lower, upper, rng):
    """Fills a flat array. Blocks draw the same numbers as one call for all."""
    block = np.empty(min(BLOCK, slope.size))
    for start in range(0, slope.size, BLOCK):
        part = block[: slope.size - start]
        rng.random(out=part)
        part *= upper - lower
        part += lower
        with np.errstate(all="ignore"):  # a slope may be a subnormal of its dtype, or beyond it
            slope[start : start + part.size] = part
