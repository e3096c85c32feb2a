"""Notice a key that seems to be renamed together with its natural key: one record is deleted, and an alike one made."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from rhythmconf.catalog import Kind
from rhythmconf.engine.diff import codes
from rhythmconf.model import MARK_FIELD, Body, Change, Diagnostic, Json
from rhythmconf.model.dates import join
from rhythmconf.source.project.values import Site


def warn_of_renames(changes: Iterable[Change], site: Site) -> Iterator[Diagnostic]:
    """Warn of each new record that differs from one deleted record only in its natural key, and no other does."""
    created: dict[str, list[Change]] = {}
    deleted: dict[str, list[Change]] = {}
    for change in changes:
        group = {"create": created, "delete": deleted}.get(change.action)
        if group is not None:
            group.setdefault(change.key.kind, []).append(change)
    for name in created.keys() & deleted.keys():
        kind = site.catalog.kind(name)
        if kind.natural_key and max(len(created[name]), len(deleted[name])) <= _MOST:
            yield from _warn_of_kind(kind, created[name], deleted[name], site)


_MOST = 100
"""New or deleted records of a kind beyond which nothing is said: each is compared with all others."""


def _warn_of_kind(kind: Kind, created: Sequence[Change], deleted: Sequence[Change], site: Site) -> Iterator[Diagnostic]:
    pairs = [(new, old) for new in created for old in deleted if _is_alike(kind, new.body or {}, old.before or {})]
    for new, old in pairs:
        if sum(new is one or old is other for one, other in pairs) > 1:
            continue
        shown = site.catalog.names
        yield Diagnostic(
            codes.RENAMED_WITHOUT_MOVED,
            f"{shown.key(new.key)} will be created and {shown.key(old.key)} deleted, though they differ only in "
            f"{join(kind.natural_key)}",
            "warning",
            pointer="/key",
            key=new.key,
            help=f"If the key was renamed, add `moved: [{old.key.name}]` to the document: the record keeps its id and "
            "all that refers to it.",
        )


def _is_alike(kind: Kind, new: Body, old: Body) -> bool:
    """Tell whether an old record has what a new one declares beside its natural key, and has another natural key."""
    others = [name for name in new if name != MARK_FIELD and name not in kind.natural_key]
    return bool(others) and all(name in old and _agrees(new[name], old[name]) for name in others)


def _agrees(new: Json, old: Json) -> bool:
    """Tell whether a value has all that another one declares, which may have members that nobody declares."""
    if isinstance(new, dict) and isinstance(old, dict):
        return all(name in old and _agrees(value, old[name]) for name, value in new.items())
    if isinstance(new, list) and isinstance(old, list):
        return len(new) == len(old) and all(map(_agrees, new, old))
    return new == old
