"""What docs/in_your_code.md says of Keras, with its NumPy backend: which activations can be loaded,
and what becomes of integers."""

import numpy as np
import pytest
from needs import need

import leakyc


@pytest.fixture
def keras(monkeypatch, tmp_path):
    monkeypatch.setenv("KERAS_BACKEND", "numpy")
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    keras = need("keras")
    if keras.backend.backend() != "numpy":
        pytest.skip(reason="Keras runs on another backend in this process")
    return keras


@pytest.fixture
def reloaded(keras, tmp_path):
    """Saves and loads a model with this activation; what both predict."""

    def predictions(activation):
        model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(4, activation=activation)])
        model.save(tmp_path / "model.keras")
        again = keras.saving.load_model(tmp_path / "model.keras")
        x = np.linspace(-1, 1, 6, dtype=np.float32).reshape(2, 3)
        return model.predict(x, verbose=0), again.predict(x, verbose=0)

    return predictions


def test_a_registered_function_can_be_loaded(keras, reloaded):
    @keras.saving.register_keras_serializable(package="leakyc tests")
    def leaky_relu(x):
        return leakyc.leaky_relu(x, 0.1)

    before, after = reloaded(leaky_relu)
    assert before.dtype == np.float32 and (before < 0).any()
    assert np.array_equal(before, after)


def test_other_functions_cannot(keras, reloaded):
    def plain(x):
        return leakyc.leaky_relu(x, 0.1)

    keras.saving.register_keras_serializable(package="leakyc tests")(leakyc.leaky_relu)
    for activation in (plain, leakyc.leaky_relu):
        with pytest.raises(TypeError, match="could not be deserialized|Could not locate"):
            reloaded(activation)


def test_integers_keep_their_slope_here_alone(keras):
    whole = np.array([-5, 5])
    assert np.asarray(keras.ops.leaky_relu(whole, 0.1)).tolist() == [0, 5]
    assert leakyc.leaky_relu(whole, 0.1).tolist() == [-0.5, 5]
