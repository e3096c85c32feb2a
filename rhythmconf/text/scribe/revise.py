"""Change documents inside a text to new values; every other line stays as it is."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import yaml

from rhythmconf.catalog import Field
from rhythmconf.errors import DocumentError
from rhythmconf.model import Body, Json, same
from rhythmconf.text import yaml12
from rhythmconf.text.scribe.edit import Slot, edit, replace
from rhythmconf.text.scribe.render import child
from rhythmconf.text.scribe.scalars import WriteScalar, write_in_flow, write_in_json
from rhythmconf.text.scribe.splices import Draft, apply_splices
from rhythmconf.text.scribe.tree import Node, parse_trees


class Target(NamedTuple):
    """The new value of a document, and the Field that describes such documents."""

    value: Body
    field: Field


def revise(text: str, targets: Mapping[int, Target], *, file: str) -> str:
    """Return the text with the documents at these positions changed to their targets.

    Raises DocumentError where the text can't be read, or where no edit gives exactly the targets.
    """
    bom, body = ("\ufeff", text[1:]) if text.startswith("\ufeff") else ("", text)
    old = yaml12.load_all(body, file=file)
    new = [targets[position].value if position in targets else value for position, value in enumerate(old)]
    is_json = file.endswith(".json")
    revised = _revise_at_once(body, old, targets, write_in_json if is_json else write_in_flow)
    if not reads_as(revised, new, file):
        # JSON can be written again as a whole: it has no comments that would be lost.
        revised = _write_json(new) if is_json else _revise_in_steps(body, targets, file)
    return bom + revised


def reads_as(text: str, values: Sequence[Json], file: str) -> bool:
    """Tell whether a text has exactly these values."""
    try:
        loaded = yaml12.load_all(text, file=file)
    except yaml12.YamlError:
        return False
    return len(loaded) == len(values) and all(map(same, loaded, values))


def _write_json(values: Sequence[Json]) -> str:
    return "".join(json.dumps(value, indent=2, ensure_ascii=False) + "\n" for value in values)


def _revise_at_once(text: str, old: Sequence[Json], targets: Mapping[int, Target], write: WriteScalar) -> str:
    """Return the text with all edits applied together; empty where that isn't possible."""
    draft = Draft(text, write)
    try:
        nodes = parse_trees(text)
    except yaml.YAMLError:  # JSON has escapes that YAML doesn't have
        return ""
    for position, target in targets.items():
        draft.anchored.clear()
        node = nodes[position]
        if node is not None:
            edit(draft, node, old[position], target.value, target.field, _top_slot(node))
    try:
        return apply_splices(text, draft.splices)
    except ValueError:
        return ""


def _revise_in_steps(text: str, targets: Mapping[int, Target], file: str) -> str:
    """Apply one difference after the other."""
    for position, target in targets.items():
        for path in _differences(yaml12.load_all(text, file=file)[position], target.value):
            text = _revise_path(text, position, path, target, file)
    return text


def _revise_path(text: str, position: int, path: tuple[str, ...], target: Target, file: str) -> str:
    """Write the value at `path` again; if the result doesn't read as the target, write the value around it again."""
    old = yaml12.load_all(text, file=file)
    if same(_at(old[position], path), _at(target.value, path)):
        return text
    for length in range(len(path), -1, -1):
        value = _with(old[position], path[:length], target.value)
        revised = _rewrite(text, position, path[:length], Target(value, target.field))
        if reads_as(revised, [*old[:position], value, *old[position + 1 :]], file):
            return revised
    where = "/".join(path)
    raise DocumentError(
        f"{where} can't be changed without damage to what is around it",
        where=yaml12.locate_all(text, file=file)[position].of_value("/" + where),
        help="change it by hand; nothing was written",
    )


def _rewrite(text: str, position: int, path: tuple[str, ...], target: Target) -> str:
    """Return the text with the whole value at `path` written again; empty where `path` leads through no mapping."""
    node, field = parse_trees(text)[position], target.field
    draft, slot = Draft(text), _top_slot(node) if node else None
    for name in path:
        part = node.members().get(name) if node and node.form == "map" else None
        if node is None or slot is None or part is None:
            return ""
        slot = Slot(part.lead, draft.column(part.start), slot.depth + 1, slot.inline or node.inline)
        node, field = part.value, child(field, name)
    if node and slot:
        replace(draft, node, _at(target.value, path), field, slot)
    return apply_splices(text, draft.splices)


def _differences(old: Json, new: Json, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yield the paths at which two values differ; a list counts as one value."""
    if isinstance(old, dict) and isinstance(new, dict):
        for name in dict.fromkeys((*old, *new)):
            if name in old and name in new:
                yield from _differences(old[name], new[name], (*path, name))
            else:
                yield path
    elif not same(old, new):
        yield path


def _at(value: Json, path: Sequence[str]) -> Json:
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _with(old: Json, path: Sequence[str], new: Json) -> Body:
    """Return `old` with the value that `new` has at `path`."""
    if not path or not isinstance(old, dict) or not isinstance(new, dict):
        return new if isinstance(new, dict) else {}
    head, *rest = path
    return {**old, head: _with(old.get(head), rest, new[head]) if rest else new[head]}


def _top_slot(node: Node) -> Slot:
    return Slot(node.start, -2, 0, inline=False)
