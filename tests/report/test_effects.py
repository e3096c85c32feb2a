"""What a plan does to members, in words, and in every format of a plan."""

from __future__ import annotations

import json
from datetime import date, timedelta
from xml.etree import ElementTree

import pytest

from rhythmconf.engine import plan as planning
from rhythmconf.model import Body, Change, FieldChange, Fingerprint, Key, Location, Plan, Summary
from rhythmconf.model.effects import Effect, Effects, Ranges
from rhythmconf.report.effects import LIMIT, describe_basis, describe_effects
from rhythmconf.report.formats import github, html, junit, markdown, sarif, text
from rhythmconf.report.terminal import render

AS_OF = date(2026, 12, 1)
TEMPLATE = Key("certifications/billingTemplate", "weekly")


def days(first: date, *, step: int, times: int, width: int = 1) -> Ranges:
    starts = [first + timedelta(step * n) for n in range(times)]
    return tuple((start, start + timedelta(width - 1)) for start in starts)


FRIDAYS = days(date(2027, 2, 5), step=7, times=105)
GAP = Effect("gap", TEMPLATE, "renewal_reminder_options", "60 days", "remind", dates=FRIDAYS, number=105, of=800)
MISSED = Effect(
    "missed",
    TEMPLATE,
    "renewal_reminder_options",
    "45 days",
    "remind",
    dates=((date(2027, 1, 21), date(2027, 2, 4)),),
    number=15,
)
WINDOW = Effect(
    "window",
    TEMPLATE,
    "drop_options",
    does="drop",
    run=date(2026, 12, 7),
    before=(date(2026, 9, 1), date(2026, 9, 7)),
    after=(date(2026, 8, 25), date(2026, 9, 7)),
)


def effects(*each: Effect) -> Effects:
    return Effects(AS_OF, "America/New_York", ("G1", "G3"), each, {"as_of": "2026-12-01"})


def make_plan(*each: Effect) -> Plan:
    field = FieldChange("/drop_options/x", 60, 61, "access", Location("config/weekly.yaml", 12, 3))
    change = Change(TEMPLATE, "update", "r1", fields=(field,))
    return Plan(
        Fingerprint("production", "hisp", "https://x.example"), (change,), Summary(update=1), effects=effects(*each)
    )


@pytest.mark.parametrize(
    ("effect", "words"),
    [
        (GAP, "105 of 800 expiry dates get no reminder: every Friday from 5 Feb 2027 on"),
        (
            GAP._replace(dates=days(date(2027, 2, 5), step=7, times=105, width=2), number=210, does="drop"),
            "210 of 800 expiry dates are never dropped: every Friday and Saturday from 5 Feb 2027 on",
        ),
        (
            GAP._replace(dates=FRIDAYS[:3], number=3, does="invoice"),
            "3 of 800 expiry dates are never invoiced: 5 Feb 2027, 12 Feb 2027, 19 Feb 2027",
        ),
        (
            GAP._replace(dates=days(date(2027, 1, 30), step=61, times=6), number=6, does="forecast"),
            "6 of 800 expiry dates are in no forecast: 30 Jan 2027, 1 Apr 2027, 1 Jun 2027, 1 Aug 2027, "
            "and 2 more until 1 Dec 2027",
        ),
        (MISSED, "15 expiry dates between the old and the new windows get no reminder: 21 Jan-4 Feb 2027"),
        (
            MISSED._replace(name="twice", number=1, dates=((AS_OF, AS_OF),)),
            "1 expiry date in old and new windows get the reminder twice: 1 Dec 2026",
        ),
        (
            Effect("repeat", TEMPLATE, "o", "s", "remind", number=7, of=800, most=2),
            "7 of 800 expiry dates are in up to 2 runs",
        ),
        (
            Effect(
                "backlog",
                TEMPLATE,
                "drop_options",
                does="drop",
                run=date(2026, 12, 7),
                dates=((date(2026, 9, 10), date(2026, 9, 30)),),
                number=21,
            ),
            "the first run, Mon 7 Dec 2026, also takes 21 expiry dates that no run took before: 10 Sep-30 Sep 2026",
        ),
        (WINDOW, "the run on Mon 7 Dec 2026 takes 25 Aug-7 Sep 2026 instead of 1 Sep-7 Sep 2026"),
        (
            WINDOW._replace(after=(date(2026, 9, 8), date(2026, 9, 7))),
            "the run on Mon 7 Dec 2026 takes no date instead of 1 Sep-7 Sep 2026",
        ),
        (
            WINDOW._replace(name="starts"),
            "starts; the first run is on Mon 7 Dec 2026, for the expiry dates 25 Aug-7 Sep 2026",
        ),
        (
            WINDOW._replace(name="stops"),
            "stops; without the change, the next run is on Mon 7 Dec 2026, for the expiry dates 1 Sep-7 Sep 2026",
        ),
        (
            Effect("joins", TEMPLATE, "drop_options", does="drop", other="program/clp"),
            "takes in program/clp, which is new",
        ),
    ],
)
def test_an_effect_is_one_sentence(effect: Effect, words: str) -> None:
    assert [line.text for line in describe_effects(effects(effect))] == [words]


