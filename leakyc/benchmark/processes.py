"""What is timed in a process of its own: none inherits another's memory, threads or imports."""

import importlib
import json
import os
import subprocess
import sys
import tempfile


class Failed(Exception):
    """The process ended badly; the last line that it complained with."""


def found_by(function, arguments, first="", environment=None):
    """What a generator yields in a new process, as JSON carries it.

    Parameters
    ----------
    function : str
        "module:name" of a generator function.
    arguments : list
        What it is called with.
    first : str
        Python that runs before anything of ours is imported.
    environment : dict
        Variables to set for the process.

    Raises
    ------
    Failed
    """
    code = f"{first}\nfrom leakyc.benchmark import processes\nprocesses.child()"
    command = [sys.executable, "-c", code, function, json.dumps(arguments)]
    with tempfile.TemporaryFile("w+") as errors:
        child = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            env=os.environ | (environment or {}),
        )
        try:
            for line in child.stdout:
                yield json.loads(line)
            status = child.wait()
        finally:
            child.kill()  # where the caller wants no more
            child.stdout.close()
            child.wait()
        if status != 0:
            errors.seek(0)
            complaint = errors.read().strip().splitlines() or [f"status {status}"]
            raise Failed(complaint[-1])


def child():
    """In that process: a line of JSON for each thing found."""
    module, name = sys.argv[1].split(":")
    for found in getattr(importlib.import_module(module), name)(*json.loads(sys.argv[2])):
        print(json.dumps(found), flush=True)
