"""leakyc as a PyTorch operator: CPU tensors, no copy, autograd of any order, torch.compile.

Run it: ``python -m examples.torch_operator``
"""

import torch

import leakyc


@torch.library.custom_op("leakyc::leaky_relu", mutates_args=(), device_types="cpu")
def leaky_relu(x: torch.Tensor, negative_slope: float = 0.01) -> torch.Tensor:
    y = torch.empty_like(x)
    # numpy() shares the tensor's memory: leakyc reads x and writes y where they are.
    leakyc.leaky_relu(x.numpy(), negative_slope, out=y.numpy())
    return y


@torch.library.custom_op("leakyc::leaky_relu_backward", mutates_args=(), device_types="cpu")
def leaky_relu_backward(grad: torch.Tensor, x: torch.Tensor, negative_slope: float) -> torch.Tensor:
    dx = torch.empty_like(x)
    leakyc.leaky_relu_grad(grad.numpy(), x.numpy(), negative_slope, out=dx.numpy())
    return dx


# What torch.compile needs to know: the shape, dtype and strides of the result, without data.
@leaky_relu.register_fake
def _(x, negative_slope=0.01):
    return torch.empty_like(x)


@leaky_relu_backward.register_fake
def _(grad, x, negative_slope):
    return torch.empty_like(x)


def save(ctx, inputs, output):
    """Keeps x and the slope, the last two arguments of both operators."""
    *_, x, ctx.negative_slope = inputs
    ctx.save_for_backward(x)


def backward(ctx, grad):
    (x,) = ctx.saved_tensors
    return leaky_relu_backward(grad, x, ctx.negative_slope), None


def double_backward(ctx, v):
    # The gradient is linear in grad and constant in x: the same operator, and nothing for x.
    (x,) = ctx.saved_tensors
    return leaky_relu_backward(v, x, ctx.negative_slope), None, None


leaky_relu.register_autograd(backward, setup_context=save)
leaky_relu_backward.register_autograd(double_backward, setup_context=save)


def main():
    torch.manual_seed(0)
    x = torch.randn(4, 5, requires_grad=True)
    torch.library.opcheck(leaky_relu, (x, 0.1))
    ours = leaky_relu(x, 0.1)
    theirs = torch.nn.functional.leaky_relu(x, 0.1)
    grad = torch.randn(4, 5)
    (our_dx,) = torch.autograd.grad(ours, x, grad)
    (their_dx,) = torch.autograd.grad(theirs, x, grad)
    print("opcheck passed; equal to torch's own:", torch.equal(ours, theirs), end=", ")
    print("and the gradient:", torch.equal(our_dx, their_dx))


if __name__ == "__main__":
    main()
