"""A Kind with its validators, which are compiled when first used, and the Catalog of all Kinds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from rhythmconf.catalog.field import OPAQUE, Field, build, qualify
from rhythmconf.catalog.inline import Schema, inline
from rhythmconf.catalog.notes import SUFFIX, Notes
from rhythmconf.catalog.opaque import OpaqueTrail, find_opaque
from rhythmconf.catalog.roles import SchedulePlace, StepPlace, find_active, find_schedule, find_steps
from rhythmconf.catalog.transform import document_schema, record_schema
from rhythmconf.catalog.verdict import compiled, is_valid
from rhythmconf.errors import CatalogError
from rhythmconf.model import Body, FieldTitles, Json, KindNames, Risk, canonical, pointer, tokens
from rhythmconf.model.appearance import appearance
from rhythmconf.model.kind_names import FieldRole
from rhythmconf.model.suggest import did_you_mean, suggest

if TYPE_CHECKING:
    from jsonschema_rs import Draft202012Validator

Replace: TypeAlias = Callable[[Field, Json], Json]
"""Takes Field and value of a reference position and returns the new value."""
Substituted: TypeAlias = "dict[tuple[int, int], tuple[Json, Json]]"
"""A value and what came of it, by the `id()` of the value and of its Trail."""
REMEMBERED = 10_000
"""Values that are remembered while references are replaced; then it begins anew."""


class Trail(NamedTuple):
    """The part of a Field tree that leads to references; `at` is the Field of a reference itself."""

    at: Field | None
    members: tuple[tuple[str, Trail], ...]
    items: Trail | None


# Kinds are compared by identity: they are keys of mappings, and hashing a whole schema is slow.
@dataclass(frozen=True, eq=False)
class Kind:
    """One schema file. `source` is what was read; everything else is derived from it when it is first needed.

    `notes` are in `source` already. `operations` maps each operation of the API to the evidence for it.
    """

    name: str
    module: str
    segment: str
    operations: Mapping[str, str]
    natural_key: tuple[str, ...]
    resource_class: str
    source: Schema
    file: str
    notes: Notes | None = None

    def fault(self, path: tuple[str, ...], message: str, help: str | None) -> CatalogError:
        """Return the error about a place of the schema: in the notes if there are any, for the file alone is right."""
        if self.notes is not None:
            return self.notes.fault(path, message, help)
        return CatalogError(message, where=f"{self.file}#{pointer(path)}", help=help)

    @property
    def notes_file(self) -> str:
        """Return the file of notes on the kind, or where it would be."""
        return self.notes.file if self.notes else f"{self.name}{SUFFIX} in a folder of `schemas`"

    @property
    def short(self) -> str:
        """Return the name without its module."""
        return self.name.rpartition("/")[2]

    @property
    def is_singleton(self) -> bool:
        """Tell whether a tenant has one record of this kind, whose address has no id."""
        return self.resource_class == "singleton"

    @property
    def is_managed(self) -> bool:
        """Tell whether the kind may have documents. Records about single members may not: they are only read."""
        return self.resource_class != "transactional"

    def knows(self, operation: str) -> bool:
        """Tell whether there is evidence for this operation of the API, beyond a guess from the pattern."""
        evidence = self.operations.get(operation, "absent").split("+")
        return not {"guess", "unknown", "absent"}.issuperset(evidence)

    def can(self, operation: str) -> bool:
        """Tell whether the API has this operation, as far as the schema knows."""
        return self.operations.get(operation, "absent") != "absent"

    def natural_appearance(self, body: Body) -> tuple[bytes | str, ...]:
        """Return the natural key of a body, equal for all bodies whose natural keys look the same to a person.

        References and numbers count as they are. The result is empty while a part of the key has no value.
        """
        parts = [(self.root.child(name) or OPAQUE, body.get(name)) for name in self.natural_key]
        if any(value is None for _, value in parts):
            return ()
        return tuple(
            appearance(value) if isinstance(value, str) and not field.targets else canonical(value)
            for field, value in parts
        )

    def record_name(self, body: Body) -> str:
        """Return what people call a record: its `name`, else its natural key; empty where it has neither.

        References in a natural key are left out: an id is no name.
        """
        if isinstance(name := body.get("name"), str) and name.strip():
            return name
        fields = [(self.root.child(part) or OPAQUE, body.get(part)) for part in self.natural_key]
        return ", ".join(
            value for field, value in fields if isinstance(value, str) and value.strip() and not field.targets
        )

    @cached_property
    def titles(self) -> FieldTitles:
        """The titles of the kind and of its fields."""
        return _titles(self.root)

    @cached_property
    def schema(self) -> Schema:
        """The schema of the file with its annotations, and with local `$ref`s replaced."""
        return inline(self.source, self.fault)

    @cached_property
    def root(self) -> Field:
        """The Field of a whole record."""
        return build(self.schema, self.module)

    @cached_property
    def document_schema(self) -> Schema:
        """The JSON Schema of a document's `spec`."""
        return document_schema(self.schema)

    @cached_property
    def record_schema(self) -> Schema:
        """The JSON Schema of a record that is sent to the tenant. It allows what the vendor's API allows."""
        return record_schema(self.schema)

    def check(self, spec: Body) -> bool:
        """Tell whether a document's `spec` is valid. Nothing else decides this."""
        return is_valid(self._documents, spec)

    def check_record(self, body: Body) -> bool:
        """Tell whether `body` satisfies `record_schema`."""
        return is_valid(self._records, body)

    def complaints(self, spec: Body) -> Iterator[tuple[str, str]]:
        """Yield pointer and message of each error in a `spec`, as jsonschema-rs words it."""
        return _complaints(self._documents, spec)

    def record_complaints(self, body: Body) -> Iterator[tuple[str, str]]:
        """Yield pointer and message of each error in a record, as jsonschema-rs words it."""
        return _complaints(self._records, body)

    def field(self, pointer: str) -> Field | None:
        """Return the Field at a pointer into a record, or None."""
        field: Field | None = self.root
        for token in tokens(pointer):
            field = field.child(token) if field else None
        return field

    def risk(self, pointer: str) -> Risk | None:
        """Return the risk of a change at this pointer: that of the nearest field at or above it that has one."""
        field: Field | None = self.root
        risk = self.root.risk
        for token in tokens(pointer):
            field = field.child(token) if field else None
            risk = (field.risk if field else None) or risk
        return risk

    @cached_property
    def trail(self) -> Trail | None:
        """The paths to all references; None where the kind has none."""
        return _trail(self.root)

    @cached_property
    def opaque(self) -> OpaqueTrail | None:
        """The paths to all values that the schema says nothing about; None where the kind has none."""
        return find_opaque(self.root)

    @cached_property
    def steps(self) -> tuple[StepPlace, ...]:
        """The steps that runs of a record of this kind have; empty where it is no template."""
        return tuple(find_steps(self.root))

    @cached_property
    def schedule(self) -> SchedulePlace | None:
        """The text of a schedule; None where a record of this kind is no schedule."""
        return find_schedule(self.root)

    @cached_property
    def active(self) -> str:
        """The field that says whether a record is in use; empty where the kind has none."""
        return find_active(self.root)

    def is_active(self, body: Body) -> bool:
        """Tell whether a record is in use. It is where the field is absent or null, or where the kind has none."""
        return not self.active or body.get(self.active) is not False

    @cached_property
    def _documents(self) -> Draft202012Validator:
        return compiled(self.document_schema)

    @cached_property
    def _records(self) -> Draft202012Validator:
        return compiled(self.record_schema)


