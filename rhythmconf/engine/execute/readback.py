"""Compare what was sent with what the tenant stored, and find the fields that differ.

First the stored value is arranged like the sent one, by the schema: members that were not sent are left out, and
unordered lists are put in the order sent. If the bytes still differ, deepdiff finds the differences.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from rhythmconf.catalog import Field, Kind
from rhythmconf.model import MISSING, Body, Json, Operation, at, canonical, pointer, same, tokens
from rhythmconf.settings import Dialect

Values = Mapping[str, Json]
"""Values at pointers into a record; null where there is none, as the tenant makes no difference."""


class Mismatch(NamedTuple):
    """A field that the tenant stored with another value than the one sent (null if it has none)."""

    pointer: str
    sent: Json
    stored: Json


@dataclass(frozen=True, slots=True)
class Expectation:
    """The values of the fields that a patch touches, before and after it. Lists are compared whole."""

    before: Values
    after: Values


def expectation(base: Body, patch: Sequence[Operation]) -> Expectation:
    """Return the values that `patch` touches, before and after. Raises ValueError if it does not fit the record."""
    import jsonpatch
    import jsonpointer

    try:
        target: Body = jsonpatch.apply_patch(base, list(patch))
    except (jsonpatch.JsonPatchException, jsonpointer.JsonPointerException) as error:
        raise ValueError(f"the patch doesn't fit the record: {error}") from error
    pointers = list(dict.fromkeys(_compared_pointer(path, (base, target)) for path in _paths(patch)))
    return Expectation(_values(base, pointers), _values(target, pointers))


def mismatches(kind: Kind, sent: Values, record: Body, dialect: Dialect) -> list[Mismatch]:
    """Return the fields of `sent` for which `record` has another value."""
    return [
        mismatch
        for path, value in sent.items()
        for mismatch in _mismatches(kind.field(path), path, value, record, dialect)
    ]


def matches(kind: Kind, sent: Values, record: Body, dialect: Dialect) -> bool:
    """Tell whether `record` has every value of `sent`."""
    return not mismatches(kind, sent, record, dialect)


def create_expectation(body: Body) -> Expectation:
    """Return the values that a record created with `body` must have."""
    return Expectation({}, {pointer([name]): value for name, value in body.items()})


def _paths(patch: Iterable[Operation]) -> Iterator[str]:
    for operation in patch:
        yield str(operation["path"])
        if operation["op"] == "move":
            yield str(operation["from"])


def _compared_pointer(path: str, bodies: Iterable[Body]) -> str:
    """Return the pointer to compare: the outermost list on the way, since positions in it may have moved."""
    steps = tokens(path)
    for length in range(1, len(steps)):
        outer = pointer(steps[:length])
        if any(isinstance(at(body, outer), list) for body in bodies):
            return outer
    return path


def _values(body: Body, pointers: Iterable[str]) -> Values:
    return {path: _or_null(at(body, path)) for path in pointers}


def _or_null(value: object) -> Json:
    return None if value is MISSING else value  # type: ignore[return-value]


def _mismatches(field: Field | None, path: str, sent: Json, record: Body, dialect: Dialect) -> Iterator[Mismatch]:
    stored = _comparable(field, sent, _or_null(at(record, path)), dialect)
    if canonical(sent) == canonical(stored):  # the same bytes need no comparer, and deepdiff takes 30 ms a record
        return
    from deepdiff import DeepDiff

    tree = DeepDiff(sent, stored, report_repetition=True, ignore_numeric_type_changes=False, view="tree")
    for levels in tree.values():
        for level in levels:
            yield Mismatch(path + pointer(level.path(output_format="list")), _json(level.t1), _json(level.t2))


def _json(value: object) -> Json:
    """Convert a value of deepdiff to JSON. A value that one side lacks becomes null."""
    return value if isinstance(value, bool | int | float | str | list | dict) else None


def _comparable(field: Field | None, sent: Json, got: Json, dialect: Dialect) -> Json:
    """Arrange `got` like `sent`: without members that were not sent, and with absent, null and maybe [] made equal."""
    if _nothing(got, dialect) and _nothing(sent, dialect):
        return sent
    if isinstance(sent, dict) and isinstance(got, dict):
        return _members(field, sent, got, dialect)
    if isinstance(sent, list) and isinstance(got, list):
        items = field.items if field else None
        return _items(items, sent, _in_order(field, sent, got, dialect), dialect)
    return got


def _nothing(value: Json, dialect: Dialect) -> bool:
    return value is None or (value == [] and dialect.empty_lists == "same-as-absent")


def _members(field: Field | None, sent: Body, got: Body, dialect: Dialect) -> Body:
    arranged = {
        name: _comparable(field.child(name) if field else None, value, got.get(name), dialect)
        for name, value in sent.items()
    }
    return {name: value for name, value in arranged.items() if value is not None or sent[name] is None}


def _items(field: Field | None, sent: list[Json], got: list[Json], dialect: Dialect) -> list[Json]:
    arranged = [_comparable(field, item, stored, dialect) for item, stored in zip(sent, got, strict=False)]
    return arranged + got[len(sent) :]


def _in_order(field: Field | None, sent: list[Json], got: list[Json], dialect: Dialect) -> list[Json]:
    """Put the items of an unordered list in the order in which they were sent. Other items come last."""
    if field is None or field.ordered or field.list_type not in ("set", "map") or same(sent, got):
        return got
    rest, ordered = list(got), list[Json]()
    for item in sent:
        index = next(
            (n for n, other in enumerate(rest) if same(item, _comparable(field.items, item, other, dialect))), None
        )
        if index is not None:
            ordered.append(rest.pop(index))
    return ordered + rest if len(ordered) == len(sent) else got
