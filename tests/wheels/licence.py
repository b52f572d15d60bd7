"""Put beside a wheel's libgomp its licence: licence.py WHEEL SHARE FOLDER.

SHARE is /usr/share of the Debian that libgomp comes from, FOLDER where the new wheel goes."""

import subprocess
import sys
import tempfile
from pathlib import Path

TEXTS = {  # the copyright holds the runtime's exception
    "COPYING3": ["common-licenses/GPL-3", "/usr/share/common-licenses/GPL-3"],
    "copyright": ["doc/libgomp1/copyright"],
}
EXPRESSION = "License-Expression: MIT"


def wheel(*arguments):
    subprocess.run(
        [sys.executable, "-m", "wheel", *arguments], check=True, stdout=subprocess.DEVNULL
    )


made, share, target = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
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
        for name, sources in TEXTS.items():
            source = next(path for path in (share / s for s in sources) if path.exists())
            (licences / name).write_bytes(source.read_bytes())
            both += f"\nLicense-File: libgomp/{name}"
        (info / "METADATA").write_text(lines.replace(EXPRESSION, both, 1))
    wheel("pack", "-d", target, str(tree))
