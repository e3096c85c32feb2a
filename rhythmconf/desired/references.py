"""Keys at reference positions: takes a merged spec and all names of the environment, gives resolved references."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from functools import partial

from rhythmconf.catalog import REFERENCE, Field, Tokens, qualify, substitute
from rhythmconf.desired import codes
from rhythmconf.desired.overlays import Gathered, Merged
from rhythmconf.desired.places import Places, owner
from rhythmconf.documents import suggest
from rhythmconf.model import Bindings, Body, Diagnostic, Json, Key, Severity, pointer


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a reference can't be resolved, before it has a place."""

    code: str
    message: str
    help: str
    severity: Severity = "error"


@dataclass(frozen=True, slots=True)
class Broken:
    """What couldn't be loaded: keys that are declared all the same, and files that may declare any key."""

    keys: frozenset[Key]
    files: tuple[str, ...]

    @classmethod
    def of(cls, found: Iterable[Diagnostic], module: str) -> Broken:
        """Read from the findings of a load."""
        errors = [one for one in found if one.severity == "error"]
        keys = frozenset(Key(qualify(one.key.kind, module), one.key.name) for one in errors if one.key)
        return cls(keys, tuple(sorted({one.location.file for one in errors if one.location and not one.key})))


@dataclass(frozen=True, slots=True)
class Names:
    """Every key that a reference may name in one environment; answers are remembered.

    `kinds` are those of the catalogue: a key of any other kind can only come from a binding.
    """

    known: frozenset[Key]
    skipped: frozenset[Key]
    broken: tuple[str, ...]
    kinds: Collection[str]
    module: str
    environment: str
    answers: dict[tuple[tuple[str, ...], str], Key | Problem] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        gathered: Gathered,
        bindings: Bindings,
        broken: Broken,
        *,
        kinds: Collection[str],
        module: str,
        environment: str,
    ) -> Names:
        """The keys of all documents that aren't skipped, and of all bindings."""
        bound = frozenset(bindings)
        known = (gathered.declared - gathered.skipped) | bound | broken.keys
        return cls(known, gathered.skipped - bound, broken.files, kinds, module, environment)

    def find(self, targets: tuple[str, ...], text: str) -> Key | Problem:
        """The one key that `text` means where a reference to one of the kinds `targets` stands."""
        asked = (targets, text)
        if asked not in self.answers:
            self.answers[asked] = _find(self, targets, text)
        return self.answers[asked]

    def of_kinds(self, kinds: tuple[str, ...]) -> list[str]:
        """The names of all keys of these kinds."""
        return sorted({key.name for key in self.known if key.kind in kinds})

    def shown(self, kind: str) -> str:
        """A kind as people write it in this project."""
        return kind.removeprefix(f"{self.module}/")


def _find(names: Names, targets: tuple[str, ...], text: str) -> Key | Problem:
    prefix, _, name = text.rpartition("/")
    kinds = _meant(prefix, targets, names.module) if prefix else targets
    if not kinds:
        shown = " or ".join(names.shown(kind) for kind in targets)
        return Problem(codes.WRONG_KIND, f"'{text}' is not a key of {shown}", f"this field refers to {shown}")
    found = [Key(kind, name) for kind in kinds if Key(kind, name) in names.known]
    if len(found) == 1:
        return found[0]
    return _ambiguous(names, text, found) if found else _nothing(names, kinds, name)


def _meant(prefix: str, targets: tuple[str, ...], module: str) -> tuple[str, ...]:
    """The target kinds that `kind` or `module/kind` names."""
    if "/" in prefix:
        return tuple(kind for kind in targets if kind == prefix)
    short = [kind for kind in targets if kind.rpartition("/")[2] == prefix]
    return tuple(kind for kind in short if kind == qualify(prefix, module)) or tuple(short)


def _ambiguous(names: Names, text: str, found: list[Key]) -> Problem:
    ways = [f"{names.shown(key.kind)}/{key.name}" for key in found]
    return Problem(codes.AMBIGUOUS, f"'{text}' could be {' or '.join(ways)}", f"write {' or '.join(ways)}")


def _nothing(names: Names, kinds: tuple[str, ...], name: str) -> Problem:
    """Why no key of that name can be meant."""
    shown = " or ".join(names.shown(kind) for kind in kinds)
    line = f"`{name}: <id in the tenant>` under `{names.shown(kinds[0])}:` in bindings/{names.environment}.yaml"
    if any(Key(kind, name) in names.skipped for kind in kinds):
        message = f"{shown} '{name}' is skipped in {names.environment}"
        return Problem(codes.SKIPPED_TARGET, message, f"refer to another one in an overlay, or add {line}")
    hint = suggest(name, names.of_kinds(kinds))
    if any(kind in names.kinds for kind in kinds):
        help = hint or f"declare it, or add {line}"
        if names.broken:
            help += f" (it may stand in {names.broken[0]}, which has errors of its own)"
        return Problem(codes.NO_TARGET, f"no {shown} has the key '{name}'", help)
    message = f"no {shown} is bound to '{name}' in {names.environment}"
    return Problem(codes.NOT_BOUND, message, f"{hint}, or add {line}" if hint else f"add {line}")


@dataclass(frozen=True, slots=True)
class _Site:
    """One resource while its references are resolved; `seen` has how each item of its lists was written."""

    merged: Merged
    names: Names
    places: Places
    found: list[Diagnostic]
    seen: dict[tuple[Tokens, str], str]


def resolve_references(merged: Merged, body: Body, names: Names, places: Places, found: list[Diagnostic]) -> Body:
    """`body` with `{"$ref": "module/kind/key"}` for each key, the plain id for each `id:`; problems go to `found`."""
    return substitute(merged.kind, body, partial(_resolved, _Site(merged, names, places, found, {})))


def _resolved(site: _Site, path: Tokens, field: Field, value: Json) -> Json:
    if not isinstance(value, str):
        return value
    if value.startswith("id:"):
        return _literal(site, path, value)
    answer = site.names.find(field.targets, value)
    if isinstance(answer, Problem):
        if re.search(REFERENCE, value):  # else the schema has said so
            site.found.append(_placed(site, path, answer))
        return value
    name = str(answer)
    _only_once(site, path, name, value)
    return {"$ref": name}


def _literal(site: _Site, path: Tokens, value: str) -> Json:
    merged = site.merged
    if merged.based and owner(merged.documents, path) is merged.documents[0]:
        message = f"'{value}' is an id of one tenant, and this document goes to all of them"
        help = "move it to an overlay, or give the record a key in bindings/<environment>.yaml"
        site.found.append(_placed(site, path, Problem(codes.LITERAL_ID, message, help, "warning")))
    return value.removeprefix("id:")


def _only_once(site: _Site, path: Tokens, name: str, written: str) -> None:
    """Two spellings of one key pass the schema, but a set holds each record once."""
    if not isinstance(path[-1], int):
        return
    before = site.seen.setdefault((path[:-1], name), written)
    if before != written and _is_set(site.merged, path[:-1]):
        message = f"'{written}' is {name}, which is already listed as '{before}'"
        site.found.append(_placed(site, path, Problem(codes.NAMED_TWICE, message, "remove one of them")))


def _is_set(merged: Merged, path: Tokens) -> bool:
    field = merged.kind.field(pointer(path))
    return field is not None and field.list_type == "set"


def _placed(site: _Site, path: Tokens, problem: Problem) -> Diagnostic:
    where, location = site.places.of_value(site.merged.documents, path)
    return Diagnostic(problem.code, problem.message, problem.severity, location, where, site.merged.key, problem.help)
