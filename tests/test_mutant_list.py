"""The list of mutants fits the sources: whoever changes a line that a mutant changes mends it."""

import pathlib

import pytest
from mutant_list import FASTER, MUTANTS

ROOT = pathlib.Path(__file__).resolve().parent.parent

if not (ROOT / "src").is_dir():
    pytest.skip(reason="the sources are not beside the tests", allow_module_level=True)


@pytest.mark.parametrize("mutant", [*MUTANTS, FASTER], ids=lambda m: m.name)
def test_each_text_stands_once(mutant):
    text = (ROOT / mutant.path).read_text()
    for old, new in mutant.changes:
        assert text.count(old) == 1, f"{mutant.path}: {old!r}"
        assert new != old
        text = text.replace(old, new)


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda m: m.name)
def test_its_tests_are_there(mutant):
    for path in mutant.tests.split(" -k ")[0].split():
        assert (ROOT / path).is_file(), path


def test_names_are_told_apart():
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS)
