"""Prepare a step of a change for sending: fill in references, put tests in front, encode values as the dialect says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from rhythmconf.catalog import Field, Kind
from rhythmconf.engine.execute.account import RunAccount
from rhythmconf.engine.execute.readback import Expectation, create_expectation, expectation
from rhythmconf.engine.journal import Journal, Step, Write
from rhythmconf.engine.plan import VERBS, guard_operations
from rhythmconf.model import Body, Change, Json, Key, Operation, canonical, tokens
from rhythmconf.settings import Dialect
from rhythmconf.source.project.values import Site
from rhythmconf.tenant.client import Client, Clock

NOTHING = Expectation({}, {})


@dataclass(frozen=True, slots=True)
class RunContext:
    """What a run works with. `base` has the records as they were before a step, by kind and id.

    `existing_ids` are the ids that each kind had before this run's creates; `doubtful` are the creates to look for.
    """

    client: Client
    site: Site
    journal: Journal
    clock: Clock
    account: RunAccount
    base: dict[tuple[str, str], Body]
    existing_ids: Mapping[str, frozenset[str]]
    doubtful: list[CreateInDoubt] = field(default_factory=list)

    def kind(self, key: Key) -> Kind:
        """Return the kind of a key."""
        return self.site.catalog.kinds[key.kind]


@dataclass(frozen=True, slots=True)
class PreparedStep:
    """One step of a change, ready to send: the `body` of a create, or the `tests` and the `patch` of a patch.

    References are ids now. `expected` has the values that the step touches, before and after it.
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
        """Return the key of the change."""
        return self.change.key

    @property
    def verb(self) -> str:
        """Return the call of the API that sends the step."""
        return VERBS[self.step]

    @property
    def write(self) -> Write:
        """Return the step as the journal records it."""
        return Write(self.key, self.step, self.id)


class CreateInDoubt(NamedTuple):
    """A create with an unknown outcome, that was sent in request `seq` of the journal."""

    seq: int
    prepared: PreparedStep
    attempt: int


class NoId(LookupError):
    """A reference to a record that was not created; the argument is its key."""


def prepare(context: RunContext, change: Change, step: Step) -> PreparedStep:
    """Prepare a step. Raises NoId for a reference without an id, ValueError if a patch does not fit the record."""
    root, ids = context.kind(change.key).root, context.account.ids
    if step == "create":
        body = fill_references(change.body or {}, root, ids)
        return PreparedStep(change, step, create_expectation(body), body=body)
    if step == "delete":
        return PreparedStep(change, step, NOTHING, id=change.id)
    patch = tuple(fill_operations(change.patch, root, ids))
    id = (ids[change.key] if step == "close" else change.id) or ""
    record = context.base.get((change.key.kind, id), {})
    expected = expectation(record, patch)
    if step == "close":
        return PreparedStep(change, step, expected, id=id, patch=patch)
    tests = tuple(guard_operations(change, context.site.dialect, record))
    return PreparedStep(change, step, expected, id=id, tests=tests, patch=patch)


def fill_references(body: Body, root: Field, ids: Mapping[Key, str]) -> Body:
    """Return `body` with each `{"$ref": key}` at a reference position replaced by the id of that record."""
    return {name: _fill_value(value, root.child(name), ids) for name, value in body.items()}


def _fill_value(value: Json, field: Field | None, ids: Mapping[Key, str]) -> Json:
    if field is None:
        return value
    if isinstance(value, list):
        return [_fill_value(item, field.items, ids) for item in value]
    if not isinstance(value, dict):
        return value
    if field.targets and isinstance(ref := value.get("$ref"), str):
        return _id(Key.parse(ref), ids)
    return {name: _fill_value(member, field.child(name), ids) for name, member in value.items()}


def fill_operations(operations: Iterable[Operation], field: Field, ids: Mapping[Key, str]) -> list[Operation]:
    """Return the operations with the references in their values replaced by ids."""
    return [_fill_operation(operation, field, ids) for operation in operations]


def encode_values(operations: Iterable[Operation], dialect: Dialect) -> list[Operation]:
    """Encode the values as the tenant reads them. The API documents `value` as a string, and some tenants mean it."""
    if dialect.patch_values == "json":
        return list(operations)
    return [_with_text_value(operation) for operation in operations]


def _fill_operation(operation: Operation, field: Field, ids: Mapping[Key, str]) -> Operation:
    if "value" not in operation:
        return operation
    below: Field | None = field
    for token in tokens(str(operation["path"])):
        below = below.child(token) if below else None
    return {**operation, "value": _fill_value(operation["value"], below, ids)}


def _with_text_value(operation: Operation) -> Operation:
    return {**operation, "value": canonical(operation["value"]).decode()} if "value" in operation else operation


def _id(key: Key, ids: Mapping[Key, str]) -> str:
    if key not in ids:
        raise NoId(key)
    return ids[key]
