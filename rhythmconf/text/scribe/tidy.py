"""A text to its canonical shape: members in the order of the schema, one style of lists and indents, comments kept.

Every value keeps the words, quotes and comments that it was written with; only their places change.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from rhythmconf.catalog import OPAQUE, Field
from rhythmconf.errors import DocumentError
from rhythmconf.model import Json, same
from rhythmconf.text import yaml12
from rhythmconf.text.scribe.lines import child, items, ordered
from rhythmconf.text.scribe.sheet import Sheet, reach
from rhythmconf.text.scribe.splices import Draft, spliced
from rhythmconf.text.scribe.tree import trees


def tidy(text: str, shapes: Sequence[Field], *, file: str) -> str:
    """The text in canonical shape; `shapes` has one Field a document.

    Raises DocumentError where the text can't be read, or can't be brought into shape without another meaning.
    """
    if file.endswith(".json"):
        return _tidy_json(text, shapes, file)
    bom, bare = ("\ufeff", text[1:]) if text.startswith("\ufeff") else ("", text)
    wanted = yaml12.load_all(bare, file=file)
    for known in (shapes, [OPAQUE] * len(shapes)):  # an alias may need its anchor before it
        made = _shaped(bare, known)
        if _means(made, wanted, file):
            return bom + made
    raise DocumentError("the file can't be formatted without another meaning", where=file, help="format it by hand")


def _shaped(text: str, shapes: Sequence[Field]) -> str:
    draft = Draft(text)
    for node, shape in zip(trees(text), shapes, strict=True):
        if node is not None and node.shape == "map" and not node.inline:
            begin = node.parts[0].start
            lines = Sheet(draft).mapping(node, shape, draft.column(begin), begin)
            draft.put(begin, reach(draft, node.parts[-1]), "\n".join(lines).lstrip(" "))
    return spliced(text, draft.splices)


def _means(text: str, wanted: Sequence[Json], file: str) -> bool:
    try:
        found = yaml12.load_all(text, file=file)
    except yaml12.YamlError:
        return False
    return len(found) == len(wanted) and all(map(same, found, wanted))


def _tidy_json(text: str, shapes: Sequence[Field], file: str) -> str:
    values = [_sorted(*each) for each in zip(yaml12.load_all(text, file=file), shapes, strict=True)]
    return "".join(json.dumps(value, indent=2, ensure_ascii=False) + "\n" for value in values)


def _sorted(value: Json, field: Field) -> Json:
    if isinstance(value, dict):
        return {name: _sorted(below, child(field, name)) for name, below in ordered(value, field).items()}
    return [_sorted(item, items(field)) for item in value] if isinstance(value, list) else value
