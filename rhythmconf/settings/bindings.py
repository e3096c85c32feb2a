"""Read and write bindings files: `kind: {key: id}`, sorted, one line for each record."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from rhythmconf.model import Binding, Bindings, Diagnostic, Json, Key, pointer
from rhythmconf.settings.source import Source

KIND = re.compile(r"(?:[a-z][a-z0-9-]*/)?[A-Za-z0-9][A-Za-z0-9_-]*")
KEY = re.compile(r"[a-z0-9][a-z0-9._-]*")
PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
QUOTED = {"true", "false", "null", "yes", "no", "on", "off", "y", "n"}
"""Texts that some YAML readers take for something else, so they are written in quotes."""
PROTECTED = "#protected"


def read_bindings(text: bytes, *, file: str, module: str) -> Bindings:
    """Read a bindings file; a kind without a module is of the default `module`. Raises SettingsError."""
    source = Source(text, file)
    if source.empty:
        return {}
    source.raise_errors(_check(source, module))
    return {binding.key: binding for binding in _bindings(source.value, module)}


def write_bindings(bindings: Bindings, module: str) -> str:
    """Return the text of a bindings file, sorted by kind and key so that versions merge well."""
    lines: list[str] = []
    kind = ""
    for key, binding in sorted(bindings.items(), key=lambda item: (item[0].kind.removeprefix(f"{module}/"), item[0])):
        if key.kind != kind:
            kind = key.kind
            lines.append(f"{kind.removeprefix(f'{module}/')}:")
        lines.append(f"  {write_binding(key, binding.id + (PROTECTED if binding.protected else ''))}")
    return "".join(f"{line}\n" for line in lines)


def write_binding(key: Key, id: str) -> str:
    """Return the line that binds a key to a record, to be written below the kind."""
    return f"{_scalar(key.name)}: {_scalar(id)}"


def _bindings(value: Json, module: str) -> Iterator[Binding]:
    for kind, entries in _items(value):
        for name, id in _items(entries):
            plain = str(id).removesuffix(PROTECTED)
            yield Binding(Key(_qualified(kind, module), name), plain, protected=plain != id)


def _check(source: Source, module: str) -> Iterator[Diagnostic]:
    kinds: dict[str, str] = {}
    for kind, entries in source.value.items():
        at = pointer([kind])
        first = kinds.setdefault(_qualified(kind, module), kind)
        if not KIND.fullmatch(kind):
            yield source.diagnostic(at, f"'{kind}' can't be a kind", at_name=True)
        elif first != kind:
            yield source.diagnostic(at, f"'{kind}' and '{first}' are the same kind", at_name=True)
        if isinstance(entries, dict):
            yield from _check_entries(source, kind, entries)
        else:
            help = (
                f"write the kind in a line of its own, and below it `{kind}: {entries}`"
                if isinstance(entries, str)
                else ""
            )
            yield source.diagnostic(at, "a kind must be a mapping of keys to ids", help)


def _check_entries(source: Source, kind: str, entries: dict[str, Json]) -> Iterator[Diagnostic]:
    names: dict[str, str] = {}
    for name, id in entries.items():
        at = pointer([kind, name])
        if not KEY.fullmatch(name):
            yield source.diagnostic(at, f"'{name}' can't be a key", at_name=True)
        if not isinstance(id, str):
            yield source.diagnostic(at, "an id must be a text", "write it in quotes")
        elif not id.removesuffix(PROTECTED) or "#" in id.removesuffix(PROTECTED):
            yield source.diagnostic(at, f"'{id}' is not an id", f"only {PROTECTED} may follow an id")
        elif (first := names.setdefault(id.removesuffix(PROTECTED), name)) != name:
            help = "one record has one key: remove the line whose key has no document, such as a former key"
            yield source.diagnostic(at, f"{first} and {name} are bound to the same record", help)


def _items(value: Json) -> Iterator[tuple[str, Json]]:
    yield from value.items() if isinstance(value, dict) else ()


def _qualified(kind: str, module: str) -> str:
    return kind if "/" in kind else f"{module}/{kind}"


def _scalar(text: str) -> str:
    """Return a text as a plain word, or in quotes where some YAML or JSON reader could take it for something else."""
    if PLAIN.fullmatch(text) and text.lower() not in QUOTED:
        return text
    # JSON escapes a character beyond U+FFFF as two surrogates, which YAML does not join.
    return re.sub(r"[^\x20-\x7e]", _escaped, json.dumps(text, ensure_ascii=False))


def _escaped(character: re.Match[str]) -> str:
    code = ord(character[0])
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
