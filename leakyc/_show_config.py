"""What runs here and why: the text and the dict of `leakyc.show_config`. Imported when asked."""

import os
import platform
import re
import sys

import numpy as np

from leakyc import _core

_OPENMP_FILE = re.compile(r"lib(gomp|omp|iomp5)(-[0-9a-f]+)?\.(so|dylib)")


def config(version):
    """The configuration as a dict."""
    machine = _core.machine()
    threads, reason = _core.threads_now()
    return {
        "version": version,
        "python": f"{platform.python_version()} ({platform.python_implementation()})",
        "platform": f"{sys.platform}, {platform.machine()}",
        "numpy": np.__version__,
        "compiler": machine["compiler"],
        "instruction_sets": _instruction_sets(_core.isas()),
        "openmp": {
            "version": machine["openmp"],
            "runtimes": openmp_runtimes(),
            "another": machine["another_runtime"],
        },
        "threads": {"now": threads, "reason": reason},
        "cpus_allowed": machine["cpus_allowed"],
        "caches": {f"L{level}": size for level, size in machine["caches"].items()},
        "buffers": _core.buffers(),
    }


def _instruction_sets(registry):
    available = [isa["name"] for isa in registry if isa["available"]]
    chosen = next(isa["name"] for isa in registry if isa["chosen"])
    forced = chosen != available[0] or os.environ.get("LEAKYC_ISA") == chosen
    return {
        "compiled": {isa["name"]: isa["requires"] for isa in registry},
        "available": available,
        "chosen": chosen,
        "reason": "forced by LEAKYC_ISA" if forced else "best available",
    }


def openmp_runtimes(maps="/proc/self/maps"):
    """The files of the OpenMP runtimes loaded in this process; None where the system does not
    tell."""
    try:
        with open(maps, errors="surrogateescape") as file:
            paths = {line.rstrip("\n").split(None, 5)[5] for line in file if "/" in line}
    except OSError:
        return None
    return sorted(path for path in paths if _OPENMP_FILE.match(os.path.basename(path)))


def text(found):
    """The dict of `config` as lines for people."""
    sets, threads = found["instruction_sets"], found["threads"]
    rows = [
        ("Python", found["python"]),
        ("platform", found["platform"]),
        ("NumPy", found["numpy"]),
        ("compiler", found["compiler"]),
        ("instruction set", f"{sets['chosen']}: {sets['reason']}"),
        *(("", _isa_line(name, needs, sets)) for name, needs in sets["compiled"].items()),
        *(("" if i else "OpenMP", line) for i, line in enumerate(_openmp_lines(found["openmp"]))),
        ("threads now", f"{threads['now']}: {threads['reason']}"),
        ("CPUs allowed", f"{found['cpus_allowed']}, by affinity and cgroup quota"),
        ("caches", ", ".join(f"{name} {_size(n)}" for name, n in found["caches"].items())),
        ("kept memory", _buffers_line(found["buffers"])),
    ]
    return "\n".join([f"leakyc {found['version']}", *(f"  {k:<17}{v}" for k, v in rows)])


def _isa_line(name, requires, sets):
    state = "available" if name in sets["available"] else "not on this CPU"
    return f"{name:<9} {state}; requires {requires}"


def _openmp_lines(openmp):
    if not openmp["version"]:
        return ["none: compiled without it, so every call runs on one thread"]
    runtimes = openmp["runtimes"]
    if runtimes is None:
        return [f"{openmp['version']}; this system does not tell which runtime is loaded"]
    lines = [f"{openmp['version']}; runtimes loaded in this process: {len(runtimes)}", *runtimes]
    if openmp["another"]:
        lines.append("Another than ours, whose idle threads compete for the CPUs. So calls that")
        lines.append(
            "touch less than 256 MB use one thread, unless they follow each other at once."
        )
    return lines


def _buffers_line(buffers):
    if not buffers["limit"]:
        return "none: results are made as NumPy makes them"
    kept = f"{_size(buffers['cached_bytes'])} now" if buffers["cached_bytes"] else "none now"
    return f"{kept}, {_size(buffers['limit'])} at the most, for large results to come"


def _size(nbytes):
    if not nbytes:
        return "none or unknown"
    unit, name = (1 << 20, "MB") if nbytes >= 1 << 20 else (1 << 10, "KB")
    return f"{nbytes / unit:g} {name}"
