"""The whole picture: every case over sizes, types, threads and layouts, training steps, and the
other libraries.

Here is what is timed and in which order; `results.py` says what is kept of it.
"""

import datetime
import itertools
import os
from typing import NamedTuple

import numpy as np

import leakyc
from leakyc import _core
from leakyc.benchmark import arrays, cases, layouts, peers, report, results, step
from leakyc.benchmark.results import Group

# The parts of a run, besides the peers. Contiguous, training and instruction sets are layouts of
# groups too; those of the others have names of their own.
PARTS = "contiguous", "layouts", "training", "steps", "instruction sets"
CONTIGUOUS, LAYOUTS, TRAINING, STEPS, ISAS = PARTS

SIZES = [1 << k for k in (0, 2, 4, 6, 8, *range(10, 25), 26)]
OTHER_SIZES = [16, 1 << 10, 1 << 14, 1 << 18, 1 << 20, 1 << 22, 1 << 24]  # of other types, peers
PARALLEL_FROM = 1 << 13  # elements; below it every number of threads is one
TRAINING_SIZES = [1 << 14, 1 << 18, 1 << 20, 1 << 22, 1 << 24]
ISA_SIZES = [1 << 16, 1 << 18, 1 << 22]  # below them branches that signs decide are learned
LAYOUT_BYTES = [1 << 20, 1 << 24]
STEP_SECONDS = 10  # what a group of steps gets: so many times what another does
ARRAYS = 8  # held at once, at most, NumPy's temporaries included


class Wanted(NamedTuple):
    """The options that narrow a run: None for all."""

    sizes: list | None = None
    dtypes: list | None = None
    threads: list | None = None
    only: list | None = None  # some of PARTS, names of peers
    seconds: float = 0.8  # a group


def plan(wanted):
    """The groups, in order."""
    counts = wanted.threads or sorted({1, leakyc.get_num_threads()})
    dtypes = [name for name in arrays.dtypes() if name in (wanted.dtypes or _core.DTYPES)]

    def over(layout, dtype, counts, usual, peer=""):
        """A group for each number of threads and size."""
        return [
            Group(layout, dtype, threads, n, peer)
            for threads in counts
            for n in wanted.sizes or usual
            if threads == 1 or n >= PARALLEL_FROM or wanted.sizes
        ]

    def part(name):
        """The groups of one part, or of one peer."""
        if name == CONTIGUOUS:
            for dtype in dtypes:
                usual = SIZES if dtype == "float32" else OTHER_SIZES
                yield from over(name, dtype, counts, usual)
        elif name == ISAS and 1 in counts:
            for dtype in dtypes:
                yield from over(name, dtype, [1], ISA_SIZES)
        elif "float32" not in dtypes:
            return
        elif name == TRAINING:
            yield from over(name, "float32", counts, TRAINING_SIZES)
        elif name == LAYOUTS and not wanted.sizes:
            for layout, nbytes in itertools.product(layouts.LAYOUTS, LAYOUT_BYTES):
                yield from (Group(layout.name, "float32", t, nbytes // 4) for t in counts)
        elif name == STEPS and not wanted.sizes:
            many = [threads for threads in counts if threads > 1 or counts == [1]]
            for threads, shape in itertools.product(many, step.SHAPES):
                yield Group(shape, "float32", threads, int(np.prod(step.SHAPES[shape])))
        elif name in peers.PEERS and not peers.missing(name):
            yield from over(CONTIGUOUS, "float32", counts, OTHER_SIZES, name)

    return [group for name in wanted.only or [*PARTS, *peers.PEERS] for group in part(name)]


def free_memory():
    """Bytes that can be had, or None."""
    try:
        with open("/proc/meminfo") as lines:
            for line in lines:
                if line.startswith("MemAvailable"):
                    return int(line.split()[1]) * 1024
    except OSError:
        pass
    return None


def fits(group, memory):
    return not memory or group.elements * np.dtype("f8").itemsize * ARRAYS < memory


def time_group(group, seconds):
    """One group that is no peer's; `results` says what comes back."""
    if group.layout in step.SHAPES:
        return step.time_group(group.layout, group.threads, step.CASES, STEP_SECONDS * seconds)
    options = {"rounds": results.rounds_for(group.elements)}
    if group.layout in PARTS:
        x = arrays.normals(group.elements, arrays.dtype_named(group.dtype))
        names = arrays.namespace(x, group.threads)
        table = {CONTIGUOUS: cases.CASES, TRAINING: cases.TRAINING}.get(group.layout)
        if table is None:
            table, seconds = cases.instruction_sets(), 2 * seconds
    else:
        layout = next(layout for layout in layouts.LAYOUTS if layout.name == group.layout)
        names, table = layouts.namespace(layout, 4 * group.elements, group.threads), [layouts.CASE]
        options = {"copies": False}
    with leakyc.threads(group.threads):
        return results.time_group(names, group.threads, table, seconds, group.layout, **options)


def records(groups, seconds, progress):
    """Time the groups; a record for each that gave one."""
    for peer, own in itertools.groupby(groups, key=lambda group: group.peer):
        if peer:
            yield from peers.time(peer, list(own), seconds, progress)
            continue
        for group in own:
            progress.step(group.label())
            yield time_group(group, seconds)


def run(wanted, progress):
    """Time all that is wanted; returns the dict that is kept as JSON."""
    groups, memory = plan(wanted), free_memory()
    left_out = [group.label() for group in groups if not fits(group, memory)]
    groups = [group for group in groups if fits(group, memory)]
    progress.begin(len(groups))
    found, compared, versions = [], [], {}
    try:
        for record in records(groups, wanted.seconds, progress):
            if "peer" in record:
                versions[record["peer"]] = record.pop("version")
                compared.append(record)
            else:
                found.append(record)
    except KeyboardInterrupt:
        progress.say("interrupted; what was timed until then:")
    took = report.duration(progress.clock() - progress.started)
    progress.say(f"{len(found) + len(compared)} groups timed in {took}")
    return {
        "format": results.FORMAT,
        "date": datetime.date.today().isoformat(),
        "machine": report.machine(),
        "openmp_environment": {k: v for k, v in os.environ.items() if k.startswith("OMP_")},
        "groups": found,
        "peers": compared,
        "versions": versions,
        "missing": {name: peers.missing(name) for name in peers.PEERS if peers.missing(name)},
        "left_out": left_out,
    }
