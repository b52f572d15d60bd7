"""The functions behave as NumPy's ufuncs do, on every path, without side effects."""

import ctypes
import ctypes.util
import platform

import numpy as np
import pytest
import twin
from needs import need
from programs import printed

import leakyc
from leakyc import _core

pytestmark = pytest.mark.usefixtures("no_numeric_warnings")

FLOATS = [np.float16, np.float32, np.float64, np.longdouble]
INTEGERS = list("?bBhHiIlLqQ")
# <fenv.h>: all flags, and a rounding mode, whose multiples by 2 and 3 are the two others.
FENV = {"aarch64": (0x1F, 1 << 22), "arm64": (0x1F, 1 << 22), "s390x": (0xF8, 1)}
ALL_FLAGS, ROUNDING = FENV.get(platform.machine(), (0x3D, 0x400))


def layouts(a):
    """Views of a 3-d array: every way to lie in memory."""
    unaligned = np.empty(a.nbytes + 1, np.uint8)[1:].view(a.dtype).reshape(a.shape)
    unaligned[...] = a
    swapped = a if twin.is_bfloat16(a.dtype) else a.astype(a.dtype.newbyteorder())
    return {
        "C": a,
        "F": np.asfortranarray(a),
        "transposed": a.T,
        "axes": a.transpose(1, 2, 0),
        "step": a[:, :, ::2],
        "outer step": a[::2],
        "reversed": a[:, :, ::-1],
        "all reversed": a[::-1, ::-1, ::-1],
        "step -3": a[:, :, ::-3],
        "padded": a[:, :, :-3],
        "cropped": a[:, 1:5, 2:9],
        "one": a[:1, :, :1],
        "broadcast": np.broadcast_to(a[0], a.shape),
        "swapped": swapped,
        "unaligned": unaligned,
        "empty": a[:0],
        "0-d": a[0, 0, 0, ...],
    }


NAMES = list(layouts(np.zeros((6, 7, 40), np.float32)))
SLOPES = {
    "scalar": lambda x, rng: 0.1,
    "negative": lambda x, rng: -1.5,
    "last axis": lambda x, rng: rng.standard_normal(x.shape[-1:]).astype(x.dtype),
    "channel": lambda x, rng: rng.standard_normal((*x.shape[-2:-1], 1)).astype(x.dtype),
    "full": lambda x, rng: rng.standard_normal(x.shape).astype(x.dtype),
    "full, reversed": lambda x, rng: np.flip(rng.standard_normal(x.shape).astype(x.dtype)),
}


@pytest.mark.parametrize("slope", SLOPES)
@pytest.mark.parametrize("layout", NAMES)
def test_layouts_and_slopes(dtype, layout, slope, rng):
    """Bits as the twin's; layout of the result as the ufunc's own."""
    base, other = (twin.values(rng, (6, 7, 40), dtype) for _ in range(2))
    x, grad = layouts(base)[layout], layouts(other)[layout]
    s = SLOPES[slope](x, rng)
    y, dx = leakyc.leaky_relu(x, s), leakyc.leaky_relu_grad(grad, x, s)
    twin.same_bits(y, twin.leaky_relu(x, s))
    twin.same_bits(dx, twin.leaky_relu_grad(grad, x, s))
    twin.same_bits(leakyc.prelu(x, s), y)
    if x.size and x.ndim:
        assert y.strides == np.negative(x).strides or np.ndim(s) > 0
        again = leakyc.ufuncs.leaky_relu(x, np.float32(s) if np.ndim(s) == 0 else s)
        if again.dtype == y.dtype:
            assert again.strides == y.strides

    if x.ndim:
        other_order, backwards = np.empty(y.shape[::-1], y.dtype).T, np.flip(np.empty_like(y))
        for out in (other_order, backwards):
            assert leakyc.leaky_relu_grad(grad, x, s, out=out) is out
            twin.same_bits(out, dx)


