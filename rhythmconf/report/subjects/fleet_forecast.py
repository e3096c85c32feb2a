"""Say in words what the plans of a fleet do to people and money: for each tenant, and for all of them together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from rhythmconf.model import Body
from rhythmconf.model.fleet import FleetReport, MemberForecast, MemberSummary
from rhythmconf.model.forecast import Limit, Money, Pair, Total
from rhythmconf.model.plural import counted, some
from rhythmconf.model.values import Does
from rhythmconf.report.people import describe_total

NAMED = 5
"""How many tenants without a number are named."""


class FleetTotal(NamedTuple):
    """The people of one kind of step in all tenants whose numbers are known, and how many tenants these are."""

    total: Total
    tenants: int
    small: int

    @property
    def text(self) -> str:
        """The total in words."""
        people = describe_total(self.total, self.small)
        return f"{self.total.does} {people}, in {counted(self.tenants, 'tenant')}"

    def to_json(self) -> Body:
        """Return the members that JSON reports hold."""
        body = self.total.to_json()
        return {"tenants": self.tenants, **{name: value for name, value in body.items() if name != "option"}}


def has_forecast(report: FleetReport) -> bool:
    """Return whether the plan of a tenant has a forecast."""
    return any(member.forecast is not None for member in report.members)


def describe_member(member: MemberSummary) -> str:
    """Return the people and the money that runs of a tenant touch, before and after its plan."""
    forecast = member.forecast
    if forecast is None:
        return "-"
    texts = [f"{total.does} {describe_total(total, forecast.small)}" for total in forecast.totals if _differs(total)]
    if not forecast.totals and forecast.unknown:
        return "unknown"
    return "; ".join(texts) or "the same people"


def sum_totals(report: FleetReport) -> list[FleetTotal]:
    """Add up the totals of all tenants. Upper limits, lower limits and exact numbers have separate sums."""
    groups: dict[tuple[Does, Limit], list[tuple[Total, int]]] = {}
    for member in report.members:
        forecast = member.forecast or MemberForecast()
        for total in forecast.totals:
            if None not in total.people:
                groups.setdefault((total.does, total.limit), []).append((total, forecast.small))
    return [
        FleetTotal(
            Total("", does, _add_pairs(total.people for total, _ in each), limit, _add_money([one for one, _ in each])),
            len(each),
            max(small for _, small in each),
        )
        for (does, limit), each in sorted(groups.items())
    ]


def list_uncounted(report: FleetReport) -> list[str]:
    """Return the names of the tenants with an unknown number: the sums have nothing or only a part of them."""
    return [member.name for member in report.members if member.forecast is None or _is_unknown(member)]


def describe_uncounted(report: FleetReport) -> str:
    """Return a sentence about the tenants with an unknown number; empty without any."""
    names = list_uncounted(report)
    return f"unknown in {counted(len(names), 'tenant')}: {some(names, NAMED)}" if names else ""


def _is_unknown(member: MemberSummary) -> bool:
    forecast = member.forecast
    return forecast is not None and (
        any(None in total.people for total in forecast.totals) or bool(forecast.unknown and not forecast.totals)
    )


def _differs(total: Total) -> bool:
    people, money = total.people, total.money
    return (
        None in people
        or people.before != people.after
        or (money is not None and (money.before, money.unknown.before) != (money.after, money.unknown.after))
    )


def _add_pairs(pairs: Iterable[Pair]) -> Pair:
    listed = [*pairs]
    return Pair(sum(pair.before or 0 for pair in listed), sum(pair.after or 0 for pair in listed))


def _add_money(totals: list[Total]) -> Money | None:
    """Add up amounts, and count the people without a known amount, also in a tenant that has no amount at all."""
    priced = [(total.people, total.money) for total in totals if total.money is not None]
    if not priced:
        return None
    before = [(people.before, money.before, money.unknown.before) for people, money in priced]
    after = [(people.after, money.after, money.unknown.after) for people, money in priced]
    (sum_before, unknown_before), (sum_after, unknown_after) = _add_side(before), _add_side(after)
    return Money(sum_before, sum_after, Pair(unknown_before, unknown_after))


def _add_side(values: Iterable[tuple[int | None, float | None, int | None]]) -> tuple[float | None, int]:
    amounts: list[float] = []
    unknown = 0
    for people, amount, without in values:
        unknown += (without if amount is not None else people) or 0
        if amount is not None:
            amounts.append(amount)
    return (sum(amounts) if amounts else None), unknown


def lines(report: FleetReport) -> Iterator[str]:
    """Yield a line for each sum, and one for the tenants that are in none."""
    yield from (total.text for total in sum_totals(report))
    if uncounted := describe_uncounted(report):
        yield uncounted
