"""Write a forecast as one HTML page without scripts, with a table for each step."""

from __future__ import annotations

from typing import NamedTuple

from rhythmconf import __version__
from rhythmconf.model.forecast import Forecast, Row
from rhythmconf.report.dates import week_date
from rhythmconf.report.page import render_page
from rhythmconf.report.people import (
    ASSUMPTION,
    describe_forecast_basis,
    describe_money,
    describe_prepared,
    describe_range,
    describe_readings,
    describe_total,
    describe_unknown,
    differs,
    headline,
    list_steps,
    list_unknown,
    show_sides,
)


class Line(NamedTuple):
    """A run in the table of a step. `changed` marks one that touches other people than before."""

    run: str
    before: str
    after: str
    amount: str
    changed: bool


def html(forecast: Forecast, environment: str) -> str:
    """Return the page."""
    steps = list_steps(forecast)
    small = forecast.small
    return render_page(
        "forecast.html",
        environment=environment,
        headline=headline(steps),
        facts=f"{describe_range(forecast)}. {describe_forecast_basis(forecast)}. {ASSUMPTION}",
        bad=any(differs(row) or row.why for row in forecast.rows),
        totals=[(total.option, describe_total(total, small)) for total in forecast.totals],
        prepared=describe_prepared(forecast),
        unknown=list_unknown(forecast),
        steps=[(step, [_line(row, small) for row in step.rows], describe_readings(step, forecast)) for step in steps],
        guesses=[(str(guess["id"]), str(guess["says"])) for guess in forecast.guesses],
        version=__version__,
    )


def _line(row: Row, small: int) -> Line:
    before, after = show_sides(row, small)
    amount = describe_unknown(row) if row.why else describe_money(row.money, row.people.after, row.does, small)
    return Line(week_date(row.day), before, after, amount, differs(row))
