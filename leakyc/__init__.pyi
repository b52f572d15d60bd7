# The public types. An array keeps its dtype under a scalar slope, integers give float64, a given
# `out` comes back; whatever else NumPy would promote or wrap is Any.
from contextlib import AbstractContextManager
from typing import Any, Literal, SupportsIndex, TypeAlias, overload

import numpy as np
from numpy.random import Generator
from numpy.typing import ArrayLike, DTypeLike, NDArray
from typing_extensions import TypeVar  # which every type checker has; nothing imports it

from leakyc import ufuncs as ufuncs

__all__ = [
    "bias_leaky_relu",
    "bias_leaky_relu_grad",
    "bias_prelu",
    "bias_prelu_grad",
    "buffer_info",
    "clear_buffers",
    "get_include",
    "get_num_threads",
    "leaky_relu",
    "leaky_relu_grad",
    "leaky_relu_grad_from_mask",
    "leaky_relu_with_mask",
    "prelu",
    "prelu_grad",
    "rrelu",
    "set_buffer_limit",
    "set_num_threads",
    "show_config",
    "threads",
    "ufuncs",
]

__version__: str

_F = TypeVar("_F", bound=np.floating[Any])
_Out = TypeVar("_Out", bound=NDArray[Any], default=Any)  # without `out`, what NumPy makes of it
_Array = TypeVar("_Array", bound=NDArray[Any], default=NDArray[Any])
_Into: TypeAlias = _Out | tuple[_Out] | None
_Int: TypeAlias = np.integer[Any] | np.bool_
_Scalar: TypeAlias = float | np.floating[Any] | _Int
_Bits: TypeAlias = NDArray[np.uint8]
_Axis: TypeAlias = SupportsIndex | None
_Casting: TypeAlias = Literal["no", "equiv", "safe", "same_kind", "unsafe"]
_Order: TypeAlias = Literal["K", "A", "C", "F"] | None

