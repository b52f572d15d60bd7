"""What runs here and why: the text and the dict of `leakyc.show_config`. Imported when asked."""

import os
import platform
import re
import sys
import sysconfig

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
        "cpu": cpu(),
        "numpy": np.__version__,
        "c_library": c_library(),
        "compiler": machine["compiler"],
        "instruction_sets": _instruction_sets(_core.isas()),
        "openmp": {
            "version": machine["openmp"],
            "runtimes": openmp_runtimes(),
        },
        "threads": {"now": threads, "reason": reason, **_next_call(), **_core.team()},
        "cpus_allowed": machine["cpus_allowed"],
        "caches": {f"L{level}": size for level, size in machine["caches"].items()},
        "streams_from": machine["streams_from"],
        "buffers": _core.buffers(),
    }


def _next_call():
    least, reason = _core.threads_from()
    return {"from_bytes": least, "from_reason": reason}


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


def cpu():
    """The CPU in the operating system's words."""
    try:
        with open("/proc/cpuinfo") as file:
            for line in file:
                if line.startswith("model name"):
                    return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


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
        ("CPU", found["cpu"]),
        ("NumPy", found["numpy"]),
        ("C library", _c_library_line(found["c_library"])),
        ("compiler", found["compiler"]),
        ("instruction set", f"{sets['chosen']}: {sets['reason']}"),
        *(("", _isa_line(name, needs, sets)) for name, needs in sets["compiled"].items()),
        *(("" if i else "OpenMP", line) for i, line in enumerate(_openmp_lines(found["openmp"]))),
        *(("" if i else "threads now", line) for i, line in enumerate(_threads_lines(threads))),
        ("CPUs allowed", f"{found['cpus_allowed']}, by affinity and cgroup quota"),
        ("caches", ", ".join(f"{name} {_size(n)}" for name, n in found["caches"].items())),
        ("", f"non-temporal stores in calls that touch {_size(found['streams_from'])} and more"),
        ("kept memory", _buffers_line(found["buffers"])),
    ]
    return "\n".join([f"leakyc {found['version']}", *(f"  {k:<17}{v}" for k, v in rows)])


def c_library():
    """The C library, whose memcpy NumPy's copies are measured by, and what tunes it."""
    try:
        name = os.confstr("CS_GNU_LIBC_VERSION")
    except (AttributeError, ValueError, OSError):  # not on this system, not in this library
        name, version = platform.libc_ver()
        if "musl" in str(sysconfig.get_config_var("HOST_GNU_TYPE")):
            name = "musl"  # older CPython calls it libc
        name = f"{name} {version}".strip()
    return {"name": name or "unknown", "tunables": os.environ.get("GLIBC_TUNABLES", "")}


def _c_library_line(library):
    tunables = library["tunables"]
    return f"{library['name']}, GLIBC_TUNABLES={tunables}" if tunables else library["name"]


def _isa_line(name, requires, sets):
    state = "available" if name in sets["available"] else "not on this CPU"
    return f"{name:<9} {state}; requires {requires}"


def _openmp_lines(openmp):
    if not openmp["version"]:
        return ["none: compiled without it, so every call runs on one thread"]
    runtimes = openmp["runtimes"]
    if runtimes is None:
        return [f"{openmp['version']}; this system does not tell which runtime is loaded"]
    return [f"{openmp['version']}; runtimes loaded in this process: {len(runtimes)}", *runtimes]


def _threads_lines(threads):
    yield f"{threads['now']}: {threads['reason']}"
    if threads["now"] > 1 and threads["from_bytes"] is None:
        yield f"The next call takes one: {threads['from_reason']}"
    elif threads["now"] > 1:
        least = _size(threads["from_bytes"])
        yield f"The next call takes more than one from {least} touched: {threads['from_reason']}"


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
