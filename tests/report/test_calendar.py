"""The calendar as text, Markdown and JSON."""

from __future__ import annotations

import json as json_library
import re
from datetime import date

import pytest

from rhythmconf.catalog import load_shipped
from rhythmconf.insight.windows.outlook import Outlook, make_outlook
from rhythmconf.model import Body, Key
from rhythmconf.report.comment import LIMIT
from rhythmconf.report.subjects.calendar.json import json
from rhythmconf.report.subjects.calendar.markdown import markdown
from rhythmconf.report.subjects.calendar.problems import find_problems
from rhythmconf.report.subjects.calendar.steps import list_steps
from rhythmconf.report.subjects.calendar.text import text
from rhythmconf.report.terminal import render
from rhythmconf.settings.calendar import CalendarSettings
from tests.support.calendars import (
    FIRST,
    NEW_YORK,
    bound,
    drops,
    outlook,
    reminders,
    schedule,
    template,
    weekly,
    window,
)
from tests.support.payloads import PAYLOADS

RENEWALS: Body = {
    "name": "Renewals",
    "is_active": True,
    "perform_auto_renewals": True,
    "auto_renewal_options": window(0, 0),
}
"""A template of membership."""


def shown(value: Outlook, *, all_readings: bool = False) -> list[str]:
    """Return the lines of the text report."""
    return render(text(value, all_readings=all_readings), color=False).splitlines()


def words(value: Outlook) -> str:
    """Return the text report on one line, so that a sentence is found wherever it is broken."""
    return " ".join(" ".join(shown(value)).split())


def block(lines: list[str], begin: str) -> list[str]:
    """Return the lines from one that begins so to the next empty one."""
    first = next(number for number, line in enumerate(lines) if line.startswith(begin))
    last = lines.index("", first) if "" in lines[first:] else len(lines)
    return lines[first:last]


def test_a_step_has_one_line_for_each_run_and_the_dates_that_it_holds() -> None:
    assert block(shown(weekly()), "  90 days")[:3] == [
        "  90 days  reminder to people whose certification expires in its window",
        "    Mon 7 Dec 2026   7 Mar-13 Mar 2027 (7 days)",
        "    Mon 14 Dec 2026  14 Mar-20 Mar 2027 (7 days)",
    ]


def test_a_step_says_how_its_runs_hold_the_dates() -> None:
    lines = shown(weekly())
    repeat = "    229 of the next 800 expiry dates are in more than one run, at most in 2"
    assert repeat in block(lines, "  30 days")
    assert "    114 of the next 800 expiry dates are in no run: every Friday from 4 Dec 2026" in block(
        lines, "  60 days"
    )
    assert "    each of the next 800 expiry dates is in one run" in block(lines, "  90 days")


def test_long_lists_of_runs_show_eight_and_say_how_many_more_there_are() -> None:
    lines = block(shown(outlook(reminders("r", ("60", 60, 66)), schedule("r"), days=450)), "  60")
    assert sum(line.startswith("    Mon") for line in lines) == 8
    assert lines[9] == "    and 56 more until 21 Feb 2028"


def test_a_strip_has_a_sign_for_each_date_of_26_weeks() -> None:
    lines = block(shown(weekly()), "  60 days")[-3:]
    assert [line[:8] for line in lines] == ["   1 Dec", "   2 Feb", "   6 Apr"]
    assert "".join(re.findall(r"[#.0-9+]+", "".join(line[8:] for line in lines))) == "###.###" * 26


@pytest.mark.parametrize(("width", "sign"), [(7, "#"), (14, "2"), (63, "9"), (70, "+")])
def test_a_sign_says_how_many_runs_hold_a_date(width: int, sign: str) -> None:
    lines = block(shown(outlook(reminders("r", ("x", 1, width)), schedule("r"))), "  x")
    assert lines[-1].split()[2:] == [sign * 7] * 8


def test_the_problems_come_first() -> None:
    lines = shown(weekly())
    assert lines[3] == "Look at these first:"
    said = words(weekly())
    dates = "114 of the next 800 expiry dates are in no run: every Friday from 4 Dec 2026 on"
    assert f"! billingTemplate/renewals, 60 days {dates}" in said
    repeat = "229 of the next 800 expiry dates are in more than one run, at most in 2"
    assert f"! billingTemplate/renewals, 30 days {repeat}" in said
    assert said.endswith("24 runs in 90 days, 2 schedules, 4 steps.")


