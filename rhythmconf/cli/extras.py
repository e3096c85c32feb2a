"""Say what to type where the packages of an extra are not installed."""

from __future__ import annotations

from collections.abc import Collection

from rhythmconf.errors import UsageError


def explain_missing(
    error: ModuleNotFoundError, extra: str, packages: Collection[str], *, subject: str, otherwise: str
) -> UsageError:
    """Return the error for a module of an extra that is missing; raise `error` again if it is another module.

    `subject` is what needs the package, and `otherwise` what can be done without it.
    """
    name = (error.name or "").partition(".")[0]
    if name not in packages:
        raise error
    command = f"pipx install --force '.[{extra}]' in a copy of the repository"
    help = f"install rhythmconf with its extra `{extra}`: {command}; or {otherwise}"
    return UsageError(f"{subject} needs the package {name}, which is missing", help=help)
