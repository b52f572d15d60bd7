"""bench/: its rows load and are listed, what comments name is there, the page is put together.
Nothing is timed."""

import importlib
import pathlib
import re
import subprocess
import sys
import xml.etree.ElementTree

import numpy as np
import pytest
from test_benchmark import Clock

import leakyc
from leakyc._progress import Progress
from leakyc.benchmark import cases, measure, results, step, sweep

BENCH = pathlib.Path(__file__).parents[1] / "bench"
if not BENCH.is_dir():
    pytest.skip(reason="the sources are not beside the tests", allow_module_level=True)


@pytest.fixture
def load(monkeypatch):
    """A file of bench/ as a module, by name."""
    monkeypatch.syspath_prepend(str(BENCH))
    return importlib.import_module


@pytest.mark.parametrize("source", ["src", "leakyc"])
def test_what_comments_name_exists(source, load):
    """A file, bench/NAME.py; or rows, (bench: NAME, NAME)."""
    rows = load("rows").load()
    kinds = {".c", ".h", ".py", ".pyx", ".pxi"}
    for path in (BENCH.parent / source).rglob("*"):
        if path.suffix not in kinds or path.name == "_core.c":
            continue
        text = re.sub(r"\s+(\*|#)? *", " ", path.read_text(errors="replace"))
        for name in re.findall(r"bench/(\w+)", text):
            assert (BENCH / f"{name}.py").exists(), f"{path.name}: bench/{name}"
        for names in re.findall(r"(?:\(|/\* )bench: ([a-z, -]+)", text):
            for name in names.rstrip(", ").split(", "):
                assert name in {*rows, "bench"}, f"{path.name}: {name}"


def bench(*arguments):
    command = [sys.executable, str(BENCH), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


def test_rows_are_listed():
    done = bench("--list")
    assert done.returncode == 0, done.stderr
    names = [line.split()[0] for line in done.stdout.splitlines() if line.startswith("  ")]
    assert len(set(names)) == len(names) > 30
    assert {"cache-copy", "pauses", "step", "torch-fresh", "prelu-gradient", "woken"} <= set(names)


def test_unknown_row_is_named():
    done = bench("no-such-row")
    assert done.returncode == 2
    assert "'no-such-row'" in done.stderr


def test_bounds_and_means(load):
    rows = load("rows")
    assert rows.holds((0.5, 1.0, 2.0), ">= 1.0")
    assert not rows.holds((0.5, 0.99, 2.0), ">= 1.0")
    assert rows.holds((0.5, 1.0, 2.0), "<= 1.15")
    assert rows.geometric_mean([(1, 2, 3), (4, 8, 12)]) == pytest.approx((2, 4, 6))
    assert rows.here("leakyc.leaky_relu")
    assert not rows.here("leakyc.no_such_function")
    assert not rows.here("no_such_package")


def test_means_count_what_medians_hide(load):
    rows = load("rows")
    assert rows.of_means([1, 1, 1, 1, 16], [1, 1, 1, 1, 1]) == (1, 4, 1)


@pytest.fixture
def neighbours(load):
    return load("neighbours")


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


def test_rows_leave_the_number_of_threads_as_it_was(load):
    rows = load("rows")
    with leakyc.threads(2):
        names = rows.inputs(16)
        statements = {"one": rows.on(1, "leaky_relu(x, a)")}
        rows.timed(statements, names, 0, rounds=(1, 1), sample=1e-6)
        assert leakyc.get_num_threads() == 2


@pytest.fixture
def pauses(load):
    return load("pauses")


def test_mean_after_pauses_leaves_out_the_first_call(pauses):
    clock, took = Clock(), iter([5, 0.001, 0.003, 0.002])
    mean = pauses.block(lambda: clock.spend(next(took)), 0, pauses.WORK, calls=3, clock=clock)
    assert mean == pytest.approx(0.002)


def test_slow_calls_after_pauses_are_few(pauses):
    clock, calls = Clock(), []

    def call():
        calls.append(1)
        clock.spend(1)

    assert pauses.block(call, 0, pauses.SLEEP, calls=100, clock=clock) == pytest.approx(1)
    assert len(calls) == 2


def test_blocks_after_pauses_alternate(pauses):
    log = []
    contenders = {
        name: ((lambda name=name: log.append(name.upper())), (lambda name=name: log.append(name)))
        for name in "ab"
    }
    samples = pauses.compare(contenders, 0, calls=2, rounds=2)
    assert "".join(log) == "AaaaBbbbBbbbAaaa"
    assert samples.times["a"].size == 2


def test_page_is_put_together(load):
    page = load("page")
    wanted = sweep.Wanted([16, 1024], ["float32"], [1], [sweep.CONTIGUOUS], seconds=0)
    found = sweep.run(wanted, Progress())
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


def test_figure_names_its_lines_and_bars(load, tmp_path):
    pytest.importorskip("matplotlib", reason="a figure needs matplotlib")
    figure = load("figure")

    def group(table, n, threads, layout="contiguous", copies=True):
        names = [*cases.statements(table), *(cases.COPIES if copies else {})]
        times = measure.Samples({name: [i + 1.0] * 3 for i, name in enumerate(names)})
        x = np.broadcast_to(np.float32(0), n)
        return results.of_group(table, times, x, threads, layout)

    groups = [group(cases.CASES, 1 << p, t) for p in range(10, 27) for t in (1, 2)]
    groups.append(group(step.CASES, 1 << 18, 2, figure.SHAPE, copies=False))
    figure.draw({"groups": groups, "peers": []}, tmp_path / "speed.svg")
    root = xml.etree.ElementTree.parse(tmp_path / "speed.svg")
    texts = [node.text for node in root.iter("{http://www.w3.org/2000/svg}text")]
    names = {"leakyc, 2 threads", "leakyc, 1 thread", "limit: a copy", "NumPy, two passes"}
    assert names | {"np.where", "np.maximum", "leakyc"} <= set(texts)
