"""What comes from outside the project file: flags and environment variables."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from rhythmconf.errors import SettingsError
from rhythmconf.model import Body, Json, pointer
from rhythmconf.settings.members import VARIABLE, Problem
from rhythmconf.settings.urls import url_problem

UNEXPANDED = "token_command"
"""A shell command: the shell expands it, and so keeps secrets out of the command line."""


def variable(environ: Mapping[str, str], name: str) -> str | None:
    """A variable's value; an empty one counts as not set, because pipelines set it so for want of a secret."""
    return environ.get(name) or None


def base_url(environ: Mapping[str, str]) -> str | None:
    """RHYTHMCONF_BASE_URL, checked like one of the project file."""
    url = variable(environ, "RHYTHMCONF_BASE_URL")
    if url is not None and (problem := url_problem(url)):
        raise SettingsError(f"The URL {problem}.", where="RHYTHMCONF_BASE_URL")
    return url


def state_dir(environ: Mapping[str, str]) -> Path:
    """Where journals and locks are kept."""
    named = variable(environ, "RHYTHMCONF_STATE_DIR")
    return Path(named) if named else _xdg(environ, "XDG_STATE_HOME", ".local/state")


def cache_dir(environ: Mapping[str, str]) -> Path:
    """Where tokens and what can be made again are kept."""
    return _xdg(environ, "XDG_CACHE_HOME", ".cache")


def expand(body: Body, environ: Mapping[str, str], at: str) -> tuple[Body, list[Problem]]:
    """`body` with every `${NAME}` in its texts replaced, and what can't be."""
    expanded: Body = {}
    problems: list[Problem] = []
    for name, value in body.items():
        expanded[name], found = _expand(name, value, environ, at + pointer([name]))
        problems += found
    return expanded, problems


def _expand(name: str, value: Json, environ: Mapping[str, str], at: str) -> tuple[Json, list[Problem]]:
    if isinstance(value, dict):
        return expand(value, environ, at)
    if not isinstance(value, str) or name == UNEXPANDED:
        return value, []
    missing = [_missing(found[0], found[1], at) for found in VARIABLE.finditer(value) if not _known(found[0], environ)]
    return VARIABLE.sub(lambda found: environ.get(found[1], ""), value), missing


def _known(written: str, environ: Mapping[str, str]) -> bool:
    return written.endswith("}") and variable(environ, written[2:-1]) is not None


def _missing(written: str, name: str, at: str) -> Problem:
    if not name or not written.endswith("}"):
        return Problem(at, f"'{written}' names no variable", "write ${NAME}")
    _, _, environment, *member = at.split("/")
    return Problem(
        at,
        f"the variable {name} is not set; {'.'.join(member)} of the environment {environment} needs it",
        f"set {name}, or use another environment (--env)",
    )


def _xdg(environ: Mapping[str, str], name: str, default: str) -> Path:
    # The XDG specification says that a relative path is to be ignored.
    named = Path(environ.get(name, ""))
    if named.is_absolute():
        return named / "rhythmconf"
    home = variable(environ, "HOME")
    return (Path(home) if home else Path.home()) / default / "rhythmconf"
