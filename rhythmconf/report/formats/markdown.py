"""Diagnostics and Plan -> one comment in Markdown, which a pipeline finds again by its hidden marker.

Counts and risks come first; deletions and risky fields are never folded. A comment that would be too long is written
by the next, shorter rule until it fits, never cut.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import chain, groupby

from rhythmconf.model import MISSING, Agreed, Change, Diagnostic, FieldChange, Guard, Plan, Risk
from rhythmconf.model.plural import counted
from rhythmconf.report.facts import (
    DISPUTED,
    PLAN,
    RISKS,
    SYMBOLS,
    VERBS,
    WORST_FIRST,
    Door,
    agreed,
    base_line,
    brief,
    by_kind,
    counted_findings,
    edits,
    exact,
    findings,
    headline,
    is_disputed,
    is_text,
    label,
    place,
    refusing,
    risks,
    risks_of,
    risky_fields,
    short,
    short_kind,
    standing,
    tells_base,
    worst_first,
)
from rhythmconf.report.neutral import cell, code, fenced, in_comment, prose
from rhythmconf.report.word_diff import unified

LIMIT = 60_000
"""Characters. A comment on GitHub takes 65,536; a step summary 1 MiB."""
_KINDS = 150
"""How many kinds, or codes of findings, the shortest rule names; the rest is counted."""
_GUARDS = 10
_NAMES = 30
"""How many records of a kind one line names; the rest is counted."""
_NAME = 60

Lines = Iterator[str]
Rule = Callable[[], Lines]


def verdict(documents: int, found: Sequence[Diagnostic]) -> str:
    """What `validate` found in how many documents."""
    checked = counted(documents, "document")
    head = [_marker("validate", ""), f"### rhythmconf validate: {counted_findings(found)} in {checked}", ""]
    ordered = findings(found)
    return _fitting(
        head,
        [partial(_helped, ordered), partial(_unhelped, ordered), partial(_codes, ordered)],
    )


def plan(value: Plan, door: Door = PLAN) -> str:
    """What a plan would do, or what has drifted."""
    return _fitting(list(_head(value, door)), [partial(rule, value) for rule in _RULES])


def _fitting(head: Sequence[str], rules: Iterable[Rule]) -> str:
    """The text by the first rule that fits. The last one fits always: everything in it and in the head is bounded."""
    texts = (_within_limit(chain(head, rule())) for rule in rules)
    return next(text for text in texts if text is not None)


def _within_limit(lines: Iterable[str]) -> str | None:
    """The lines as a text; None as soon as it is clear that they are too long."""
    kept: list[str] = []
    left = LIMIT
    for line in lines:
        left -= len(line) + 1
        if left < 0:
            return None
        kept.append(line)
    return "\n".join(kept).rstrip("\n") + "\n"


def _marker(name: str, environment: str) -> str:
    """What a pipeline looks for, to update its comment in place."""
    return f"<!-- rhythmconf:{name}{':' if environment else ''}{in_comment(environment)} -->"


def _head(value: Plan, door: Door) -> Lines:
    """Counts, refusals and risks: what every rule keeps."""
    tenant = value.fingerprint
    yield _marker(door.name, tenant.environment)
    where = f" for {code(tenant.environment, _NAME)}" if tenant.environment else ""
    yield f"### {door.title}{where}: {headline(door, value)}"
    yield ""
    if tenant.tenant:
        yield from _tenant(value)
    yield from _guards(refusing(value.guards))
    if value.allowed:
        yield f"Allowed for this plan: {code(' '.join(value.allowed))}"
        yield ""
    yield from _table(value.changes)


def _tenant(value: Plan) -> Lines:
    """Where the plan goes, what it costs, and what it was compared with."""
    tenant = value.fingerprint
    commit = f", commit {code(value.commit[:12])}{edits(value)}" if value.commit else ""
    requests = f"{counted(value.requests_made, 'request')} so far, {value.requests_forecast:,} with the apply"
    yield f"Tenant {code(tenant.tenant, _NAME)} at {code(tenant.base_url, _NAME)}{commit}; {requests}."
    if tells_base(value):
        yield f"Compared: {prose(base_line(value))}."
    yield ""


def _guards(refused: Sequence[Guard]) -> Lines:
    if not refused:
        return
    yield "**Refused:**"
    yield ""
    for guard in refused[:_GUARDS]:
        ways = " or ".join(code(way, _NAME * 3) for way in guard.overrides)
        override = f" (override: {ways})" if ways else ""
        yield f"- {prose(guard.message)}{override}"
    if len(refused) > _GUARDS:
        yield f"- and {counted(len(refused) - _GUARDS, 'more refusal')}"
    yield ""


def _table(changes: Sequence[Change]) -> Lines:
    """A row a kind: what comes, changes and goes, and how many of its fields carry a risk."""
    if not changes:
        return
    found = list(risks(changes))
    yield "| kind | " + " | ".join([*(f"to {VERBS[action]}" for action in WORST_FIRST), *found]) + " |"
    yield "|---|" + "---:|" * (len(WORST_FIRST) + len(found))
    groups = [(short_kind(tally.kind), group) for tally, group in by_kind(changes)]
    for kind, group in groups[:_KINDS]:
        yield _row(cell(kind), group, found)
    rest = [change for _, group in groups[_KINDS:] for change in group]
    if rest:
        yield _row(f"and {len(groups) - _KINDS:,} more kinds", rest, found)
    yield ""
    if found:
        yield "Risks: " + "; ".join(f"**{risk}** is {RISKS[risk]}" for risk in found) + "."
        yield ""


def _row(name: str, changes: Sequence[Change], columns: Sequence[Risk]) -> str:
    acted = [sum(change.action == action for change in changes) for action in WORST_FIRST]
    risked = risks(changes)
    numbers = [*acted, *(risked.get(risk, 0) for risk in columns)]
    return f"| {name} | " + " | ".join(f"**{number:,}**" if number else "" for number in numbers) + " |"


def _whole(value: Plan) -> Lines:
    yield from _always_open(value)
    yield from _folded("Every change, with its patch", value.changes, _full_change)
    yield from _agreed(value.both)


def _without_patches(value: Plan) -> Lines:
    yield from _always_open(value)
    yield from _folded("Every change (patches and long texts are on the page)", value.changes, _short_change)


def _names(value: Plan) -> Lines:
    yield from _always_open(value)
    yield from _folded("Every record by name (fields are on the page)", value.changes, _named_change)


def _open(value: Plan) -> Lines:
    yield from _always_open(value)
    yield from _rest(value)


def _grave_names(value: Plan) -> Lines:
    yield from _destroyed(value.changes)
    yield from _grave(value)


def _some_names(value: Plan) -> Lines:
    yield from _listed("To destroy", [change for change in value.changes if change.action == "delete"])
    yield from _grave(value)


def _grave(value: Plan) -> Lines:
    yield from _listed(DISPUTED, list(filter(is_disputed, value.changes)))
    yield from _listed("With a risk for members", _reaching(value.changes))
    yield from _pointer(value)


def _pointer(value: Plan) -> Lines:
    yield from _codes(findings(value.diagnostics))
    yield from _rest(value)


_RULES: Sequence[Callable[[Plan], Lines]] = (
    *(_whole, _without_patches, _names, _open),
    *(_grave_names, _some_names, _pointer),
)
"""The longest first."""


def _rest(value: Plan) -> Lines:
    if value.changes:
        yield f"{counted(len(value.changes), 'change')} don't fit here: the page (`--format html`) has every field."


def _always_open(value: Plan) -> Lines:
    yield from _destroyed(value.changes)
    yield from _disputed(value.changes)
    yield from _risky(value.changes)
    if value.diagnostics:
        yield "#### Findings"
        yield ""
    yield from _helped(findings(value.diagnostics))


def _destroyed(changes: Sequence[Change]) -> Lines:
    gone = [change for change in changes if change.action == "delete"]
    if gone:
        yield f"#### To destroy: {len(gone):,}"
        yield ""
        yield from (f"- {_title(change)}" for change in gone)
        yield ""


def _reaching(changes: Sequence[Change]) -> list[Change]:
    return [change for change in worst_first(changes) if risky_fields(change) and change.action != "delete"]


def _listed(title: str, changes: Sequence[Change]) -> Lines:
    """A line a kind: its risks, and its first records by name."""
    if not changes:
        return
    yield f"#### {title}: {len(changes):,}"
    yield ""
    for tally, group in by_kind(changes):
        names = ", ".join(code(short(change), _NAME) for change in group[:_NAMES])
        more = f" and {len(group) - _NAMES:,} more" if len(group) > _NAMES else ""
        risked = "".join(f" **{risk}**" for risk in risks(group))
        yield f"- {prose(short_kind(tally.kind))}{risked}: {names}{more}"
    yield ""


def _disputed(changes: Sequence[Change]) -> Lines:
    found = [(change, field) for change in changes for field in change.fields if field.side == "conflict"]
    if found:
        yield f"#### {DISPUTED}"
        yield ""
        yield from (f"- {code(short(change))} {_field(field)}" for change, field in found)
        yield ""


def _risky(changes: Sequence[Change]) -> Lines:
    found = _reaching(changes)
    if not found:
        return
    yield "#### Fields with a risk"
    yield ""
    for change in found:
        yield from _risky_change(change)
    yield ""


def _risky_change(change: Change) -> Lines:
    """A line a field; a new record's fields, which have no old value, share one."""
    if change.action != "create":
        yield from (f"- {code(short(change))} {_field(field)}" for field in risky_fields(change))
        return
    groups = [
        f"**{risk}** " + ", ".join(code(label(field)) for field in risky_fields(change) if field.risk == risk)
        for risk in risks_of(change)
    ]
    yield f"- {code(short(change))} is new: {'; '.join(groups)}"