def test_0_d_arrays_give_scalars(dtype):
    x = np.array(-1.5).astype(dtype)
    of_two = (leakyc.leaky_relu, leakyc.prelu, leakyc.leaky_relu_grad)
    for result in (leakyc.leaky_relu(x), *(f(x, x) for f in of_two)):
        assert type(result) is type(np.negative(x))
    out = np.empty((), dtype)
    assert leakyc.leaky_relu(x, x, out=out) is out


@pytest.mark.parametrize("shape", [(4, 32), (65, 300), (300, 65), (3, 66, 70), (33, 1030)])
def test_one_order_into_the_other(dtype, shape, rng):
    """By tiles: some of less than full width or height, a slope a row and a slope a column."""
    x, grad = (twin.values(rng, shape[::-1], dtype).T for _ in range(2))
    x_along = twin.values(rng, shape, dtype)
    rows, columns = (twin.values(rng, n, dtype) for n in shape[-2:])
    for slope in (0.1, rows[:, None], columns):
        out = np.empty(shape, dtype)
        leakyc.leaky_relu(x, slope, out=out)
        twin.same_bits(out, twin.leaky_relu(x, slope))
        for a, b in ((grad, x), (x_along, x), (x, x_along)):
            leakyc.leaky_relu_grad(a, b, slope, out=out)
            twin.same_bits(out, twin.leaky_relu_grad(a, b, slope))


@pytest.mark.parametrize("layout", [n for n in NAMES if n not in ("broadcast", "0-d")])
def test_in_place(dtype, layout, rng):
    base = twin.values(rng, (6, 7, 40), dtype)
    for slope in (0.1, rng.standard_normal(base.shape).astype(dtype)):
        x = layouts(base.copy())[layout]
        s = slope if np.ndim(slope) == 0 else layouts(slope)[layout].astype(dtype)
        want = twin.leaky_relu(x, s)
        assert leakyc.leaky_relu(x, s, out=x) is x
        twin.same_bits(x.astype(dtype), want)
        grad = layouts(base[::-1].copy())[layout]
        want = twin.leaky_relu_grad(grad, x, s)
        leakyc.leaky_relu_grad(grad, x, s, out=grad)
        twin.same_bits(grad.astype(dtype), want)


OVERLAPS = {
    "shifted up": lambda b: (b[:-1], b[1:]),
    "shifted down": lambda b: (b[1:], b[:-1]),
    "reversed": lambda b: (b[::-1], b),
    "last axis reversed": lambda b: (b[:, :, ::-1], b),
    "transposed": lambda b: (b[:, :7, :7].transpose(0, 2, 1), b[:, :7, :7]),
    "a step": lambda b: (b[:, :, :20], b[:, :, ::2]),
    "flat": lambda b: (b.reshape(-1)[3:], b.reshape(-1)[:-3]),
    "flat up": lambda b: (b.reshape(-1)[:-3], b.reshape(-1)[3:]),
}


@pytest.mark.parametrize("overlap", OVERLAPS)
def test_out_overlaps_an_input(dtype, overlap, rng):
    b = twin.values(rng, (6, 7, 40), dtype)
    x, out = OVERLAPS[overlap](b)
    want, slopes = twin.leaky_relu(x, 0.3), twin.values(rng, x.shape, dtype)
    leakyc.leaky_relu(x, 0.3, out=out)
    twin.same_bits(out, want)
    x, out = OVERLAPS[overlap](twin.values(rng, b.shape, dtype))
    want = twin.leaky_relu_grad(slopes, x, 0.3)
    leakyc.leaky_relu_grad(slopes, x, 0.3, out=out)
    twin.same_bits(out, want)
    x, out = OVERLAPS[overlap](twin.values(rng, b.shape, dtype))
    want = twin.leaky_relu(slopes, x)
    leakyc.prelu(slopes, x, out=out)  # the slope itself overlaps
    twin.same_bits(out, want)


