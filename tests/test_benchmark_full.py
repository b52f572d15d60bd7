"""The full benchmark: its plan, its results as tables, picture and comparison, its options. The
groups are tiny, or made up; no time is asserted."""

import copy
import io
import json
import os
import sys
import xml.etree.ElementTree

import numpy as np
import pytest
from needs import need

from leakyc import __main__ as command_line
from leakyc import _core
from leakyc._progress import Progress
from leakyc.benchmark import (
    arrays,
    cases,
    compare,
    layouts,
    measure,
    peers,
    plot,
    processes,
    report,
    results,
    step,
    sweep,
    tables,
)


class Log(io.StringIO):
    """A stream that is a terminal, or not."""

    def __init__(self, terminal=False):
        super().__init__()
        self.terminal = terminal

    def isatty(self):
        return self.terminal


TABLES = {sweep.CONTIGUOUS: cases.CASES, sweep.TRAINING: cases.TRAINING}
TABLES |= dict.fromkeys(step.SHAPES, step.CASES) | {sweep.ISAS: cases.instruction_sets()}


def made_up(elements, threads=1, layout="contiguous", seconds=1e-6, dtype="float32"):
    """A group in which every contender takes so long, times its place in the order."""
    table = TABLES.get(layout, [layouts.CASE])
    names = [*cases.statements(table), *(cases.COPIES if layout in sweep.PARTS else [])]
    times = {name: [seconds * (1 + i / 10)] * 3 for i, name in enumerate(names)}
    x = np.zeros(elements, dtype)
    return results.of_group(table, measure.Samples(times), x, threads, layout)


@pytest.fixture
def found():
    """A small result of everything."""
    table = [cases.CASES[0]._replace(rivals={"torch": "theirs"})]
    times = {table[0].name: [2e-6] * 3, "theirs": [0.8e-6, 1e-6, 1.2e-6]}
    peer = results.of_group(table, measure.Samples(times), np.zeros(16, "float32"), 1)
    peer |= {"peer": "torch", "differ": ["forward, fresh"]}
    return {
        "format": results.FORMAT,
        "date": "2000-01-02",
        "machine": report.machine() | {"cpu": "A <CPU> & more"},
        "groups": [
            *(made_up(n, threads) for n in (16, 1024, 4096, 1 << 20) for threads in (1, 2)),
            made_up(1024, dtype="float64"),
            made_up(1024, layout="x[:, ::2]"),
            made_up(1024, layout=sweep.TRAINING),
            made_up(1 << 16, layout=sweep.ISAS, dtype="float16"),
            made_up(1 << 16, 2, layout="step, 256 x 256"),
        ],
        "peers": [peer],
        "versions": {"torch": "9.9"},
        "missing": {"jax": ["jax"]},
        "left_out": ["something large"],
    }


# ---- the plan ---------------------------------------------------------------------------------


def test_plan_covers_types_sizes_threads_layouts_and_peers():
    groups = sweep.plan(sweep.Wanted(threads=[1, 2]))
    assert len(set(groups)) == len(groups)
    types = {name for name in _core.DTYPES if arrays.dtype_named(name) is not None}
    assert {group.dtype for group in groups} == types
    assert {g.elements for g in groups if g.layout == "contiguous"} >= {1, 16, 1 << 20, 1 << 26}
    assert {g.layout for g in groups} == {
        sweep.CONTIGUOUS,
        sweep.TRAINING,
        sweep.ISAS,
        *(row.name for row in layouts.LAYOUTS),
        *step.SHAPES,
    }
    here = {name for name in peers.PEERS if not peers.missing(name)}
    assert {g.peer for g in groups} - {""} == here


def test_plan_is_narrowed_by_options():
    wanted = sweep.Wanted(sizes=[16, 32], dtypes=["float64"], threads=[1], only=["contiguous"])
    assert sweep.plan(wanted) == [
        results.Group("contiguous", "float64", 1, 16),
        results.Group("contiguous", "float64", 1, 32),
    ]
    assert {g.layout for g in sweep.plan(sweep.Wanted(only=["layouts"]))} == {
        row.name for row in layouts.LAYOUTS
    }


