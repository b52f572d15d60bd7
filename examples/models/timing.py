"""A model run with each way to do bias and activation: seconds, the activation's part, memory."""

import contextlib
import importlib.util
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
    """By name; PyTorch's only where it is installed."""
    found = dict(activations.WAYS)
    if importlib.util.find_spec("torch") is None:
        del found["torch"]
    return found


def one(model, way):
    """The seconds of a run of the model, and those of bias and activation in it."""
    timed = Timed(way)
    start = time.perf_counter()
    model(timed)
    return time.perf_counter() - start, timed.seconds


def peak(model, way):
    """The most bytes that a run holds beyond what there is before it; PyTorch's are not counted."""
    tracemalloc.start()
    model(way)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most


def measure(model, others, rounds, title):
    """By name: (rounds, 2) seconds, and peak bytes, or None for other programs.

    The ways take turns in one process, each first in its turn. Other programs come after them:
    their threads wait busily for their next work, and would slow down whoever has the next turn.
    """
    with one_thread_of_torch():
        for way in ways().values():
            model(way)  # warms up
        found = {name: ([], peak(model, way)) for name, way in ways().items()}
        names = list(found)
        for done in report.progress(range(rounds), title):
            for name in names[done % len(names) :] + names[: done % len(names)]:
                found[name][0].append(one(model, ways()[name]))
    if "torch" in found:
        found["torch, one thread"] = found.pop("torch")
    for name, run in others.items():
        run()
        found[name] = [(whole(run), np.nan) for _ in range(rounds)], None
    return {name: (np.array(times), most) for name, (times, most) in found.items()}


@contextlib.contextmanager
def one_thread_of_torch():
    """A block where PyTorch, if it is installed, has one thread."""
    if importlib.util.find_spec("torch") is None:
        yield
        return
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def whole(run):
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def faster_finding(result):
    """The share of bias and activation with NumPy's idioms and with leakyc; whether it falls."""
    names = "np.where", "np.maximum, np.minimum", "leakyc.bias_prelu"
    where, maximum, ours = (
        np.median(times[:, 1]) / np.median(times[:, 0]) for times, _ in map(result.get, names)
    )
    return (
        f"Bias and activation take {where:.0%} of the run with `np.where`, {maximum:.0%} with"
        f" `np.maximum` and `np.minimum`, {ours:.0%} with leakyc.",
        ours < min(where, maximum),
    )


def table(result):
    """A row for each way, and for each other program: medians, and of the rounds' ratios."""
    rows = []
    usual = result["np.where"][0][:, 0]
    for name, (times, most) in result.items():
        seconds, part = np.median(times, axis=0)
        row = [name, f"{1e3 * seconds:.0f}"]
        row += ["", ""] if np.isnan(part) else [f"{1e3 * part:.1f}", f"{part / seconds:.0%}"]
        row += [
            f"{np.median(usual / times[:, 0]):.2f}",
            "" if most is None else f"{most / 2**20:.1f}",
        ]
        rows.append(row)
    header = ["bias and activation", "run, ms", "of it activation, ms", "share"]
    return report.table([*header, "speed-up over np.where", "peak, MiB"], rows)
