"""What a measurement found, as plain dicts: they are printed, drawn, compared, kept as JSON."""

from typing import NamedTuple

import numpy as np

from leakyc.benchmark import cases, measure, report, verify

FORMAT = 2  # of the JSON file


class Group(NamedTuple):
    """What is timed in the same rounds."""

    layout: str
    dtype: str
    threads: int
    elements: int
    peer: str = ""

    def label(self):
        what = f"{self.peer or self.layout}, {self.dtype}"
        return f"{what}, {report.count(self.elements)} elements, {report.threads(self.threads)}"


def rounds_for(elements):
    """The least and the most rounds."""
    return (3, 100) if elements >= 1 << 24 else (5, 200)


def quartiles(samples, name):
    """Seconds: first quartile, median, third quartile."""
    return [float(q) for q in np.percentile(samples.times[name], [25, 50, 75])]


def of_case(case, samples, nbytes, copy):
    """One case of a group. Ratios are a rival's time over ours, by round."""
    seconds = quartiles(samples, case.name)
    moved = nbytes * case.moves
    found = {
        "seconds": seconds,
        "bytes": moved,
        "bytes_per_second": moved / seconds[1],
        # Of the copy's speed in bytes; the copy moves two arrays.
        "of_copy": case.moves / 2 / samples.ratio(case.name, copy)[1] if copy else None,
        "rivals": {},
    }
    for rival, statement in case.rivals.items():
        found["rivals"][rival] = {
            "seconds": quartiles(samples, statement),
            "ratio": list(samples.ratio(statement, case.name)),
        }
    return found


def of_group(table, samples, x, threads, layout="contiguous"):
    """All cases of one input."""
    copies = [name for name in cases.COPIES if name in samples.times]
    copy = samples.fastest(copies) if copies else None
    return {
        "layout": layout,
        "dtype": x.dtype.name,
        "threads": threads,
        "elements": x.size,
        "working_set": 2 * x.nbytes,
        "copy": {"name": copy, "seconds": quartiles(samples, copy)} if copy else None,
        "spread": samples.spread(),
        "cases": {case.name: of_case(case, samples, x.nbytes, copy) for case in table},
    }


def time_group(names, threads, table, seconds, layout="contiguous", copies=True, **options):
    """Check the calls on these arrays, then time all cases, all rivals and the copies."""
    table = cases.available(table)
    for case in table:
        if case.extra:
            names |= case.extra(names)
    verify.calls(names["x"], names["grad"], names["a"])
    statements = cases.statements(table) | (cases.COPIES if copies else {})
    samples = measure.measure(statements, names, seconds, **options)
    return of_group(table, samples, names["x"], threads, layout)


def contiguous(groups, threads):
    """Those of contiguous float32, by size."""
    wanted = "contiguous", "float32", threads
    groups = [g for g in groups if (g["layout"], g["dtype"], g["threads"]) == wanted]
    return sorted(groups, key=lambda group: group["elements"])


def steadiness(groups):
    """Whether the figures can be trusted, in words."""
    if not groups:
        return "Nothing was timed."
    worst, middle = max(g["spread"] for g in groups), np.median([g["spread"] for g in groups])
    told = (
        f"the middle half of a contender's rounds spans {100 * middle:.0f} % of its median "
        f"(at worst {100 * worst:.0f} %)"
    )
    if np.mean([g["spread"] > measure.NOISY for g in groups]) > 0.2:
        return f"NOISY: {told}. Other programs use this machine; run it again when they do not."
    return f"Steady: {told}."


def verdict(groups, near=1 << 22):
    """How leakyc compares on one thread, in a sentence; None where that was not timed."""
    timed = contiguous(groups, 1)
    if not timed:
        return None
    group = min(timed, key=lambda group: abs(group["elements"] - near))
    case = group["cases"]["forward, out="]
    ratios = [(case["rivals"][name]["ratio"][1], name) for name in (cases.WHERE, cases.MAXIMUM)]
    rivals = [f"{r:.{0 if r >= 10 else 1}f} times as fast as {name}" for r, name in ratios]
    return (
        f"On this machine, one thread, {report.count(group['elements'])} float32 numbers: leakyc "
        f"is {', '.join(rivals)}, and at {100 * case['of_copy']:.0f} % of the speed of a copy."
    )