def _folded(summary: str, changes: Sequence[Change], write: Callable[[Change], Lines]) -> Lines:
    if not changes:
        return
    yield f"<details><summary>{summary}</summary>"
    yield ""
    for tally, group in by_kind(changes):
        yield f"**{prose(short_kind(tally.kind))}**: {tally.words}"
        yield ""
        for change in group:
            yield from write(change)
        yield ""
    yield "</details>"


def _agreed(both: Sequence[Agreed]) -> Lines:
    if both:
        yield "<details><summary>Changed alike in the files and in the tenant</summary>"
        yield ""
        yield from (f"- {code(short(each.key))} {prose(agreed(each))}" for each in both)
        yield ""
        yield "</details>"


def _named_change(change: Change) -> Lines:
    yield f"- {_title(change)}"


def _short_change(change: Change) -> Lines:
    yield f"- {_title(change)}"
    yield from (f"  - {_field(field)}" for field in change.fields)


def _full_change(change: Change) -> Lines:
    yield f"- {_title(change)}"
    for field in change.fields:
        yield f"  - {_field(field)}"
        if is_text(field):
            yield from fenced(unified(str(field.old), str(field.new)), "    ")
    if change.patch:
        yield f"  - patch {code(exact(list(change.patch)))}"


def _title(change: Change) -> str:
    known = f" id {code(change.id)}" if change.id else ""
    reason = f" ({prose(change.reason)})" if change.reason else ""
    return f"`{SYMBOLS[change.action]}` {code(short(change))}{known}{reason}"


