"""Write keys, fields, locations and JSON values as short texts."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from typing import TypeAlias, cast

from rhythmconf.model import MISSING, FieldChange, Json, Key, Location, Missing, Plan
from rhythmconf.model.appearance import marked, shared_start
from rhythmconf.model.quoting import bracketed_name

LINE_WIDTH = 160
"""Characters that a report shows of a source line."""
_VALUE_LIMIT = 100
KeyNames: TypeAlias = "Sequence[tuple[str, Key | str]]"
"""Ids that occur in a value, each with the key of its record, or with the name of a record without a key."""


def for_people(plan: Plan) -> Plan:
    """Return the plan with the kinds of all its keys as people read them. No report but JSON shows another kind."""

    def shown(key: Key) -> Key:
        return Key(plan.names.kind(key.kind), key.name)

    def name(field: FieldChange) -> FieldChange:
        known = [(id, shown(name) if isinstance(name, Key) else name) for id, name in field.names]
        new = [(text, shown(Key.parse(text))) for text in sorted({*_references(field.new), *_references(field.old)})]
        return field._replace(names=(*known, *new)) if known or new else field

    return plan._replace(
        changes=tuple(
            change._replace(
                key=shown(change.key),
                depends_on=tuple(map(shown, change.depends_on)),
                fields=tuple(map(name, change.fields)),
            )
            for change in plan.changes
        ),
        both=tuple(agreed._replace(key=shown(agreed.key), field=name(agreed.field)) for agreed in plan.both),
        binds=tuple(binding._replace(key=shown(binding.key)) for binding in plan.binds),
    )


def capitalised(text: str) -> str:
    """Return a text that begins a sentence. The rest of it stays as it is, such as `ID` in `the same in 2 ID cards`."""
    return text[:1].upper() + text[1:]


def file_and_line(location: Location) -> str:
    """Return `file:line`."""
    return f"{location.file}:{location.line}"


def is_multiline(field: FieldChange) -> bool:
    """Tell whether a field changes from text to text and one of them has several lines: a diff shows it best."""
    return isinstance(field.old, str) and isinstance(field.new, str) and "\n" in field.old + field.new


def brief(value: Json | Missing, names: KeyNames = ()) -> str:
    """Return a value on one line, a long one without its middle, an absent one as `(none)`."""
    if value is MISSING:
        return "(none)"
    return _shorten(readable(value, names=names))


def _shorten(text: str) -> str:
    if len(text) <= _VALUE_LIMIT:
        return text
    return f"{_without_middle(text)} ({len(text)} characters)"


def _without_middle(text: str) -> str:
    # The end distinguishes values that begin alike, such as addresses.
    return text if len(text) <= _VALUE_LIMIT else f"{text[: _VALUE_LIMIT // 2]} … {text[-_VALUE_LIMIT // 4 :]}"


def _around(text: str, position: int) -> str:
    start = max(0, position - _VALUE_LIMIT // 4)
    return f"… {text[start : start + _VALUE_LIMIT * 3 // 4]} … ({len(text)} characters)"


def old_and_new(old: Json | Missing, new: Json | Missing, names: KeyNames = ()) -> tuple[str, str]:
    """Return two values of a field on one line each, with escapes for what differs and can't be seen.

    Long ones that begin and end alike are cut around their first difference.
    """
    if old is MISSING or new is MISSING:
        return brief(old, names), brief(new, names)
    before, after = readable_pair(old, new, names)
    if before == after or _without_middle(before) != _without_middle(after):
        return _shorten(before), _shorten(after)
    at = shared_start(before, after)
    return _around(before, at), _around(after, at)


def readable_pair(old: Json, new: Json, names: KeyNames = ()) -> tuple[str, str]:
    """Return two values as JSON, with escapes for what differs and can't be seen."""
    before, after = readable(old, names=names), readable(new, names=names)
    if before[:1] == after[:1] == '"':
        # Without their quotes, so that blanks at the ends are at the ends.
        return cast("tuple[str, str]", tuple(f'"{text}"' for text in marked(before[1:-1], after[1:-1])))
    return marked(before, after)


def exact(value: Json) -> str:
    """Return a value as JSON, exactly as the plan has it."""
    return json.dumps(value, ensure_ascii=False)


def readable(value: Json | Missing, *, indent: int | None = None, names: KeyNames = ()) -> str:
    """Return a value as JSON in which the ids of `names` are keys; ids not known yet are keys too.

    An id of a record without a key has its name behind it. Where the key of an id that is not known yet is not among
    the `names`, it is `(known after apply)`.
    """
    known = {text for text, _ in names}
    text = json.dumps(_replace_references(value, known), ensure_ascii=False, indent=indent)
    # With its quotes, so that only whole strings are replaced, not an id inside a longer text.
    for id, name in names:
        written = json.dumps(id, ensure_ascii=False)
        text = text.replace(written, str(name) if isinstance(name, Key) else f"{written} ({bracketed_name(name)})")
    # Without quotes nobody takes it for a value.
    return text.replace('"(known after apply)"', "(known after apply)")


def _replace_references(value: Json | Missing, known: Collection[str]) -> object:
    if isinstance(value, dict):
        if value.keys() == {"$ref"}:
            return value["$ref"] if value["$ref"] in known else "(known after apply)"
        return {key: _replace_references(item, known) for key, item in value.items()}
    return [_replace_references(item, known) for item in value] if isinstance(value, list) else value


def _references(value: Json | Missing) -> Iterator[str]:
    """Yield the key of each record in a value whose id is not known yet."""
    if isinstance(value, dict):
        if value.keys() == {"$ref"}:
            yield str(value["$ref"])
        else:
            for item in value.values():
                yield from _references(item)
    elif isinstance(value, list):
        for item in value:
            yield from _references(item)


def cut_line(line: str, column: int) -> tuple[str, int]:
    """Return the part of a long line around a column (counted from 1), and the column within that part."""
    # The column is in the middle, except near the beginning and the end of the line.
    start = max(0, min(column - 1 - LINE_WIDTH // 2, len(line) - LINE_WIDTH))
    before, after = "..." * (start > 0), "..." * (start + LINE_WIDTH < len(line))
    return f"{before}{line[start : start + LINE_WIDTH]}{after}", column - start + len(before)
