"""A forecast in words, and in every format of a plan."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest

from rhythmconf.model import Fingerprint, Plan, Summary
from rhythmconf.model.forecast import Forecast, Money, Pair, Prepared, Requests, Row, Unknown
from rhythmconf.report.formats import github, html, junit, markdown, sarif, text
from rhythmconf.report.people import LIMIT, describe_forecast, describe_money, headline, list_steps, show_people
from rhythmconf.report.subjects.forecast.markdown import markdown as forecast_markdown
from rhythmconf.report.subjects.forecast.page import html as forecast_page
from rhythmconf.report.subjects.forecast.text import text as forecast_text
from rhythmconf.report.terminal import render

FIRST = date(2026, 12, 7)
MONEY = Money(6000.0, 18720.0, Pair(10, 21))
DROP = Row(FIRST, "s", "drops-weekly", "drop_options", None, "drop", Pair(61, 133), "exact", MONEY)
SAME = Row(FIRST, "s", "forecast-quarter", "renewal_forecasting_options", None, "forecast", Pair(5, 5), "exact")
HIDDEN = DROP._replace(template="hidden", limit="at_most", money=None)
REFUSED = Row(
    FIRST,
    "s",
    "invoices",
    "training_provider_billing_options",
    None,
    "invoice",
    Pair(None, None),
    why="applications",
)


def forecast(*rows: Row, **members: object) -> Forecast:
    made = Forecast(
        date(2026, 12, 1), "America/New_York", 90, requests=Requests(7, 200), rows=rows, read_at="2026-12-01"
    )
    return made._replace(**members)  # type: ignore[arg-type]


def lines(found: Forecast) -> list[str]:
    return [f"{line.subject}: {' | '.join(line.texts)}" for line in describe_forecast(found)]


def test_a_step_with_other_people_comes_first() -> None:
    assert lines(forecast(SAME, DROP)) == [
        "drops-weekly, drop: Mon 7 Dec 2026: 61 -> 133 people | at risk 18,720.00, plus 21 people of unknown amount",
        "forecast-quarter, forecast: unchanged",
    ]


def test_a_plan_that_changes_nobody_says_nothing() -> None:
    assert lines(forecast(SAME)) == []


def test_an_unknown_step_is_said_even_if_nothing_else_changes() -> None:
    [said, _] = lines(forecast(SAME, REFUSED))
    assert said == "invoices, invoice: unknown: this tenant does not allow searching applications"


def test_a_side_without_the_step_has_a_dash() -> None:
    [line] = lines(forecast(DROP._replace(people=Pair(0, 133), off=("before",))))
    assert "Mon 7 Dec 2026: - -> 133 people" in line


def test_later_runs_are_counted() -> None:
    rows = [DROP._replace(day=FIRST + timedelta(7 * week)) for week in range(4)]
    assert "3 later runs to 28 Dec 2026 differ, too" in lines(forecast(*rows))[0]


def test_long_lists_are_cut() -> None:
    many = [DROP._replace(template=f"t{number}") for number in range(LIMIT + 3)]
    same = [SAME._replace(template=f"u{number}") for number in range(9)]
    said = lines(forecast(*many, *same))
    assert len(said) == LIMIT + 2
    assert said[-2:] == [": and 3 more steps", ": 9 other steps are unchanged"]


@pytest.mark.parametrize(
    ("number", "limit", "small", "says"),
    [
        (0, "exact", 5, "0"),
        (4, "exact", 5, "fewer than 5"),
        (5, "exact", 5, "5"),
        (1200, "at_most", 0, "at most 1,200"),
        (3, "at_least", 0, "at least 3"),
        (None, "exact", 0, "unknown"),
    ],
)
def test_a_number_in_words(number: int | None, limit: str, small: int, says: str) -> None:
    assert show_people(number, limit, small) == says  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("money", "people", "says"),
    [
        (Money(0.0, 100.0, Pair(0, 0)), 1, "at risk 100.00"),
        (Money(0.0, 100.0, Pair(0, 1)), 2, "at risk 100.00, plus 1 person of unknown amount"),
        (Money(0.0, 0.0, Pair(0, 3)), 3, "the amount of all 3 people is unknown"),
        (Money(None, None, Pair(1, 1)), 1, "the amount of the one person is unknown"),
        (Money(0.0, 0.0, Pair(0, 0)), 0, ""),
        (None, 3, ""),
    ],
)
def test_an_amount_in_words(money: Money | None, people: int, says: str) -> None:
    assert describe_money(money, people, "drop") == says


def test_a_prepared_run_is_named() -> None:
    found = forecast(SAME, prepared=(Prepared("drops-weekly", "r", FIRST, "ready", 38), Prepared("x", "q", FIRST)))
    said = "\n".join(lines(found))
    assert (
        "the run of drops-weekly on Mon 7 Dec 2026 was prepared from the old template (38 people as prepared, ready)"
        in said
    )
    assert "(an unknown number of people)" in said


def test_every_format_of_a_plan_has_it() -> None:
    found = Plan(
        Fingerprint("production", "hisp", "https://example.org"), (), Summary(), forecast=forecast(DROP, REFUSED)
    )
    written = {
        "text": render(text.plan(found), color=False),
        "markdown": markdown.plan(found),
        "html": html.plan(found),
        "sarif": sarif.plan(found),
        "junit": junit.plan(found),
        "github": github.plan(found),
    }
    for output in written.values():
        assert "people" in output
        assert "this tenant does not allow searching applications" in output
    assert written["text"].startswith("What this does to members  as of 1 Dec 2026, America/New_York")
    results = json.loads(written["sarif"])["runs"][0]["results"]
    assert [result["ruleId"] for result in results] == ["effect-people", "effect-people"]


def test_the_report_of_the_command() -> None:
    found = forecast(DROP, HIDDEN, REFUSED, unknown=(Unknown("billingTemplate/invoices", "applications", "403"),))
    output = render(forecast_text(found, "production"), color=False)
    assert "  Mon 7 Dec 2026    at most 61 -> at most 133 people\n" in output
    assert "  Mon 7 Dec 2026    unknown: this tenant does not allow searching applications\n" in output
    assert "  billingTemplate/invoices: 403\n" in output
    assert output.endswith("2 steps of 3 touch other people, 1 step unknown\n")
    assert headline(list_steps(forecast())) == "no run takes anybody"


def test_markdown_stays_below_its_limit_and_nothing_breaks_out() -> None:
    rows = [DROP._replace(template="<b>`|x", day=FIRST + timedelta(number)) for number in range(3000)]
    output = forecast_markdown(forecast(*rows), "production")
    assert len(output) <= 60_000
    assert "more rows; the HTML page and the JSON have them all." in output
    assert "<b>`|x" not in output.replace("``", "")
    page = forecast_page(forecast(rows[0]), "<script>")
    assert "<b>" not in page
    assert "<script>" not in page
