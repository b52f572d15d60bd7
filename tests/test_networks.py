"""The example networks: their backward passes are right, and their findings hold.

Each program runs in its short form, whose size the program itself names.
"""

import importlib

import numpy as np
import pytest
from needs import need

need("sklearn")
need("autograd")

from examples import networks  # noqa: E402
from examples.networks import (  # noqa: E402
    convergence,
    convolution,
    data,
    drop_in,
    dying_neurons,
    gan,
    nn,
    recurrent,
    report,
)


@pytest.fixture(scope="module")
def short():
    """The results of the short forms, each run once."""
    kept = {}

    def of(name):
        if name not in kept:
            script = importlib.import_module(f"examples.networks.{name}")
            kept[name] = report.run(script, **script.SHORT)
        return importlib.import_module(f"examples.networks.{name}"), kept[name]

    return of


@pytest.mark.parametrize("name", networks.SCRIPTS)
def test_findings_hold(short, name):
    script, result = short(name)
    findings = script.findings(result)
    assert findings
    assert not [sentence for sentence, holds in findings if not holds]


@pytest.mark.parametrize("name", networks.SCRIPTS)
def test_tables_are_markdown_with_a_row_for_each_case(short, name):
    script, result = short(name)
    lines = script.table(result).splitlines()
    assert len(lines) > 3
    assert set(lines[1]) <= set("| -")
    assert len({line.count("|") for line in lines}) == 1


def test_units_die_with_relu_and_not_with_a_leak(short):
    _, result = short("dying_neurons")
    for (rate, name), _ in result.items():
        finite, _ = dying_neurons.ends(result, rate, name)
        if name == "ReLU":
            assert (finite[:, 0] > 0.01).all()
        elif name.startswith(("Leaky", "PReLU")):
            assert (finite[:, 0] == 0).all()


def test_a_finding_that_is_not_there_is_not_reported_as_holding(short):
    _, result = short("dying_neurons")
    doctored = {
        (rate, name): result[rate, "ReLU" if name.startswith("Leaky") else name]
        for rate, name in result
    }
    sentence, holds = dying_neurons.findings(doctored)[1]
    assert "leak" in sentence
    assert not holds


def test_large_slopes_diverge_first(short):
    _, result = short("convergence")
    rates, slopes = convergence.axes_of(result)
    assert not any(result[rates[0], slope][0][:, 2].any() for slope in slopes)
    assert result[rates[-1], 0.8][0][:, 2].all()
    assert not result[rates[-1], 0.0][0][:, 2].any()


def test_plots_can_be_made(short, tmp_path, monkeypatch):
    need("matplotlib")
    monkeypatch.setattr(report, "PLOTS", tmp_path)
    for name in ("convergence", "gan"):
        script, result = short(name)
        made = []
        for _ in range(2):
            report.plot_or_say(script, result)
            made.append((tmp_path / script.PLOT).read_bytes())
        assert made[0] == made[1]  # the same bytes on every run
        assert len(made[0]) < 60_000


def test_shorter_pictures_keep_their_words():
    picture = '<path d="M 1.2345 0" style="fill: red; stroke: none"/>\n  <text>0.05 (a: b)</text>'
    assert report.shortened(picture) == (
        '<path d="M 1.2 0" style="fill:red;stroke:none"/>\n<text>0.05 (a: b)</text>'
    )


def test_the_page_has_a_place_for_every_script():
    page = report.PAGE
    if not page.exists():
        pytest.skip(reason="the documentation is not beside these tests")
    text = page.read_text()
    for name in networks.SCRIPTS:
        assert report.rewritten(text, name, "new").count("\nnew\n") == 1
    with pytest.raises(SystemExit, match="no such"):
        report.rewritten(text, "no such", "new")


# Backward passes against central differences, in float64.


def numeric(value, array, step=1e-6):
    """The gradient of `value()` by central differences, with `array` moved in place."""
    grad = np.empty(array.size)
    flat = array.reshape(-1)
    for i, before in enumerate(flat.copy()):
        flat[i] = before + step
        above = value()
        flat[i] = before - step
        grad[i] = (above - value()) / (2 * step)
        flat[i] = before
    return grad.reshape(array.shape)


def check(layers, x, at_input=True, loss=None):
    """The network's `grads` and its gradient at the input, for a loss that is linear or given."""
    weights = np.random.default_rng(5).normal(size=nn.forward(layers, x).shape)
    loss = loss or (lambda y: (float((weights * y).sum()), weights.copy()))
    _, grad = loss(nn.forward(layers, x))
    dx = nn.backward(layers, grad)

    def value():
        return loss(nn.forward(layers, x))[0]

    checked = 0
    for layer in layers:
        assert len(layer.params) == len(layer.grads)
        for param, found in zip(layer.params, [g.copy() for g in layer.grads], strict=True):
            assert np.isfinite(found).all()
            np.testing.assert_allclose(found, numeric(value, param), rtol=1e-5, atol=1e-7)
            checked += param.size
    if at_input:
        np.testing.assert_allclose(dx, numeric(value, x), rtol=1e-5, atol=1e-7)
    return checked


