"""Every kernel that runs here, over the copy of the same instruction set, by length.

    python bench/kernels.py [ISA ...]

Both are called by address, and the cost of a call on one element is taken off both: what is left is
the loop. The numbers are the kernel's time over the copy's; the offsets are those of the arrays
from a cache line. LEAKYC_ALIGN_FROM in src/kernels/target.inc.h comes from here. Signs are random:
from 256 KB on no branch predictor learns them, so a kernel that branches shows there.
"""

import sys

from leakyc import _core
from leakyc.benchmark import arrays, measure, report, tables

SIZES = [1 << k for k in (6, 8, 9, 10, 11, 12, 14, 17, 18, 20, 22, 24)]  # bytes of an array
OFFSETS = [(0, 0), (16, 16), (16, 48)]  # of the input, of the result


def over_copy(isa, dtype, nbytes, offsets, moves):
    """The kernel's time over the copy's."""
    n = nbytes // dtype.itemsize
    x = arrays.at_offset(n, dtype, offsets[0])
    x[:] = arrays.normals(n, dtype)
    names = arrays.namespace(x, 1, y=arrays.at_offset(n, dtype, offsets[1]))
    names |= {"isa": isa, "value_at": names["grad"].ctypes.data if moves == 3 else names["x_at"]}
    kernel = "leak_at(isa, dtype, y_at, x_at, value_at, {}, a)"
    copy = "copy_at(isa, dtype, y_at, x_at, {}, False)"
    statements = {
        "kernel": kernel.format("n"),
        "copy": copy.format("n"),
        "kernel, one": kernel.format(1),
        "copy, one": copy.format(1),
    }
    samples = measure.measure(statements, names, 0.1, rounds=(30, 300), sample=5e-5)
    less = samples.less({"kernel": "kernel, one", "copy": "copy, one"})
    return less.ratio("kernel", "copy")[1]


def main(isas):
    available = [isa["name"] for isa in _core.isas() if isa["available"]]
    for isa in isas or available:
        if isa not in available:
            raise SystemExit(f"{isa} cannot run here; available: {', '.join(available)}")
        for name in _core.DTYPES:
            dtype = arrays.dtype_named(name)
            if dtype is None:
                continue
            rows = [
                [
                    report.size(nbytes),
                    *(
                        f"{over_copy(isa, dtype, nbytes, offsets, moves):.2f}"
                        for moves in (2, 3)
                        for offsets in OFFSETS
                    ),
                ]
                for nbytes in SIZES
            ]
            head = ["bytes", *(f"{what} {o}" for what in ("forward", "gradient") for o in OFFSETS)]
            print(tables.Table(f"{isa}, {name}: time over the copy's", head, rows).text())


if __name__ == "__main__":
    main(sys.argv[1:])
