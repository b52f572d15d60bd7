"""The rows of `python bench`: what a row is, and the list that `@row` fills.

A row is a generator of results: a label, a ratio as (first quartile, median, third quartile), and
the bound that it must keep, such as ">= 0.90" or "<= 1.15". To add one, write a function in a file
of this folder:

    @row("name", "what is compared with what")
    def name():
        samples = timed({"leakyc": cases.OUT, "np": "np.negative(x, out=y)"}, inputs(1 << 20), 2)
        yield "1 M elements", samples.ratio("np", "leakyc"), ">= 1"

Without a bound (None), of a `@question`, a ratio may be a dict of them, one for each column.
"""

import importlib
import importlib.util
import math
import os
import shutil
import sys
from typing import NamedTuple

import leakyc
from leakyc.benchmark import arrays, measure

NO_ROWS = "__main__", "test_cases"


class Row(NamedTuple):
    """What is measured in a process of its own."""

    name: str
    about: str
    run: object
    target: bool  # whether `python bench` runs it without being asked
    needs: tuple  # functions of leakyc, packages, programs without which nothing can be measured
    environment: dict
    first: str  # what that process does before it imports leakyc

    def missing(self):
        return [name for name in self.needs if not here(name)]


def here(name):
    """Whether a function of leakyc ("leakyc.prelu_grad"), a package or a program exists."""
    package, _, attribute = name.partition(".")
    if package == "leakyc":
        return hasattr(leakyc, attribute)
    program = shutil.which(name) or shutil.which(name, path=os.path.join(sys.prefix, "bin"))
    return importlib.util.find_spec(package) is not None or program is not None


ROWS = {}


def row(name, about, needs=(), environment=None, first="", target=True):
    """Enter the decorated generator in the table."""

    def enter(run):
        ROWS[name] = Row(name, about, run, target, tuple(needs), environment or {}, first)
        return run

    return enter


def question(name, about, **options):
    """A row without targets."""
    return row(name, about, target=False, **options)


def load(folder=None):
    """All rows, by name; importing a file enters its."""
    for file in sorted(os.listdir(folder or os.path.dirname(__file__))):
        name, kind = os.path.splitext(file)
        if kind == ".py" and name not in NO_ROWS:
            importlib.import_module(name)
    return ROWS


def measured(name):
    """In the row's process: its results."""
    yield from load()[name].run()


def holds(ratio, bound):
    """Whether the median keeps the bound."""
    sense, value = bound.split()
    return ratio[1] >= float(value) if sense == ">=" else ratio[1] <= float(value)


def all_threads():
    return leakyc.get_num_threads()


def thread_counts():
    """One, and all where that is more."""
    return sorted({1, all_threads()})


def timed(statements, names, seconds, **options):
    """Time statements in alternation. Some of them set the number of threads; afterwards it is what
    it was before."""
    before = leakyc.set_num_threads(None)
    leakyc.set_num_threads(before)
    try:
        return measure.measure(statements, names, seconds, **options)
    finally:
        leakyc.set_num_threads(before)


def on(threads, statement):
    """The statement with a number of threads set before."""
    return statement, f"set_threads({threads})"


def inputs(n, dtype="float32", threads=1, **more):
    """The names that statements see, for n random normals."""
    return arrays.namespace(arrays.normals(n, dtype), threads) | more


def geometric_mean(ratios):
    """Of each of the three numbers."""
    return tuple(math.prod(r[i] for r in ratios) ** (1 / len(ratios)) for i in range(3))


def of_means(slower, faster):
    """How many times as long one takes in all, stalls included, between the quartiles of the
    pairs."""
    low, _, high = measure.Samples({"a": slower, "b": faster}).ratio("a", "b")
    return low, sum(slower) / sum(faster), high


def median_of(ratios):
    """The middle ratio by its median."""
    return sorted(ratios, key=lambda ratio: ratio[1])[len(ratios) // 2]
