"""Compare the rows of a forecast with the brute force."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from tests.support.elsewhere.counts import NOBODY, Cell, Count, Place, Seen, Side, Step, steps_of
from tests.support.elsewhere.dates import runs_on
from tests.support.elsewhere.tenant import FILTERS, Manner
from tests.support.elsewhere.worlds import World


def what_is_seen(world: World, manner: Manner) -> Seen:
    """Return the fields of people that a forecast can see: of a search, or of a list where a step needs it."""
    found = {}
    for segment in ("certifications", "applications"):
        there = {name for one in world.people[segment] for name in one}
        shown = there if manner.shows_all else there & set(FILTERS[segment])
        lacking = any(
            step.hidden(Seen(shown, shown)) and step.option.of == segment
            for side in (world.before, world.after)
            for step in running(world, side)
        )
        found[segment] = there if lacking and manner.lists != "refused" else shown
    return Seen(found["certifications"], found["applications"] if manner.applications else None)


def running(world: World, side: Side) -> Iterator[Step]:
    """Yield the steps that have a run in the days of a world."""
    for schedule in side.schedules:
        if schedule.active and any(runs_on(schedule.means, day) for day in world.days):
            for template in side.templates:
                if template.label == schedule.template and template.spec.get("is_active") is not False:
                    yield from steps_of(template)


def expect_rows(world: World, manner: Manner) -> dict[Place, tuple[Cell, Cell]]:
    """Return both sides of each row."""
    seen = what_is_seen(world, manner)
    sides = (world.before, world.after)
    before, after = (Count(world.people, world.zone, seen).count(side, world.days) for side in sides)
    return {
        place: (before.get(place) or absent(world.before, place), after.get(place) or absent(world.after, place))
        for place in sorted(before.keys() | after.keys(), key=str)
    }


def absent(side: Side, place: Place) -> Cell:
    """Return the cell of a side on which a step has no run: nobody, unless nobody understands its schedule."""
    for schedule in side.schedules:
        opaque = runs_on(schedule.means, date.fromisoformat(place[0])) is None
        if schedule.label == place[1] and schedule.active and opaque:
            steps = [each for one in side.templates if one.label == place[2] for each in steps_of(one)]
            if any((one.option.name, one.name) == place[3:] for one in steps):
                return Cell(None, why="schedule")
    return NOBODY


def place_of(row: dict[str, Any]) -> Place:
    """Return where a row is."""
    return (row["date"], row["schedule"], row["template"], row["option"], row["step"])


def describe(cells: tuple[Cell, Cell]) -> dict[str, Any]:
    """Return the numbers of both sides as a row has them. The bound counts only where there are two numbers."""
    bounds = {one.bound for one in cells} - {"exact"}
    whole = None not in (cells[0].people, cells[1].people)
    return {
        "before": cells[0].people,
        "after": cells[1].people,
        "why": cells[1].why or cells[0].why,
        "bound": (bounds.pop() if bounds else "exact") if whole else None,
    }


def read_row(row: dict[str, Any]) -> dict[str, Any]:
    """Return the numbers of a row of a forecast."""
    whole = None not in (row["before"], row["after"])
    return {**{name: row[name] for name in ("before", "after", "why")}, "bound": row["bound"] if whole else None}


def find_differences(world: World, manner: Manner, forecast: dict[str, Any]) -> list[str]:
    """Return what a forecast says differently from the brute force."""
    expected = expect_rows(world, manner)
    said = {place_of(row): row for row in forecast["rows"]}
    found = [] if len(said) == len(forecast["rows"]) else ["a row stands there twice"]
    for place in sorted(expected.keys() | said.keys(), key=str):
        if place not in said or place not in expected:
            found.append(f"{place}: only {'expected' if place in expected else 'said'}")
            continue
        want, have = describe(expected[place]), read_row(said[place])
        found += [f"{place}: expected {want}, said {have}"] if want != have else []
        found += [f"{place}: {problem}" for problem in compare_money(expected[place], said[place])]
    return found


def compare_money(cells: tuple[Cell, Cell], row: dict[str, Any]) -> Iterator[str]:
    """Yield how the money of a row differs: certifications have sums, invoices only people of unknown amount."""
    money = row["money"]
    if row["does"] in ("activate", "expire") or row["option"] == "application_reminder_options":
        if money is not None:
            yield f"money {money}"
        return
    for name, cell in zip(("before", "after"), cells, strict=True):
        if cell.people is None or (money is None and None in (cells[0].people, cells[1].people)):
            if money is not None and money[name] is not None:
                yield f"money {money} of an unknown number"
            continue
        amount = None if row["does"] == "invoice" else cell.money
        said = None if money is None or money[name] is None else Decimal(str(money[name]))
        unknown = None if money is None else money["amount_unknown"][name]
        if (said, unknown) != (amount, cell.amount_unknown):
            yield f"{name}: expected {amount} and {cell.amount_unknown} unknown, said {money}"
