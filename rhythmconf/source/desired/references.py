"""Resolve the references of merged specs to keys, with all names that one environment knows."""

import re
from collections.abc import Iterator, Mapping
from functools import partial
from typing import NamedTuple

from rhythmconf.catalog import REFERENCE, Catalog, Field, Substituted, references, substitute
from rhythmconf.model import Bindings, Body, Diagnostic, Fix, Json, Key, at, tokens
from rhythmconf.model.appearance import appearance
from rhythmconf.model.suggest import did_you_mean, nearest
from rhythmconf.source.desired import codes
from rhythmconf.source.desired.load_errors import LoadErrors, correct_first
from rhythmconf.source.desired.locate import locate_value, setting_document
from rhythmconf.source.desired.overlays import KeySet, MergedSpec
from rhythmconf.source.documents import Locator
from rhythmconf.source.documents.checks import KEY

_ID = re.compile(r"(?=.*[0-9])[0-9a-f-]{16,}")
"""What looks like an id that a tenant made."""


class Resolution(NamedTuple):
    """What replaces a text at a reference position.

    `check` says that each use of the text has to be checked at its own location. `problem` is not located yet: many
    documents may have the same text.
    """

    value: Json
    check: bool = False
    problem: Diagnostic | None = None


class ReferenceNames(NamedTuple):
    """Every key that a reference may name in one environment.

    `load_errors` says where others may be. `moved` maps former keys to the name of today. `documents` are those that
    have a name for people. `resolutions` remembers what was resolved, by target kinds and text, and `substituted` the
    values with references that need no check.
    """

    keys: frozenset[Key]
    skipped: frozenset[Key]
    load_errors: LoadErrors
    catalog: Catalog
    environment: str
    moved: Mapping[Key, str]
    documents: tuple[MergedSpec, ...]
    resolutions: dict[tuple[tuple[str, ...], str], Resolution]
    substituted: Substituted

    @classmethod
    def of(
        cls, key_set: KeySet, bindings: Bindings, load_errors: LoadErrors, *, catalog: Catalog, environment: str
    ) -> "ReferenceNames":
        """Collect the keys of all documents that aren't skipped, and of all bindings."""
        bound = frozenset(bindings)
        keys = (key_set.declared - key_set.skipped) | bound | load_errors.keys
        moved = {
            Key(merged.key.kind, former): merged.key.name
            for merged in key_set.merged
            for document in merged.documents
            for former in document.moved
        }
        return cls(keys, key_set.skipped - bound, load_errors, catalog, environment, moved, key_set.merged, {}, {})

    def resolve(self, targets: tuple[str, ...], text: str) -> Resolution:
        """Resolve a text at a position that refers to one of the kinds `targets`: `{"$ref": "module/kind/key"}`."""
        resolution = self.resolutions.get((targets, text))
        if resolution is None:
            resolution = self.resolutions[targets, text] = _resolve(self, targets, text)
        return resolution

    def of_kinds(self, kinds: tuple[str, ...]) -> list[str]:
        """Return the names of all keys of these kinds, sorted; not those that can't be keys."""
        return sorted({key.name for key in self.keys if key.kind in kinds and KEY.fullmatch(key.name)})

    @property
    def bindings_file(self) -> str:
        """The bindings file of the environment."""
        return f"bindings/{self.environment}.yaml"

    @property
    def may_lack_documents(self) -> bool:
        """Tell whether errors may hide documents."""
        return any(file != self.bindings_file for file in self.load_errors.suspects)

    def suspect(self, kinds: tuple[str, ...], name: str) -> str | None:
        """Return a file with errors that may have this key; None where nothing is hidden."""
        # Records of other kinds have no documents: only the bindings name them.
        declared = any(kind in self.catalog.kinds for kind in kinds)
        return self.load_errors.suspect(name, None if declared else (self.bindings_file,))

    def help_for(self, key: Key) -> str:
        """Return the help for a key that doesn't exist: where it may be, or the nearest; empty where none is near."""
        suspect = self.suspect((key.kind,), key.name)
        return correct_first(suspect) if suspect else did_you_mean(self.nearest((key.kind,), key.name))

    def named(self, kinds: tuple[str, ...], text: str) -> Key | None:
        """Return the key of the only document whose name for people is a text; None where none or several have it."""
        looks = appearance(text)
        keys = [
            merged.key
            for merged in self.documents
            if merged.key.kind in kinds and len(merged.kind.natural_key) == 1
            for name in [merged.spec.get(merged.kind.natural_key[0])]
            if isinstance(name, str) and appearance(name) == looks
        ]
        return keys[0] if len(keys) == 1 else None

    def of_another_kind(self, kinds: tuple[str, ...], name: str) -> str:
        """Return the key of the only document of another kind with a name; empty where none or several have it."""
        keys = [merged.key for merged in self.documents if merged.key.name == name and merged.key.kind not in kinds]
        return self.catalog.shown(str(keys[0])) if len(keys) == 1 else ""

    def nearest(self, kinds: tuple[str, ...], name: str) -> list[str]:
        """Return the names that a misspelt one may mean; none while errors may hide the name itself."""
        others = [other for other in self.of_kinds(kinds) if other != name]
        return [] if self.load_errors.suspects else nearest(name, others)