def test_steps_are_timed_on_all_threads():
    for counts, expected in (([1, 2, 4], {2, 4}), ([1], {1})):
        groups = sweep.plan(sweep.Wanted(threads=counts, only=[sweep.STEPS]))
        assert {group.threads for group in groups} == expected
        assert {group.layout for group in groups} == set(step.SHAPES)


def test_steps_become_a_group(monkeypatch):
    monkeypatch.setitem(step.SHAPES, "step, 256 x 256", (8, 16))
    group = results.Group("step, 256 x 256", "float32", 2, 128)
    [found] = sweep.records([group], 0, Progress(1, Log()))
    assert (found["layout"], found["elements"], found["copy"]) == (group.layout, 128, None)
    assert set(found["cases"]) == {case.name for case in step.CASES}
    for entry in found["cases"].values():
        assert set(entry["rivals"]) == set(step.RIVALS)
    [table] = tables.all_tables({"groups": [found], "peers": []})
    assert len(table.rows) == len(step.CASES)


def test_each_instruction_set_is_timed():
    wanted = sweep.Wanted([64], ["float16"], [1], [sweep.ISAS], seconds=0)
    [found] = sweep.run(wanted, Progress(stream=Log()))["groups"]
    here = [isa["name"] for isa in _core.isas() if isa["available"]]
    passes = [f"{isa}, {what}" for isa in here for what in ("forward", "gradient")]
    assert list(found["cases"]) == passes
    assert not sweep.plan(sweep.Wanted(threads=[2], only=[sweep.ISAS])), "they run on one thread"


def test_what_does_not_fit_is_left_out(monkeypatch):
    monkeypatch.setattr(sweep, "free_memory", lambda: 1 << 16)
    wanted = sweep.Wanted([16, 1 << 20], ["float32"], [1], ["contiguous"], seconds=0)
    found = sweep.run(wanted, Progress(stream=Log()))
    assert [group["elements"] for group in found["groups"]] == [16]
    assert len(found["left_out"]) == 1


@pytest.mark.parametrize("layout", layouts.LAYOUTS, ids=lambda layout: layout.name)
def test_layouts_are_what_they_say(layout):
    names = layouts.namespace(layout, 1 << 20, threads=1)
    x, y = names["x"], names["y"]
    assert x.shape == y.shape
    assert y.flags.c_contiguous
    assert x.flags.c_contiguous == bool(layout.slope)
    assert 0.5 < x.nbytes / (1 << 20) < 1.2
    for statement in cases.statements([layouts.CASE]).values():
        names["y"].fill(0)
        exec(statement, names)
    want = np.where(x > 0, x, np.float32(names["a"]) * x) if not layout.slope else None
    exec(layouts.CASE.statement, names)
    if want is not None:
        np.testing.assert_array_equal(names["y"], want)


# ---- the peers --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", peers.PEERS)
def test_a_peer_is_timed_in_a_process_of_its_own(name):
    for package in peers.missing(name):
        pytest.skip(reason=f"{package} is not installed")
    groups = [results.Group("contiguous", "float32", 2, n, name) for n in (16, 64)]
    steps = Progress(stream=Log())
    steps.begin(len(groups))
    records = list(peers.time(name, groups, 0, steps))
    assert [record["elements"] for record in records] == [16, 64], steps.stream.getvalue()
    assert steps.done + steps.size == len(groups)
    for record in records:
        assert record["differ"] == []
        assert record["cases"]
        for entry in record["cases"].values():
            theirs = entry["rivals"][name]
            assert len(theirs["ratio"]) == 3
            assert min(entry["seconds"] + theirs["seconds"]) > 0


def test_disagreement_is_seen():
    names = arrays.namespace(arrays.normals(100), threads=1)
    assert peers.agrees("leaky_relu(x, a)", "forward, fresh", names)
    assert peers.agrees("leaky_relu(x, a, out=y)", "forward, out=", names)
    assert not peers.agrees("np.negative(x)", "forward, fresh", names)
    assert not peers.agrees("np.negative(x)", "forward, out=", names)
    assert not peers.agrees("leaky_relu(x, a)", "gradient, fresh", names)


def test_a_peer_that_fails_is_told(monkeypatch):
    monkeypatch.setitem(peers.PEERS, "broken", (("no_such_package",), None))
    log = Log()
    group = results.Group("contiguous", "float32", 1, 16, "broken")
    assert list(peers.time("broken", [group], 0, Progress(stream=log))) == []
    assert "broken failed: ModuleNotFoundError" in log.getvalue()


