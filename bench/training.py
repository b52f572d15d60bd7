"""The training operations against the plain passes, NumPy and torch: medians of paired ratios.

    python bench/training.py [ROWS] [COLUMNS] [REPEATS]

float32, `out=` everywhere, 16384 x 1024 (64 MB) unless told otherwise. A line says how long its
first call takes over its second one, in alternation, and the quartiles of that.
"""

import statistics
import sys
import time

import numpy as np

import leakyc

ROWS, COLUMNS, REPEATS = (
    int(sys.argv[i]) if len(sys.argv) > i else default
    for i, default in ((1, 16384), (2, 1024), (3, 9))
)
SLOPE = np.float32(0.01)


def arrays():
    rng = np.random.default_rng(1)
    return [rng.standard_normal((ROWS, COLUMNS), np.float32) for _ in range(3)]


def numpy_bias(x, bias):
    """In place: the bias, then the larger of x and slope * x by way of a scratch array."""
    np.add(x, bias, out=x)
    np.multiply(x, SLOPE, out=scratch)
    np.maximum(x, scratch, out=x)


def numpy_factor(gate):
    """1 or the slope without a branch: what np.where would choose slowly."""
    np.greater(gate, 0, out=scratch, casting="unsafe")
    np.multiply(scratch, 1 - SLOPE, out=scratch)
    np.add(scratch, SLOPE, out=scratch)


def numpy_bias_grad(grad, y, out):
    numpy_factor(y)
    np.multiply(grad, scratch, out=out)
    return out.sum(axis=0)


def numpy_prelu_grad(grad, x, out):
    numpy_factor(x)
    np.multiply(grad, scratch, out=out)
    np.minimum(x, 0, out=scratch)
    np.multiply(grad, scratch, out=scratch)
    return scratch.sum(axis=0)


x, grad, out = arrays()
scratch = np.empty_like(x)
bias, slopes = x[0].copy(), np.full(COLUMNS, SLOPE)
_, mask = leakyc.leaky_relu_with_mask(x, SLOPE, out=out)

LEAKYC = {
    "forward": lambda: leakyc.leaky_relu(x, SLOPE, out=out),
    "forward with mask": lambda: leakyc.leaky_relu_with_mask(x, SLOPE, out=out, mask=mask),
    "gradient": lambda: leakyc.leaky_relu_grad(grad, x, SLOPE, out=out),
    "gradient from mask": lambda: leakyc.leaky_relu_grad_from_mask(grad, mask, SLOPE, out=out),
    "bias, in place": lambda: leakyc.bias_leaky_relu(out, bias, SLOPE, out=out),
    "bias gradient": lambda: leakyc.bias_leaky_relu_grad(grad, x, SLOPE, out=out),
    "slope gradient": lambda: leakyc.prelu_grad(grad, x, slopes, out=out),
}
NUMPY = {
    "numpy bias": lambda: numpy_bias(out, bias),
    "numpy bias gradient": lambda: numpy_bias_grad(grad, x, out),
    "numpy slope gradient": lambda: numpy_prelu_grad(grad, x, out),
}


def torch_calls():
    import torch
    from torch.nn import functional

    torch.set_num_threads(leakyc.get_num_threads())
    tx, tg, to, tb = (torch.from_numpy(a) for a in (x, grad, out, bias))
    leaky_backward = torch.ops.aten.leaky_relu_backward.grad_input
    weight = torch.from_numpy(slopes).requires_grad_()
    leaf = torch.from_numpy(x).requires_grad_()
    y = functional.prelu(leaf, weight)

    def bias_grad():
        leaky_backward(tg, tx, float(SLOPE), False, grad_input=to)
        return to.sum(0)

    return {
        "torch bias": lambda: functional.leaky_relu_(to.add_(tb), float(SLOPE)),
        "torch bias gradient": bias_grad,
        "torch slope gradient": lambda: torch.autograd.grad(y, (leaf, weight), tg, True),
    }


def paired(first, second):
    """How long `second` takes over `first`: quartiles of the ratios."""
    for call in (first, second):
        call()
    ratios = []
    for _ in range(REPEATS):
        times = []
        for call in (first, second):
            begin = time.perf_counter()
            call()
            times.append(time.perf_counter() - begin)
        ratios.append(times[1] / times[0])
    return statistics.quantiles(ratios, n=4)


def main():
    calls = LEAKYC | NUMPY
    pairs = [
        ("gradient from mask", "gradient"),
        ("forward", "forward with mask"),
        ("gradient", "bias gradient"),
        ("gradient", "slope gradient"),
        ("bias, in place", "numpy bias"),
        ("bias gradient", "numpy bias gradient"),
        ("slope gradient", "numpy slope gradient"),
    ]
    try:
        calls |= torch_calls()
        pairs += [
            ("bias, in place", "torch bias"),
            ("bias gradient", "torch bias gradient"),
            ("slope gradient", "torch slope gradient"),
        ]
    except ImportError:
        print("without torch: it is not installed")
    print(f"{ROWS} x {COLUMNS} float32, {leakyc.get_num_threads()} threads, {REPEATS} pairs")
    for first, second in pairs:
        low, middle, high = paired(calls[first], calls[second])
        print(f"{second:>22} / {first:<20} {middle:6.2f}   ({low:.2f} to {high:.2f})")


if __name__ == "__main__":
    main()