@pytest.mark.parametrize("dtype", [*FLOATS, *INTEGERS])
def test_a_scalar_slope_promotes_nothing(dtype):
    x = np.array([-3, -1, 0, 1, 2]).astype(dtype)
    want = np.dtype(dtype if np.dtype(dtype).kind == "f" else np.float64)
    for slope in (0.5, 1, True, np.float16(0.5), np.float64(0.5), np.longdouble(0.5), np.int8(1),
                  np.array(0.5), np.array(0.5, np.float32), 1e300):  # fmt: skip
        y = leakyc.leaky_relu(x, slope)
        assert y.dtype == want, slope
        twin.same_bits(y, twin.leaky_relu(x, slope))
        twin.same_bits(leakyc.leaky_relu_grad(x, x, slope), twin.leaky_relu_grad(x, x, slope))


def test_a_longdouble_slope_keeps_its_precision():
    third = np.longdouble(1) / 3
    x = np.array([-1], np.longdouble)
    assert leakyc.leaky_relu(x, third)[0] == -third


@pytest.mark.parametrize("x", [*FLOATS, "b", "?"])
@pytest.mark.parametrize("slope", FLOATS)
def test_an_array_slope_promotes(x, slope):
    a, s = np.array([-3, 1, -1]).astype(x), np.array([0.5, 0.1, 0.3], slope)
    want = twin.leaky_relu(a, s)
    for y in (leakyc.leaky_relu(a, s), leakyc.prelu(a, s)):
        twin.same_bits(y, want)
    strided = leakyc.prelu(np.repeat(a, 2)[::2], np.repeat(s, 2)[::2])
    twin.same_bits(strided, want)


def test_float32_slopes_of_16_bit_arrays(dtype, rng):
    """Slopes are told apart by their bits: 0 and -0 are two."""
    if dtype.itemsize != 2:
        pytest.skip(reason="a type of more bits takes no float32 slopes")
    x = np.repeat(twin.values(rng, 40, dtype), 10)
    slopes = np.resize(np.float32([0, -0.0, -0.0, 0.1, 0.1, np.nan, np.nan, 1e-40, 3]), x.size)
    pairs = zip(x, slopes, strict=True)
    want = np.array([twin.leaky_relu(element, slope) for element, slope in pairs])
    for step in (1, -3):
        some = slice(None, None, step)
        twin.same_bits(leakyc.ufuncs.leaky_relu(x[some], slopes[some]), want[some])
        twin.same_bits(leakyc.ufuncs.leaky_relu_grad(x[some], x[some], slopes[some]), want[some])


def test_mixed_types_of_grad_and_x():
    for a in FLOATS:
        for b in FLOATS:
            y = leakyc.leaky_relu_grad(np.ones(3, a), np.array([-1, 0, 1], b), 0.1)
            twin.same_bits(y, twin.leaky_relu_grad(np.ones(3, a), np.array([-1, 0, 1], b), 0.1))


@pytest.mark.parametrize("scalar", [-2.0, -2, True, np.float32(-2), np.float16(-2), np.int8(-2)])
def test_scalars_in_numpy_scalars_out(scalar):
    y = leakyc.leaky_relu(scalar, 0.5)
    assert isinstance(y, np.generic)
    twin.same_bits(y, twin.leaky_relu(np.asarray(scalar), 0.5))
    dx = leakyc.leaky_relu_grad(scalar, scalar, 0.5)
    assert isinstance(dx, np.generic)


def test_lists_and_nested_lists():
    twin.same_bits(leakyc.leaky_relu([-2, 3]), np.array([-0.02, 3.0]))
    twin.same_bits(leakyc.leaky_relu([[-2.0], [3]], 0.5), np.array([[-1.0], [3.0]]))


def test_out_forms():
    x = np.linspace(-1, 1, 5)
    for out in (np.empty(5), np.empty((3, 5)), np.empty(10)[::2], np.empty(5, np.longdouble)):
        assert leakyc.leaky_relu(x, 0.1, out=out) is out
        assert leakyc.leaky_relu(x, 0.1, (out,)) is out
        assert (out == leakyc.leaky_relu(x, 0.1)).all()
    assert leakyc.leaky_relu(x, 0.1, None).tolist() == leakyc.leaky_relu(x, 0.1).tolist()
    narrow = np.empty(5, np.float32)
    leakyc.leaky_relu(x, 0.1, out=narrow)  # casting="same_kind" allows it, as for any ufunc
    assert (narrow == leakyc.leaky_relu(x, 0.1).astype(np.float32)).all()
    zero = np.empty(())
    assert leakyc.leaky_relu(-2.0, 0.5, out=zero) is zero
    assert zero == -1


