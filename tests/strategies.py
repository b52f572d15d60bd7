"""Hypothesis strategies for calls: every dtype, layout, overlap, slope, keyword, and wrong input.

A case is a description that hypothesis can shrink; `Case.build` makes its arrays anew, since a call
writes into them and each path needs its own.
"""

import dataclasses
import functools
import math

import numpy as np
import twin
from hypothesis import strategies as st

try:
    import ml_dtypes
except ImportError:
    ml_dtypes = None

FLOATS = ["float16", "float32", "float64", "longdouble"]
CORE = ["float32", "float64", "float16"] + (["bfloat16"] if ml_dtypes else [])
INTEGERS = ["bool", *"bBhHiIlLqQ"]
WRONG = ["complex64", "object", "U3", "M8[s]", "V4", "f4,f4"]
MOST = 4000  # elements a case


def dtype_of(name):
    return np.dtype(ml_dtypes.bfloat16) if name == "bfloat16" else np.dtype(name)


@functools.cache
def _stock(name):
    """Values of a dtype to fill memory with, as bytes."""
    dtype, rng = dtype_of(name), np.random.default_rng(20131)
    if dtype.kind in "iub":
        values = rng.integers(0, 2 if name == "bool" else 100, 1 << 16).astype(dtype)
        return values.view(np.uint8)
    return twin.values(rng, 1 << 16, dtype).view(np.uint8)


@dataclasses.dataclass(frozen=True)
class Array:
    """An array in a buffer. Axes in memory order `order`, innermost last; along an axis every
    `steps`-th element, backwards where negative, one and the same where 0; `pads` elements between
    its rows. Axes of length 1 have the stride `lone`, which means nothing."""

    dtype: str
    shape: tuple
    order: tuple
    steps: tuple
    pads: tuple
    shift: int = 0
    misaligned: bool = False
    swapped: bool = False
    lone: int = 0
    buffer: str = ""  # arrays of one name share memory
    form: str = "array"

    def _geometry(self):
        size = dtype_of(self.dtype).itemsize
        strides, unit, first = [0] * len(self.shape), size, 0
        for axis in reversed(self.order):
            n, step = self.shape[axis], self.steps[axis]
            strides[axis] = unit * step
            if step < 0:
                first += unit * -step * max(n - 1, 0)
            if step:
                unit *= max(n * abs(step), 1) + self.pads[axis]
            if n == 1:
                strides[axis] = self.lone
        return tuple(strides), first + self.shift * size + self.misaligned, unit

    def nbytes(self):
        strides, offset, unit = self._geometry()
        return offset + unit + dtype_of(self.dtype).itemsize * 16

    def view(self, memory):
        strides, offset, _ = self._geometry()
        dtype = dtype_of(self.dtype)
        if self.swapped:
            dtype = dtype.newbyteorder()
        return np.ndarray(self.shape, dtype, memory, offset, strides)


class Sub(np.ndarray):
    """A subclass that overrides nothing."""


class ByArray:
    """Takes part by `__array__` alone."""

    def __init__(self, a):
        self.a = a

    def __array__(self, dtype=None, copy=None):
        return self.a


FORMS = {
    "array": lambda a: a,
    "subclass": lambda a: a.view(Sub),
    "list": lambda a: a.tolist(),
    "memoryview": lambda a: memoryview(a),
    "__array__": ByArray,
    "scalar": lambda a: a.reshape(-1)[0] if a.size else a,
}


@dataclasses.dataclass(frozen=True)
class Case:
    """A call: its arrays by name (x, grad, slope, out, where), a scalar slope, other keywords."""

    arrays: dict
    slope: object
    keywords: dict
    out_form: str
    seed: int

    @property
    def gradient(self):
        return "grad" in self.arrays

    def in_each_dtype(self):
        """The same call in every dtype of the core, where it is in one of them."""
        mine = self.arrays["x"].dtype
        for dtype in CORE if mine in CORE else [mine]:
            changed = {
                name: dataclasses.replace(a, dtype=dtype, swapped=a.swapped and dtype != "bfloat16")
                if a.dtype == mine
                else a
                for name, a in self.arrays.items()
            }
            if all(may_be(a, a.form) for a in changed.values()):
                yield dataclasses.replace(self, arrays=changed)

    def build(self):
        """The memory by buffer, and the arrays in it."""
        need, memory = {}, {}
        for name, a in self.arrays.items():
            key = a.buffer or name
            need[key] = max(need.get(key, 0), a.nbytes())
        for name, a in self.arrays.items():
            key = a.buffer or name
            if key not in memory:
                stock = _stock(a.dtype)[self.seed * 4096 :]  # from a whole element on
                fits = need[key] <= stock.size
                memory[key] = stock[: need[key]].copy() if fits else np.resize(stock, need[key])
        return memory, {n: a.view(memory[a.buffer or n]) for n, a in self.arrays.items()}

    def arguments(self, built):
        """Positional arguments without the slope, the slope, and the keywords."""
        operands = [FORMS[self.arrays[n].form](built[n]) for n in ("grad", "x") if n in built]
        slope = FORMS[self.arrays["slope"].form](built["slope"]) if "slope" in built else self.slope
        keywords = dict(self.keywords)
        if "where" in built:
            keywords["where"] = built["where"]
        out = built.get("out")
        if out is not None and self.out_form == "in place":
            out = built["x"]
        if out is not None and self.out_form == "tuple":
            out = (out,)
        return operands, slope, out, keywords


