"""The registry of instruction sets: its order, the choice, and forcing one by LEAKYC_ISA."""

import pytest
from conftest import AVAILABLE, ISAS
from programs import ended, printed

from leakyc import _core

PROGRAM = """
import numpy as np, leakyc
from leakyc import _core
x = np.linspace(-2, 2, 101, dtype="f4")
assert leakyc.leaky_relu(x, 0.5).tolist() == np.where(x > 0, x, x * np.float32(0.5)).tolist()
sets = leakyc.show_config("dict")["instruction_sets"]
print(*[isa["name"] for isa in _core.isas() if isa["chosen"]], sets["chosen"], sets["reason"])
"""


def test_baseline_is_last_and_always_there():
    assert ISAS[-1] == "baseline"
    assert AVAILABLE["baseline"]


def test_exactly_one_is_chosen_and_it_is_available():
    chosen = [isa for isa in _core.isas() if isa["chosen"]]
    assert len(chosen) == 1
    assert chosen[0]["available"]


@pytest.mark.parametrize("value", ["", None])
def test_unforced_is_the_best_available(value):
    best = next(name for name in ISAS if AVAILABLE[name])
    assert printed(PROGRAM, LEAKYC_ISA=value) == f"{best} {best} best available\n"


def test_what_was_asked_is_what_ran(isa):
    assert printed(PROGRAM, LEAKYC_ISA=isa) == f"{isa} {isa} forced by LEAKYC_ISA\n"


MISSING = [name for name in ISAS if not AVAILABLE[name]]


@pytest.mark.parametrize("name", [*MISSING, "mmx", "AVX2 ", "avx"])
def test_what_cannot_be_had_is_an_error_that_lists_what_can(name):
    done = ended("-c", PROGRAM, LEAKYC_ISA=name)
    assert done.returncode != 0
    assert "ImportError" in done.stderr
    assert name in done.stderr
    for available in ISAS:
        assert not AVAILABLE[available] or available in done.stderr.split("available: ")[1]
