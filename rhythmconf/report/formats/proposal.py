"""Write drift in the direction of the branch that `pull --only-drift` makes: what merging keeps, what closing undoes.

A drift plan says what the next apply would put back. Its values are turned round here: the files come first, and then
what the tenant has now. Times and zones are checked where a plan is made or read; all other data is escaped.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from rhythmconf.model import MISSING, Change, FieldChange, KindNames, Plan
from rhythmconf.model.plural import counted
from rhythmconf.model.quoting import quoted
from rhythmconf.report.comment import Lines, first_that_fits, marker
from rhythmconf.report.display import brief, capitalised, file_and_line, for_people, is_multiline, old_and_new
from rhythmconf.report.facts import RISKS, change_risks, describe_base, has_conflict, sort_diagnostics, sort_worst_first
from rhythmconf.report.formats.markdown.head import origin_lines
from rhythmconf.report.markdown_escaping import code, fenced, prose
from rhythmconf.report.origin import NO_ORIGIN, Origin
from rhythmconf.report.tenant_facts import describe_last_change
from rhythmconf.report.terminal import safe
from rhythmconf.report.titles import field_roles, field_title
from rhythmconf.report.word_diff import unified

_SHORT = 50
"""Characters of a value that a title shows."""
_NAMES = 100
"""Records that the shortest version names; it counts the others."""

Show = Callable[[str], str]
"""A function that writes a text that may hold anything."""


class Proposal(NamedTuple):
    """The changes of drift: those that are on the branch, and those that can't be."""

    included: tuple[Change, ...]
    deleted: tuple[Change, ...]
    undecided: tuple[Change, ...]


def propose(plan: Plan) -> Proposal:
    """Sort the changes of drift by what the branch can do with them, the worst first."""
    included, deleted, undecided = list[Change](), list[Change](), list[Change]()
    for change in sort_worst_first(plan.changes):
        if change.action == "create":
            deleted.append(change)
        elif change.action != "delete" and _drifted_fields(change):
            included.append(change)
        if change.action == "delete" or has_conflict(change):
            undecided.append(change)
    return Proposal(tuple(included), tuple(deleted), tuple(undecided))


def title(plan: Plan) -> str:
    """Return the title of a pull request: `Drift of production: 'Drops, weekly' was switched off`."""
    return _plain(f"Drift of {plan.fingerprint.environment}: {_summary(for_people(plan), quoted, str)}")


def _plain(text: str) -> str:
    """Return a text for a title or a commit, in which hosts find nobody to notify and no issue to close."""
    return re.sub(r"([@#])(?=\w)|\bGH-(?=\d)", lambda match: f"{match[1] or 'GH'} ", safe(text))


def _summary(plan: Plan, name: Show, value: Show) -> str:
    """Return what happened in the tenant; `name` and `value` write names of records, and fields and values."""
    if len(plan.changes) == 1:
        return _title_of_one(plan.changes[0], plan.names, name, value)
    deleted = sum(change.action == "create" for change in plan.changes)
    attributed = [(change, field) for change in plan.changes for field in change.fields if field.side]
    off = sum(_state(change, field, plan.names) == "off" for change, field in attributed)
    # Without a base, nobody knows which side changed a record.
    changed = f"{counted(len(plan.changes) - deleted, 'record')} {'changed' if attributed else 'different'}"
    changed += f", {off} of them switched off" if off else ""
    texts = [changed] * (deleted < len(plan.changes)) + [f"{counted(deleted, 'record')} deleted"] * bool(deleted)
    return "; ".join(texts)


def commit(plan: Plan) -> str:
    """Return the message of the commit that takes the drift over: its first line is the title."""
    value = for_people(plan)
    lines = [title(plan), ""]
    for change in propose(value).included:
        lines += [f"{change.key}: {_title_of_one(change, value.names, quoted, str)}"]
        if last := describe_last_change(change.last_change, value.zone):
            lines += [f"  {last}"]
    return "".join(f"{_plain(line)}\n" for line in lines).rstrip("\n") + "\n"


