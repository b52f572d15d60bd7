"""The example that outgrows one process: the same bits from a cluster on this machine."""

import os
import pathlib

import pytest
from needs import need
from programs import ended

import leakyc

EXAMPLE = pathlib.Path(__file__).parents[1] / "examples" / "dask_cluster.py"


@pytest.mark.timeout(600)
def test_a_cluster_gives_the_bits_of_one_process():
    need("dask.array")
    need("distributed")
    if not EXAMPLE.exists():
        pytest.skip(reason="examples/ is not beside the tests")
    package = str(pathlib.Path(leakyc.__file__).parents[1])
    path = os.pathsep.join(filter(None, [package, os.environ.get("PYTHONPATH")]))
    done = ended(EXAMPLE, PYTHONPATH=path, timeout=500)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "4 chunks, 2 workers: 0 of 8000000 elements differ" in done.stdout
