"""Compare what two tenants have, or a tenant and the files, by keys: ids mean nothing in another tenant."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from rhythmconf.catalog import OPAQUE, Catalog, Field, Kind, is_switched_off
from rhythmconf.catalog.unknown import is_the_tenants_own
from rhythmconf.engine.diff import Rules, field_changes, target_body
from rhythmconf.engine.pull import report_unlisted
from rhythmconf.flows.annotate import locate_diagnostics
from rhythmconf.flows.compose import identify
from rhythmconf.flows.connect import await_lists, connect
from rhythmconf.flows.optional_kinds import optional_kinds
from rhythmconf.flows.validate import resolve_valid
from rhythmconf.flows.values import Flow
from rhythmconf.flows.without_key import RecordWithoutKey, find_without_key
from rhythmconf.model import Body, Diagnostic, FieldChange, Json, Key, canonical
from rhythmconf.settings import Environment
from rhythmconf.source.project.values import Project
from rhythmconf.tenant import live as live_state

FILES = "files"
"""The name of the files as one side of a comparison."""


@dataclass(frozen=True, slots=True)
class ComparedSide:
    """One side: its records by key, in comparable form; what is declared for it; the records without a key.

    `unlisted` has the kinds that the tenant refuses to list. `diagnostics` say what could not be compared, and why.
    """

    name: str
    records: Mapping[Key, Body]
    declared: Mapping[Key, Body]
    unmanaged: tuple[RecordWithoutKey, ...] = ()
    unlisted: frozenset[str] = frozenset()
    diagnostics: tuple[Diagnostic, ...] = ()


class KeyDifference(NamedTuple):
    """A key that differs. `only` names the side that has it alone; `overlaid` are the fields that are to differ."""

    key: Key
    fields: tuple[FieldChange, ...] = ()
    overlaid: frozenset[str] = frozenset()
    only: str | None = None


@dataclass(frozen=True, slots=True)
class TenantComparison:
    """All that differs between two sides, in order of keys, and how many keys are alike."""

    left: ComparedSide
    right: ComparedSide
    differences: tuple[KeyDifference, ...]
    alike: int

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """Return the diagnostics of both sides."""
        return (*self.left.diagnostics, *self.right.diagnostics)


def compare(project: Project, left: Environment, right: Environment | None) -> Flow[TenantComparison]:
    """Compare the tenants of two environments; without `right`, a tenant and the files.

    Raises Invalid for files with errors.
    """
    left_side, files = yield from _sides(project, left)
    right_side = files if right is None else (yield from _sides(project, right))[0]
    catalog = project.catalog
    unlisted = left_side.unlisted | right_side.unlisted
    keys = sorted(key for key in left_side.records.keys() | right_side.records.keys() if key.kind not in unlisted)
    differences = [
        difference
        for key in keys
        if (difference := _difference(catalog.kind(key.kind), key, left_side, right_side)) is not None
    ]
    return TenantComparison(left_side, right_side, tuple(differences), len(keys) - len(differences))


def _sides(project: Project, environment: Environment) -> Flow[tuple[ComparedSide, ComparedSide]]:
    """Return what a tenant has, and what it would have after an apply of the files."""
    resources, catalog = resolve_valid(project, environment.name).state, project.catalog
    site = project.site(environment)
    optional = optional_kinds(site, resources, project.elsewhere(environment.name))
    yield from await_lists(project.settings, environment)
    with connect(project, environment) as client:
        live = yield from live_state.fetch(client, list(catalog.kinds.values()), optional)
    identity = identify(resources, live, site)
    names = {(key.kind, id): key for key, id in identity.ids.items()}
    records = {
        pair.key: _comparable(catalog, pair.key, pair.record.body, names)
        for pair in (*identity.pairs, *identity.orphans)
        if pair.record
    }
    rules = Rules.of({str(key): id for key, id in identity.ids.items()}, environment.dialect)
    declared = {key: _comparable(catalog, key, resource.body, names) for key, resource in resources.resources.items()}
    applied = {
        pair.key: _comparable(catalog, pair.key, target_body(catalog.kind(pair.key.kind), pair, rules), names)
        for pair in identity.pairs
    }
    unmanaged = find_without_key(identity, live)
    located = locate_diagnostics(identity.diagnostics, resources, site, project.texts)
    diagnostics = (*report_unlisted(live, catalog, f"compared ({environment.name})"), *located)
    unlisted = frozenset(live.unlisted)
    tenant = ComparedSide(environment.name, records, declared, unmanaged, unlisted, diagnostics)
    return tenant, ComparedSide(FILES, applied, declared)


def _difference(kind: Kind, key: Key, left: ComparedSide, right: ComparedSide) -> KeyDifference | None:
    if key not in right.records:
        return KeyDifference(key, only=left.name)
    if key not in left.records:
        return KeyDifference(key, only=right.name)
    fields = field_changes(kind, left.records[key], right.records[key])
    if not fields:
        return None
    overlaid = field_changes(kind, left.declared.get(key, {}), right.declared.get(key, {}))
    return KeyDifference(key, fields, frozenset(change.name for change in overlaid))


def _comparable(catalog: Catalog, key: Key, body: Body, names: Mapping[tuple[str, str], Key]) -> Body:
    """Return a record without read-only fields and empty values, with keys for ids, its unordered lists sorted."""
    value = _neutral(catalog.kind(key.kind).root, body, names)
    return value if isinstance(value, dict) else {}


def _neutral(field: Field, value: Json, names: Mapping[tuple[str, str], Key], path: str = "") -> Json:
    if field.targets:
        return _name(field, value, names)
    if isinstance(value, dict):
        return dict(_members(field, value, names, path))
    if isinstance(value, list):
        given = field.map_keys[0] if len(field.map_keys) > 1 else ()
        items = [_neutral(field.items or OPAQUE, _without(item, given), names, f"{path}[]") for item in value]
        unordered = field.list_type in ("set", "map") and not field.ordered
        return sorted(items, key=lambda item: _rank(field, item)) if unordered else items
    return value


def _without(item: Json, members: Iterable[str]) -> Json:
    """Return an item without the id that its tenant gave it: another tenant gives another one."""
    return {name: value for name, value in item.items() if name not in members} if isinstance(item, dict) else item


def _members(field: Field, body: Body, names: Mapping[tuple[str, str], Key], path: str) -> Iterator[tuple[str, Json]]:
    fields = field.fields or {}
    for name, value in body.items():
        child = fields.get(name, OPAQUE)
        # The schema of an imported kind has only those of the tenant's own fields that its contract names.
        own = name not in fields and field.fields is not None and is_the_tenants_own(name, path)
        if not (child.read_only or child.runtime or own):
            neutral = _neutral(child, value, names, f"{path}.{name}")
            # Some tenants want an empty object for an option that is switched off, others none.
            if neutral is not None and neutral != [] and not (neutral == {} and is_switched_off(child, body)):
                yield name, neutral


def _rank(field: Field, item: Json) -> bytes:
    """Return the sort key of an item of an unordered list: its last possible map key, which the author chose."""
    keys = field.map_keys[-1] if field.map_keys else ()
    return canonical([item.get(name) for name in keys] if isinstance(item, dict) and keys else item)


def _name(field: Field, value: Json, names: Mapping[tuple[str, str], Key]) -> Json:
    """Return the key that an id or a reference stands for; `id:ID` where no key is known."""
    if isinstance(value, dict):
        return _written(Key.parse(str(value.get("$ref"))), field)
    if not isinstance(value, str):
        return value
    found = (names[kind, value] for kind in field.targets if (kind, value) in names)
    return next((_written(key, field) for key in found), f"id:{value}")


def _written(key: Key, field: Field) -> str:
    """Return the key without its kind where the field can only refer to one kind."""
    return key.name if len(field.targets) == 1 else str(key)
