"""Real data that scikit-learn carries with it: split in two, standardised, in float32."""

import functools
from typing import NamedTuple

import numpy as np
from sklearn import datasets

REGRESSION = {"diabetes"}


class Split(NamedTuple):
    """Training and held-out inputs and targets: class numbers, or a column of floats."""

    x: np.ndarray
    y: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray

    @property
    def outputs(self):
        """How many numbers a network for this data puts out."""
        return 1 if self.y.ndim == 2 else int(self.y.max()) + 1


def load(name, seed=0, test_share=0.3):
    """One of scikit-learn's sets, in an order that the seed gives.

    digits keeps its meaning as pixels (0 to 1). The columns of the others have mean 0 and
    deviation 1 over the training part, and so have the targets of a regression.
    """
    x, y = from_scikit_learn(name)
    order = np.random.default_rng(seed).permutation(len(x))
    cut = int(len(x) * (1 - test_share))
    train, test = order[:cut], order[cut:]
    if name == "digits":
        x = x / 16
    else:
        x = standardised(x, train)
    y = standardised(y[:, None], train).astype(np.float32) if name in REGRESSION else y
    x = x.astype(np.float32)
    return Split(x[train], y[train], x[test], y[test])


@functools.cache
def from_scikit_learn(name):
    """Inputs and targets as the package has them."""
    return getattr(datasets, f"load_{name}")(return_X_y=True)


def standardised(columns, train):
    """The columns less their mean and over their deviation, both taken from the training part."""
    return (columns - columns[train].mean(axis=0)) / columns[train].std(axis=0)


def batches(rng, split, size):
    """One epoch of random batches (x, y)."""
    order = rng.permutation(len(split.x))
    for start in range(0, len(order) - size + 1, size):
        chosen = order[start : start + size]
        yield split.x[chosen], split.y[chosen]
