"""The table of `python -m leakyc bench`: NumPy is all it needs, and it takes some seconds."""

import leakyc
from leakyc._progress import Progress
from leakyc.benchmark import arrays, cases, digits, report, results, step

SIZES = {"16": 16, "1 K": 1 << 10, "64 K": 1 << 16, "1 M": 1 << 20, "4 M": 1 << 22}
PARALLEL_SIZES = ("64 K", "1 M", "4 M")
SECONDS = 0.4  # for each size
STEP, STEP_SECONDS = "step, 1024 x 512", 2
STEP_SIZE = 5  # about so many times what another input takes

HEAD = report.ROW.format(
    "operation", "elements", "median", "GB/s", "of copy", "np.where", "np.maximum", "2 passes"
)


def line(name, found, label):
    """One case of a group as a line."""
    return report.ROW.format(name, label, *report.cells(found, cases.RIVALS))


def inputs(threads):
    """What is timed on so many threads: label, x, grad (None for normals)."""
    for label, n in SIZES.items():
        if threads == 1 or label in PARALLEL_SIZES:
            yield label, arrays.normals(n), None


def show(groups, threads, out, progress):
    """Time the inputs and print their lines as they come; returns what was found."""
    found = []
    table = [case for case in cases.CASES if case.quick]
    for label, x, grad in groups:
        progress.step(f"{label} elements, {report.threads(threads)}")
        names = arrays.namespace(x, threads, grad)
        with leakyc.threads(threads):
            found.append(results.time_group(names, threads, table, SECONDS))
        progress.clear()
        for name, case in found[-1]["cases"].items():
            print(line(name, case, label), file=out, flush=True)
        print(file=out)
    return found


NOTES = """\
GB/s counts the bytes that the operation reads and writes; "of copy" is their speed over that of
the best copy of the same arrays (np.copyto, and plain and streaming vector copies), in the same
rounds. It is more than 100 % where the call itself costs most, and in place, where there is one
array and not two. The last columns: how many times as fast as np.where(x > 0, x, a*x), as
np.maximum(x, a*x), and as the two passes np.multiply(x, a, out=t), np.maximum(x, t, out=y), each a
median of paired ratios. NumPy's first two make fresh results: above 1 MB they also measure the
memory allocator. Of a step, the last column is against leakyc on one thread.\
"""


def run(out, progress=None):
    """Print the tables. float32 throughout."""
    progress = progress or Progress()
    all_threads = leakyc.get_num_threads()
    progress.begin(len(SIZES) + len(PARALLEL_SIZES) * (all_threads > 1) + 2 + STEP_SIZE)
    found = []
    print(f"\none thread, float32, slope {arrays.SLOPE}, random normals\n{HEAD}", file=out)
    found += show(inputs(1), 1, out, progress)
    found += show_digits(out, progress)
    if all_threads > 1:
        print(f"{all_threads} threads (NumPy's ways run on one)\n{HEAD}", file=out)
        found += show(inputs(all_threads), all_threads, out, progress)
    found += show_step(all_threads, out, progress)
    print(f"{NOTES}\n{results.steadiness(found)}\n\n{results.verdict(found)}", file=out)


def show_step(threads, out, progress):
    """A training step, in which each call is followed by a product of NumPy's."""
    told = f"a training {STEP}, beside NumPy's products; leakyc on {report.threads(threads)}"
    head = "activation", "elements", "step", "", "", "np.where", "np.maximum", step.ONE
    print(f"{told}\n{report.ROW.format(*head)}", file=out, flush=True)
    progress.step(STEP, STEP_SIZE)
    found = step.time_group(STEP, threads, step.QUICK, STEP_SECONDS)
    progress.clear()
    for name, case in found["cases"].items():
        took, *ratios = report.cells(case, (cases.WHERE, cases.MAXIMUM, step.ONE), speed=False)
        label = report.count(found["elements"])
        print(report.ROW.format(name, label, took, "", "", *ratios), file=out)
    print(file=out)
    return [found]


def show_digits(out, progress):
    """Real activations, where scikit-learn is installed."""
    progress.step("real activations")
    data = digits.load()
    progress.clear()
    if data is None:
        print("no real activations: scikit-learn, whose digits they need, is not here\n", file=out)
        return []
    x, grad, accuracy = digits.activations(*data)
    print(
        f"one thread, real activations: the second layer of a network on scikit-learn's digits "
        f"({100 * accuracy:.0f} % right)\n{HEAD}",
        file=out,
    )
    return show([("digits", x, grad)], 1, out, progress)