def test_keywords():
    x = np.linspace(-1, 1, 6, dtype=np.float32).reshape(2, 3)
    out = np.full((2, 3), 7, np.float32)
    leakyc.leaky_relu(x, 0.5, out=out, where=x > 0)
    assert (out == np.where(x > 0, x, 7)).all()
    assert leakyc.leaky_relu(x, 0.1, dtype=np.float64).dtype == np.float64
    twin.same_bits(
        leakyc.leaky_relu(x, 0.1, dtype=np.float64), twin.leaky_relu(x.astype(np.float64), 0.1)
    )
    assert leakyc.leaky_relu(x, dtype="f2").dtype == np.float16
    assert leakyc.leaky_relu([1, 2], dtype="f4").dtype == np.float32
    assert leakyc.leaky_relu(x, order="F").flags.f_contiguous
    assert leakyc.leaky_relu(x.T, order="C").flags.c_contiguous
    with pytest.raises(TypeError):
        leakyc.leaky_relu(x.astype(np.float64), dtype=np.float32, casting="safe")
    assert leakyc.leaky_relu_grad(x, x, 0.1, dtype=np.float64, order="F").dtype == np.float64


def test_subclasses():
    class Tagged(np.ndarray):
        pass

    x = np.linspace(-1, 1, 4).view(Tagged)
    assert type(leakyc.leaky_relu(x)) is Tagged
    assert type(leakyc.leaky_relu_grad(x, x)) is Tagged
    assert type(leakyc.leaky_relu(x, subok=False)) is np.ndarray
    assert type(leakyc.leaky_relu(np.asarray(x), out=x)) is Tagged


def test_array_ufunc_is_asked():
    class Mine:
        def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
            return ufunc.__name__, method, len(inputs), sorted(kwargs)

    x = np.ones(3)
    assert leakyc.leaky_relu(Mine()) == ("leaky_relu", "__call__", 2, [])
    assert leakyc.leaky_relu_grad(x, Mine()) == ("leaky_relu_grad", "__call__", 3, [])
    assert leakyc.leaky_relu(x, Mine())[2] == 2
    assert leakyc.leaky_relu(x, out=Mine())[3] == ["out"]
    assert leakyc.leaky_relu(Mine(), where=False)[3] == ["where"]


@pytest.mark.parametrize("slope", [0, -0.0, 0.01, 1, 3, np.inf, np.array([0.0, 0.5] * 9)])
def test_gradient_from_the_output(slope, rng):
    x = np.array(twin.SPECIAL, np.float64)
    grad = rng.standard_normal(x.size)
    y = leakyc.leaky_relu(x, slope)
    from_output = leakyc.leaky_relu_grad(grad, y, slope, from_output=True)
    twin.same_bits(from_output, leakyc.leaky_relu_grad(grad, x, slope))


def test_ufuncs_are_real():
    for name in ("leaky_relu", "leaky_relu_grad"):
        assert type(getattr(leakyc.ufuncs, name)) is np.ufunc
    assert leakyc.ufuncs.leaky_relu.nin == 2
    assert leakyc.ufuncs.leaky_relu_grad.nin == 3
    a = np.array([-1.0, 2, -3])
    assert leakyc.ufuncs.leaky_relu.outer(a, [0.5, 1.0]).tolist() == [
        [-0.5, -1],
        [2, 2],
        [-1.5, -3],
    ]
    leakyc.ufuncs.leaky_relu.at(a, [0, 0, 1], 0.5)
    assert a.tolist() == [-0.25, 2, -3]
    half = np.array([-1, 1], np.float16)
    twin.same_bits(leakyc.ufuncs.leaky_relu(half, 0.01), twin.leaky_relu(half, 0.01))


