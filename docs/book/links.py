"""Facts about a folder of pages: links lead somewhere, pictures have alt text, and
nothing is fetched from elsewhere."""

from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

FETCHED = {"img": "src", "script": "src", "link": "href", "iframe": "src"}


class Page(HTMLParser):
    """What is on a page: the places that links can lead to, links, and pictures."""

    def __init__(self, path: Path):
        super().__init__()
        self.places, self.links, self.fetched, self.silent = {""}, [], [], []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.places |= {attrs.get("id"), attrs.get("name")}
        if tag == "a" and attrs.get("href"):
            self.links.append(attrs["href"])
        if attrs.get(FETCHED.get(tag)) and attrs.get("rel") != "canonical":
            self.fetched.append(attrs[FETCHED[tag]])
        if tag == "img" and not attrs.get("alt"):
            self.silent.append(attrs.get("src", ""))


read = cache(Page)


def is_dead(link: str, page: Path) -> bool:
    """Return whether a link within the folder leads nowhere."""
    address = urlsplit(link)
    if address.scheme or address.netloc:
        return False
    path = (page.parent / unquote(address.path)).resolve() if address.path else page
    if not path.is_file():
        return True
    return path.suffix == ".html" and unquote(address.fragment) not in read(path).places


def faults(folder: Path) -> list[str]:
    """Return a sentence for every fault of the pages in `folder`."""
    said = []
    for path in sorted(folder.resolve().rglob("*.html")):
        if "_static" in path.parts:            # templates of the theme, no pages
            continue
        page, name = read(path), path.relative_to(folder.resolve())
        said += [f"{name}: the link {link} leads nowhere."
                 for link in dict.fromkeys(page.links + page.fetched)
                 if is_dead(link, path)]
        said += [f"{name}: the picture {src[:60]} has no alt text."
                 for src in page.silent]
        said += [f"{name}: {link} is fetched from elsewhere." for link in page.fetched
                 if urlsplit(link).netloc]
    return said
