"""Timing in alternation: every contender once a round, and the ratios of each round.

Two runs on a shared machine cannot be compared, two calls a millisecond apart can. So a ratio is
taken inside each round, and what is reported is the median of those ratios.
"""

import time
import timeit

import numpy as np

SAMPLE = 0.5e-3  # seconds that one timed loop takes at least
LONG = 0.01  # a call of so many seconds needs no repetition and no warm-up
NOISY = 0.25  # a spread above this makes a verdict worthless


class Samples:
    """Seconds a call: a row of `times` for each contender, a column for each round."""

    def __init__(self, times):
        self.times = {name: np.asarray(row, dtype=float) for name, row in times.items()}

    def median(self, name):
        return float(np.median(self.times[name]))

    def fastest(self, names):
        """The contender of the lowest median."""
        return min(names, key=self.median)

    def ratio(self, slower, faster):
        """How many times as long `slower` takes: first quartile, median, third quartile."""
        ratios = self.times[slower] / self.times[faster]
        return tuple(float(q) for q in np.percentile(ratios, [25, 50, 75]))

    def less(self, costs):
        """These samples without a cost that is in each call: `costs` maps a contender to the one
        that shows its cost. The median of the rest is at least a twentieth of the whole."""
        times = dict(self.times)
        for name, cost in costs.items():
            whole = self.times[name]
            times[name] = np.maximum(whole - self.median(cost), whole / 20)
        return Samples(times)

    def spread(self):
        """How far apart the quartiles of a contender's rounds lie, over their median; the median
        over the contenders."""
        widths = [
            (np.percentile(row, 75) - np.percentile(row, 25)) / max(np.median(row), 1e-12)
            for row in self.times.values()
        ]
        return float(np.median(widths))


def loop_cost(clock):
    """Seconds that the timing loop itself takes, a turn."""
    empty = timeit.Timer("pass", timer=clock)
    return min(empty.timeit(10000) for _ in range(5)) / 10000


def calls_for(timer, sample):
    """How many calls make a sample. Also the warm-up: a first slow call must not count."""
    first = timer.timeit(1)
    if first > 10 * LONG or (first > LONG and timer.timeit(1) > LONG):
        return 1
    number = 1
    while True:
        took = min(timer.timeit(number) for _ in range(3))
        if took >= sample / 2:
            return max(1, round(number * sample / took))
        number *= 8


def order(names, done):
    """The names in the order of the round after so many rounds: each comes first in turn, once with
    its neighbours on one side and once on the other, for what ran before is felt."""
    start = done // 2 % len(names)
    turned = names[start:] + names[:start]
    return turned[::-1] if done % 2 else turned


def pair(statement):
    """The statement to time and the one that runs before."""
    return (statement, "pass") if isinstance(statement, str) else statement


def measure(
    statements,
    namespace,
    seconds=1.0,
    rounds=(5, 100),
    sample=None,
    settle=0.0,
    least=1,
    clock=time.perf_counter,
):
    """Time each statement, in alternation, for about so many seconds.

    Parameters
    ----------
    statements : dict
        Name of a contender to the Python statement that is timed, which sees `namespace`; or to a
        pair, that statement and another that runs, untimed, before each loop.
    namespace : dict
        The statements' variables.
    seconds : float
        Rounds go on for so long.
    rounds : (int, int)
        The least and the most rounds, whatever they take.
    sample : float
        Seconds that a timed loop lasts at least; None for `SAMPLE`.
    settle : float
        Seconds of silence before a sample, so that no other contender's threads still spin.
    least : int
        Calls that a sample has at least.
    clock : callable
        Seconds now.

    Returns
    -------
    Samples
    """
    sample = SAMPLE if sample is None else sample
    overhead = loop_cost(clock)
    timers = {
        name: timeit.Timer(*pair(statement), timer=clock, globals=namespace)
        for name, statement in statements.items()
    }
    numbers = {}
    for name, timer in timers.items():
        time.sleep(settle)
        numbers[name] = max(least, calls_for(timer, sample))
    times = {name: [] for name in statements}
    names = list(statements)
    end = clock() + seconds
    done = 0
    while done < rounds[0] or (done < rounds[1] and clock() < end):
        for name in order(names, done):
            if settle:
                time.sleep(settle)
            if numbers[name] > 1 or settle or not times[name] or times[name][-1] < LONG:
                timers[name].timeit(numbers[name])  # caches and threads as in a loop of such calls
            took = timers[name].timeit(numbers[name]) / numbers[name]
            times[name].append(max(took - overhead, 1e-9))
        done += 1
    return Samples(times)
