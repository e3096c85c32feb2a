"""A bindings file: `kind: {key: id}`, sorted, one line a record. Text -> Bindings and back."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from rhythmconf.model import Binding, Bindings, Json, Key, pointer
from rhythmconf.settings.members import Problem
from rhythmconf.settings.source import Source

KIND = re.compile(r"(?:[a-z][a-z0-9-]*/)?[A-Za-z0-9][A-Za-z0-9_-]*")
KEY = re.compile(r"[a-z0-9][a-z0-9._-]*")
PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
WORDS = {"true", "false", "null", "yes", "no", "on", "off", "y", "n"}
"""Quoted for the sake of other readers: to some of them these are not texts."""
PROTECTED = "#protected"


def read_bindings(text: bytes, *, file: str, module: str) -> Bindings:
    """Read a bindings file; a kind without a module is of the default `module`. Raises SettingsError."""
    source = Source(text, file)
    if source.empty:
        return {}
    source.check(_problems(source.value, module))
    return {binding.key: binding for binding in _bindings(source.value, module)}


def write_bindings(bindings: Bindings, module: str) -> str:
    """The text of a bindings file."""
    lines: list[str] = []
    kind = ""
    for key, binding in sorted(bindings.items(), key=lambda item: (item[0].kind.removeprefix(f"{module}/"), item[0])):
        if key.kind != kind:
            kind = key.kind
            lines.append(f"{kind.removeprefix(f'{module}/')}:")
        lines.append(f"  {_scalar(key.name)}: {_scalar(binding.id + (PROTECTED if binding.protected else ''))}")
    return "".join(f"{line}\n" for line in lines)


def _bindings(value: Json, module: str) -> Iterator[Binding]:
    for kind, entries in _items(value):
        for name, id in _items(entries):
            plain = str(id).removesuffix(PROTECTED)
            yield Binding(Key(_qualified(kind, module), name), plain, protected=plain != id)


def _problems(value: Json, module: str) -> Iterator[Problem]:
    kinds: dict[str, str] = {}
    for kind, entries in _items(value):
        at = pointer([kind])
        first = kinds.setdefault(_qualified(kind, module), kind)
        if not KIND.fullmatch(kind):
            yield Problem(at, f"'{kind}' can't be a kind", of_name=True)
        elif first != kind:
            yield Problem(at, f"'{kind}' and '{first}' are the same kind", of_name=True)
        if isinstance(entries, dict):
            yield from _entry_problems(kind, entries)
        else:
            yield Problem(at, "a kind must hold keys with their ids")


def _entry_problems(kind: str, entries: dict[str, Json]) -> Iterator[Problem]:
    seen: dict[str, str] = {}
    for name, id in entries.items():
        at = pointer([kind, name])
        if not KEY.fullmatch(name):
            yield Problem(at, f"'{name}' can't be a key", of_name=True)
        if not isinstance(id, str):
            yield Problem(at, "an id must be a text", "write it in quotes")
        elif not id.removesuffix(PROTECTED) or "#" in id.removesuffix(PROTECTED):
            yield Problem(at, f"'{id}' is not an id", f"after an id, only {PROTECTED} may stand")
        elif (first := seen.setdefault(id.removesuffix(PROTECTED), name)) != name:
            yield Problem(at, f"{first} and {name} are bound to the same record")


def _items(value: Json) -> Iterator[tuple[str, Json]]:
    yield from value.items() if isinstance(value, dict) else ()


def _qualified(kind: str, module: str) -> str:
    return kind if "/" in kind else f"{module}/{kind}"


def _scalar(text: str) -> str:
    """A plain word, or a quoted text that every YAML and JSON reader takes for the same."""
    if PLAIN.fullmatch(text) and text.lower() not in WORDS:
        return text
    # JSON escapes what is beyond the first plane as two surrogates, which YAML doesn't join.
    return re.sub(r"[^\x20-\x7e]", _escaped, json.dumps(text, ensure_ascii=False))


def _escaped(found: re.Match[str]) -> str:
    code = ord(found[0])
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