def test_drops_that_overlap_are_no_problem() -> None:
    value = outlook(drops("d", -88, -61), schedule("d"))
    assert find_problems(value, list_steps(value)) == []
    assert "at most in 4; that does no harm, because it happens only once to each" in words(value)


@pytest.mark.parametrize("value", [weekly(), outlook(), outlook(template("t"), schedule("t"))])
def test_no_line_is_wider_than_80_characters(value: Outlook) -> None:
    name = "a-template-with-a-long-name-and-more"
    every = "every week on Monday, Wednesday and Friday at 06:00"
    long = outlook(
        reminders(name, ("a reminder with a rather long name", 1, 5)), schedule("a-schedule", every, runs=name)
    )
    for each in (value, long):
        assert [line for line in shown(each) if len(line) > 80] == []


def test_colours_only_repeat_what_the_characters_say() -> None:
    painted = render(text(weekly()), color=True)
    assert "\x1b[31m.\x1b[0m" in painted
    assert re.sub(r"\x1b\[[0-9;]*m", "", painted) == render(text(weekly()), color=False)
    assert painted.isascii()


def test_the_zone_says_why_it_is_utc() -> None:
    bare = outlook(reminders("r", ("60", 60, 66)), schedule("r"), settings=CalendarSettings())
    assert "in UTC, because `calendar: {zone: ...}` is not set." in words(bare)
    assert "in America/New_York." in words(weekly())


def test_guesses_are_named_with_what_they_mean() -> None:
    said = words(weekly())
    assert "G3 bounds: closed. The last day of a window counts" in said
    assert "3 of 3 reminder steps and 1 of 1 other step rely on both ends of a window counting (G3)" in said
    assert "rely on windows being counted from the day of the run (G4)" in said
    stated = outlook(
        reminders("r", ("60", 60, 66)), schedule("r"), settings=NEW_YORK._replace(given=frozenset({"bounds"}))
    )
    assert "G3 bounds: closed (set in rhythmconf.yaml)." in words(stated)


def test_bounds_and_reference_are_said_once_and_other_readings_where_they_differ() -> None:
    quarter = template(
        "q",
        perform_drops=True,
        drop_options={
            "program_restriction": "none",
            "expiration_date_range_start": bound("before", 2, "months", "the end of the quarter"),
            "expiration_date_range_end": bound("before", 1),
        },
    )
    value = outlook(quarter, schedule("q", "every quarter on the 1st of its first month at 06:00"), days=400)
    said = words(value)
    assert "if order is offset-first (G1), the window on Fri 1 Jan 2027 is" in said
    assert "if bounds is" not in said
    whole = " ".join(" ".join(shown(value, all_readings=True)).split())
    assert "if bounds is end-open (G3), the window on Fri 1 Jan 2027" in whole


def test_readings_that_move_runs_are_said_with_the_schedule() -> None:
    value = outlook(reminders("m", ("60", 60, 90)), schedule("m", "every month on the 31st at 06:00"), days=120)
    assert "if short is clip (G8), these days have 1 run more, first Sun 28 Feb 2027" in words(value)


def test_a_schedule_that_is_not_understood_has_windows_seen_from_a_run() -> None:
    value = outlook(reminders("r", ("60", 60, 66)), schedule("r", "whenever the moon is full"))
    said = words(value)
    assert "the schedule 'whenever the moon is full' is not understood, so its runs are not known" in said
    assert "`calendar: {schedules: {r: every week on Monday at 06:00}}`" in said
    assert "window: 60 to 66 days after the run" in said
    assert "which expiry dates are in a run is not known" in said
    assert said.endswith("0 runs in 90 days, 1 schedule, 1 step.")


def test_the_meaning_that_the_project_gives_to_a_schedule_is_shown() -> None:
    settings = NEW_YORK._replace(schedules={"r": "every week on Monday at 06:00"})
    said = words(outlook(reminders("r", ("60", 60, 66)), schedule("r", "moon"), settings=settings))
    assert "every week on Monday at 06:00 (the project says so; the schedule is 'moon')" in said


def test_a_window_that_is_not_clear_says_why() -> None:
    half = reminders("r", ("60", 60, 66))
    [step] = half["spec"]["renewal_reminder_options"]["reminders"]
    step["expiration_date_range_start"] = {**bound("after", 1, "months"), "number": 1.5}
    why = "the start is 1.5 months, and only a whole number has a certain meaning"
    said = words(outlook(half, schedule("r")))
    assert f"! billingTemplate/r, 60 its window is not clear: {why}" in said
    assert f"in its window the window is not clear: {why}" in said


