"""cython-lint over the binding: each file's style, and the whole as the compiler sees it.

cython-lint does not read parts (.pxi) further than their style, so they are put in where
`_core.pyx` includes them.
"""

import os
import pathlib
import subprocess
import sys
import tempfile

PACKAGE = pathlib.Path(__file__).parents[1] / "leakyc"


def whole(path):
    """The lines of the file, with its parts in place."""
    for line in path.read_text().splitlines():
        if line.startswith('include "'):
            yield from whole(path.with_name(line.split('"')[1]))
        else:
            yield line


def lint(*arguments):
    paths = [os.path.dirname(sys.executable), os.environ["PATH"]]  # it calls pycodestyle
    environment = {**os.environ, "PATH": os.pathsep.join(paths)}
    return subprocess.run(["cython-lint", *arguments], env=environment).returncode


with tempfile.TemporaryDirectory() as folder:
    core = pathlib.Path(folder, "_core_whole.pyx")
    core.write_text("\n".join(whole(PACKAGE / "_core.pyx")) + "\n")
    sys.exit(lint(str(PACKAGE)) | lint("--no-pycodestyle", str(core)))
