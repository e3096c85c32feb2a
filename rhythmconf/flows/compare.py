"""Two tenants, or one and the files -> what differs between them by keys: an id means nothing in another tenant."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from rhythmconf.catalog import OPAQUE, Catalog, Field, Kind
from rhythmconf.engine.diff import Rules, field_changes, field_label, make_target
from rhythmconf.flows.planning import paired
from rhythmconf.flows.validate import checked
from rhythmconf.model import Body, Diagnostic, FieldChange, Json, Key, LiveState, Pair, Progress, canonical
from rhythmconf.settings import Environment
from rhythmconf.source.project.values import Project
from rhythmconf.tenant import live

FILES = "files"


@dataclass(frozen=True, slots=True)
class Shore:
    """One side: its records by key, in comparable form; what the files want there; how many records have no key.

    `findings` says which keys could not be compared, and why.
    """

    name: str
    records: Mapping[Key, Body]
    wanted: Mapping[Key, Body]
    unmanaged: int = 0
    findings: tuple[Diagnostic, ...] = ()


class Contrast(NamedTuple):
    """A key that differs. `only` names the side that has it alone; `overlaid` are the fields that shall differ."""

    key: Key
    fields: tuple[FieldChange, ...] = ()
    overlaid: frozenset[str] = frozenset()
    only: str | None = None


@dataclass(frozen=True, slots=True)
class Contrasts:
    """All that differs between two sides, in order of keys, and how many keys are alike."""

    one: Shore
    other: Shore
    found: tuple[Contrast, ...]
    alike: int


def shore(
    project: Project, environment: Environment, source: live.Source
) -> Generator[Progress, None, tuple[Shore, Shore]]:
    """What a tenant has, and what it would have if it were as the files say. Raises Invalid for files with errors."""
    wanted, catalog = checked(project, environment.name), project.catalog
    found = yield from live.fetch(source, list(catalog.kinds.values()))
    who = paired(wanted.state, found, project, environment)
    names = {(key.kind, id): key.name for key, id in who.ids.items()}
    pairs = [*who.pairs, *who.orphans]
    has = {each.key: _plain(catalog, each.key, each.record.body, names) for each in pairs if each.record}
    rules = Rules.of({str(key): id for key, id in who.ids.items()}, environment.dialect)
    wants = {key: _plain(catalog, key, each.body, names) for key, each in wanted.state.resources.items()}
    laid = {each.key: _laid(catalog, each, names, rules) for each in who.pairs}
    here = Shore(environment.name, has, wants, _count(found) - len(has), who.diagnostics)
    return here, Shore(FILES, laid, wants)


def contrast(one: Shore, other: Shore, catalog: Catalog) -> Contrasts:
    """Everything that differs from `one` to `other`."""
    keys = sorted(one.records.keys() | other.records.keys())
    found = [each for key in keys if (each := _contrast(catalog.kind(key.kind), key, one, other)) is not None]
    return Contrasts(one, other, tuple(found), len(keys) - len(found))


def _contrast(kind: Kind, key: Key, one: Shore, other: Shore) -> Contrast | None:
    if key not in other.records:
        return Contrast(key, only=one.name)
    if key not in one.records:
        return Contrast(key, only=other.name)
    fields = field_changes(kind, one.records[key], other.records[key])
    if not fields:
        return None
    meant = field_changes(kind, one.wanted.get(key, {}), other.wanted.get(key, {}))
    return Contrast(key, fields, frozenset(field_label(each) for each in meant))


def _laid(catalog: Catalog, pair: Pair, names: Mapping[tuple[str, str], str], rules: Rules) -> Body:
    kind = catalog.kind(pair.key.kind)
    body = pair.resource.body if pair.resource else {}
    target = make_target(kind.root, body, pair.record.body if pair.record else {}, rules)
    return _plain(catalog, pair.key, target if isinstance(target, dict) else {}, names)


def _count(found: LiveState) -> int:
    return sum(1 for _ in found.all())


def _plain(catalog: Catalog, key: Key, body: Body, names: Mapping[tuple[str, str], str]) -> Body:
    """A record without what is the tenant's own, references by key, in one order, without empty values."""
    made = _neutral(catalog.kind(key.kind).root, body, names)
    return made if isinstance(made, dict) else {}


def _neutral(field: Field, value: Json, names: Mapping[tuple[str, str], str]) -> Json:
    if field.targets:
        return _name(field, value, names)
    if isinstance(value, dict):
        return dict(_members(field, value, names))
    if isinstance(value, list):
        items = [_neutral(field.items or OPAQUE, item, names) for item in value]
        loose = field.list_type in ("set", "map") and not field.ordered
        return sorted(items, key=lambda item: _rank(field, item)) if loose else items
    return value


def _members(field: Field, body: Body, names: Mapping[tuple[str, str], str]) -> Iterator[tuple[str, Json]]:
    fields = field.fields or {}
    for name, value in body.items():
        child = fields.get(name, OPAQUE)
        if not (child.read_only or child.runtime):
            plain = _neutral(child, value, names)
            if plain is not None and plain != []:
                yield name, plain


def _rank(field: Field, item: Json) -> bytes:
    """Where an item of an unordered list stands: by its last possible key, which is the author's."""
    keys = field.map_keys[-1] if field.map_keys else ()
    return canonical([item.get(name) for name in keys] if isinstance(item, dict) and keys else item)


def _name(field: Field, value: Json, names: Mapping[tuple[str, str], str]) -> Json:
    """The key that an id or a reference stands for; an id that no key is known for says so."""
    if isinstance(value, dict):
        return str(value.get("$ref")).rpartition("/")[2]
    found = [names[kind, value] for kind in field.targets if (kind, value) in names] if isinstance(value, str) else []
    return found[0] if found else f"id:{value}" if isinstance(value, str) else value
