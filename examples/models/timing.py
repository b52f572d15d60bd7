"""A model run with each way to do bias and activation: seconds, the activation's part, memory."""

import statistics
import time
import tracemalloc

import numpy as np

from examples.models import activations
from examples.networks import report


class Timed:
    """A way that counts its seconds."""

    def __init__(self, way):
        self.way, self.seconds = way, 0.0

    def __call__(self, y, bias, slope):
        start = time.perf_counter()
        self.way(y, bias, slope)
        self.seconds += time.perf_counter() - start


def ways():
    """By name: the way, and how many threads PyTorch takes meanwhile. Without PyTorch, the rest."""
    found = {name: (way, 1) for name, way in activations.WAYS.items() if name != "torch"}
    try:
        import torch
    except ImportError:
        return found
    found["torch"] = activations.torch, torch.get_num_threads()
    found["torch, one thread"] = activations.torch, 1
    return found


def one(model, way, threads):
    """The seconds of a run of the model, and those of bias and activation in it."""
    if way is activations.torch:
        import torch

        torch.set_num_threads(threads)
    timed = Timed(way)
    start = time.perf_counter()
    model(timed)
    return time.perf_counter() - start, timed.seconds


def peak(model, way):
    """The most bytes that a run holds beyond what there is before it, PyTorch's own left out."""
    tracemalloc.start()
    model(way)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most


def measure(model, others, rounds, title):
    """By name: (rounds, 2) seconds, and peak bytes; those of other programs, as they are.

    The ways take turns in one process, and each comes first in its turn.
    """
    runs = {name: lambda w=way: one(model, *w) for name, way in ways().items()}
    runs |= {name: lambda run=run: (whole(run), np.nan) for name, run in others.items()}
    peaks = {name: peak(model, way) for name, (way, _) in ways().items()}
    times = {name: [] for name in runs}
    names = list(runs)
    for run in runs.values():
        run()  # warms up
    for done in report.progress(range(rounds), title):
        first = done % len(names)
        for name in names[first:] + names[:first]:
            times[name].append(runs[name]())
    return {name: (np.array(times[name]), peaks.get(name)) for name in names}


def whole(run):
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def faster(result, name, than):
    """The median of the paired ratios of two ways' times."""
    pairs = zip(result[than][0][:, 0], result[name][0][:, 0], strict=True)
    return statistics.median(a / b for a, b in pairs)


def faster_finding(result):
    """What leakyc saves of the run, whose share of bias and activation falls."""
    shares = {
        name: np.median(times[:, 1]) / np.median(times[:, 0]) for name, (times, _) in result.items()
    }
    names = ("np.where", "np.maximum, np.minimum")
    return (
        f"Bias and activation take {shares[names[0]]:.0%} of the run with `np.where`,"
        f" {shares[names[1]]:.0%} with `np.maximum` and `np.minimum`, {shares['leakyc']:.0%} with"
        " leakyc.",
        all(shares["leakyc"] < shares[name] for name in names),
    )


def table(result):
    """A row for each way, and for each other program."""
    rows = []
    for name, (times, most) in result.items():
        seconds, part = np.median(times, axis=0)
        row = [name, f"{1e3 * seconds:.0f}"]
        if most is None:
            row += ["", "", "", ""]
        else:
            row += [f"{1e3 * part:.1f}", f"{part / seconds:.0%}"]
            row += [f"{'> ' if 'torch' in name else ''}{most / 2**20:.1f}"]
        rows.append(row[:5] + [f"{faster(result, name, 'np.where'):.2f}"])
    header = ["bias and activation", "run, ms", "of it activation, ms", "share", "peak, MiB"]
    return report.table([*header, "speed-up over np.where"], rows)
