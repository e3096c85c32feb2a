"""Keys at reference positions: takes a merged spec and all names of the environment, gives resolved references."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import partial
from typing import NamedTuple

from rhythmconf.catalog import REFERENCE, Field, qualify, references, substitute
from rhythmconf.model import Bindings, Body, Diagnostic, Json, Key, Severity, at, tokens
from rhythmconf.model.suggest import suggest
from rhythmconf.source.desired import codes
from rhythmconf.source.desired.overlays import Gathered, Merged
from rhythmconf.source.desired.places import Places, owner
from rhythmconf.text import yaml12


class Problem(NamedTuple):
    """Why a reference can't be resolved, before it has a place."""

    code: str
    message: str
    help: str
    severity: Severity = "error"


class Answer(NamedTuple):
    """What shall stand for a text at a reference position; `odd` ones are looked at again, with their place."""

    value: Json
    odd: bool = False
    problem: Problem | None = None


class Broken(NamedTuple):
    """What couldn't be loaded: keys that are declared all the same, and files that may declare any key."""

    keys: frozenset[Key]
    files: tuple[str, ...]

    @classmethod
    def of(cls, found: Iterable[Diagnostic], texts: Mapping[str, bytes], module: str) -> "Broken":
        """Look into the files that a load complained about."""
        files = sorted({one.location.file for one in found if one.severity == "error" and one.location})
        read = {file: _keys(texts[file], file, module) if file in texts else None for file in files}
        keys = frozenset(key for some in read.values() for key in some or ())
        return cls(keys, tuple(file for file, some in read.items() if some is None))


def _keys(text: bytes, file: str, module: str) -> list[Key] | None:
    """The keys of all documents of a text, whatever else is wrong with them; None where it can't be read."""
    try:
        documents = yaml12.load_all(text, file=file)
    except yaml12.YamlError:
        return None
    members = [(one.get("kind"), one.get("key")) for one in documents if isinstance(one, dict)]
    return [Key(qualify(kind, module), key) for kind, key in members if isinstance(kind, str) and isinstance(key, str)]


class Names(NamedTuple):
    """Every key that a reference may name in one environment; answers are remembered.

    `kinds` are those of the catalogue: a key of any other kind can only come from a binding. `moved` has the names of
    today for those that `moved` remembers.
    """

    known: frozenset[Key]
    skipped: frozenset[Key]
    broken: tuple[str, ...]
    kinds: Collection[str]
    module: str
    environment: str
    moved: Mapping[Key, str]
    answers: dict[tuple[tuple[str, ...], str], Answer]

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
    ) -> "Names":
        """The keys of all documents that aren't skipped, and of all bindings."""
        bound = frozenset(bindings)
        known = (gathered.declared - gathered.skipped) | bound | broken.keys
        moved = {
            Key(one.key.kind, old): one.key.name
            for one in gathered.merged
            for document in one.documents
            for old in document.moved
        }
        return cls(known, gathered.skipped - bound, broken.files, kinds, module, environment, moved, {})

    def find(self, targets: tuple[str, ...], text: str) -> Answer:
        """What `text` means where a reference to one of the kinds `targets` stands: `{"$ref": "module/kind/key"}`."""
        asked = (targets, text)
        answer = self.answers.get(asked)
        if answer is None:
            answer = self.answers[asked] = _answer(self, targets, text)
        return answer

    def of_kinds(self, kinds: tuple[str, ...]) -> list[str]:
        """The names of all keys of these kinds."""
        return sorted({key.name for key in self.known if key.kind in kinds})

    def shown(self, kind: str) -> str:
        """A kind as people write it in this project."""
        return kind.removeprefix(f"{self.module}/")


def _answer(names: Names, targets: tuple[str, ...], text: str) -> Answer:
    if text.startswith("id:"):
        return Answer(text.removeprefix("id:"), odd=True)
    found = _find(names, targets, text)
    if isinstance(found, Problem):
        return Answer(text, odd=True, problem=found)
    return Answer({"$ref": str(found)}, odd="/" in text)


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
    return Problem(codes.AMBIGUOUS_REFERENCE, f"'{text}' could be {' or '.join(ways)}", f"write {' or '.join(ways)}")


