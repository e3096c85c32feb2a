"""What was sent and what the tenant holds -> the fields that did not take; and what a patch makes of a record.

Two comparers look at a record: a walk over the schema lays what came back beside what was sent (the tenant's own
members left out, unordered lists in the order sent), then deepdiff compares the two where their bytes differ.
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


class Kept(NamedTuple):
    """A field that did not take: what was sent, and what the tenant has there."""

    pointer: str
    sent: Json
    holds: Json


@dataclass(frozen=True, slots=True)
class Expectation:
    """A patch seen as values: of the fields that it touches before, and after. Lists are taken whole."""

    before: Values
    after: Values


def expectation(base: Body, patch: Sequence[Operation]) -> Expectation:
    """What a record holds at the fields that `patch` touches, before and after. Raises ValueError if it can't be."""
    import jsonpatch
    import jsonpointer

    try:
        target: Body = jsonpatch.apply_patch(base, list(patch))
    except (jsonpatch.JsonPatchException, jsonpointer.JsonPointerException) as error:
        raise ValueError(f"the patch doesn't fit the record: {error}") from error
    places = list(dict.fromkeys(_place(path, (base, target)) for path in _paths(patch)))
    return Expectation(_values(base, places), _values(target, places))


def kept(kind: Kind, sent: Values, record: Body, dialect: Dialect) -> list[Kept]:
    """The fields of `sent` that `record` doesn't have so."""
    return [found for place, value in sent.items() for found in _kept(kind.field(place), place, value, record, dialect)]


def holds(kind: Kind, sent: Values, record: Body, dialect: Dialect) -> bool:
    """Whether `record` has all of `sent`."""
    return not kept(kind, sent, record, dialect)


def whole(body: Body) -> Expectation:
    """What a record holds that is created with `body`."""
    return Expectation({}, {pointer([name]): value for name, value in body.items()})


def _paths(patch: Iterable[Operation]) -> Iterator[str]:
    for operation in patch:
        yield str(operation["path"])
        if operation["op"] == "move":
            yield str(operation["from"])


def _place(path: str, bodies: Iterable[Body]) -> str:
    """The field to look at: the outermost list on the way, since positions in it may have moved."""
    steps = tokens(path)
    for length in range(1, len(steps)):
        outer = pointer(steps[:length])
        if any(isinstance(at(body, outer), list) for body in bodies):
            return outer
    return path


def _values(body: Body, places: Iterable[str]) -> Values:
    return {place: _or_null(at(body, place)) for place in places}


def _or_null(value: object) -> Json:
    return None if value is MISSING else value  # type: ignore[return-value]


def _kept(field: Field | None, place: str, sent: Json, record: Body, dialect: Dialect) -> Iterator[Kept]:
    held = _beside(field, sent, _or_null(at(record, place)), dialect)
    if canonical(sent) == canonical(held):  # the same bytes need no comparer, and deepdiff takes 30 ms a record
        return
    from deepdiff import DeepDiff

    tree = DeepDiff(sent, held, report_repetition=True, ignore_numeric_type_changes=False, view="tree")
    for levels in tree.values():
        for level in levels:
            yield Kept(place + pointer(level.path(output_format="list")), _json(level.t1), _json(level.t2))


def _json(value: object) -> Json:
    """A value as deepdiff gives it; what is not present in one of the two is null here."""
    return value if isinstance(value, bool | int | float | str | list | dict) else None


def _beside(field: Field | None, sent: Json, got: Json, dialect: Dialect) -> Json:
    """`got` as far as it answers to `sent`: no members that were not sent, nothing and null and (maybe) [] alike."""
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
    laid = {
        name: _beside(field.child(name) if field else None, value, got.get(name), dialect)
        for name, value in sent.items()
    }
    return {name: value for name, value in laid.items() if value is not None or sent[name] is None}


def _items(field: Field | None, sent: list[Json], got: list[Json], dialect: Dialect) -> list[Json]:
    laid = [_beside(field, one, other, dialect) for one, other in zip(sent, got, strict=False)]
    return laid + got[len(sent) :]


def _in_order(field: Field | None, sent: list[Json], got: list[Json], dialect: Dialect) -> list[Json]:
    """The items of an unordered list in the order of what was sent; those that answer to nothing come last."""
    if field is None or field.ordered or field.list_type not in ("set", "map") or same(sent, got):
        return got
    left, ordered = list(got), list[Json]()
    for one in sent:
        place = next((n for n, other in enumerate(left) if same(one, _beside(field.items, one, other, dialect))), None)
        if place is not None:
            ordered.append(left.pop(place))
    return ordered + left if len(ordered) == len(sent) else got
