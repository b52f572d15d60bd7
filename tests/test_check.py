"""`python -m leakyc check`: its reference against `twin.py`, its verdict, what it says."""

import ctypes
import re

import numpy as np
import pytest
import twin
from conftest import dtype_named
from programs import ended

from leakyc import __main__ as command_line
from leakyc import _check, _core

FORMATS = {form.name: form for form in _check.FORMATS}


def test_every_core_dtype_is_checked():
    assert set(FORMATS) == set(_core.DTYPES)


@pytest.mark.parametrize("slope", [*twin.SLOPES, *_check.SLOPES])
def test_its_oracle_agrees_with_the_twin(dtype, slope, rng):
    form = FORMATS[dtype.name]
    gate, value = (twin.values(rng, 5000, dtype) for _ in range(2))
    with np.errstate(all="ignore"):
        want = _check.expected(form, gate.view(form.unsigned), value.view(form.unsigned), slope)
    twin.same_bits(want.view(dtype), twin.leak(gate, value, slope))


def test_the_whole_is_every_pattern():
    """As x and as grad: the blocks follow one another, and their shuffling is a bijection."""
    for form in _check.FORMATS:
        if form.unsigned is np.uint64:
            continue
        parts = _check.parts_of(form, quick=False)
        size = 1 << 8 * np.dtype(form.unsigned).itemsize
        assert sum(part.size for part in parts) == size
        some = parts[:: max(1, len(parts) // 4)]
        for part in some:
            x, grad = part.patterns()
            assert (np.diff(x.astype(np.int64)) == 1).all()
            np.testing.assert_array_equal(grad, _check._shuffled(x))
        starts = [part.patterns()[0][0] for part in some]
        assert starts == sorted(starts)
    x = np.arange(1 << 16, dtype=np.uint16)
    assert np.unique(_check._shuffled(x)).size == x.size
    odd = np.diff(_check._shuffled(np.arange(2, dtype=np.uint32)))[0]
    assert odd % 2 == 1


def test_quick_form_finds_nothing(capsys):
    assert command_line.main(["check", "--quick"]) == 0
    said = capsys.readouterr()
    assert "0 differ" in said.out
    assert "every one of the 65,536" in said.out
    assert "NOT every one" in said.out
    for row in _core.isas():
        assert row["name"] in said.out
    assert said.err == ""


@pytest.mark.parametrize("name", list(FORMATS))
def test_one_wrong_bit_is_found(name, monkeypatch, capsys):
    real, unsigned = _core.leak_at, np.dtype(FORMATS[name].unsigned)

    def wrong(isa, dtype, out, gate, value, n, slope):
        real(isa, dtype, out, gate, value, n, slope)
        if n > 1000:
            pointer = ctypes.cast(out, ctypes.POINTER(np.ctypeslib.as_ctypes_type(unsigned)))
            np.ctypeslib.as_array(pointer, (n,))[777] ^= 1

    monkeypatch.setattr(_core, "leak_at", wrong)
    arguments = ["check", "--quick", "--dtype", name, "--isa", "baseline", "--slope", "0.5"]
    assert command_line.main([*arguments, "--jobs", "1"]) == 1
    said = capsys.readouterr().out
    assert f"leaky_relu, {name}, baseline, slope 0.5" in said
    assert int(re.search(r"s: ([\d,]+) differ", said)[1]) > 0


def test_a_result_that_is_not_written_is_found(monkeypatch):
    monkeypatch.setattr(_core, "leak_at", lambda *args: None)
    arguments = ["check", "--quick", "--dtype", "float16", "--isa", "baseline"]
    assert command_line.main(arguments) == 1


def test_nan_is_any_nan_and_nothing_else():
    form = FORMATS["float32"]
    nans = np.array([0x7FC00000, 0xFFC00001, 0x7F800001], np.uint32)
    assert _check.differing(form, nans, nans[::-1].copy()).size == 0
    infinity = np.full(3, 0x7F800000, np.uint32)
    assert _check.differing(form, nans, infinity).size == 3
    assert _check.differing(form, infinity, infinity ^ np.uint32(0x80000000)).size == 3


def test_sample_has_every_kind():
    for form in _check.FORMATS:
        x, grad = _check.sample(form).patterns()
        magnitude = x & form.unsigned(np.iinfo(form.unsigned).max >> 1)
        assert {0, form.infinity, 1} <= set(magnitude.tolist())
        assert (magnitude > form.infinity).any()
        assert np.unique(x >> form.unsigned(8 * x.itemsize - 8)).size > 200, "signs and exponents"
        assert grad.size == x.size == _check.sample(form).size


def test_an_instruction_set_that_is_not_here_is_an_error():
    missing = [row["name"] for row in _core.isas() if not row["available"]] or ["mmx"]
    done = ended("-m", "leakyc", "check", "--isa", missing[0])
    assert done.returncode == 2
    assert "invalid choice" in done.stderr


def test_bfloat16_needs_no_other_library():
    """The oracle's rounding, against ml_dtypes where that is installed."""
    dtype = dtype_named("bfloat16")
    bits = np.arange(1 << 16, dtype=np.uint16)
    with np.errstate(all="ignore"):
        product = _check._multiply_bf16(bits, 0.3).view(dtype)
        want = (bits.view(dtype).astype(np.float32) * np.float32(0.3)).astype(dtype)
    twin.same_bits(product, want)
