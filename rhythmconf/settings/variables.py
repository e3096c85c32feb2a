"""Read environment variables, and expand `${NAME}` in the texts of an environment."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from rhythmconf.errors import SettingsError
from rhythmconf.model import Body, Diagnostic, Json, pointer
from rhythmconf.settings.source import Source
from rhythmconf.settings.urls import url_problem

VARIABLE = re.compile(r"\$\{(\w*)\}?")
UNEXPANDED = "token_command"
"""A shell command. The shell expands it, so that no secret appears in the command line."""


def variable(environ: Mapping[str, str], name: str) -> str | None:
    """Return a variable's value. An empty one counts as not set: pipelines set it so when a secret is missing."""
    return environ.get(name) or None


def base_url(environ: Mapping[str, str]) -> str | None:
    """Return RHYTHMCONF_BASE_URL. Raises SettingsError if a token may not be sent there."""
    url = variable(environ, "RHYTHMCONF_BASE_URL")
    if url is not None and (problem := url_problem(url)):
        raise SettingsError(f"The URL {problem}.", where="RHYTHMCONF_BASE_URL")
    return url


def state_dir(environ: Mapping[str, str], root: Path) -> Path:
    """Return the folder for run records and locks.

    A relative RHYTHMCONF_STATE_DIR is below `root`, the folder of the project: with a folder for each working
    directory, two runs would not see each other's lock. Raises SettingsError if a home folder can't be found.
    """
    folder = variable(environ, "RHYTHMCONF_STATE_DIR")
    if folder:
        return root / _expand_home(environ, "RHYTHMCONF_STATE_DIR", folder)
    return _xdg_folder(environ, "XDG_STATE_HOME", ".local/state")


def cache_dir(environ: Mapping[str, str]) -> Path:
    """Return the folder for tokens and for files that can be made again. Raises SettingsError as `state_dir` does."""
    return _xdg_folder(environ, "XDG_CACHE_HOME", ".cache")


def expand(source: Source, body: Body, environ: Mapping[str, str], at: str) -> tuple[Body, list[Diagnostic]]:
    """Replace every `${NAME}` in the texts of `body`, the mapping at the pointer `at`; also return what is missing."""
    expanded: Body = {}
    missing: list[Diagnostic] = []
    for name, value in body.items():
        member = at + pointer([name])
        if isinstance(value, dict):
            expanded[name], more = expand(source, value, environ, member)
            missing += more
        elif isinstance(value, str) and name != UNEXPANDED:
            expanded[name], more = _expand_text(source, value, environ, member)
            missing += more
        else:
            expanded[name] = value
    return expanded, missing


def _expand_text(source: Source, text: str, environ: Mapping[str, str], at: str) -> tuple[Json, list[Diagnostic]]:
    missing = []
    for reference in VARIABLE.finditer(text):
        name = reference[1]
        if not name or not reference[0].endswith("}"):
            missing.append(source.diagnostic(at, f"'{reference[0]}' names no variable", "write ${NAME}"))
        elif variable(environ, name) is None:
            _, _, environment, *member = at.split("/")
            message = f"the variable {name} is not set; {'.'.join(member)} of the environment {environment} needs it"
            missing.append(source.diagnostic(at, message, f"set {name}, or use another environment (--env)"))
    return VARIABLE.sub(lambda reference: environ.get(reference[1], ""), text), missing


def _xdg_folder(environ: Mapping[str, str], name: str, default: str) -> Path:
    # The XDG specification says that a relative path is to be ignored.
    base = _expand_home(environ, name, environ.get(name, ""))
    return (base if base.is_absolute() else _home(environ) / default) / "rhythmconf"


def _expand_home(environ: Mapping[str, str], name: str, folder: str) -> Path:
    """Expand `~` and `~user`, as a shell does: a pipeline or an .env file hands over the text as it is written."""
    first, _, rest = folder.partition("/")
    rest = rest.lstrip("/")
    if not first.startswith("~"):
        return Path(folder)
    if first == "~":
        return _home(environ) / rest
    try:
        return Path(first).expanduser() / rest
    except RuntimeError:
        raise SettingsError(
            f"There is no user {first[1:]!r} here, so {folder!r} names no folder.",
            where=name,
            help="Write an absolute path.",
        ) from None


def _home(environ: Mapping[str, str]) -> Path:
    home = Path(variable(environ, "HOME") or Path.home())
    if not home.is_absolute():
        raise SettingsError(
            f"The home folder is {str(home)!r}, which is not an absolute path.",
            where="HOME",
            help="Set HOME to an absolute path, or RHYTHMCONF_STATE_DIR and XDG_CACHE_HOME.",
        )
    return home
