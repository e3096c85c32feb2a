"""What the rules about bodies judge: one pass over the bodies collects what all of them need.

The pass goes only where the schema of a kind has something to look at. What is behind a switch that is off is not
entered: it has no effect. Records that are not in use are left out too. Thousands of bodies pass, so
nothing is built that no rule needs.

This module leaves out `from __future__ import annotations`, as `model/values.py` does.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from functools import lru_cache
from typing import NamedTuple, TypeAlias

from rhythmconf.catalog import Catalog, Field, Kind, is_switched_off
from rhythmconf.model import Body, Json, Key, Severity, pointer
from rhythmconf.model.code import Rule
from rhythmconf.settings import CalendarSettings

Path: TypeAlias = tuple[str | int, ...]
"""Names and positions below `spec`."""
Value: TypeAlias = tuple[Key, Path, str]
"""A text in a body, or a reference: then the text is the key or the id that it names (`module/kind/key`)."""


class Bodies(NamedTuple):
    """The bodies of all documents of one environment, with references as `{"$ref": "module/kind/key"}`.

    `today` is the day that they are judged on. `unmanaged` has the pointers of fields whose values are the tenant's.
    `foreign` has names that belong to other environments, each with what it is.
    """

    bodies: Mapping[Key, Body]
    catalog: Catalog
    today: date
    calendar: CalendarSettings
    unmanaged: Mapping[Key, tuple[str, ...]] = {}
    foreign: Mapping[str, str] = {}

    def manages(self, key: Key, path: Path) -> bool:
        """Tell whether a field that a body lacks really has no value; the tenant may have one if it is unmanaged."""
        at = pointer(path)
        return not any(at == left or at.startswith(f"{left}/") for left in self.unmanaged.get(key, ()))

    def label(self, key: Key, path: Path) -> str:
        """Return a step for people: `billingTemplate/r renewal_reminder_options '60 days'`."""
        option = str(path[0]) if path else ""
        value = self.value(key, path[:3])
        names = [place.name for place in self.kind(key).steps if place.option == option and place.list in path]
        named = value.get(names[0]) if names and isinstance(value, dict) and len(path) > 2 else None
        return f"{self.shown(key)} {option}".rstrip() + (f" '{named}'" if named else "")

    def value(self, key: Key, path: Path) -> Json:
        """Return the value at a path of a body; None where there is none."""
        value: Json = self.bodies[key]
        for name in path:
            value = step_into(value, name)
        return value

    def is_off(self, key: Key, field: Field) -> bool:
        """Tell whether a member of a body has a switch, and the switch is off."""
        return is_switched_off(field, self.bodies[key])

    def kind(self, key: Key) -> Kind:
        """Return the kind of a key."""
        return self.catalog.kinds[key.kind]

    def kinds(self, keys: Iterable[Key]) -> list[Kind]:
        """Return the kinds of some keys. Reading the fields of all kinds takes longer than judging a few bodies."""
        return [self.catalog.kinds[name] for name in {key.kind for key in keys} if name in self.catalog.kinds]

    def shown(self, key: Key | str) -> str:
        """Return a key as this project writes it: without the default module."""
        return self.catalog.shown(str(key))


class Finding(NamedTuple):
    """What a rule says about a document. `path` leads to the value that is wrong, below `spec`.

    `severity` is None for that of the rule.
    """

    rule: Rule
    key: Key
    path: Path
    message: str
    help: str = ""
    severity: Severity | None = None


class Switched(NamedTuple):
    """A list or an object behind a switch: the field of the switch, beside it, and whether it is on."""

    key: Key
    path: Path
    switch: str
    on: bool


class Survey(NamedTuple):
    """What the bodies have that rules look at.

    `kinds` are those of the bodies. `uses` are single references, `listed` are items of lists of references to kinds
    that have a document which is not in use (`idle_kinds`). `lists` are lists behind a switch where one of the two is
    missing: the switch is on and the list is empty, or the other way round. `off` are objects with values behind a
    switch that is off. `dates` pass, `other_dates` don't, and `texts` have placeholders.
    """

    subject: Bodies
    kinds: list[Kind]
    idle_kinds: frozenset[str]
    uses: list[Value]
    listed: list[Value]
    lists: list[Switched]
    off: list[Switched]
    dates: list[Value]
    other_dates: list[Value]
    texts: list[Value]


class _Part(NamedTuple):
    """The part of a Field tree that leads to what rules look at; `when` has each switch of it with its values.

    `names` are those of the members and of their switches, and `objects` are the members that have members.
    """

    field: Field
    members: "tuple[tuple[str, _Part], ...]"
    items: "_Part | None"
    when: tuple[tuple[str, tuple[Json, ...]], ...]
    is_reference: bool
    names: frozenset[str]
    objects: "tuple[tuple[str, _Part], ...]"


def survey(subject: Bodies) -> Survey:
    """Collect what the rules need of the documents that are in use, in one pass."""
    active = {kind.name: kind.active for kind in subject.kinds(subject.bodies)}
    in_use = [one for one in subject.bodies.items() if one[1].get(active[one[0].kind]) is not False]
    return collect(subject, in_use)


def collect(subject: Bodies, bodies: Iterable[tuple[Key, Body]]) -> Survey:
    """Collect what rules look at in some bodies, whether they are in use or not."""
    bodies = list(bodies)
    kinds = subject.kinds(subject.bodies)
    active = {kind.name: kind.active for kind in kinds}
    idle_kinds = {key.kind for key, body in subject.bodies.items() if body.get(active[key.kind]) is False}
    found = Survey(subject, kinds, frozenset(idle_kinds), [], [], [], [], [], [], [])
    parts = {kind.name: _part(kind) for kind in subject.kinds(key for key, _ in bodies)}
    for key, body in bodies:
        part = parts.get(key.kind)
        if part is not None:
            _visit(part, body, key, (), found)
    return found


def has_more(kind: Kind, body: Body, record: Body) -> bool:
    """Tell whether a record has a value that rules look at and that the document with this body doesn't declare."""
    part = _part(kind)
    switched_off = not kind.is_active(record) and kind.active not in body
    return switched_off or (part is not None and _has_more(part, body, record))


