"""What may be in a wheel, and how large it may be: contents.py WHEEL..."""

import re
import sys
import zipfile

MAY = re.compile(
    r"leakyc/.*\.(py|pyi|h|so|pyd)$|leakyc/py\.typed$|leakyc/cython_leakyc\.pxd$"
    r"|leakyc\.libs/libgomp|leakyc-[^/]*\.dist-info/"
)
# Bytes of the shared object.
LIMIT = 1_200_000

for path in sys.argv[1:]:
    with zipfile.ZipFile(path) as wheel:
        files = wheel.infolist()
    wrong = [file.filename for file in files if not MAY.match(file.filename)]
    assert not wrong, f"{path} holds {wrong}"
    (core,) = [file for file in files if "/_core." in file.filename]
    assert core.file_size < LIMIT, f"{core.filename} has {core.file_size} bytes"
    names = {file.filename for file in files}
    if any("leakyc.libs" in name for name in names):
        assert any("licenses/libgomp" in name for name in names), "libgomp without its licence"
    print(f"{path}: {len(files)} files, {core.file_size} bytes of code")