def test_an_inverted_window_is_a_problem_and_its_gap_is_not_told_again() -> None:
    value = outlook(reminders("r", ("60", 66, 60)), schedule("r"))
    [problem] = find_problems(value, list_steps(value))
    assert problem.text == "its window ends before it begins, on every run, so it takes nobody"
    assert "    Mon 7 Dec 2026   11 Feb 2027 to 5 Feb 2027: ends before it begins" in shown(value)


def test_a_step_without_a_window_has_its_runs() -> None:
    options = {"program_restriction": "none"}
    activation = template("a", activate_applications=True, application_activation_options=options)
    lines = block(shown(outlook(activation, schedule("a", "every day at 02:00"))), "  activation")
    assert lines == [
        "  activation of every application that is complete, whatever its dates",
        "    90 runs: Tue 1 Dec 2026 to Sun 28 Feb 2027",
    ]


def test_two_schedules_of_a_template_are_judged_together() -> None:
    steps = reminders("r", ("60", 60, 66))
    value = outlook(steps, schedule("one", runs="r"), schedule("two", "every week on Thursday at 06:00", runs="r"))
    lines = shown(value)
    assert block(lines, "  60")[-1].endswith("see the last schedule of this template")
    assert "each of the next 800 expiry dates is in more than one run, at most in 2" in words(value)
    assert sum(line.startswith("   1 Dec ") for line in lines) == 1


def test_nothing_at_all_is_said_in_words() -> None:
    assert shown(outlook())[-1] == "Nothing runs in production: it has no schedule."
    lonely = outlook(reminders("r", ("60", 60, 66)))
    assert "billingTemplate/r never runs: no active schedule names it" in words(lonely)
    off = outlook(reminders("r", ("60", 60, 66)), schedule("r", is_active=False))
    assert "recurringBillingRun/r switched off (is_active: false)" in words(off)
    assert words(off).endswith("Nothing runs in production: every schedule is switched off.")
    idle = outlook(reminders("r", ("60", 60, 66), is_active=False), schedule("r"), schedule("s", runs="elsewhere"))
    assert "recurringBillingRun/r has no runs: its template billingTemplate/r is switched off" in words(idle)
    assert "no document declares its template billingTemplate/elsewhere" in words(idle)
    nothing = outlook(template("t"), schedule("t"))
    assert "its template has no step that is switched on, so a run does nothing" in words(nothing)


def test_a_template_whose_schedules_have_no_kind_is_no_problem() -> None:
    bodies = {Key("membership/billingTemplate", "m"): RENEWALS}
    value = make_outlook(bodies, load_shipped(), NEW_YORK, first=FIRST, days=90)
    assert "membership/billingTemplate/m is not in this calendar: rhythmconf knows no kind of schedule for it" in words(
        value
    )
    assert find_problems(value, list_steps(value)) == []


def test_keys_narrow_the_calendar() -> None:
    steps = [reminders("r", ("60", 60, 66)), drops("d", -88, -61)]
    documents = [*steps, schedule("one", runs="r"), schedule("two", runs="r"), schedule("d")]
    narrow = outlook(*documents, keys=[Key("certifications/recurringBillingRun", "one")])
    assert [one.key.name for one in narrow.calendar.schedules] == ["one"]
    # The other schedule of the template still counts.
    assert narrow.calendar.steps[0].coverage is not None
    assert narrow.calendar.steps[0].coverage.most == 2
    drop = outlook(*documents, keys=[Key("certifications/billingTemplate", "d")])
    assert [one.key.name for one in drop.calendar.schedules] == ["d"]
    assert {run.schedule.name for run in drop.calendar.runs} == {"d"}


def test_steps_with_one_name_are_told_apart_by_whom_they_take() -> None:
    both = reminders("r", ("30 days", 30, 36))
    both["spec"]["send_application_reminders"] = True
    both["spec"]["application_reminder_options"] = both["spec"]["renewal_reminder_options"]
    labels = [one.label for one in list_steps(outlook(both, schedule("r")))]
    assert labels == ["30 days of certifications", "30 days of applications"]


def test_json_is_the_calendar() -> None:
    value = json_library.loads("".join(json(weekly())))
    assert list(value) == ["as_of", "zone", "days", "guesses", "runs", "steps", "schedules", "unknown"]
    assert value["runs"][0] | {"steps": []} == {
        "date": "2026-12-07",
        "time": "06:00",
        "schedule": "renewals",
        "template": "renewals",
        "prepared_on": "2026-12-04",
        "steps": [],
    }