# ---- how it is told ---------------------------------------------------------------------------


def test_tables_hold_every_part(found):
    text = "\n".join(table.text() for table in tables.all_tables(found))
    for part in (
        "forward, out=, 1 thread",
        "2 threads",
        "float64, 1 K",
        "256 x 256, in place, 2 threads",
        "baseline, gradient, float16, 64 K",
        "x[:, ::2]",
        "bias",
        "torch 9.9",
    ):
        assert part in text
    for table in tables.all_tables(found):
        assert {len(row) for row in table.rows} == {len(table.head)}, table.title
        assert table.markdown().count("\n| ") == len(table.rows) + 2


def test_where_a_peer_wins_is_told(found):
    assert tables.wins(found) == [
        "torch, forward, out=, 16 elements, 1 thread: 2.00x as fast as leakyc"
    ]
    entry = found["peers"][0]["cases"]["forward, out="]["rivals"]["torch"]
    entry["ratio"] = [0.9, 0.95, 1.01]
    assert tables.wins(found) == [], "within the quartiles it is a tie"


def test_other_values_are_told(found):
    assert tables.different(found) == ["torch, forward, fresh: not timed, its values are not ours"]


def test_picture_names_what_it_shows(found, tmp_path):
    need("matplotlib")
    path = tmp_path / "picture.svg"
    for _ in range(2):
        plot.save(plot.full(found), str(path))
        root = xml.etree.ElementTree.fromstring(path.read_text())
        texts = {node.text for node in root.iter("{http://www.w3.org/2000/svg}text")}
        assert {"leakyc forward, 1 thread", "leakyc forward, 2 threads", "np.where, fresh"} <= texts
        assert any("A <CPU> & more" in text for text in texts)
    first = path.read_bytes()
    plot.save(plot.full(found), str(path))
    assert path.read_bytes() == first, "a new run changes what is new alone"


def test_picture_of_too_little(found):
    found["groups"] = found["groups"][:1]
    with pytest.raises(ValueError, match="two or more sizes"):
        plot.full(found)


def test_plot_without_matplotlib_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    monkeypatch.setattr(sweep, "run", lambda *args: pytest.fail("timed"))
    with pytest.raises(SystemExit, match="python -m pip install matplotlib"):
        command_line.main(["bench", "--plot", str(tmp_path / "picture.svg")])
    assert not list(tmp_path.iterdir())


def test_comparison_tells_only_what_changed(found):
    new = copy.deepcopy(found)
    assert compare.table(found, new).rows == []
    for group in new["groups"]:  # a machine half as fast is no change of ours
        for entry in [group["copy"], *group["cases"].values()]:
            if entry:
                entry["seconds"] = [2 * s for s in entry["seconds"]]
    changed = {row[0] for row in compare.table(found, new).rows}
    assert changed == {
        "x[:, ::2], float32, 1 K, 1 thread",
        "step, 256 x 256, float32, 64 K, 2 threads",
    }, "those groups have no copy"
    slower = new["groups"][0]["cases"]["forward, out="]
    slower["seconds"] = [3 * s for s in slower["seconds"]]
    assert compare.table(found, new).rows[0] == [
        "contiguous, float32, 16, 1 thread",
        "forward, out=",
        "3.00",
    ]


