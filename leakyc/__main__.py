"""The command line: `python -m leakyc` prints the configuration, `python -m leakyc bench` runs the
benchmark."""

import argparse
import sys

import leakyc


def main(argv):
    """Run the command that `argv` names; return its exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m leakyc",
        description="Without a command: print what leakyc runs on here, and why.",
    )
    parser.add_argument("--version", action="version", version=f"leakyc {leakyc.__version__}")
    commands = parser.add_subparsers(dest="command", metavar="command")
    commands.add_parser("config", help="print the configuration (the default)")
    summary = "check the results, then time them against NumPy"
    bench = commands.add_parser("bench", help=summary, description=summary.capitalize() + ".")
    if "bench" in argv:
        from leakyc.benchmark import cli

        cli.add_arguments(bench)
    args = parser.parse_args(argv)
    if args.command == "bench":
        return cli.run(args)
    leakyc.show_config()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
