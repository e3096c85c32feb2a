"""Steps that are not looked at are those about which no rule about runs finds anything."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from rhythmconf.insight.lint.quiet_steps import loud_steps
from rhythmconf.insight.lint.runs import RULES
from rhythmconf.insight.lint.step_findings import StepFinding
from rhythmconf.insight.lint.template_runs import TemplateRuns, runs_of, without_leads
from rhythmconf.insight.windows.schedules import understand
from rhythmconf.insight.windows.values import Bound
from rhythmconf.settings import CalendarSettings

TEXTS = (
    "every week on Monday at 06:00",
    "every week on Monday and Thursday at 06:00",
    "every day at 06:00",
    "every month on the 1st at 06:00",
    "every 2 weeks on Tuesday from 2027-06-01 at 06:00",
    "every 7 days from 2026-01-06 at 06:00",
    "FREQ=WEEKLY;BYDAY=MO;UNTIL=20270601T000000Z",
    "0 6,18 * * 1",
)
FIRST = date(2026, 11, 27)
ANCHOR = "the reference date"
near = st.integers(-20, 20)
anchors = st.sampled_from([ANCHOR] * 8 + ["the end of the month", "the beginning of the week"])


@st.composite
def windows(draw: st.DrawFn) -> tuple[Bound, Bound]:
    start = draw(st.one_of(near, st.integers(-700, 700)))
    wide = draw(st.sampled_from([0, 1, 6, 6, 6, 7, 13, 30, -1]))
    return bound(start, draw(anchors)), bound(start + wide, draw(anchors))


def bound(days: int, anchor: str) -> Bound:
    return Bound("after" if days > 0 else "before", anchor, abs(days), "days")


steps = st.tuples(
    st.sampled_from(["remind", "remind", "drop", "expire", "forecast", "invoice"]),
    st.sampled_from(["certifications", "applications"]),
    windows(),
).map(lambda step: (step[0], step[1], *step[2], ""))
settings_of_projects = st.sampled_from(
    [CalendarSettings(bounds=ends, reference=day) for ends in ("closed", "end-open") for day in ("run", "prepared")]
)


@given(
    st.lists(steps, min_size=1, max_size=4),
    st.lists(st.tuples(st.sampled_from(TEXTS), st.integers(0, 3)), min_size=1, max_size=2),
    settings_of_projects,
)
def test_no_rule_finds_anything_about_a_quiet_step(
    shapes: list[tuple[object, ...]], schedules: list[tuple[str, int]], settings: CalendarSettings
) -> None:
    known = tuple((understand(text), lead) for text, lead in schedules)
    assert all(recurrence for recurrence, _ in known)
    runs = runs_of((tuple(shapes), known), FIRST, settings)
    loud = loud_steps(runs)
    alone = runs_of((tuple(shapes[position] for position in loud), without_leads(known, settings)), FIRST, settings)
    found = [
        one._replace(position=loud[one.position], other=None if one.other is None else loud[one.other])
        for one in (find(alone) if loud else [])
    ]
    assert found == find(runs)


def test_a_weekly_window_of_seven_days_is_quiet() -> None:
    pairs = ((bound(days, ANCHOR), bound(days + 6, ANCHOR)) for days in (30, 60))
    shapes = tuple(("remind", "certifications", *pair, "") for pair in pairs)
    runs = runs_of((shapes, ((understand(TEXTS[0]), 3),)), FIRST, CalendarSettings())
    assert loud_steps(runs) == []


def find(runs: TemplateRuns) -> list[StepFinding]:
    """Ask all rules about all steps."""
    return [finding for rule in RULES for finding in rule(runs)]
