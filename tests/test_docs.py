"""What the documentation says: signatures, docstrings, their examples, and README's Python."""

import doctest
import importlib
import inspect
import pathlib
import re
import warnings

import pytest
from needs import need

import leakyc
import leakyc.ufuncs

ROOT = pathlib.Path(__file__).parents[1]
README = ROOT / "README.md"
RECIPES = ROOT / "docs" / "in_your_code.md"  # its sections stand by themselves
PAGES = sorted(set((ROOT / "docs").glob("*.md")) - {RECIPES})
FUNCTIONS = [name for name in leakyc.__all__ if name != "ufuncs"]
DOCUMENTED = [f"leakyc.{name}" for name in FUNCTIONS] + [
    f"leakyc.ufuncs.{name}" for name in leakyc.ufuncs.__all__
]


def public(path):
    """The object of a dotted name."""
    found = leakyc
    for part in path.split(".")[1:]:
        found = getattr(found, part)
    return found


def run_examples(source, name):
    """Runs the doctests in a text; returns how many there were. A failure shows in the report."""
    test = doctest.DocTestParser().get_doctest(source, {}, name, None, 0)
    report = []
    result = doctest.DocTestRunner().run(test, out=report.append)
    assert result.failed == 0, "".join(report)
    return result.attempted


@pytest.mark.parametrize("path", DOCUMENTED)
def test_examples_of_docstrings_run(path):
    assert run_examples(inspect.getdoc(public(path)), path) > 0


@pytest.mark.parametrize("name", FUNCTIONS)
def test_docstrings_name_every_parameter(name):
    check_parameters(getattr(leakyc, name))


def test_docstrings_of_autograd():
    need("autograd")
    module = importlib.import_module("leakyc.autograd")
    assert run_examples(module.__doc__, module.__name__) > 0
    for name in module.__all__:
        function = getattr(module, name)
        assert run_examples(inspect.getdoc(function), name) > 0
        check_parameters(function)


def check_parameters(function):
    """A summary of one line, and every parameter of the signature."""
    doc = inspect.getdoc(function)
    assert re.match(r"\S[^\n]*\.\n\n", doc), "a one-line summary comes first"
    described = doc.partition("Parameters\n-----")[2].partition("\n\n")[0]
    described = {
        argument.strip()
        for line in described.splitlines()
        if " : " in line and not line.startswith(" ")
        for argument in line.split(" : ")[0].split(",")
    }
    assert described == set(inspect.signature(function).parameters)


@pytest.mark.parametrize("name", ["leaky_relu", "leaky_relu_grad"])
def test_signatures_can_be_read(name):
    parameters = inspect.signature(getattr(leakyc, name)).parameters
    assert parameters["negative_slope"].default == 0.01
    assert parameters["x"].kind is inspect.Parameter.POSITIONAL_ONLY
    assert parameters["where"].kind is inspect.Parameter.KEYWORD_ONLY


def test_public_names_exist_and_are_sorted():
    assert sorted(leakyc.__all__) == leakyc.__all__
    assert all(hasattr(leakyc, name) for name in leakyc.__all__)


def blocks_of(text):
    return re.findall(r"```python\n(.*?)```", text, re.DOTALL)


BLOCKS = blocks_of(README.read_text())


OPTIONAL = {"dask": "dask.array", "autograd": "autograd"}  # the word in a block, what it imports


def test_examples_in_readme_run():
    examples = "\n".join(block for block in BLOCKS if not any(word in block for word in OPTIONAL))
    assert examples.count(">>>") > 10
    assert run_examples(examples, "README.md") == len(re.findall("^>>> ", examples, re.MULTILINE))


@pytest.mark.parametrize("word", OPTIONAL)
def test_examples_in_readme_with_other_libraries_run(word):
    need(OPTIONAL[word])
    examples = "\n".join(block for block in BLOCKS if word in block)
    start = ">>> import numpy as np\n>>> import leakyc\n"
    assert run_examples(start + examples, "README.md") > 3


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_examples_in_docs_run(page):
    run_blocks(blocks_of(page.read_text()), page.name)


def run_blocks(blocks, name):
    examples = "\n".join(blocks)
    assert run_examples(examples, name) == len(re.findall("^>>> ", examples, re.MULTILINE))


def sections_of(page):
    """The text under each heading; none where the documentation is not beside these tests."""
    text = page.read_text() if page.exists() else ""
    return dict(re.findall(r"^## (.*?)\n(.*?)(?=^## |\Z)", text, re.DOTALL | re.MULTILINE))


SECTIONS = sections_of(RECIPES)


@pytest.mark.parametrize("heading", [h for h in SECTIONS if blocks_of(SECTIONS[h])])
def test_recipes_run(heading, monkeypatch, tmp_path):
    blocks = blocks_of(SECTIONS[heading])
    monkeypatch.chdir(tmp_path)  # some write a file
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setenv("KERAS_BACKEND", "numpy")
    with warnings.catch_warnings():
        for module in re.findall(r"^>>> (?:import|from) (\w+)", "".join(blocks), re.MULTILINE):
            need(module)
        run_blocks(blocks, heading)


def test_the_site_has_every_page_and_every_function():
    pages = (ROOT / "docs" / "site" / "sources.py").read_text()
    for page in (ROOT / "docs").glob("*.md"):
        assert f'"docs/{page.name}"' in pages, page.name
    functions = re.findall(r"^   (\w+)$", (ROOT / "docs" / "site" / "api.md").read_text(), re.M)
    assert sorted(functions) == sorted(FUNCTIONS)


def test_links_in_docs_lead_somewhere():
    for page in (ROOT / "docs").glob("*.md"):
        for target, anchor in re.findall(r"\]\(([^)#:]*)(?:#([^)]*))?\)", page.read_text()):
            found = page.parent / target if target else page
            assert found.exists(), (page.name, target)
            if anchor:
                assert anchor in anchors_of(found.read_text()), (page.name, target, anchor)


def anchors_of(text):
    """What GitHub makes of the headings."""
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return [re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings]


def test_the_map_names_every_file():
    """CONTRIBUTING.md's, of the core and the package; and no file that is gone."""
    if not (ROOT / "CONTRIBUTING.md").exists() or not (ROOT / "src").is_dir():
        pytest.skip(reason="the sources are not beside the tests")
    text = (ROOT / "CONTRIBUTING.md").read_text()
    tree = text[text.index("## The source tree") : text.index("    tests/  bench/")]
    named = set(re.findall(r"[\w/]+(?:\.\w+)+", tree.replace("`", " ")))
    kinds = (".c", ".h", ".py", ".pyi", ".pyx", ".pxi", ".pxd", ".typed")
    there = {
        path.name
        for folder in ("src", "leakyc")
        for path in (ROOT / folder).rglob("*")
        if path.name.endswith(kinds) and path.name != "_core.c"
    }
    assert there - named == set()
    assert {name for name in named if name.endswith(kinds)} - there == set()
