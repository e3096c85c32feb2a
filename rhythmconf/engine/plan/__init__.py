"""Changes -> Plan: a value that says all that apply will do, in order, and the file that keeps it.

Rooms: `order` (waves, over `graph`), `preconditions`, `guards`, `build`, `travel`, `file` (writing),
`reading`, `fit` and `told` (whether one that was read may be applied here).
"""

from __future__ import annotations

from rhythmconf.engine.plan.accept import refuse_foreign, refuse_guarded, refuse_misfits, refuse_unfit
from rhythmconf.engine.plan.build import Undecided, build, summarise
from rhythmconf.engine.plan.file import SigningKey, check_signature, dump, seal, source_digest, to_json
from rhythmconf.engine.plan.guards import Allow, short
from rhythmconf.engine.plan.preconditions import guard_operations, needs_read
from rhythmconf.engine.plan.reading import load, read
from rhythmconf.engine.plan.records import read_records
from rhythmconf.engine.plan.schedule import (
    VERBS,
    Forecast,
    Request,
    RequestShare,
    ScheduledStep,
    forecast,
    request_shares,
    requests,
    stages,
)
from rhythmconf.engine.plan.told import refuse_untrue

__all__ = [
    "VERBS",
    "Allow",
    "Forecast",
    "Request",
    "RequestShare",
    "ScheduledStep",
    "SigningKey",
    "Undecided",
    "build",
    "check_signature",
    "dump",
    "forecast",
    "guard_operations",
    "load",
    "needs_read",
    "read",
    "read_records",
    "refuse_foreign",
    "refuse_guarded",
    "refuse_misfits",
    "refuse_unfit",
    "refuse_untrue",
    "request_shares",
    "requests",
    "seal",
    "short",
    "source_digest",
    "stages",
    "summarise",
    "to_json",
]
