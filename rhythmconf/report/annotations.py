"""List the diagnostics, guards and changes of a plan as annotations, the worst first.

SARIF, JUnit and GitHub write them; each is about one diagnostic, guard, field or record.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Literal, NamedTuple

from rhythmconf.model import MISSING, Change, Diagnostic, FieldChange, Guard, Key, Location, Plan, Severity
from rhythmconf.model.plural import counted
from rhythmconf.report.display import for_people, old_and_new
from rhythmconf.report.effects import describe_effects
from rhythmconf.report.facts import (
    DRIFT,
    PAST_VERBS,
    ReportKind,
    change_risks,
    describe_side,
    is_behind,
    refusing_guards,
    risky_fields,
    sort_diagnostics,
    sort_worst_first,
)
from rhythmconf.report.overrides import advise
from rhythmconf.report.people import describe_forecast
from rhythmconf.report.tenant_facts import describe_last_change, describe_state
from rhythmconf.report.titles import extra_name

Level = Literal["error", "warning", "notice"]
LEVELS: tuple[Level, ...] = ("error", "warning", "notice")
"""The worst first."""
_LEVELS: Mapping[Severity, Level] = {"error": "error", "warning": "warning", "note": "notice"}


class Annotation(NamedTuple):
    """A message with the line it belongs to.

    `rule` is the code of a diagnostic, the name of a guard (`guard-deletes`) or an action (`plan-create`).
    `pointer` points into the record of `key`. `suppressed` is the reason why a finding doesn't count.
    """

    level: Level
    rule: str
    message: str
    location: Location | None = None
    key: Key | None = None
    pointer: str = ""
    help: str = ""
    suppressed: str = ""


def annotate_diagnostics(diagnostics: Iterable[Diagnostic]) -> list[Annotation]:
    """Return an annotation for each diagnostic."""
    return [
        Annotation(
            _LEVELS[diagnostic.severity],
            diagnostic.code,
            diagnostic.message,
            diagnostic.location,
            diagnostic.key,
            diagnostic.pointer,
            diagnostic.help,
            diagnostic.suppressed,
        )
        for diagnostic in sort_diagnostics(diagnostics)
    ]


def annotate_plan(plan: Plan, report_kind: ReportKind) -> list[Annotation]:
    """Return annotations for diagnostics, refusing guards, effects on members, and changes.

    Errors come first, then warnings (deletions and risks), then notices.
    """
    changes = tuple(sort_worst_first(plan.changes))
    # People read the short key in a message; programs get the whole key.
    annotations = [
        *annotate_diagnostics(plan.diagnostics),
        *_annotate_state(plan),
        *(_annotate_guard(plan, guard) for guard in refusing_guards(plan.guards)),
        *_annotate_people(plan),
        *_annotate_effects(plan),
        *(
            annotation._replace(key=change.key)
            for change, shown in zip(changes, for_people(plan._replace(changes=changes)).changes, strict=True)
            for annotation in _annotate_change(shown, report_kind, plan.zone)
        ),
    ]
    return sorted(annotations, key=lambda annotation: LEVELS.index(annotation.level))


def _annotate_guard(plan: Plan, guard: Guard) -> Annotation:
    help = " ".join(advise(plan, guard))
    return Annotation("error", f"guard-{guard.name}", guard.message, pointer=guard.subject, help=help)


def _annotate_state(plan: Plan) -> Iterator[Annotation]:
    """Yield what the plan was made from, if the tenant was not asked. A diagnostic warns if that is doubtful."""
    if state := describe_state(plan):
        yield Annotation("notice", "plan-source", f"This plan was {state}")


def _annotate_people(plan: Plan) -> Iterator[Annotation]:
    """Yield an annotation for each step that takes other people, or of which that is unknown."""
    for line in describe_forecast(plan.forecast) if plan.forecast else ():
        if line.alarms:
            yield Annotation("warning", "effect-people", f"{line.subject}: {'; '.join(line.texts)}")


def _annotate_effects(plan: Plan) -> Iterator[Annotation]:
    """Yield an annotation for each effect on members, at the first field that the plan changes in that document."""
    if plan.effects is None:
        return
    places = {
        change.key: next((each.location for each in change.fields if each.location), None) for change in plan.changes
    }
    lines = describe_effects(plan.effects)
    for effect, line in zip(plan.effects.each, lines, strict=False):
        level: Level = "warning" if line.harmful else "notice"
        message = f"{line.subject}: {line.text}"
        yield Annotation(level, f"effect-{effect.name}", message, places.get(effect.template), effect.template)


def _annotate_change(change: Change, report_kind: ReportKind, zone: str) -> Iterator[Annotation]:
    """Yield one annotation for each field of an update or an adoption, and one for a new or deleted record."""
    if change.action in ("create", "delete") or not change.fields:
        yield _annotate_record(change, report_kind, zone)
        return
    for field in change.fields:
        yield _annotate_field(change, field, report_kind, zone)


def _annotate_record(change: Change, report_kind: ReportKind, zone: str) -> Annotation:
    serious = change.action == "delete" or risky_fields(change)
    risks = f" ({', '.join(change_risks(change))})" if change_risks(change) else ""
    size = f" with {counted(len(change.fields), 'field')}" if change.action == "create" else ""
    behind = f" ({describe_side('behind')})" if is_behind(change) else ""
    name = f" ({extra})" if (extra := extra_name(change)) else ""
    return Annotation(
        "error" if behind else "warning" if serious else "notice",
        f"{report_kind.name}-{change.action}",
        f"{change.key}{name} would be {PAST_VERBS[change.action]}{size}{risks}{behind}{_last_change(change, zone)}",
        next((field.location for field in change.fields if field.location), None),
    )


def _annotate_field(change: Change, field: FieldChange, report_kind: ReportKind, zone: str) -> Annotation:
    remarks = ", ".join(filter(None, [field.risk, describe_side(field.side)]))
    last = _last_change(change, zone) if field.side not in ("yours", None) else ""
    return Annotation(
        "error" if field.side in ("conflict", "behind") else "warning" if field.risk else "notice",
        f"{report_kind.name}-{change.action}",
        f"{change.key} {field.name}: {_old_and_new(field, report_kind)}" + (f" ({remarks})" if remarks else "") + last,
        field.location,
        pointer=field.path,
    )


def _last_change(change: Change, zone: str) -> str:
    last = describe_last_change(change.last_change, zone)
    return f"; {last}" if last else ""


def _old_and_new(field: FieldChange, report_kind: ReportKind) -> str:
    old, new = old_and_new(field.old, field.new, field.names)
    # An arrow would suggest that the change is going to happen.
    if report_kind is DRIFT:
        return f"the tenant has {old}, the files have {new}"
    return new if field.old is MISSING else f"{old} -> {new}"


def prefix_files(annotations: Iterable[Annotation], folder: str) -> list[Annotation]:
    """Return the annotations with files relative to the repository, in which the project lies in `folder`."""
    if not folder:
        return list(annotations)
    return [
        annotation._replace(location=location._replace(file=f"{folder}/{location.file}")) if location else annotation
        for annotation in annotations
        for location in [annotation.location]
    ]
