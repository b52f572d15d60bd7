"""The project's targets and finer questions: `python bench [NAME ...]`, `--list` for the names.

Each row runs in a process of its own. Without names, all that have a target run, each in less than
a minute. Nothing fails when one is missed: the table says so. Questions without a target, such as
where a constant of the code comes from, are asked by name.
"""

import argparse
import json
import os
import sys

FOLDER = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, FOLDER)

import rows  # noqa: E402

from leakyc.benchmark import processes  # noqa: E402


def measure(row):
    """The row's results as its process finds them."""
    first = f"import sys\nsys.path.insert(0, {FOLDER!r})\n{row.first}"
    try:
        yield from processes.found_by("rows:measured", [row.name], first, row.environment)
    except processes.Failed as failed:
        print(f"    the process of this row failed: {failed}")


def number(value):
    return f"{value:.3g}" if value >= 10 else f"{value:.2f}"


def line(label, ratio, bound):
    """A result with its quartiles; of several columns, the medians."""
    if isinstance(ratio, dict):
        return f"    {label:<16}" + "".join(
            f"{number(r[1]):>{len(c) + 2}}" for c, r in ratio.items()
        )
    low, middle, high = map(number, ratio)
    word = "" if bound is None else "ok" if rows.holds(ratio, bound) else "MISSED"
    return f"    {label:<44} {middle:>6}  ({low} to {high})  {bound or '':<8} {word}".rstrip()


def show(row):
    """Measure and print one row; returns its results."""
    print(f"{row.name}: {row.about}", flush=True)
    missing = row.missing()
    if missing:
        print(f"    not measured: {', '.join(missing)} is not here\n")
        return []
    results, columns = [], None
    for label, ratio, bound in measure(row):
        if isinstance(ratio, dict) and list(ratio) != columns:
            columns = list(ratio)
            print(" " * 20 + "".join(f"  {column}" for column in columns))
        print(line(label, ratio, bound), flush=True)
        holds = bound is None or rows.holds(ratio, bound)
        results.append({"label": label, "ratio": ratio, "bound": bound, "holds": holds})
    print()
    return results


def listed(found):
    """The rows' names and what they are about."""
    for title, target in (("with a target", True), ("by name alone", False)):
        print(f"{title}:")
        for row in found.values():
            if row.target == target:
                print(f"  {row.name:<24} {row.about}")


def main():
    found = rows.load(FOLDER)
    parser = argparse.ArgumentParser(prog="python bench", description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="rows to measure")
    parser.add_argument("--list", action="store_true", help="print the names of the rows")
    parser.add_argument("--json", metavar="FILE", help="write the results to a file as well")
    args = parser.parse_args()
    unknown = [name for name in args.names if name not in found]
    if unknown:
        parser.error(f"no row is named {unknown[0]!r}; there are: {', '.join(found)}")
    if args.list:
        return listed(found)
    names = args.names or [row.name for row in found.values() if row.target]
    measured = {n: {"about": found[n].about, "results": show(found[n])} for n in names}
    bounded = [r for row in measured.values() for r in row["results"] if r["bound"]]
    print(f"{sum(r['holds'] for r in bounded)} of {len(bounded)} measured targets are kept")
    if args.json:
        with open(args.json, "w") as file:
            json.dump(measured, file, indent=1)
    return None


if __name__ == "__main__":
    main()
