"""A full run as tables, for the terminal and for Markdown."""

from typing import NamedTuple

from leakyc.benchmark import cases, layouts, peers, report, results, step, sweep

SHOWN = [1, *sweep.OTHER_SIZES, 1 << 26]  # sizes that have a row; the plot has all
OUT = "forward, out=", "gradient, out="


class Table(NamedTuple):
    """Rows of text under a title."""

    title: str
    head: list
    rows: list

    def text(self):
        """Columns of the width they need."""
        lines = [self.head, *self.rows]
        widths = [max(len(line[i]) for line in lines) for i in range(len(self.head))]
        body = "\n".join(
            line[0].ljust(widths[0])
            + "".join("  " + c.rjust(w) for c, w in zip(line[1:], widths[1:], strict=True))
            for line in lines
        )
        return f"{self.title}\n\n{body}\n"

    def markdown(self):
        lines = [self.head, ["---", *["---:"] * (len(self.head) - 1)], *self.rows]
        body = "\n".join("| " + " | ".join(line) + " |" for line in lines)
        return f"### {self.title}\n\n{body}\n"


def ratios_table(title, first, groups, label, rivals, speed=True, only=None):
    """Cases beside their rivals: a row for each case of each group, or for one case alone."""
    rows = []
    for g in groups:
        for name, entry in g["cases"].items():
            if only in (None, name):
                rows.append([label(g, name), *report.cells(entry, rivals, speed)])
    speeds = ["GB/s", "of the copy"] if speed else []
    return Table(title, [first, "median", *speeds, *(f"vs {name}" for name in rivals)], rows)


def size_of(g, name=None):
    return report.count(g["elements"])


def size_and_threads(g, name):
    return f"{name}, {size_of(g)}, {report.threads(g['threads'])}"


def type_and_size(g, name):
    return f"{name}, {g['dtype']}, {size_of(g)}"


def bytes_and_threads(g, name):
    nbytes = report.size(g["working_set"] // 2)
    return f"{g['layout']}, {nbytes}, {report.threads(g['threads'])}"


def shape_and_way(g, name):
    return f"{g['layout'].removeprefix('step, ')}, {name}, {report.threads(g['threads'])}"


def of_threads(found, threads):
    """The tables of contiguous arrays on so many threads."""
    told = report.threads(threads)
    float32 = [
        g for g in results.contiguous(found["groups"], threads) if g["elements"] in shown(found)
    ]
    others = [
        g
        for g in found["groups"]
        if g["layout"] == sweep.CONTIGUOUS and g["dtype"] != "float32" and g["threads"] == threads
    ]
    for case in OUT:
        title = f"float32, {case}, {told}"
        yield ratios_table(title, "elements", float32, size_of, cases.RIVALS, only=case)
    names = list(float32[0]["cases"]) if float32 else []
    times = [
        [size_of(g), *(report.duration(g["cases"][name]["seconds"][1]) for name in names)]
        for g in float32
    ]
    yield Table(f"float32, every case, {told}", ["elements", *names], times)
    for case in OUT:
        title, first = f"other types, {case}, {told}", "case, type, elements"
        yield ratios_table(title, first, others, type_and_size, [cases.WHERE], only=case)


def of_layouts(found):
    """The tables of all else that leakyc does."""

    def groups(*names):
        return [g for g in found["groups"] if g["layout"] in names]

    yield ratios_table(
        "layouts, float32, forward, out=",
        "layout, size, threads",
        groups(*(layout.name for layout in layouts.LAYOUTS)),
        bytes_and_threads,
        layouts.RIVALS,
        speed=False,
    )
    yield ratios_table(
        "training operations, float32",
        "operation, elements, threads",
        groups(sweep.TRAINING),
        size_and_threads,
        [cases.PASSES],
    )
    yield ratios_table(
        "a training step beside NumPy's products, float32",
        "batch x width, activation, threads",
        groups(*step.SHAPES),
        shape_and_way,
        step.RIVALS,
        speed=False,
    )
    yield ratios_table(
        "every instruction set, out=, random signs, 1 thread",
        "instruction set, operation, type, elements",
        groups(sweep.ISAS),
        type_and_size,
        [cases.PASSES],
    )


def shown(found):
    """The sizes with a row: all of a run that was narrowed to few."""
    sizes = {g["elements"] for g in found["groups"]}
    return sizes if len(sizes) <= len(SHOWN) else SHOWN


def peers_table(found, case, threads):
    """How many times as fast as each peer; less than 1 where the peer wins."""
    records = {
        (r["elements"], r["peer"]): r["cases"][case]["rivals"][r["peer"]]["ratio"][1]
        for r in found["peers"]
        if r["threads"] == threads and case in r["cases"]
    }
    names = [name for name in peers.PEERS if any(peer == name for _, peer in records)]
    rows = [
        [report.count(n), *(report.times(records.get((n, name))) for name in names)]
        for n in sorted({n for n, _ in records})
    ]
    head = ["elements", *(f"{name} {found['versions'].get(name, '')}".strip() for name in names)]
    return Table(f"times as fast as, {case}, {report.threads(threads)}", head, rows)


def wins(found):
    """Where a peer was faster than leakyc, beyond the quartiles: lines of text."""
    return [
        f"{r['peer']}, {case}, {size_of(r)} elements, {report.threads(r['threads'])}: "
        f"{report.times(1 / ratio[1])} as fast as leakyc"
        for r in found["peers"]
        for case, entry in r["cases"].items()
        if (ratio := entry["rivals"][r["peer"]]["ratio"])[2] < 1
    ]


def different(found):
    """What a peer was not timed with, since its values are not ours."""
    pairs = {(r["peer"], case) for r in found["peers"] for case in r["differ"]}
    return [f"{peer}, {case}: not timed, its values are not ours" for peer, case in sorted(pairs)]


def all_tables(found):
    """Those that have rows."""
    counts = sorted(
        {g["threads"] for g in found["groups"]} | {r["threads"] for r in found["peers"]}
    )
    tables = [table for t in counts for table in of_threads(found, t)]
    tables += of_layouts(found)
    tables += [peers_table(found, case.name, t) for t in counts for case in cases.CASES]
    return [table for table in tables if table.rows]
