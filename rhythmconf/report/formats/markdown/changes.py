"""Write the changes of a plan, from every detail to the names of the kinds."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rhythmconf.model import MISSING, Change, FieldChange, Plan, Side
from rhythmconf.model.plural import counted
from rhythmconf.report.comment import Lines
from rhythmconf.report.display import brief, exact, file_and_line, is_multiline, old_and_new
from rhythmconf.report.facts import (
    BEHIND,
    CONFLICTS,
    SYMBOLS,
    change_risks,
    count_risks,
    describe_agreed,
    describe_side,
    group_by_kind,
    has_conflict,
    is_behind,
    risky_fields,
    sort_diagnostics,
    sort_worst_first,
)
from rhythmconf.report.groups import ChangeGroup, describe_others, group_equal
from rhythmconf.report.markdown_diagnostics import code_counts, with_help
from rhythmconf.report.markdown_escaping import NAME_LIMIT, code, fenced, prose
from rhythmconf.report.sentences import risk_sentences
from rhythmconf.report.tenant_facts import describe_last_change
from rhythmconf.report.titles import kind_title, record_name
from rhythmconf.report.word_diff import unified

_NAMES = 30
"""Records of a kind that one line names; it counts the others."""


def select_serious(changes: Sequence[Change]) -> list[Change]:
    """Return deletions and changes with a risk, the worst first."""
    return [change for change in sort_worst_first(changes) if change.action == "delete" or risky_fields(change)]


# The versions


def _everything(value: Plan) -> Lines:
    yield from _unfolded(value)
    yield from _folded("Every change, with its patch", value, _full_change)
    yield from _agreed(value)


def _without_patches(value: Plan) -> Lines:
    yield from _unfolded(value)
    yield from _folded("Every change (see the HTML page for patches and long texts)", value, _short_change)


def _records_by_name(value: Plan) -> Lines:
    yield from _unfolded(value)
    yield from _folded("Every record by name (see the HTML page for fields)", value, _named_change)


def _unfolded_only(value: Plan) -> Lines:
    yield from _unfolded(value)
    yield from _reference_to_page(value)


def _deletions_and_serious_kinds(value: Plan) -> Lines:
    yield from _deletions(value.changes)
    yield from _serious_kinds(value)


def _kinds_only(value: Plan) -> Lines:
    yield from _names_by_kind("To destroy", [change for change in value.changes if change.action == "delete"])
    yield from _serious_kinds(value)


def _code_counts_only(value: Plan) -> Lines:
    yield from code_counts(sort_diagnostics(value.diagnostics))
    yield from _reference_to_page(value)


VERSIONS: Sequence[Callable[[Plan], Lines]] = (
    _everything,
    _without_patches,
    _records_by_name,
    _unfolded_only,
    _deletions_and_serious_kinds,
    _kinds_only,
    _code_counts_only,
)
"""From the most detailed to the shortest."""


# What is never folded


def _unfolded(value: Plan) -> Lines:
    yield from _deletions(value.changes)
    yield from _fields_of_side("conflict", CONFLICTS, value)
    yield from _fields_of_side("behind", BEHIND, value)
    yield from _risky_changes(value)
    if value.diagnostics:
        yield "#### Diagnostics"
        yield ""
    yield from with_help(sort_diagnostics(value.diagnostics))


def _deletions(changes: Sequence[Change]) -> Lines:
    deletions = [change for change in changes if change.action == "delete"]
    if deletions:
        yield f"#### To destroy: {len(deletions):,}"
        yield ""
        yield from (f"- {_title(change)}" for change in deletions)
        yield ""


def _fields_of_side(side: Side, title: str, value: Plan) -> Lines:
    fields = [(change, field) for change in value.changes for field in change.fields if field.side == side]
    if fields:
        yield f"#### {title}"
        yield ""
        yield from (_field_of(change, field, value.zone) for change, field in fields)
        yield ""


def _risky_changes(value: Plan) -> Lines:
    risky = _select_risky(value.changes)
    if not risky:
        return
    yield "#### Fields with a risk"
    yield ""
    for group in group_equal(risky):
        yield from _risky_change(value, group)
    yield ""


def _select_risky(changes: Sequence[Change]) -> list[Change]:
    return [change for change in select_serious(changes) if change.action != "delete"]


def _risky_change(value: Plan, group: ChangeGroup) -> Lines:
    """Yield what a change does, and a line for each field; those of a new record have no old values and need none."""
    change = group.first
    texts = " ".join(sentence.text for sentence in risk_sentences(value, change))
    if change.action == "create":
        risks = [
            f"**{risk}** " + ", ".join(code(field.name) for field in risky_fields(change) if field.risk == risk)
            for risk in change_risks(change)
        ]
        yield f"- {named_key(change)}: {prose(texts)} {'; '.join(risks)}"
        return
    yield f"- {named_key(change)}: {prose(texts)}"
    yield from _last_change(change, value.zone)
    yield from (f"  - {_field(field)}" for field in risky_fields(change))
    yield from _others(value, group)


def _others(value: Plan, group: ChangeGroup) -> Lines:
    """Yield the records in which the rest of a group does the same."""
    if group.others:
        yield f"  - {describe_others(group, value.names)}: {', '.join(map(named_key, group.others))}"


def _serious_kinds(value: Plan) -> Lines:
    yield from _names_by_kind(CONFLICTS, list(filter(has_conflict, value.changes)))
    yield from _names_by_kind(BEHIND, list(filter(is_behind, value.changes)))
    yield from _names_by_kind("With a risk for members", _select_risky(value.changes))
    yield from _code_counts_only(value)


def _names_by_kind(title: str, changes: Sequence[Change]) -> Lines:
    """Yield a line for each kind with its risks and the names of its first records."""
    if not changes:
        return
    yield f"#### {title}: {len(changes):,}"
    yield ""
    for tally, group in group_by_kind(changes):
        names = ", ".join(code(str(change.key), NAME_LIMIT) for change in group[:_NAMES])
        more = f" and {len(group) - _NAMES:,} more" if len(group) > _NAMES else ""
        risks = "".join(f" **{risk}**" for risk in count_risks(group))
        yield f"- {prose(tally.kind)}{risks}: {names}{more}"
    yield ""


def _reference_to_page(value: Plan) -> Lines:
    if value.changes:
        yield f"The details of {counted(len(value.changes), 'change')} do not fit here: `--format html` shows them all."


# What is folded


def _folded(summary: str, value: Plan, write: Callable[[Plan, ChangeGroup], Lines]) -> Lines:
    if not value.changes:
        return
    yield f"<details><summary>{summary}</summary>"
    yield ""
    for tally, changes in group_by_kind(value.changes):
        yield f"**{prose(kind_title(value.names, tally.kind))}**: {tally.text}"
        yield ""
        for group in group_equal(changes):
            yield from write(value, group)
        yield ""
    yield "</details>"


def _agreed(value: Plan) -> Lines:
    if value.both:
        title = "Changed to the same value in the files and in the tenant"
        # Without changes, this is all that there is to tell.
        yield f"<details><summary>{title}</summary>" if value.changes else f"#### {title}"
        yield ""
        for agreed in value.both:
            last = describe_last_change(agreed.last_change, value.zone, code)
            yield f"- {code(str(agreed.key))} {prose(describe_agreed(agreed))}{f' ({last})' if last else ''}"
        yield ""
        yield from ["</details>"] * bool(value.changes)


def _named_change(_: Plan, group: ChangeGroup) -> Lines:
    yield from (f"- {_title(change)}" for change in group.changes)


def _short_change(value: Plan, group: ChangeGroup) -> Lines:
    yield f"- {_title(group.first)}"
    yield from _last_change(group.first, value.zone)
    yield from (f"  - {_field(field)}" for field in group.first.fields)
    yield from _others(value, group)


def _last_change(change: Change, zone: str) -> Lines:
    if last := describe_last_change(change.last_change, zone, code):
        yield f"  - {last}"


def _full_change(value: Plan, group: ChangeGroup) -> Lines:
    change = group.first
    yield f"- {_title(change)}"
    yield from _last_change(change, value.zone)
    for field in change.fields:
        yield f"  - {_field(field)}"
        if is_multiline(field):
            yield from fenced(unified(str(field.old), str(field.new)), "    ")
    if change.patch:
        yield f"  - patch {code(exact(list(change.patch)))}"
    yield from _others(value, group)


def named_key(change: Change) -> str:
    """Return the name of a record and its key; only the key where it has no name."""
    key = code(str(change.key), 2 * NAME_LIMIT)
    return f"**{prose(record_name(change))}** {key}" if change.name else key


def _title(change: Change) -> str:
    id = f" id {code(change.id)}" if change.id else ""
    reason = f" ({prose(change.reason)})" if change.reason else ""
    return f"`{SYMBOLS[change.action]}` {named_key(change)}{id}{reason}"


def _field_of(change: Change, field: FieldChange, zone: str) -> str:
    """Return a field with its record, and what the tenant says of the record if somebody changed the field there."""
    last = describe_last_change(change.last_change, zone, code) if field.side not in ("yours", None) else ""
    return f"- {named_key(change)} {_field(field)}{f' ({last})' if last else ''}"


def _field(field: FieldChange) -> str:
    if is_multiline(field):
        values = "text changed"
    elif field.old is MISSING:
        values = code(brief(field.new, field.names))
    else:
        values = " → ".join(map(code, old_and_new(field.old, field.new, field.names)))
    remarks = [f"**{remark}**" for remark in (field.risk, describe_side(field.side)) if remark]
    if field.side == "conflict":
        base, _ = old_and_new(field.base, field.new, field.names)
        remarks.append(f"at the base {code(base)}")
    if field.location:
        remarks.append(code(file_and_line(field.location)))
    return " ".join([f"{code(field.name)}: {values}", *remarks])