# ---- strategies -----------------------------------------------------------------------------

lengths = st.sampled_from([3, 1, 2, 0, 5, 8, 17, 33, 40, 64, 67, 131, 259])
rare = st.sampled_from([False] * 7 + [True])


def room(shape):
    """The elements that an Array of this shape has memory for: a length of 0 saves none."""
    return math.prod(n or 1 for n in shape)


@st.composite
def shapes(draw):
    shape = draw(st.lists(lengths, max_size=4))
    for axis in range(len(shape)):
        if room(shape) > MOST:
            shape[axis] = 2
    if draw(rare):
        shape = [1] * draw(st.integers(0, 63 - len(shape))) + shape
    return tuple(shape)


@st.composite
def arrays(draw, shape, dtype, plain=False, writes=False):
    """An Array of that shape. `plain` leaves the layout alone; `writes`: no element twice."""
    axes, n = range(len(shape)), len(shape)
    if plain or draw(st.booleans()):
        return Array(dtype, shape, tuple(axes), (1,) * n, (0,) * n)
    allowed = [1, 1, 2, -1, 3, -2] if writes else [1, 1, 2, -1, 3, -2, 0]
    return Array(
        dtype,
        shape,
        tuple(draw(st.permutations(axes))) if n < 6 else tuple(axes),
        tuple(draw(st.sampled_from(allowed)) if m > 1 else 1 for m in shape),
        tuple(draw(st.sampled_from([0, 0, 1, 3])) if m > 1 else 0 for m in shape),
        draw(st.integers(0, 9)),
        draw(rare) and dtype not in INTEGERS[:1],
        draw(rare) and dtype not in ("bfloat16", "bool"),
        draw(st.sampled_from([0, 8, -8, 1 << 40])),
    )


@st.composite
def narrower(draw, shape):
    """A shape that broadcasts to the given one."""
    kept = draw(st.integers(0, len(shape))) if draw(st.booleans()) else 0
    return tuple(1 if n != 0 and draw(rare) else n for n in shape[kept:])


def share(draw, parts):
    """Any of the floats may share the memory of out."""
    if draw(st.booleans()):
        for name, a in parts.items():
            if a.dtype not in INTEGERS and (name == "out" or draw(st.booleans())):
                parts[name] = dataclasses.replace(a, buffer="shared")


scalars = st.one_of(
    st.sampled_from(twin.SLOPES),
    st.sampled_from([0, 1, True, -2, 10**20, np.float16(0.3), np.float32(0.1), np.float64(-0.7)]),
    st.sampled_from([np.longdouble(0.1), np.int8(3), np.array(0.1), np.array(0.3, "f2")]),
    st.floats(-4, 4),
)

keywords = st.fixed_dictionaries(
    {},
    optional={
        "casting": st.sampled_from(["same_kind", "no", "equiv", "safe", "unsafe"]),
        "order": st.sampled_from(["K", "A", "C", "F"]),
        "dtype": st.sampled_from([None, *FLOATS, "i4"]),
        "subok": st.booleans(),
    },
)


