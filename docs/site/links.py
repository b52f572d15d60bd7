"""Finds in a folder of HTML links to no file or anchor, and pages that load from outside."""

from html.parser import HTMLParser
from urllib.parse import unquote, urlsplit


class Page(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.links, self.loads, self.anchors = [], [], set()
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        self.anchors.update(given[key] for key in ("id", "name") if given.get(key))
        if tag == "a" and given.get("href"):
            self.links.append(given["href"])
        if tag == "link" and given.get("rel") not in ("canonical", "next", "prev", "search"):
            self.loads.append(given.get("href", ""))
        if tag in ("script", "img", "iframe", "source", "object") and given.get("src"):
            self.loads.append(given["src"])


def faults(folder):
    """What is wrong, a line each."""
    files = sorted(file for file in folder.rglob("*.html") if "_static" not in file.parts)
    pages = {file: Page(file.read_text()) for file in files}
    for file, page in pages.items():
        where = file.relative_to(folder)
        for address in page.links + page.loads:
            url = urlsplit(address)
            target = (file.parent / unquote(url.path)).resolve() if url.path else file
            if url.scheme == "data":
                continue
            elif url.scheme or url.netloc:
                if address in page.loads:
                    yield f"{where}: loads {address}"
            elif not target.exists():
                yield f"{where}: no file {address}"
            elif target in pages and unquote(url.fragment) not in {"", *pages[target].anchors}:
                yield f"{where}: no anchor {address}"