@pytest.mark.parametrize("step", [1, 2, -3])
def test_results_that_are_the_next_input(dtype, step, rng):
    """`accumulate` and its kin: every element needs the one before."""
    ufunc = leakyc.ufuncs.leaky_relu
    a = rng.uniform(0.5, 1.5, 400).astype(dtype)[::step]
    a[0] = -1  # negative, so that every element counts, up to the next one
    a[100] = -1
    for n in (1, 2, 3, 8, 17, a.size):
        x = a[:n].astype(ufunc.accumulate(a).dtype)
        want = x.copy()
        for i in range(1, n):
            want[i] = ufunc(want[i - 1 : i], x[i : i + 1])[0]
        twin.same_bits(ufunc.accumulate(a[:n]), want)
        twin.same_bits(ufunc.reduce(a[:n]), want[-1])
        twin.same_bits(ufunc.reduceat(np.append(a[:n], a[:n]), [0, n])[1], want[-1])
        square = np.ascontiguousarray(np.broadcast_to(a[:n], (3, n)))
        for turned, axis in ((square, 1), (square.T, 0), (square.T.copy(), 0)):
            got = ufunc.accumulate(turned, axis=axis)
            twin.same_bits(np.moveaxis(got, axis, 1), np.broadcast_to(want, (3, n)))
            got = ufunc.reduce(turned, axis=axis)
            twin.same_bits(got, np.broadcast_to(want[-1], (3,)))


def test_the_floating_point_environment_stays(rng):
    libm = ctypes.CDLL(ctypes.util.find_library("m"))
    x = twin.values(rng, 5000, np.float32)
    calls = [
        lambda: leakyc.leaky_relu(x, 1e-30),
        lambda: leakyc.leaky_relu(x[::2], 1e30),
        lambda: leakyc.ufuncs.leaky_relu(x[::-3], np.float32(3)),
        lambda: leakyc.leaky_relu(x.astype(np.float64)[::2], 1e300),
    ]
    with np.errstate(all="ignore"):
        x64 = x.astype(np.float64)
    calls[3] = lambda: leakyc.leaky_relu(x64[::2], 1e300)
    for call in calls:
        libm.feclearexcept(ALL_FLAGS)
        rounding = libm.fegetround()
        call()
        assert libm.fetestexcept(ALL_FLAGS) == 0
        assert libm.fegetround() == rounding


@pytest.mark.parametrize("mode", [ROUNDING, 2 * ROUNDING, 3 * ROUNDING])
def test_results_do_not_depend_on_the_rounding_mode(mode, rng):
    libm = ctypes.CDLL(ctypes.util.find_library("m"))
    x = twin.values(rng, 999, np.float32)
    want = leakyc.leaky_relu(x, 0.3)
    before = libm.fegetround()
    if libm.fesetround(mode) != 0:
        pytest.skip(reason="these numbers name no rounding modes on this CPU")
    try:
        got = leakyc.leaky_relu(x, 0.3)
        assert libm.fegetround() == mode
    finally:
        libm.fesetround(before)
    twin.same_bits(got, want)


def test_every_loop_of_the_ufuncs(rng):
    """Strided, so that no loop sees contiguous memory alone."""
    for types in leakyc.ufuncs.leaky_relu.types:
        x, slope, out = types[0], types[1], types[3]
        if out not in np.typecodes["Float"]:
            continue  # bfloat16, once registered: it has no code
        a = np.array([-3, 2, -1, 0, 5, -7, 1, -2, 4]).astype(x)[::2]
        s = np.linspace(0, 1, 10).astype(slope)[::2]
        got = leakyc.ufuncs.leaky_relu(a, s, signature=f"{x}{slope}->{out}")
        compute = np.float32 if out == "e" else out
        want = np.where(a > 0, a, s.astype(compute) * a.astype(compute)).astype(out)
        twin.same_bits(got, want, types)
        dx = leakyc.ufuncs.leaky_relu_grad(a[::-1], a, s, signature=f"{x}{x}{slope}->{out}")
        want = np.where(a > 0, a[::-1], s.astype(compute) * a[::-1].astype(compute)).astype(out)
        twin.same_bits(dx, want, types)


