"""The binding stands in floors: a part of `_core.pyx` uses only what stands before it, and what
`_core` imports does not import `_core`."""

import pathlib
import re

import pytest

PACKAGE = pathlib.Path(__file__).parents[1] / "leakyc"
if not (PACKAGE / "_core.pyx").exists():
    pytest.skip(reason="the sources are not beside the tests", allow_module_level=True)
CORE = (PACKAGE / "_core.pyx").read_text()
PARTS = re.findall(r'^include "(.*)"', CORE, re.MULTILINE)

DEFINED = re.compile(
    r"^(?:cpdef|cdef class|cdef struct|cdef|def|class)\b(?![^(\n]*\bextern\b).*?(\w+)(?:\[\w*\])?"
    r"(?:\(|:$| = |$)",
    re.MULTILINE,
)


def code(part):
    """The part without comments and docstrings."""
    text = re.sub(r'"""(.|\n)*?"""', "", (PACKAGE / part).read_text())
    return re.sub(r"#.*", "", text)


def names(part):
    found = {name for name in DEFINED.findall(code(part)) if name not in ("enum", "else")}
    return found | set(re.findall(r"^    ([A-Z_]{4,}) = ", code(part), re.MULTILINE))


def test_names_are_found():
    assert {"take", "Operand", "result", "DENSE", "RECYCLE_FROM"} <= names("_core_arrays.pxi")
    assert {"LEAKY_RELU", "array_call", "by_ufunc"} <= names("_core_calls.pxi")


@pytest.mark.parametrize("part", PARTS)
def test_a_part_uses_what_stands_before_it(part):
    later = {name for other in PARTS[PARTS.index(part) + 1 :] for name in names(other)}
    assert (later - names(part)) & set(re.findall(r"(?<![.\w])\w+", code(part))) == set()


def imports(path):
    """The modules of the package that this one names in any import."""
    lines = re.findall(r"^\s*from leakyc(?:\.(\w+))? import (.*)", path.read_text(), re.MULTILINE)
    return {name for module, given in lines for name in re.findall(r"\w+", module or given)}


def test_no_module_imports_itself_by_way_of_others():
    files = [*PACKAGE.glob("*.py"), *PACKAGE.glob("_core*.p*x*")]
    uses = {path.stem: set() for path in files}
    for path in files:
        stem = "_core" if path.stem.startswith("_core_") else path.stem
        uses[stem] |= imports(path) & set(uses) - {"__init__"}
    while uses:
        lowest = [module for module, used in uses.items() if not used & set(uses)]
        assert lowest, uses
        for module in lowest:
            del uses[module]
