"""RC700: a schedule whose text isn't understood."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rhythmconf.insight.lint.bodies import Bodies, Finding
from rhythmconf.model import Key
from rhythmconf.model.code import Rule

if TYPE_CHECKING:
    from rhythmconf.insight.windows.values import Setup

UNKNOWN_SCHEDULE = Rule(
    "RC700",
    "a schedule is not understood",
    what=(
        "schedule-unknown: the text of a schedule in use, of a template in use, is none that rhythmconf understands, "
        "and `calendar: {schedules: ...}` doesn't say what it means."
    ),
    why="Its runs can't be told, so no gap and no repeat is found either. The text itself may be right.",
    example="schedule: whenever the board meets",
    fix=(
        "Say in rhythmconf.yaml what it means, by the key of its document: `calendar: {schedules: {weekly: every week "
        "on Monday at 06:00}}`. That changes nothing in the tenant. `rhythmconf docs calendar` lists what is "
        "understood."
    ),
)
UNKNOWN_SCHEDULE.severity = "note"


def check_unknown_schedules(subject: Bodies, setup: Setup) -> Iterator[Finding]:
    """Say of each schedule that isn't understood that its runs can't be told."""
    for schedule in setup.schedules:
        place = subject.kind(schedule.key).schedule
        if schedule.recurrence is None and place is not None:
            message = f"{subject.shown(schedule.key)}: the schedule '{schedule.text:.60}' is not understood, so its "
            message += "runs can't be told"
            yield Finding(UNKNOWN_SCHEDULE, schedule.key, (place.text,), message, _help(schedule.key, schedule.text))


def _help(key: Key, text: str) -> str:
    """Return what to write instead, in the document or beside it."""
    # Imported here: nearly all schedules are understood.
    from rhythmconf.insight.windows.schedules.advice import advise

    meaning, problem = advise(text)
    setting = f"`calendar: {{schedules: {{{key.name}: {meaning or 'every week on Monday at 06:00'}}}}}`"
    if meaning:
        return f"if it means `{meaning}`, write that, or leave the text as it is and write in rhythmconf.yaml {setting}"
    first = f"{problem}; or " if problem else ""
    return f"{first}say in rhythmconf.yaml what it means, such as {setting}"