ACTIVATIONS = {
    "ReLU": lambda units: nn.LeakyReLU(0.0),
    "Leaky ReLU": lambda units: nn.LeakyReLU(0.2),
    "PReLU": lambda units: nn.PReLU(units, np.float64),
    "sigmoid": lambda units: nn.Sigmoid(),
    "tanh": lambda units: nn.Tanh(),
}


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("loss", ["cross entropy", "squared error"])
def test_gradients_of_the_perceptron(rng, activation, loss):
    layers = nn.mlp(rng, 5, [7, 6], 3, ACTIVATIONS[activation], np.float64)
    x = rng.normal(size=(8, 5))
    labels, targets = rng.integers(0, 3, 8), rng.normal(size=(8, 3))
    losses = {
        "cross entropy": lambda y: nn.cross_entropy(y, labels),
        "squared error": lambda y: nn.squared_error(y, targets),
    }
    assert check(layers, x, loss=losses[loss]) > 100


@pytest.mark.parametrize("slope", [0.0, 0.2])
def test_gradients_of_the_convolution(rng, slope):
    layers = [
        convolution.Convolution(rng, 2, 3, slope, np.float64),
        convolution.MeanPool(),
        convolution.Convolution(rng, 3, 2, slope, np.float64),
        convolution.Reshape(2 * 2 * 3),
        nn.Dense(rng, 12, 2, dtype=np.float64),
    ]
    assert check(layers, rng.normal(size=(3, 2, 4, 6))) > 100


@pytest.mark.parametrize("slope", [None, 0.0, 0.2])
def test_gradients_of_the_recurrent_network(rng, slope):
    layers = [
        recurrent.Recurrent(rng, 3, 5, slope, np.float64),
        nn.Dense(rng, 5, 2, dtype=np.float64),
    ]
    for param in layers[0].params:  # off the identity, where some gradients would be equal
        param += rng.normal(0, 0.2, param.shape)
    assert check(layers, rng.normal(size=(6, 4, 3)), at_input=False) > 40


def test_gradients_of_the_generator_through_the_discriminator(rng):
    generator, discriminator = gan.networks(rng, 0.2, [4], np.float64)
    noise = rng.normal(size=(3, gan.NOISE))
    check(generator + discriminator, noise, loss=lambda y: gan.logistic(y, 1.0))
    target = np.array([[0.9], [0.0], [0.0]])
    images = rng.normal(size=(3, 64))
    check(discriminator, images, loss=lambda y: gan.logistic(y, target))


@pytest.mark.parametrize("way", drop_in.WAYS)
def test_gradients_of_the_ways_to_do_bias_and_activation(rng, way, monkeypatch):
    monkeypatch.setattr(drop_in, "SLOPE", 0.25)
    layers = [
        drop_in.Filters(rng, 1, 2),
        drop_in.Activation(way, 2),
        convolution.Reshape(2 * 3 * 4),
        drop_in.Product(rng, 24, 6),
        drop_in.Activation(way, 6),
    ]
    for layer in layers:
        layer.params = [p.astype(np.float64) + rng.normal(0, 0.1, p.shape) for p in layer.params]
    assert check(layers, rng.normal(size=(3, 1, 3, 4))) > 150


def test_accuracy_is_the_share_of_right_rows():
    class Same:
        def forward(self, x):
            return x

    outputs = np.eye(4)[[0, 1, 2, 3, 3]]
    assert nn.accuracy([Same()], outputs, np.array([0, 1, 2, 3, 0])) == 0.8


@pytest.mark.parametrize("name", ["digits", "diabetes", "iris"])
def test_the_data_is_split_in_two_and_standardised_by_the_training_part(name):
    split = data.load(name, seed=3)
    again = data.load(name, seed=3)
    assert all(np.array_equal(a, b) for a, b in zip(split, again, strict=True))
    assert not np.array_equal(split.x, data.load(name, seed=4).x)
    assert split.x.dtype == np.float32
    total = len(split.x) + len(split.x_test)
    assert len(split.x) == int(0.7 * total) == len(split.y)
    if name != "digits":
        np.testing.assert_allclose(split.x.mean(axis=0), 0, atol=1e-5)
        np.testing.assert_allclose(split.x.std(axis=0), 1, atol=1e-5)
    if name == "diabetes":
        assert split.outputs == 1 and split.y.shape == (len(split.x), 1)
