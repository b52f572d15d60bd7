"""The training operations on 64 MB activations, on the default threads: the cases of
`cases.TRAINING` against each other, NumPy and torch."""

import numpy as np
from rows import question, row, timed

import leakyc
from leakyc.benchmark import arrays, cases

N = 1 << 24
TABLE = {case.name: case for case in cases.TRAINING}
FORWARD, GRADIENT = "forward, out=", "gradient, out="
MASK_FORWARD, MASK_GRADIENT = "forward with mask, out=", "gradient from mask, out="
BIAS, BIAS_GRADIENT = "bias and forward, in place", "gradient and bias's, out="
SLOPE_GRADIENT = "gradient and slope's, out="


def names_of(shape=(N // 1024, 1024)):
    """x, grad, y and t, also in rows; a bias and a slope for each column."""
    names = arrays.namespace(arrays.normals(N).reshape(shape), leakyc.get_num_threads())
    return names | cases.rows_and_columns(names)


def compared(statements, names=None):
    """Samples on the default threads."""
    with leakyc.threads(None):
        return timed(statements, names or names_of(), 4, rounds=(5, 60))


def tensors(names, *wanted):
    """The arrays as torch's tensors, by their names with t_ before; torch on our threads."""
    import torch

    torch.set_num_threads(leakyc.get_num_threads())
    names |= {f"t_{name}": torch.from_numpy(names[name]) for name in wanted}
    return torch


def torch_bias(names):
    torch = tensors(names, "x2", "zero")
    names["torch_leaky"] = torch.nn.functional.leaky_relu_
    return "t_x2.add_(t_zero); torch_leaky(t_x2, one)"


def torch_bias_gradient(names):
    torch = tensors(names, "x2", "grad2", "y2")
    names["backward"] = torch.ops.aten.leaky_relu_backward.grad_input
    return "backward(t_grad2, t_x2, a, True, grad_input=t_y2); t_y2.sum(0)"


def torch_slope_gradient(names):
    torch = tensors(names, "x2", "grad2", "slopes")
    names["backward"] = torch.ops.aten._prelu_kernel_backward
    return "d = backward(t_grad2, t_x2, t_slopes); d[1].sum(0)"


TORCH = {
    BIAS: torch_bias,
    BIAS_GRADIENT: torch_bias_gradient,
    SLOPE_GRADIENT: torch_slope_gradient,
}
LABELS = {"np": "vs NumPy's passes", "torch": "vs torch"}


def training(name, case, bounds):
    """Enter a row: a case of the table against others, NumPy's passes ("np"), or "torch"; as times
    as fast, or as time where a bound says at most."""
    beside_torch = "torch" in bounds
    needs = [f"leakyc.{TABLE[case].needs}", *["torch"] * beside_torch]

    @row(name, f"{case}, 64 MB", needs=needs, first="import torch" if beside_torch else "")
    def run():
        names = names_of()
        statements = {"ours": TABLE[case].statement}
        for rival in bounds:
            if rival == "np":
                statements[rival] = TABLE[case].rivals[cases.PASSES]
            elif rival == "torch":
                statements[rival] = TORCH[case](names)
            else:
                statements[rival] = TABLE[rival].statement
        samples = compared(statements, names)
        for rival, bound in bounds.items():
            longer = bound.startswith("<")
            ratio = samples.ratio("ours", rival) if longer else samples.ratio(rival, "ours")
            label = LABELS.get(rival, f"{'over' if longer else 'vs'} {rival}")
            yield label + (": time" if longer else ""), ratio, bound


training("mask-gradient", MASK_GRADIENT, {GRADIENT: ">= 1.5"})
training("mask-forward", MASK_FORWARD, {FORWARD: "<= 1.10"})
training("bias", BIAS, {"np": ">= 6"})
training("bias-torch", BIAS, {"torch": ">= 1.7"})
training("bias-gradient", BIAS_GRADIENT, {GRADIENT: "<= 1.15", "np": ">= 5"})
training("bias-gradient-torch", BIAS_GRADIENT, {"torch": ">= 2"})
training("prelu-gradient", SLOPE_GRADIENT, {GRADIENT: "<= 1.20", "np": ">= 7"})
training("prelu-gradient-torch", SLOPE_GRADIENT, {"torch": ">= 15"})


@row(
    "runs-gradient",
    "gradients of a bias and a slope a channel, axis=1 of (64, 256, 28, 28), over plain: time",
    needs=["leakyc.bias_leaky_relu_grad", "leakyc.prelu_grad"],
)
def runs_gradient():
    x = arrays.normals(64 * 256 * 784).reshape(64, 256, 28, 28)
    names = arrays.namespace(x, leakyc.get_num_threads())
    names["slopes"] = np.linspace(0.01, 0.3, 256, dtype=np.float32).reshape(256, 1, 1)
    statements = {
        "bias": "bias_leaky_relu_grad(grad, x, a, axis=1, out=y)",
        "slope": "prelu_grad(grad, x, slopes, out=y)",
        "plain": cases.GRADIENT_OUT,
    }
    samples = compared(statements, names)
    for name in ("bias", "slope"):
        yield f"a {name} a channel", samples.ratio(name, "plain"), None


@question(
    "run-lengths",
    "gradients of a slope a channel, by the elements of a run, over plain: time",
    needs=["leakyc.prelu_grad"],
)
def run_lengths():
    for length in (8, 36, 49, 63, 64, 100, 196, 784):
        x = arrays.normals(N // (64 * length) * 64 * length).reshape(-1, 64, length)
        names = arrays.namespace(x, leakyc.get_num_threads())
        names["slopes"] = np.linspace(0.01, 0.3, 64, dtype=np.float32).reshape(64, 1)
        statements = {
            "slope": "prelu_grad(grad, x, slopes, out=y)",
            "plain": cases.GRADIENT_OUT,
        }
        yield f"{length} elements", compared(statements, names).ratio("slope", "plain"), None


@row("training-memory", "MB of memory beyond inputs and outputs", needs=["leakyc.prelu_grad"])
def training_memory():
    names = names_of()
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
