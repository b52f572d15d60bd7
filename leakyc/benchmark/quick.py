"""The table of `python -m leakyc bench`: NumPy is all it needs, and it takes some seconds."""

import leakyc
from leakyc.benchmark import arrays, cases, check, measure, report

SIZES = {"16": 16, "1 K": 1 << 10, "64 K": 1 << 16, "1 M": 1 << 20, "4 M": 1 << 22}
PARALLEL_SIZES = ("64 K", "1 M", "4 M")
SECONDS = 0.4  # for each size

COLUMNS = [cases.WHERE, cases.MAXIMUM, cases.PASSES]


def row(case, samples, x):
    """One line's values: what the table shows, as numbers."""
    seconds = samples.median(case.name)
    copy = samples.fastest(cases.COPIES)
    moved = x.nbytes * case.moves
    found = {
        "operation": case.name,
        "elements": x.size,
        "seconds": seconds,
        "bytes_per_second": moved / seconds,
        # Of the copy's speed in bytes: it moves two arrays, the gradient three.
        "of_copy": case.moves / 2 / samples.ratio(case.name, copy)[1],
        "speedups": {},
    }
    for rival in COLUMNS:
        if rival in case.rivals:
            name = cases.rival_of(case, rival)
            found["speedups"][rival] = samples.ratio(name, case.name)[1]
    return found


def group(x, grad, threads, seconds, table=cases.CASES, **options):
    """The rows of one input: all cases, all rivals and the copies in the same rounds."""
    names = arrays.namespace(x, threads, grad)
    with leakyc.threads(threads):
        check.calls(x, names["grad"], arrays.SLOPE)
        samples = measure.measure(cases.statements(table), names, seconds, **options)
    return [row(case, samples, x) for case in table], samples.spread()


HEAD = report.ROW.format(
    "operation", "elements", "median", "GB/s", "of copy", "np.where", "np.maximum", "2 passes"
)


def line(found, label):
    return report.ROW.format(
        found["operation"],
        label,
        report.duration(found["seconds"]),
        f"{found['bytes_per_second'] / 1e9:.1f}",
        f"{100 * found['of_copy']:.0f} %",
        *(report.times(found["speedups"].get(rival)) for rival in COLUMNS),
    )


def inputs(threads):
    """What is timed on so many threads: label, x, grad (None for normals)."""
    for label, n in SIZES.items():
        if threads == 1 or label in PARALLEL_SIZES:
            yield label, arrays.normals(n), None


def show(groups, threads, out):
    """Time the groups and print their lines as they come; returns the spreads."""
    spreads = []
    for label, x, grad in groups:
        rows, spread = group(x, grad, threads, SECONDS)
        spreads.append(spread)
        for found in rows:
            print(line(found, label), file=out, flush=True)
        print(file=out)
    return spreads


NOTES = """\
GB/s counts the bytes that the operation reads and writes; "of copy" is their speed over that of
the best copy of the same arrays (np.copyto, and plain and streaming vector copies), in the same
rounds. The last columns: how many times as fast as np.where(x > 0, x, a*x), as np.maximum(x, a*x),
and as the two passes np.multiply(x, a, out=t), np.maximum(x, t, out=y), each a median of paired
ratios. NumPy's first two make fresh results: above 1 MB they also measure the memory allocator.\
"""


def verdict(spreads):
    """Whether the figures can be trusted."""
    worst = max(spreads)
    if worst > measure.NOISY:
        return (
            f"NOISY: the quartiles lie up to {100 * worst:.0f} % of the median apart. Other "
            "programs use this machine; run it again when they do not."
        )
    return f"Steady: the quartiles lie at most {100 * worst:.0f} % of the median apart."


def run(out):
    """Print the tables. float32 throughout."""
    spreads = []
    print(f"\none thread, float32, slope {arrays.SLOPE}, random normals\n{HEAD}", file=out)
    spreads += show(inputs(1), 1, out)
    spreads += show_digits(out)
    all_threads = leakyc.get_num_threads()
    if all_threads > 1:
        print(f"{all_threads} threads (NumPy's ways run on one)\n{HEAD}", file=out)
        spreads += show(inputs(all_threads), all_threads, out)
    print(f"{NOTES}\n{verdict(spreads)}", file=out)


def show_digits(out):
    """Real activations, where scikit-learn is installed."""
    data = arrays.digits()
    if data is None:
        print("no real activations: scikit-learn, whose digits they need, is not here\n", file=out)
        return []
    x, grad, accuracy = arrays.activations(*data)
    print(
        f"one thread, real activations: the second layer of a network on scikit-learn's digits "
        f"({100 * accuracy:.0f} % right)\n{HEAD}",
        file=out,
    )
    return show([("digits", x, grad)], 1, out)
