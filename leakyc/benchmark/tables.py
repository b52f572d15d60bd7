"""A full run as tables, for the terminal and for Markdown."""

from typing import NamedTuple

from leakyc.benchmark import cases, layouts, peers, report, results, step, sweep

SHOWN = [1, *sweep.OTHER_SIZES, 1 << 26]  # sizes that have a row; the plot has all
COLUMNS = {
    cases.WHERE: "vs np.where",
    cases.MAXIMUM: "vs np.maximum",
    cases.PASSES: "vs NumPy passes",
}


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


def main_table(found, case, threads):
    """One case over the sizes: time, speed, and NumPy's ways."""
    rows = []
    for group in results.contiguous(found, threads):
        entry = group["cases"].get(case)
        if not entry or group["elements"] not in shown(found):
            continue
        ratios = {name: r["ratio"][1] for name, r in entry["rivals"].items()}
        rows.append(
            [
                report.count(group["elements"]),
                report.duration(entry["seconds"][1]),
                f"{entry['bytes_per_second'] / 1e9:.1f}",
                percent(entry["of_copy"]),
                *(report.times(ratios.get(name)) for name in COLUMNS),
            ]
        )
    head = ["elements", "median", "GB/s", "of the copy", *COLUMNS.values()]
    return Table(f"float32, {case}, {report.threads(threads)}", head, rows)


def shown(found):
    """The sizes with a row: all of a run that was narrowed to few."""
    sizes = {g["elements"] for g in found["groups"]}
    return sizes if len(sizes) <= len(SHOWN) else SHOWN


def percent(share):
    return "-" if share is None else f"{100 * share:.0f} %"


def times_table(found, threads):
    """The median time of every case."""
    groups = [g for g in results.contiguous(found, threads) if g["elements"] in shown(found)]
    names = list(groups[0]["cases"]) if groups else []
    rows = [
        [
            report.count(g["elements"]),
            *(report.duration(g["cases"][n]["seconds"][1]) for n in names),
        ]
        for g in groups
    ]
    return Table(f"float32, every case, {report.threads(threads)}", ["elements", *names], rows)


def types_table(found, threads):
    """Forward and gradient with out= in the other types."""
    head = ["type, elements"]
    chosen = ("forward, out=", "gradient, out=")
    for name in chosen:
        head += [name, "GB/s", "of the copy", "vs np.where"]
    rows = []
    for g in found["groups"]:
        wanted = g["layout"] == sweep.CONTIGUOUS and g["dtype"] != "float32"
        if not wanted or g["threads"] != threads or any(n not in g["cases"] for n in chosen):
            continue
        row = [f"{g['dtype']}, {report.count(g['elements'])}"]
        for name in chosen:
            entry = g["cases"][name]
            row += [
                report.duration(entry["seconds"][1]),
                f"{entry['bytes_per_second'] / 1e9:.1f}",
                percent(entry["of_copy"]),
                report.times(entry["rivals"][cases.WHERE]["ratio"][1]),
            ]
        rows.append(row)
    return Table(f"other types, {report.threads(threads)}", head, rows)


def layouts_table(found):
    """Arrays that are not contiguous."""
    names = list(layouts.RIVALS)
    rows = []
    for g in found["groups"]:
        if g["layout"] in (*sweep.PARTS, *step.SHAPES):
            continue
        entry = g["cases"][layouts.CASE.name]
        rows.append(
            [
                f"{g['layout']}, {report.size(g['working_set'] // 2)}, "
                f"{report.threads(g['threads'])}",
                report.duration(entry["seconds"][1]),
                *(report.times(entry["rivals"][name]["ratio"][1]) for name in names),
            ]
        )
    head = ["layout, size, threads", "forward, out=", *(f"vs {name}" for name in names)]
    return Table("layouts, float32", head, rows)


def beside_passes(found, layout, label):
    """The rows of a layout's groups: every case beside the copy and NumPy's passes."""
    return [
        [
            f"{name}, {label(g)}",
            report.duration(entry["seconds"][1]),
            f"{entry['bytes_per_second'] / 1e9:.1f}",
            percent(entry["of_copy"]),
            report.times(entry["rivals"][cases.PASSES]["ratio"][1]),
        ]
        for g in found["groups"]
        if g["layout"] == layout
        for name, entry in g["cases"].items()
    ]


BESIDE_PASSES = ["median", "GB/s", "of the copy", "vs NumPy passes"]


def training_table(found):
    """What training adds."""

    def label(g):
        return f"{report.count(g['elements'])}, {report.threads(g['threads'])}"

    rows = beside_passes(found, sweep.TRAINING, label)
    head = ["operation, elements, threads", *BESIDE_PASSES]
    return Table("training operations, float32", head, rows)


def instruction_sets_table(found):
    """Every instruction set of this CPU."""

    def label(g):
        return f"{g['dtype']}, {report.count(g['elements'])}"

    rows = beside_passes(found, sweep.ISAS, label)
    head = ["instruction set, operation, type, elements", *BESIDE_PASSES]
    return Table("every instruction set, out=, random signs, 1 thread", head, rows)


def steps_table(found):
    """A training step beside NumPy's products, by what does its activation."""
    rows = [
        [
            f"{g['layout'].removeprefix('step, ')}, {name}, {report.threads(g['threads'])}",
            report.duration(entry["seconds"][1]),
            *(report.times(entry["rivals"][rival]["ratio"][1]) for rival in step.RIVALS),
        ]
        for g in found["groups"]
        if g["layout"] in step.SHAPES
        for name, entry in g["cases"].items()
    ]
    head = ["batch x width, activation, threads", "step", *(f"vs {name}" for name in step.RIVALS)]
    return Table("a training step beside NumPy's products, float32", head, rows)


def peers_table(found, case, threads):
    """How many times as fast as each peer; less than 1 where the peer wins."""
    records = {
        (r["elements"], r["peer"]): r["cases"][case]["ratio"][1]
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
        f"{r['peer']}, {case}, {report.count(r['elements'])} elements, "
        f"{report.threads(r['threads'])}: {report.times(1 / entry['ratio'][1])} as fast as leakyc"
        for r in found["peers"]
        for case, entry in r["cases"].items()
        if entry["ratio"][2] < 1
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
    tables = [main_table(found, "forward, out=", t) for t in counts]
    tables += [main_table(found, "gradient, out=", t) for t in counts]
    tables += [times_table(found, t) for t in counts]
    tables += [types_table(found, t) for t in counts]
    tables += [layouts_table(found), training_table(found), steps_table(found)]
    tables += [instruction_sets_table(found)]
    tables += [peers_table(found, case.name, t) for t in counts for case in cases.CASES]
    return [table for table in tables if table.rows]
