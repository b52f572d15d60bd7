"""The benchmark's cases under pytest-benchmark, for its options and its reports:

    python -m pytest bench --benchmark-group-by=group --benchmark-autosave

Which cases, layouts and sizes there are is said in leakyc/benchmark/. For ratios,
`python -m leakyc bench` is better: it alternates between the contenders, pytest-benchmark times one
after the other.
"""

import pytest

import leakyc
from leakyc.benchmark import arrays, cases, layouts, quick, step


def contenders(table, copies):
    """A parameter for each statement of each case."""
    return [
        pytest.param(case, statement, id=f"{case.name} | {name}")
        for case in cases.available(table)
        for name, statement in {"leakyc": case.statement, **case.rivals, **copies}.items()
    ]


def run(benchmark, case, statement, names):
    """Time a statement; of several parts, it is a function of them."""
    names = names | (case.extra(names) if case.extra else {})
    exec(f"def timed():\n    {statement}", names)
    with leakyc.threads(1):
        benchmark(names["timed"])


@pytest.mark.parametrize("label", quick.SIZES)
@pytest.mark.parametrize(
    ("case", "statement"), contenders([*cases.CASES, *cases.TRAINING[2:]], cases.COPIES)
)
def test_case(benchmark, case, statement, label):
    benchmark.group = f"{case.name}, {label} elements, one thread"
    run(benchmark, case, statement, arrays.namespace(arrays.normals(quick.SIZES[label]), 1))


@pytest.mark.parametrize("shape", step.SHAPES)
@pytest.mark.parametrize(("case", "statement"), contenders(step.CASES, {}))
def test_step(benchmark, case, statement, shape):
    benchmark.group = f"{case.name}, {shape}"
    run(benchmark, case, statement, step.namespace(*step.SHAPES[shape], leakyc.get_num_threads()))


@pytest.mark.parametrize("layout", layouts.LAYOUTS, ids=lambda layout: layout.name)
@pytest.mark.parametrize(("case", "statement"), contenders([layouts.CASE], {}))
def test_layout(benchmark, case, statement, layout):
    benchmark.group = f"{case.name}, {layout.name}, 16 MB, one thread"
    run(benchmark, case, statement, layouts.namespace(layout, 1 << 24, 1))