def test_the_core_knows_its_dtypes():
    assert {"float16", "bfloat16", "float32", "float64"} == set(_core.DTYPES)


@pytest.mark.parametrize("form", [memoryview, lambda a: a.view(type("Sub", (np.ndarray,), {}))])
def test_scalar_slopes_in_any_form(form, rng):
    """A 0-d array promotes nothing, whatever its type; other arrays promote as NumPy does."""
    x = twin.values(rng, (1, 67), "f2")
    for function, operands in (
        (leakyc.leaky_relu, (x,)),
        (leakyc.leaky_relu_grad, (x[:, ::-1], x)),
    ):
        oracle = twin.leaky_relu if len(operands) == 1 else twin.leaky_relu_grad
        got = function(*operands, form(np.array(0.3)))
        assert type(got) is np.ndarray
        twin.same_bits(got, oracle(*operands, 0.3))
        wide = rng.standard_normal(67)
        twin.same_bits(np.asarray(function(*operands, form(wide))), oracle(*operands, wide))
        twin.same_bits(function(*operands, wide.tolist()), oracle(*operands, wide))
    twin.same_bits(leakyc.leaky_relu(x, 10**20), twin.leaky_relu(x, 1e20))


def test_a_masked_slope_keeps_its_mask():
    x = -np.ones(3, "f4")
    slope = np.ma.array(0.5, mask=True)
    assert np.ma.isMaskedArray(leakyc.leaky_relu(x, slope))


@pytest.mark.parametrize("wide", ["f4", "f8", "g"])
def test_dtype_of_16_bits_keeps_the_float32_slope(wide, rng):
    x = rng.standard_normal(999).astype(wide) * 300
    narrow = x.astype("f2")
    for keywords in ({"casting": "unsafe"}, {"out": np.empty(999, "f2")}, {}):
        got = leakyc.leaky_relu(x, np.float64(-0.7), dtype="f2", **keywords)
        twin.same_bits(got, twin.leaky_relu(narrow, -0.7))
        got = leakyc.leaky_relu_grad(x[::-1], x, -0.7, dtype="f2", **keywords)
        twin.same_bits(got, twin.leaky_relu_grad(narrow[::-1], narrow, -0.7))


def test_integer_slopes_give_float64():
    """Also once there are loops for bfloat16, to which bool can be cast."""
    ml_dtypes = need("ml_dtypes")
    leakyc.leaky_relu(np.ones(3, ml_dtypes.bfloat16))
    for kind in "?bH":
        x = np.array([0, 1, 1], kind)
        assert leakyc.leaky_relu(x, x).dtype == np.float64
        assert leakyc.leaky_relu_grad(x, x, x).dtype == np.float64


OUT_FIRST = """
import itertools, ml_dtypes, numpy as np, leakyc
from leakyc.ufuncs import leaky_relu, leaky_relu_grad
leakyc.leaky_relu(ml_dtypes.bfloat16(1))
kinds, slopes = "?bBhHilef", "?bBhHef"
for ufunc, codes in [
    *((leaky_relu, c) for c in itertools.product(kinds, slopes)),
    *((leaky_relu_grad, c) for c in itertools.product(kinds, kinds, slopes)),
]:
    arrays = [np.ones(3, code) for code in codes]
    for keywords in ({"casting": "unsafe"}, {"casting": "same_kind"}):
        try:
            ufunc(*arrays, out=np.zeros(3, ml_dtypes.bfloat16), **keywords)
        except TypeError:
            pass
    print(*codes, ufunc(*arrays).dtype)
"""


def test_an_out_of_bfloat16_changes_no_later_call():
    """NumPy remembers which loop it chose for the inputs, whatever `out` was."""
    need("ml_dtypes")
    lines = printed(OUT_FIRST).splitlines()
    assert len(lines) == 9 * 7 + 9 * 9 * 7
    assert [line for line in lines if line.endswith("bfloat16")] == []
