"""Write the head of a plan, which every version of the comment has."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rhythmconf.model import Change, Plan, Risk
from rhythmconf.model.plural import counted
from rhythmconf.report.comment import Lines, first_links, marker
from rhythmconf.report.display import capitalised
from rhythmconf.report.effects import IN_DATES, TITLE, describe_basis, describe_effects
from rhythmconf.report.facts import (
    PLAN,
    RISKS,
    VERBS,
    WORST_FIRST,
    ReportKind,
    count_risks,
    describe_base,
    describe_requests,
    describe_scope,
    describe_uncommitted,
    group_by_kind,
    headline,
    refusing_guards,
    shows_base,
)
from rhythmconf.report.formats.markdown.changes import named_key, select_serious
from rhythmconf.report.groups import describe_others, group_equal
from rhythmconf.report.markdown_escaping import NAME_LIMIT, cell, code, prose, shorten
from rhythmconf.report.origin import NO_ORIGIN, Origin, describe_time
from rhythmconf.report.overrides import advise
from rhythmconf.report.people import ASSUMPTION, StepLine, describe_forecast, describe_forecast_basis
from rhythmconf.report.sentences import risk_sentences
from rhythmconf.report.tenant_facts import describe_state

if TYPE_CHECKING:
    from rhythmconf.model.effects import Effects
    from rhythmconf.model.forecast import Forecast

_KINDS = 150
"""Kinds that the table has; it counts the others."""
_GUARDS = 10
_ADVICE = 6
"""Sentences about how to allow one refusal."""
_WORST = 3
"""Changes of which the head says what they do."""
_MOST_LOOKED_AT = 100
_SENTENCES = 400
"""Characters of what one change does."""


def write_head(value: Plan, report_kind: ReportKind, origin: Origin) -> Lines:
    """Yield what a plan does in short: its headline, members, tenant, refusals, worst changes, counts and risks."""
    tenant = value.fingerprint
    yield marker(report_kind.name, tenant.environment)
    environment = f" for {code(tenant.environment, NAME_LIMIT)}" if tenant.environment else ""
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
    if scope := describe_scope(value):
        yield f"**{prose(capitalised(scope))}.**"
        yield ""
    if value.allowed:
        yield f"Allowed for this plan: {code(' '.join(value.allowed))}"
        yield ""
    if report_kind is PLAN:
        yield from _worst(value)
    yield from _table(value.changes)


def _worst(value: Plan) -> Lines:
    """Yield what the worst changes do to members, in a few lines, and how many more do something."""
    risky = select_serious(value.changes)
    # Whatever the number of changes, only the first few are put into words.
    groups = group_equal(risky[:_MOST_LOOKED_AT])
    for group in groups[:_WORST]:
        texts = " ".join(sentence.text for sentence in risk_sentences(value, group.first))
        others = f" {capitalised(describe_others(group, value.names))}." if group.others else ""
        yield f"- {named_key(group.first)}: {prose(shorten(texts, _SENTENCES))}{others}"
    left = len(risky) - sum(len(group.changes) for group in groups[:_WORST])
    if left:
        yield f"- and {counted(left, 'more change')} with a risk or a deletion, below"
    if risky:
        yield ""


def origin_lines(value: Plan, origin: Origin) -> Lines:
    """Yield when a plan was made, after the links that a pipeline gives."""
    if origin != NO_ORIGIN:
        yield " · ".join([*first_links(origin), describe_time(value)])
        yield ""


def _forecast(forecast: Forecast, people: Sequence[StepLine]) -> Lines:
    yield f"**{TITLE}** ({prose(describe_forecast_basis(forecast))}). {ASSUMPTION}"
    yield ""
    for line in people:
        subject = f"{code(line.subject, 2 * NAME_LIMIT)}: " if line.subject else ""
        text = "; ".join(map(prose, line.texts))
        yield f"- {subject}{f'**{text}**' if line.alarms else text}"
    yield ""


def _effects(effects: Effects, title: str) -> Lines:
    yield f"**{title}** ({prose(describe_basis(effects))}):"
    yield ""
    for line in describe_effects(effects):
        subject = f"{code(line.subject, 2 * NAME_LIMIT)}: " if line.subject else ""
        text = prose(line.text)
        yield f"- {subject}{f'**{text}**' if line.harmful else text}"
    yield ""


def _tenant(value: Plan) -> Lines:
    tenant = value.fingerprint
    commit = f", commit {code(value.commit[:12])}{describe_uncommitted(value)}" if value.commit else ""
    requests = describe_requests(value)
    yield f"Tenant {code(tenant.tenant, NAME_LIMIT)} at {code(tenant.base_url, NAME_LIMIT)}{commit}; {requests}."
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
