"""The benchmark's cases under pytest-benchmark, for its options and its reports:

    python -m pytest bench --benchmark-group-by=group --benchmark-autosave

Which cases and sizes there are is said in leakyc/benchmark/. For ratios, `python -m leakyc bench`
is better: it alternates between the contenders, pytest-benchmark times one after the other.
"""

import pytest

import leakyc
from leakyc.benchmark import arrays, cases, quick

ROWS = [
    pytest.param(case.name, name, statement, id=f"{case.name} | {name}")
    for case in cases.CASES
    for name, statement in {"leakyc": case.statement, **case.rivals, **cases.COPIES}.items()
]


@pytest.mark.parametrize("label", quick.SIZES)
@pytest.mark.parametrize(("case", "name", "statement"), ROWS)
def test_case(benchmark, case, name, statement, label):
    benchmark.group = f"{case}, {label} elements, one thread"
    names = arrays.namespace(arrays.normals(quick.SIZES[label]), threads=1)
    code = compile(f"lambda: ({statement.replace(';', ',')})", name, "eval")
    with leakyc.threads(1):
        benchmark(eval(code, names))
