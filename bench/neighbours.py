"""Rows about threads that are not alone: NumPy's products, torch's team, another process."""

import contextlib
import os
import subprocess
import sys
import threading
import time

import numpy as np
from rows import geometric_mean, inputs, of_means, on, row, timed

import leakyc
from leakyc.benchmark import cases, layouts, report, step

MB = 1 << 20
SHAPES = dict(zip(step.SHAPES, (4, 8, 9, 12), strict=True))  # seconds for each


def steps(table, rival, bound, mean):
    """The time of a whole step over that of a rival's."""
    statements = {case.name: case.statement for case in table}
    statements |= {case.rivals[rival]: case.rivals[rival] for case in table}
    ratios = []
    for shape, seconds in SHAPES.items():
        samples = step.timed(shape, None, statements, seconds)
        for case in table:
            ratios.append(samples.ratio(case.name, case.rivals[rival]))
            yield f"{shape}, {case.name}", ratios[-1], bound
    yield "geometric mean", geometric_mean(ratios), mean


@row("step", "a training step beside NumPy's products, default threads over one: time")
def step_threads():
    yield from steps(step.CASES[:2], step.ONE, "<= 1.03", "<= 1.00")


@row("step-maximum", "a training step, fresh, default threads, over the np.maximum idiom: time")
def step_maximum():
    yield from steps(step.CASES[:1], cases.MAXIMUM, "<= 0.88", "<= 0.68")


BUSY = """
import os, sys, time
if len(sys.argv) > 2:
    os.sched_setaffinity(0, [int(sys.argv[2])])
end = time.monotonic() + float(sys.argv[1])
print("busy", flush=True)
while time.monotonic() < end:
    pass
"""


@contextlib.contextmanager
def busy_cpu(seconds, *cpu):
    """A process that keeps one CPU busy, that one or any; for so long, if nobody ends it before."""
    command = [sys.executable, "-c", BUSY, str(seconds), *map(str, cpu)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
        child.stdout.readline()
        try:
            yield child
        finally:
            child.kill()


def totals(call, seconds, calls=12):
    """Seconds that so many calls take on the default threads, and on one, in alternation."""
    found = {None: [], 1: []}
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for threads in sorted(found, key=bool, reverse=bool(len(found[1]) % 2)):
            leakyc.set_num_threads(threads)
            call()
            begin = time.perf_counter()
            for _ in range(calls):
                call()
            found[threads].append(time.perf_counter() - begin)
    leakyc.set_num_threads(None)
    return found


def beside_busy(*cpu):
    """The mean counts: a rare stall is what a busy CPU costs."""
    views = {row.name: row for row in layouts.LAYOUTS}
    work = [("contiguous", size * MB, inputs(size * MB // 8)) for size in (2, 8, 32)]
    for name in ("x.T to C order", "x[:, ::2]"):
        for size in (4 * MB, 32 * MB):
            work.append((name, size, layouts.namespace(views[name], size // 2, 1)))
    with busy_cpu(60, *cpu):
        for name, size, names in work:
            found = totals(eval(f"lambda: {cases.OUT}", names), 4)
            yield f"{name}, {report.size(size)}", of_means(found[1], found[None]), ">= 0.95"


ABOUT = "default threads vs 1, forward out=, by the bytes touched, while another process is busy"
row("busy-neighbour", ABOUT)(beside_busy)
if hasattr(os, "sched_getaffinity"):
    row("busy-neighbour-pinned", f"{ABOUT} on one CPU")(
        lambda: beside_busy(max(os.sched_getaffinity(0)))
    )


def cpu_clocks():
    """The clocks of this process's other threads. The process's own clock will not do: it hears of
    a thread on another CPU only at the next tick, up to 4 ms later."""
    tids = {int(name) for name in os.listdir("/proc/self/task")} - {threading.get_native_id()}
    return [~tid << 3 | 6 for tid in tids]  # as Linux numbers the clock of a thread


def idle_cpu(call, repeat):
    """Milliseconds of CPU that other threads take in the second after some calls."""
    call()
    clocks = cpu_clocks()
    for _ in range(repeat):
        call()
    before = [time.clock_gettime(clock) for clock in clocks]
    time.sleep(1)
    return 1e3 * sum(time.clock_gettime(c) - b for c, b in zip(clocks, before, strict=True))


@row("idle-cpu", "CPU time in the second after calls, beyond the caller's: ms; Linux")
def idle():
    for size in (2 * MB, 32 * MB):
        call = eval(f"lambda: {cases.OUT}", inputs(size // 8))
        idle_cpu(call, 30)  # starts the threads
        for repeat in (0, 30):
            spent = [idle_cpu(call, repeat) for _ in range(6)]
            label = f"{report.size(size)} touched, calls: {repeat + 1}"
            yield label, np.percentile(spent, [25, 50, 75]).tolist(), "<= 1"
            yield f"{label}, the worst", (max(spent),) * 3, "<= 1"


def alternating():
    """torch's operation and ours in turn; ours on the default threads over ours on one."""
    import torch

    for n in (1 << 16, 1 << 18, 1 << 20, 1 << 22):
        names = inputs(n)
        names |= {"torch_out": torch._C._nn.leaky_relu}
        names |= {"t_x": torch.from_numpy(names["x"]), "t_y": torch.zeros(n)}
        both = f"torch_out(t_x, a, out=t_y); {cases.OUT}"
        statements = {"default": on(None, both), "one": on(1, both)}
        samples = timed(statements, names, 4, sample=5e-3, least=3)
        yield f"{n} elements", samples.ratio("default", "one"), "<= 1.10"


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
