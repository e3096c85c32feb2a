"""Count by brute force whom each run touches: day by day, person by person, without any code of rhythmconf."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from tests.support.elsewhere.dates import bound_of, expires, runs_on

Record = dict[str, Any]


class Option(NamedTuple):
    """One of the seven options of a template."""

    name: str
    switch: str
    does: str
    of: str
    needs: tuple[str, ...]
    takes: Callable[[Record], bool]


OPTIONS = (
    Option("renewal_reminder_options", "send_renewal_reminders", "remind", "certifications", (), lambda _: True),
    Option("renewal_forecasting_options", "forecast_renewals", "forecast", "certifications", (), lambda _: True),
    Option("drop_options", "perform_drops", "drop", "certifications", ("do_not_drop",),
           lambda one: not one.get("do_not_drop")),
    Option("application_reminder_options", "send_application_reminders", "remind", "applications", (),
           lambda one: one.get("status") == "missing requirements"),
    Option("application_activation_options", "activate_applications", "activate", "applications", (),
           lambda one: one.get("status") == "approved"),
    Option("application_expiration_options", "expire_applications", "expire", "applications", (),
           lambda one: one.get("status") not in ("activated", "rejected")),
    Option("training_provider_billing_options", "bill_training_providers", "invoice", "applications",
           ("training_provider_billing_status",),
           lambda one: one.get("training_provider_billing_status") == "not yet billed"),
)  # fmt: skip


class Template(NamedTuple):
    """A billing template: what the forecast calls it, and its fields with the ids of the tenant."""

    label: str
    spec: Record


class Schedule(NamedTuple):
    """A schedule; `means` is the text that is to be understood."""

    label: str
    template: str
    means: str
    active: bool


class Side(NamedTuple):
    """The configuration before or after a change."""

    templates: Sequence[Template]
    schedules: Sequence[Schedule]


class Seen(NamedTuple):
    """What can be seen of people: the fields by segment, and whether applications can be searched."""

    certifications: Collection[str]
    applications: Collection[str] | None


class Cell(NamedTuple):
    """A number with what it is worth. `people` is None where it is unknown, `why` says why."""

    people: int | None
    bound: str = "exact"
    money: Decimal | None = None
    amount_unknown: int | None = None
    why: str | None = None


NOBODY = Cell(0, "exact", Decimal(), 0)
Place = tuple[str, str, str, str, str | None]
"""Date, schedule, template, option, step."""


@dataclass(frozen=True)
class Step:
    """A step of a template: an option, or one reminder of it."""

    template: Template
    option: Option
    name: str | None
    window: Mapping[str, Any] | None

    @property
    def rules(self) -> Record:
        return dict(self.template.spec.get(self.option.name) or {})

    def hidden(self, seen: Seen) -> bool:
        """Say whether a filter of this step can't be seen."""
        needed = set(self.option.needs)
        provider = "issuing_training_provider_id" if self.option.of == "certifications" else "training_provider_id"
        needed |= {provider} if self.rules.get("training_provider_restriction") in ("include", "exclude") else set()
        needed |= {"status_reason_id"} if self.rules.get("restrict_status_reasons") else set()
        visible = seen.certifications if self.option.of == "certifications" else seen.applications or ()
        return not needed <= set(visible)

    def takes(self, one: Record, seen: Seen) -> bool:
        """Say whether a step takes a person, apart from dates."""
        rules, option = self.rules, self.option
        visible = seen.certifications if option.of == "certifications" else seen.applications or ()
        if option.of == "certifications" and one.get("status") != "active":
            return False
        if set(option.needs) <= set(visible) and not option.takes(one):
            return False
        if not chosen(rules.get("program_restriction"), rules.get("program_ids"), one.get("program_id")):
            return False
        provider = "issuing_training_provider_id" if option.of == "certifications" else "training_provider_id"
        if provider in visible and not chosen(
            rules.get("training_provider_restriction"), rules.get("training_provider_ids"), one.get(provider)
        ):
            return False
        restricted = rules.get("restrict_status_reasons") and "status_reason_id" in visible
        if restricted and one.get("status_reason_id") not in (rules.get("status_reason_ids") or ()):
            return False
        if option.of == "applications" and rules.get("restrict_application_types"):
            return one.get("type") in (rules.get("application_types") or ())
        return True


def chosen(restriction: str | None, ids: Collection[str] | None, value: object) -> bool:
    """Apply include, exclude or none."""
    if restriction == "include":
        return value in (ids or ())
    return value not in (ids or ()) if restriction == "exclude" else True