def test_the_basis_names_day_zone_and_guesses() -> None:
    assert describe_basis(effects(GAP)) == "as of 1 Dec 2026, America/New_York, rests on guesses G1 G3"


def test_many_effects_are_counted() -> None:
    lines = describe_effects(effects(*[GAP._replace(step=str(n)) for n in range(LIMIT + 3)]))
    assert len(lines) == LIMIT + 1
    assert lines[-1].text == "and 3 more effects"


def test_the_effects_are_the_first_lines_of_a_text_plan() -> None:
    lines = render(text.plan(make_plan(GAP, MISSED, WINDOW)), color=False).splitlines()
    assert lines[0] == "What this does to members  as of 1 Dec 2026, America/New_York, rests on guesses G1 G3"
    assert lines[1:3] == ["  weekly, 60 days", f"    ! {describe_effects(effects(GAP))[0].text}"]
    assert "      the run on Mon 7 Dec 2026 takes" in lines[6]
    assert lines[8].startswith("production")


def test_the_effects_stand_below_the_title_of_a_comment() -> None:
    comment = markdown.plan(make_plan(GAP, WINDOW))
    head, _, rest = comment.partition("**What this does to members**")
    assert head.count("\n") == 3
    assert "- `weekly, 60 days`: **105 of 800 expiry dates get no reminder: every Friday from 5 Feb 2027 on**" in rest
    assert "- `weekly, drop`: the run on Mon 7 Dec 2026" in rest


def test_a_page_has_a_section_of_effects_above_all_changes() -> None:
    page = html.plan(make_plan(GAP, WINDOW))
    section = page.index('<section class="effects"')
    assert page.index("<h1>") < section < page.index('<ol class="changes">')
    assert "105 of 800 expiry dates get no reminder" in page
    assert page.count('<dd class="harmful">') == 1


def test_annotations_stand_on_the_changed_line() -> None:
    plan = make_plan(GAP, WINDOW)
    commands = github.plan(plan)
    assert (
        "::warning title=effect-gap certifications/billingTemplate/weekly,file=config/weekly.yaml,line=12,col=3::"
        in commands
    )
    results = json.loads(sarif.plan(plan))["runs"][0]["results"]
    assert [result["ruleId"] for result in results[:1]] == ["effect-gap"]
    assert "effect-window" in [result["ruleId"] for result in results]
    cases = ElementTree.fromstring(junit.plan(plan)).iter("testcase")
    assert [case.get("name") for case in cases] == ["weekly"]


@pytest.mark.parametrize("damage", [{"as_of": "soon"}, {"guesses": 1}, {"each": [{}]}, {"zone": None}])
def test_a_plan_file_keeps_the_effects_and_refuses_damaged_ones(damage: Body) -> None:
    plan = make_plan(GAP, MISSED, WINDOW)
    body = planning.to_json(plan)
    assert Effects.from_json(body["effects"], body["calendar"]) == plan.effects
    assert isinstance(body["effects"], dict)
    with pytest.raises(ValueError, match=r"effects|isoformat"):
        Effects.from_json({**body["effects"], **damage}, body["calendar"])


def test_a_plan_without_effects_says_nothing_of_them() -> None:
    plan = make_plan()._replace(effects=None)
    for report in (render(text.plan(plan), color=False), markdown.plan(plan), html.plan(plan), github.plan(plan)):
        assert "What this does to members" not in report
    assert {"effects", "calendar"}.isdisjoint(planning.to_json(plan))


def test_templates_of_two_modules_with_one_name_are_told_apart() -> None:
    theirs = WINDOW._replace(template=Key("membership/billingTemplate", "weekly"))
    schedule = Effect("runs", Key("certifications/recurringBillingRun", "weekly"), run=AS_OF, other="06:00")
    lines = describe_effects(effects(WINDOW, theirs, schedule))
    assert [line.subject for line in lines] == [
        "certifications/billingTemplate/weekly, drop",
        "membership/billingTemplate/weekly, drop",
        "weekly",
    ]
