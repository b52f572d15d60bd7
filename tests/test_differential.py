"""Random calls by the fast paths, by the ufuncs and by the twin: bits, dtype, strides, errors.

`make fuzz-python` runs more; LEAKYC_FUZZ_CASES and LEAKYC_FUZZ_SEED say how many and which.
"""

import warnings

import numpy as np
import pytest
import strategies
import twin
from random_blocks import blocks, run_block

import leakyc
from leakyc import _core

DEFAULTS = {"where": True, "casting": "same_kind", "order": "K", "dtype": None, "subok": True}


def by_function(case, built):
    operands, slope, out, keywords = case.arguments(built)
    function = leakyc.leaky_relu_grad if case.gradient else leakyc.leaky_relu
    return function(*operands, slope, out, **keywords)


def by_prelu(case, built):
    operands, slope, out, keywords = case.arguments(built)
    return leakyc.prelu(*operands, slope, out, **keywords)


def by_ufunc(case, built):
    """What the fast paths leave to the ufunc, with every call left to it."""
    operands, slope, out, keywords = case.arguments(built)
    name = "leaky_relu_grad" if case.gradient else "leaky_relu"
    named = dict(zip(["grad", "x"][-len(operands) :], operands, strict=True)) | {"slope": slope}
    ufunc = getattr(leakyc.ufuncs, name)
    return _core.by_ufunc(ufunc, name, named, out, *{**DEFAULTS, **keywords}.values())


def by_twin(case, built):
    """The values that the call must give; None where the twin does not say."""
    operands, slope, out, keywords = case.arguments(built)
    value, gate = (np.asarray(a) for a in (operands[0], operands[-1]))
    if type(operands[0]) is float and gate.dtype in strategies.CORE:  # from a list of no axes: weak
        value = value.astype(gate.dtype)
    if type(operands[-1]) is float and value.dtype in strategies.CORE:
        gate = gate.astype(value.dtype)
    dtype = keywords.get("dtype")
    if any(a.dtype in strategies.WRONG for a in case.arrays.values()):
        return None  # an unsafe or odd cast, NumPy's own
    if "where" in built and len({a.dtype for a in case.arrays.values()} - {"bool"}) > 1:
        return None  # NumPy's buffers cast what a masked `out` keeps, with overlap
    if dtype is not None:
        if np.dtype(dtype).itemsize == 2 and np.ndim(slope):
            return None  # which of two loops it takes is NumPy's choice
        value, gate = value.astype(dtype), gate.astype(dtype)
    return twin.leak(gate, value, slope if np.isscalar(slope) else np.asarray(slope), dtype)


def outcome(call, case, quiet):
    """What a call gave: the result, or the public class of its error; and the memory after it."""
    memory, built = case.build()
    with warnings.catch_warnings(), np.errstate(all="ignore" if quiet else "raise"):
        if quiet:  # complex input under casting="unsafe", as in any ufunc
            warnings.simplefilter("ignore", np.exceptions.ComplexWarning)
        try:
            result = call(case, built)
        except (TypeError, ValueError) as error:
            result = TypeError if isinstance(error, TypeError) else ValueError
    return result, memory, built


def casts(case):
    """Whether NumPy has values to cast, which may overflow or be signalling NaN, and then warns
    by right."""
    dtypes = {a.dtype for a in case.arrays.values()}
    forms = {a.form for a in case.arrays.values()}
    return (
        "dtype" in case.keywords
        or "out" in case.arrays
        or len(dtypes) > 1
        or "longdouble" in dtypes
        or forms != {"array"}
    )


def same_result(case, got, want, what):
    (a, a_memory, a_built), (b, b_memory, b_built) = got, want
    if isinstance(a, type) or isinstance(b, type):
        assert a is b, f"{what}: {a!r}, expected {b!r}"
    else:
        assert type(a) is type(b), f"{what}: {type(a)}, expected {type(b)}"
        assert a.dtype.str == b.dtype.str
        if "out" not in case.arrays or case.arrays["out"].dtype not in strategies.WRONG:
            twin.same_bits(told(a_built, a), told(b_built, b), what)  # else as memory, below
        assert np.shape(a) == np.shape(b)
        assert a.strides == b.strides or "out" in case.arrays, f"{what}: strides"
    if "out" in a_built:
        target = "x" if case.out_form == "in place" else "out"
        if not isinstance(a, type):
            assert a is a_built[target]
            a_built[target][...] = b_built[target][...] = np.zeros((), a.dtype)
    for key in a_memory:
        assert a_memory[key].tobytes() == b_memory[key].tobytes(), f"{what}: memory of {key}"


def check(case):
    """Asserts that every path gives the same; returns what there was to compare."""
    quiet = casts(case)
    ufunc = outcome(by_ufunc, case, quiet)
    function = outcome(by_function, case, quiet)
    result = function[0]
    expected = None
    if not isinstance(result, type) and result.dtype.kind not in "iub":  # an unsafe cast
        with np.errstate(all="ignore"):
            expected = by_twin(case, case.build()[1])
    if expected is not None:
        if "out" in case.arrays:
            with np.errstate(all="ignore"):
                # the result goes into out, where it is wider by broadcasting too
                expected = np.broadcast_to(expected, result.shape).astype(result.dtype)
            if "where" in case.arrays:
                built = case.build()[1]
                kept = built["x" if case.out_form == "in place" else "out"]
                mask = np.broadcast_to(built["where"], result.shape)
                expected = np.where(mask, expected, kept).astype(result.dtype)
        expected = np.broadcast_to(expected, result.shape)
        built = case.build()[1]
        twin.same_bits(told(built, result), told(built, expected), "function and twin")
    same_result(case, function, ufunc, "function and ufunc")
    if not case.gradient and case.seed % 2:
        again, ufunc = outcome(by_prelu, case, quiet), outcome(by_ufunc, case, quiet)
        same_result(case, again, ufunc, "prelu and ufunc")
    if isinstance(result, type):
        return f"the same {result.__name__} from function and ufunc"
    return "results of function and ufunc" if expected is None else "results of all and the twin"


def told(built, result):
    """The elements that a call gave, in native byte order: without `out`, not those that `where`
    leaves out."""
    native = np.asarray(result).astype(result.dtype.newbyteorder("="), copy=False)
    if "where" in built and "out" not in built:
        return native[np.broadcast_to(built["where"], native.shape)]
    return native


def check_in_each_dtype(case):
    for one in case.in_each_dtype():
        yield check(one)


@pytest.mark.parametrize("block", blocks(4))
def test_every_path_gives_the_same(random_calls, block):
    run_block(strategies.cases(), check_in_each_dtype, block, random_calls)


@pytest.mark.parametrize("block", blocks(1))
def test_wrong_calls_fail_alike(random_calls, block):
    run_block(strategies.cases(wrong=True), check_in_each_dtype, block, random_calls)