def markdown(plan: Plan, origin: Origin = NO_ORIGIN) -> str:
    """Return the text of the pull request, which is never longer than a host takes."""
    value = for_people(plan)
    proposal = propose(value)
    head = [
        marker("drift", plan.fingerprint.environment),
        f"### Drift of {code(plan.fingerprint.environment)}: {_summary(value, code, code)}",
        "",
        *origin_lines(plan, origin),
        *_consequences(proposal),
    ]
    return first_that_fits(
        head,
        [
            partial(_everything, value, proposal, texts=True),
            partial(_everything, value, proposal, texts=False),
            partial(_names_only, proposal),
            # For names that are longer than anybody writes.
            partial(iter, ()),
        ],
    )


def _consequences(proposal: Proposal) -> Lines:
    if not proposal.included:
        yield "Nothing of this drift can be written into the files."
        yield ""
        return
    what = "one record" if len(proposal.included) == 1 else f"{len(proposal.included):,} records"
    yield f"In {what} the tenant has other values than the files. This branch writes those into the files."
    yield ""
    yield "- **Merge** to keep the values of the tenant."
    yield "- **Close** to have the next apply put the values of the files back."
    yield ""


def _everything(plan: Plan, proposal: Proposal, *, texts: bool) -> Lines:
    for risk in (*RISKS, None):
        changes = [change for change in proposal.included if next(iter(change_risks(change)), None) == risk]
        if changes:
            yield f"#### {risk.capitalize()}: {RISKS[risk]}" if risk else "#### Without a risk for members"
            yield ""
            for change in changes:
                yield from _included(change, plan, texts=texts)
            yield ""
    if proposal.deleted or proposal.undecided:
        yield "#### Not on this branch: somebody has to decide"
        yield ""
        for change in proposal.deleted:
            yield from _deleted(change)
        for change in proposal.undecided:
            yield from _undecided(change, plan)
        yield ""
    # What rules find is about the files, which a review of this branch judges.
    diagnostics = [one for one in sort_diagnostics(plan.diagnostics) if one.found_by == "check"]
    for diagnostic in diagnostics:
        help = f". {prose(diagnostic.help)}" if diagnostic.help else ""
        yield f"- **{diagnostic.severity}** {code(diagnostic.code)} {prose(diagnostic.message)}{help}"
    yield from [""] * bool(diagnostics)
    yield f"Comparison: {prose(describe_base(plan))}."


def _included(change: Change, plan: Plan, *, texts: bool) -> Lines:
    yield f"- {_subject(change)} {_describe_event(change, plan.names)}.{_last_change(change, plan.zone)}"
    for field in _drifted_fields(change):
        yield f"  - {_field(change, field, plan.names)}"
        if texts and is_multiline(field):
            yield from fenced(unified(str(field.new), str(field.old)), "    ")


def _deleted(change: Change) -> Lines:
    location = next((field.location for field in change.fields if field.location), None)
    where = f" in {code(location.file)}" if location else ""
    yield (
        f"- {_subject(change)} was deleted in the tenant. The next apply creates it again. "
        f"To accept the deletion, delete its document{where}."
    )


def _undecided(change: Change, plan: Plan) -> Lines:
    add = f"add the line {code(f'--ours {change.key}')} to {code(f'overrides/{plan.fingerprint.environment}.txt')}"
    last = _last_change(change, plan.zone)
    if change.action == "delete":
        yield (
            f"- {_subject(change)} has no document any more, and was changed in the tenant.{last} "
            f"To delete the record, {add}. To keep it, restore its document."
        )
        return
    yield (
        f"- {_subject(change)} was changed both in the files and in the tenant.{last} "
        f"To keep the tenant's value, write it into the file. To keep that of the files, {add}."
    )
    yield from (f"  - {_field(change, field, plan.names)}" for field in change.fields if field.side == "conflict")


