"""Diagnostics, Plan and Run as people read them: counts first and last, deletions and risks never folded."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from rhythmconf.model import (
    MISSING,
    Agreed,
    Binding,
    Change,
    Diagnostic,
    FieldChange,
    Guard,
    Key,
    Plan,
    Resource,
    Result,
    Run,
)
from rhythmconf.model.plural import counted
from rhythmconf.report.facts import (
    SYMBOLS,
    base_line,
    brief,
    counted_changes,
    counted_findings,
    cut,
    edits,
    is_text,
    label,
    last_line,
    place,
    refusing,
    risks,
    risks_of,
    short,
    tells_base,
)
from rhythmconf.report.terminal import Line, Span
from rhythmconf.report.word_diff import unified

_COLORS = {"create": "green", "update": "yellow", "delete": "red", "adopt": "cyan"}
_PATCH_LIMIT = 300


def plan(value: Plan) -> Iterator[Line]:
    """The whole plan; its last line is `Plan: 3 to add, 1 to change, 0 to destroy.` or `No changes.`"""
    yield from heading(value)
    for change in value.changes:
        yield from change_lines(change)
    yield from agreed_lines(value.both)
    yield from guard_lines(value.guards)
    yield [("bold", last_line(value.summary))]


def agreed_lines(both: Sequence[Agreed]) -> Iterator[Line]:
    """What files and tenant changed alike: nothing is left to do."""
    for key, field in both:
        text = f"{label(field)}: {brief(field.new, field.names)}, changed alike in the files and in the tenant"
        yield [("dim", f"  both {short(key)} {text}")]
    if both:
        yield [("plain", "")]


def summary(value: Plan) -> Iterator[Line]:
    """The plan without its fields: a line a change, for plans of a thousand changes."""
    yield from heading(value)
    for change in value.changes:
        yield [*_title(change), *_marks(change)]
    yield [("plain", "")]
    yield from guard_lines(value.guards)
    yield [("bold", last_line(value.summary))]


def heading(value: Plan) -> Iterator[Line]:
    """Where the plan goes and what it weighs."""
    tenant = value.fingerprint
    commit = f", commit {value.commit[:12]}{edits(value)}" if value.commit else ""
    yield [("bold", f"{tenant.environment}"), ("dim", f"  tenant {tenant.tenant}, {tenant.base_url}{commit}")]
    if value.changes:
        yield [("plain", counted_changes(value.summary)), *_risk_spans(value.changes)]
        yield [("dim", f"{counted(value.requests_made, 'request')} so far, {value.requests_forecast} with the apply")]
    if tells_base(value):
        yield [("dim", base_line(value))]
    if value.allowed:
        yield [("yellow", "allowed: " + " ".join(value.allowed))]
    yield [("plain", "")]


def _risk_spans(changes: Iterable[Change]) -> list[Span]:
    found = risks(changes)
    if not found:
        return []
    return [("alarm", "  Risk: " + ", ".join(f"{count} {risk}" for risk, count in found.items()))]


def _title(change: Change) -> Line:
    style = _COLORS[change.action]
    known = f"  id {change.id}" if change.id else ""
    reason = f"  ({change.reason})" if change.reason else ""
    return [
        (style, f"  {SYMBOLS[change.action]} "),
        ("bold", short(change)),
        ("dim", f"{known}{reason}"),
    ]


def _marks(change: Change) -> list[Span]:
    """What a line without its fields must not hide."""
    sides = {field.side for field in change.fields}
    marks: list[Span] = [("alarm", f"  ! {risk}") for risk in risks_of(change)]
    marks += [("alarm", "  conflict")] * ("conflict" in sides)
    return [*marks, *[("yellow", "  drift")] * ("drift" in sides)]


def change_lines(change: Change) -> Iterator[Line]:
    """One change: its title, each field old -> new with its place, and the patch."""
    yield _title(change)
    for field in change.fields:
        yield from _conflict_lines(field) if field.side == "conflict" else _field_lines(change, field)
    if change.patch:
        yield [("dim", f"      {_patch(change)}")]
    yield [("plain", "")]


def _patch(change: Change) -> str:
    text = json.dumps(list(change.patch), ensure_ascii=False, separators=(",", ":"))
    weight = len(text.encode("utf-8", "surrogatepass"))
    size = f"patch of {counted(len(change.patch), 'operation')}, {counted(weight, 'byte')}"
    return f"{size}: {text}" if len(text) <= _PATCH_LIMIT else size


def _field_lines(change: Change, field: FieldChange) -> Iterator[Line]:
    sign, style = _sign(field)
    head: list[Span] = [(style, f"      {sign} "), ("plain", f"{label(field)}: ")]
    tail = _tail(field)
    if is_text(field):
        yield [*head, ("plain", "text changed"), *tail]
        yield from _text_lines(str(field.old), str(field.new))
    elif change.action == "create" or field.old is MISSING:
        yield [*head, ("plain", brief(field.new, field.names)), *tail]
    else:
        yield [*head, ("plain", f"{brief(field.old, field.names)} -> {brief(field.new, field.names)}"), *tail]


def _conflict_lines(field: FieldChange) -> Iterator[Line]:
    """The three values, and where each comes from."""
    yield [("alarm", "      ! "), ("plain", f"{label(field)}: "), ("alarm", "conflict"), *_risk(field)]
    yield [("dim", "          at the base    "), ("plain", brief(field.base, field.names))]
    yield [("dim", "          in the tenant  "), ("plain", brief(field.old, field.names))]
    where: list[Span] = [("dim", f"  {place(field.location)}")] if field.location else []
    yield [("dim", "          in the files   "), ("plain", brief(field.new, field.names)), *where]


def _sign(field: FieldChange) -> tuple[str, str]:
    if field.old is MISSING:
        return "+", "green"
    return ("-", "red") if field.new is MISSING else ("~", "yellow")


def _tail(field: FieldChange) -> list[Span]:
    found = _risk(field)
    if field.side == "drift":
        found.append(("yellow", "  drift, will be put back"))
    return [*found, ("dim", f"  {place(field.location)}")] if field.location else found


def _risk(field: FieldChange) -> list[Span]:
    return [("alarm", f"  ! {field.risk}")] if field.risk else []


def _text_lines(old: str, new: str) -> Iterator[Line]:
    for line in unified(old, new):
        style = {"+": "green", "-": "red", "@": "dim"}.get(line[:1], "plain")
        yield [(style, f"          {line}")]


def plan_in_full(value: Plan) -> Iterator[Line]:
    """A saved plan with everything in it: every operation, the wave it travels in, what it depends on."""
    yield from heading(value)
    for change in value.changes:
        yield from change_lines(change)
        yield from _machine_lines(change)
    yield from guard_lines(value.guards)
    yield [("bold", last_line(value.summary))]


def _machine_lines(change: Change) -> Iterator[Line]:
    for operation in change.patch:
        yield [("dim", f"      {json.dumps(operation, ensure_ascii=False)}")]
    after = f", after {', '.join(map(str, change.depends_on))}" if change.depends_on else ""
    yield [("dim", f"      wave {change.wave}{after}")]
    yield [("plain", "")]


def resource(
    key: Key, value: Resource | None, binding: Binding | None, standings: Iterable[Line] = ()
) -> Iterator[Line]:
    """A key: the resource that the files want, its origins, and what it is in each environment (`standings`)."""
    yield [("bold", str(key)), ("dim", f"  bound to {binding.id}" if binding else "")]
    for origin in value.origins if value else ():
        yield [("dim", f"  from {origin.file}")]
    if value and value.protect:
        yield [("yellow", "  protected")]
    yield from standings
    for line in json.dumps(value.body, indent=2, ensure_ascii=False).splitlines() if value else ():
        yield [("plain", f"  {line}")]


def guard_lines(guards: Sequence[Guard]) -> Iterator[Line]:
    """The guards that refuse this plan, each with its override."""
    refused = refusing(guards)
    for guard in refused:
        override = f"  (override: {guard.override})" if guard.override else ""
        yield [("alarm", "refused: "), ("plain", guard.message), ("dim", override)]
    if refused:
        yield [("plain", "")]


def run(value: Run) -> Iterator[Line]:
    """What an apply did; the last line counts it."""
    for result in value.results:
        yield from _result_lines(result)
    for binding in value.binds:
        yield [("cyan", f"  bound {binding.key.kind.rpartition('/')[2]}/{binding.key.name} to {binding.id}")]
    failed, left = value.count("conflict", "rejected", "unknown"), value.count("not_attempted")
    yield [("dim", f"run {value.id}, {counted(value.requests, 'request')}")]
    if failed or left:
        yield [("alarm", f"{failed} failed, {left} not attempted.")]
    yield [("bold", _run_line(value))]


def _result_lines(result: Result) -> Iterator[Line]:
    if result.outcome == "applied":
        style, word = _COLORS[result.action], "done"
    else:
        style, word = "alarm", result.outcome.replace("_", " ")
    message = f"  {result.message}" if result.message else ""
    yield [(style, f"  {SYMBOLS[result.action]} "), ("plain", short(result)), ("dim", f"  {word}"), ("plain", message)]


def _run_line(value: Run) -> str:
    done = Counter(result.action for result in value.results if result.outcome == "applied")
    adopted = f", {done['adopt']} adopted" if done["adopt"] else ""
    verb = "Apply complete!" if value.complete else "Apply incomplete!"
    return f"{verb} Resources: {done['create']} added, {done['update']} changed, {done['delete']} destroyed{adopted}."


def verdict(documents: int, values: Sequence[Diagnostic], excerpts: Mapping[Diagnostic, str]) -> Iterator[Line]:
    """What `validate` found; the last line counts it."""
    yield from diagnostics(values, excerpts)
    checked = counted(documents, "document")
    if not values:
        yield [("green", f"All checks passed: {checked}, 0 problems.")]
    else:
        yield [("bold", f"Found {counted_findings(values)} in {checked}.")]


def diagnostics(values: Iterable[Diagnostic], excerpts: Mapping[Diagnostic, str]) -> Iterator[Line]:
    """Findings as ruff prints them: code, place, the line with a caret where `excerpts` has it, help."""
    for value in values:
        yield from diagnostic(value, excerpts.get(value))
        yield [("plain", "")]


def diagnostic(value: Diagnostic, excerpt: str | None = None) -> Iterator[Line]:
    """One finding."""
    style = "alarm" if value.severity == "error" else "yellow"
    yield [(style, f"{value.severity}[{value.code}]"), ("bold", f": {value.message}")]
    if value.location:
        yield [("blue", " --> "), ("plain", str(value.location))]
    if value.location and excerpt is not None:
        number = str(value.location.line)
        line, column = cut(excerpt, value.location.column)
        yield [("blue", f"  {number} | "), ("plain", line)]
        yield [("blue", f"  {' ' * len(number)} | "), ("red", " " * (column - 1) + "^")]
    if value.help:
        yield [("cyan", "  help: "), ("plain", value.help)]