@dataclass(frozen=True, eq=False)
class Catalog:
    """The Kinds of the modules in use by qualified name, sorted.

    `module` is the default module, `texts` has the files by name. `replaced` has the names of the shipped kinds of
    which the project has a schema file of its own. `unused` has the files of the shipped kinds of all other modules by
    qualified name: they are known, but nothing of them is read.
    """

    kinds: Mapping[str, Kind]
    module: str
    texts: Mapping[str, bytes]
    replaced: tuple[str, ...] = ()
    unused: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def version(self) -> str:
        """A digest of all schema files and notes: 12 hexadecimal digits."""
        from hashlib import sha256  # OpenSSL takes 3 ms to load, and a check of files needs no version

        digest = sha256()
        for name, text in sorted(self.texts.items()):
            digest.update(f"{name}\0{len(text)}\0".encode())
            digest.update(text)
        return digest.hexdigest()[:12]

    @cached_property
    def names(self) -> KindNames:
        """How people read the kinds: with a module that isn't the default, or where several modules have the name."""
        counts = Counter(kind.short for kind in self.kinds.values())
        return KindNames(self.module, frozenset(name for name, count in counts.items() if count > 1))

    def names_with_titles(self, kinds: Iterable[str]) -> KindNames:
        """Return the names with the titles of some (qualified) kinds and of their fields."""
        return self.names._replace(
            titles={kind: self.kinds[kind].titles for kind in sorted({*kinds} & self.kinds.keys())}
        )

    def qualify(self, name: str) -> str:
        """Return the qualified name of a kind; one without a module is of the default module."""
        return qualify(name, self.module)

    def shown(self, name: str) -> str:
        """Return a qualified kind, or a key, as this project writes it: without the default module."""
        return name.removeprefix(f"{self.module}/")

    def suggest_kind(self, name: str) -> str:
        """Return the question that offers the kind nearest to a name, or to its singular; empty where none is near."""
        if elsewhere := [kind for kind in self.unused if kind.rpartition("/")[2] == name]:
            return did_you_mean(elsewhere)
        kinds = [self.shown(kind) for kind in (*self.kinds, *self.unused)]
        return suggest(name, kinds) or suggest(name.removesuffix("s"), kinds)

    def users(self, names: Collection[str]) -> frozenset[str]:
        """Return the kinds of which a record may refer to one of some (qualified) kinds."""
        wanted = {*names}
        return frozenset(name for name, kind in self.kinds.items() if wanted and not wanted.isdisjoint(targets(kind)))

    def _help_for_kind(self, name: str) -> str:
        near = self.suggest_kind(name)
        return " ".join(filter(None, (near, f"kinds: {', '.join(self.kinds)}")))

    def kind(self, name: str) -> Kind:
        """Return the Kind of a name, qualified or of the default module. Raises CatalogError where there is none."""
        kind = self.kinds.get(self.qualify(name))
        if kind is None:
            raise CatalogError(f"there is no kind '{name}'", help=self._help_for_kind(name))
        return kind


