"""Rows against other libraries, each imported before leakyc, with the same number of threads."""

from rows import inputs, row, thread_counts, timed

import leakyc
from leakyc.benchmark import cases, peers, report

STATEMENTS = {case.name: case.statement for case in cases.CASES}


def against(peer, case, n, threads, seconds=1.5):
    """How many times as fast as the peer."""
    names = inputs(n, threads=threads)
    rival = peers.PEERS[peer][1](names, threads)[case]
    with leakyc.threads(threads):
        samples = timed({"leakyc": STATEMENTS[case], peer: rival}, names, seconds, rounds=(7, 100))
    return samples.ratio(peer, "leakyc")


@row("torch-fresh", "forward vs torch, fresh, same threads", ["torch"], first="import torch")
def torch_fresh():
    for size in (32, 64, 128):
        for threads in thread_counts():
            ratio = against("torch", "forward, fresh", (size << 20) // 4, threads)
            yield f"{size} MB, {report.threads(threads)}", ratio, ">= 8"


@row("torch-out", "forward vs torch, out=, same threads", ["torch"], first="import torch")
def torch_out():
    for size in (16, 64, 256):
        for threads in thread_counts():
            ratio = against("torch", "forward, out=", (size << 20) // 4, threads)
            bound = ">= 1.5" if threads == 1 else ">= 1.3"
            yield f"{size} MB, {report.threads(threads)}", ratio, bound


@row("numba", "forward vs numba (parallel, out=), same threads", ["numba"], first="import numba")
def numba():
    for n in (16, 1 << 10, 1 << 14, 1 << 16, 1 << 18, 1 << 20, 1 << 22, 1 << 23, 1 << 24):
        for threads in thread_counts():
            ratio = against("numba", "forward, out=", n, threads, 0.8)
            bound = ">= 1.3" if n >= 1 << 23 else ">= 0.95"
            yield f"{report.size(4 * n)}, {report.threads(threads)}", ratio, bound