def test_progress_on_a_terminal_is_one_line(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    log, now = Log(terminal=True), iter(range(100))
    steps = Progress(10, log, clock=lambda: next(now))
    for _ in range(10):
        steps.step("something")
    steps.clear()
    assert "\n" not in log.getvalue()
    assert "50%, about 6 s left  something" in log.getvalue()
    assert log.getvalue().endswith("\x1b[K")


def test_progress_fits_a_narrow_terminal(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    log = Log(terminal=True)
    log.fileno = lambda: 7
    for columns, width in ((40, 39), (500, 100), (0, 100)):
        size = os.terminal_size((columns, 24))
        monkeypatch.setattr(os, "get_terminal_size", lambda fd, size=size: size)
        log.seek(0), log.truncate()
        Progress(10, log).step("x" * 200)
        assert len(log.getvalue().removeprefix("\r\x1b[K")) == width


def test_progress_on_a_dumb_terminal_or_none(monkeypatch):
    monkeypatch.setenv("TERM", "dumb")
    log, now = Log(terminal=True), iter(range(0, 10_000, 10))
    steps = Progress(10, log, clock=lambda: next(now))
    monkeypatch.setattr(sys, "stderr", None)
    nowhere = Progress(10, clock=lambda: next(now))
    for _ in range(10):
        steps.step("something")
        nowhere.step("something")
        nowhere.clear()
    steps.clear()
    assert "\x1b" not in log.getvalue() and "\n" in log.getvalue()


def test_progress_in_a_log_is_sparse():
    log, now = Log(), iter(range(0, 10_000, 10))
    steps = Progress(10, log, clock=lambda: next(now))
    for _ in range(10):
        steps.step("something")
    steps.clear()
    assert log.getvalue().count("\n") == 10 // 3


# ---- processes --------------------------------------------------------------------------------


def test_a_process_tells_what_it_finds_and_why_it_fails():
    found = processes.found_by("itertools:islice", ["abcdef", 1, 5], "import os", {"A": "1"})
    assert list(found) == list("bcde")
    broken = processes.found_by("itertools:islice", [1, 2])
    with pytest.raises(processes.Failed, match="TypeError"):
        list(broken)
    with pytest.raises(processes.Failed, match="no_such_module"):
        list(processes.found_by("itertools:count", [], "import no_such_module"))
    assert next(endless := processes.found_by("itertools:count", [])) == 0
    endless.close()


# ---- the command ------------------------------------------------------------------------------


def test_command_writes_json_and_reads_it(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(sweep.Wanted, "__new__", tiny(sweep.Wanted.__new__))
    file, picture = tmp_path / "found.json", tmp_path / "found.svg"
    narrow = "--sizes 16,256,1K --dtype float32 --threads 1 --only contiguous".split()
    need("matplotlib")
    assert command_line.main(["bench", *narrow, "--json", str(file), "--plot", str(picture)]) == 0
    printed = capsys.readouterr()
    assert "float32, forward, out=, 1 thread" in printed.out
    assert "3 groups timed" in printed.err
    assert "<svg" in picture.read_text()
    found = json.loads(file.read_text())
    assert [group["elements"] for group in found["groups"]] == [16, 256, 1024]
    assert command_line.main(["bench", "--from", str(file), "--compare", str(file)]) == 0
    assert "against the run of" in capsys.readouterr().out


def tiny(make):
    """A `Wanted` whose groups take no time."""

    def wanted(cls, *fields):
        return make(cls, *fields)._replace(seconds=0)

    return wanted


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--sizes", "big"], "is no size"),
        (["--dtype", "int8"], "is not one of float32"),
        (["--threads", "0"], "is no number of threads"),
        (["--only", "cupy"], "is not one of contiguous"),
    ],
)
def test_bad_options_are_named(options, words, capsys):
    with pytest.raises(SystemExit) as stop:
        command_line.main(["bench", *options])
    assert stop.value.code == 2
    assert words in capsys.readouterr().err


@pytest.mark.parametrize("content", [None, "no json", '{"format": 0}', "[]"])
def test_bad_files_are_named(content, tmp_path):
    file = tmp_path / "old.json"
    if content is not None:
        file.write_text(content)
    with pytest.raises(SystemExit, match="old.json"):
        command_line.main(["bench", "--compare", str(file), "--sizes", "16"])


@pytest.mark.parametrize("option", ["--json", "--plot"])
def test_files_that_cannot_be_written_are_named_at_once(option, tmp_path, monkeypatch):
    monkeypatch.setattr(sweep, "run", lambda *args: pytest.fail("timed"))
    with pytest.raises(SystemExit, match="no_such_folder"):
        command_line.main(["bench", option, str(tmp_path / "no_such_folder" / "file")])


def test_interrupted_run_keeps_what_it_has(monkeypatch):
    def stop(*args):
        yield made_up(16)
        raise KeyboardInterrupt

    monkeypatch.setattr(sweep, "records", stop)
    log = Log()
    found = sweep.run(sweep.Wanted(), Progress(stream=log))
    assert [group["elements"] for group in found["groups"]] == [16]
    assert "interrupted" in log.getvalue()
