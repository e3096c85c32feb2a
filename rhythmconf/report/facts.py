"""Count, rank and summarise what a plan or a list of diagnostics contains.

The formats only arrange these facts, so all of them report the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import NamedTuple

from rhythmconf.model import (
    Action,
    Agreed,
    Change,
    Diagnostic,
    FieldChange,
    Guard,
    Plan,
    Risk,
    Run,
    Severity,
    Side,
    Summary,
)
from rhythmconf.model.plural import counted, joined
from rhythmconf.model.quoting import shown_pattern
from rhythmconf.report.display import brief, file_and_line

SYMBOLS: dict[Action, str] = {"create": "+", "update": "~", "delete": "-", "adopt": "="}
VERBS: dict[Action, str] = {"create": "add", "update": "change", "delete": "destroy", "adopt": "adopt"}
PAST_VERBS: dict[Action, str] = {"create": "added", "update": "changed", "delete": "destroyed", "adopt": "adopted"}
COLORS: dict[Action, str] = {"create": "green", "update": "yellow", "delete": "red", "adopt": "cyan"}
"""The terminal style of each action."""
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")
"""The worst first."""
WORST_FIRST: tuple[Action, ...] = ("delete", "update", "create", "adopt")
RISKS: dict[Risk, str] = {
    "money": "what members are billed",
    "inbox": "what members are sent",
    "access": "what members may do",
}
"""Each risk with what a change of such a field can affect, the worst first."""
SIDES: dict[Side, str] = {
    "yours": "in the files",
    "drift": "in the tenant (drift)",
    "both": "in both",
    "conflict": "in conflict",
    "behind": "in applied commits that this checkout lacks",
}
"""Each side with the text that follows the number of its changes."""
_NAMED_KINDS = 3
"""How many kinds are named; more are counted."""
CONFLICTS = "Changed to different values in the files and in the tenant"
"""The title above conflicts."""
BEHIND = "Would undo applied commits that this checkout lacks"
"""The title above changes that are behind."""


class ReportKind(NamedTuple):
    """What a plan is reported as: its name in markers and ids, its title, and the headline without changes.

    `no_changes_compared` is that headline where documents were left out.
    """

    name: str
    title: str
    no_changes: str
    no_changes_compared: str


PLAN = ReportKind(
    "plan", "Plan", "No changes. The tenant matches the files.", "No changes in the documents that were compared."
)
DRIFT = ReportKind(
    "drift", "Drift", "No drift. The tenant matches the files.", "No drift in the documents that were compared."
)


class Tally(NamedTuple):
    """The changes of one kind, counted by action, and the adoptions that change a field too."""

    kind: str
    counts: Counter[Action]
    adopt_with_changes: int = 0

    @property
    def text(self) -> str:
        """The counts as text: `3 to add, 1 to destroy`."""
        counts = ((action, self.counts[action]) for action in WORST_FIRST if self.counts[action])
        texts = [f"{count} to {VERBS[action]}" for action, count in counts]
        return ", ".join(texts) + with_changes(self.adopt_with_changes)


# Counts and their texts


def headline(report_kind: ReportKind, plan: Plan) -> str:
    """Return the one sentence that sums up a plan."""
    if any(diagnostic.prevents_plan for diagnostic in plan.diagnostics):
        return f"No {report_kind.name} could be made: {count_diagnostics(plan.diagnostics)}."
    if not has_changes(plan.summary):
        unchanged = report_kind.no_changes_compared if plan.not_compared else report_kind.no_changes
        return unchanged + _describe_taken_over(plan)
    refused = refusing_guards(plan.guards)
    refusal = f" Refused by {counted(len(refused), 'guard')}." if refused else ""
    return f"{count_changes(plan.summary)}{refusal}"


def _describe_taken_over(plan: Plan) -> str:
    """Return how many values the files have taken over from the tenant since the base, as a branch with drift does."""
    return f" The files take over {counted(len(plan.both), 'value')} that somebody changed there." if plan.both else ""


def last_line(summary: Summary) -> str:
    """Return the last line of a text plan, which pipelines rely on."""
    return f"Plan: {count_changes(summary)}" if has_changes(summary) else "No changes."


def has_changes(summary: Summary) -> bool:
    """Tell whether there is anything to apply."""
    return bool(summary.create or summary.update or summary.delete or summary.adopt)


def count_changes(summary: Summary) -> str:
    """Return `3 to add, 1 to change, 0 to destroy.`; adoptions are added if there are any.

    Of the adoptions it says how many change a field: `12 to adopt (1 with changes)`.
    """
    adopted = f", {summary.adopt} to adopt{with_changes(summary.adopt_with_changes)}" if summary.adopt else ""
    return f"{summary.create} to add, {summary.update} to change, {summary.delete} to destroy{adopted}."


def count_applied(run: Run) -> str:
    """Return what a run has applied: `3 added, 1 changed, 0 destroyed`, and the adoptions if there are any."""
    done = Counter(result.action for result in run.results if result.outcome == "applied")
    adopted = f", {done['adopt']} adopted{with_changes(len(run.adopted_with_changes))}" if done["adopt"] else ""
    return f"{done['create']} added, {done['update']} changed, {done['delete']} destroyed{adopted}"


def with_changes(count: int) -> str:
    """Return what follows the number of adoptions: how many of them change a field too."""
    return f" ({count} with changes)" if count else ""


def tally_by_kind(changes: Iterable[Change]) -> tuple[Tally, ...]:
    """Count the changes of each kind; kinds with the most deletions come first."""
    tallies: dict[str, Counter[Action]] = {}
    changing = Counter[str]()
    for change in changes:
        tallies.setdefault(change.key.kind, Counter())[change.action] += 1
        changing[change.key.kind] += change.action == "adopt" and change.changes_fields
    ordered = sorted(tallies.items(), key=lambda item: (-item[1]["delete"], item[0]))
    return tuple(Tally(kind, counts, changing[kind]) for kind, counts in ordered)


# Order


def sort_worst_first(changes: Iterable[Change]) -> list[Change]:
    """Sort deletions first, then by the worst risk, then by action; otherwise the order of the plan stays."""
    return sorted(changes, key=_severity_rank)


def _severity_rank(change: Change) -> tuple[bool, int, int]:
    order = list(RISKS)
    worst = min((order.index(risk) for risk in change_risks(change)), default=len(order))
    return change.action != "delete", worst, WORST_FIRST.index(change.action)


def group_by_kind(changes: Sequence[Change]) -> list[tuple[Tally, list[Change]]]:
    """Group changes by kind in the order of `tally_by_kind`, the worst change of each kind first."""
    ordered = sorted(changes, key=_kind)
    groups = {kind: list(group) for kind, group in groupby(ordered, key=_kind)}
    return [(tally, sort_worst_first(groups[tally.kind])) for tally in tally_by_kind(changes)]


def _kind(change: Change) -> str:
    return change.key.kind


# Risks for members


def count_risks(changes: Iterable[Change]) -> dict[Risk, int]:
    """Count the changed fields of each risk, the worst risk first."""
    counts = Counter(field.risk for change in changes for field in change.fields if field.risk)
    return {risk: counts[risk] for risk in RISKS if counts[risk]}


def change_risks(change: Change) -> tuple[Risk, ...]:
    """Return the risks of one change, the worst first."""
    return tuple(count_risks([change]))


def risky_fields(change: Change) -> list[FieldChange]:
    """Return the changed fields that carry a risk."""
    return [field for field in change.fields if field.risk]


# Base and sides: who made a difference


def count_sides(plan: Plan) -> Counter[Side]:
    """Count the changed fields of each side; a change without fields counts as one."""
    counts = Counter(side for change in plan.changes for side in _field_sides(change))
    # Nothing is left to change where both sides agree, so these fields are in no change.
    counts["both"] = len(plan.both)
    return counts


def change_sides(change: Change) -> tuple[Side, ...]:
    """Return the sides of one change, each once."""
    return tuple(dict.fromkeys(_field_sides(change)))


def _field_sides(change: Change) -> list[Side]:
    sides = [field.side for field in change.fields if field.side is not None]
    return sides or ([change.side] if change.side else [])


def has_conflict(change: Change) -> bool:
    """Tell whether the files and the tenant changed a field to different values."""
    return any(field.side == "conflict" for field in change.fields)


def is_behind(change: Change) -> bool:
    """Tell whether a change would put back a field that an applied commit has changed."""
    return any(field.side == "behind" for field in change.fields)


def describe_side(side: Side | None) -> str:
    """Return the remark on a field that drifted, is in conflict or behind; empty for a change made in the files."""
    remarks: dict[Side, str] = {
        "drift": "drift, the next apply puts it back",
        "conflict": "conflict",
        "behind": "behind, would undo an applied commit",
    }
    return remarks.get(side, "") if side else ""


def describe_agreed(agreed: Agreed) -> str:
    """Return a field that files and tenant changed to the same value, with that value."""
    return f"{agreed.field.name}: {brief(agreed.field.new, agreed.field.names)}"


def shows_base(plan: Plan) -> bool:
    """Tell whether a report mentions the base: always without a base, otherwise if there are changes.

    Of a tenant that is taken to be empty there is nothing to compare with a base.
    """
    if plan.state is not None and plan.state.origin == "empty":
        return False
    return bool(plan.changes) or plan.base is None


def describe_base(plan: Plan) -> str:
    """Return what the plan was compared with, and how many differences each side made."""
    if plan.base is None:
        # A clone does not bring the bases, so there may be one to fetch.
        fetch = f"; if others apply too, fetch theirs: {plan.fetch}" if plan.fetch else ""
        return f"no base (two-way comparison): a record without a document is deleted only if --prune names it{fetch}"
    counts = count_sides(plan)
    sides = ", ".join(f"{counts[side]} {text}" for side, text in SIDES.items() if counts[side] or side != "behind")
    older = f"; this checkout lacks {plan.base.described_missing}" if plan.base.lacks else ""
    same = f", with the files of {plan.base.replaced[:7]}, which was rewritten" if plan.base.replaced else ""
    return f"base {plan.base.commit[:12]} ({plan.base.origin}{same}), changes since: {sides}{older}"


def describe_uncommitted(plan: Plan) -> str:
    """Return the remark after the commit of a plan that contains uncommitted changes; empty for others."""
    return "" if plan.clean or not plan.commit else " with uncommitted changes"


def describe_scope(plan: Plan) -> str:
    """Return what a plan was narrowed to and what it left out; empty for a plan of everything.

    `only program and notice/renewal-*, with what they depend on; not compared: 340 documents of 27 kinds`.
    """
    return "; ".join(filter(None, (_describe_narrowing(plan), describe_not_compared(plan))))


def _describe_narrowing(plan: Plan) -> str:
    if plan.only:
        return f"only {', '.join(map(shown_pattern, plan.only))}, with what they depend on"
    if not plan.changed_since:
        return ""
    if not (has_changes(plan.summary) or plan.summary.unchanged):
        return f"no document changed since {plan.changed_since[:12]}"
    return f"only what the files changed since {plan.changed_since[:12]}"


def describe_not_compared(plan: Plan) -> str:
    """Return how many documents a plan left out: `not compared: 340 documents of 27 kinds`; empty for none."""
    if not plan.not_compared:
        return ""
    documents = counted(sum(plan.not_compared.values()), "document")
    kinds = [plan.names.kind(kind) for kind in plan.not_compared]
    named = joined(kinds) if len(kinds) <= _NAMED_KINDS else counted(len(kinds), "kind")
    return f"not compared: {documents} of {named}"


def describe_requests(plan: Plan) -> str:
    """Return the requests sent so far, the total with an apply, and the total with a later apply if it is larger."""
    later = plan.requests_forecast + plan.requests_reread
    again = f", {later:,} if it is applied later" if plan.requests_reread else ""
    return f"{counted(plan.requests_made, 'request')} so far, {plan.requests_forecast:,} with the apply{again}"


# Guards and diagnostics


def refusing_guards(guards: Iterable[Guard]) -> list[Guard]:
    """Return the guards that refuse the plan."""
    return [guard for guard in guards if not guard.ok]


def select_errors(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Return the diagnostics that are errors and that nothing suppresses."""
    return [diagnostic for diagnostic in diagnostics if diagnostic.fails]


