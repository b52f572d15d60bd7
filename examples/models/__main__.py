"""Times both models with each way to do bias and activation; rewrites docs/networks.md's part of it
and the pictures in docs/plots.

`--rounds 20` runs each that often; `--only faces` times one of them.
"""

import argparse
import sys

from examples.models import cases, timing
from examples.networks import report


def main():
    parser = argparse.ArgumentParser(prog="python -m examples.models", description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--only", nargs="+", choices=cases.CASES, default=list(cases.CASES))
    chosen = parser.parse_args()
    failed = []
    for name in chosen.only:
        case = cases.CASES[name]()
        result = timing.measure(case.model, case.others, chosen.rounds, name)
        findings = case.findings(result)
        failed += [sentence for sentence, holds in findings if not holds]
        text = f"{timing.table(result)}\n\n{report.verdicts(findings)}"
        print(f"\n## {name}\n\n{text}\n", flush=True)
        report.rewrite(name, text)
        picture = case.picture().quantize(256)
        picture.save(report.PLOTS / f"{name}.png", optimize=True)
    print(f"findings that do not hold: {'; '.join(failed) or 'none'}")
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
