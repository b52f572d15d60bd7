"""leakyc as the activation of scikit-learn's MLP, which calls it in place and trains through it."""

import numpy as np
import pytest
from needs import need

import leakyc

SLOPE = 0.1


def activate(z):
    leakyc.leaky_relu(z, SLOPE, out=z)


def derive(y, delta):
    leakyc.leaky_relu_grad(delta, y, SLOPE, out=delta, from_output=True)


def activate_in_numpy(z):
    z[...] = np.where(z > 0, z, SLOPE * z)


def derive_in_numpy(y, delta):
    delta[...] = np.where(y > 0, delta, SLOPE * delta)


PAIRS = {
    "leakyc": (activate, derive),
    "in numpy": (activate_in_numpy, derive_in_numpy),
    "not in place": (leakyc.leaky_relu, leakyc.leaky_relu_grad),
}


@pytest.fixture
def network(monkeypatch):
    """Makes a classifier or a regressor with one of PAIRS as its activation."""
    neural_network = need("sklearn.neural_network")
    from sklearn.utils._param_validation import StrOptions

    base = neural_network._base
    for name, (forward, backward) in PAIRS.items():
        monkeypatch.setitem(base.ACTIVATIONS, name, forward)
        monkeypatch.setitem(base.DERIVATIVES, name, backward)

    def make(kind, activation, **settings):
        parent = getattr(neural_network, kind)
        allowed = parent._parameter_constraints | {
            "activation": [StrOptions(set(base.DERIVATIVES))]
        }
        model = type(kind, (parent,), {"_parameter_constraints": allowed})
        return model(hidden_layer_sizes=(24, 16), activation=activation, random_state=0, **settings)

    return make


@pytest.fixture
def digits():
    images, labels = need("sklearn.datasets").load_digits(return_X_y=True)
    return images[:600] / 16, labels[:600]


@pytest.mark.filterwarnings("ignore:Stochastic Optimizer")  # the steps are few
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("kind", ["MLPClassifier", "MLPRegressor"])
def test_training_is_that_of_a_numpy_activation(network, digits, kind, dtype):
    x, y = digits[0].astype(dtype), digits[1]
    ours, theirs = (network(kind, name, max_iter=12).fit(x, y) for name in ("leakyc", "in numpy"))
    assert ours.loss_curve_ == theirs.loss_curve_ and ours.loss_curve_[-1] < ours.loss_curve_[0]
    for attribute in ("coefs_", "intercepts_"):
        for a, b in zip(getattr(ours, attribute), getattr(theirs, attribute), strict=True):
            assert a.dtype == dtype
            assert np.array_equal(a, b)
    assert np.array_equal(ours.predict(x), theirs.predict(x))


@pytest.mark.filterwarnings("ignore:Stochastic Optimizer")
def test_a_function_that_does_not_work_in_place_trains_a_linear_network(network, digits):
    plain, linear, ours = (
        network("MLPClassifier", name, max_iter=5).fit(*digits).loss_curve_
        for name in ("not in place", "identity", "leakyc")
    )
    assert plain == linear != ours
