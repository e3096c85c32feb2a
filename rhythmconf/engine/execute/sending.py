"""A step of a change -> what goes over the wire: references filled in, guards in front, values as the dialect wants."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from rhythmconf.catalog import Catalog, Field, Kind
from rhythmconf.engine.execute.ledger import Ledger
from rhythmconf.engine.execute.readback import Expectation, expectation, whole
from rhythmconf.engine.journal import Journal, Step, Write
from rhythmconf.engine.plan import guard_operations
from rhythmconf.model import Bindings, Body, Change, Json, Key, Operation, canonical, tokens
from rhythmconf.settings import Dialect
from rhythmconf.tenant.client import Client, Clock

NOTHING = Expectation({}, {})


@dataclass(frozen=True, slots=True)
class Context:
    """What a run works with. `base` has the records as they were before a step, by kind and id.

    `known` are the ids that each kind had before this run's creates, `bindings` those of the environment; `doubtful`
    are the creates to look for.
    """

    client: Client
    catalog: Catalog
    dialect: Dialect
    journal: Journal
    clock: Clock
    ledger: Ledger
    base: dict[tuple[str, str], Body]
    known: Mapping[str, frozenset[str]]
    bindings: Bindings = field(default_factory=dict)
    doubtful: list[Doubt] = field(default_factory=list)

    def kind(self, key: Key) -> Kind:
        """The kind of a key."""
        return self.catalog.kinds[key.kind]


@dataclass(frozen=True, slots=True)
class Sending:
    """One step of one change, ready: `body` of a create, `tests` and `patch` of a patch, all without `$ref`s.

    `expected` is what the record holds before and after, of what the step touches.
    """

    change: Change
    step: Step
    expected: Expectation
    id: str | None = None
    body: Body | None = None
    tests: tuple[Operation, ...] = ()
    patch: tuple[Operation, ...] = ()

    @property
    def key(self) -> Key:
        """Whose step it is."""
        return self.change.key

    @property
    def write(self) -> Write:
        """The step as the journal notes it."""
        return Write(self.key, self.step, self.id)


class Doubt(NamedTuple):
    """A create that was sent in request `seq` of the journal, and may or may not have been done."""

    seq: int
    sending: Sending
    attempt: int


class NoId(LookupError):
    """A reference to a record that should have been created, and wasn't."""


def prepare(context: Context, change: Change, step: Step) -> Sending:
    """Make a step ready to send. Raises NoId, and ValueError where a patch doesn't fit the record."""
    root, ids = context.kind(change.key).root, context.ledger.ids
    if step == "create":
        body = filled(change.body or {}, root, ids)
        return Sending(change, step, whole(body), body=body)
    if step == "delete":
        return Sending(change, step, NOTHING, id=change.id)
    patch = tuple(filled_operations(change.patch, root, ids))
    id = (ids[change.key] if step == "close" else change.id) or ""
    record = context.base.get((change.key.kind, id), {})
    expected = expectation(record, patch)
    if step == "close":
        return Sending(change, step, expected, id=id, patch=patch)
    tests = tuple(guard_operations(change, context.dialect, record))
    return Sending(change, step, expected, id=id, tests=tests, patch=patch)


def filled(body: Body, root: Field, ids: Mapping[Key, str]) -> Body:
    """`body` with each `{"$ref": key}` at a reference position replaced by the id that the key has by now."""
    return {name: _filled(value, root.child(name), ids) for name, value in body.items()}


def _filled(value: Json, field: Field | None, ids: Mapping[Key, str]) -> Json:
    if field is None:
        return value
    if isinstance(value, list):
        return [_filled(item, field.items, ids) for item in value]
    if not isinstance(value, dict):
        return value
    if field.targets and isinstance(ref := value.get("$ref"), str):
        return _id(Key.parse(ref), ids)
    return {name: _filled(member, field.child(name), ids) for name, member in value.items()}


def filled_operations(operations: Iterable[Operation], field: Field, ids: Mapping[Key, str]) -> list[Operation]:
    """The operations with the references in their values filled in."""
    return [_operation(operation, field, ids) for operation in operations]


def wire(operations: Iterable[Operation], dialect: Dialect) -> list[Operation]:
    """The operations as this tenant reads them: the API documents `value` as a string, which may be meant so."""
    if dialect.patch_values == "json":
        return list(operations)
    return [_texted(operation) for operation in operations]


def _operation(operation: Operation, field: Field, ids: Mapping[Key, str]) -> Operation:
    if "value" not in operation:
        return operation
    below: Field | None = field
    for token in tokens(str(operation["path"])):
        below = below.child(token) if below else None
    return {**operation, "value": _filled(operation["value"], below, ids)}


def _texted(operation: Operation) -> Operation:
    return {**operation, "value": canonical(operation["value"]).decode()} if "value" in operation else operation


def _id(key: Key, ids: Mapping[Key, str]) -> str:
    if key not in ids:
        raise NoId(key)
    return ids[key]
