"""What can go wrong, drawn once. Rooms raise; only `cli` prints and exits.

RhythmconfError          1  anything a user can mend; says what, where, why and what to do next
├── UsageError           1  a wrong flag or argument
├── SettingsError        1  rhythmconf.yaml or a variable is wrong
├── CatalogError         1  a schema file is wrong
├── DocumentError        1  a text that can't be read as documents
├── PlanError            1  planning found something it can't promise
├── TenantError          1  the tenant can't be reached, or answers nonsense
│   ├── AuthError        4  no token, a wrong one, or no permission
│   ├── Rejected         1  the tenant refused a call: nothing was changed by it
│   ├── NotSent          1  the call never left: it may be repeated
│   ├── Ambiguous        1  the call left and its outcome is unknown
│   └── BudgetExhausted  1  --max-requests, or a bound on time, is used up
├── Refused              3  a guard, a stale plan, a conflict, a held lock: nothing was written
├── Incomplete           5  something was written and the plan is not complete
└── Interrupted        130  the user stopped it; the journal is consistent
"""

from __future__ import annotations

from typing import Any

CODES: dict[str, str] = {
    "RC000": "a mistake of rhythmconf",
    "RC001": "an error",
    "RC002": "a flag or an argument is wrong",
    "RC100": "a file can't be read as documents",
    "RC300": "planning found something it can't promise",
    "RC500": "refused, and nothing was written",
    "RC501": "the plan is not complete",
    "RC502": "the run was interrupted",
}


class RhythmconfError(Exception):
    """The root: `message` says what and why, `where` the place, `help` what to do next.

    `results` says what has become of each change, where there was a plan already.
    """

    exit_code = 1
    code = "RC001"
    results: tuple[Any, ...] = ()

    def __init__(
        self, message: str, *, where: str | None = None, help: str | None = None, code: str | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.where = where
        self.help = help
        if code is not None:
            self.code = code


class UsageError(RhythmconfError):
    """A flag or an argument is wrong."""

    code = "RC002"


class SettingsError(RhythmconfError):
    """The project file, a variable or a binding is wrong."""

    code = "RC003"


class CatalogError(RhythmconfError):
    """A schema file is wrong."""

    code = "RC004"


class DocumentError(RhythmconfError):
    """A text can't be read as YAML or JSON documents."""

    code = "RC100"


class PlanError(RhythmconfError):
    """Planning found something it can't promise."""

    code = "RC300"


class TenantError(RhythmconfError):
    """The tenant can't be reached, or what it answers makes no sense."""

    code = "RC400"


class AuthError(TenantError):
    """No token, a wrong or expired one, or no permission."""

    exit_code = 4
    code = "RC401"


class Rejected(TenantError):
    """The tenant refused a call with a 4xx status; nothing was changed by it."""

    code = "RC402"

    def __init__(self, message: str, *, status: int, where: str | None = None, help: str | None = None) -> None:
        super().__init__(message, where=where, help=help)
        self.status = status


class NotSent(TenantError):
    """The call never left this computer, or surely had no effect: it may be repeated."""

    code = "RC403"


class Ambiguous(TenantError):
    """The call left this computer; whether it took effect is not known."""

    code = "RC404"


class BudgetExhausted(TenantError):
    """`--max-requests` is used up, before the call was sent."""

    code = "RC405"


class Refused(RhythmconfError):
    """A guard, a stale plan, a conflict or a held lock; nothing was written in this run."""

    exit_code = 3
    code = "RC500"


class Incomplete(RhythmconfError):
    """Something was written, or an outcome is unknown, and the plan is not complete."""

    exit_code = 5
    code = "RC501"


class Interrupted(RhythmconfError):
    """The user stopped the run; the journal is consistent."""

    exit_code = 130
    code = "RC502"
