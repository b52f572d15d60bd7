"""python docs/site TARGET: builds TARGET/html without a warning and without a dead link."""

import subprocess
import sys
from pathlib import Path

import links
import sources


def main():
    target = Path(sys.argv[1]).resolve()
    sources.write(target / "source")
    build = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-b", "html"]
    failed = subprocess.run([*build, target / "source", target / "html"]).returncode
    found = list(links.faults(target / "html"))
    for fault in found:
        print(fault)
    print(f"{target / 'html' / 'index.html'}: {len(found)} dead links")
    return failed or bool(found)


if __name__ == "__main__":
    sys.exit(main())
