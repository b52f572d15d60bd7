"""The command line: `python -m leakyc` prints the configuration, `python -m leakyc bench` runs the
benchmark, `python -m leakyc check` compares the kernels with NumPy, value by value."""

import argparse
import os
import shlex
import signal
import sys

import leakyc


def main(argv):
    """Run the command that `argv` names; return its exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m leakyc",
        description="Without a command: print what leakyc runs on here, and why.",
    )
    parser.add_argument("--version", action="version", version=f"leakyc {leakyc.__version__}")
    parser.add_argument(
        "--cflags", action="store_true", help="print where the C headers are, for a compiler"
    )
    commands = parser.add_subparsers(dest="command", metavar="command")
    commands.add_parser("config", help="print the configuration (the default)")
    summary = "check the results, then time them against NumPy"
    bench = commands.add_parser(
        "bench", help=summary, description=f"{summary[0].upper()}{summary[1:]}."
    )
    if "bench" in argv:
        from leakyc.benchmark import cli

        cli.add_arguments(bench)
    summary = "compare every kernel with NumPy, over every value there is; exit 1 if any differs"
    check = commands.add_parser(
        "check", help=summary, description=f"{summary[0].upper()}{summary[1:]}."
    )
    if "check" in argv:
        from leakyc import _check

        _check.add_arguments(check)
    args = parser.parse_args(argv)
    if args.cflags:
        print(shlex.quote(f"-I{leakyc.get_include()}"))
        return 0
    if args.command == "check":
        return _check.run(args)
    if args.command == "bench":
        return cli.run(args)
    leakyc.show_config()
    return 0


def run(argv):
    """`main`, for a shell: what reads the output may end before it, as `head` does; Ctrl-C ends it
    without a traceback; paths are printed whatever bytes they have."""
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="surrogateescape")
    try:
        try:
            return main(argv)
        finally:
            if sys.stdout is not None:
                sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # for the flush at exit
        return 128 + 13  # as if SIGPIPE had ended it
    except KeyboardInterrupt:
        print("\ninterrupted", file=sys.stderr, flush=True)
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        signal.raise_signal(signal.SIGINT)  # so that a shell's loop ends too


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