def references(kind: Kind, body: Json) -> Iterator[tuple[str, Field, Json]]:
    """Yield pointer, Field and value of each reference in `body` that is not null."""
    if kind.trail is not None:
        yield from _references(kind.trail, body, "")


def targets(kind: Kind) -> Iterator[str]:
    """Yield every kind that a reference of this Kind may name, inside and outside the catalog."""
    if kind.trail is not None:
        yield from _targets(kind.trail)


def substitute(kind: Kind, body: Body, replace: Replace, repeated: Substituted | None = None) -> Body:
    """Return `body` with every reference replaced. Only the values above a reference are copied, the rest is shared.

    `repeated` remembers values for the next body, where many bodies share them and `replace` stays the same.
    """
    if kind.trail is None:
        return body
    return _substitute_members(kind.trail, body, replace, {} if repeated is None else repeated)


def _complaints(validator: Draft202012Validator, value: Body) -> Iterator[tuple[str, str]]:
    try:
        for error in validator.iter_errors(value):
            yield pointer(error.instance_path), error.message
    except ValueError as error:
        yield "", f"a text can't be encoded as UTF-8: {error}"


def _titles(field: Field, *, is_switch: bool = False) -> FieldTitles:
    fields = field.fields or {}
    switches = {name for child in fields.values() if child.step for name in child.when or ()}
    members = {name: _titles(child, is_switch=name in switches) for name, child in fields.items()}
    role = "switch" if is_switch else _role(field)
    return FieldTitles(field.title, members, _titles(field.items) if field.items else None, role)


def _role(field: Field) -> FieldRole | None:
    roles: Mapping[FieldRole, object] = {
        "active": field.active,
        "schedule": field.schedule,
        "step": field.step,
        "window": field.window,
        "text": field.merge_fields,
        "reference": field.targets,
    }
    return next((role for role, says_so in roles.items() if says_so), None)


def _trail(field: Field) -> Trail | None:
    if field.targets:
        return Trail(field, (), None)
    # References in fields that the tenant sets are neither resolved nor compared.
    below = {name: _trail(child) for name, child in (field.fields or {}).items() if not child.read_only}
    members = tuple((name, trail) for name, trail in below.items() if trail)
    items = _trail(field.items) if field.items else None
    return Trail(None, members, items) if members or items else None


def _targets(trail: Trail) -> Iterator[str]:
    if trail.at is not None:
        yield from trail.at.targets
    for below in (*(member for _, member in trail.members), *([trail.items] if trail.items else [])):
        yield from _targets(below)


def _references(trail: Trail, value: Json, path: str) -> Iterator[tuple[str, Field, Json]]:
    if trail.at is not None:
        if value is not None:
            yield path, trail.at, value
    elif trail.items is not None and isinstance(value, list):
        for position, item in enumerate(value):
            yield from _references(trail.items, item, f"{path}/{position}")
    elif isinstance(value, dict):
        for name, below in trail.members:
            if name in value:
                yield from _references(below, value[name], path + pointer((name,)))


def _substitute(trail: Trail, value: Json, replace: Replace, repeated: Substituted) -> Json:
    if value is None:
        return None
    if trail.at is not None:
        return replace(trail.at, value)
    if not isinstance(value, dict | list):
        return value
    # The reader of YAML gives equal texts one value.
    place = id(value), id(trail)
    if place in repeated:
        return repeated[place][1]
    substituted: Json
    if isinstance(value, dict):
        substituted = _substitute_members(trail, value, replace, repeated)
    elif trail.items is not None:
        items = trail.items
        substituted = [_substitute(items, item, replace, repeated) for item in value]
    else:
        return value
    if len(repeated) >= REMEMBERED:
        repeated.clear()
    # The value is kept with the result: no other one can get its `id()` meanwhile.
    repeated[place] = value, substituted
    return substituted


def _substitute_members(trail: Trail, value: Body, replace: Replace, repeated: Substituted) -> Body:
    copy = value.copy()
    for name, below in trail.members:
        if name in copy:
            copy[name] = _substitute(below, value[name], replace, repeated)
    return copy
