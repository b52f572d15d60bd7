"""`python -m leakyc check`: every kernel against a reference in NumPy, over every value there is.

The reference shares nothing with the kernels: whether an element is positive is told from its bits
as an integer, the product is NumPy's, and what is rounded to bfloat16 is rounded in integers.
Results are compared as bits; only a NaN's payload and sign are free.
"""

import concurrent.futures
import datetime
import math
import os
import threading
import time
from typing import NamedTuple

import numpy as np

from leakyc import _core
from leakyc._progress import Progress
from leakyc._show_config import cpu

SLOPES = (0.01, 0.2, 0.0, 1.0, 1.3, -0.5, math.inf, math.nan)
BLOCK = 1 << 20  # patterns at a time: enough for NumPy to be quick, few enough for the cache
SHOWN = 5  # differences that are printed


# ---- the formats, and the product in each -----------------------------------------------------


def _multiply(bits, slope, floating):
    return (bits.view(floating) * floating(slope)).view(bits.dtype)


def _multiply_f32(bits, slope):
    return _multiply(bits, slope, np.float32)


def _multiply_f64(bits, slope):
    return _multiply(bits, slope, np.float64)


def _multiply_f16(bits, slope):
    product = bits.view(np.float16).astype(np.float32) * np.float32(slope)
    return product.astype(np.float16).view(np.uint16)


def _multiply_bf16(bits, slope):
    wide = np.left_shift(bits, 16, dtype=np.uint32)
    product = _multiply_f32(wide, slope)
    rounded = product + np.uint32(0x7FFF) + (product >> 16 & 1)  # to nearest, ties to even
    nan = (product & 0x7FFFFFFF) > 0x7F800000
    return np.where(nan, 0x7FC0, rounded >> 16).astype(np.uint16)


class Format(NamedTuple):
    """An element type: its bits as an unsigned integer, those of +infinity, the rounded product
    with a slope."""

    name: str
    unsigned: type
    infinity: int
    multiply: object


FORMATS = (
    Format("float16", np.uint16, 0x7C00, _multiply_f16),
    Format("bfloat16", np.uint16, 0x7F80, _multiply_bf16),
    Format("float32", np.uint32, 0x7F800000, _multiply_f32),
    Format("float64", np.uint64, 0x7FF0000000000000, _multiply_f64),
)


def expected(form, gate, value, slope):
    """The bits of `gate > 0 ? value : slope * value`, from bits."""
    one = form.unsigned(1)
    positive = gate - one < form.unsigned(form.infinity)  # 1 to infinity; 0 wraps to the largest
    want = form.multiply(value, slope)
    np.copyto(want, value, where=positive)
    return want


def differing(form, got, want):
    """The places where the bits differ, two NaNs aside."""
    at = np.flatnonzero(got != want)
    magnitude, infinity = np.iinfo(form.unsigned).max >> 1, form.unsigned(form.infinity)
    nan_got, nan_want = ((bits[at] & magnitude) > infinity for bits in (got, want))
    return at[~(nan_got & nan_want)]


# ---- what is checked --------------------------------------------------------------------------


class Part(NamedTuple):
    """Some patterns of one format: those that `patterns()` returns, as x and as grad."""

    form: Format
    patterns: object
    size: int
    lengths: tuple  # of the pieces in which a kernel gets them, besides all at once


def _spread(form, first, size, stride):
    """`size` patterns: successive ones, or each an odd multiple of its number, so that a few
    cover every sign, exponent and trailing bits."""

    def patterns():
        x = np.arange(first, first + size, dtype=form.unsigned) * form.unsigned(stride)
        return x, _shuffled(x)

    return Part(form, patterns, size, ())


def _shuffled(x):
    """A bijection: where x takes every value, so does the result."""
    odd = {2: 0x9E35, 4: 0x9E3779B1, 8: 0x9E3779B97F4A7C15}[x.dtype.itemsize]
    return x * x.dtype.type(odd) + x.dtype.type(12345)


def _random(form, seed, size):
    def patterns():
        stream = np.random.default_rng(seed)
        return tuple(stream.integers(0, 1 << 64, size, np.uint64) for _ in range(2))

    return Part(form, patterns, size, ())


def _special(form):
    """Float64: every sign and exponent, with no bit, one bit or all bits of the fraction set."""
    fractions = [0, (1 << 52) - 1, *(1 << bit for bit in range(52))]
    x = np.bitwise_or.outer(
        np.arange(1 << 12, dtype=np.uint64) << np.uint64(52), np.array(fractions, np.uint64)
    ).ravel()
    return Part(form, lambda: (x, np.ascontiguousarray(x[::-1])), x.size, ())


def sample(form):
    """Some patterns of every kind and exponent, in pieces too: for a check that takes no time."""
    count, sign = 1 << 10, form.unsigned(1) << form.unsigned(8 * form.unsigned().itemsize - 1)
    around = [0, 1, form.infinity - 1, form.infinity, form.infinity + 1]
    special = np.array(around, form.unsigned)
    spread = _shuffled(np.arange(count, dtype=form.unsigned))
    x = np.concatenate([special, special | sign, spread])
    return Part(form, lambda: (x, _shuffled(x)), x.size, (7, 31))


