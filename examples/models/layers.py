"""What both models are made of: convolution and pooling, of pictures (rows, columns, channels)."""

import functools
from typing import NamedTuple

import numpy as np

BLOCK = 128 * 1024  # values that a block of rows may gather: 512 KB, half a usual L2 cache


class Layer(NamedTuple):
    """The parameters of a convolution or of a dense layer, and of the activation behind it."""

    weights: np.ndarray  # (size, size, inputs, outputs), or (inputs, outputs)
    bias: np.ndarray  # (outputs,)
    slope: np.ndarray | None = None  # (outputs,); without it there is no activation


def convolve(x, layer, activate):
    """The convolution of a picture without a border, and its activation.

    (rows, columns, inputs) -> (rows - size + 1, columns - size + 1, outputs), a few rows at a time.
    `activate(y, bias, slope)` works in place, while the rows are still in the cache.
    """
    size, _, inputs, outputs = layer.weights.shape
    rows, columns = max(0, len(x) - size + 1), x.shape[1]
    y = np.empty((rows, columns, outputs), np.float32)
    step = max(1, BLOCK // (size * columns * inputs))
    for first in range(0, rows, step):
        last = min(first + step, rows)
        block = y[first:last].reshape(-1, outputs)
        product(x[first : last + size - 1], layer.weights, block)
        activate(block, layer.bias, layer.slope)
    return y[:, : columns - size + 1]


def product(x, weights, out):
    """Every neighbourhood of size x size pixels times the weights.

    A pixel is put beside those under it. Then a whole neighbourhood, `size` columns wide, lies in
    one piece, and so do those to the right of it, with no further copy: every `size`-th one is a
    row of a matrix. Neighbourhoods that run over the right border mean nothing: cut them off.
    """
    size, _, inputs, outputs = weights.shape
    rows = len(x) - size + 1
    if size == 1:
        pixels = x
    else:
        pixels = np.concatenate([x[i : i + rows] for i in range(size)], axis=2)
    pixels = pixels.reshape(-1, size * inputs)
    matrix = weights.swapaxes(0, 1).reshape(-1, outputs)  # by columns first, as the pixels lie
    for first in range(size):
        count = (len(pixels) - first) // size
        neighbourhoods = pixels[first : first + count * size].reshape(count, len(matrix))
        np.matmul(neighbourhoods, matrix, out=out[first::size][:count])
    out[len(out) - size + 1 :] = 0  # where less than a neighbourhood was left


def max_pool(x, size):
    """The largest of each size x size pixels, two pixels apart. What lies outside counts less."""
    rows, columns = (-(-(n - size) // 2) + 1 for n in x.shape[:2])
    missing = [(0, 2 * (n - 1) + size - m) for n, m in zip((rows, columns), x.shape, strict=False)]
    x = np.pad(x, (*missing, (0, 0)), constant_values=-np.inf)
    parts = (
        x[i : i + 2 * rows - 1 : 2, j : j + 2 * columns - 1 : 2]
        for i in range(size)
        for j in range(size)
    )
    return functools.reduce(np.maximum, parts)