def steps_of(template: Template) -> Iterator[Step]:
    """Return the steps of a template that are switched on."""
    for option in OPTIONS:
        rules = template.spec.get(option.name)
        if not template.spec.get(option.switch) or not isinstance(rules, dict):
            continue
        if "reminder" not in option.name:
            yield Step(template, option, None, None if option.does == "activate" else rules)
            continue
        names = [one.get("name") or "" for one in rules["reminders"]]
        for n, one in enumerate(rules["reminders"]):
            same = names[: n + 1].count(names[n])
            yield Step(
                template, option, names[n] if names.count(names[n]) == 1 and names[n] else f"{names[n]}#{same}", one
            )


def window_of(step: Step, day: date) -> tuple[date, date] | None:
    """Return the window of a step for a run on a day, None for a step without one. Raises ValueError."""
    if step.window is None:
        return None
    start, end = (step.window[f"expiration_date_range_{name}"] for name in ("start", "end"))
    return bound_of(start, day), bound_of(end, day)


@dataclass
class Count:
    """Whom the runs of one side touch."""

    people: Mapping[str, Sequence[Record]]
    zone: str
    seen: Seen
    gone: dict[str, date] = field(default_factory=dict)
    """Who is certainly dropped, expired, activated or invoiced, by option and id, and on which day."""
    perhaps: set[tuple[str, str]] = field(default_factory=set)
    """Who is dropped if a filter allows it: the step and the id."""

    def count(self, side: Side, days: Iterable[date]) -> dict[Place, Cell]:
        """Return a cell for each run date and step."""
        cells: dict[Place, Cell] = {}
        active = [one for one in side.templates if one.spec.get("is_active") is not False]
        for day in days:
            leaving: list[tuple[str, str]] = []
            unsure: list[tuple[str, str]] = []
            for schedule in side.schedules:
                if not schedule.active or not runs_on(schedule.means, day):
                    continue
                for step in (each for one in active if one.label == schedule.template for each in steps_of(one)):
                    place = (day.isoformat(), schedule.label, step.template.label, step.option.name, step.name)
                    cells[place] = self._cell(step, day, leaving, unsure)
            for key, where in leaving:
                self.gone.setdefault(f"{where} {key}", day)
            self.perhaps |= set(unsure)
        return cells

    def _cell(self, step: Step, day: date, leaving: list[tuple[str, str]], unsure: list[tuple[str, str]]) -> Cell:
        option = step.option
        try:
            ends = window_of(step, day)
        except ValueError:
            return Cell(None, why="window")
        if option.of == "applications" and self.seen.applications is None:
            return Cell(None, why="applications")
        hidden = step.hidden(self.seen)
        own = f"{step.template.label} {option.name}"
        ways = {"certifications": ("drop",), "applications": ("activate", "expire", "invoice")}[option.of]
        if option.of == "applications":
            ways = {"invoice": ("invoice",)}.get(option.does, ("activate", "expire"))
        touched = [
            one
            for one in self.people[option.of]
            if (ends is None or ((when := expires(one, self.zone)) is not None and ends[0] <= when <= ends[1]))
            and step.takes(one, self.seen)
            and not any(f"{way} {one['id']}" in self.gone for way in (*ways, own))
        ]
        if option.does in ("drop", "activate", "expire", "invoice"):
            leaving += [(one["id"], own if hidden else option.does) for one in touched]
        if option.does in ("drop", "activate", "expire") and hidden:
            unsure += [(own, one["id"]) for one in touched]
        return self._price(step, touched, hidden)

    def _price(self, step: Step, touched: list[Record], hidden: bool) -> Cell:
        option = step.option
        number = len(touched)
        if option.does == "invoice":
            return Cell(None, why="fields") if hidden else Cell(number, "at_least", None, number)
        own, ids = f"{step.template.label} {option.name}", {one["id"] for one in touched}
        maybe = any(key in ids and taking != own for taking, key in self.perhaps)
        if option.of == "applications":
            return Cell(number, "at_most" if hidden or maybe else "exact")
        typed = option.name == "renewal_reminder_options" and step.rules.get("restrict_application_types")
        amounts = [
            Decimal(str(one["forecasted_renewal_amount"]))
            for one in touched
            if "forecasted_renewal_amount" in self.seen.certifications
            and one.get("forecasted_renewal_amount") is not None
        ]
        bound = "at_most" if hidden or typed or maybe else "exact"
        return Cell(number, bound, sum(amounts, Decimal()), number - len(amounts))
