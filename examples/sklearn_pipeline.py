"""Leaky ReLU in a scikit-learn pipeline: a random hidden layer in front of a linear classifier.

On the handwritten digits, with the activation and without it. Without it the hidden layer is one
linear map more, and the classifier gains nothing from it.

Run it: ``python -m examples.sklearn_pipeline``
"""

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.datasets import load_digits
from sklearn.linear_model import RidgeClassifier
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

import leakyc


def activation(slope):
    """Leaky ReLU as a transformer. Its inverse is Leaky ReLU with the inverse slope."""
    return FunctionTransformer(
        leakyc.leaky_relu,
        inverse_func=leakyc.leaky_relu,
        kw_args={"negative_slope": slope},
        inv_kw_args={"negative_slope": 1 / slope},
    )


class RandomLayer(TransformerMixin, BaseEstimator):
    """A dense layer of 200 units whose weights and biases are drawn, not learned."""

    def __init__(self, seed=0):
        self.seed = seed

    def fit(self, x, y=None):
        rng = np.random.default_rng(self.seed)
        self.weights_ = rng.standard_normal((x.shape[1], 200)) / np.sqrt(x.shape[1])
        self.bias_ = rng.standard_normal(200)
        return self

    def transform(self, x):
        return x @ self.weights_ + self.bias_


def network(*between, seed=0):
    """Scaled pixels, a random hidden layer, what comes between, and a linear classifier."""
    return make_pipeline(StandardScaler(), RandomLayer(seed), *between, RidgeClassifier())


def accuracy(model):
    """Mean accuracy on held-out digits, in 3 folds."""
    x, y = load_digits(return_X_y=True)
    return cross_val_score(model, x, y, cv=3).mean()


def main():
    print(f"without activation  {accuracy(network()):.3f}")
    for slope in (0.01, 0.1, 0.5):
        print(f"slope {slope:<4}          {accuracy(network(activation(slope))):.3f}")


if __name__ == "__main__":
    main()
