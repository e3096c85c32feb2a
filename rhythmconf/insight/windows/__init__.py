"""Compute what billing runs do in dates: which runs there are, whom their windows take, and what a change moves.

Pure functions over values: `read_setup` reads the steps and schedules of one configuration, `make_calendar` computes
everything about them. Nothing is read from a disk, a network or a clock.
"""

from __future__ import annotations

from rhythmconf.insight.windows.calendar import make_calendar, make_former_calendar
from rhythmconf.insight.windows.calendar_json import to_json
from rhythmconf.insight.windows.calendar_reading import from_json
from rhythmconf.insight.windows.running import count_days_of, coverage, find_moments, run_windows, schedules_of, window
from rhythmconf.insight.windows.setup import read_setup
from rhythmconf.insight.windows.values import (
    Backlog,
    Bound,
    Calendar,
    Changeover,
    Coverage,
    Guess,
    Ranges,
    Reading,
    Restriction,
    Run,
    RunsReading,
    RunStep,
    Schedule,
    ScheduleCalendar,
    Setup,
    Step,
    StepCalendar,
    Unknown,
    Window,
)

__all__ = [
    "Backlog",
    "Bound",
    "Calendar",
    "Changeover",
    "Coverage",
    "Guess",
    "Ranges",
    "Reading",
    "Restriction",
    "Run",
    "RunStep",
    "RunsReading",
    "Schedule",
    "ScheduleCalendar",
    "Setup",
    "Step",
    "StepCalendar",
    "Unknown",
    "Window",
    "count_days_of",
    "coverage",
    "find_moments",
    "from_json",
    "make_calendar",
    "make_former_calendar",
    "read_setup",
    "run_windows",
    "schedules_of",
    "to_json",
    "window",
]
