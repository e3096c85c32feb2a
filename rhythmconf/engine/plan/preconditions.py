"""Changes -> what must still hold in the tenant, and the RFC 6902 `test` operations that make the tenant check it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from rhythmconf.catalog import Field
from rhythmconf.model import Body, Change, Json, Missing, Operation, Precondition, at, pointer, tokens
from rhythmconf.settings import Dialect

if TYPE_CHECKING:
    from rhythmconf.engine.journal import Step

GONE = Precondition(no_record=True)
"""Of a create: there is no such record yet."""


def of_patch(operations: tuple[Operation, ...], live: Body) -> Precondition:
    """The live values that a patch replaces or removes, and the members it adds.

    Where a pointer passes through a list, the outermost list is what must be as it was: an index means nothing else.
    """
    values: dict[str, Json] = {}
    absent: list[str] = []
    for each in operations:
        for place in _touched(each):
            where = _up_to_list(place, live)
            value = at(live, where)
            if isinstance(value, Missing):
                absent.append(where)
            else:
                values[where] = value
    return Precondition(_outermost(values), tuple(dict.fromkeys(absent)))


def of_delete(root: Field, before: Body) -> Precondition:
    """All that a reviewer saw of the record, and that nothing was added since; without what the tenant counts."""
    fields = root.fields or {}
    kept = {name: value for name, value in before.items() if name not in fields or not fields[name].runtime}
    own = (name for name, field in fields.items() if not (field.runtime or field.read_only or name.startswith("sys_")))
    absent = tuple(pointer((name,)) for name in own if name not in before)
    return Precondition({pointer((name,)): value for name, value in kept.items()}, absent)


def guard_operations(change: Change, dialect: Dialect, record: Body) -> list[Operation]:
    """The tests to send before a change's patch; `record` is the record as just read, preconditions compared.

    With guard `values` each value that is replaced or removed and the parent object of each added member; with
    `version` the record's version; with `read` nothing. `needs_read` says when that is not enough.
    """
    if dialect.guard == "read":
        return []
    if dialect.guard == "version" and record.get("sys_version") is not None:
        return [{"op": "test", "path": "/sys_version", "value": record["sys_version"]}]
    return [{"op": "test", "path": where, "value": value} for where, value in _tested(change, record).items()]


def needs_read(change: Change, step: Step, dialect: Dialect) -> bool:
    """Return whether the record must be read just before a step of its change is sent.

    A delete can't carry a test, and no RFC 6902 test can say that a member of the record itself is absent.
    """
    if step in ("create", "close"):
        return False
    if step == "delete" or dialect.guard == "read":
        return True
    if step == "free":
        return False
    return dialect.guard == "values" and any(len(tokens(where)) == 1 for where in change.precondition.absent)


def _touched(operation: Operation) -> Iterator[str]:
    yield str(operation["path"])
    if operation["op"] in ("move", "copy"):
        yield str(operation["from"])


def _up_to_list(where: str, live: Body) -> str:
    path = tokens(where)
    for length in range(1, len(path)):
        if isinstance(at(live, pointer(path[:length])), list):
            return pointer(path[:length])
    return where


def _outermost(values: Mapping[str, Json]) -> dict[str, Json]:
    """Without the values inside others."""
    return {
        where: value
        for where, value in values.items()
        if not any(where.startswith(f"{other}/") for other in values if other != where)
    }


def _tested(change: Change, record: Body) -> dict[str, Json]:
    """Pointer and value, as the record has them: a null in it and an absence are the same to us, not to a test."""
    parents = [pointer(tokens(where)[:-1]) for where in change.precondition.absent]
    wheres = [*change.precondition.values, *(parent for parent in parents if parent)]
    found = {where: at(record, where) for where in wheres}
    return _outermost({where: value for where, value in found.items() if not isinstance(value, Missing)})
