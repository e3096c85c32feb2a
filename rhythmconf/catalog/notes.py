"""Notes: what people add to the schema of a kind, as a merge patch (RFC 7396) in `<module>/<kind>.notes.yaml`.

A note changes a field that the schema has, or adds a whole one. A note on a field that is gone is an error: it would
otherwise be ignored from the day on which the schema below it changes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from rhythmconf.catalog.inline import Schema
from rhythmconf.errors import CatalogError, codes
from rhythmconf.model import MISSING, Body, Json, Location, at, pointer
from rhythmconf.model.suggest import did_you_mean, suggest

SUFFIX = ".notes.yaml"
_FIXED = ("$schema", "$id", "$comment", "type")
_OF_RESOURCE = ("natural_key", "class", "operations", "source")
_WHOLE = ("type", "$ref")
"""What tells a whole field from a note on one. An `enum` alone doesn't: it is the most frequent note."""
_LONGEST = 300
_NEARLY = re.compile(r"[._-]notes?\.(ya?ml|json)$", re.IGNORECASE)

_Path = tuple[str, ...]


class Notes(NamedTuple):
    """The notes on one kind. `kind` is its qualified name, `locate` finds the place of a JSON Pointer in the file."""

    kind: str
    file: str
    text: bytes
    patch: Body
    locate: Callable[[str], Location]

    def fault(self, path: Sequence[str], message: str, help: str | None = None) -> CatalogError:
        """Return the error about a place of the noted schema: at the note there, or at the nearest above it."""
        place = pointer(path)
        noted = not place or at(self.patch, place) is not MISSING
        text = message if len(message) <= _LONGEST else f"{message[: _LONGEST - 3]}..."
        return CatalogError(
            text if noted else f"{text} (at {place})", where=self.locate(place), help=help, code=codes.NOTES
        )


def merge(schema: Schema, notes: Notes) -> Schema:
    """Return a schema with the notes on it; the schema itself stays as it is.

    A field that is described by a `$ref` gets a description of its own where a note is on it, so that the note holds
    for no other field. Raises CatalogError for a note on what the schema doesn't have, and for one that would make
    another kind of it.
    """
    merged = dict(schema)
    for name in _FIXED:
        if name in notes.patch:
            raise notes.fault((name,), f"notes can't change '{name}'", "remove it")
    resource = notes.patch.get("x-resource", {})
    if not isinstance(resource, dict):
        raise notes.fault(("x-resource",), "x-resource must be a mapping")
    for name in resource:
        if name not in _OF_RESOURCE:
            raise notes.fault(
                ("x-resource", name),
                f"notes can't change '{name}': it says which records of the tenant these are",
                f"notes may change {', '.join(_OF_RESOURCE)}; for anything else, write a whole schema file",
            )
    # First: a field that refers to a definition gets it with the notes that are on the definition.
    if "$defs" in notes.patch:
        merged["$defs"] = _Merger(merged, notes).fields(merged.get("$defs", {}), notes.patch["$defs"], ("$defs",))
    rest = {name: value for name, value in notes.patch.items() if name != "$defs"}
    return _Merger(merged, notes).field(merged, rest, ())


def find_notes(folders: Iterable[Path]) -> Iterator[tuple[Path, str]]:
    """Yield each file of notes with the kind that its name names. Raises CatalogError for a name that is nearly one."""
    for folder in folders:
        for path in sorted((*folder.glob("*.y*ml"), *folder.glob("*/*.*"))):
            if path.name.endswith(SUFFIX) and path.parent != folder:
                yield path, f"{path.parent.name}/{path.name.removesuffix(SUFFIX)}"
            elif _NEARLY.search(path.name):
                raise CatalogError(
                    "this file looks like notes on a kind, and nothing reads it",
                    where=str(path),
                    help=f"notes are <folder>/<module>/<kind>{SUFFIX}",
                    code=codes.NOTES,
                )


def near_kind(name: str, kinds: Iterable[str]) -> str:
    """Return the help for notes on a kind that doesn't exist: the nearest name, or where notes belong."""
    known = list(kinds)
    module, _, kind = name.partition("/")
    same = [each for each in known if each.rpartition("/")[2] == kind]
    near = did_you_mean(same) or suggest(name, known)
    return near or f"notes are <module>/<kind>{SUFFIX}; kinds of {module}: " + (
        ", ".join(each.rpartition("/")[2] for each in known if each.startswith(f"{module}/")) or "none"
    )


class _Merger:
    """Lays notes over a schema. `root` has the definitions that `$ref` names."""

    def __init__(self, root: Schema, notes: Notes) -> None:
        self.root = root
        self.notes = notes

    def field(self, schema: Schema, patch: Json, path: _Path) -> Schema:
        """Return the schema of a field with a note on it."""
        if not isinstance(patch, dict):
            raise self.notes.fault(path, "a note on a field must be a mapping of keywords", "for example x-risk: money")
        noted = self.own(schema)
        for name, value in patch.items():
            here = (*path, name)
            if name == "properties":
                noted[name] = self.fields(noted.get(name, {}), value, here)
            elif name == "items" and isinstance(noted.get(name), dict) and value is not None:
                noted[name] = self.field(noted[name], value, here)
            elif value is not None:
                noted[name] = _patched(noted.get(name), value)
            elif noted.pop(name, MISSING) is MISSING:
                raise self.notes.fault(here, f"there is no '{name}' to remove here", suggest(name, noted) or None)
        return noted

    def own(self, schema: Schema) -> Schema:
        """Return a copy of the schema of a field in which no `$ref` stands for the keywords of a field."""
        taken: set[str] = set()
        own = dict(schema)
        while isinstance(name := own.get("$ref"), str) and name not in taken:
            taken.add(name)
            target = at(self.root, name[1:])
            if not isinstance(target, dict):
                break
            own = {**target, **{keyword: value for keyword, value in own.items() if keyword != "$ref"}}
        return own

    def fields(self, fields: Schema, patch: Json, path: _Path) -> Schema:
        """Return the fields of an object with the notes on some of them."""
        if not isinstance(patch, dict):
            raise self.notes.fault(path, f"'{path[-1]}' must be a mapping of fields")
        noted = dict(fields)
        for name, value in patch.items():
            here = (*path, name)
            if name in fields and value is None:
                del noted[name]
            elif name in fields:
                noted[name] = self.field(fields[name], value, here)
            elif isinstance(value, dict) and any(keyword in value for keyword in _WHOLE):
                noted[name] = _patched(None, value)
            else:
                near = suggest(name, fields)
                raise self.notes.fault(
                    here,
                    f"{self.notes.kind} has no field '{name:.100}' here",
                    f"{f'{near} ' if near else ''}Remove the note if the field is gone. To add a field, describe it "
                    "whole, with its 'type'",
                )
        return noted


def _patched(value: Any, patch: Json) -> Any:
    """Return a value with a merge patch on it: objects are merged, null removes a member, all else replaces."""
    if not isinstance(patch, dict):
        return patch
    merged = dict(value) if isinstance(value, dict) else {}
    for name, below in patch.items():
        if below is None:
            merged.pop(name, None)
        else:
            merged[name] = _patched(merged.get(name), below)
    return merged
