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
from leakyc.benchmark import arrays, cases, layouts, peers, processes, report, results, step

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


class Group(NamedTuple):
    """What is timed in the same rounds."""

    layout: str
    dtype: str
    threads: int
    elements: int
    peer: str = ""

    def label(self):
        what = self.peer or self.layout
        return f"{what}, {self.dtype}, {self.elements} elements, {self.threads} thread(s)"


class Wanted(NamedTuple):
    """The options that narrow a run: None for all."""

    sizes: list | None = None
    dtypes: list | None = None
    threads: list | None = None
    only: list | None = None  # some of PARTS, names of peers
    seconds: float = 0.8  # a group


def thread_counts(wanted):
    return wanted.threads or sorted({1, leakyc.get_num_threads()})


def sizes_for(threads, wanted, usual):
    sizes = wanted.sizes or usual
    return [n for n in sizes if threads == 1 or n >= PARALLEL_FROM or wanted.sizes]


def plan(wanted):
    """The groups, in order."""
    counts = thread_counts(wanted)
    dtypes = wanted.dtypes or list(_core.DTYPES)
    parts = wanted.only or [*PARTS, *peers.PEERS]
    groups = []
    for dtype, threads in itertools.product(dtypes, counts):
        usual = SIZES if dtype == "float32" else OTHER_SIZES
        if CONTIGUOUS in parts and arrays.dtype_named(dtype) is not None:
            sizes = sizes_for(threads, wanted, usual)
            groups += [Group(CONTIGUOUS, dtype, threads, n) for n in sizes]
    if LAYOUTS in parts and "float32" in dtypes and not wanted.sizes:
        groups += [
            Group(layout.name, "float32", threads, nbytes // 4)
            for layout, nbytes, threads in itertools.product(layouts.LAYOUTS, LAYOUT_BYTES, counts)
        ]
    if TRAINING in parts and "float32" in dtypes:
        groups += [
            Group(TRAINING, "float32", threads, n)
            for threads in counts
            for n in sizes_for(threads, wanted, TRAINING_SIZES)
        ]
    if ISAS in parts and 1 in counts:
        groups += [
            Group(ISAS, dtype, 1, n)
            for dtype in dtypes
            if arrays.dtype_named(dtype) is not None
            for n in wanted.sizes or ISA_SIZES
        ]
    if STEPS in parts and "float32" in dtypes and not wanted.sizes:
        groups += [
            Group(name, "float32", threads, batch * width)
            for threads in counts
            if threads > 1 or counts == [1]
            for name, (batch, width) in step.SHAPES.items()
        ]
    for name in peers.PEERS:
        if name in parts and "float32" in dtypes and not peers.missing(name):
            groups += [
                Group(CONTIGUOUS, "float32", threads, n, name)
                for threads in counts
                for n in sizes_for(threads, wanted, OTHER_SIZES)
            ]
    return groups


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


def rounds_for(elements):
    return (3, 100) if elements >= 1 << 24 else (5, 200)


def time_contiguous(group, wanted):
    x = arrays.normals(group.elements, arrays.dtype_named(group.dtype))
    names = arrays.namespace(x, group.threads)
    rounds = rounds_for(group.elements)
    with leakyc.threads(group.threads):
        return results.time_group(names, group.threads, cases.CASES, wanted.seconds, rounds=rounds)


def time_training(group, wanted):
    names = arrays.namespace(arrays.normals(group.elements, group.dtype), group.threads)
    rounds = rounds_for(group.elements)
    with leakyc.threads(group.threads):
        return results.time_group(
            names, group.threads, cases.TRAINING, wanted.seconds, TRAINING, rounds=rounds
        )


def time_instruction_sets(group, wanted):
    x = arrays.normals(group.elements, arrays.dtype_named(group.dtype))
    names, table = arrays.namespace(x, 1), cases.instruction_sets()
    rounds = rounds_for(group.elements)
    return results.time_group(names, 1, table, 2 * wanted.seconds, ISAS, rounds=rounds)


def time_layout(group, wanted):
    layout = next(layout for layout in layouts.LAYOUTS if layout.name == group.layout)
    names = layouts.namespace(layout, 4 * group.elements, group.threads)
    with leakyc.threads(group.threads):
        return results.time_group(
            names, group.threads, [layouts.CASE], wanted.seconds, layout.name, copies=False
        )


def time_steps(group, wanted):
    seconds = STEP_SECONDS * wanted.seconds
    return step.time_group(group.layout, group.threads, step.CASES, seconds)


TIMERS = {CONTIGUOUS: time_contiguous, TRAINING: time_training, ISAS: time_instruction_sets}
TIMERS |= dict.fromkeys(step.SHAPES, time_steps)


def machine():
    """Where and with what the figures were found."""
    found = leakyc.show_config(mode="dict")
    return {
        "cpu": report.cpu(),
        "caches": found["caches"],
        "cpus_allowed": found["cpus_allowed"],
        "instruction_set": found["instruction_sets"]["chosen"],
        "compiler": found["compiler"],
        "platform": found["platform"],
        "leakyc": found["version"],
        "numpy": found["numpy"],
        "python": found["python"],
    }


def records(groups, wanted, progress):
    """Time the groups; a record for each that gave one."""
    for peer, own in itertools.groupby(groups, key=lambda group: group.peer):
        if peer:
            yield from processes.time_peer(peer, list(own), wanted.seconds, progress)
            continue
        for group in own:
            progress.step(group.label())
            yield TIMERS.get(group.layout, time_layout)(group, wanted)


def run(wanted, progress):
    """Time all that is wanted; returns the dict that is kept as JSON."""
    groups, memory = plan(wanted), free_memory()
    left_out = [group.label() for group in groups if not fits(group, memory)]
    groups = [group for group in groups if fits(group, memory)]
    progress.begin(len(groups))
    found, compared, versions = [], [], {}
    try:
        for record in records(groups, wanted, progress):
            if "peer" in record:
                versions[record["peer"]] = record.pop("version")
                compared.append(record)
            else:
                found.append(record)
    except KeyboardInterrupt:
        progress.say("interrupted; what was timed until then:")
    progress.end()
    return {
        "format": results.FORMAT,
        "date": datetime.date.today().isoformat(),
        "machine": machine(),
        "openmp_environment": {k: v for k, v in os.environ.items() if k.startswith("OMP_")},
        "groups": found,
        "peers": compared,
        "versions": versions,
        "missing": {name: peers.missing(name) for name in peers.PEERS if peers.missing(name)},
        "left_out": left_out,
    }
