"""Group changes that do the same to several records, so that a reader reads them once."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Iterator, Sequence
from typing import NamedTuple

from rhythmconf.model import Change, FieldChange, Json, KindNames, Missing, canonical
from rhythmconf.model.plural import counted
from rhythmconf.report import word_diff
from rhythmconf.report.display import is_multiline
from rhythmconf.report.titles import kind_noun

_TOKEN = re.compile(r"\w+|\s+|[^\w\s]")


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
    fields = tuple(map(_field_outline, change.fields))
    return (change.key.kind, change.action, change.reason, change.last_change, fields)


def _field_outline(field: FieldChange) -> Hashable:
    values = () if is_multiline(field) else (_exact(field.old), _exact(field.new))
    return (field.name, field.risk, field.side, values)


def _exact(value: Json | Missing) -> bytes | None:
    return None if isinstance(value, Missing) else canonical(value)


def _replaced_texts(change: Change) -> Hashable:
    """Return what the change replaces in each of its long texts, wherever that stands and however often."""
    texts = [field for field in change.fields if is_multiline(field)]
    return tuple(frozenset(_replacements(word_diff.word_diff(str(field.old), str(field.new)))) for field in texts)


def _replacements(pieces: Sequence[word_diff.Piece]) -> Iterator[tuple[str, str]]:
    """Yield each text that is replaced, and by what; one that is only removed or added has an empty counterpart."""
    for before, piece, after in zip([None, *pieces], pieces, [*pieces[1:], None], strict=False):
        if piece.type == "old":
            yield _without_shared_ends(piece.text, after.text if after and after.type == "new" else "")
        elif piece.type == "new" and not (before and before.type == "old"):
            yield _without_shared_ends("", piece.text)


def _without_shared_ends(old: str, new: str) -> tuple[str, str]:
    """Return two texts without what both begin and end with, in whole words and numbers.

    So `https://a.example/renew` and `https://b.example/renew` differ in `a` and `b`, as other links do.
    """
    before, after = _TOKEN.findall(old.strip()), _TOKEN.findall(new.strip())
    start = next((at for at, (a, b) in enumerate(zip(before, after, strict=False)) if a != b), None)
    start = min(len(before), len(after)) if start is None else start
    before, after = before[start:], after[start:]
    while before and after and before[-1] == after[-1]:
        del before[-1], after[-1]
    return "".join(before), "".join(after)
