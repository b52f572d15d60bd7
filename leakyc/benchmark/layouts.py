"""Arrays that are not contiguous: one row a layout, the same statement on all of them."""

from typing import NamedTuple

import numpy as np

from leakyc.benchmark import arrays, cases

NEGATIVE, COPYTO = "np.negative, out=", "np.copyto"

# What NumPy does on the same views: one pass, a copy, and the two passes.
RIVALS = {
    NEGATIVE: "np.negative(x, out=y)",
    COPYTO: "np.copyto(y, x)",
    cases.PASSES: cases.FORWARD[cases.PASSES],
}
CASE = cases.Case("forward, out=", cases.OUT, 2, RIVALS)


class Layout(NamedTuple):
    """One row: `x` of about so many bytes, made by a function of the side of a square."""

    name: str
    view: object
    shape: object = lambda side: (side, side)  # of the array that `view` looks at
    slope: object = None  # a function of x; None for the scalar slope


LAYOUTS = [
    Layout("x[:, ::2]", lambda base: base[:, ::2], lambda side: (side, 2 * side)),
    Layout("x[:, ::5]", lambda base: base[:, ::5], lambda side: (side, 5 * side)),
    Layout("x[:, ::-1]", lambda base: base[:, ::-1]),
    Layout("padded rows", lambda base: base[:, :-12], lambda side: (side, side + 12)),
    Layout("x.T to C order", lambda base: base.T),
    Layout(
        "a slope a channel",
        lambda base: base.reshape(-1, 256, 28, 28),
        lambda side: (max(1, side * side // (256 * 784)), 256, 784),
        lambda x: np.linspace(0.01, 0.3, 256, dtype=x.dtype).reshape(256, 1, 1),
    ),
    Layout(
        "a slope a column",
        lambda base: base,
        slope=lambda x: np.linspace(0.01, 0.3, x.shape[-1], dtype=x.dtype),
    ),
]


def namespace(layout, nbytes, threads, dtype="float32"):
    """What the statements see: `x` in this layout, `y` and `t` in C order."""
    shape = layout.shape(int((nbytes / np.dtype(dtype).itemsize) ** 0.5))
    x = layout.view(arrays.normals(int(np.prod(shape)), dtype).reshape(shape))
    names = arrays.namespace(x, threads, y=np.zeros(x.shape, dtype))
    names["t"] = np.zeros(x.shape, dtype)
    if layout.slope:
        names["a"] = layout.slope(x)
    return names
