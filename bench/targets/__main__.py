"""The project's targets, measured: `python bench/targets [NAME ...]`, `--list` for the names.

Each row runs in a process of its own, so that none inherits another's memory, threads or imports,
and takes less than a minute. Nothing fails when a target is missed: the table says so.
"""

import argparse
import json
import os
import subprocess
import sys

FOLDER = os.path.dirname(os.path.abspath(__file__))


def load():
    """The rows, by name; importing a module of rows enters them."""
    sys.path.insert(0, FOLDER)
    import registry

    for name in sorted(os.listdir(FOLDER)):
        if name.endswith(".py") and name not in ("__main__.py", "registry.py"):
            __import__(name.removesuffix(".py"))
    return registry


def child(name):
    """Measure one row; a line of JSON for each result."""
    registry = load()
    for label, ratio, bound in registry.ROWS[name].run():
        holds = bound is None or registry.holds(ratio, bound)
        print(json.dumps([label, ratio, bound, holds]), flush=True)


def measure(row):
    """The row's results as its process finds them."""
    code = f"""
import runpy, sys
sys.path.insert(0, {FOLDER!r})
{row.first}
sys.argv[1:] = ["--child", {row.name!r}]
runpy.run_path({FOLDER!r}, run_name="__main__")
"""
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **row.environment},
    )
    for line in process.stdout:
        yield json.loads(line)
    if process.wait() != 0:
        print(f"    the process of this row failed: status {process.returncode}")


def show(row):
    """Measure and print one row; returns its results."""
    print(f"{row.name}: {row.about}", flush=True)
    missing = row.missing()
    if missing:
        print(f"    not measured: {', '.join(missing)} is not here\n")
        return []
    results = []
    for label, ratio, bound, holds in measure(row):
        results.append({"label": label, "ratio": ratio, "bound": bound, "holds": holds})
        low, middle, high = (f"{r:.3g}" if r >= 10 else f"{r:.2f}" for r in ratio)
        word = "" if bound is None else "ok" if holds else "MISSED"
        print(
            f"    {label:<44} {middle:>6}  ({low} to {high})  {bound or '':<8} {word}", flush=True
        )
    print()
    return results


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="rows to measure; default: all")
    parser.add_argument("--list", action="store_true", help="print the names of the rows")
    parser.add_argument("--json", metavar="FILE", help="write the results to a file as well")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.child:
        return child(args.child)
    rows = load().ROWS
    unknown = [name for name in args.names if name not in rows]
    if unknown:
        parser.error(f"no row is named {unknown[0]!r}; there are: {', '.join(rows)}")
    if args.list:
        for row in rows.values():
            print(f"{row.name:<24} {row.about}")
        return None
    chosen = [rows[name] for name in args.names or rows]
    found = {row.name: {"about": row.about, "results": show(row)} for row in chosen}
    bounded = [r for row in found.values() for r in row["results"] if r["bound"]]
    print(f"{sum(r['holds'] for r in bounded)} of {len(bounded)} measured targets are kept")
    if args.json:
        with open(args.json, "w") as file:
            json.dump(found, file, indent=1)
    return None


if __name__ == "__main__":
    main()
