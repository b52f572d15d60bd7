"""The command `python -m leakyc bench`."""

import sys

from leakyc.benchmark import check, quick, report


def add_arguments(parser):
    """The command's options; there are none yet."""


def run(args, out=None):
    """Check the results, then time them; returns the exit status."""
    out = out or sys.stdout
    print(report.machine(), file=out)
    try:
        count, names = check.everything()
        print(
            f"checked: {count} results on {', '.join(names)} equal NumPy's formula, bit for bit",
            file=out,
            flush=True,
        )
        quick.run(out)
    except check.Wrong as wrong:
        print(f"WRONG RESULT: {wrong}", file=out)
        return 1
    return 0
