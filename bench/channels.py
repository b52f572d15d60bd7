"""A bias and a slope a channel, in place and backward, on activations as networks have them:
against one slope, NumPy and torch."""

import math

import numpy as np
from rows import row, timed

import leakyc
from leakyc.benchmark import arrays

SHAPES = {"NHWC": ((640, 427, 64), -1), "NCHW": ((64, 256, 28, 28), 1)}
OURS = {
    "forward": "bias_prelu(x, zeros, ones, axis=axis, out=x)",
    "gradient": "bias_prelu_grad(grad, x, zeros, ones, axis=axis, out=y)",
}
ONE_SLOPE = {
    "forward": "bias_leaky_relu(x, zeros, one, axis=axis, out=x)",
    "gradient": "bias_leaky_relu_grad(grad, x, one, axis=axis, out=y)",
}
NUMPY = {
    "forward": "np.add(x, bias, out=x); np.multiply(x, slope, out=t); np.maximum(x, t, out=x)",
    "gradient": "np.add(x, bias, out=t); np.greater(t, 0, out=m); np.minimum(t, 0, out=t); "
    "np.multiply(t, grad, out=t); t.sum(axis=others); np.multiply(grad, slope, out=y); "
    "np.copyto(y, grad, where=m); y.sum(axis=others)",
}
TORCH = {
    "forward": "t_x.add_(t_bias); t_prelu(t_x, t_slope)",
    "gradient": "d = t_backward(t_grad, t_x + t_bias, t_slope); d[0].sum(others); d[1].sum(others)",
}


def names_of(shape, axis, threads):
    """A bias of 0 and a slope of 1 for each channel, which change nothing in place."""
    x = arrays.normals(math.prod(shape)).reshape(shape)
    around = [shape[axis] if d == axis % len(shape) else 1 for d in range(len(shape))]
    ones = np.ones(shape[axis], np.float32)
    return arrays.namespace(x, threads) | {
        "axis": axis,
        "others": tuple(d for d in range(len(shape)) if around[d] == 1),
        "ones": ones,
        "zeros": np.zeros_like(ones),
        "slope": ones.reshape(around),
        "bias": np.zeros(around, np.float32),
    }


def add_torch(names, threads):
    import torch

    torch.set_num_threads(threads)
    for name in ("x", "grad", "bias", "slope"):
        names[f"t_{name}"] = torch.from_numpy(names[name])
    names["t_prelu"] = torch.ops.aten._prelu_kernel
    names["t_backward"] = torch.ops.aten._prelu_kernel_backward


def samples_of(statements, with_torch=False):
    """For each layout and number of threads: the words for it, and what was timed."""
    for layout, (shape, axis) in SHAPES.items():
        for threads in sorted({1, leakyc.get_num_threads()}):
            names = names_of(shape, axis, threads)
            if with_torch:
                add_torch(names, threads)
            with leakyc.threads(threads):
                yield f"{layout}, threads={threads}", timed(statements, names, 4, rounds=(5, 30))


def against(way, bounds, with_torch=False):
    """Results of `way`, forward or gradient."""
    rivals = {"one slope": ONE_SLOPE, "NumPy": NUMPY, "torch": TORCH}
    statements = {"ours": OURS[way]} | {rival: rivals[rival][way] for rival in bounds}
    for label, samples in samples_of(statements, with_torch):
        for rival, bound in bounds.items():
            if bound.startswith("<"):
                yield f"{label}, over {rival}: time", samples.ratio("ours", rival), bound
            else:
                yield f"{label}, vs {rival}", samples.ratio(rival, "ours"), bound


NEEDS = ["leakyc.bias_prelu"]


@row("bias-prelu", "a bias and a slope a channel, in place", needs=NEEDS)
def bias_prelu():
    yield from against("forward", {"one slope": "<= 1.10", "NumPy": ">= 6"})


@row("bias-prelu-gradient", "the gradients of a bias and a slope a channel", needs=NEEDS)
def bias_prelu_gradient():
    yield from against("gradient", {"one slope": "<= 1.35", "NumPy": ">= 5"})


@row(
    "bias-prelu-torch",
    "a bias and a slope a channel vs torch's add_ and prelu, and their gradients",
    needs=[*NEEDS, "torch"],
    first="import torch",
)
def bias_prelu_torch():
    yield from against("forward", {"torch": ">= 1.6"}, True)
    yield from against("gradient", {"torch": ">= 3"}, True)
