"""Say in words what a forecast tells: how many people each step touches before and after a plan, and what they pay."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from rhythmconf.model.plural import counted
from rhythmconf.report.dates import full_date, week_date

if TYPE_CHECKING:
    from rhythmconf.model.forecast import Forecast, Limit, Money, Prepared, Row, Total, Why

ASSUMPTION = "It assumes that nobody renews, joins or pays until then."
LIMIT = 40
"""Steps that a plan lists; it counts the others."""
UNCHANGED = 5
"""Unchanged steps that a plan lists; of more it says how many there are."""
_WHY: dict[Why, str] = {
    "schedule": "its schedule is not understood",
    "window": "its window is not clear",
    "budget": "the tenant was not asked to the end",
    "permission": "this tenant does not let members be read",
    "fields": "a field that it depends on is not visible",
    "applications": "this tenant does not allow searching applications",
}
_LIMITS: dict[Limit, str] = {"exact": "", "at_most": "at most ", "at_least": "at least "}


class StepRows(NamedTuple):
    """All rows of one step, in the order of their days. `label` names the step in its template."""

    template: str
    label: str
    rows: tuple[Row, ...]

    @property
    def place(self) -> tuple[str, str, str | None]:
        """The template, the option and the name of the step."""
        return self.rows[0].template, self.rows[0].option, self.rows[0].step

    @property
    def is_unchanged(self) -> bool:
        """Whether each run is known to touch the same people as before, who pay the same."""
        return not any(differs(row) or None in row.people for row in self.rows)

    @property
    def name(self) -> str:
        """The template and the step: `drops-weekly, drop`."""
        return f"{self.template}, {self.label}"


class StepLine(NamedTuple):
    """One step in words. `alarms` marks a step that takes other people than before, or nobody knows whom."""

    subject: str
    texts: tuple[str, ...]
    alarms: bool


def list_steps(forecast: Forecast) -> list[StepRows]:
    """Return the rows of each step: first those that touch other people or are unknown, then by their first days."""
    groups: dict[tuple[str, str, str | None], list[Row]] = {}
    for row in forecast.rows:
        groups.setdefault((row.template, row.option, row.step), []).append(row)
    steps = [StepRows(rows[0].template, rows[0].step or rows[0].does, tuple(rows)) for rows in groups.values()]
    return sorted(steps, key=lambda step: step.is_unchanged)


def describe_forecast(forecast: Forecast) -> list[StepLine]:
    """Return a line for each step if the plan touches other people or amounts, or nobody knows; else nothing."""
    lines = [describe_difference(step, forecast.small) for step in list_steps(forecast)]
    # The rows say what is unknown about a step that has some.
    lines += [
        StepLine(each.subject, (f"unknown: {each.detail or _WHY[each.reason]}",), True)
        for each in forecast.unknown
        if not forecast.rows or (each.reason in ("schedule", "fields") and each.detail)
    ]
    if prepared := describe_prepared(forecast):
        lines.append(StepLine("", prepared, True))
    alarming, calm = ([line for line in lines if line.alarms is wanted] for wanted in (True, False))
    if not alarming:
        return []
    more = len(alarming) - LIMIT
    return [
        *alarming[:LIMIT],
        *([StepLine("", (f"and {counted(more, 'more step')}",), False)] if more > 0 else []),
        *(calm if len(calm) <= UNCHANGED else [StepLine("", (f"{len(calm):,} other steps are unchanged",), False)]),
    ]


def describe_difference(step: StepRows, small: int) -> StepLine:
    """Return what a plan changes about one step: its first run with a difference, and how many follow."""
    unknown = [row for row in step.rows if None in row.people]
    changed = [row for row in step.rows if differs(row)]
    if unknown and not changed:
        return StepLine(step.name, (describe_unknown(unknown[0]),), True)
    if not changed:
        return StepLine(step.name, ("unchanged",), False)
    first, *others = changed
    texts = [f"{week_date(first.day)}: {describe_people(first, small)}"]
    if money := describe_money(first.money, first.people.after, first.does, small):
        texts.append(money)
    if others:
        texts.append(f"{counted(len(others), 'later run')} to {full_date(others[-1].day)} differ, too")
    if unknown:
        texts.append(f"{counted(len(unknown), 'run')} {describe_unknown(unknown[0])}")
    return StepLine(step.name, tuple(texts), True)


def differs(row: Row) -> bool:
    """Tell whether the people or the amounts of a row are known, and not the same on both sides."""
    if None in row.people:
        return row.people.before is not None or row.people.after is not None
    money = row.money
    return row.people.before != row.people.after or (
        money is not None and (money.before, money.unknown.before) != (money.after, money.unknown.after)
    )


def describe_unknown(row: Row) -> str:
    """Say why a number is unknown."""
    return f"unknown: {_WHY[row.why]}" if row.why else "unknown"


def describe_people(row: Row, small: int = 0) -> str:
    """Return the people of a row: `61 -> 133 people`, or one number where both sides are the same."""
    return _join(*show_sides(row, small))


def show_sides(row: Row, small: int = 0) -> tuple[str, str]:
    """Return the people of a row before and after; a dash for a side that doesn't have the step."""
    before, after = (
        "-" if side in row.off else show_people(number, row.limit, small)
        for side, number in zip(("before", "after"), row.people, strict=True)
    )
    return before, after


