"""Numbers, and the machine, as text."""

import leakyc

ROW = "{:<18} {:>9} {:>9} {:>7} {:>8} {:>9} {:>11} {:>9}"


def duration(seconds):
    """Three digits and a unit."""
    units = ((1e9, "ns"), (1e6, "us"), (1e3, "ms"), (1, "s"))
    factor, unit = next((u for u in units if seconds * u[0] < 999.5), units[-1])
    value = seconds * factor
    return f"{value:.{0 if value >= 99.95 else 1 if value >= 9.995 else 2}f} {unit}"


def count(n):
    """A number of elements, in powers of 1024 where it is one."""
    for shift, unit in ((20, " M"), (10, " K")):
        if n >= 1 << shift:
            return f"{n / (1 << shift):.3g}{unit}"
    return str(n)


def size(nbytes):
    """A number of bytes."""
    for shift, unit in ((30, "GB"), (20, "MB"), (10, "KB")):
        if nbytes >= 1 << shift:
            return f"{nbytes / (1 << shift):.4g} {unit}"
    return f"{nbytes:g} B"


def threads(count):
    return "1 thread" if count == 1 else f"{count} threads"


def times(ratio):
    """How many times as fast: three digits, but two after the point at most."""
    if ratio is None:
        return "-"
    return f"{ratio:.{0 if ratio >= 99.95 else 1 if ratio >= 9.995 else 2}f}x"


def cells(found, rivals, speed=True):
    """A case as the cells of a table: median, GB/s and part of the copy's speed, how many times as
    fast as rivals."""
    row = [duration(found["seconds"][1])]
    if speed:
        share = found["of_copy"]
        row.append(f"{found['bytes_per_second'] / 1e9:.1f}")
        row.append("-" if share is None else f"{100 * share:.0f} %")
    ratios = {rival: entry["ratio"][1] for rival, entry in found["rivals"].items()}
    return [*row, *(times(ratios.get(rival)) for rival in rivals)]


def machine():
    """Where and with what figures are found."""
    found = leakyc.show_config(mode="dict")
    return {
        "cpu": found["cpu"],
        "caches": found["caches"],
        "cpus_allowed": found["cpus_allowed"],
        "instruction_set": found["instruction_sets"]["chosen"],
        "openmp": bool(found["openmp"]["version"]),
        "compiler": found["compiler"],
        "platform": found["platform"],
        "leakyc": found["version"],
        "numpy": found["numpy"],
        "python": found["python"],
    }


def first_lines(found):
    """The same as the first lines of a report."""
    caches = ", ".join(
        f"{level} {size(nbytes)}" for level, nbytes in found["caches"].items() if nbytes
    )
    serial = "" if found["openmp"] else " (serial: built without OpenMP)"
    return (
        f"leakyc {found['leakyc']}{serial}, NumPy {found['numpy']}, Python {found['python']}\n"
        f"{found['cpu']}: {found['instruction_set']}, {found['cpus_allowed']} CPUs, {caches}"
    )
