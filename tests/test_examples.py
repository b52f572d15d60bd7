"""The examples of other libraries: each runs, and finds what it says."""

import importlib
import pickle

import numpy as np
import pytest
import twin
from needs import need


@pytest.fixture(scope="module")
def op():
    """The example's module; PyTorch takes an operator's name once a process."""
    need("torch")
    return importlib.import_module("examples.torch_operator")


# ---- PyTorch -----------------------------------------------------------------------------------


def tensors(torch):
    """Tensors of several dtypes and layouts."""
    torch.manual_seed(0)
    x = torch.randn(6, 4, dtype=torch.float64)
    every = [x, x.float(), x.half(), x.T, x[::2], x[:, :1].expand(6, 4), x[:0], torch.tensor(-2.0)]
    return [t.detach().requires_grad_(grad) for t in every for grad in (False, True)]


def test_torch_opcheck(op):
    import torch

    dense = torch.randn(6, 4, dtype=torch.float64, requires_grad=True)
    expanded = torch.randn(6, 1).expand(6, 4)
    for x in (dense, expanded):
        result = torch.library.opcheck(op.leaky_relu, (x, 0.25))
        assert set(result.values()) == {"SUCCESS"} and len(result) >= 4
        grad = torch.randn(x.shape).to(x.dtype).requires_grad_(x.requires_grad)
        result = torch.library.opcheck(op.leaky_relu_backward, (grad, x, 0.25))
        assert set(result.values()) == {"SUCCESS"} and len(result) >= 4


def test_torch_results_and_gradients_are_torchs(op):
    import torch

    for x in tensors(torch):
        ours, theirs = op.leaky_relu(x, 0.1), torch.nn.functional.leaky_relu(x, 0.1)
        twin.same_bits(ours.detach().numpy(), theirs.detach().numpy())
        if x.requires_grad:
            grad = torch.randn(x.shape).to(x.dtype)
            (our_dx,), (their_dx,) = (torch.autograd.grad(y, x, grad) for y in (ours, theirs))
            twin.same_bits(our_dx.numpy(), their_dx.numpy())


def test_torch_derivatives_of_both_orders(op):
    import torch

    x = torch.tensor([[-2.0, 1.0], [0.7, -0.3]], dtype=torch.float64, requires_grad=True)
    for slope in (0.25, 0.0, -0.5):
        assert torch.autograd.gradcheck(lambda x, s=slope: op.leaky_relu(x, s), x)
        assert torch.autograd.gradgradcheck(lambda x, s=slope: op.leaky_relu(x, s), x)


def test_torch_operator_copies_nothing(op, monkeypatch):
    import torch

    seen = []

    def spy(x, slope, out):
        seen.extend([x.ctypes.data, out.ctypes.data])
        out[...] = x

    monkeypatch.setattr(op.leakyc, "leaky_relu", spy)
    x = torch.randn(5)
    y = op.leaky_relu(x, 0.1)
    assert seen == [x.data_ptr(), y.data_ptr()]


def test_torch_example_prints_what_it_found(op, capsys):
    op.main()
    assert capsys.readouterr().out.count("True") == 2


# ---- ONNX --------------------------------------------------------------------------------------


@pytest.fixture
def model():
    need("onnx")
    return importlib.import_module("examples.onnx_evaluator")


def test_onnx_evaluator_runs_our_operators(model, monkeypatch):
    stock, ours = model.run(model.feeds(200))
    twin.same_bits(ours, stock)
    calls = []
    for name in ("leaky_relu", "prelu"):
        real = getattr(model.leakyc, name)
        monkeypatch.setattr(
            model.leakyc, name, lambda x, a, n=name, f=real: (calls.append((n, a)), f(x, a))[1]
        )
    inputs = model.feeds(3)
    model.run(inputs)
    assert [name for name, _ in calls] == ["leaky_relu", "prelu"]
    assert np.float32(calls[0][1]) == np.float32(0.2)
    assert calls[1][1] is inputs["slope"]


def test_onnx_default_slope_and_dtypes(model):
    parse = model.onnx.parser.parse_model
    for onnx_type, dtype in (("float", "f4"), ("float16", "f2"), ("double", "f8")):
        graph = parse(f"""<ir_version: 8, opset_import: ["" : 16]>
            one ({onnx_type}[N] x) => ({onnx_type}[N] y) {{ y = LeakyRelu(x) }}""")
        x = np.linspace(-2, 2, 9).astype(dtype)
        got = model.ReferenceEvaluator(graph, new_ops=[model.LeakyRelu]).run(None, {"x": x})[0]
        twin.same_bits(got, twin.leaky_relu(x, float(np.float32(0.01))))


def test_onnx_example_prints_what_it_found(model, capsys):
    model.main()
    assert "equal to the stock evaluator's: True" in capsys.readouterr().out


# ---- scikit-learn ------------------------------------------------------------------------------


@pytest.fixture
def pipeline():
    need("sklearn")
    return importlib.import_module("examples.sklearn_pipeline")


def test_sklearn_pipeline_gains_from_the_activation(pipeline, capsys):
    """One to three points on held-out digits, by every slope of the table and by another seed."""
    pipeline.main()
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("without activation") and len(lines) == 4
    plain, *ours = (float(line.split()[-1]) for line in lines)
    assert min(ours) > plain + 0.01
    plain = pipeline.accuracy(pipeline.network(seed=1))
    ours = pipeline.accuracy(pipeline.network(pipeline.activation(0.1), seed=1))
    assert ours > plain + 0.01


def test_sklearn_pipeline_pickles_and_inverts(pipeline):
    x, y = pipeline.load_digits(return_X_y=True)
    model = pipeline.network(pipeline.activation(0.25)).fit(x, y)
    again = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(again.predict(x), model.predict(x))
    activation = pipeline.activation(0.25).fit(x - 8)
    there = activation.transform(x - 8)
    twin.same_bits(there, twin.leaky_relu(x - 8, 0.25))
    np.testing.assert_array_equal(activation.inverse_transform(there), x - 8)
