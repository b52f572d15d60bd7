"""Leaky ReLU and its gradient over an array of many chunks, on a cluster of processes.

    python examples/dask_cluster.py [scheduler address]

Without an address it starts a cluster on this machine. Needs dask[array] and distributed.
"""

import contextlib
import sys

import dask.array as da
import numpy as np
from dask.distributed import Client, LocalCluster

import leakyc


def both_passes(x, grad, slope):
    """The same two calls for arrays of NumPy and of dask."""
    return leakyc.leaky_relu(x, slope), leakyc.leaky_relu_grad(grad, x, slope)


def normal(like, stream, block_info=None):
    """One chunk of random numbers, from a seed of its own."""
    seed = (stream, *block_info[0]["chunk-location"])
    return np.random.default_rng(seed).standard_normal(like.shape, dtype=np.float32)


def random_array(stream, rows=4000, columns=1000, chunk=1000):
    """An array by chunks, each made where it is used."""
    empty = da.empty((rows, columns), chunks=(chunk, columns), dtype=np.float32)
    return da.map_blocks(normal, empty, stream, dtype=np.float32, meta=empty._meta)


def main(address=None):
    """Compares the cluster's results with one process's; returns how many elements differ."""
    x, grad = random_array(0), random_array(1)
    with contextlib.ExitStack() as stack:
        if address is None:
            local = LocalCluster(2, threads_per_worker=1, dashboard_address=None, host="127.0.0.1")
            address = stack.enter_context(local).scheduler_address
        client = stack.enter_context(Client(address))
        far = client.gather(client.compute(both_passes(x, grad, 0.01)))
        workers = len(client.nthreads())
    near = both_passes(x.compute(), grad.compute(), 0.01)
    differ = sum(
        int(np.count_nonzero(a.view(np.uint32) != b.view(np.uint32)))
        for a, b in zip(far, near, strict=True)
    )
    print(f"{x.npartitions} chunks, {workers} workers: {differ} of {2 * x.size} elements differ")
    return differ


if __name__ == "__main__":
    sys.exit(1 if main(*sys.argv[1:2]) else 0)
