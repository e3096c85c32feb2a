"""The exceptions with their exit codes. Any package raises them; only `cli` prints them and exits.

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

from collections.abc import Iterable

from rhythmconf.errors import codes
from rhythmconf.model import Diagnostic, Location, Result


class RhythmconfError(Exception):
    """The root: `message` says what and why, `where` the place, `help` what to do next.

    `where` is a Location where a file is wrong, else the name of a request, a variable, a folder or a kind.
    `diagnostics` are those that this error sums up; without any, the error itself is the only one.
    `repeats` is the one among them that the message repeats, so that it isn't printed twice.
    `results` says what has become of each change, where there was a plan already.
    """

    exit_code = 1
    code: str = codes.ERROR
    results: tuple[Result, ...] = ()

    def __init__(
        self,
        message: str,
        *,
        where: Location | str | None = None,
        help: str | None = None,
        code: str | None = None,
        diagnostics: Iterable[Diagnostic] = (),
        repeats: Diagnostic | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.where = where
        self.help = help
        self.diagnostics = tuple(diagnostics)
        self.repeats = repeats
        if code is not None:
            self.code = code

    def as_diagnostics(self) -> tuple[Diagnostic, ...]:
        """Return the diagnostics of this error, or the error itself as a diagnostic."""
        if self.diagnostics:
            return self.diagnostics
        if isinstance(self.where, Location):
            return (Diagnostic(self.code, self.message, location=self.where, help=self.help or ""),)
        message = f"{self.where}: {self.message}" if self.where else self.message
        return (Diagnostic(self.code, message, help=self.help or ""),)


class UsageError(RhythmconfError):
    """A flag or an argument is wrong."""

    code = codes.USAGE


class SettingsError(RhythmconfError):
    """The project file, a variable or a binding is wrong."""

    code = codes.SETTINGS


class CatalogError(RhythmconfError):
    """A schema file is wrong."""

    code = codes.SCHEMA_FILE


class DocumentError(RhythmconfError):
    """A file can't be read as YAML or JSON documents; `where` is a Location, or the file's name."""

    code = codes.UNREADABLE

    def as_diagnostics(self) -> tuple[Diagnostic, ...]:
        """Return the error as a diagnostic of its file."""
        location = Location(self.where) if isinstance(self.where, str) else self.where
        return self.diagnostics or (Diagnostic(self.code, self.message, location=location, help=self.help or ""),)


class PlanError(RhythmconfError):
    """Planning found something it can't promise."""

    code = codes.PLANNING


class TenantError(RhythmconfError):
    """The tenant can't be reached, or what it answers makes no sense."""

    code = codes.TENANT


class AuthError(TenantError):
    """No token, a wrong or expired one, or no permission."""

    exit_code = 4
    code = codes.AUTH


class NotPermitted(AuthError):
    """The token is good, and the tenant does not permit the call."""


class Rejected(TenantError):
    """The tenant refused a call with a 4xx status; nothing was changed by it."""

    code = codes.REJECTED

    def __init__(
        self, message: str, *, status: int, where: Location | str | None = None, help: str | None = None
    ) -> None:
        super().__init__(message, where=where, help=help)
        self.status = status


class NotSent(TenantError):
    """The call never left this computer, or surely had no effect: it may be repeated."""

    code = codes.NOT_SENT


class Ambiguous(TenantError):
    """The call left this computer; whether it took effect is not known."""

    code = codes.AMBIGUOUS_OUTCOME


class BudgetExhausted(TenantError):
    """`--max-requests` is used up, before the call was sent."""

    code = codes.BUDGET_EXHAUSTED


class Refused(RhythmconfError):
    """A guard, a stale plan, a conflict or a held lock; nothing was written in this run."""

    exit_code = 3
    code = codes.REFUSED


class Incomplete(RhythmconfError):
    """Something was written, or an outcome is unknown, and the plan is not complete."""

    exit_code = 5
    code = codes.INCOMPLETE


class Interrupted(RhythmconfError):
    """The user stopped the run; the journal is consistent."""

    exit_code = 130
    code = codes.INTERRUPTED