@st.composite
def cases(draw, wrong=False):
    """A call that is right, or one that may be wrong in some way."""
    shape = draw(shapes())
    dtype = draw(st.sampled_from(CORE * 3 + FLOATS + INTEGERS[:: 1 + len(INTEGERS) // 4]))
    other = draw(st.sampled_from([dtype] * 5 + FLOATS))
    parts = {"x": draw(arrays(shape, dtype))}
    if draw(st.booleans()):
        parts["grad"] = draw(arrays(draw(narrower(shape)) if draw(rare) else shape, other))
    if draw(st.booleans()):
        kind = draw(st.sampled_from([dtype] * 4 + FLOATS))
        parts["slope"] = draw(arrays(draw(narrower(shape)), kind))
    if draw(st.booleans()):
        extra = (2,) if draw(rare) and len(shape) < 64 else ()
        out = draw(st.sampled_from([dtype] * 6 + FLOATS + CORE))
        out = "float64" if out in INTEGERS else out
        parts["out"] = draw(arrays(extra + shape, out, writes=True))
        share(draw, parts)
    if draw(rare):
        parts["where"] = draw(arrays(draw(narrower(shape)), "bool"))
    if wrong:
        parts.update(draw(mistakes(parts, shape)))
    for name, a in parts.items():
        if name in ("x", "grad", "slope") and draw(rare):
            forms = [f for f in FORMS if may_be(a, f)]
            parts[name] = dataclasses.replace(a, form=draw(st.sampled_from(forms)))
    forms = ["keyword", "keyword", "tuple", "in place"]
    if 0 in parts["x"].steps:
        forms.pop()  # nothing may write to one element many times
    return Case(
        parts,
        draw(scalars),
        draw(keywords) if draw(rare) or wrong else {},
        draw(st.sampled_from(forms)),
        draw(st.integers(0, 7)),
    )


def may_be(a, form):
    """Whether an array can take that form and keep its values."""
    if form in ("list", "memoryview"):
        return a.dtype in ("float64", "float32") and not a.swapped and len(a.shape) < 32
    return True


@st.composite
def mistakes(draw, parts, shape):
    """Replacements for one of the arrays: a dtype that is none of ours, or a shape that is off."""
    name = draw(st.sampled_from(sorted(parts)))
    a = parts[name]
    if name != "where" and draw(st.booleans()):
        return {
            name: draw(arrays(a.shape, draw(st.sampled_from(WRONG[:1] + WRONG[3:])), plain=True))
        }
    off = tuple(n + 1 if draw(st.booleans()) else n for n in a.shape)
    if room(off) > 10 * MOST:  # many axes
        off = (a.shape[0] + 1, *a.shape[1:])
    return {name: draw(arrays(off, a.dtype, plain=True))}


# ---- training -------------------------------------------------------------------------------

gains = st.sampled_from([1.0, 2, 2**0.5, np.float32(0.3), 1e30])
clamps = st.sampled_from([None, None, 1.0, np.float64(0.75), 256, np.inf])


@st.composite
def training_cases(draw, operation):
    """A right call of one of the operations that training adds."""
    shape = draw(shapes().filter(len) if "bias" in operation else shapes())
    dtype = draw(st.sampled_from(CORE * 3 + FLOATS + INTEGERS[::4]))
    floats = FLOATS if dtype in FLOATS else [dtype]  # bfloat16 and integers stay among themselves
    other = draw(st.sampled_from([dtype] * 5 + floats))
    parts, settings = {"x": draw(arrays(shape, dtype))}, {}
    if "grad" in operation:
        parts["grad"] = draw(arrays(shape, other))
    if operation == "prelu_grad" and draw(st.booleans()):
        kept = tuple(1 if draw(st.booleans()) else n for n in shape)
        parts["slope"] = draw(arrays(kept[draw(st.integers(0, len(kept))) :], other))
        if math.prod(parts["slope"].shape) != math.prod(kept):
            del parts["slope"]  # axes may be left out where their length is 1
    if "bias" in operation:
        settings["axis"] = draw(st.integers(-len(shape), len(shape) - 1))
        settings |= {"gain": draw(gains), "clamp": draw(clamps)}
        channels = (shape[settings["axis"]],)
        if operation == "bias_leaky_relu" or ("prelu" in operation and draw(st.booleans())):
            parts["bias"] = draw(arrays(channels, other))
        if "prelu" in operation and draw(st.booleans()):
            parts["slope"] = draw(arrays((1,) if draw(rare) else channels, other))
    if draw(st.booleans()):
        out = draw(st.sampled_from([dtype] * 6 + floats))
        parts["out"] = draw(arrays(shape, "float64" if out in INTEGERS else out, writes=True))
        share(draw, parts)
    slopes = [s for s in twin.SLOPES if s >= 0] if operation == "bias_leaky_relu_grad" else None
    slope = draw(st.sampled_from(slopes) if slopes else scalars)
    forms = ["keyword", "keyword", "in place"]
    in_place = 0 not in parts["x"].steps and dtype not in INTEGERS
    form = draw(st.sampled_from(forms if in_place else forms[:2]))
    return Case(parts, slope, settings, form, draw(st.integers(0, 7)))
