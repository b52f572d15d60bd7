"""Peers are timed in processes of their own, each beside leakyc.

A peer's threads may go on spinning after a call, and its runtime may change ours. It is imported
first, as in a program that uses it.
"""

import importlib
import importlib.metadata
import json
import subprocess
import sys
import tempfile

from leakyc.benchmark import peers

# With several threads: seconds of silence before a sample, longer than threads go on spinning, and
# the calls it has at least, so that its own threads are awake.
SETTLE, CALLS = 0.03, 4


def time_peer(peer, groups, seconds, progress):
    """A record for each group that the peer can do."""
    packages = peers.PEERS[peer][0]
    code = (
        f"import {', '.join(packages)}\nimport sys\nfrom leakyc.benchmark import processes\n"
        "processes.child(sys.argv[1])"
    )
    job = json.dumps({"peer": peer, "groups": groups, "seconds": seconds})
    told = 0
    with tempfile.TemporaryFile("w+") as errors:
        child = subprocess.Popen(
            [sys.executable, "-c", code, job], stdout=subprocess.PIPE, stderr=errors, text=True
        )
        for line in child.stdout:
            record = json.loads(line)
            if "elements" in record:
                yield record
            else:
                told += 1
                progress.step(record["label"])
        if child.wait() != 0:
            errors.seek(0)
            complaint = errors.read().strip().splitlines() or ["no message"]
            progress.say(f"{peer} failed: {complaint[-1]}")
    for _ in range(len(groups) - told):
        progress.step(peer)


def child(job):
    """In the peer's process: a line of JSON before each group, and one for what it gave."""
    from leakyc.benchmark import sweep

    job = json.loads(job)
    for fields in job["groups"]:
        group = sweep.Group(*fields)
        print(json.dumps({"label": group.label()}), flush=True)
        record = time_group(job["peer"], group, job["seconds"])
        if record:
            print(json.dumps(record), flush=True)


def version(peer):
    try:
        return importlib.metadata.version(peer)
    except importlib.metadata.PackageNotFoundError:
        return getattr(importlib.import_module(peer), "__version__", "?")


def time_group(peer, group, seconds):
    """One peer beside leakyc: the cases that both have; None if there is none."""
    import leakyc
    from leakyc.benchmark import arrays, cases, measure, results, sweep

    names = arrays.namespace(arrays.normals(group.elements, group.dtype), group.threads)
    theirs = peers.PEERS[peer][1](names, group.threads)
    differ = [case for case, code in theirs.items() if not peers.agrees(code, case, names)]
    ours = {c.name: c.statement for c in cases.CASES if c.name in theirs and c.name not in differ}
    if not ours:
        return None
    both = {f"leakyc, {case}": code for case, code in ours.items()}
    both |= {f"{peer}, {case}": theirs[case] for case in ours}
    with leakyc.threads(group.threads):
        samples = measure.measure(
            both,
            names,
            seconds,
            rounds=sweep.rounds_for(group.elements),
            settle=SETTLE if group.threads > 1 else 0,
            least=CALLS if group.threads > 1 else 1,
        )
    return {
        "peer": peer,
        "version": version(peer),
        "dtype": group.dtype,
        "threads": group.threads,
        "elements": group.elements,
        "differ": differ,  # not timed: the values are not ours
        "spread": samples.spread(),
        "cases": {
            case: {
                "seconds": results.quartiles(samples, f"{peer}, {case}"),
                "leakyc": results.quartiles(samples, f"leakyc, {case}"),
                "ratio": list(samples.ratio(f"{peer}, {case}", f"leakyc, {case}")),
            }
            for case in ours
        },
    }
