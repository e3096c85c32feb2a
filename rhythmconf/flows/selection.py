"""Narrow a plan to what `--only` names (keys, whole kinds, and patterns of keys), and to what that depends on."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from fnmatch import fnmatchcase

from rhythmconf.catalog import Catalog, Kind, references
from rhythmconf.errors import UsageError
from rhythmconf.flows.values import KeyPattern
from rhythmconf.model import Body, DesiredState, Key, Resource
from rhythmconf.model.suggest import nearest, suggest_key

_NAMED = 5
"""How many keys a help lists."""


def select(keys: Collection[Key], patterns: Iterable[KeyPattern], existing: Collection[Key], site: Catalog) -> set[Key]:
    """Return the named keys and those that match a pattern. Raises UsageError for what matches nothing."""
    refuse_unknown(keys, existing, site)
    chosen = {*keys}
    for pattern in sorted(patterns):
        matching = {key for key in existing if key.kind == pattern.kind and fnmatchcase(key.name, pattern.names)}
        if not matching:
            shown = site.shown(str(pattern))
            raise UsageError(f"no document matches {shown!r}", help=_help_for_pattern(pattern, existing, site))
        chosen |= matching
    return chosen


def with_dependencies(keys: Iterable[Key], state: DesiredState, catalog: Catalog) -> DesiredState:
    """Keep the documents of some keys and what they depend on."""
    kept: dict[Key, Resource] = {}
    waiting = [*keys]
    while waiting:
        key = waiting.pop()
        if key in state.resources and key not in kept:
            kept[key] = state.resources[key]
            waiting += dependencies(catalog.kind(key.kind), kept[key].body)
    return DesiredState({key: state.resources[key] for key in state.resources if key in kept}, state.skipped)


def dependencies(kind: Kind, body: Body) -> Iterator[Key]:
    """Yield the keys that the body of a resource refers to."""
    for _, _, value in references(kind, body):
        if isinstance(value, dict):
            yield Key.parse(str(value["$ref"]))


def refuse_unknown(keys: Iterable[Key], existing: Collection[Key], catalog: Catalog) -> None:
    """Raise UsageError for a key that no document declares; its help names the nearest keys, or lists some."""
    for key in sorted(key for key in keys if key not in existing):
        help = suggest_key(key, existing) or list_keys(key.kind, existing, catalog)
        raise UsageError(f"no document declares {catalog.names.key(key)}", help=help)


def list_keys(kind: str, existing: Iterable[Key], catalog: Catalog) -> str:
    """Return the first keys of a kind; where it has none, the kinds that have documents."""
    existing = [*existing]
    names = sorted(key.name for key in existing if key.kind == kind)
    if names:
        more = f" and {len(names) - _NAMED} more (`rhythmconf graph` lists all)" if len(names) > _NAMED else ""
        return f"{catalog.names.kind(kind)} has {', '.join(names[:_NAMED])}{more}"
    kinds = sorted({catalog.names.kind(key.kind) for key in existing})
    has_none = f"no document is of the kind {catalog.names.kind(kind)}"
    return (
        f"{has_none}; kinds with documents: {', '.join(kinds)}"
        if kinds
        else f"{has_none}; `rhythmconf pull` writes some"
    )


def _help_for_pattern(pattern: KeyPattern, existing: Collection[Key], catalog: Catalog) -> str:
    """Return the pattern that was probably meant, with one word corrected; else the keys of the kind."""
    names = [key.name for key in existing if key.kind == pattern.kind]
    # The words of a pattern are what is between its wildcards.
    for word in dict.fromkeys(re.findall(r"[A-Za-z0-9._-]{3,}", pattern.names)):
        for near in nearest(word, dict.fromkeys(_pieces(names, len(word)))):
            meant = pattern._replace(names=pattern.names.replace(word, near, 1))
            if near != word and any(fnmatchcase(name, meant.names) for name in names):
                return f"did you mean '{catalog.shown(str(meant))}'?"
    return list_keys(pattern.kind, existing, catalog)


def _pieces(names: Iterable[str], length: int) -> Iterator[str]:
    """Yield every piece of a name that may be a misspelt word of about this length."""
    for name in names:
        for size in range(max(1, length - 2), length + 3):
            yield from (name[start : start + size] for start in range(len(name) - size + 1))
