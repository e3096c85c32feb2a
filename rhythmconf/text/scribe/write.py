"""A document to a new text in the canonical style."""

from __future__ import annotations

from rhythmconf.catalog import Field
from rhythmconf.errors import DocumentError
from rhythmconf.model import Body, same
from rhythmconf.text import yaml12
from rhythmconf.text.scribe.lines import child, member_lines, ordered


def write(document: Body, shape: Field, *, modeline: str = "") -> str:
    """The text of a document. `modeline` is a comment line for editors, or empty.

    Raises DocumentError for a text that YAML can't hold (half a character).
    """
    lines = [modeline] if modeline else []
    for name, value in ordered(document, shape).items():
        lines += member_lines(name, value, child(shape, name), indent=0, depth=1)
    text = "".join(f"{line}\n" for line in lines)
    if not same(yaml12.load_all(text, file="new.yaml"), [document]):
        raise DocumentError("a value can't be written as YAML", help="this is a fault of rhythmconf; please report it")
    return text
