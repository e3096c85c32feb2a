"""A text and what its documents shall be -> the text in which nothing else has changed. Every result is read again."""

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
from rhythmconf.text.scribe.lines import child
from rhythmconf.text.scribe.scalars import Words, in_flow, in_json
from rhythmconf.text.scribe.splices import Draft, spliced
from rhythmconf.text.scribe.tree import Node, trees


class Target(NamedTuple):
    """What a document shall be, and the shape of such documents."""

    value: Body
    shape: Field


def revise(text: str, targets: Mapping[int, Target], *, file: str) -> str:
    """The text with the documents at these positions changed to their targets, every other line as it was.

    Raises DocumentError where the text can't be read, or no edit of it gives exactly the targets.
    """
    bom, bare = ("\ufeff", text[1:]) if text.startswith("\ufeff") else ("", text)
    old = yaml12.load_all(bare, file=file)
    wanted = [targets[place].value if place in targets else value for place, value in enumerate(old)]
    is_json = file.endswith(".json")
    made = _at_once(bare, old, targets, in_json if is_json else in_flow)
    if not _reads_as(made, wanted, file):
        made = _written_anew(wanted) if is_json else _one_by_one(bare, targets, file)
    return bom + made


def _at_once(text: str, old: Sequence[Json], targets: Mapping[int, Target], words: Words) -> str:
    """All edits in one go; empty where that can't be."""
    draft = Draft(text, words)
    try:
        nodes = trees(text)
    except yaml.YAMLError:  # JSON has escapes that YAML has not
        return ""
    for place, target in targets.items():
        draft.now.clear()
        node = nodes[place]
        if node is not None:
            edit(draft, node, old[place], target.value, target.shape, _top(node))
    try:
        return spliced(text, draft.splices)
    except ValueError:
        return ""


def _one_by_one(text: str, targets: Mapping[int, Target], file: str) -> str:
    """The same in single steps; a step that can't be done writes what is around it anew."""
    for place, target in targets.items():
        for path in _differences(yaml12.load_all(text, file=file)[place], target.value):
            text = _step(text, place, path, target, file)
    return text


def _step(text: str, place: int, path: tuple[str, ...], target: Target, file: str) -> str:
    old = yaml12.load_all(text, file=file)
    if same(_at(old[place], path), _at(target.value, path)):
        return text
    for length in range(len(path), -1, -1):
        value = _with(old[place], path[:length], target.value)
        made = _rewritten(text, place, path[:length], Target(value, target.shape))
        if _reads_as(made, [*old[:place], value, *old[place + 1 :]], file):
            return made
    where = "/".join(path)
    raise DocumentError(
        f"{where} can't be changed without harm to what is around it",
        where=yaml12.locate_all(text, file=file)[place].of_value("/" + where),
        help="change it by hand; nothing was written",
    )


def _rewritten(text: str, place: int, path: tuple[str, ...], target: Target) -> str:
    """The text with the value at `path` written anew as a whole; empty where the path leads through no mapping."""
    node, shape = trees(text)[place], target.shape
    draft, slot = Draft(text), _top(node) if node else None
    for name in path:
        part = node.names().get(name) if node and node.shape == "map" else None
        if node is None or slot is None or part is None:
            return ""
        slot = Slot(part.lead, draft.column(part.start), slot.depth + 1, slot.inline or node.inline)
        node, shape = part.value, child(shape, name)
    if node and slot:
        replace(draft, node, _at(target.value, path), shape, slot)
    return spliced(text, draft.splices)


def _differences(old: Json, new: Json, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Where two values differ; lists count as one."""
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
    """`old` with the value that `new` has at `path`."""
    if not path or not isinstance(old, dict) or not isinstance(new, dict):
        return new if isinstance(new, dict) else {}
    head, *rest = path
    return {**old, head: _with(old.get(head), rest, new[head]) if rest else new[head]}


def _top(node: Node) -> Slot:
    return Slot(node.start, -2, 0, inline=False)


def _reads_as(text: str, wanted: Sequence[Json], file: str) -> bool:
    try:
        found = yaml12.load_all(text, file=file)
    except yaml12.YamlError:
        return False
    return len(found) == len(wanted) and all(map(same, found, wanted))


def _written_anew(values: Sequence[Json]) -> str:
    """JSON has no comments that would be lost."""
    return "".join(json.dumps(value, indent=2, ensure_ascii=False) + "\n" for value in values)