def _resolve(names: ReferenceNames, targets: tuple[str, ...], text: str) -> Resolution:
    if text.startswith("id:"):
        return Resolution(text.removeprefix("id:"), check=True)
    key = _find(names, targets, text)
    if isinstance(key, Diagnostic):
        return Resolution(text, check=True, problem=key)
    # `kind/key` may name a record that the same set also names as `key`.
    return Resolution({"$ref": str(key)}, check="/" in text)


def _find(names: ReferenceNames, targets: tuple[str, ...], text: str) -> Key | Diagnostic:
    """Return the only key that a text can mean, or why there is none."""
    prefix, slash, name = text.rpartition("/")
    kinds = _kinds_of(prefix, targets, names.catalog) if prefix else targets
    if not kinds:
        shown = " or ".join(map(names.catalog.shown, targets))
        return Diagnostic(codes.WRONG_KIND, f"'{text}' is not a key of {shown}", help=f"this field refers to {shown}")
    keys = [Key(kind, name) for kind in kinds if Key(kind, name) in names.keys]
    if len(keys) == 1:
        return keys[0]
    if not keys:
        return _not_found(names, kinds, prefix + slash, name)
    choices = " or ".join(f"{names.catalog.shown(key.kind)}/{key.name}" for key in keys)
    return Diagnostic(codes.AMBIGUOUS_REFERENCE, f"'{text}' could be {choices}", help=f"write {choices}")


def _kinds_of(prefix: str, targets: tuple[str, ...], catalog: Catalog) -> tuple[str, ...]:
    """Return the target kinds that `kind` or `module/kind` names, those of the default module first."""
    if "/" in prefix:
        return tuple(kind for kind in targets if kind == prefix)
    short = [kind for kind in targets if kind.rpartition("/")[2] == prefix]
    return tuple(kind for kind in short if kind == catalog.qualify(prefix)) or tuple(short)


def _not_found(names: ReferenceNames, kinds: tuple[str, ...], prefix: str, name: str) -> Diagnostic:
    """Explain why no key has this name. `prefix` is what the author wrote before it."""
    catalog, environment = names.catalog, names.environment
    shown = " or ".join(map(catalog.shown, kinds))
    line = f"`{name}: <id in the tenant>` under `{catalog.shown(kinds[0])}:` in {names.bindings_file}"
    if any(Key(kind, name) in names.skipped for kind in kinds):
        message = f"{shown} '{name}' is skipped in {environment}"
        return Diagnostic(codes.SKIPPED_TARGET, message, help=f"refer to another one in an overlay, or add {line}")
    today = [names.moved[Key(kind, name)] for kind in kinds if Key(kind, name) in names.moved]
    near = [] if today else names.nearest(kinds, name)
    hint = f"it is called '{today[0]}' now" if today else did_you_mean(near)
    called = None if today or near else names.named(kinds, prefix + name)
    if called is not None:
        return explain_name(names, called, prefix + name)
    suspect = None if today else names.suspect(kinds, name)
    if any(kind in catalog.kinds for kind in kinds):
        message = f"no {shown} has the key '{name}'"
        declare = f"declare it, or add {line}"
        if _ID.fullmatch(name):
            declare = f"if it is the id of a record in one tenant, write `id:{name}` in an overlay; or {declare}"
        other = "" if hint else names.of_another_kind(kinds, name)
        if other:
            declare = f"{other} is of another kind; write the key of a {shown}, or {declare}"
        help = correct_first(suspect) if suspect else hint or declare
        return Diagnostic(codes.NO_TARGET, message, help=help, fix=Fix.only(near, prefix=prefix, safe=False))
    message = f"no {shown} is bound to '{name}' in {environment}"
    help = f"{hint}, or add {line}" if hint else f"add {line}"
    return Diagnostic(codes.NOT_BOUND, message, help=correct_first(suspect) if suspect else help)


