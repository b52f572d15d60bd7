"""Rows of the training operations: 64 MB activations, 2 threads, out=."""

import numpy as np
from registry import row, timed

import leakyc
from leakyc.benchmark import arrays, cases

N, COLUMNS = 1 << 24, 1 << 10
FORWARD, GRADIENT = "leaky_relu(x, a, out=y)", "leaky_relu_grad(grad, x, a, out=y)"


def names_of(shape=(N // COLUMNS, COLUMNS)):
    """x, grad, y and t in rows; a bias and a slope for each column; the functions."""
    found = {"leakyc": leakyc, "rows": shape[0]}
    x = arrays.normals(N).reshape(shape)
    found = arrays.namespace(x, threads=2) | found
    found["bias"] = arrays.normals(shape[1], seed=3)
    found["slopes"] = np.linspace(0.01, 0.3, shape[1], dtype=np.float32)
    return found


def compared(statements, names, seconds=4):
    """Samples on the default threads."""
    with leakyc.threads(None):
        return timed(statements, names, seconds, rounds=(5, 60))


@row(
    "mask-gradient",
    "gradient from a mask vs gradient from x",
    needs=["leakyc.leaky_relu_with_mask", "leakyc.leaky_relu_grad_from_mask"],
)
def mask_gradient():
    names = names_of()
    _, names["mask"] = leakyc.leaky_relu_with_mask(names["x"], 0.01)
    mask = "leakyc.leaky_relu_grad_from_mask(grad, mask, a, out=y)"
    samples = compared({"mask": mask, "x": GRADIENT}, names)
    yield "64 MB", samples.ratio("x", "mask"), ">= 1.5"


@row(
    "mask-forward",
    "forward with mask over plain forward: time",
    needs=["leakyc.leaky_relu_with_mask"],
)
def mask_forward():
    names = names_of()
    _, names["mask"] = leakyc.leaky_relu_with_mask(names["x"], 0.01)
    mask = "leakyc.leaky_relu_with_mask(x, a, out=y, mask=mask)"
    samples = compared({"mask": mask, "plain": FORWARD}, names)
    yield "64 MB", samples.ratio("mask", "plain"), "<= 1.10"


@row("bias", "bias_leaky_relu in place", needs=["leakyc.bias_leaky_relu"])
def bias():
    names = names_of()
    names["one"], names["zero"] = 1.0, np.zeros_like(names["bias"])  # so that x stays as it is
    ours = "leakyc.bias_leaky_relu(x, zero, one, out=x)"
    passes = "np.add(x, zero, out=x); np.multiply(x, a, out=t); np.maximum(x, t, out=t)"
    samples = compared({"ours": ours, "np": passes}, names)
    yield "vs NumPy's passes", samples.ratio("np", "ours"), ">= 6"


@row(
    "bias-torch",
    "bias_leaky_relu in place vs torch's add_ and leaky_relu_",
    needs=["leakyc.bias_leaky_relu", "torch"],
    first="import torch",
)
def bias_torch():
    import torch

    names = names_of()
    torch.set_num_threads(leakyc.get_num_threads())
    names["zero"] = np.zeros_like(names["bias"])
    names["t_x"], names["t_zero"] = torch.from_numpy(names["x"]), torch.from_numpy(names["zero"])
    names["torch_leaky"] = torch.nn.functional.leaky_relu_
    ours = "leakyc.bias_leaky_relu(x, zero, one, out=x)"
    theirs = "t_x.add_(t_zero); torch_leaky(t_x, one)"
    samples = compared({"ours": ours, "torch": theirs}, names)
    yield "64 MB", samples.ratio("torch", "ours"), ">= 1.7"


@row("bias-gradient", "bias_leaky_relu_grad", needs=["leakyc.bias_leaky_relu_grad"])
def bias_gradient():
    names = names_of()
    ours = "leakyc.bias_leaky_relu_grad(grad, x, a, out=y)"
    numpy = (
        "np.greater(x, 0, out=m); np.multiply(m, 1 - a, out=t); np.add(t, a, out=t); "
        "np.multiply(grad, t, out=y); y.sum(axis=0)"
    )
    samples = compared({"ours": ours, "plain": GRADIENT, "np": numpy}, names)
    yield "over the plain gradient: time", samples.ratio("ours", "plain"), "<= 1.15"
    yield "vs NumPy, branch-free", samples.ratio("np", "ours"), ">= 5"


@row(
    "bias-gradient-torch",
    "bias_leaky_relu_grad vs torch's backward and sum",
    needs=["leakyc.bias_leaky_relu_grad", "torch"],
    first="import torch",
)
def bias_gradient_torch():
    import torch

    names = names_of()
    torch.set_num_threads(leakyc.get_num_threads())
    names |= {f"t_{name}": torch.from_numpy(names[name]) for name in ("x", "grad", "y")}
    names["backward"] = torch.ops.aten.leaky_relu_backward.grad_input
    theirs = "backward(t_grad, t_x, a, True, grad_input=t_y); t_y.sum(0)"
    ours = "leakyc.bias_leaky_relu_grad(grad, x, a, out=y)"
    samples = compared({"ours": ours, "torch": theirs}, names)
    yield "64 MB", samples.ratio("torch", "ours"), ">= 2"


@row("prelu-gradient", "prelu_grad, a slope a column", needs=["leakyc.prelu_grad"])
def prelu_gradient():
    names = names_of()
    ours = "leakyc.prelu_grad(grad, x, slopes, out=y)"
    plain = GRADIENT
    numpy = (
        "np.greater(x, 0, out=m); np.multiply(grad, slopes, out=y); np.copyto(y, grad, where=m); "
        "np.minimum(x, 0, out=t); np.multiply(t, grad, out=t); t.sum(axis=0)"
    )
    samples = compared({"ours": ours, "plain": plain, "np": numpy}, names)
    yield "over the plain gradient: time", samples.ratio("ours", "plain"), "<= 1.20"
    yield "vs NumPy", samples.ratio("np", "ours"), ">= 7"


@row(
    "runs-gradient",
    "gradients of a bias and a slope a channel, axis=1 of (64, 256, 28, 28), over plain: time",
    needs=["leakyc.bias_leaky_relu_grad", "leakyc.prelu_grad"],
)
def runs_gradient():
    x = arrays.normals(64 * 256 * 784).reshape(64, 256, 28, 28)
    names = arrays.namespace(x, threads=2) | {"leakyc": leakyc}
    names["slopes"] = np.linspace(0.01, 0.3, 256, dtype=np.float32).reshape(256, 1, 1)
    statements = {
        "bias": "leakyc.bias_leaky_relu_grad(grad, x, a, axis=1, out=y)",
        "slope": "leakyc.prelu_grad(grad, x, slopes, out=y)",
        "plain": GRADIENT,
    }
    samples = compared(statements, names)
    for name in ("bias", "slope"):
        yield f"a {name} a channel", samples.ratio(name, "plain"), None


@row(
    "prelu-gradient-torch",
    "prelu_grad vs torch's backward",
    needs=["leakyc.prelu_grad", "torch"],
    first="import torch",
)
def prelu_gradient_torch():
    import torch

    names = names_of()
    torch.set_num_threads(leakyc.get_num_threads())
    names |= {f"t_{name}": torch.from_numpy(names[name]) for name in ("x", "grad", "slopes")}
    names["backward"] = torch.ops.aten._prelu_kernel_backward
    theirs = "d = backward(t_grad, t_x, t_slopes); d[1].sum(0)"
    ours = "leakyc.prelu_grad(grad, x, slopes, out=y)"
    samples = compared({"ours": ours, "torch": theirs}, names)
    yield "64 MB", samples.ratio("torch", "ours"), ">= 15"


@row("training-memory", "MB of memory beyond inputs and outputs", needs=["leakyc.prelu_grad"])
def training_memory():
    names = names_of()
    names |= cases.rows_and_columns(names)
    for case in cases.available(cases.TRAINING[2:]):
        names |= {f"keep_{case.name}": eval(case.statement, names)}  # warm, threads started
        before = status("VmRSS")
        with open("/proc/self/clear_refs", "w") as file:
            file.write("5")  # the peak is counted from here
        eval(case.statement, names)
        extra = (status("VmHWM") - before) / 1024
        yield case.name, (extra, extra, extra), "<= 1"


def status(field):
    """KB, as Linux counts them for this process."""
    with open("/proc/self/status") as lines:
        return next(int(line.split()[1]) for line in lines if line.startswith(field))
