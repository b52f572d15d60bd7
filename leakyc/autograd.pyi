# What is traced is of autograd's own types: Any.
from typing import Any

__all__ = [
    "bias_leaky_relu",
    "bias_leaky_relu_grad",
    "bias_prelu",
    "bias_prelu_grad",
    "leaky_relu",
    "leaky_relu_grad",
    "prelu",
    "prelu_grad",
]

def bias_leaky_relu(
    x: Any,
    bias: Any,
    negative_slope: Any = ...,
    *,
    axis: Any = ...,
    gain: Any = ...,
    clamp: Any = ...,
) -> Any: ...
def bias_leaky_relu_grad(
    grad: Any,
    y: Any,
    negative_slope: Any = ...,
    *,
    axis: Any = ...,
    gain: Any = ...,
    clamp: Any = ...,
    keepdims: bool = ...,
) -> tuple[Any, Any]: ...
def bias_prelu(
    x: Any, bias: Any, slope: Any, *, axis: Any = ..., gain: Any = ..., clamp: Any = ...
) -> Any: ...
def bias_prelu_grad(
    grad: Any,
    x: Any,
    bias: Any,
    slope: Any,
    *,
    axis: Any = ...,
    gain: Any = ...,
    clamp: Any = ...,
    keepdims: bool = ...,
) -> tuple[Any, Any, Any]: ...
def leaky_relu(x: Any, negative_slope: Any = ...) -> Any: ...
def leaky_relu_grad(grad: Any, x: Any, negative_slope: Any = ...) -> Any: ...
def prelu(x: Any, slope: Any, *, axis: Any = ...) -> Any: ...
def prelu_grad(grad: Any, x: Any, slope: Any, *, axis: Any = ...) -> tuple[Any, Any]: ...