def _names_only(proposal: Proposal) -> Lines:
    groups = (("On this branch", proposal.included), ("Deleted", proposal.deleted), ("To decide", proposal.undecided))
    for heading, changes in groups:
        if changes:
            more = f" and {len(changes) - _NAMES:,} more" if len(changes) > _NAMES else ""
            yield f"**{heading}:** {', '.join(map(_subject, changes[:_NAMES]))}{more}"
            yield ""


def _drifted_fields(change: Change) -> list[FieldChange]:
    """Return the fields that were changed in the tenant alone; without a base, nobody knows who changed them."""
    return [field for field in change.fields if field.side in ("drift", None)]


def _subject(change: Change) -> str:
    return f"**{code(change.name, 60)}** ({code(str(change.key))})" if change.name else code(str(change.key))


def _last_change(change: Change, zone: str) -> str:
    text = describe_last_change(change.last_change, zone, code)
    return f" {capitalised(text)}." if text else ""


def _field(change: Change, field: FieldChange, names: KindNames) -> str:
    """Return what the files and the tenant have, and what becomes of it."""
    files, tenant = old_and_new(field.new, field.old, field.names)
    risk = f" **{field.risk}**" if field.risk else ""
    location = f" {code(file_and_line(field.location))}" if field.location else ""
    if is_multiline(field):
        values = "the text was changed"
    elif field.new is MISSING:
        values = f"not in the files, {code(tenant)} in the tenant now"
    elif field.old is MISSING:
        values = f"{code(files)} in the files, removed in the tenant"
    else:
        values = f"{code(files)} in the files, {code(tenant)} in the tenant now"
    state = _state(change, field, names) if field.side != "conflict" else ""
    other = {"off": "on", "on": "off"}.get(state, "")
    after = f". Merge: it stays {state}. Close: the next apply switches it {other}." if state else ""
    title = code(field_title(names, change.key.kind, field))
    return f"{title} ({code(field.name)}): {values}{risk}{location}{after}"


def _state(change: Change, field: FieldChange, names: KindNames) -> str:
    """Return whether the tenant has a record switched `on` or `off`; empty for a field that doesn't decide it."""
    if not isinstance(field.old, bool) or "active" not in field_roles(names, change.key.kind, field):
        return ""
    return "on" if field.old else "off"


def _differing_fields(change: Change) -> list[FieldChange]:
    """Return the fields that the tenant has changed, also those in conflict."""
    return [field for field in change.fields if field.side in ("drift", "conflict", None)]


def _describe_event(change: Change, names: KindNames) -> str:
    """Return what happened to a record in the tenant, to follow its name: `was switched off`."""
    if change.action == "create":
        return "was deleted"
    fields = _differing_fields(change)
    states = [_state(change, field, names) for field in fields]
    state, others = next(filter(None, states), ""), states.count("")
    # Without a base, nobody knows which side changed it.
    attributed = any(field.side for field in fields)
    if not state:
        return f"has {counted(others, 'changed field' if attributed else 'different field')}"
    more = f", and {counted(others, 'other field')} {'changed' if attributed else 'differ'}" if others else ""
    return f"was switched {state}{more}" if attributed else f"is {state} in the tenant, but not in the files{more}"


def _title_of_one(change: Change, names: KindNames, name: Show, value: Show) -> str:
    """Return what happened to the only record: of a single field also its values, if they are short."""
    subject = name(change.name) if change.name else value(str(change.key))
    fields = _differing_fields(change)
    if change.action == "create" or len(fields) != 1 or _state(change, fields[0], names):
        return f"{subject} {_describe_event(change, names)}"
    field = fields[0]
    title = value(field_title(names, change.key.kind, field))
    if field.side is None:
        return f"{subject}: {title} differs"
    if field.new is MISSING or field.old is MISSING:
        return f"{subject}: {title} {'added' if field.new is MISSING else 'removed'}"
    files, tenant = brief(field.new, field.names), brief(field.old, field.names)
    short = max(len(files), len(tenant)) <= _SHORT and "\n" not in files + tenant
    return f"{subject}: {title} changed" + (f" from {value(files)} to {value(tenant)}" if short else "")
