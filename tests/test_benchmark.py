"""The benchmark: its arithmetic on a clock that the contenders move, the shape of its tables, its
check that results are right. No time is asserted."""

import ast
import graphlib
import io
import pathlib

import numpy as np
import pytest
from needs import need

import leakyc
from leakyc import __main__ as command_line
from leakyc import benchmark
from leakyc._progress import Progress
from leakyc.benchmark import (
    arrays,
    cases,
    digits,
    measure,
    quick,
    report,
    results,
    step,
    verify,
)


class Clock:
    """Time passes only in `spend`."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now

    def spend(self, seconds):
        self.now += seconds


def timed(statements, clock=None, **options):
    clock = clock or Clock()
    namespace = {"spend": clock.spend, "log": options.pop("log", None)}
    return measure.measure(statements, namespace, clock=clock, **options)


# ---- measuring --------------------------------------------------------------------------------


def test_medians_and_ratios():
    samples = timed({"ours": "spend(0.002)", "theirs": "spend(0.006)"}, seconds=1)
    assert samples.median("ours") == pytest.approx(0.002)
    assert samples.ratio("theirs", "ours") == pytest.approx((3, 3, 3))
    assert samples.fastest(["theirs", "ours"]) == "ours"
    assert samples.spread() == pytest.approx(0, abs=1e-6)


def test_ratios_are_those_of_the_rounds():
    # The machine slows down threefold for everyone: the ratio of each round stays.
    samples = measure.Samples({"a": [2, 2, 6, 6, 6], "b": [1, 1, 3, 3, 3]})
    assert samples.ratio("a", "b") == (2, 2, 2)
    assert samples.median("a") == 6
    assert samples.spread() == pytest.approx(4 / 6 / 2 + 2 / 3 / 2)


def test_contenders_alternate_and_none_always_follows_the_same():
    log = []
    statements = {name: f"log({name!r}); spend(0.02)" for name in "abc"}
    timed(statements, rounds=(6, 6), seconds=0, log=log.append)
    assert "".join(log)[-15:] == "cbabcaacbcabbac"
    for count in (1, 2, 3, 8):
        names = [str(i) for i in range(count)]
        rounds = [measure.order(names, done) for done in range(2 * count)]
        assert all(sorted(names) == sorted(one) for one in rounds)
        assert {one[0] for one in rounds} == set(names)
        pairs = {(a, b) for one in rounds for a, b in zip(one, one[1:], strict=False)}
        assert pairs == {(b, a) for a, b in pairs}, "each neighbour comes before and after"


def test_short_calls_are_repeated_to_fill_a_sample():
    log = []
    statement = {"short": "log(1); spend(1e-6)"}
    samples = timed(statement, rounds=(2, 2), seconds=0, sample=1e-3, log=log.append)
    assert samples.median("short") == pytest.approx(1e-6)
    assert len(log) > 4 * 900


def test_slow_calls_are_repeated_where_asked():
    log = []
    timed({"slow": "log(1); spend(1)"}, rounds=(1, 1), seconds=0, least=7, log=log.append)
    assert len(log) == 1 + 7 + 7, "one to find the number, a warm-up, a sample"


@pytest.mark.parametrize(
    ("seconds", "rounds", "expected"), [(0, (5, 9), 5), (1e6, (5, 9), 9), (0.09, (2, 99), 4)]
)
def test_rounds_go_on_for_the_time_given(seconds, rounds, expected):
    samples = timed({"long": "spend(0.02)"}, seconds=seconds, rounds=rounds)
    assert samples.times["long"].size == expected


def test_the_statement_before_is_not_timed():
    log = []
    statements = {"one": ("log(1); spend(0.02)", "log(0); spend(9)")}
    samples = timed(statements, rounds=(2, 2), seconds=0, log=log.append)
    assert samples.median("one") == pytest.approx(0.02)
    assert log[-4:] == [0, 1, 0, 1]


def test_a_shared_cost_can_be_taken_off():
    samples = measure.Samples({"a": [5, 5], "b": [3, 3], "call": [1, 1]})
    less = samples.less({"a": "call", "b": "call"})
    assert less.ratio("a", "b") == (2, 2, 2)
    assert samples.less({"b": "a"}).median("b") == pytest.approx(3 / 20)


# ---- the table --------------------------------------------------------------------------------


def test_every_statement_is_timed_once_and_runs():
    table = [*cases.CASES, *cases.TRAINING[2:]]
    statements = cases.statements(table)
    assert len(set(statements.values())) == len(statements)
    for case in table:
        assert statements[case.name] == case.statement
        assert all(statement in statements for statement in case.rivals.values())
    x = arrays.normals(100)
    names = arrays.namespace(x, threads=1)
    names |= cases.rows_and_columns(names)
    for statement in [*statements.values(), *cases.COPIES.values()]:
        exec(statement, names)
    assert np.array_equal(x, arrays.normals(100)), "no case changes its input"


def test_rows_without_a_function_are_left_out():
    row = cases.Case("new", "new(x)", 2, {}, needs="no_such_function")
    assert cases.available([*cases.CASES, row]) == cases.CASES


@pytest.mark.parametrize("case", [*cases.CASES, *cases.TRAINING[2:]], ids=lambda case: case.name)
def test_rivals_compute_the_same(case):
    def result(statement):
        names = arrays.namespace(arrays.normals(1024), threads=1)
        names["one"] = names["a"]  # else in place has no effect to compare
        names |= case.extra(names) if case.extra else {}
        if ";" in statement:  # several passes, which write to y
            exec(statement, names)
            return names["y"]
        returned = eval(statement, names)
        return (returned[0] if isinstance(returned, tuple) else returned).ravel()

    expected = result(case.statement)
    for name, statement in case.rivals.items():
        np.testing.assert_allclose(result(statement), expected, rtol=1e-6, err_msg=name)


def test_arithmetic_of_a_case():
    n, case = 1000, next(case for case in cases.CASES if case.name == "gradient, out=")
    assert case.moves == 3, "the gradient moves three arrays"
    seconds = {name: [3e-6] * 3 for name in cases.statements([case])}
    seconds |= {"np.copyto": [4e-6] * 3, "copy, cached": [1e-6] * 3, "copy, streaming": [2e-6] * 3}
    seconds[case.rivals[cases.WHERE]] = [30e-6, 60e-6, 30e-6]
    group = results.of_group([case], measure.Samples(seconds), arrays.normals(n), threads=1)
    assert (group["elements"], group["dtype"], group["threads"]) == (n, "float32", 1)
    assert group["copy"]["name"] == "copy, cached"
    found = group["cases"][case.name]
    assert found["bytes_per_second"] == pytest.approx(n * 4 * 3 / 3e-6)
    assert found["of_copy"] == pytest.approx(0.5)  # 3 arrays in 3 us over 2 arrays in 1 us
    assert found["rivals"][cases.WHERE]["ratio"] == pytest.approx([10, 10, 15])
    assert found["rivals"][cases.PASSES]["ratio"] == pytest.approx([1, 1, 1])


def test_lines_of_a_group():
    names = arrays.namespace(arrays.normals(64), threads=1)
    table = [case for case in cases.CASES if case.quick]
    group = results.time_group(names, 1, table, 0, rounds=(3, 3), sample=1e-5)
    assert list(group["cases"]) == [case.name for case in table]
    lines = [quick.line(name, found, "64") for name, found in group["cases"].items()]
    assert {len(line) for line in lines} == {len(quick.HEAD)}
    assert " - " in lines[-1], "the gradient has no np.maximum form"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(75e-9, "75.0 ns"), (123.4e-9, "123 ns"), (9.99e-6, "9.99 us"), (1.5e-3, "1.50 ms"),
     (999.6e-6, "1.00 ms"), (2.5, "2.50 s")],
)  # fmt: skip
def test_durations(seconds, text):
    assert report.duration(seconds) == text


def test_steadiness():
    steady, noisy = {"spread": 0.05}, {"spread": 0.9}
    assert results.steadiness([steady] * 9 + [noisy]).startswith("Steady")
    assert results.steadiness([steady, noisy]).startswith("NOISY")
    assert "90 %" in results.steadiness([steady] * 9 + [noisy])


def test_verdict_is_a_sentence_about_one_thread_and_a_large_array():
    def group(n, threads, ratio):
        rivals = {cases.WHERE: {"ratio": [0, ratio, 0]}, cases.MAXIMUM: {"ratio": [0, 4.444, 0]}}
        case = {"forward, out=": {"of_copy": 0.976, "rivals": rivals}}
        here = {"dtype": "float32", "threads": threads, "elements": n}
        return here | {"layout": "contiguous", "cases": case}

    groups = [group(1 << 22, 2, 99), group(1 << 20, 1, 50), group(1 << 22, 1, 15.4)]
    groups.append(groups[-1] | {"layout": "x[:, ::2]", "cases": {}})
    assert results.verdict(groups) == (
        "On this machine, one thread, 4 M float32 numbers: leakyc is 15 times as fast as np.where, "
        "4.4 times as fast as np.maximum, and at 98 % of the speed of a copy."
    )
    assert results.verdict(groups[:1]) is None


# ---- the step ---------------------------------------------------------------------------------


def perceptron(way, rate=step.RATE):
    x = arrays.normals(96 * step.INPUTS).reshape(96, step.INPUTS)
    return step.Perceptron(way, x, x[:, : step.CLASSES], 32, rate)


def trained(way, steps=5):
    network = perceptron(step.WAYS[way])
    for _ in range(steps):
        network.step()
    return [*network.weights, *network.biases]


def test_every_way_learns_the_same():
    plain = trained("where")
    for way in ("fresh", "in_place", "masks", "maximum"):
        assert all(map(np.array_equal, trained(way), plain)), way
    biased = trained("where_bias")
    assert all(map(np.array_equal, trained("maximum_bias"), biased))
    assert np.any(biased[-1])
    for mine, theirs in zip(trained("fused"), biased, strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-4, atol=1e-7)


@pytest.mark.parametrize("way", step.WAYS)
def test_step_goes_down_the_gradient(way):
    def loss(network):
        return np.square(network.scores() - network.wanted).mean()

    network = perceptron(step.WAYS[way], np.float32(0.1))
    before = loss(network)
    for _ in range(20):
        network.step()
    assert loss(network) < before


def test_statements_of_steps_run_and_leave_the_threads():
    names, before = step.namespace(8, 16, threads=2), leakyc.get_num_threads()
    found = cases.statements(step.CASES)
    assert len(set(found.values())) == len(found) == 4 * 2 + 4
    for statement in found.values():
        exec(statement, names)
    assert leakyc.get_num_threads() == before


# ---- the inputs -------------------------------------------------------------------------------


def test_normals_have_random_signs():
    x = arrays.normals(10_000)
    flips = np.count_nonzero(np.diff(np.signbit(x)))
    assert x.dtype == np.float32
    assert 0.4 < flips / x.size < 0.6


@pytest.mark.parametrize("offset", [0, 16, 2064])
def test_arrays_begin_where_asked(offset):
    x = arrays.at_offset(100, "float32", offset)
    assert x.ctypes.data % arrays.PAGE == offset
    assert x.size == 100
    assert x.dtype == np.float32
    assert x.flags.writeable


def test_network_learns():
    rng = np.random.default_rng(3)
    images = rng.standard_normal((128, 64), dtype=np.float32)
    classes = images[:, :10].argmax(axis=1)
    x, grad, accuracy = digits.activations(images, classes, epochs=20, hidden=32)
    assert x.shape == grad.shape == (128, 32)
    assert x.dtype == grad.dtype == np.float32
    assert accuracy > 0.5  # of ten classes; what matters is that it is not 0.1


def test_digits_of_scikit_learn():
    need("sklearn")
    images, classes = digits.load()
    assert images.shape == (1797, 64)
    assert set(classes) == set(range(10))


def test_digits_without_scikit_learn(monkeypatch):
    monkeypatch.setattr(digits, "LOAD", "import no_such_package")
    assert digits.load() is None
    out = io.StringIO()
    assert quick.show_digits(out, Progress()) == []
    assert "scikit-learn" in out.getvalue()


# ---- the check, and the command ---------------------------------------------------------------


def test_check_passes_on_every_instruction_set():
    count, names = verify.kernels()
    assert names == [isa["name"] for isa in leakyc._core.isas() if isa["available"]]
    assert count > 50_000 * len(names)
    x = arrays.normals(100)
    assert verify.calls(x, x, 0.01) == 600


def test_check_of_any_type_and_layout():
    for name, dtype in arrays.dtypes().items():
        x = arrays.normals(300, dtype).reshape(10, 30)
        slopes = np.linspace(0.1, 0.3, 30, dtype=dtype)
        for view, slope in ((x, slopes), (x.T, 0.01), (x[:, ::-1], 0.01), (x[:, ::2], 0.3)):
            assert verify.calls(view, view.copy(), slope) == 6 * view.size, name


def test_check_sees_a_wrong_bit():
    want = np.array([1, np.nan, 0], dtype=np.float32)
    bits = want.view(np.uint32)
    assert verify.compare(want.copy(), bits, "same") == 3
    for wrong in ([1, np.nan, -0.0], [1, 2, 0], [np.nextafter(np.float32(1), 2), np.nan, 0]):
        with pytest.raises(verify.Wrong, match="1 of 3"):
            verify.compare(np.array(wrong, dtype=np.float32), bits, "wrong")
    for wrong in (want.astype(np.float64), want[:2]):
        with pytest.raises(verify.Wrong):
            verify.compare(wrong, bits, "of another kind")


def test_check_sees_a_wrong_kernel(monkeypatch):
    monkeypatch.setattr(leakyc._core, "leak_at", lambda *args: None)
    with pytest.raises(verify.Wrong, match="leaky_relu, float16"):
        verify.kernels()


def test_command_prints_the_tables(monkeypatch, capsys):
    monkeypatch.setattr(quick, "SIZES", {"16": 16, "64": 64})
    monkeypatch.setattr(quick, "PARALLEL_SIZES", ("64",))
    monkeypatch.setattr(quick, "SECONDS", 0)
    monkeypatch.setattr(quick, "STEP_SECONDS", 0)
    monkeypatch.setitem(step.SHAPES, quick.STEP, (8, 16))
    monkeypatch.setattr(digits, "load", lambda: None)
    monkeypatch.setattr(measure, "SAMPLE", 1e-6)
    assert command_line.main(["bench"]) == 0
    printed = capsys.readouterr().out
    assert "checked: " in printed
    expected = 2 + (leakyc.get_num_threads() > 1)
    for case in cases.CASES:
        assert printed.count(f"{case.name:<18} ") == (expected if case.quick else 0), case.name
    assert "a training step" in printed
    assert all(f"\n{case.name:<18}       128 " in printed for case in step.QUICK)
    assert "Steady" in printed or "NOISY" in printed
    assert printed.splitlines()[-1].startswith("On this machine, one thread, 64 float32 numbers: ")


def test_a_library_without_openmp_is_called_serial():
    here = report.machine()
    assert "serial" in report.first_lines(here | {"openmp": False}).splitlines()[0]
    assert "serial" not in report.first_lines(here | {"openmp": True})


def test_command_times_nothing_after_a_wrong_result(monkeypatch, capsys):
    def wrong(*args):
        raise verify.Wrong("forward: 1 of 3")

    monkeypatch.setattr(verify, "kernels", wrong)
    monkeypatch.setattr(quick, "run", lambda out: pytest.fail("timed"))
    assert command_line.main(["bench"]) == 1
    assert "WRONG RESULT" in capsys.readouterr().out


def test_no_import_goes_in_a_circle():
    folder = pathlib.Path(benchmark.__file__).parent
    uses = {}
    for path in folder.glob("*.py"):
        nodes = [n for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.ImportFrom)]
        names = {alias.name for n in nodes if n.module == "leakyc.benchmark" for alias in n.names}
        modules = {n.module.rpartition(".")[2] for n in nodes if "leakyc.benchmark." in n.module}
        uses[path.stem] = names | modules
    graphlib.TopologicalSorter(uses).prepare()