def _nothing(names: Names, kinds: tuple[str, ...], name: str) -> Problem:
    """Why no key of that name can be meant."""
    shown = " or ".join(names.shown(kind) for kind in kinds)
    line = f"`{name}: <id in the tenant>` under `{names.shown(kinds[0])}:` in bindings/{names.environment}.yaml"
    if any(Key(kind, name) in names.skipped for kind in kinds):
        message = f"{shown} '{name}' is skipped in {names.environment}"
        return Problem(codes.SKIPPED_TARGET, message, f"refer to another one in an overlay, or add {line}")
    today = [names.moved[Key(kind, name)] for kind in kinds if Key(kind, name) in names.moved]
    hint = f"it is called '{today[0]}' now" if today else suggest(name, names.of_kinds(kinds))
    if any(kind in names.kinds for kind in kinds):
        help = hint or f"declare it, or add {line}"
        if names.broken:
            help += f" (it may stand in {names.broken[0]}, which has errors of its own)"
        return Problem(codes.NO_TARGET, f"no {shown} has the key '{name}'", help)
    message = f"no {shown} is bound to '{name}' in {names.environment}"
    return Problem(codes.NOT_BOUND, message, f"{hint}, or add {line}" if hint else f"add {line}")


def resolve_references(merged: Merged, body: Body, names: Names, places: Places, found: list[Diagnostic]) -> Body:
    """`body` with `{"$ref": "module/kind/key"}` for each key, the plain id for each `id:`; problems go to `found`."""
    odd: list[Json] = []
    resolved = substitute(merged.kind, body, partial(_resolved, names, odd))
    if odd:
        found += _findings(merged, body, names, places)
    return resolved


def _resolved(names: Names, odd: list[Json], field: Field, value: Json) -> Json:
    if not isinstance(value, str):
        return value
    answer = names.answers.get((field.targets, value)) or names.find(field.targets, value)
    if answer.odd:
        odd.append(value)
    return answer.value


def _findings(merged: Merged, body: Body, names: Names, places: Places) -> Iterator[Diagnostic]:
    """What there is to say about the references of one resource, each with its place."""
    for where, position, value in references(merged.kind, body):
        if isinstance(value, str):
            problem = _problem(merged, where, position, value, names)
            if problem is not None:
                pointed, location = places.of_value(merged.documents, tokens(where))
                yield Diagnostic(
                    problem.code, problem.message, problem.severity, location, pointed, merged.key, problem.help
                )


def _problem(merged: Merged, where: str, field: Field, value: str, names: Names) -> Problem | None:
    if value.startswith("id:"):
        return _literal(merged, where, value)
    problem = names.find(field.targets, value).problem
    if problem is not None:
        return problem if re.search(REFERENCE, value) else None  # the schema has said so
    return _named_twice(merged, where, field, value, names) if "/" in value else None


def _literal(merged: Merged, where: str, value: str) -> Problem | None:
    if not merged.based or owner(merged.documents, tokens(where)) is not merged.documents[0]:
        return None
    message = f"'{value}' is an id of one tenant, and this document goes to all of them"
    help = "move it to an overlay, or give the record a key in bindings/<environment>.yaml"
    return Problem(codes.LITERAL_ID, message, help, "warning")


def _named_twice(merged: Merged, where: str, field: Field, value: str, names: Names) -> Problem | None:
    """A set holds each record once, and `kind/key` beside `key` passes the schema."""
    above = where.rpartition("/")[0]
    siblings = at(merged.spec, above)
    owner = merged.kind.field(above)
    if not isinstance(siblings, list) or owner is None or owner.list_type != "set":
        return None
    meant = names.find(field.targets, value).value
    texts = [one if isinstance(one, str) else "" for one in siblings]
    before = texts[: texts.index(value)]
    others = (other for other in texts if other != value and (other in before or "/" not in other))
    twin = next((other for other in others if names.find(field.targets, other).value == meant), None)
    if twin is None:
        return None
    message = f"'{value}' is the record that is also listed as '{twin}'"
    return Problem(codes.NAMED_TWICE, message, "remove one of them")
