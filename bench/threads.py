"""One caller or several on all threads: back to back, after pauses, at once. The thresholds in
src/threads/threads.c come from here."""

import threading
import time

import pauses
from rows import all_threads, inputs, on, question, row, timed

import leakyc
from leakyc.benchmark import cases, measure, report

MB = 1 << 20
TOUCHED = 8  # bytes an element


COPIES = {
    f"{kind}, {threads}": f"copy_at(isa, dtype, y_at, x_at, n, {kind == 'streaming'}, {threads})"
    for kind in ("cached", "streaming")
    for threads in (1, all_threads())
}


@row("threads", "2 threads vs 1, forward out=, back to back: speed, by the bytes touched")
def threads():
    statements = {"default": on(None, cases.OUT), "one": on(1, cases.OUT), **COPIES}
    for size, bound in ((2, ">= 1.5"), (8, ">= 1.5"), (32, ">= 1.5"), (128, ">= 1.35")):
        names = inputs(size * MB // TOUCHED)
        samples = timed(statements, names, 6, sample=5e-3, least=4)
        yield f"{size} MB", samples.ratio("one", "default"), bound
        one, every = (
            samples.fastest([name for name in COPIES if name.endswith(f", {threads}")])
            for threads in (1, all_threads())
        )
        yield f"{size} MB, the best copy", samples.ratio(one, every), None


@row("any-size", "default threads vs 1, forward out=, back to back: speed")
def any_size():
    for n in [1 << 10, *(size << p for p in range(13, 21) for size in (2, 3)), 1 << 24, 1 << 26]:
        statements = {"default": on(None, cases.OUT), "one": on(1, cases.OUT)}
        samples = timed(statements, inputs(n), 1, rounds=(7, 200), sample=1e-3, least=3)
        yield f"{n} elements", samples.ratio("one", "default"), ">= 0.95"


SIZES = [MB // 4, MB, 2 * MB, 4 * MB, 8 * MB, 32 * MB, 128 * MB]  # touched
WAKING = {8 * MB: ">= 1.1", 32 * MB: ">= 1.35", 128 * MB: ">= 1.35"}
LONG = 1e-3  # seconds after which no thread is awake
PAUSES = {0: (200, 15), 1e-4: (50, 25), 1e-3: (10, 41), 5e-3: (5, 15), 20e-3: (4, 11)}


def pauses_row(kind, waking):
    """The default threads' speed over one thread's, by the mean time of the calls."""
    for size in SIZES:
        names = inputs(size // TOUCHED)
        call = eval(f"lambda: {cases.OUT}", names)
        contenders = {
            "default": (lambda: leakyc.set_num_threads(None), call),
            "one": (lambda: leakyc.set_num_threads(1), call),
        }
        for pause, (calls, rounds) in PAUSES.items():
            samples = pauses.compare(contenders, pause, kind, calls, rounds)
            leakyc.set_num_threads(None)
            label = f"{report.size(size)}, {1e3 * pause:g} ms {kind}"
            bound = waking.get(size, ">= 0.95") if pause >= LONG else ">= 0.95"
            yield label, samples.ratio("one", "default"), bound


ABOUT = "default threads vs 1, forward out=, a pause before each call"
row("pauses", ABOUT)(lambda: pauses_row(pauses.SLEEP, WAKING))
row("pauses-work", f"{ABOUT}, with other work")(lambda: pauses_row(pauses.WORK, WAKING))
for policy in ("passive", "active"):
    row(
        f"pauses-{policy}",
        f"{ABOUT}, OMP_WAIT_POLICY={policy}",
        environment={"OMP_WAIT_POLICY": policy},
    )(lambda: pauses_row(pauses.SLEEP, {}))


@question("woken", "all threads over one by the pause before a call, whatever the size: speed")
def woken():
    """The kernel on a fixed number of threads: such calls always wake the helpers."""
    call = "lambda: leak_at(isa, dtype, y_at, x_at, x_at, n, a, {})"
    threads = {"one": 1, "all": all_threads()}
    for kind in (pauses.SLEEP, pauses.WORK):
        for power in range(12, 23):
            names, found = inputs(1 << power), {}
            contenders = {
                name: ((lambda: None), eval(call.format(count), names))
                for name, count in threads.items()
            }
            for pause, (calls, _) in PAUSES.items():
                samples = pauses.compare(contenders, pause, kind, calls, rounds=7)
                found[f"{1e3 * pause:g} ms"] = samples.ratio("one", "all")
            yield f"{report.size(8 << power)}, {kind}", found, None


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
            for done in range(45):
                for name in sorted(times, reverse=bool(done % 2)):
                    leakyc.set_num_threads(1 if name == "one" else None)
                    times[name].append(callers_time(count, names, calls))
            leakyc.set_num_threads(None)
            ratio = measure.Samples(times).ratio("default", "one")
            yield f"{count} threads, {n} elements", ratio, "<= 1.05"
