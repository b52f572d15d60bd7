"""Python programs that tests run in a process of their own. A hang is a failure."""

import os
import subprocess
import sys

# A program may take so many times longer: set where the machine is emulated.
PATIENCE = float(os.environ.get("LEAKYC_PATIENCE", "1"))

# For a process that no OpenMP setting of this one reaches: None unsets a variable.
NO_OMP = dict.fromkeys(name for name in os.environ if name.startswith(("OMP_", "GOMP_")))


def ended(*command, timeout=120, **environment):
    """How `python COMMAND` ended, and what it printed."""
    env = {k: v for k, v in (os.environ | environment).items() if v is not None}
    command, limit = [sys.executable, *command], timeout * PATIENCE
    return subprocess.run(command, env=env, capture_output=True, text=True, timeout=limit)


def printed(program, *arguments, status=0, **options):
    """What the program printed; it must end with this status."""
    done = ended("-c", program, *arguments, **options)
    assert done.returncode == status, f"exit status {done.returncode}: {done.stderr[-2000:]}"
    return done.stdout
