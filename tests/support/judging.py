"""Judge YAML documents with the shipped kinds, as `validate` does."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import cache

from rhythmconf import catalog
from rhythmconf.catalog import Catalog
from rhythmconf.insight.lint import Bodies, Finding, judge, locate
from rhythmconf.model import Binding, Diagnostic, Key
from rhythmconf.settings import CalendarSettings
from rhythmconf.source import desired, documents
from rhythmconf.source.desired import Desired

TODAY = date(2026, 12, 1)
BOUND = ("invoiceTemplate/inv", "paymentTerms/net", "trainingProvider/prov-0", "trainingProvider/prov-1")
WEEKLY = "every week on Monday at 06:00"
Place = tuple[str, str, str]
"""Code, `kind/key`, and the pointer below `spec`."""


@cache
def shipped() -> Catalog:
    """Return the shipped kinds."""
    return catalog.load([catalog.default_folder()], module="certifications")


def resolved(text: str, overlay: str = "") -> Desired:
    """Resolve documents of the file config/a.yaml, which must be valid."""
    keys = [Key.parse(f"certifications/{one}") for one in BOUND]
    bindings = {key: Binding(key, f"id-{key.name}") for key in keys}
    texts, overlays = {"config/a.yaml": text.encode()}, {"overlays/x/a.yaml": overlay.encode()}
    found = desired.resolve(
        documents.load(texts),
        documents.load(overlays),
        catalog=shipped(),
        environment="x",
        bindings=bindings,
        texts=texts | overlays,
    )
    assert not [one for one in found.diagnostics if one.severity == "error"], found.diagnostics
    return found


def bodies(
    of: Desired, *, today: date = TODAY, calendar: CalendarSettings | None = None, foreign: dict[str, str] | None = None
) -> Bodies:
    """Return the bodies of documents, to be judged."""
    return Bodies(
        {key: resource.body for key, resource in of.state.resources.items()},
        shipped(),
        today,
        calendar or CalendarSettings(),
        {key: resource.unmanaged for key, resource in of.state.resources.items() if resource.unmanaged},
        foreign or {},
    )


def judged(text: str, *, today: date = TODAY, calendar: CalendarSettings | None = None) -> list[Diagnostic]:
    """Return the findings about the bodies of documents, with their lines."""
    found = resolved(text)
    return locate(judge(bodies(found, today=today, calendar=calendar)), found)


def places(findings: Iterable[Diagnostic]) -> list[Place]:
    """Return where findings are, sorted."""
    return sorted(
        (one.code, str(one.key).removeprefix("certifications/"), one.pointer.removeprefix("/spec")) for one in findings
    )


def found_at(text: str, *, today: date = TODAY) -> list[Place]:
    """Return where the findings about the bodies of documents are, sorted."""
    return places(judged(text, today=today))


def described(findings: Iterable[Finding]) -> list[str]:
    """Return the findings of a plan as texts."""
    return [f"{one.rule} {one.key.name}: {one.message}" for one in findings]


def days(number: int, position: str = "after") -> str:
    """Return a bound of a number of days from the run."""
    return f"{{position: {position}, number: {number}, unit_of_time: days, relative_to: the reference date}}"


def bounds(start: int, end: int, position: str = "after") -> str:
    """Return the two bounds of a window, as members of a flow mapping."""
    first, last = days(start, position), days(end, position)
    return f"expiration_date_range_start: {first}, expiration_date_range_end: {last}"


def reminder(name: str, notice: str, start: int = 60) -> str:
    """Return a reminder of seven days."""
    return f"{{name: '{name}', reminder_notice_id: {notice}, {bounds(start, start + 6)}}}"


def template(key: str, *reminders: str, options: str = "program_restriction: none", more: str = "") -> str:
    """Return a template in use with reminders to renew, and a schedule of every week."""
    listed = "".join(f"      - {one}\n" for one in reminders)
    return f"""\
---
kind: billingTemplate
key: {key}
spec:
  name: {key}
  is_active: true
{more}  send_renewal_reminders: true
  renewal_reminder_options:
    {options}
    reminders:
{listed}---
kind: recurringBillingRun
key: {key}
spec: {{name: {key}, is_active: true, template_id: {key}, schedule: {WEEKLY}, pre_processing_lead_time: 3}}
"""


def notice(key: str, spec: str = "", *, kind: str = "notice") -> str:
    """Return a notice in use, with more members of a flow mapping."""
    mail = "email: {subject: Hello, body: Dear member}, " if "email" not in spec else ""
    return f"---\nkind: {kind}\nkey: {key}\nspec: {{name: {key}, {mail}is_active: true, {spec}}}\n"


def program(key: str, active: str = "true") -> str:
    """Return a program."""
    return f"---\nkind: program\nkey: {key}\nspec: {{name: {key}, customer_type: contact, is_active: {active}}}\n"
