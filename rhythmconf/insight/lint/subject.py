"""The input of the rules."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from rhythmconf.model import Bindings, Key
from rhythmconf.model.appearance import key_appearance
from rhythmconf.model.suggest import nearest
from rhythmconf.source.desired import Desired


class Subject(NamedTuple):
    """The files of one environment: what they resolve to, the bindings, and the folders named by `sources`."""

    desired: Desired
    bindings: Bindings
    sources: Sequence[str]


def similar_names(key: Key, others: Iterable[Key]) -> list[str]:
    """Return the nearest names among other keys of the same kind.

    Names that differ only in their separators (`renewal.30`, `renewal-30`) always count.
    """
    names = [other.name for other in others if other.kind == key.kind]
    if alike := [name for name in names if key_appearance(name) == key_appearance(key.name)]:
        return alike
    return nearest(key.name, names)


def unbound_keys(subject: Subject) -> list[Key]:
    """Return the keys of documents that have no binding, sorted."""
    return sorted(subject.desired.key_set.declared - subject.bindings.keys())


def unused_bindings(subject: Subject) -> list[Key]:
    """Return the keys of bindings that no document declares, or declared before, and no reference names; sorted."""
    if not subject.bindings:
        return []
    desired = subject.desired
    unused = subject.bindings.keys() - desired.key_set.declared - desired.names.moved.keys()
    values = [resolution.value for resolution in desired.names.resolutions.values()] if unused else []
    referenced = {str(value["$ref"]) for value in values if isinstance(value, dict)}
    return sorted(key for key in unused if str(key) not in referenced)
