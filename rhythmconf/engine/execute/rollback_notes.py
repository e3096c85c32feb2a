"""Warn of what a rollback reverses, which commit to revert too, and what no rollback can restore."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from rhythmconf.engine.execute import codes
from rhythmconf.engine.journal import Log
from rhythmconf.model import (
    MARK_FIELD,
    MISSING,
    Change,
    Diagnostic,
    FieldChange,
    Key,
    Missing,
    Plan,
    Record,
    at,
    canonical,
)

NAMED = 5


def note_all(
    plan: Plan,
    changes: Sequence[Change],
    reversed_keys: Collection[Key],
    records: Mapping[tuple[str, str], Record],
    log: Log | None,
) -> Iterator[Diagnostic]:
    """Yield the warnings of a plan that reverses another one. `reversed_keys` are those that the plan back changes."""
    yield _revert(plan, log)
    for change in changes:
        yield from _lost(change, change.key in reversed_keys, records)
        yield from _changed_since(change, records)
    yield from _sent(changes)


def _revert(plan: Plan, log: Log | None) -> Diagnostic:
    what = f"run {log.header.run}" if log else f"the plan of {plan.created_at}"
    commit = log.header.commit if log else plan.commit
    committed = plan.clean or (log is not None and log.header.advances)
    base = plan.base.commit if plan.base else None
    if commit and committed and base and base != commit:
        # Reverting a commit undoes all of it, so the others of that apply are named as well.
        since = f"`git log {base[:12]}..{commit[:12]}` lists the commits of that apply"
        revert = f"Revert the commit too (git revert {commit[:12]}; {since})"
    else:
        # The first apply of a project, or one that only put drift back: its values come from no new commit.
        revert = "Undo the edit of the files too, if there was one"
    help = f"{revert}: the next plan of the same files would apply it again."
    return Diagnostic(codes.ROLLBACK, f"this plan rolls back {what}", "warning", help=help)


def _lost(change: Change, reversible: bool, records: Mapping[tuple[str, str], Record]) -> Iterator[Diagnostic]:
    exists = (change.key.kind, change.id or "") in records
    if change.action == "delete" and not exists:
        words = f"comes back as a new record: its id ({change.id!r}), version and history can't be restored"
        help = "Its binding and the references of known kinds get the new id; other references don't."
        yield _warning(change, words, help)
    elif change.action in ("update", "adopt") and not exists:
        yield _warning(change, f"can't be restored: record {change.id!r} is gone", "Plan from the files to create it.")
    elif change.action == "create" and not reversible:
        marked = isinstance((change.body or {}).get(MARK_FIELD), str)
        nothing_to_do = "was not created, or is gone: nothing has to be undone"
        words = nothing_to_do if marked else "can't be distinguished from other records"
        yield _warning(change, words, "Look in Rhythm for a record of its name." if not marked else "")


def _changed_since(change: Change, records: Mapping[tuple[str, str], Record]) -> Iterator[Diagnostic]:
    """Warn of fields that somebody changed after the run, because the plan would overwrite them."""
    record = records.get((change.key.kind, change.id or ""))
    for field in change.fields if record and change.action in ("update", "adopt") else ():
        now = at(record.body, field.path) if record else MISSING
        if _comparable(field) and not any(_alike(now, value) for value in (field.old, field.new)):
            left = f"the run left {_plain(field.new)!r}"
            words = f"{field.path} was changed after the run: it is {_plain(now)!r}, and {left}"
            yield _warning(change, words, "This plan overwrites that. If it should stay, don't apply this plan.")


def _comparable(field: FieldChange) -> bool:
    """Tell whether a field can be compared: an index may mean another item, and a new reference has no id yet."""
    return not any(token.isdecimal() for token in field.path.split("/")) and not (
        isinstance(field.new, dict) and "$ref" in field.new
    )


def _alike(one: object, other: object) -> bool:
    return canonical(_plain(one)) == canonical(_plain(other))  # type: ignore[arg-type]


def _plain(value: object) -> object:
    return None if isinstance(value, Missing) else value


def _sent(changes: Iterable[Change]) -> Iterator[Diagnostic]:
    """Warn that what members were sent or billed in between can't be taken back."""
    risky = [change.key for change in changes if any(field.risk in ("inbox", "money") for field in change.fields)]
    if risky:
        more = f" and {len(risky) - NAMED} more" if len(risky) > NAMED else ""
        names = ", ".join(map(str, risky[:NAMED])) + more
        words = f"what members were sent or billed by {names} in the meantime can't be taken back"
        yield Diagnostic(
            codes.NOT_ROLLED_BACK, words, "warning", help="Look in Rhythm for mails and invoices since the run."
        )


def _warning(change: Change, words: str, help: str) -> Diagnostic:
    return Diagnostic(codes.NOT_ROLLED_BACK, f"{change.key}: {words}", "warning", key=change.key, help=help)
