"""From which size on are all threads worth it? One thread's time over all threads', by the pause
between calls.

    python bench/threads.py

The kernel is run on a fixed number of threads, whatever the library would choose. The numbers are
how many times as fast all threads are; the mean of the calls counts. Such calls always wake the
helpers: from which size on that pays (src/threads/threads.c) comes from here.
"""

from leakyc import _core
from leakyc.benchmark import arrays, pauses, report, tables

PAUSES = {0: 200, 1e-4: 50, 1e-3: 10, 5e-3: 5, 20e-3: 4}  # seconds to calls a block


def speed(n, threads, pause, kind, calls):
    """One thread's mean time over all threads', the median of the rounds."""
    names = arrays.namespace(arrays.normals(n), threads)

    def caller(count):
        code = f"lambda: leak_at(isa, dtype, y_at, x_at, x_at, n, a, {count})"
        return (lambda: None), eval(code, names)

    contenders = {"one": caller(1), "all": caller(threads)}
    return pauses.compare(contenders, pause, kind, calls, rounds=7).ratio("one", "all")[1]


def main():
    threads = _core.threads_now()[0]
    if threads == 1:
        raise SystemExit("one thread is all there is here")
    for kind in (pauses.SLEEP, pauses.WORK):
        rows = []
        for power in range(12, 23):
            n = 1 << power
            cells = [speed(n, threads, pause, kind, calls) for pause, calls in PAUSES.items()]
            rows.append([report.size(8 * n), *(f"{cell:.2f}" for cell in cells)])
        head = ["bytes touched", *(f"{1e3 * pause:g} ms" for pause in PAUSES)]
        title = f"{threads} threads' speed over one's; in the pause the process is {kind}"
        print(tables.Table(title, head, rows).text())


if __name__ == "__main__":
    main()