def test_markdown_has_the_problems_and_a_row_for_each_step() -> None:
    said = markdown(weekly())
    assert said.startswith("### Calendar of `production`: 2 problems: 1 gap, 1 repeat\n")
    assert (
        "- **`billingTemplate/renewals, 60 days`** 114 of the next 800 expiry dates are in no run: every Friday" in said
    )
    row = "| `billingTemplate/renewals, 90 days` | Mon 7 Dec 2026 | 7 Mar-13 Mar 2027 (7 days) | each of the next 800"
    assert row in said


def test_markdown_of_many_templates_stays_within_a_comment() -> None:
    documents = [each for n in range(400) for each in (reminders(f"r{n}", ("60", 61, 66)), schedule(f"r{n}"))]
    said = markdown(outlook(*documents))
    assert len(said) <= LIMIT
    shown_rows = said.count("| `billingTemplate/")
    assert f"And {400 - shown_rows} more steps" in said


@pytest.mark.parametrize("payload", PAYLOADS[:20])
def test_texts_of_files_can_not_leave_their_place(payload: str) -> None:
    value = outlook(reminders("r", (payload, 61, 66)), schedule("r", payload, name=payload))
    said = markdown(value)
    assert "\n".join(shown(value)).isprintable() or all(line.isprintable() for line in shown(value))
    assert "<script" not in re.sub(r"`[^`]*`", "", said)


def test_the_first_day_is_part_of_the_calendar() -> None:
    value = outlook(reminders("r", ("x", 1, 7)), schedule("r", "every week on Tuesday at 06:00"), first=FIRST, days=1)
    assert [run.day for run in value.calendar.runs] == [date(2026, 12, 1)]
    assert window(1, 7)["expiration_date_range_start"]["position"] == "after"


def test_a_run_has_its_time_where_the_times_differ() -> None:
    value = outlook(reminders("r", ("x", 30, 30)), schedule("r", "every day at 02:30"), first=date(2027, 3, 13), days=3)
    assert block(shown(value), "  x")[1:4] == [
        "    Sat 13 Mar 2027  02:30  12 Apr (1 day)",
        "    Sun 14 Mar 2027  03:30  13 Apr (1 day)",
        "    Mon 15 Mar 2027  02:30  14 Apr (1 day)",
    ]
    assert "02:30  " not in "".join(
        shown(value._replace(calendar=value.calendar._replace(runs=value.calendar.runs[:1])))
    )


def test_no_line_ends_inside_a_date() -> None:
    lines = shown(outlook(reminders("m", ("monthly", 30, 59)), schedule("m", "every month on the 31st at 06:00")))
    months = "Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec"
    prose = "\n".join(line for line in lines if not re.search(r" [.#0-9]{7} ", line))
    assert " in no run: 30 Dec 2026-29 Jan 2027" in " ".join(prose.split())
    assert re.findall(rf"\d\n *(?:{months})\b|\b(?:{months})\n *\d", prose) == []


def test_what_was_asked_for_and_never_runs_says_nothing_about_the_others() -> None:
    documents = [reminders("r", ("60", 60, 66)), schedule("r"), drops("d", 1, 7), schedule("d", is_active=False)]
    named = outlook(*documents, keys=[Key("certifications/recurringBillingRun", "d")])
    assert "recurringBillingRun/d switched off (is_active: false)" in words(named)
    assert words(named).endswith("No run of recurringBillingRun/d in production.")
    assert "Nothing runs" not in words(named)
    template_alone = outlook(*documents, keys=[Key("certifications/billingTemplate", "d")])
    assert "billingTemplate/d never runs: no active schedule names it" in words(template_alone)


@pytest.mark.parametrize(("span", "dates"), [((30, 36), "6 Jan-12 Jan 2027"), ((-6, 0), "7 Dec")])
def test_a_drop_of_what_is_still_valid_is_a_problem(span: tuple[int, int], dates: str) -> None:
    said = words(outlook(drops("d", *span), schedule("d")))
    assert f"the run on Mon 7 Dec 2026 takes certifications that are still valid then: {dates}" in said
    assert "end the window before the run, such as `position: before`" in said
    assert "still valid" not in words(outlook(drops("d", -7, -1), schedule("d")))
