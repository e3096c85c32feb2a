"""Define what must still hold in the tenant, and the RFC 6902 `test` operations that let the tenant check it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from rhythmconf.catalog import Field
from rhythmconf.model import Body, Change, Json, Missing, Operation, Precondition, at, pointer, tokens
from rhythmconf.settings import Dialect

if TYPE_CHECKING:
    from rhythmconf.engine.journal import Step

NO_RECORD = Precondition(no_record=True)
"""The precondition of a create: there is no such record yet."""


def patch_precondition(operations: tuple[Operation, ...], live: Body) -> Precondition:
    """Return the live values that a patch replaces or removes, and the members that it adds.

    Where a pointer passes through a list, the outermost list must be as it was: only then an index means the same item.
    """
    values: dict[str, Json] = {}
    absent: list[str] = []
    for operation in operations:
        for path in _touched_paths(operation):
            where = _outermost_list(path, live)
            value = at(live, where)
            if isinstance(value, Missing):
                absent.append(where)
            else:
                values[where] = value
    return Precondition(_outermost(values), tuple(dict.fromkeys(absent)))


def delete_precondition(root: Field, before: Body) -> Precondition:
    """Return all that a reviewer saw of the record, and that no member was added since.

    Runtime counters are left out: the tenant changes them all the time.
    """
    fields = root.fields or {}
    kept = {name: value for name, value in before.items() if name not in fields or not fields[name].runtime}
    own = (name for name, field in fields.items() if not (field.runtime or field.read_only or name.startswith("sys_")))
    absent = tuple(pointer((name,)) for name in own if name not in before)
    return Precondition({pointer((name,)): value for name, value in kept.items()}, absent)


def guard_operations(change: Change, dialect: Dialect, record: Body) -> list[Operation]:
    """Return the tests to send before a change's patch. `record` was just read, and its preconditions compared.

    With guard `values` they test each value that is replaced or removed and the parent of each added member, with
    `version` the record's version, with `read` nothing. `needs_read` tells when that is not enough.
    """
    if dialect.guard == "read":
        return []
    if dialect.guard == "version" and record.get("sys_version") is not None:
        return [{"op": "test", "path": "/sys_version", "value": record["sys_version"]}]
    return [{"op": "test", "path": where, "value": value} for where, value in _tested_values(change, record).items()]


def needs_read(change: Change, step: Step, dialect: Dialect) -> bool:
    """Return whether the record must be read just before a step of its change is sent.

    A delete can't carry a test, and no RFC 6902 test can say that a member of the record itself is absent.
    """
    if step in ("create", "close"):
        return False
    if step in ("delete", "withdraw") or dialect.guard == "read":
        return True
    if step == "free":
        return False
    return dialect.guard == "values" and any(len(tokens(where)) == 1 for where in change.precondition.absent)


def _touched_paths(operation: Operation) -> Iterator[str]:
    yield str(operation["path"])
    if operation["op"] in ("move", "copy"):
        yield str(operation["from"])


def _outermost_list(where: str, live: Body) -> str:
    path = tokens(where)
    for length in range(1, len(path)):
        if isinstance(at(live, pointer(path[:length])), list):
            return pointer(path[:length])
    return where


def _outermost(values: Mapping[str, Json]) -> dict[str, Json]:
    """Leave out the values that are inside others."""
    return {
        where: value
        for where, value in values.items()
        if not any(where.startswith(f"{other}/") for other in values if other != where)
    }


def _tested_values(change: Change, record: Body) -> dict[str, Json]:
    """Return pointers and values to test, as the record has them: to a test, null and absence are not the same."""
    parents = [pointer(tokens(where)[:-1]) for where in change.precondition.absent]
    pointers = [*change.precondition.values, *(parent for parent in parents if parent)]
    values = {where: at(record, where) for where in pointers}
    return _outermost({where: value for where, value in values.items() if not isinstance(value, Missing)})