def parts_of(form, quick):
    """All that is checked of one format."""
    if form.unsigned is np.uint16:
        whole = _spread(form, 0, 1 << 16, 1)
        return [whole._replace(lengths=(5, 31) if quick else tuple(range(1, 68)))]
    block = BLOCK if not quick else 1 << 18
    if form.unsigned is np.uint64:
        count = 1 if quick else 256
        return [_special(form), *(_random(form, seed, block) for seed in range(count))]
    if quick:
        return [_spread(form, first * block, block, 0x9E3779B1) for first in range(8)]
    return [_spread(form, first, block, 1) for first in range(0, 1 << 32, block)]


def described(form, quick):
    """What of a format is checked, in words."""
    size = sum(part.size for part in parts_of(form, quick))
    if form.unsigned is np.uint16 or (form.unsigned is np.uint32 and not quick):
        return f"every one of the {size:,} bit patterns"
    return f"{size:,} bit patterns: NOT every one"


class Difference(NamedTuple):
    """The first of `count` results that are wrong in a part."""

    count: int
    text: str


def check_part(part, isas, slopes, stopped=lambda: False):
    """Every kernel on every slope over one part, until stopped; the results compared and a list of
    differences."""
    form, compared, wrong = part.form, 0, []
    x, grad = part.patterns()
    out = np.empty_like(x)
    for slope in slopes:
        for name, value in (("leaky_relu", x), ("leaky_relu_grad", grad)):
            with np.errstate(all="ignore"):
                want = expected(form, x, value, slope)
            for isa in isas:
                for length in (x.size, *part.lengths):
                    if stopped():
                        return compared, wrong
                    np.invert(want, out=out)
                    _run(isa, form.name, out, x, value, slope, length)
                    compared += x.size
                    at = differing(form, out, want)
                    if at.size:
                        where = f"{name}, {form.name}, {isa}, slope {slope}, pieces of {length}"
                        wrong.append(_difference(where, at, x, value, out, want))
    return compared, wrong


def _run(isa, dtype, out, gate, value, slope, length):
    addresses = (out.ctypes.data, gate.ctypes.data, value.ctypes.data)
    for start in range(0, out.size, length):
        at = (address + start * out.itemsize for address in addresses)
        _core.leak_at(isa, dtype, *at, min(length, out.size - start), slope)


def _difference(where, at, gate, value, got, want):
    i = at[0]
    pair = f"x={gate[i]:#x} " + (f"grad={value[i]:#x} " if value is not gate else "")
    return Difference(at.size, f"{where}: {pair}gave {got[i]:#x}, expected {want[i]:#x}")


# ---- the command ------------------------------------------------------------------------------


def work(part):
    """About how long a part takes, in patterns."""
    return part.size * (1 + 20 * len(part.lengths))


def check(formats, isas, slopes, quick, jobs):
    """Checks; returns the number of results compared and the differences found."""
    parts = [part for form in formats for part in parts_of(form, quick)]
    progress, stop = Progress(sum(map(work, parts))), threading.Event()
    compared, wrong = 0, []
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        futures = {pool.submit(check_part, part, isas, slopes, stop.is_set): part for part in parts}
        try:
            progress.step(size=0)
            for future in concurrent.futures.as_completed(futures):
                part = futures[future]
                count, found = future.result()
                compared, wrong = compared + count, wrong + found
                progress.step(part.form.name, work(part))
        except BaseException:
            stop.set()  # a part of the 16-bit types takes a minute
            pool.shutdown(wait=False, cancel_futures=True)
            raise
        finally:
            progress.clear()
    return compared, wrong


def add_arguments(parser):
    """The options of the command."""
    here = [isa["name"] for isa in _core.isas() if isa["available"]]
    parser.add_argument("--quick", action="store_true", help="a few seconds: a sample of float32")
    parser.add_argument(
        "--dtype", nargs="+", choices=[form.name for form in FORMATS], help="only these"
    )
    parser.add_argument("--isa", nargs="+", choices=here, help="only these instruction sets")
    parser.add_argument("--slope", nargs="+", type=float, help="these instead of the usual ones")
    parser.add_argument("--jobs", type=int, default=None, help="threads; all CPUs by default")


def run(args):
    """Runs the command; returns its exit status: 0 when nothing differs."""
    formats = [form for form in FORMATS if not args.dtype or form.name in args.dtype]
    registry = _core.isas()
    isas = args.isa or [isa["name"] for isa in registry if isa["available"]]
    slopes = args.slope or (SLOPES[:3] + SLOPES[-1:] if args.quick else SLOPES)
    jobs = args.jobs or _core.machine()["cpus_allowed"]
    print(f"{datetime.date.today()}, {cpu()}, {os.cpu_count()} CPUs, NumPy {np.__version__}")
    print("leaky_relu and leaky_relu_grad with slopes " + ", ".join(f"{s:g}" for s in slopes))
    for isa in registry:
        if not isa["available"]:
            print(f"NOT checked: {isa['name']}, this CPU lacks {isa['requires']}")
    print("checked: " + ", ".join(isas), flush=True)
    for form in formats:
        print(f"  {form.name}: {described(form, args.quick)}", flush=True)
    start = time.monotonic()
    compared, wrong = check(formats, isas, slopes, args.quick, jobs)
    for difference in wrong[:SHOWN]:
        print(f"WRONG, {difference.count} times: {difference.text}")
    count = sum(difference.count for difference in wrong)
    print(f"{compared:,} results compared in {time.monotonic() - start:.0f} s: {count:,} differ")
    return 1 if wrong else 0
