"""The forecast of a fleet: what is unknown or only bounded is never added up as if it were a number."""

from __future__ import annotations

from rhythmconf.model.fleet import FleetReport, MemberForecast, MemberSummary
from rhythmconf.model.forecast import Limit, Money, Pair, Total
from rhythmconf.report.subjects.fleet_forecast import describe_member, lines


def drop(before: int | None, after: int | None, limit: Limit = "exact", money: Money | None = None) -> Total:
    return Total("drop_options", "drop", Pair(before, after), limit, money)


def member(name: str, forecast: MemberForecast | None) -> MemberSummary:
    return MemberSummary(name, name, "live", "changes", forecast=forecast)


def test_what_is_unknown_is_in_no_sum_and_bounds_are_not_mixed() -> None:
    members = (
        member("a", MemberForecast((drop(1, 2, money=Money(10.0, 20.0, Pair(0, 0))),))),
        member("b", MemberForecast((drop(3, 5, money=Money(None, None, Pair(3, 5))),))),
        member("c", MemberForecast((drop(7, 7, "at_most"),))),
        member("d", MemberForecast((drop(None, 4),))),
        member("e", MemberForecast((), ("schedule",))),
        member("f", MemberForecast()),
        member("g", None),
    )
    assert [describe_member(one) for one in members] == [
        "drop 1 -> 2 people, at risk 20.00",
        "drop 3 -> 5 people, the amount of all 5 people is unknown",
        "the same people",
        "drop unknown -> 4 people",
        "unknown",
        "the same people",
        "-",
    ]
    assert [*lines(FleetReport("plan", members))] == [
        "drop at most 7 people, in 1 tenant",
        "drop 4 -> 7 people, at risk 20.00, plus 5 people of unknown amount, in 2 tenants",
        "unknown in 3 tenants: d, e and g",
    ]


def test_small_numbers_are_hidden_for_a_tenant_and_in_total() -> None:
    hidden = member("a", MemberForecast((drop(1, 3),), small=5))
    assert describe_member(hidden) == "drop fewer than 5 people"
    assert [*lines(FleetReport("plan", (hidden,)))] == ["drop fewer than 5 people, in 1 tenant"]
