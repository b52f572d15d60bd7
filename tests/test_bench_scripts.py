"""The scripts of bench/: they load, they list what they measure, the page is put together. Nothing
is timed."""

import importlib.util
import pathlib
import runpy
import subprocess
import sys

import pytest

import leakyc
from leakyc.benchmark import progress, sweep

BENCH = pathlib.Path(__file__).parents[1] / "bench"
if not BENCH.is_dir():
    pytest.skip(reason="bench/ is part of the checkout, which is not here", allow_module_level=True)

SCRIPTS = sorted(path.name for path in BENCH.glob("*.py") if not path.name.startswith("test_"))


def load(path):
    """A file of bench/ as a module."""
    spec = importlib.util.spec_from_file_location(f"bench_{path.stem}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", SCRIPTS)
def test_script_loads_and_says_how_it_is_run(name, monkeypatch):
    monkeypatch.setattr(sys, "argv", [name])
    found = runpy.run_path(str(BENCH / name), run_name="loaded")
    assert callable(found["main"])
    assert f"python bench/{name}" in found["__doc__"]


@pytest.mark.parametrize("source", ["src", "leakyc"])
def test_scripts_that_comments_name_exist(source):
    folder = BENCH.parent / source
    named = {
        word.strip("(),.;:`")
        for path in folder.rglob("*")
        if path.suffix in {".c", ".h", ".py", ".pyx", ".pxi"} and path.name != "_core.c"
        for word in path.read_text(errors="replace").split()
        if word.strip("(),.;:`").startswith("bench/")
    }
    for name in named - {"bench/"}:
        path = BENCH.parent / name
        assert path.exists() or path.with_suffix(".py").exists(), name


def targets(*arguments):
    command = [sys.executable, str(BENCH / "targets"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


def test_targets_are_listed():
    done = targets("--list")
    assert done.returncode == 0, done.stderr
    names = [line.split()[0] for line in done.stdout.splitlines()]
    assert len(set(names)) == len(names) > 30
    assert {"cache-copy", "pauses", "step", "torch-fresh", "prelu-gradient"} <= set(names)


def test_unknown_target_is_named():
    done = targets("no-such-row")
    assert done.returncode == 2
    assert "'no-such-row'" in done.stderr


def test_bounds_and_means():
    registry = load(BENCH / "targets" / "registry.py")
    assert registry.holds((0.5, 1.0, 2.0), ">= 1.0")
    assert not registry.holds((0.5, 0.99, 2.0), ">= 1.0")
    assert registry.holds((0.5, 1.0, 2.0), "<= 1.15")
    assert registry.geometric_mean([(1, 2, 3), (4, 8, 12)]) == pytest.approx((2, 4, 6))
    assert registry.here("leakyc.leaky_relu")
    assert not registry.here("leakyc.no_such_function")
    assert not registry.here("no_such_package")


def test_means_count_what_medians_hide():
    registry = load(BENCH / "targets" / "registry.py")
    assert registry.of_means([1, 1, 1, 1, 16], [1, 1, 1, 1, 1]) == (1, 4, 1)


@pytest.fixture
def neighbours(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCH / "targets"))
    return load(BENCH / "targets" / "neighbours.py")


def test_busy_process_ends_by_itself_and_with_the_block(neighbours):
    with neighbours.busy_cpu(0.01) as short:
        assert short.wait(timeout=60) == 0
    with neighbours.busy_cpu(60) as long:
        assert long.poll() is None
    assert long.poll() is not None


def test_calls_beside_it_are_counted_on_default_threads_and_on_one(neighbours):
    seen = []
    found = neighbours.totals(lambda: seen.append(leakyc.get_num_threads()), 0.01, calls=3)
    assert set(found) == {None, 1}
    assert len(found[None]) == len(found[1]) > 0
    assert seen.count(1) >= 4 * len(found[1])


def test_steps_have_a_ratio_each_and_a_mean(neighbours, monkeypatch):
    step = neighbours.step
    monkeypatch.setattr(neighbours, "SHAPES", {"step, 256 x 256": 0})
    monkeypatch.setitem(step.SHAPES, "step, 256 x 256", (8, 16))
    rows = list(neighbours.steps(step.CASES[:2], step.ONE, "<= 1.03", "<= 1"))
    assert [bound for _, _, bound in rows] == ["<= 1.03", "<= 1.03", "<= 1"]
    mean = rows[-1][1]
    assert mean[1] == pytest.approx((rows[0][1][1] * rows[1][1][1]) ** 0.5)


def test_rows_leave_the_number_of_threads_as_it_was():
    registry = load(BENCH / "targets" / "registry.py")
    with leakyc.threads(2):
        names = registry.inputs(16)
        statements = {"one": registry.on(1, "leaky_relu(x, a)")}
        registry.timed(statements, names, 0, rounds=(1, 1), sample=1e-6)
        assert leakyc.get_num_threads() == 2


def test_page_is_put_together():
    page = load(BENCH / "page.py")
    wanted = sweep.Wanted([16, 1024], ["float32"], [1], [sweep.CONTIGUOUS], seconds=0)
    found = sweep.run(wanted, progress.Progress())
    ratios = [[0.9, 1.0, 1.1], [9, 10, 11]]
    results = [
        {"label": "a", "ratio": ratios[0], "bound": ">= 2", "holds": False},
        {"label": "b", "ratio": ratios[1], "bound": ">= 2", "holds": True},
        {"label": "c", "ratio": ratios[1], "bound": None, "holds": True},
    ]
    goals = {"row": {"about": "what it is", "results": results}}
    text = page.measured(found, goals)
    assert "1 of 2 kept" in text
    assert "| `row`: a | >= 2 | 1.00 | 0.90 to 1.10 | **no** |" in text
    assert found["machine"]["cpu"] in text
    old = f"before\n{page.BEGIN}old\n{page.END}after\n"
    new = page.put(old, text)
    assert new.startswith("before\n")
    assert new.endswith("after\n")
    assert "old\n" not in new
    assert page.put(new, text) == new
    with pytest.raises(ValueError, match="marks"):
        page.put("no marks", text)
    assert page.BEGIN in page.PAGE.read_text()
    marks = ("## Targets\n", "## Tables\n")
    alone = page.put(new, "only these\n", *marks)
    assert alone.count("only these") == 1 and "what it is" not in alone
    assert page.put(alone, page.targets(goals), *marks) == new
