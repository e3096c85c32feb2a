"""Show a mail as its readers see it: its words, where its links lead, and a document for a frame without rights.

The document is sanitised, so that the frame has nothing to refuse. What protects the reader is the frame itself: it is
sandboxed without any permission, and the policies of frame and page let it load and run nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from html.parser import HTMLParser
from itertools import zip_longest
from typing import NamedTuple
from urllib.parse import urlsplit

import nh3

from rhythmconf.report.page import hash_source
from rhythmconf.report.terminal import safe
from rhythmconf.report.word_diff import Piece, mark_pieces, word_diff

STYLE = """\
:root{color-scheme:light}body{margin:12px;background:#fff;color:#1c2024;overflow-wrap:anywhere;\
font:15px/1.5 system-ui,"Segoe UI","Liberation Sans",sans-serif}\
a{color:#0b5cad;text-decoration:underline}\
a[data-to]::after{content:" [" attr(data-to) "]";color:#555e68;font-size:13px}\
table{border-collapse:collapse}td,th{padding:4px 8px;vertical-align:top;text-align:left}"""
"""The only styles of a rendered mail. Its links show where they lead and can't be followed."""
_POLICY = f"default-src 'none'; style-src {hash_source(STYLE)}"
HEAD = (
    f'<!DOCTYPE html><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
    f"<title>Mail</title><style>{STYLE}</style>"
)
"""What each rendered mail begins with."""
TAGS = {
    *("a", "abbr", "b", "blockquote", "br", "caption", "center", "code", "dd", "del", "div", "dl", "dt", "em", "h1"),
    *("h2", "h3", "h4", "h5", "h6", "hr", "i", "img", "ins", "li", "ol", "p", "pre", "s", "small", "span", "strong"),
    *("sub", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "u", "ul"),
}
"""The elements that a rendered mail may have."""
_SPANS = {"colspan", "rowspan"}
_ATTRIBUTES: dict[str, set[str]] = {"*": set(), "a": {"href"}, "img": {"alt"}, "td": _SPANS, "th": _SPANS}
_ELEMENT = re.compile(r"<(?:a|b|br|div|em|h[1-6]|html|li|p|span|strong|table|td|ul)\b[^<>]*>", re.IGNORECASE)
_MARKED_SECTION = re.compile(r"<!\[[^>]*(>|$)")
"""What browsers take for a comment, such as `<![if !mso]>`, and Python's parser refuses."""
_BREAKS = {
    *("address", "blockquote", "br", "dd", "div", "dl", "dt", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "li", "ol"),
    *("p", "pre", "table", "td", "th", "tr", "ul"),
}
_UNSEEN = frozenset({"script", "style", "title"})
_LINE, _GAP, _MARGIN, _TALLEST = 24, 14, 30, 560
"""The heights of a line, of the gap between paragraphs, of what surrounds them, and of the tallest frame, in pixels."""
_CHARACTERS = 40
"""Characters that a line of a frame holds, as a guess of its height."""


class LinkChange(NamedTuple):
    """A link that leads elsewhere, is new (no `old`) or gone (no `new`). `elsewhere`: it leads to another site."""

    text: str
    old: str
    new: str
    elsewhere: bool


class Mail(NamedTuple):
    """A mail before and after a change: a document for each, empty where there is none, and what differs in words."""

    before: str
    after: str
    pieces: Sequence[Piece]
    links: Sequence[LinkChange]
    height: int


def is_mail(value: object) -> bool:
    """Tell whether a text is HTML, as far as that can be seen. The API doesn't say in what form mails are."""
    return isinstance(value, str) and _ELEMENT.search(value) is not None


def read_mail(old: str, new: str) -> Mail:
    """Return a mail as people see it. `old` is empty for a new one."""
    before, after = _Reader(old), _Reader(new)
    pieces = mark_pieces(word_diff(before.text, after.text)) if old and before.text != after.text else ()
    return Mail(
        _document(old) if old else "",
        _document(new),
        pieces,
        list_changed_links(before.links, after.links),
        min(_MARGIN + max(before.height, after.height), _TALLEST),
    )


class _Reader(HTMLParser):
    """Collect the words of a mail, and its links with their words."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self._parts: list[str] = []
        self._hidden = 0
        self.links: list[tuple[str, str]] = []
        self._target: str | None = None
        self._words: list[str] = []
        self.feed(_MARKED_SECTION.sub("", html))
        self.close()
        self._end_link()
        lines = (" ".join(line.split()) for line in "".join(self._parts).split("\n"))
        self.text = re.sub(r"\n{2,}", "\n", "\n".join(lines)).strip()
        self.height = sum(_GAP + _LINE * (1 + len(line) // _CHARACTERS) for line in self.text.split("\n"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden += tag in _UNSEEN
        values = dict(attrs)
        if tag in _BREAKS:
            self._parts.append("\n")
        if tag == "img":
            self._parts.append(f"[image: {values.get('alt') or values.get('src') or ''}]")
        if tag == "a":
            # As in a browser, an element without its end lasts until the next one.
            self._end_link()
            self._target, self._words = values.get("href") or "", []

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in _UNSEEN and self._hidden > 0
        if tag in _BREAKS:
            self._parts.append("\n")
        if tag == "a":
            self._end_link()

    def _end_link(self) -> None:
        if self._target is not None:
            self.links.append((" ".join("".join(self._words).split()), self._target))
            self._target = None

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            # A line break of the source is a space to the readers of a mail.
            self._parts.append(re.sub(r"\s*\n\s*", " ", data))
            self._words.append(data)


def list_changed_links(old: Sequence[tuple[str, str]], new: Sequence[tuple[str, str]]) -> list[LinkChange]:
    """Return the links of which the target changed, with those that are new or gone. A link is a text and a target."""
    changes = []
    before_targets, after_targets = ([target for _, target in links] for links in (old, new))
    for tag, a, b, c, d in SequenceMatcher(None, before_targets, after_targets, autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        for before, after in zip_longest(old[a:b], new[c:d], fillvalue=("", "")):
            elsewhere = bool(before[1] and after[1]) and _site(before[1]) != _site(after[1])
            changes.append(LinkChange(after[0] or before[0], before[1], after[1], elsewhere))
    return changes


def _site(target: str) -> str:
    """Return what a reader takes for the place that a link leads to: scheme and host."""
    try:
        parts = urlsplit(target)
    except ValueError:
        return target
    return f"{parts.scheme}:{parts.netloc}".casefold()


def _document(html: str) -> str:
    # What can't be seen may be written as it is or as an entity, which the sanitiser resolves.
    clean = nh3.clean(safe(html, keep="\n\t"), tags=TAGS, attributes=_ATTRIBUTES, link_rel=None, strip_comments=True)
    # In sanitised HTML only a link has these characters, which has no other attribute: a text has no `<`, a value no
    # quote. Without `href` nobody can follow it.
    return HEAD + safe(clean.replace('<a href="', '<a data-to="'), keep="\n\t")
