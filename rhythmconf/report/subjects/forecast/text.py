"""Write a forecast as text for a terminal: a block for each step, with a line for each run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rhythmconf.model.forecast import Forecast, Row, Total
from rhythmconf.report.dates import week_date
from rhythmconf.report.people import (
    ASSUMPTION,
    StepRows,
    describe_forecast_basis,
    describe_money,
    describe_people,
    describe_prepared,
    describe_range,
    describe_readings,
    describe_total,
    describe_unknown,
    differs,
    headline,
    list_steps,
    list_unknown,
    shorten,
)
from rhythmconf.report.terminal import Line

_RUNS = 8
"""Runs of a step that are listed; of the others the number and the last date are said."""
_EMPTY: Line = [("plain", "")]


def text(forecast: Forecast, environment: str) -> Iterator[Line]:
    """Yield the forecast; the last line says how many steps touch other people."""
    steps = list_steps(forecast)
    yield [("bold", f"Forecast of {environment}"), ("plain", f"  {describe_range(forecast)}")]
    yield [("dim", f"{describe_forecast_basis(forecast)}. {ASSUMPTION}")]
    yield [("dim", "Numbers are people before -> after the plan; one number stands for both.")]
    for step in steps:
        yield from _step(step, forecast.small)
        for line in describe_readings(step, forecast):
            yield [("yellow", f"  {line}")]
    yield from _totals(forecast.totals, forecast.small)
    for line in describe_prepared(forecast):
        yield [("alarm", line)]
    yield from _unknown(list_unknown(forecast))
    yield _EMPTY
    yield [("bold", headline(steps))]


def _step(step: StepRows, small: int) -> Iterator[Line]:
    yield _EMPTY
    yield [("bold", step.name)]
    rows, more = shorten(step.rows, _RUNS)
    for row in rows:
        yield _run(row, small)
    if more:
        yield [("dim", f"  {more}")]


def _run(row: Row, small: int) -> Line:
    day = ("plain", f"  {week_date(row.day):16}  ")
    if row.people == (None, None):
        return [day, ("yellow", describe_unknown(row))]
    money = describe_money(row.money, row.people.after, row.does, small)
    why = f"  ({describe_unknown(row)})" if row.why else ""
    style = "bold" if differs(row) else "plain"
    return [day, (style, describe_people(row, small)), ("dim", f"  {money}" if money else ""), ("yellow", why)]


def _totals(totals: Sequence[Total], small: int) -> Iterator[Line]:
    if totals:
        yield _EMPTY
        yield [("bold", "All runs together"), ("dim", "  whoever is in two runs counts twice")]
    for total in totals:
        yield [("plain", f"  {total.option}  {describe_total(total, small)}")]


def _unknown(lines: Sequence[str]) -> Iterator[Line]:
    if lines:
        yield _EMPTY
        yield [("bold", "Unknown")]
    for line in lines:
        yield [("yellow", f"  {line}")]
