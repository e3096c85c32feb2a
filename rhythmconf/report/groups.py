"""Group changes that do the same to several records, so that a reader reads them once."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import NamedTuple

from rhythmconf.model import Change, FieldChange, Json, KindNames, Missing, canonical
from rhythmconf.model.plural import counted
from rhythmconf.report.display import is_multiline
from rhythmconf.report.titles import kind_noun
from rhythmconf.report.word_diff import word_diff


class ChangeGroup(NamedTuple):
    """Changes that do the same to records of one kind, or a single change."""

    changes: tuple[Change, ...]

    @property
    def first(self) -> Change:
        """The change that a report shows in full."""
        return self.changes[0]

    @property
    def others(self) -> tuple[Change, ...]:
        """The changes of which a report only names the records."""
        return self.changes[1:]


def group_equal(changes: Iterable[Change]) -> list[ChangeGroup]:
    """Group updates and adoptions that change the same fields of one kind in the same way.

    Of two long texts only what was replaced must be the same. Creates, deletes and conflicts stand alone: each needs a
    look of its own. A group stands where its first change stood.
    """
    changes = list(changes)
    alike: dict[Hashable, list[int]] = {}
    for number, change in enumerate(changes):
        alike.setdefault(_outline(change) if _can_be_grouped(change) else number, []).append(number)
    groups: dict[Hashable, list[int]] = {}
    for outline, members in alike.items():
        for number in members:
            # Texts are compared word by word, which takes long: only where all else is the same.
            texts = _replaced_texts(changes[number]) if len(members) > 1 else ()
            groups.setdefault((outline, texts), []).append(number)
    return [ChangeGroup(tuple(changes[number] for number in members)) for members in sorted(groups.values())]


def describe_others(group: ChangeGroup, names: KindNames) -> str:
    """Return in how many more records the same changes: `the same in 17 other notices`; empty for a single change."""
    count = len(group.others)
    return f"the same in {counted(count, f'other {kind_noun(names, group.first.key.kind)}')}" if count else ""


def _can_be_grouped(change: Change) -> bool:
    conflict = any(field.side == "conflict" for field in change.fields)
    return change.action in ("update", "adopt") and bool(change.fields) and not conflict


def _outline(change: Change) -> Hashable:
    """Return all that must be equal but the words of long texts."""
    return (change.key.kind, change.action, change.reason, tuple(map(_field_outline, change.fields)))


def _field_outline(field: FieldChange) -> Hashable:
    values = () if is_multiline(field) else (_exact(field.old), _exact(field.new))
    return (field.name, field.risk, field.side, values)


def _exact(value: Json | Missing) -> bytes | None:
    return None if isinstance(value, Missing) else canonical(value)


def _replaced_texts(change: Change) -> Hashable:
    """Return what the change removes from its long texts and adds to them, wherever that stands."""
    return tuple(
        (piece.type, piece.text.strip())
        for field in change.fields
        if is_multiline(field)
        for piece in word_diff(str(field.old), str(field.new))
        if piece.type in ("old", "new")
    )
