"""The walk itself, composed once: what the files say and a tenant in, a plan out; commands stop it at different doors.

Rooms: `values`, `checking` (files and their findings), `aim` (what a plan is about), `steps` (the walk, and the walk
back), `telling` (where the files say what a plan changes).
"""

from __future__ import annotations

from rhythmconf.walk.checking import Invalid, check, checked
from rhythmconf.walk.steps import drawn, paired, plan, rollback
from rhythmconf.walk.values import Choices, History, Planned

CODES: dict[str, str] = {
    "RC200": "the files have errors",
    "RC230": "the sources hold no document",
    "RC331": "a conflict waits for its file",
    "RC332": "records of this project have no document",
}

__all__ = [
    "CODES",
    "Choices",
    "History",
    "Invalid",
    "Planned",
    "check",
    "checked",
    "drawn",
    "paired",
    "plan",
    "rollback",
]
