"""Arrays that are not contiguous: what src/nd_plan.c and src/nd.h are tuned with, by builds with
other values. `python -m leakyc bench --only layouts` has more."""

from rows import all_threads, on, row, timed

import leakyc
from leakyc.benchmark import cases, layouts

BOUNDS = {
    "x[:, ::2]": (layouts.NEGATIVE, ">= 2.4"),
    "x[:, ::-1]": (layouts.NEGATIVE, ">= 2"),
    "padded rows": (layouts.NEGATIVE, ">= 1.4"),
    "x.T to C order": (layouts.NEGATIVE, ">= 6"),
    "a slope a channel": (cases.PASSES, ">= 3"),
}
# (64, 256, 28, 28): activations of a convolution.
MORE_SIZES = {"a slope a channel": (49,)}


@row("layouts", "forward out=, 1 thread, vs np.negative(x, out=y) on the same views")
def layouts_one_thread():
    for layout in layouts.LAYOUTS:
        if layout.name not in BOUNDS:
            continue
        rival, bound = BOUNDS[layout.name]
        for size in (1, 16, *MORE_SIZES.get(layout.name, ())):
            names = layouts.namespace(layout, size << 20, 1)
            statements = {"leakyc": layouts.CASE.statement, rival: layouts.CASE.rivals[rival]}
            with leakyc.threads(1):
                samples = timed(statements, names, 1.5)
            what = "" if rival == layouts.NEGATIVE else ", vs 2 passes"
            yield f"{layout.name}, {size} MB{what}", samples.ratio(rival, "leakyc"), bound


@row("layouts-threads", "2 threads over 1, forward out=, 16 MB: time")
def layouts_threads():
    for layout in layouts.LAYOUTS:
        names = layouts.namespace(layout, 16 << 20, all_threads())
        statement = layouts.CASE.statement
        statements = {"all": on(all_threads(), statement), "one": on(1, statement)}
        samples = timed(statements, names, 2, sample=5e-3, least=4)
        bound = "<= 0.75" if layout.name in BOUNDS else None
        yield layout.name, samples.ratio("all", "one"), bound
