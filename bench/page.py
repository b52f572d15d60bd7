"""Writes the measured part of docs/performance.md.

    python -m leakyc bench --full --json FOUND --plot docs/performance.svg
    python bench --json TARGETS
    python bench/page.py FOUND TARGETS

`make performance` is all three. The text around the measured part is written by hand. With TARGETS
alone, the other tables stay as they are.
"""

import json
import pathlib
import sys

from leakyc.benchmark import results, tables

PAGE = pathlib.Path(__file__).parents[1] / "docs" / "performance.md"
BEGIN, END = "<!-- begin: bench/page.py -->\n", "<!-- end: bench/page.py -->\n"


def machine(found):
    """Where and with what."""
    m = found["machine"]
    caches = ", ".join(f"{level} {size // 1024} KB" for level, size in m["caches"].items() if size)
    peers = ", ".join(f"{name} {version}" for name, version in found["versions"].items())
    missing = ", ".join(found["missing"]) or "none"
    return (
        f"- CPU: {m['cpu']}, {m['cpus_allowed']} CPUs allowed; {caches}\n"
        f"- leakyc {m['leakyc']}, {m['instruction_set']}, {m['compiler']}; NumPy {m['numpy']}, "
        f"Python {m['python']}, {m['platform']}\n"
        f"- other libraries: {peers or 'none'}; not installed: {missing}\n"
        f"- {found['date']}. {results.verdict(found['groups'])}\n"
    )


def targets(found):
    """The target table: each result beside its bound."""
    rows = []
    for name, row in found.items():
        for result in row["results"]:
            if result["bound"]:
                low, middle, high = (f"{r:.2f}" for r in result["ratio"])
                kept = "yes" if result["holds"] else "**no**"
                rows.append(
                    [
                        f"`{name}`: {result['label']}",
                        result["bound"],
                        middle,
                        f"{low} to {high}",
                        kept,
                    ]
                )
    kept = sum(row[-1] == "yes" for row in rows)
    about = "\n".join(f"- `{name}`: {row['about']}" for name, row in found.items())
    table = tables.Table(
        f"{kept} of {len(rows)} kept", ["row", "target", "median", "quartiles", "kept"], rows
    )
    return f"{about}\n\n{table.markdown()}"


def wins(found):
    lines = tables.wins(found)
    if not lines:
        return "None was faster than leakyc beyond the quartiles, in any case of this run.\n"
    return "\n".join(f"- {line}" for line in lines) + "\n"


def measured(found, goals):
    """Everything between the marks."""
    parts = [
        "## The machine\n\n" + machine(found),
        "## Where other libraries are faster\n\n" + wins(found),
        "## Targets\n\n" + targets(goals),
        "## Tables\n",
        *(table.markdown() for table in tables.all_tables(found)),
    ]
    return "\n".join(parts)


def put(page, text, begin=BEGIN, end=END):
    """The page with what stands between two marks replaced: its measured part."""
    before, _, rest = page.partition(begin)
    _, mark, after = rest.partition(end)
    if not mark:
        raise ValueError("the page has lost its marks")
    return f"{before}{begin}\n{text}\n{end}{after}"


def main(*paths):
    *found, goals = (json.loads(pathlib.Path(path).read_text()) for path in paths)
    page = PAGE.read_text()
    if found:
        PAGE.write_text(put(page, measured(*found, goals)))
    else:
        PAGE.write_text(put(page, targets(goals), "## Targets\n", "## Tables\n"))


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        raise SystemExit(__doc__)
    main(*sys.argv[1:])
