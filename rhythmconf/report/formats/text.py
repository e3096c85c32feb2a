"""Write a plan or the result of `validate` as text for a terminal.

Counts come first and last. Deletions and risks are always shown.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from rhythmconf.model import MISSING, Agreed, Change, FieldChange, Guard, Plan
from rhythmconf.model.plural import counted
from rhythmconf.model.quoting import shown_name
from rhythmconf.report import word_diff
from rhythmconf.report.display import brief, file_and_line, for_people, is_multiline, old_and_new
from rhythmconf.report.effects import IN_DATES, TITLE, describe_basis, describe_effects
from rhythmconf.report.facts import (
    COLORS,
    DRIFT,
    PLAN,
    SYMBOLS,
    ReportKind,
    change_risks,
    count_changes,
    count_risks,
    describe_agreed,
    describe_base,
    describe_requests,
    describe_scope,
    describe_side,
    describe_uncommitted,
    last_line,
    refusing_guards,
    shows_base,
    sort_worst_first,
)
from rhythmconf.report.groups import ChangeGroup, describe_others, group_equal
from rhythmconf.report.people import ASSUMPTION, StepLine, describe_forecast, describe_forecast_basis
from rhythmconf.report.sentences import risk_sentences
from rhythmconf.report.tenant_facts import describe_last_change, describe_state
from rhythmconf.report.terminal import Line, Span
from rhythmconf.report.titles import extra_name

if TYPE_CHECKING:
    from rhythmconf.model.effects import Effects

_PATCH_LIMIT = 300
"""Characters; of a longer patch only the size is shown."""


def plan(value: Plan, report_kind: ReportKind = PLAN) -> Iterator[Line]:
    """Yield the plan or the drift with every field, deletions first, equal changes once.

    The last line is `Plan: 3 to add, 1 to change, 0 to destroy.`
    """
    return _plan(value, report_kind, _no_lines)


def plan_with_patches(value: Plan, report_kind: ReportKind = PLAN) -> Iterator[Line]:
    """Yield what `plan` does, with the patch of each change that is shown."""
    return _plan(value, report_kind, _patch_lines)


def _plan(value: Plan, report_kind: ReportKind, add: Callable[[Change], Iterable[Line]]) -> Iterator[Line]:
    """Yield a plan; `add` makes the lines that follow the fields of a change."""
    value = for_people(value)
    yield from heading(value)
    for group in group_equal(sort_worst_first(value.changes)):
        yield _title(group.first)
        yield from _last_change(group.first, value.zone)
        # The sentences are about what an apply does, not about what happened in the tenant.
        yield from _sentences(value, group.first) if report_kind is not DRIFT else ()
        yield from _fields(group.first, report_kind)
        yield from add(group.first)
        yield from _others(value, group)
        yield [("plain", "")]
    yield from agreed_lines(value.both, value.zone)
    yield from binding_lines(value)
    yield from guard_lines(value.guards)
    yield [("bold", last_line(value.summary))]


def summary(value: Plan) -> Iterator[Line]:
    """Yield the plan with one line for each change instead of every field."""
    value = for_people(value)
    yield from heading(value)
    for change in sort_worst_first(value.changes):
        yield [*_title(change), *_remarks(change)]
    yield [("plain", "")]
    yield from guard_lines(value.guards)
    yield [("bold", last_line(value.summary))]


def plan_in_full(value: Plan) -> Iterator[Line]:
    """Yield a saved plan with every field, operation, wave and dependency."""
    value = for_people(value)
    yield from heading(value)
    for change in value.changes:
        yield _title(change)
        yield from _last_change(change, value.zone)
        yield from _fields(change, PLAN)
        if change.patch:
            yield [("dim", f"      {_patch_size(change)}:")]
        for operation in change.patch:
            yield [("dim", f"      {json.dumps(operation, ensure_ascii=False)}")]
        after = f", after {', '.join(map(str, change.depends_on))}" if change.depends_on else ""
        yield [("dim", f"      wave {change.wave}{after}")]
        yield [("plain", "")]
    yield from guard_lines(value.guards)
    yield [("bold", last_line(value.summary))]


def heading(value: Plan) -> Iterator[Line]:
    """Yield what the plan does to members, then environment, tenant, commit, counts, risks, requests and base."""
    yield from members_lines(value)
    tenant = value.fingerprint
    commit = f", commit {value.commit[:12]}{describe_uncommitted(value)}" if value.commit else ""
    yield [("bold", f"{tenant.environment}"), ("dim", f"  tenant {tenant.tenant}, {tenant.base_url}{commit}")]
    if state := describe_state(value):
        yield [("yellow", state)]
    if value.changes:
        risks = ", ".join(f"{count} {risk}" for risk, count in count_risks(value.changes).items())
        yield [("plain", count_changes(value.summary)), ("alarm", f"  Risk: {risks}" if risks else "")]
        yield [("dim", describe_requests(value))]
    if shows_base(value):
        yield [("dim", describe_base(value))]
    if scope := describe_scope(value):
        yield [("yellow", scope)]
    if value.allowed:
        yield [("yellow", "allowed: " + " ".join(value.allowed))]
    yield [("plain", "")]


def members_lines(value: Plan) -> Iterator[Line]:
    """Yield what a plan does to members: people and money of each step, then the effects in dates."""
    people = describe_forecast(value.forecast) if value.forecast else []
    if value.forecast and people:
        yield [("bold", TITLE), ("dim", f"  {describe_forecast_basis(value.forecast)}")]
        yield [("dim", f"  {ASSUMPTION}")]
        for line in people:
            yield from _step_lines(line)
        yield [("plain", "")]
    if value.effects is not None:
        yield from effect_lines(value.effects, TITLE if not people else IN_DATES)


def _step_lines(line: StepLine) -> Iterator[Line]:
    for number, words in enumerate(line.texts):
        subject = f"{line.subject}  " if line.subject else ""
        yield [("plain", f"  {subject}" if number == 0 else "      "), ("bold" if line.alarms else "dim", words)]


def effect_lines(effects: Effects, title: str = TITLE) -> Iterator[Line]:
    """Yield what a plan does to members, in dates: a title, and the effects of each step below its name."""
    yield [("bold", title), ("dim", f"  {describe_basis(effects)}")]
    for subject, lines in groupby(describe_effects(effects), key=lambda line: line.subject):
        if subject:
            yield [("plain", f"  {subject}")]
        for line in lines:
            yield [("alarm" if line.harmful else "plain", "    ! " if line.harmful else "      "), ("plain", line.text)]
    yield [("plain", "")]


def _sentences(value: Plan, change: Change) -> Iterator[Line]:
    """Yield what a change does to members, before the fields that do it."""
    for sentence in risk_sentences(value, change):
        yield [("alarm", "      ! "), ("plain", sentence.text)]


def _others(value: Plan, group: ChangeGroup) -> Iterator[Line]:
    """Yield the records in which the rest of a group does the same."""
    if group.others:
        names = ", ".join(f"{change.key}{_name(change)}" for change in group.others)
        yield [("bold", f"      {describe_others(group, value.names)}"), ("plain", f": {names}")]


def _no_lines(_: Change) -> Iterator[Line]:
    yield from ()


def _patch_lines(change: Change) -> Iterator[Line]:
    if change.patch:
        yield [("dim", f"      {_patch(change)}")]


def _name(change: Change) -> str:
    """Return the name of the record after its key; empty where the key says the same."""
    return f" ({name})" if (name := extra_name(change)) else ""


def _title(change: Change) -> Line:
    id = f"  id {shown_name(change.id)}" if change.id else ""
    reason = f"  ({change.reason})" if change.reason else ""
    return [
        (COLORS[change.action], f"  {SYMBOLS[change.action]} "),
        ("bold", str(change.key)),
        ("plain", _name(change)),
        ("dim", f"{id}{reason}"),
    ]


def _remarks(change: Change) -> list[Span]:
    """Return the risks, conflicts, drift and what is behind, which a summary must not hide."""
    sides = {field.side for field in change.fields}
    remarks: list[Span] = [("alarm", f"  ! {risk}") for risk in change_risks(change)]
    if "conflict" in sides:
        remarks.append(("alarm", "  conflict"))
    if "behind" in sides:
        remarks.append(("alarm", "  behind"))
    if "drift" in sides:
        remarks.append(("yellow", "  drift"))
    return remarks


def _last_change(change: Change, zone: str) -> Iterator[Line]:
    if text := describe_last_change(change.last_change, zone):
        yield [("plain", f"      {text}")]


def _fields(change: Change, report_kind: ReportKind) -> Iterator[Line]:
    for field in change.fields:
        if field.side == "conflict":
            yield from _conflict_lines(field)
        elif report_kind is DRIFT and change.action != "create":
            yield from _drift_lines(field)
        else:
            yield from _field_lines(change, field)


def _patch(change: Change) -> str:
    text = _patch_text(change)
    return f"{_patch_size(change)}: {text}" if len(text) <= _PATCH_LIMIT else _patch_size(change)


def _patch_size(change: Change) -> str:
    # A tenant may hold half of a surrogate pair, which strict UTF-8 refuses.
    length = len(_patch_text(change).encode("utf-8", "surrogatepass"))
    return f"patch of {counted(len(change.patch), 'operation')}, {counted(length, 'byte')}"


def _patch_text(change: Change) -> str:
    return json.dumps(list(change.patch), ensure_ascii=False, separators=(",", ":"))


def _field_lines(change: Change, field: FieldChange) -> Iterator[Line]:
    sign, style = _sign(field)
    head: list[Span] = [(style, f"      {sign} "), ("plain", f"{field.name}: ")]
    tail = _tail(field)
    if is_multiline(field):
        yield [*head, ("plain", "text changed"), *tail]
        yield from _diff_lines(str(field.old), str(field.new))
    elif change.action == "create" or field.old is MISSING:
        yield [*head, ("plain", brief(field.new, field.names)), *tail]
    else:
        yield [*head, ("plain", " -> ".join(old_and_new(field.old, field.new, field.names))), *tail]


def _conflict_lines(field: FieldChange) -> Iterator[Line]:
    """Yield the values of the base, the tenant and the files."""
    yield [("alarm", "      ! "), ("plain", f"{field.name}: "), ("alarm", "conflict"), *_risk(field)]
    base, _ = old_and_new(field.base, field.new, field.names)
    old, new = old_and_new(field.old, field.new, field.names)
    yield [("dim", "          at the base    "), ("plain", base)]
    yield [("dim", "          in the tenant  "), ("plain", old)]
    yield [("dim", "          in the files   "), ("plain", new), *_location(field)]


def _drift_lines(field: FieldChange) -> Iterator[Line]:
    """Yield both sides of a field by name: an arrow would suggest that somebody wants this change."""
    tail: list[Span] = [*_risk(field), ("yellow", "  the next apply puts it back"), *_location(field)]
    if is_multiline(field):
        yield [("yellow", "      ~ "), ("plain", f"{field.name}: text changed in the tenant (+)"), *tail]
        yield from _diff_lines(str(field.new), str(field.old))
        return
    tenant, files = old_and_new(field.old, field.new, field.names)
    yield [("yellow", "      ~ "), ("plain", f"{field.name}: in the tenant now {tenant}, in the files {files}"), *tail]


def _sign(field: FieldChange) -> tuple[str, str]:
    if field.old is MISSING:
        return "+", "green"
    return ("-", "red") if field.new is MISSING else ("~", "yellow")


def _tail(field: FieldChange) -> list[Span]:
    style = {"drift": "yellow", "behind": "alarm"}.get(field.side or "")
    side: list[Span] = [(style, f"  {describe_side(field.side)}")] if style else []
    return [*_risk(field), *side, *_location(field)]


def _risk(field: FieldChange) -> list[Span]:
    return [("alarm", f"  ! {field.risk}")] if field.risk else []


def _location(field: FieldChange) -> list[Span]:
    return [("dim", f"  {file_and_line(field.location)}")] if field.location else []


def _diff_lines(old: str, new: str) -> Iterator[Line]:
    for line in word_diff.unified(old, new):
        style = {"+": "green", "-": "red", "@": "dim"}.get(line[:1], "plain")
        yield [(style, f"          {line}")]


def agreed_lines(both: Sequence[Agreed], zone: str = "UTC") -> Iterator[Line]:
    """Yield the fields that files and tenant changed to the same value; there is nothing to apply."""
    for agreed in both:
        text = f"{describe_agreed(agreed)}, changed to the same value in the files and in the tenant"
        yield [("dim", f"  both {agreed.key} {text}")]
        if last := describe_last_change(agreed.last_change, zone):
            yield [("dim", f"      {last}")]
    if both:
        yield [("plain", "")]


def binding_lines(value: Plan) -> Iterator[Line]:
    """Yield the lines that an apply writes into the bindings file."""
    for binding in value.binds:
        where = f"bindings/{value.fingerprint.environment}.yaml"
        yield [("yellow", "  bind "), ("plain", f"{binding.key} to record {binding.id}"), ("dim", f"  in {where}")]
    if value.binds:
        yield [("plain", "")]


def guard_lines(guards: Sequence[Guard]) -> Iterator[Line]:
    """Yield the guards that refuse the plan, each with its override."""
    refused = refusing_guards(guards)
    for guard in refused:
        override = f"  (override: {guard.override})" if guard.override else ""
        yield [("alarm", "refused: "), ("plain", guard.message), ("dim", override)]
    if refused:
        yield [("plain", "")]