def explain_name(names: ReferenceNames, key: Key, text: str) -> Diagnostic:
    """Say which key belongs to a name for people that stands in place of a key."""
    shown = names.catalog.shown(key.kind)
    return Diagnostic(
        codes.NO_TARGET,
        f"there is no {shown} '{text}'; that is the name of {shown}/{key.name}",
        help=f"write {key.name}",
        fix=None if names.load_errors.suspects else Fix.only([key.name], safe=False),
    )


def resolve_references(
    merged: MergedSpec, body: Body, names: ReferenceNames, locator: Locator, diagnostics: list[Diagnostic]
) -> Body:
    """Return `body` with `{"$ref": "module/kind/key"}` for each key and the plain id for each `id:`.

    Problems go to `diagnostics`, each with its location.
    """
    to_check: list[Json] = []
    resolved = substitute(merged.kind, body, partial(_replace, names, to_check), names.substituted)
    if to_check:
        names.substituted.clear()  # the next document with these values must be checked too
        diagnostics += _located_problems(merged, body, names, locator)
    return resolved


def _replace(names: ReferenceNames, to_check: list[Json], field: Field, value: Json) -> Json:
    if not isinstance(value, str):
        return value
    resolution = names.resolutions.get((field.targets, value)) or names.resolve(field.targets, value)
    if resolution.check:
        to_check.append(value)
    return resolution.value


def _located_problems(merged: MergedSpec, body: Body, names: ReferenceNames, locator: Locator) -> Iterator[Diagnostic]:
    for field_pointer, field, value in references(merged.kind, body):
        if isinstance(value, str) and (problem := _problem(merged, field_pointer, field, value, names)):
            spec_pointer, location = locate_value(locator, merged.documents, tokens(field_pointer))
            yield problem._replace(location=location, pointer=spec_pointer, key=merged.key)


def _problem(
    merged: MergedSpec, field_pointer: str, field: Field, value: str, names: ReferenceNames
) -> Diagnostic | None:
    if value.startswith("id:"):
        if not _is_in_base(merged, field_pointer):
            return None
        message = f"'{value}' is an id of one tenant, but this document is for all environments"
        help = "move it to an overlay, or give the record a key in bindings/<environment>.yaml"
        return Diagnostic(codes.LITERAL_ID, message, "warning", help=help)
    problem = names.resolve(field.targets, value).problem
    if problem is not None:
        # A text that isn't even a reference breaks the schema, which has reported it already.
        return problem if re.search(REFERENCE, value) else None
    return _named_twice(merged, field_pointer, field, value, names) if "/" in value else None


def _is_in_base(merged: MergedSpec, field_pointer: str) -> bool:
    """Tell whether the base document sets the field, and no overlay does."""
    return merged.has_base and setting_document(merged.documents, tokens(field_pointer)) is merged.documents[0]


def _named_twice(
    merged: MergedSpec, field_pointer: str, field: Field, value: str, names: ReferenceNames
) -> Diagnostic | None:
    """Report a record that a set names as `kind/key` and as `key`; the schema sees two different texts."""
    above = field_pointer.rpartition("/")[0]
    siblings = at(merged.spec, above)
    owner = merged.kind.field(above)
    if not isinstance(siblings, list) or owner is None or owner.list_type != "set":
        return None
    target = names.resolve(field.targets, value).value
    texts = [sibling if isinstance(sibling, str) else "" for sibling in siblings]
    before = texts[: texts.index(value)]
    # Of two texts with a slash, only the later one is reported.
    others = (other for other in texts if other != value and (other in before or "/" not in other))
    twin = next((other for other in others if names.resolve(field.targets, other).value == target), None)
    if twin is None:
        return None
    message = f"'{value}' is the same record as '{twin}', which is also in the list"
    return Diagnostic(codes.NAMED_TWICE, message, help="remove one of them")
