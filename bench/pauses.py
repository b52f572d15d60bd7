"""Calls that do not come back to back: what a pause before each call does to its time.

A team of threads sleeps after a while, and waking it can cost more than the call. So the pause is a
variable. What counts is the mean over the calls: a rare slow call is part of the price.
"""

import time

import numpy as np

from leakyc.benchmark import measure

ENOUGH = 0.03  # seconds of calls in a block
SLEEP, WORK = "asleep", "at work"  # what the process does meanwhile


def wait(seconds, kind, clock=time.perf_counter):
    """Let time pass, with an idle CPU or with one that runs other NumPy code."""
    if kind == SLEEP:
        if seconds:
            time.sleep(seconds)
        return
    end = clock() + seconds
    scratch = np.zeros(256, dtype=np.float32)
    while clock() < end:
        np.add(scratch, 1, out=scratch)


def block(call, pause, kind, calls, clock=time.perf_counter):
    """The mean time of some calls, each after a pause; the first is not counted. Fewer calls where
    they add up to more than `ENOUGH`."""
    total = 0.0
    for index in range(calls + 1):
        wait(pause, kind)
        begin = clock()
        call()
        total += (clock() - begin) if index else 0
        if total > ENOUGH:
            break
    return total / index


def compare(contenders, pause, kind=SLEEP, calls=6, rounds=5):
    """Blocks of calls in alternation.

    Parameters
    ----------
    contenders : dict
        Name to (prepare, call): `prepare` runs before a block of calls.
    pause : float
        Seconds before each call.
    kind : {SLEEP, WORK}
        What the process does in the pause.

    Returns
    -------
    Samples
    """
    times = {name: [] for name in contenders}
    names = list(contenders)
    for done in range(rounds):
        for name in measure.order(names, done):
            prepare, call = contenders[name]
            prepare()
            times[name].append(block(call, pause, kind, calls))
    return measure.Samples(times)
