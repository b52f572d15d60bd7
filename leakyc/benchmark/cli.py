"""The command `python -m leakyc bench`."""

import argparse
import json
import os
import re
import sys

from leakyc import _core
from leakyc._progress import Progress
from leakyc.benchmark import compare, peers, plot, quick, report, results, sweep, tables, verify

PARTS = [*sweep.PARTS, *peers.PEERS]


def size(text):
    """A number of elements: 65536, 64K, 4M."""
    found = re.fullmatch(r"(\d+)([kKmM]?)", text)
    if not found or not int(found[1]):
        raise argparse.ArgumentTypeError(f"{text!r} is no size such as 16, 64K or 4M")
    return int(found[1]) << {"": 0, "k": 10, "m": 20}[found[2].lower()]


def one_of(names):
    """The type of an option that takes names separated by commas."""

    def name(text):
        if text not in names:
            raise argparse.ArgumentTypeError(f"{text!r} is not one of {', '.join(names)}")
        return text

    return several(name)


def several(kind):
    return lambda text: [kind(part.strip()) for part in text.split(",")]


def threads(text):
    if not text.isdigit() or not 1 <= int(text) <= 4096:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of threads, 1 to 4096")
    return int(text)


def add_arguments(parser):
    """The command's options."""
    parser.description = (
        "Check the results, then time them against NumPy. Without options: a table, in seconds. "
        "With --full, or any option below it: every size, type and layout, and the other libraries "
        "that are installed, in some minutes."
    )
    parser.add_argument("--full", action="store_true", help="the whole picture")
    parser.add_argument("--sizes", type=several(size), metavar="16,64K,4M", help="elements")
    parser.add_argument(
        "--dtype", type=one_of(list(_core.DTYPES)), help=f"of {', '.join(_core.DTYPES)}"
    )
    parser.add_argument(
        "--threads", type=several(threads), metavar="1,2", help="numbers of threads"
    )
    parser.add_argument("--only", type=one_of(PARTS), help=f"of {', '.join(PARTS)}")
    parser.add_argument("--json", metavar="FILE", help="write what was found")
    parser.add_argument("--plot", metavar="FILE", help="draw it: .svg, .png, .pdf; by matplotlib")
    parser.add_argument("--from", dest="source", metavar="FILE", help="time nothing: read --json's")
    parser.add_argument("--compare", metavar="OLD", help="tell what changed since another --json")


def full_is_wanted(args):
    return any(value for name, value in vars(args).items() if name != "command")


def checked(out):
    """Check the results and say so."""
    count, names = verify.kernels()
    words = f"{count} results on {', '.join(names)} equal NumPy's formula, bit for bit"
    print(f"checked: {words}", file=out, flush=True)


def read(path):
    """A file that --json wrote."""
    try:
        with open(path) as file:
            found = json.load(file)
    except (OSError, ValueError) as problem:
        raise SystemExit(f"bench: {path} cannot be read: {problem}") from None
    if not isinstance(found, dict) or found.get("format") != results.FORMAT:
        raise SystemExit(f"bench: {path} is no result of this version's --json")
    return found


def writable(path):
    """Stops where the file cannot be written; leaves none that was not there."""
    try:
        there = os.path.lexists(path)
        open(path, "a").close()
        if not there:
            os.unlink(path)
    except OSError as problem:
        raise SystemExit(f"bench: {path} cannot be written: {problem}") from None


def show(found, out):
    """The tables and what they leave out."""
    for table in tables.all_tables(found):
        print(f"\n{table.text()}", file=out)
    wins = tables.wins(found)
    if wins:
        print("\nwhere others are faster\n\n" + "\n".join(wins), file=out)
    for words in tables.different(found):
        print(words, file=out)
    for name, packages in found["missing"].items():
        print(f"{name}: not timed, {', '.join(packages)} is not installed", file=out)
    if found["left_out"]:
        print(f"not timed, for want of memory: {'; '.join(found['left_out'])}", file=out)
    print(results.steadiness(found["groups"]), file=out)
    verdict = results.verdict(found["groups"])
    if verdict:
        print(f"\n{verdict}", file=out)


def full(args, out):
    old = read(args.compare) if args.compare else None  # a wrong name must not cost minutes
    for path in filter(None, (args.json, args.plot)):
        writable(path)
    if args.plot:
        plot.figure(1, 1)
    if args.source:
        found = read(args.source)
    else:
        wanted = sweep.Wanted(args.sizes, args.dtype, args.threads, args.only)
        found = sweep.run(wanted, Progress())
    if args.json:
        with open(args.json, "w") as file:
            json.dump(found, file, indent=1)
    show(found, out)
    if old:
        print(f"\n{compare.table(old, found).text()}", file=out)
    if args.plot:
        try:
            plot.save(plot.full(found), args.plot)
        except ValueError as problem:
            raise SystemExit(f"bench: {problem}") from None


def run(args, out=None):
    """Check the results, then time them; returns the exit status."""
    out = out or sys.stdout
    print(report.first_lines(report.machine()), file=out, flush=True)
    try:
        if not args.source:
            checked(out)
        if full_is_wanted(args):
            full(args, out)
        else:
            quick.run(out)
    except verify.Wrong as wrong:
        print(f"WRONG RESULT: {wrong}", file=out)
        return 1
    return 0
