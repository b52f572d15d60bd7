"""Rows about threads that are not alone: pauses between calls, other teams, many callers."""

import threading
import time

from registry import inputs, on, row, timed

import leakyc
from leakyc.benchmark import measure, pauses

FORWARD = "leaky_relu(x, a, out=y)"


PAUSES = {0: (200, 15), 1e-4: (50, 25), 1e-3: (10, 25), 5e-3: (5, 15), 20e-3: (4, 11)}


def pauses_row(kind):
    """The default threads' speed over one thread's, by the mean time of the calls."""
    for n in (1 << 15, 1 << 17, 1 << 18, 1 << 20, 1 << 22):
        names = inputs(n)
        call = eval(f"lambda: {FORWARD}", names)
        contenders = {
            "default": (lambda: leakyc.set_num_threads(None), call),
            "one": (lambda: leakyc.set_num_threads(1), call),
        }
        for pause, (calls, rounds) in PAUSES.items():
            samples = pauses.compare(contenders, pause, kind, calls, rounds)
            leakyc.set_num_threads(None)
            label = f"{n} elements, {1e3 * pause:g} ms {kind}"
            yield label, samples.ratio("one", "default"), ">= 0.95"


ABOUT = "default threads vs 1, forward out=, a pause before each call"
row("pauses", ABOUT)(lambda: pauses_row(pauses.SLEEP))
row("pauses-work", f"{ABOUT}, with other work")(lambda: pauses_row(pauses.WORK))
for policy in ("passive", "active"):
    row(
        f"pauses-{policy}",
        f"{ABOUT}, OMP_WAIT_POLICY={policy}",
        environment={"OMP_WAIT_POLICY": policy},
    )(lambda: pauses_row(pauses.SLEEP))


def alternating():
    """torch's operation and ours in turn; ours on the default threads over ours on one."""
    import torch

    for n in (1 << 14, 1 << 16, 1 << 18, 1 << 20, 1 << 22):
        names = inputs(n)
        names |= {"torch_out": torch._C._nn.leaky_relu}
        names |= {"t_x": torch.from_numpy(names["x"]), "t_y": torch.zeros(n)}
        both = f"torch_out(t_x, a, out=t_y); {FORWARD}"
        statements = {"default": on(None, both), "one": on(1, both)}
        samples = timed(statements, names, 4, sample=5e-3, least=3)
        yield f"{n} elements", samples.ratio("default", "one"), "<= 1.15"


ORDERS = {
    "torch-alternating": ("torch imported first", "import torch"),
    "torch-alternating-after": ("leakyc imported first", "import leakyc, torch"),
    "torch-alternating-wheel": (
        "leakyc first, with an OpenMP runtime of its own",
        "import renamed; renamed.use(); import leakyc, torch",
    ),
    "torch-alternating-wheel-after": (
        "torch first, leakyc with an OpenMP runtime of its own",
        "import renamed; renamed.use(); import torch",
    ),
}
for name, (order, first) in ORDERS.items():
    row(
        name,
        f"torch's op and ours in turn, default threads over torch + ours on 1: time; {order}",
        needs=["torch"] + ["patchelf"] * ("wheel" in name),
        first=first,
    )(alternating)


def callers_time(count, names, calls):
    """Seconds until so many Python threads have each made their calls, all at once."""
    barrier = threading.Barrier(count + 1)

    def caller(mine):
        leaky_relu, x, y = leakyc.leaky_relu, mine["x"], mine["y"]
        barrier.wait()
        for _ in range(calls):
            leaky_relu(x, 0.01, out=y)
        barrier.wait()

    team = [threading.Thread(target=caller, args=(mine,)) for mine in names[:count]]
    for thread in team:
        thread.start()
    barrier.wait()
    begin = time.perf_counter()
    barrier.wait()
    took = time.perf_counter() - begin
    for thread in team:
        thread.join()
    return took / calls


@row("callers", "2, 4, 8 Python threads calling at once, default threads over one each: time")
def callers():
    for n in (1 << 14, 1 << 17, 1 << 20):
        names = [inputs(n) for _ in range(8)]
        for count in (2, 4, 8):
            times = {"default": [], "one": []}
            calls = max(5, (1 << 23) // (n * count))
            for done in range(15):
                for name in sorted(times, reverse=bool(done % 2)):
                    with leakyc.threads(1 if name == "one" else None):
                        times[name].append(callers_time(count, names, calls))
            ratio = measure.Samples(times).ratio("default", "one")
            yield f"{count} threads, {n} elements", ratio, "<= 1.15"


@row("any-size", "default threads vs 1, forward out=, back to back: speed")
def any_size():
    for n in [1 << 10, *(size << p for p in range(13, 21) for size in (2, 3)), 1 << 24, 1 << 26]:
        statements = {"default": on(None, FORWARD), "one": on(1, FORWARD)}
        samples = timed(statements, inputs(n), 1, rounds=(7, 200), sample=1e-3, least=3)
        yield f"{n} elements", samples.ratio("one", "default"), ">= 0.95"
