"""Bring a text into the canonical format: members in schema order, one style of lists and indentation.

Every value keeps its spelling, its quotes and its comments; only their places change. Where a document has a modeline
for editors, all documents of the text get one.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from rhythmconf.catalog import OPAQUE, Field
from rhythmconf.errors import DocumentError
from rhythmconf.model import Json
from rhythmconf.text import yaml12
from rhythmconf.text.scribe.layout import Layout, end_of_part
from rhythmconf.text.scribe.modelines import repeat_modelines
from rhythmconf.text.scribe.render import child, items, ordered
from rhythmconf.text.scribe.revise import reads_as
from rhythmconf.text.scribe.splices import Draft, apply_splices
from rhythmconf.text.scribe.tree import parse_trees


def reformat(text: str, fields: Sequence[Field], *, file: str) -> str:
    """Return the text in canonical format; `fields` has one Field for each document.

    Raises DocumentError where the text can't be read, or can't be reformatted without changing its meaning.
    """
    if file.endswith(".json"):
        values = [_sorted(*pair) for pair in zip(yaml12.load_all(text, file=file), fields, strict=True)]
        return "".join(json.dumps(value, indent=2, ensure_ascii=False) + "\n" for value in values)
    bom, body = ("\ufeff", text[1:]) if text.startswith("\ufeff") else ("", text)
    values = yaml12.load_all(body, file=file)
    # Schema order may put an alias before its anchor; then the members keep the order that they have.
    for chosen in (fields, [OPAQUE] * len(fields)):
        reformatted = _reformat(body, chosen)
        if reads_as(reformatted, values, file):
            return bom + reformatted
    raise DocumentError("formatting this file would change its meaning", where=file, help="format it by hand")


def _reformat(text: str, fields: Sequence[Field]) -> str:
    draft = Draft(text)
    for node, field in zip(parse_trees(text), fields, strict=True):
        if node is not None and node.form == "map" and not node.inline:
            begin = node.parts[0].start
            lines = Layout(draft).mapping(node, field, draft.column(begin), begin)
            draft.put(begin, end_of_part(draft, node.parts[-1]), "\n".join(lines).lstrip(" "))
    return repeat_modelines(apply_splices(text, draft.splices))


def _sorted(value: Json, field: Field) -> Json:
    if isinstance(value, dict):
        return {name: _sorted(member, child(field, name)) for name, member in ordered(value, field).items()}
    return [_sorted(item, items(field)) for item in value] if isinstance(value, list) else value
