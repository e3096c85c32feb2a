"""Changes -> Plan: a value that says all that apply will do, in order, and the file that keeps it.

Rooms: `order` (waves, over `graph`), `preconditions`, `guards`, `build`, `travel`, `file` (writing),
`reading`, `fit` and `told` (whether one that was read may be applied here).
"""

from __future__ import annotations

from rhythmconf.engine.plan.accept import refuse_foreign, refuse_guarded, refuse_misfits, refuse_unfit
from rhythmconf.engine.plan.build import Undecided, build, forecast, summarise
from rhythmconf.engine.plan.file import SigningKey, check_signature, dump, seal, source_digest, to_json
from rhythmconf.engine.plan.guards import Allow, short
from rhythmconf.engine.plan.preconditions import guard_operations, needs_read
from rhythmconf.engine.plan.reading import load, read
from rhythmconf.engine.plan.requests import Trip, trips
from rhythmconf.engine.plan.told import refuse_untrue

__all__ = [
    "Allow",
    "SigningKey",
    "Trip",
    "Undecided",
    "build",
    "check_signature",
    "dump",
    "forecast",
    "guard_operations",
    "load",
    "needs_read",
    "read",
    "refuse_foreign",
    "refuse_guarded",
    "refuse_misfits",
    "refuse_unfit",
    "refuse_untrue",
    "seal",
    "short",
    "source_digest",
    "summarise",
    "to_json",
    "trips",
]