def select_suppressed(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Return the findings of rules that a comment suppresses, by location."""
    return sort_diagnostics(diagnostic for diagnostic in diagnostics if diagnostic.suppressed)


def sort_diagnostics(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Sort errors first, then warnings, then notes, and what is suppressed last; otherwise by location."""
    return sorted(
        diagnostics,
        key=lambda diagnostic: (
            bool(diagnostic.suppressed),
            SEVERITIES.index(diagnostic.severity),
            diagnostic.location or ("", 0, 0),
            diagnostic.code,
        ),
    )


def count_diagnostics(diagnostics: Sequence[Diagnostic]) -> str:
    """Return `2 errors, 1 warning and 3 notes`, or `no problems`; what is suppressed doesn't count."""
    counts = Counter(diagnostic.severity for diagnostic in diagnostics if not diagnostic.suppressed)
    return joined([counted(counts[severity], severity) for severity in SEVERITIES if counts[severity]]) or "no problems"


def describe_suppressed(diagnostics: Iterable[Diagnostic]) -> list[str]:
    """Return `1 finding suppressed: RC702 drops.yaml:12 because REASON`, of several each on its own line."""
    suppressed = select_suppressed(diagnostics)
    places = [f" {file_and_line(one.location)}" if one.location else "" for one in suppressed]
    texts = [f"{one.code}{place} because {one.suppressed}" for one, place in zip(suppressed, places, strict=True)]
    head = f"{counted(len(texts), 'finding')} suppressed:"
    if len(texts) == 1:
        return [f"{head} {texts[0]}"]
    return [head, *(f"  {text}" for text in texts)] if texts else []