def describe_total(total: Total, small: int = 0) -> str:
    """Return the people of all runs of an option, and what they pay."""
    before, after = (show_people(number, total.limit, small) for number in total.people)
    people = _join(before, after)
    money = describe_money(total.money, total.people.after, total.does, small)
    return f"{people}, {money}" if money else people


def _join(before: str, after: str) -> str:
    noun = "person" if after == "1" else "people"
    return f"{after} {noun}" if before == after else f"{before} -> {after} {noun}"


def show_people(number: int | None, limit: Limit, small: int = 0) -> str:
    """Return a number of people in words: `at most 12`, `fewer than 5`, `unknown`."""
    if number is None:
        return "unknown"
    if 0 < number < small:
        return f"fewer than {small}"
    return f"{_LIMITS[limit]}{number:,}"


def describe_money(money: Money | None, people: int | None, does: str, small: int = 0) -> str:
    """Return what the people of a run pay after the plan: a sum, and how many have no known amount."""
    if money is None or not people or people < small:
        return ""
    unknown = money.unknown.after or 0
    if money.after is None or (unknown == people and not money.after):
        return f"the amount of {'the one person' if people == 1 else f'all {people:,} people'} is unknown"
    whole = f"{'at risk' if does == 'drop' else 'worth'} {money.after:,.2f}"
    if not unknown:
        return whole
    return f"{whole}, plus {'1 person' if unknown == 1 else f'{unknown:,} people'} of unknown amount"


def describe_forecast_basis(forecast: Forecast) -> str:
    """Return the day, the zone and the guesses that a forecast rests on."""
    guesses = sorted({str(guess["id"]) for guess in forecast.guesses if guess.get("source") == "default"})
    zone_unset = any(guess.get("setting") == "zone" and guess.get("source") == "default" for guess in forecast.guesses)
    zone = f"{forecast.zone} (no zone is set)" if zone_unset else forecast.zone
    return f"as of {full_date(forecast.as_of)}, {zone}, rests on guesses {' '.join(guesses)}"


def headline(steps: Sequence[StepRows]) -> str:
    """Sum a forecast up: how many steps differ, are the same, or are unknown."""
    known = [step for step in steps if not any(None in row.people for row in step.rows)]
    changed = sum(any(differs(row) for row in step.rows) for step in known)
    parts = [f"{counted(changed, 'step')} of {len(steps):,} {'touches' if changed == 1 else 'touch'} other people"]
    unknown = len(steps) - len(known)
    if unknown:
        parts.append(f"{counted(unknown, 'step')} unknown")
    return ", ".join(parts) if steps else "no run takes anybody"


def describe_range(forecast: Forecast) -> str:
    """Return the days of a forecast, and what reading took."""
    made, budget = forecast.requests
    asked = f"{counted(made, 'request')} of at most {budget:,}" if made else "no request"
    if forecast.read_at and not made:
        asked = f"members as read at {forecast.read_at}"
    return f"{counted(forecast.days, 'day')} from {full_date(forecast.as_of)} on, {forecast.zone}; {asked}"


def describe_prepared(forecast: Forecast) -> tuple[str, ...]:
    """Return a sentence for each run that was prepared from a template which the plan changes."""
    return tuple(
        f"Not in effect yet: the run of {run.template} on {week_date(run.day)} was prepared from the old template "
        f"({_describe_run(run, forecast.small)}): refresh or cancel it in Rhythm"
        for run in forecast.prepared
    )


def _describe_run(run: Prepared, small: int) -> str:
    people = (
        "an unknown number of people" if run.people is None else show_people(run.people, "exact", small) + " people"
    )
    return ", ".join(filter(None, [people if run.people is None else f"{people} as prepared", run.status]))


def describe_readings(step: StepRows, forecast: Forecast) -> list[str]:
    """Return a line for each other reading of the dates in which runs of a step touch other people."""
    lines = []
    for other in forecast.readings or ():
        rows = [row for row in other.rows if (row.template, row.option, row.step) == step.place]
        if rows:
            others = f"; {counted(len(rows) - 1, 'later run')} differ, too" if len(rows) > 1 else ""
            told = f"{week_date(rows[0].day)}: {describe_people(rows[0], forecast.small)}"
            lines.append(f"if `{other.setting}` is {other.value} ({other.guess})  {told}{others}")
    return lines


def list_unknown(forecast: Forecast) -> list[str]:
    """Return what is unknown, each with its reason."""
    return [f"{each.subject}: {each.detail or _WHY[each.reason]}" for each in forecast.unknown]


def shorten(rows: Sequence[Row], most: int) -> tuple[Sequence[Row], str]:
    """Return the first rows, and how many more there are."""
    if len(rows) <= most:
        return rows, ""
    return rows[:most], f"and {len(rows) - most:,} more until {full_date(rows[-1].day)}"
