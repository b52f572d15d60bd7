"""README.md in a folder, as a page of an index shows it: its links into the repository lead to the
home that pyproject.toml names (project.urls, Source). Without a home they become plain words."""

import re
import sys
import tomllib
from pathlib import Path

LINK = re.compile(r"(!?)\[([^]]*)\]\((?!https?:)([^)]+)\)")


def absolute(text, home):
    def link(found):
        image, words, path = found.groups()
        if not home:
            return "" if image else words
        return f"{image}[{words}]({home}/{'raw' if image else 'blob'}/HEAD/{path})"

    return LINK.sub(link, text)


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    project = tomllib.loads((folder / "pyproject.toml").read_text())["project"]
    readme = folder / "README.md"
    readme.write_text(absolute(readme.read_text(), project.get("urls", {}).get("Source")))
