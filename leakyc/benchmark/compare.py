"""Two runs side by side. The machine may have changed between them, so a case's time is taken over
that of the copy in the same run where there is one."""

from leakyc.benchmark import report, tables

CHANGED = 0.1  # less than a tenth is not told


def key(group):
    return group["layout"], group["dtype"], group["threads"], group["elements"]


def relative(group, case):
    """First quartile, median, third quartile of a case's time, over the copy's."""
    copy = group["copy"]["seconds"][1] if group["copy"] else 1.0
    return [second / copy for second in group["cases"][case]["seconds"]]


def changes(old, new):
    """What both have and what became slower or faster, the quartiles apart: (count, changed)."""
    before = {key(group): group for group in old["groups"]}
    changed, count = [], 0
    for group in new["groups"]:
        if key(group) not in before:
            continue
        for case in group["cases"]:
            if case not in before[key(group)]["cases"]:
                continue
            count += 1
            a, b = relative(before[key(group)], case), relative(group, case)
            ratio = b[1] / a[1]
            apart = b[0] > a[2] or b[2] < a[0]
            if apart and not 1 / (1 + CHANGED) < ratio < 1 + CHANGED:
                changed.append((ratio, group, case))
    return count, sorted(changed, key=lambda change: -change[0])


def table(old, new):
    """The changes as a table, the worst first."""
    count, changed = changes(old, new)
    rows = [
        [
            f"{group['layout']}, {group['dtype']}, {report.count(group['elements'])}, "
            f"{report.threads(group['threads'])}",
            case,
            f"{ratio:.2f}",
        ]
        for ratio, group, case in changed
    ]
    same = "" if old["machine"]["cpu"] == new["machine"]["cpu"] else "; the CPUs are not the same"
    title = (
        f"against the run of {old['date']}: {len(rows)} of {count} cases changed by more than "
        f"{100 * CHANGED:.0f} %, beyond their quartiles{same}"
    )
    return tables.Table(title, ["input", "case", "time, new over old"], rows)
