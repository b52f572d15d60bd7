"""The arrays of other libraries: recognised by protocol or by name, never by an import."""

import numpy as np

from leakyc import _dtypes

# Longer names first: a masked array is no array of NumPy's.
_LIBRARIES = (
    "numpy.ma dask pandas xarray polars torch mygrad autograd scipy.sparse sparse astropy unyt "
    "pint awkward jax jaxlib pyarrow tensorflow"
).split()

# What a type has that NumPy or others are to see, where np.asarray() would take it off.
_PROTOCOLS = (
    "__array_ufunc__",
    "__array_function__",
    "__array_wrap__",
    "__array_priority__",
    "__array_namespace__",
    "__dataframe__",
    "__arrow_c_stream__",
    "__arrow_c_array__",
)


def overrides(a):
    """Whether it answers ufuncs itself, by `__array_ufunc__`, be it by refusing them."""
    own = getattr(type(a), "__array_ufunc__", np.ndarray.__array_ufunc__)
    return own is not np.ndarray.__array_ufunc__


def is_plain(a):
    """Whether nothing is lost if this is read as a NumPy array: no mask, unit, label or type."""
    kind = type(a)
    if kind is np.ndarray or kind is np.memmap or isinstance(a, np.generic | float | int):
        return True
    if isinstance(a, list | tuple):
        return all([is_plain(part) for part in a])
    return not any([hasattr(kind, protocol) for protocol in _PROTOCOLS])


def not_plain(a):
    """The type's name of the first part of a list that is not plain."""
    while isinstance(a, list | tuple):
        a = [part for part in a if not is_plain(part)][0]
    return type_name(a)


def library(a):
    """The library that the type comes from or is derived from; None for one unknown here."""
    for base in type(a).__mro__:
        for name in _LIBRARIES:
            if f"{base.__module__}.".startswith(f"{name}."):
                return name
    return None


def type_name(a):
    """The type as people write it: `pandas.Series`, `dask.Array`, `Tagged`."""
    module, name = type(a).__module__, type(a).__qualname__
    root = "scipy.sparse" if module.startswith("scipy.sparse.") else module.partition(".")[0]
    return name if root in ("builtins", "__main__") else f"{root}.{name}"


def is_frame(a):
    """Whether this is a DataFrame of pandas or of dask, which is made of pandas' own."""
    named = any([base.__name__ == "DataFrame" for base in type(a).__mro__])
    return named and library(a) in ("pandas", "dask")


def parts(a):
    """The kind, label and dtype of each part of a container: columns, variables."""
    if is_frame(a):
        return [("column", label, dtype) for label, dtype in a.dtypes.items()]
    name, kind = library(a), type(a).__name__
    if name == "xarray" and kind == "Dataset":
        return [("variable", label, variable.dtype) for label, variable in a.data_vars.items()]
    if name == "polars" and kind == "DataFrame":
        return [("column", label, dtype) for label, dtype in a.schema.items()]
    return []


def is_real(dtype):
    """Whether a dtype holds real numbers: one of ours, or a like one of pandas or polars."""
    if isinstance(dtype, np.dtype):
        return _dtypes.is_real(dtype)
    if hasattr(dtype, "is_numeric"):  # polars'
        return dtype.is_numeric() and not dtype.is_decimal() or str(dtype) == "Boolean"
    return getattr(dtype, "kind", "") in tuple("iufb")


# ---- what to write instead --------------------------------------------------------------------

_INSTEAD = {
    "numpy.ma": "fill it: {argument}.filled(0), and the gradient with 0 wherever a mask is set",
    "pandas": "pass {argument}.to_numpy()",
    "xarray": "pass {argument}.to_numpy()",
    "polars": "pass {argument}.to_numpy()",
    "torch": "pass {argument}.detach().numpy()",
    "mygrad": "pass {argument}.data, and the gradient by hand",
    "autograd": "write leakyc.autograd.{name}, which autograd can differentiate",
    "scipy.sparse": "pass its stored elements, m.data (in CSR, CSC or COO format)",
    "sparse": "pass its stored elements, {argument}.data",
    "astropy": "pass {argument}.value",
    "unyt": "pass {argument}.value",
    "pint": "pass {argument}.magnitude",
    "awkward": "pass awkward.to_numpy({argument}), flattened first where rows differ in length",
    "dask": "pass {argument}.compute()",
}
_LAZILY = {  # dask's, where the argument is the array that the call is about
    "leaky_relu_with_mask": (
        "leakyc.leaky_relu and leakyc.leaky_relu_grad are lazy, and need no mask"
    ),
    "leaky_relu_grad_from_mask": "leakyc.leaky_relu_grad is lazy, and needs no mask",
    "bias_leaky_relu": "write x.map_blocks(leakyc.bias_leaky_relu, bias, negative_slope)",
    "bias_leaky_relu_grad": (
        "leakyc.leaky_relu_grad(grad, y, negative_slope, from_output=True) is lazy, and its sum is "
        "the gradient of the bias"
    ),
    "bias_prelu": "write x.map_blocks(leakyc.bias_prelu, bias, slope)",
    "bias_prelu_grad": (
        "leakyc.leaky_relu_grad(grad, x + bias, slope) is lazy, its sum is the gradient of the "
        "bias, and dask.array.where(x + bias > 0, 0, grad * (x + bias)).sum() that of the slope"
    ),
    "prelu_grad": (
        "leakyc.leaky_relu_grad(grad, x, slope) is lazy, and dask.array.where(x > 0, 0, grad * x)"
        ".sum() is the gradient of the slope"
    ),
    "rrelu": (
        "draw the slopes lazily, slope = dask.array.random.uniform(1 / 8, 1 / 3, x.shape, "
        "chunks=x.chunks), cast to the dtype of x where that is a narrower float, for "
        "leakyc.prelu(x, slope)"
    ),
}


def instead(name, argument, a):
    """What to write where the function `name` cannot take `a` as this argument."""
    own = library(a)
    if type(a).__name__ == "Dataset" and own == "xarray":
        return f"pass a variable's array, {argument}[name].to_numpy()"
    if own == "dask" and argument in ("x", "grad", "y") and name in _LAZILY:
        return _LAZILY[name]
    default = "pass numpy.asarray({argument})"
    return _INSTEAD.get(own, default).format(name=name, argument=argument)
