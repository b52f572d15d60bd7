"""The ways to add a bias and to apply a PReLU, in place: `way(y, bias, slope)`.

A bias and a slope for each channel, which is the last axis of `y`. Without slopes, the bias alone.
"""

import numpy as np

import leakyc


def factor(y, bias, slope):
    """As NumPy programs of such networks have it. An infinity gives NaN."""
    y += bias
    if slope is not None:
        y += (y < 0) * y * (slope - 1)


def where(y, bias, slope):
    """The definition; a branch for each element."""
    y += bias
    if slope is not None:
        y[...] = np.where(y > 0, y, slope * y)


def maximum(y, bias, slope):
    """Without a branch; right for every slope, as `np.maximum(y, slope * y)` is not."""
    y += bias
    if slope is not None:
        negative = np.minimum(y, 0)
        negative *= slope
        np.maximum(y, 0, out=y)
        y += negative


def torch(y, bias, slope):
    """PyTorch, on the array's own memory."""
    import torch

    y = torch.from_numpy(y)
    y += torch.from_numpy(bias)
    if slope is not None:
        y.copy_(torch.nn.functional.prelu(y, torch.from_numpy(slope)))


def prelu(y, bias, slope):
    """leakyc, in two steps."""
    y += bias
    if slope is not None:
        leakyc.prelu(y, slope, out=y)


def ours(y, bias, slope):
    """leakyc, in one pass."""
    if slope is None:
        y += bias
    else:
        leakyc.bias_prelu(y, bias, slope, out=y)


WAYS = {
    "y + (y < 0) * y * (slope - 1)": factor,
    "np.where": where,
    "np.maximum, np.minimum": maximum,
    "torch": torch,
    "leakyc.prelu": prelu,
    "leakyc.bias_prelu": ours,
}