# The common calls, typed. With `out` the result is that; of the rest, what NumPy makes of it.
@overload
def leaky_relu(
    x: NDArray[_F], /, negative_slope: _Scalar | NDArray[_F] = ..., out: None = ...
) -> NDArray[_F]: ...
@overload
def leaky_relu(
    x: NDArray[_Int], /, negative_slope: _Scalar | NDArray[_Int] = ..., out: None = ...
) -> NDArray[np.float64]: ...
@overload
def leaky_relu(x: _F, /, negative_slope: _Scalar = ..., out: None = ...) -> _F: ...
@overload
def leaky_relu(
    x: float | _Int, /, negative_slope: _Scalar = ..., out: None = ...
) -> np.float64: ...
@overload
def leaky_relu(
    x: NDArray[Any],
    /,
    negative_slope: ArrayLike = ...,
    out: None = ...,
    *,
    dtype: type[_F] | np.dtype[_F],
) -> NDArray[_F]: ...
@overload
def leaky_relu(
    x: Any,
    /,
    negative_slope: Any = ...,
    out: _Into[_Out] = ...,
    *,
    where: ArrayLike = ...,
    casting: _Casting = ...,
    order: _Order = ...,
    dtype: DTypeLike | None = ...,
    subok: bool = ...,
) -> _Out: ...
@overload
def leaky_relu_grad(
    grad: np.float64,
    x: NDArray[Any],
    /,
    negative_slope: ArrayLike = ...,
    out: None = ...,
    *,
    from_output: bool = ...,
) -> NDArray[Any]: ...
@overload
def leaky_relu_grad(
    grad: float | NDArray[_F],
    x: NDArray[_F],
    /,
    negative_slope: _Scalar | NDArray[_F] = ...,
    out: None = ...,
    *,
    from_output: bool = ...,
) -> NDArray[_F]: ...
@overload
def leaky_relu_grad(
    grad: NDArray[Any],
    x: np.float64,
    /,
    negative_slope: ArrayLike,
    out: None = ...,
    *,
    from_output: bool = ...,
) -> NDArray[Any]: ...
@overload
def leaky_relu_grad(
    grad: NDArray[_F],
    x: float,
    /,
    negative_slope: _Scalar | NDArray[_F],
    out: None = ...,
    *,
    from_output: bool = ...,
) -> NDArray[_F]: ...
@overload
def leaky_relu_grad(
    grad: NDArray[_Int],
    x: NDArray[_Int],
    /,
    negative_slope: _Scalar | NDArray[_Int] = ...,
    out: None = ...,
    *,
    from_output: bool = ...,
) -> NDArray[np.float64]: ...
@overload
def leaky_relu_grad(
    grad: _F, x: _F, /, negative_slope: _Scalar, out: None = ..., *, from_output: bool = ...
) -> _F: ...
@overload
def leaky_relu_grad(
    grad: float | _Int,
    x: float | _Int,
    /,
    negative_slope: _Scalar,
    out: None = ...,
    *,
    from_output: bool = ...,
) -> np.float64: ...
@overload
def leaky_relu_grad(
    grad: NDArray[Any],
    x: NDArray[Any],
    /,
    negative_slope: ArrayLike = ...,
    out: None = ...,
    *,
    from_output: bool = ...,
    dtype: type[_F] | np.dtype[_F],
) -> NDArray[_F]: ...
@overload
def leaky_relu_grad(
    grad: Any,
    x: Any,
    /,
    negative_slope: Any = ...,
    out: _Into[_Out] = ...,
    *,
    from_output: bool = ...,
    where: ArrayLike = ...,
    casting: _Casting = ...,
    order: _Order = ...,
    dtype: DTypeLike | None = ...,
    subok: bool = ...,
) -> _Out: ...
@overload
def prelu(
    x: NDArray[_F], /, slope: _Scalar | NDArray[_F], out: None = ..., *, axis: _Axis = ...
) -> NDArray[_F]: ...
@overload
def prelu(
    x: NDArray[_Int], /, slope: _Scalar | NDArray[_Int], out: None = ..., *, axis: _Axis = ...
) -> NDArray[np.float64]: ...
@overload
def prelu(x: _F, /, slope: _Scalar, out: None = ...) -> _F: ...
@overload
def prelu(x: float | _Int, /, slope: _Scalar, out: None = ...) -> np.float64: ...
@overload
def prelu(
    x: NDArray[Any],
    /,
    slope: ArrayLike,
    out: None = ...,
    *,
    axis: _Axis = ...,
    dtype: type[_F] | np.dtype[_F],
) -> NDArray[_F]: ...
@overload
def prelu(
    x: Any,
    /,
    slope: Any,
    out: _Into[_Out] = ...,
    *,
    axis: _Axis = ...,
    where: ArrayLike = ...,
    casting: _Casting = ...,
    order: _Order = ...,
    dtype: DTypeLike | None = ...,
    subok: bool = ...,
) -> _Out: ...
def buffer_info() -> dict[str, int]: ...
def clear_buffers() -> int: ...
def set_buffer_limit(nbytes: SupportsIndex | None) -> int: ...
@overload
def leaky_relu_with_mask(
    x: NDArray[_F], negative_slope: _Scalar, *, out: None = ..., mask: _Bits | None = ...
) -> tuple[NDArray[_F], _Bits]: ...
@overload
def leaky_relu_with_mask(
    x: ArrayLike, negative_slope: _Scalar, *, out: _Out | None = ..., mask: _Bits | None = ...
) -> tuple[_Out, _Bits]: ...
@overload
def leaky_relu_grad_from_mask(
    grad: NDArray[_F], mask: _Bits, negative_slope: _Scalar, *, out: None = ...
) -> NDArray[_F]: ...
@overload
def leaky_relu_grad_from_mask(
    grad: ArrayLike, mask: _Bits, negative_slope: _Scalar, *, out: _Out | None = ...
) -> _Out: ...
@overload
def bias_leaky_relu(
    x: NDArray[_F],
    bias: NDArray[_F],
    negative_slope: _Scalar = ...,
    *,
    axis: SupportsIndex = ...,
    gain: _Scalar = ...,
    clamp: _Scalar | None = ...,
    out: None = ...,
) -> NDArray[_F]: ...
@overload
def bias_leaky_relu(
    x: ArrayLike,
    bias: ArrayLike,
    negative_slope: _Scalar = ...,
    *,
    axis: SupportsIndex = ...,
    gain: _Scalar = ...,
    clamp: _Scalar | None = ...,
    out: _Array | None = ...,
) -> _Array: ...
@overload
def bias_leaky_relu_grad(
    grad: NDArray[_F],
    y: NDArray[_F],
    negative_slope: _Scalar = ...,
    *,
    axis: SupportsIndex = ...,
    gain: _Scalar = ...,
    clamp: _Scalar | None = ...,
    out: None = ...,
    keepdims: bool = ...,
) -> tuple[NDArray[_F], NDArray[_F]]: ...
@overload
def bias_leaky_relu_grad(
    grad: ArrayLike,
    y: ArrayLike,
    negative_slope: _Scalar = ...,
    *,
    axis: SupportsIndex = ...,
    gain: _Scalar = ...,
    clamp: _Scalar | None = ...,
    out: _Array | None = ...,
    keepdims: bool = ...,
) -> tuple[_Array, NDArray[Any]]: ...
@overload
def bias_prelu(
    x: NDArray[_F],
    bias: NDArray[_F] | None,
    slope: _Scalar | NDArray[_F],
    *,
    axis: SupportsIndex = ...,
    gain: _Scalar = ...,
    clamp: _Scalar | None = ...,
    out: None = ...,
) -> NDArray[_F]: ...
@overload
def bias_prelu(
    x: ArrayLike,
    bias: ArrayLike | None,
    slope: ArrayLike,
    *,
    axis: SupportsIndex = ...,
    gain: _Scalar = ...,
    clamp: _Scalar | None = ...,
    out: _Array | None = ...,
) -> _Array: ...
@overload
def bias_prelu_grad(
    grad: NDArray[_F],
    x: NDArray[_F],
    bias: NDArray[_F],
    slope: NDArray[_F],
    *,
    axis: SupportsIndex = ...,
    gain: _Scalar = ...,
    clamp: _Scalar | None = ...,
    out: None = ...,
    keepdims: bool = ...,
) -> tuple[NDArray[_F], NDArray[_F], NDArray[_F]]: ...
@overload
def bias_prelu_grad(
    grad: NDArray[_F],
    x: NDArray[_F],
    bias: NDArray[_F],
    slope: _Scalar,
    *,
    axis: SupportsIndex = ...,
    gain: _Scalar = ...,
    clamp: _Scalar | None = ...,
    out: None = ...,
    keepdims: bool = ...,
) -> tuple[NDArray[_F], NDArray[_F], _F]: ...
@overload
def bias_prelu_grad(
    grad: ArrayLike,
    x: ArrayLike,
    bias: ArrayLike | None,
    slope: ArrayLike,
    *,
    axis: SupportsIndex = ...,
    gain: _Scalar = ...,
    clamp: _Scalar | None = ...,
    out: _Array | None = ...,
    keepdims: bool = ...,
) -> tuple[_Array, Any, Any]: ...
@overload
def prelu_grad(
    grad: NDArray[_F], x: NDArray[_F], slope: NDArray[_F], *, axis: _Axis = ..., out: None = ...
) -> tuple[NDArray[_F], NDArray[_F]]: ...
@overload
def prelu_grad(
    grad: NDArray[_F], x: NDArray[_F], slope: _Scalar, *, axis: _Axis = ..., out: None = ...
) -> tuple[NDArray[_F], _F]: ...
@overload
def prelu_grad(
    grad: ArrayLike, x: ArrayLike, slope: ArrayLike, *, axis: _Axis = ..., out: _Out | None = ...
) -> tuple[_Out, Any]: ...
@overload
def rrelu(
    x: NDArray[_F], lower: _Scalar = ..., upper: _Scalar = ..., *, rng: Generator, out: None = ...
) -> tuple[NDArray[_F], NDArray[_F]]: ...
@overload
def rrelu(
    x: NDArray[_Int], lower: _Scalar = ..., upper: _Scalar = ..., *, rng: Generator, out: None = ...
) -> tuple[NDArray[np.float64], NDArray[np.float64]]: ...
@overload
def rrelu(
    x: Any, lower: _Scalar = ..., upper: _Scalar = ..., *, rng: Generator, out: _Into[_Out] = ...
) -> tuple[_Out, Any]: ...
def get_include() -> str: ...
def get_num_threads() -> int: ...
def set_num_threads(
    n: SupportsIndex | None, *, scope: Literal["process", "thread"] = "process"
) -> int | None: ...
def threads(
    n: SupportsIndex | None, *, scope: Literal["process", "thread"] = "thread"
) -> AbstractContextManager[None]: ...
@overload
def show_config(mode: Literal["stdout"] = ...) -> None: ...
@overload
def show_config(mode: Literal["dict"]) -> dict[str, Any]: ...
