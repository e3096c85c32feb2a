"""Write the report of a fleet: a table with a row for each tenant, why some failed, and changes that are equal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from xml.etree import ElementTree

from rhythmconf.model import Json, dump
from rhythmconf.model.fleet import EqualChanges, FleetReport, MemberSummary
from rhythmconf.model.plural import counted, joined, some
from rhythmconf.report.subjects import fleet_forecast
from rhythmconf.report.subjects.fleet_forecast import describe_member, has_forecast
from rhythmconf.report.terminal import Line, columns, safe

HEAD = ("tenant", "environment", "add", "change", "destroy", "risks", "guards", "conflicts", "state")
APPLY_HEAD = ("tenant", "environment", "ring", "add", "change", "destroy", "risks", "state")
PULL_HEAD = ("tenant", "environment", "add", "change", "state")
SHORT_HEAD = ("tenant", "environment", "state")
"""The columns of commands that compare nothing."""
HEADS = {"plan": HEAD, "drift": HEAD, "apply": APPLY_HEAD, "pull": PULL_HEAD}
STYLES = {"changes": "yellow", "unfinished": "yellow", "refused": "alarm", "denied": "alarm", "failed": "alarm"}
PHRASES = {"changes": "with changes", "unchanged": "without changes", "no run": "without a run"}
NAMED = 5
"""How many tenants of a group are named."""


def text(report: FleetReport) -> Iterator[Line]:
    """Yield the table, the worst first, then the reasons, the equal changes, and a last line that counts."""
    members = report.worst_first()
    if not members:
        yield [("bold", "0 tenants: no file of a member has changed.")]
        return
    head = _choose_head(report)
    rows = [_row(member, head) for member in members]
    widths = [max(columns(row[column]) for row in [head, *rows]) for column in range(len(head))]
    yield _line(head, widths, "bold")
    for member, row in zip(members, rows, strict=True):
        yield _line(row, widths, STYLES.get(member.state, "plain"))
    for member in members:
        if member.reason:
            yield from _reason(member)
    for group in report.equal_changes():
        yield from _group(group)
    if has_forecast(report):
        yield [("bold", "What this does to members, in all tenants")]
        yield from ([("plain", f"  {line}")] for line in fleet_forecast.lines(report))
    yield [("bold", count_states(report))]


def _choose_head(report: FleetReport) -> tuple[str, ...]:
    head = HEADS.get(report.command, SHORT_HEAD)
    return (*head[:-1], "forecast", head[-1]) if has_forecast(report) else head


def _row(member: MemberSummary, head: Sequence[str]) -> tuple[str, ...]:
    compared = member.tenant != ""
    values = {
        "tenant": safe(member.name),
        "environment": safe(member.environment or "-"),
        "add": str(member.create + member.adopt) if compared else "-",
        "change": str(member.update) if compared else "-",
        "destroy": str(member.delete) if compared else "-",
        "ring": safe(member.ring or "-"),
        "risks": ", ".join(member.risks) or "-",
        "guards": str(member.guards or "-"),
        "conflicts": str(member.conflicts or "-"),
        "forecast": describe_member(member),
        "state": member.state,
    }
    return tuple(values[name] for name in head)


def _line(row: Sequence[str], widths: Sequence[int], style: str) -> Line:
    cells = [cell + " " * (width - columns(cell)) for cell, width in zip(row, widths, strict=True)]
    return [("plain" if style != "bold" else style, "  ".join(cells[:-1]) + "  "), (style, row[-1])]


def _reason(member: MemberSummary) -> Iterator[Line]:
    if member.code:
        yield [("alarm", f"error[{member.diagnostic}]"), ("bold", f": {member.name}: {member.reason}")]
    else:
        yield [("bold", member.name), ("plain", f": {member.reason}")]
    if member.command:
        yield [("cyan", "  help: "), ("plain", member.command)]


def _group(group: EqualChanges) -> Iterator[Line]:
    first = group.first
    yield [("bold", describe_equal(group))]
    more = first.changes - len(first.outline)
    yield [("plain", f"  {', '.join(first.outline)}{f' and {more:,} more' if more else ''}")]
    yield [("dim", f"  {describe_place(group)}")]
    if first.command:
        yield [("cyan", "  help: "), ("plain", first.command)]


def describe_equal(group: EqualChanges) -> str:
    """Return `The same 3 changes in 412 tenants`."""
    count = group.first.changes
    changes = "The same change" if count == 1 else f"The same {count:,} changes"
    return f"{changes} in {counted(len(group.members), 'tenant')}"


def describe_place(group: EqualChanges) -> str:
    """Return `in acme, bolt and 410 more`."""
    return f"in {some([member.name for member in group.members], NAMED)}"


def count_states(report: FleetReport) -> str:
    """Return how many tenants there are, and how many in each state."""
    counts = Counter(member.state for member in report.worst_first())
    states = joined([f"{count:,} {PHRASES.get(state, state)}" for state, count in counts.items()])
    return f"{counted(len(report.members), 'tenant')}: {states}."


def json(report: FleetReport) -> str:
    """Return the report as JSON, the members in the order of fleet.yaml."""
    return dump(
        {
            "command": report.command,
            "exit_code": report.code,
            "members": [*map(_member, report.members)],
            "equal_changes": [
                {
                    "changes": group.first.changes,
                    "outline": list(group.first.outline),
                    "members": [member.name for member in group.members],
                }
                for group in report.equal_changes()
            ],
            "forecast": {
                "totals": [total.to_json() for total in fleet_forecast.sum_totals(report)],
                "unknown": [*fleet_forecast.list_uncounted(report)],
            }
            if has_forecast(report)
            else None,
        }
    )


def _member(member: MemberSummary) -> dict[str, Json]:
    return {
        "name": member.name,
        "project": member.project,
        "environment": member.environment,
        "tenant": member.tenant,
        "state": member.state,
        "exit_code": member.code,
        "create": member.create,
        "update": member.update,
        "delete": member.delete,
        "adopt": member.adopt,
        "risks": list(member.risks),
        "guards": member.guards,
        "conflicts": member.conflicts,
        "findings": member.findings,
        "code": member.diagnostic,
        "reason": member.reason,
        "command": member.command,
        "equal": member.equal,
        "run": member.run,
        "ring": member.ring,
        "plan_digest": member.plan_digest,
        "forecast": {
            "totals": [total.to_json() for total in member.forecast.totals],
            "unknown": [*member.forecast.unknown],
        }
        if member.forecast
        else None,
    }


def junit(report: FleetReport) -> str:
    """Return JUnit XML with a case for each tenant: it fails where the tenant did."""
    failed = [member for member in report.members if _fails(member)]
    counts = {"tests": str(len(report.members)), "failures": str(len(failed)), "errors": "0"}
    root = ElementTree.Element("testsuites", counts)
    suite = ElementTree.SubElement(root, "testsuite", {"name": f"rhythmconf fleet {report.command}", **counts})
    suite.set("skipped", "0")
    for member in report.members:
        _add_case(suite, member)
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def _fails(member: MemberSummary) -> bool:
    return member.code != 0


def _add_case(suite: ElementTree.Element, member: MemberSummary) -> None:
    attributes = {"classname": safe(member.project), "name": safe(member.name), "time": "0"}
    case = ElementTree.SubElement(suite, "testcase", attributes)
    words = "\n".join(_case_lines(member))
    if _fails(member):
        message = member.reason or member.state
        failure = {"message": safe(message), "type": safe(member.diagnostic or member.state)}
        ElementTree.SubElement(case, "failure", failure).text = words
    elif words:
        ElementTree.SubElement(case, "system-out").text = words


def _case_lines(member: MemberSummary) -> Iterable[str]:
    if member.reason:
        yield safe(member.reason)
    if member.changes:
        yield f"{counted(member.changes, 'change')}: {safe(', '.join(member.outline))}"
    if member.forecast:
        yield f"forecast: {describe_member(member)}"
    if member.command:
        yield safe(member.command)
