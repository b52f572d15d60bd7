"""Arrays that are not contiguous: what src/nd_plan.c and src/nd.h are tuned with, by builds with
other values. `python -m leakyc bench --only layouts` has more."""

import numpy as np
from rows import all_threads, inputs, on, question, row, thread_counts, timed

import leakyc
from leakyc.benchmark import arrays, cases, layouts, report

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


def over_negative(names, seconds=0.5):
    """The time of forward out= over that of np.negative on the same views."""
    statements = {"leakyc": cases.OUT, "np": "np.negative(x, out=y)"}
    return timed(statements, names, seconds).ratio("leakyc", "np")


def unaligned(x):
    y = arrays.at_offset(x.size, x.dtype, 1)
    y[:] = x
    return y


STAGED = {
    "the other byte order": (lambda x: x.astype(x.dtype.newbyteorder()), np.empty_like),
    "unaligned": (unaligned, np.empty_like),
    "into y[::2]": (lambda x: x, lambda x: np.zeros(2 * x.size, x.dtype)[::2]),
}


@question("staged", "runs that no kernel takes as they lie, 1 thread, over np.negative: time")
def staged():
    for n in (1 << 10, 1 << 14, 1 << 20):
        for dtype in ("float32", "float16"):
            x, found = arrays.normals(n, dtype), {}
            for name, (view, result) in STAGED.items():
                names = inputs(n, dtype) | {"x": view(x), "y": result(x)}
                with leakyc.threads(1):
                    found[name] = over_negative(names)
            yield f"{dtype}, {report.count(n)}", found, None


@question("tiles", "x.T to C order, 1 MB, over np.negative, by the rows of y: time")
def tiles():
    for rows in (3, 4, 5, 6, 7, 8, 12, 64, 1024):
        found = {}
        for dtype in ("float32", "float64", "float16"):
            x = arrays.normals((1 << 20) // np.dtype(dtype).itemsize // rows * rows, dtype)
            x = x.reshape(-1, rows).T
            names = arrays.namespace(x, 1, y=np.zeros(x.shape, x.dtype))
            for threads in thread_counts():
                with leakyc.threads(threads):
                    found[f"{dtype}, {report.threads(threads)}"] = over_negative(names, 0.2)
        yield f"{rows} rows", found, None


@question("short-rows", "64 MB in rows with gaps, 1 thread, over contiguous ones: time")
def short_rows():
    for nbytes in (64, 256, 512, 1024, 2048, 4096, 16384):
        n = nbytes // 4
        x = arrays.normals((16 << 20) // n * (n + 12)).reshape(-1, n + 12)
        names = arrays.namespace(x, 1, y=np.zeros_like(x))
        names |= {"v": x[:, :-12], "w": names["y"][:, :-12], "z": np.zeros((len(x), n), x.dtype)}
        names["c"] = names["v"].copy()
        statements = {
            "gaps in x": "leaky_relu(v, a, out=z)",
            "gaps in y": "leaky_relu(c, a, out=w)",
            "plain": "leaky_relu(c, a, out=z)",
        }
        with leakyc.threads(1):
            samples = timed(statements, names, 2)
        found = {name: samples.ratio(name, "plain") for name in statements if name != "plain"}
        yield f"{report.size(nbytes)} a row", found, None


@question("strided-gradient", "gradient of a strided x, 1 thread, over a contiguous one: time")
def strided_gradient():
    for n in (16, 64, 512, 1 << 14):
        for dtype in ("float32", "float64", "float16"):
            x, found = arrays.normals(1 << 16, dtype).reshape(-1, 2 * n), {}
            g, both = x[:, :n].copy(), x[:, ::2]
            views = {
                "x[:, ::2]": (g, x[:, ::2]),
                "x[:, ::-1]": (g, g[:, ::-1]),
                "both": (both, x[:, 1::2]),
            }
            for name, (grad, view) in views.items():
                names = arrays.namespace(g, 1, y=np.zeros_like(g)) | {"g": grad, "v": view}
                statements = {
                    "strided": "leaky_relu_grad(g, v, a, out=y)",
                    "contiguous": "leaky_relu_grad(x, x, a, out=y)",
                }
                with leakyc.threads(1):
                    found[name] = timed(statements, names, 0.3).ratio("strided", "contiguous")
            yield f"{dtype}, rows of {report.count(n)}", found, None
