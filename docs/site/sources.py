"""Puts the site's pages together: the repository's, with links that lead within the site."""

import re
import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SITE = ROOT / "docs" / "site"

# Where each page of the repository stands on the site, and its name in the bar.
PAGES = {
    "docs/guide.md": "Guide",
    "docs/in_your_code.md": "In your code",
    "docs/site/api.md": "API",
    "docs/networks.md": "Networks",
    "docs/performance.md": "Performance",
    "docs/names.md": "Names",
    "docs/c.md": "From C and Cython",
    "docs/correctness.md": "Correctness",
    "docs/design.md": "Design",
    "CONTRIBUTING.md": "Contributing",
    "CHANGELOG.md": "Changelog",
}
OTHERS = {"README.md": "index.md", "docs/site/ufuncs.md": "ufuncs.md"}


def place(page):
    """Where a page of the repository stands on the site."""
    return OTHERS.get(page, Path(page).name)


def relinked(text, page, target):
    """The text, its links leading within `target`; to what is no single file there is none."""

    def link(match):
        words, address = match.groups()
        path, _, anchor = address.partition("#")
        if not path or "://" in address:
            return match[0]
        file = (ROOT / page).parent.joinpath(path).resolve()
        name = file.relative_to(ROOT).as_posix()
        if name in PAGES or name in OTHERS:
            return f"[{words}]({place(name)}{'#' * bool(anchor)}{anchor})"
        if not file.is_file():
            return words
        copy = target / "files" / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, copy)
        return f"[{words}](files/{name})"

    return re.sub(r"\[([^][]*)\]\(([^()\s]+)\)", link, text)


def write(target):
    """All that Sphinx needs, in the folder `target`, which is made anew."""
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    for name in ("conf.py", "site.css"):
        shutil.copy(SITE / name, target)
    for page in [*PAGES, *OTHERS]:
        text = relinked((ROOT / page).read_text(), page, target)
        if page == "README.md":
            text += contents()
        (target / place(page)).write_text(text)


def contents():
    """The front page's list of the others."""
    names = "".join(f"{name} <{place(page)}>\n" for page, name in PAGES.items())
    return f"\n```{{toctree}}\n:hidden:\n\n{names}```\n\n```{{toctree}}\n:hidden:\n\nufuncs\n```\n"
