"""Runs every script; rewrites the tables in docs/networks.md and the plots beside it.

`--seeds 1 2 3` runs them with these seeds instead and prints which findings hold.
`--only NAME ...` limits either to some of the scripts. `--short` takes the tests' short forms.
"""

import argparse
import importlib
import sys
import time

from examples.networks import SCRIPTS, report


def rewrite(name, script):
    """Runs a script and puts what it found on the page."""
    start = time.perf_counter()
    result = report.run(script, seed=0)
    seconds = time.perf_counter() - start
    found = report.verdicts(script.findings(result))
    text = f"{script.table(result)}\n\n{found}"
    print(f"\n## {name}\n\n{text}\n", flush=True)
    report.plot_or_say(script, result)
    report.rewrite(name, text)
    print(f"{name}: {seconds:.0f} s", file=sys.stderr)
    return all(holds for _, holds in script.findings(result))


def reproduce(name, script, seeds, options):
    """Runs a script with each of the seeds and prints its findings."""
    holds = True
    for seed in seeds:
        findings = script.findings(report.run(script, seed=seed, **options))
        print(f"\n## {name}, seed {seed}\n\n{report.verdicts(findings)}", flush=True)
        holds &= all(verdict for _, verdict in findings)
    return holds


def main():
    parser = argparse.ArgumentParser(prog="python -m examples.networks", description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=[])
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--only", nargs="+", choices=SCRIPTS, default=SCRIPTS)
    chosen = parser.parse_args()
    if chosen.short and not chosen.seeds:
        parser.error("--short needs --seeds: the page has the full runs only")
    verdicts = []
    for name in chosen.only:
        script = importlib.import_module(f"examples.networks.{name}")
        if chosen.seeds:
            verdicts.append(
                reproduce(name, script, chosen.seeds, script.SHORT if chosen.short else {})
            )
        else:
            verdicts.append(rewrite(name, script))
    failed = [name for name, holds in zip(chosen.only, verdicts, strict=True) if not holds]
    print(f"\nfindings that do not hold: {', '.join(failed) or 'none'}")
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
