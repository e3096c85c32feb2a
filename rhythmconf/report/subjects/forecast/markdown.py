"""Write a forecast as Markdown, for a comment or a page: a table with a line for each run and step."""

from __future__ import annotations

from collections.abc import Iterator

from rhythmconf.model.forecast import Forecast, Row
from rhythmconf.model.plural import counted
from rhythmconf.report.comment import LIMIT
from rhythmconf.report.dates import week_date
from rhythmconf.report.markdown_escaping import cell, code, prose
from rhythmconf.report.people import (
    ASSUMPTION,
    describe_forecast_basis,
    describe_money,
    describe_prepared,
    describe_total,
    describe_unknown,
    differs,
    headline,
    list_steps,
    list_unknown,
    show_sides,
)

_SIGNS = 500
"""Characters of a name in a table."""
_UNKNOWN = 50


def markdown(forecast: Forecast, environment: str) -> str:
    """Return the forecast in at most 60,000 characters; of more rows it says how many there are."""
    steps = list_steps(forecast)
    head = [
        f"### Forecast of {code(environment)}: {headline(steps)}",
        "",
        f"{prose(describe_forecast_basis(forecast))}. {ASSUMPTION}",
        "",
    ]
    foot = [*_foot(forecast)]
    rows = [_row(row, step.name, forecast.small) for step in steps for row in step.rows]
    length, shown = sum(len(line) + 1 for line in (*head, *foot)), 0
    for row in rows:
        length += len(row) + 1
        if length > LIMIT - 300:
            break
        shown += 1
    table = ["| Step | Run | Before | After | Amount after |", "|---|---|---:|---:|---|", *rows[:shown], ""]
    more = [f"And {counted(len(rows) - shown, 'more row')}; the HTML page and the JSON have them all.", ""]
    return "\n".join([*head, *(table if rows else ()), *(more if shown < len(rows) else ()), *foot]) + "\n"


def _row(row: Row, name: str, small: int) -> str:
    before, after = show_sides(row, small)
    amount = describe_money(row.money, row.people.after, row.does, small) if row.people.after is not None else ""
    if row.why:
        amount = describe_unknown(row)
    after = f"**{after}**" if differs(row) else after
    return f"| {cell(name, _SIGNS)} | {week_date(row.day)} | {before} | {after} | {amount} |"


def _foot(forecast: Forecast) -> Iterator[str]:
    for total in forecast.totals:
        yield f"- All runs of {code(total.option)}: {describe_total(total, forecast.small)}"
    yield from (f"- **{prose(line)}**" for line in describe_prepared(forecast)[:_UNKNOWN])
    unknown = list_unknown(forecast)
    for line in unknown[:_UNKNOWN]:
        yield f"- Unknown: {prose(line)}"
    if len(unknown) > _UNKNOWN:
        yield f"- and {len(unknown) - _UNKNOWN:,} more"
