"""Write documents and records side by side."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import groupby

from rhythmconf.model import KindNames, dump
from rhythmconf.model.listing import Listed, Listing
from rhythmconf.model.quoting import bracketed_name, shown_name
from rhythmconf.report.terminal import Line

_STYLES = {"both": "plain", "record only": "yellow", "document only": "green", "undecided": "alarm", "skipped": "dim"}
_WIDTH = max(map(len, _STYLES))


def text(listing: Listing, names: KindNames) -> Iterator[Line]:
    """Yield each kind with a line for each of its documents and records, and a last line that counts them."""
    listed = listing.listed
    for kind, members in groupby(listed, key=lambda one: one.kind):
        yield [("bold", names.kind(kind))]
        for one in members:
            yield [*_line(one)]
    for kind, answer in sorted(listing.unlisted.items()):
        yield [("yellow", f"{names.kind(kind)} is not listed: {answer}")]
    counts: Counter[str] = Counter(one.presence for one in listed)
    counted = ", ".join(f"{counts[presence]} {presence}" for presence in _STYLES if counts[presence])
    yield [("plain", f"{len(listed)} listed: {counted}." if listed else "No documents and no records.")]


def _line(one: Listed) -> Iterator[tuple[str, str]]:
    yield _STYLES[one.presence], f"  {one.presence:<{_WIDTH}}"
    yield "plain", f"  {one.key.name if one.key else '-'}"
    yield "plain", f"  {bracketed_name(one.name)}" if one.name else ""
    yield "dim", f"  id {shown_name(one.id)}" if one.id else ""
    yield "dim", f"  {one.file}" if one.file else ""
    yield "dim", f"  managed by project {shown_name(one.project)}" if one.project else ""


def json(environment: str, listing: Listing) -> str:
    """Return the list as JSON; what doesn't exist is null."""
    return dump(
        {
            "environment": environment,
            "resources": [
                {
                    "kind": one.kind,
                    "key": one.key.name if one.key else None,
                    "standing": one.presence,
                    "id": one.id or None,
                    "name": one.name or None,
                    "file": one.file or None,
                    "project": one.project or None,
                }
                for one in listing.listed
            ],
            "unlisted": dict(sorted(listing.unlisted.items())),
        }
    )
