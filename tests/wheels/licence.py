"""Put beside a wheel's libgomp its licence, as this machine has it: licence.py WHEEL FOLDER."""

import subprocess
import sys
import tempfile
from pathlib import Path

TEXTS = {  # Debian's: the copyright holds the runtime's exception
    "COPYING3": "/usr/share/common-licenses/GPL-3",
    "copyright": "/usr/share/doc/libgomp1/copyright",
}
EXPRESSION = "License-Expression: MIT"


def wheel(*arguments):
    subprocess.run(
        [sys.executable, "-m", "wheel", *arguments], check=True, stdout=subprocess.DEVNULL
    )


made, target = Path(sys.argv[1]), sys.argv[2]
with tempfile.TemporaryDirectory() as folder:
    wheel("unpack", "-d", folder, str(made))
    (tree,) = Path(folder).iterdir()
    if list(tree.glob("leakyc.libs/libgomp*")):
        (info,) = tree.glob("*.dist-info")
        licences = info / "licenses" / "libgomp"
        licences.mkdir()
        lines = (info / "METADATA").read_text()
        assert EXPRESSION + "\n" in lines
        both = f"{EXPRESSION} AND GPL-3.0-or-later WITH GCC-exception-3.1"
        for name, source in TEXTS.items():
            (licences / name).write_bytes(Path(source).read_bytes())
            both += f"\nLicense-File: libgomp/{name}"
        (info / "METADATA").write_text(lines.replace(EXPRESSION, both, 1))
    wheel("pack", "-d", target, str(tree))
