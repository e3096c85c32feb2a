"""Write a plan or the result of `validate` as one Markdown comment, which a pipeline finds again by its hidden marker.

Counts and risks come first. Deletions and risky fields are never folded. If a comment would be too long, it is written
again with less detail until it fits; it is never cut.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import chain, groupby
from typing import TYPE_CHECKING

from rhythmconf.model import MISSING, Change, Diagnostic, FieldChange, Plan, Risk
from rhythmconf.model.plural import counted
from rhythmconf.report.display import brief, capitalised, exact, file_and_line, for_people, is_multiline, old_and_new
from rhythmconf.report.effects import IN_DATES, TITLE, describe_basis, describe_effects
from rhythmconf.report.facts import (
    BEHIND,
    CONFLICTS,
    PLAN,
    RISKS,
    SYMBOLS,
    VERBS,
    WORST_FIRST,
    ReportKind,
    change_risks,
    count_diagnostics,
    count_risks,
    describe_agreed,
    describe_base,
    describe_only,
    describe_requests,
    describe_side,
    describe_uncommitted,
    group_by_kind,
    has_conflict,
    headline,
    is_behind,
    refusing_guards,
    risky_fields,
    shows_base,
    sort_diagnostics,
    sort_worst_first,
)
from rhythmconf.report.groups import ChangeGroup, describe_others, group_equal
from rhythmconf.report.markdown_escaping import cell, code, fenced, in_comment, link, prose, shorten
from rhythmconf.report.origin import NO_ORIGIN, Origin, describe_time, with_head
from rhythmconf.report.overrides import advise
from rhythmconf.report.people import ASSUMPTION, StepLine, describe_forecast, describe_forecast_basis
from rhythmconf.report.sentences import risk_sentences
from rhythmconf.report.tenant_facts import describe_last_change, describe_state
from rhythmconf.report.titles import kind_title, record_name
from rhythmconf.report.word_diff import unified

if TYPE_CHECKING:
    from rhythmconf.model.effects import Effects
    from rhythmconf.model.forecast import Forecast

LIMIT = 60_000
"""Characters. A comment on GitHub takes 65,536, a step summary 1 MiB."""
_KINDS = 150
"""Kinds, or codes of diagnostics, that the shortest version names; it counts the others."""
_GUARDS = 10
_LINKS = 10
_ADVICE = 6
"""Sentences about how to allow one refusal."""
_NAMES = 30
"""Records of a kind that one line names; it counts the others."""
_WORST = 3
"""Changes of which the head says what they do."""
_MOST_LOOKED_AT = 100
_SENTENCES = 400
"""Characters of what one change does, in the head."""
_NAME = 60
"""Characters of a name."""

Lines = Iterator[str]
Version = Callable[[], Lines]
"""What comes after the head: all details, or less."""


def validation(documents: int, diagnostics: Sequence[Diagnostic]) -> str:
    """Return the diagnostics of `validate` in `documents` documents."""
    checked = counted(documents, "document")
    head = [_marker("validate", ""), f"### rhythmconf validate: {count_diagnostics(diagnostics)} in {checked}", ""]
    ordered = sort_diagnostics(diagnostics)
    versions = [partial(write, ordered) for write in (_with_help, _without_help, _code_counts)]
    return _first_that_fits(head, versions)


def plan(value: Plan, report_kind: ReportKind = PLAN, origin: Origin = NO_ORIGIN) -> str:
    """Return a plan or the drift."""
    value = with_head(for_people(value), origin)
    head = list(_head(value, report_kind, origin))
    return _first_that_fits(head, [partial(version, value) for version in _VERSIONS])


def _first_that_fits(head: Sequence[str], versions: Iterable[Version]) -> str:
    """Return the first version within the limit. The last always is: everything in it and in the head is bounded."""
    texts = (_join_within_limit(chain(head, version())) for version in versions)
    return next(text for text in texts if text is not None)


def _join_within_limit(lines: Iterable[str]) -> str | None:
    """Return the lines as a text, or None as soon as they exceed the limit."""
    # Lines are generated on demand, so a version that is much too long costs little.
    kept: list[str] = []
    left = LIMIT
    for line in lines:
        left -= len(line) + 1
        if left < 0:
            return None
        kept.append(line)
    return "\n".join(kept).rstrip("\n") + "\n"


def _marker(name: str, environment: str) -> str:
    """Return the hidden line by which a pipeline finds its comment and updates it."""
    return f"<!-- rhythmconf:{name}{':' if environment else ''}{in_comment(environment)} -->"


# The head, which every version has


def _head(value: Plan, report_kind: ReportKind, origin: Origin) -> Lines:
    tenant = value.fingerprint
    yield _marker(report_kind.name, tenant.environment)
    environment = f" for {code(tenant.environment, _NAME)}" if tenant.environment else ""
    yield f"### {report_kind.title}{environment}: {headline(report_kind, value)}"
    yield ""
    yield from origin_lines(value, origin)
    if state := describe_state(value):
        yield f"This plan was **{state}**."
        yield ""
    people = describe_forecast(value.forecast) if value.forecast else []
    if value.forecast and people:
        yield from _forecast(value.forecast, people)
    if value.effects is not None:
        yield from _effects(value.effects, IN_DATES if people else TITLE)
    if tenant.tenant:
        yield from _tenant(value)
    yield from _refusals(value)
    if value.only:
        yield prose(describe_only(value))
        yield ""
    if value.allowed:
        yield f"Allowed for this plan: {code(' '.join(value.allowed))}"
        yield ""
    if report_kind is PLAN:
        yield from _worst(value)
    yield from _table(value.changes)


def _worst(value: Plan) -> Lines:
    """Yield what the worst changes do to members, in a few lines, and how many more do something."""
    risky = _select_serious(value.changes)
    # Whatever the number of changes, only the first few are put into words.
    groups = group_equal(risky[:_MOST_LOOKED_AT])
    for group in groups[:_WORST]:
        texts = " ".join(sentence.text for sentence in risk_sentences(value, group.first))
        others = f" {capitalised(describe_others(group, value.names))}." if group.others else ""
        yield f"- {_named_key(group.first)}: {prose(shorten(texts, _SENTENCES))}{others}"
    left = len(risky) - sum(len(group.changes) for group in groups[:_WORST])
    if left:
        yield f"- and {counted(left, 'more change')} with a risk or a deletion, below"
    if risky:
        yield ""


def _select_serious(changes: Sequence[Change]) -> list[Change]:
    """Return deletions and changes with a risk, the worst first."""
    return [change for change in sort_worst_first(changes) if change.action == "delete" or risky_fields(change)]


def origin_lines(value: Plan, origin: Origin) -> Lines:
    """Yield when a plan was made, after the links that a pipeline gives."""
    if origin != NO_ORIGIN:
        links = [link(each.text, each.url) for each in origin.links[:_LINKS]]
        yield " · ".join([*links, describe_time(value)])
        yield ""


def _forecast(forecast: Forecast, people: Sequence[StepLine]) -> Lines:
    yield f"**{TITLE}** ({prose(describe_forecast_basis(forecast))}). {ASSUMPTION}"
    yield ""
    for line in people:
        subject = f"{code(line.subject, 2 * _NAME)}: " if line.subject else ""
        text = "; ".join(map(prose, line.texts))
        yield f"- {subject}{f'**{text}**' if line.alarms else text}"
    yield ""


def _effects(effects: Effects, title: str) -> Lines:
    yield f"**{title}** ({prose(describe_basis(effects))}):"
    yield ""
    for line in describe_effects(effects):
        subject = f"{code(line.subject, 2 * _NAME)}: " if line.subject else ""
        text = prose(line.text)
        yield f"- {subject}{f'**{text}**' if line.harmful else text}"
    yield ""


def _tenant(value: Plan) -> Lines:
    tenant = value.fingerprint
    commit = f", commit {code(value.commit[:12])}{describe_uncommitted(value)}" if value.commit else ""
    requests = describe_requests(value)
    yield f"Tenant {code(tenant.tenant, _NAME)} at {code(tenant.base_url, _NAME)}{commit}; {requests}."
    if shows_base(value):
        yield f"Comparison: {prose(describe_base(value))}."
    yield ""


def _refusals(value: Plan) -> Lines:
    guards = refusing_guards(value.guards)
    if not guards:
        return
    yield "**Refused:**"
    yield ""
    for guard in guards[:_GUARDS]:
        yield f"- {prose(guard.message)}"
        yield from (f"  - {prose(sentence)}" for sentence in advise(value, guard)[:_ADVICE])
    if len(guards) > _GUARDS:
        yield f"- and {counted(len(guards) - _GUARDS, 'more refusal')}"
    yield ""


def _table(changes: Sequence[Change]) -> Lines:
    """Yield a row for each kind: its changes by action, and its fields by risk."""
    if not changes:
        return
    risks = list(count_risks(changes))
    yield "| kind | " + " | ".join([*(f"to {VERBS[action]}" for action in WORST_FIRST), *risks]) + " |"
    yield "|---|" + "---:|" * (len(WORST_FIRST) + len(risks))
    groups = [(tally.kind, group) for tally, group in group_by_kind(changes)]
    for kind, group in groups[:_KINDS]:
        yield _row(cell(kind), group, risks)
    others = [change for _, group in groups[_KINDS:] for change in group]
    if others:
        yield _row(f"and {len(groups) - _KINDS:,} more kinds", others, risks)
    yield ""
    if risks:
        yield "Risks: " + "; ".join(f"**{risk}** affects {RISKS[risk]}" for risk in risks) + "."
        yield ""


def _row(name: str, changes: Sequence[Change], risks: Sequence[Risk]) -> str:
    actions = [sum(change.action == action for change in changes) for action in WORST_FIRST]
    counts = count_risks(changes)
    numbers = [*actions, *(counts.get(risk, 0) for risk in risks)]
    return f"| {name} | " + " | ".join(f"**{number:,}**" if number else "" for number in numbers) + " |"


# The versions, from the most detailed to the shortest


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
    yield from _code_counts(sort_diagnostics(value.diagnostics))
    yield from _reference_to_page(value)


_VERSIONS: Sequence[Callable[[Plan], Lines]] = (
    _everything,
    _without_patches,
    _records_by_name,
    _unfolded_only,
    _deletions_and_serious_kinds,
    _kinds_only,
    _code_counts_only,
)


# What is never folded


def _unfolded(value: Plan) -> Lines:
    yield from _deletions(value.changes)
    yield from _conflicts(value)
    yield from _behind(value)
    yield from _risky_changes(value)
    if value.diagnostics:
        yield "#### Diagnostics"
        yield ""
    yield from _with_help(sort_diagnostics(value.diagnostics))


def _deletions(changes: Sequence[Change]) -> Lines:
    deletions = [change for change in changes if change.action == "delete"]
    if deletions:
        yield f"#### To destroy: {len(deletions):,}"
        yield ""
        yield from (f"- {_title(change)}" for change in deletions)
        yield ""


def _conflicts(value: Plan) -> Lines:
    conflicts = [(change, field) for change in value.changes for field in change.fields if field.side == "conflict"]
    if conflicts:
        yield f"#### {CONFLICTS}"
        yield ""
        yield from (_field_of(change, field, value.zone) for change, field in conflicts)
        yield ""


def _behind(value: Plan) -> Lines:
    fields = [(change, field) for change in value.changes for field in change.fields if field.side == "behind"]
    if fields:
        yield f"#### {BEHIND}"
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
    return [change for change in sort_worst_first(changes) if risky_fields(change) and change.action != "delete"]


def _risky_change(value: Plan, group: ChangeGroup) -> Lines:
    """Yield what a change does, and a line for each field; those of a new record have no old values and need none."""
    change = group.first
    texts = " ".join(sentence.text for sentence in risk_sentences(value, change))
    if change.action == "create":
        risks = [
            f"**{risk}** " + ", ".join(code(field.name) for field in risky_fields(change) if field.risk == risk)
            for risk in change_risks(change)
        ]
        yield f"- {_named_key(change)}: {prose(texts)} {'; '.join(risks)}"
        return
    yield f"- {_named_key(change)}: {prose(texts)}"
    yield from _last_change(change, value.zone)
    yield from (f"  - {_field(field)}" for field in risky_fields(change))
    yield from _others(value, group)


def _others(value: Plan, group: ChangeGroup) -> Lines:
    """Yield the records in which the rest of a group does the same."""
    if group.others:
        yield f"  - {describe_others(group, value.names)}: {', '.join(map(_named_key, group.others))}"


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
        names = ", ".join(code(str(change.key), _NAME) for change in group[:_NAMES])
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


def _named_key(change: Change) -> str:
    """Return the name of a record and its key; only the key where it has no name."""
    key = code(str(change.key), 2 * _NAME)
    return f"**{prose(record_name(change))}** {key}" if change.name else key


def _title(change: Change) -> str:
    id = f" id {code(change.id)}" if change.id else ""
    reason = f" ({prose(change.reason)})" if change.reason else ""
    return f"`{SYMBOLS[change.action]}` {_named_key(change)}{id}{reason}"


def _field_of(change: Change, field: FieldChange, zone: str) -> str:
    """Return a field with its record, and what the tenant says of the record if somebody changed the field there."""
    last = describe_last_change(change.last_change, zone, code) if field.side not in ("yours", None) else ""
    return f"- {_named_key(change)} {_field(field)}{f' ({last})' if last else ''}"


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


# Diagnostics


def _with_help(diagnostics: Sequence[Diagnostic]) -> Lines:
    for diagnostic in diagnostics:
        help = f". {prose(diagnostic.help)}" if diagnostic.help and not diagnostic.suppressed else ""
        yield _diagnostic_item(diagnostic).removesuffix(".") + help
    yield from [""] * bool(diagnostics)


def _without_help(diagnostics: Sequence[Diagnostic]) -> Lines:
    yield from map(_diagnostic_item, diagnostics)
    yield from [""] * bool(diagnostics)


def _diagnostic_item(diagnostic: Diagnostic) -> str:
    location = f" {code(str(diagnostic.location))}" if diagnostic.location else ""
    if diagnostic.suppressed:
        return f"- suppressed {code(diagnostic.code)}{location} because {prose(diagnostic.suppressed)}"
    return f"- **{diagnostic.severity}** {code(diagnostic.code)}{location} {prose(diagnostic.message)}"


def _code_counts(diagnostics: Sequence[Diagnostic]) -> Lines:
    """Yield how often each code occurs."""
    codes = sorted(diagnostic.code for diagnostic in diagnostics)
    groups = [(name, len(list(group))) for name, group in groupby(codes)]
    yield from (f"- {code(name, _NAME)}: {count:,}" for name, count in groups[:_KINDS])
    if len(groups) > _KINDS:
        yield f"- and {len(groups) - _KINDS:,} more codes"
    yield from [""] * bool(groups)
