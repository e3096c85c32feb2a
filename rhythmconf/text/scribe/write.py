"""Write a document as a new text in the canonical style."""

from __future__ import annotations

from rhythmconf.catalog import Field, Kind
from rhythmconf.errors import DocumentError
from rhythmconf.model import Body, same
from rhythmconf.text import yaml12
from rhythmconf.text.scribe.render import child, member_lines, ordered

MEMBERS = ("kind", "key", "match", "moved", "protect", "skip", "unmanaged", "spec", "files")
"""The members of a document in their canonical order."""


def document_field(kind: Kind | None) -> Field:
    """Return the Field that describes whole documents of a kind; without a kind, of a kind that no schema describes."""
    spec = kind.root if kind else Field()
    return Field("object", fields={name: spec if name == "spec" else Field() for name in MEMBERS})


def write(document: Body, field: Field, *, modeline: str = "") -> str:
    """Return the text of a document. `modeline` is a comment line for editors, or empty.

    Raises DocumentError for a string that YAML can't hold (half a character).
    """
    lines = [modeline] if modeline else []
    for name, value in ordered(document, field).items():
        lines += member_lines(name, value, child(field, name), indent=0, depth=1)
    text = "".join(f"{line}\n" for line in lines)
    if not same(yaml12.load_all(text, file="new.yaml"), [document]):
        raise DocumentError("a value can't be written as YAML", help="this is a bug in rhythmconf: please report it")
    return text