def _field(field: FieldChange) -> str:
    if is_text(field):
        sides = "text changed"
    elif field.old is MISSING:
        sides = code(brief(field.new, field.names))
    else:
        sides = f"{code(brief(field.old, field.names))} → {code(brief(field.new, field.names))}"
    words = [f"**{word}**" for word in (field.risk, standing(field.side)) if word]
    if field.side == "conflict":
        words.append(f"at the base {code(brief(field.base, field.names))}")
    if field.location:
        words.append(code(place(field.location)))
    return " ".join([f"{code(label(field))}: {sides}", *words])


def _helped(found: Sequence[Diagnostic]) -> Lines:
    for each in found:
        yield _finding(each).removesuffix(".") + (f". {prose(each.help)}" if each.help else "")
    yield from [""] * bool(found)


def _unhelped(found: Sequence[Diagnostic]) -> Lines:
    yield from map(_finding, found)
    yield from [""] * bool(found)


def _finding(found: Diagnostic) -> str:
    where = f" {code(str(found.location))}" if found.location else ""
    return f"- **{found.severity}** {code(found.code)}{where} {prose(found.message)}"


def _codes(found: Sequence[Diagnostic]) -> Lines:
    """How often each code was found."""
    groups = [(name, len(list(group))) for name, group in groupby(sorted(each.code for each in found))]
    yield from (f"- {code(name, _NAME)}: {count:,}" for name, count in groups[:_KINDS])
    if len(groups) > _KINDS:
        yield f"- and {len(groups) - _KINDS:,} more codes"
    yield from [""] * bool(groups)
