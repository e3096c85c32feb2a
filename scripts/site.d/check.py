"""Check the built site: nothing is missing, every link leads somewhere, and no page loads anything from elsewhere."""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

from markdown_it import MarkdownIt

from rhythmconf import catalog
from rhythmconf.cli import code_reference
from rhythmconf.cli.main import COMMANDS
from rhythmconf.settings import schema_check

LOADED = {"src", "srcset", "poster", "data", "action"}
"""The attributes whose address a browser asks for by itself; of `link` it is `href`."""
COUNTED = ("h2", "h3", "li", "pre", "table", "tr", "img")
"""What a page has as often on the site as on GitHub. The two read lists and blocks in lists differently."""
MARKDOWN = MarkdownIt("commonmark").enable("table")


class Page(HTMLParser):
    """What a page has: anchors, links, addresses that it loads, and how often each element is in its text."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.anchors = set[str]()
        self.links = set[str]()
        self.loads = set[str]()
        self.counts = Counter[str]()
        self.in_text = False
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        """Note what an element is and has."""
        values = {name: value or "" for name, value in attributes}
        self.anchors.add(values.get("id", ""))
        self.in_text = self.in_text or tag == "article"
        self.counts[tag] += self.in_text
        if tag == "a" and "href" in values:
            self.links.add(values["href"])
        self.loads |= {value for name, value in values.items() if name in LOADED or (tag == "link" and name == "href")}

    def handle_endtag(self, tag: str) -> None:
        """Note the end of the text."""
        self.in_text = self.in_text and tag != "article"


def main() -> int:
    """Print what is wrong; return 1 if anything is."""
    source, site = map(Path, sys.argv[1:])
    pages = {path.relative_to(site).as_posix(): Page(path) for path in site.rglob("*.html") if path.name != "404.html"}
    faults = [*links(site, pages), *requests(site, pages), *lost(source, pages), *absent(pages)]
    print(*faults, sep="\n", end="\n" if faults else "")
    print(f"{len(pages)} pages, {sum(len(page.links) for page in pages.values())} links, {len(faults)} faults")
    return bool(faults)


def links(site: Path, pages: dict[str, Page]) -> Iterator[str]:
    """Find links to files and anchors that don't exist."""
    for name, page in pages.items():
        for link in sorted(page.links):
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (site / name).parent / unquote(parts.path) if parts.path else site / name
            target = target.resolve() / "index.html" if target.is_dir() else target.resolve()
            if not target.exists():
                yield f"{name}: leads to {link}, which does not exist"
            elif parts.fragment and target.suffix == ".html":
                anchors = pages[target.relative_to(site.resolve()).as_posix()].anchors
                if unquote(parts.fragment) not in anchors:
                    yield f"{name}: leads to {link}, which has no such section"


def requests(site: Path, pages: dict[str, Page]) -> Iterator[str]:
    """Find what a browser would ask another server for."""
    for name, page in pages.items():
        yield from (f"{name}: loads {address}" for address in sorted(page.loads) if "//" in address)
    for path in site.rglob("*.css"):
        for address in re.findall(
            r"(?:url\(|@import\s*)[\"']?((?:https?:)?//[^\"')]+)", path.read_text(encoding="utf-8")
        ):
            yield f"{path.relative_to(site)}: loads {address}"


def lost(source: Path, pages: dict[str, Page]) -> Iterator[str]:
    """Find pages on which a heading, a list, a block or a table is not what it is on GitHub."""
    for path in sorted(source.rglob("*.md")):
        name = path.relative_to(source).with_suffix("").as_posix()
        tokens = MARKDOWN.parse(path.read_text(encoding="utf-8"))
        inner = [child for token in tokens for child in token.children or ()]
        blocks = [token for token in tokens if token.type in {"fence", "code_block"}]
        wanted = Counter(token.tag for token in [*tokens, *inner] if token.nesting == 1 or token.tag == "img")
        wanted["pre"] = len(blocks)
        for tag in COUNTED:
            if pages[f"{name}.html"].counts[tag] != wanted[tag]:
                yield f"{name}: has {pages[f'{name}.html'].counts[tag]} elements {tag}, and {wanted[tag]} on GitHub"


def absent(pages: dict[str, Page]) -> Iterator[str]:
    """Find commands, settings, kinds and codes without a section."""
    definitions = ("", "environment", "auth", "dialect", "calendar")
    kinds = catalog.load_shipped().kinds.values()
    wanted = [
        *(("cli.html", name) for name in COMMANDS),
        *(("settings.html", member) for definition in definitions for member in schema_check.members(definition)),
        *((f"kinds/{kind.module}.html", kind.name.split("/")[1]) for kind in kinds),
        *(("rules.html", code) for code in code_reference.codes()),
    ]
    for page, name in wanted:
        anchors = pages[page].anchors
        if not any(anchor == name.lower() or anchor.startswith(f"{name.lower()}-") for anchor in anchors):
            yield f"{page}: has no section on {name}"


if __name__ == "__main__":
    sys.exit(main())
