"""Tell whom a step takes, apart from its window: by the rules that nobody has documented (G6), and by its filters."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from rhythmconf.catalog import Takes
from rhythmconf.insight.forecast.values import Filter, Filters, Member, People, Property
from rhythmconf.insight.windows import Step, Window
from rhythmconf.model import Does

Test = Callable[[Member], bool]


class Rule(NamedTuple):
    """Whom a step takes without regard to its window and its filters: a test of one property.

    `statuses` has all statuses that pass; None where others pass, too.
    """

    property: Property
    test: Test
    statuses: frozenset[str] | None = None


def _only(status: str) -> Rule:
    return Rule("status", lambda one: one.status == status, frozenset({status}))


RULES: Mapping[tuple[Takes, Does], Rule] = {
    ("applications", "remind"): _only("missing requirements"),
    ("applications", "activate"): _only("approved"),
    ("applications", "expire"): Rule("status", lambda one: one.status not in ("activated", "rejected")),
    ("applications", "invoice"): Rule("billing", lambda one: one.billing == "not yet billed"),
    ("certifications", "remind"): _only("active"),
    ("certifications", "forecast"): _only("active"),
    ("certifications", "drop"): _only("active"),
}

SAYS = (
    "Active certifications are reminded, forecast and dropped, without those marked `do not drop`. Reminders of "
    "applications go to missing requirements, activation takes approved ones, expiry what is neither activated nor "
    "rejected, and invoices what is not yet billed."
)
"""G6 in words."""


@dataclass(frozen=True, slots=True)
class Choice:
    """The people that pass the filters of a step, by their expiration dates.

    `numbers` are positions among the members of a People, sorted by `days`, their expiration dates. `all` are the
    positions of those without a date, too. `uncertain` says that a filter could not be seen, so that some may not be
    meant. `undated` counts those whose date can't be read.
    """

    numbers: tuple[int, ...]
    days: tuple[int, ...]
    all: tuple[int, ...]
    uncertain: bool
    undated: int

    def within(self, window: Window | None) -> tuple[int, ...]:
        """Return the positions of those whose expiration date lies in a window; of all for a step without one."""
        if window is None:
            return self.all
        first = bisect_left(self.days, window.start.toordinal())
        return self.numbers[first : max(first, bisect_right(self.days, window.end.toordinal()))]


def choose(step: Step, filters: Filters, people: People) -> Choice:
    """Return whom a step takes of some people, by everything except its window. A filter that is hidden is left out."""
    property, test, _ = RULES[step.takes, step.does]
    needed = {property, "id", *(each.property for each in filters)}
    tests: list[Test] = [] if property in people.hidden else [test]
    tests += [_test(each) for each in filters if each.property not in people.hidden and _asks(each, step)]
    if step.does == "drop":
        needed.add("do_not_drop")
        tests.append(lambda one: not one.do_not_drop)
    chosen = [
        (member.expires, number) for number, member in enumerate(people.members) if all(test(member) for test in tests)
    ]
    dated = sorted((day, number) for day, number in chosen if day is not None)
    return Choice(
        tuple(number for _, number in dated),
        tuple(day for day, _ in dated),
        tuple(number for _, number in chosen),
        bool(needed & people.hidden) or not all(_asks(each, step) for each in filters),
        sum(people.members[number].undated for _, number in chosen) if step.start else 0,
    )


def _asks(each: Filter, step: Step) -> bool:
    """Tell whether a filter is about a property that the people of a step have: a certification has no type."""
    return each.property != "type" or step.takes == "applications"


def _test(each: Filter) -> Test:
    property, values, excludes = each
    return lambda one: (getattr(one, property) in values) != excludes