def _has_more(part: _Part, body: Body, record: Body) -> bool:
    for name in part.names.difference(body):
        if record.get(name):
            return True
    for name, below in part.objects:
        value, declared = record.get(name), body.get(name)
        if isinstance(value, dict) and isinstance(declared, dict) and _has_more(below, declared, value):
            return True
    return False


def step_into(value: Json, name: str | int) -> Json:
    """Return the member or the item of a value; None where it has none."""
    if isinstance(value, dict) and isinstance(name, str):
        return value.get(name)
    return value[name] if isinstance(value, list) and isinstance(name, int) and name < len(value) else None


def target_of(value: Json) -> str:
    """Return the key or the id that a reference names, as a text."""
    return str(value["$ref"]) if isinstance(value, dict) else str(value)


def _visit(part: _Part, body: Body, key: Key, path: Path, found: Survey) -> None:
    """Collect what an object has, and everything below it."""
    # In the order of the schema, so that the second of two steps is the same in every file.
    for name, below in part.members:
        value = body.get(name)
        if value is None:
            continue
        here = (*path, name)
        if below.when and _is_off(below, value, body, key, here, found):
            continue
        if below.is_reference:
            found.uses.append((key, here, target_of(value)))
        elif below.members:
            if isinstance(value, dict):
                _visit(below, value, key, here, found)
        elif below.items is not None:
            if isinstance(value, list):
                _visit_items(below.items, value, key, here, found)
        elif isinstance(value, str):
            field = below.field
            found_in = found.dates if field.passes else found.other_dates if field.is_date else found.texts
            found_in.append((key, here, value))


def _visit_items(part: _Part, items: list[Json], key: Key, path: Path, found: Survey) -> None:
    """Collect what the items of a list have."""
    if part.is_reference and found.idle_kinds.isdisjoint(part.field.targets):
        return
    for position, item in enumerate(items):
        if part.is_reference:
            found.listed.append((key, (*path, position), target_of(item)))
        elif isinstance(item, dict):
            _visit(part, item, key, (*path, position), found)
        elif isinstance(item, list) and part.items is not None:
            _visit_items(part.items, item, key, (*path, position), found)


def _is_off(part: _Part, value: Json, body: Body, key: Key, path: Path, found: Survey) -> bool:
    """Tell whether a member has a switch that is off; collect a list or an object that doesn't fit its switch."""
    off = [switch for switch, values in part.when if body.get(switch) not in values]
    if isinstance(value, list):
        if bool(value) is bool(off):
            found.lists.append(Switched(key, path, off[0] if off else part.when[0][0], not off))
    elif off and value and isinstance(value, dict):
        found.off.append(Switched(key, path, off[0], on=False))
    return bool(off)


@lru_cache(maxsize=256)
def _part(kind: Kind) -> _Part | None:
    return _build(kind.root)


def _build(field: Field) -> _Part | None:
    """Return what rules look at in a field and below it; None where there is nothing."""
    below = ((name, _build(child)) for name, child in (field.fields or {}).items() if not child.read_only)
    members = tuple((name, part) for name, part in below if part)
    items = _build(field.items) if field.items else None
    when = tuple((field.when or {}).items()) if field.kind_of in ("array", "object") else ()
    if members or items or field.targets or field.passes or field.is_date or field.merge_fields or when:
        names = frozenset([name for name, _ in members] + [switch for _, part in members for switch, _ in part.when])
        objects = tuple((name, part) for name, part in members if part.members)
        return _Part(field, members, items, when, bool(field.targets), names, objects)
    return None
