"""Make a Plan: a value that says all that an apply will do, in order, and the file that keeps it.

`order` puts changes into waves (with the help of `graph`), `preconditions` and `guards` say what must hold, `schedule`
groups changes into requests, `build` puts all of it together. `file` writes a plan and `reading` reads it; `accept`
checks whether one that was read may be applied. `records` reads what it concerns once more, and `recheck` asks the
guards again.
"""

from __future__ import annotations

from rhythmconf.engine.plan.accept import (
    check_acceptable,
    check_age,
    check_applicable,
    check_guards,
    check_kinds,
    check_project,
    check_shown,
    check_tenant,
)
from rhythmconf.engine.plan.build import NOTHING_EMPTIED, PlanUndecided, build, summarise
from rhythmconf.engine.plan.file import SigningKey, check_signature, dump, seal, source_digest, to_json
from rhythmconf.engine.plan.freeze import check_freeze, describe_freeze
from rhythmconf.engine.plan.guards import ABSENT, BEHIND, DESTROY, Allow
from rhythmconf.engine.plan.preconditions import guard_operations, needs_read
from rhythmconf.engine.plan.reading import load, read
from rhythmconf.engine.plan.recheck import check_again, find_differences, guard_reads, parse_flags
from rhythmconf.engine.plan.records import read_records
from rhythmconf.engine.plan.schedule import (
    VERBS,
    Forecast,
    RequestShare,
    ScheduledRequest,
    ScheduledStep,
    forecast,
    request_shares,
    requests,
    stages,
)

__all__ = [
    "ABSENT",
    "BEHIND",
    "DESTROY",
    "NOTHING_EMPTIED",
    "VERBS",
    "Allow",
    "Forecast",
    "PlanUndecided",
    "RequestShare",
    "ScheduledRequest",
    "ScheduledStep",
    "SigningKey",
    "build",
    "check_acceptable",
    "check_again",
    "check_age",
    "check_applicable",
    "check_freeze",
    "check_guards",
    "check_kinds",
    "check_project",
    "check_shown",
    "check_signature",
    "check_tenant",
    "describe_freeze",
    "dump",
    "find_differences",
    "forecast",
    "guard_operations",
    "guard_reads",
    "load",
    "needs_read",
    "parse_flags",
    "read",
    "read_records",
    "request_shares",
    "requests",
    "seal",
    "source_digest",
    "stages",
    "summarise",
    "to_json",
]
