"""Read environment variables, and expand `${NAME}` in the texts of an environment."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from rhythmconf.errors import SettingsError
from rhythmconf.model import Body, Diagnostic, Json, pointer
from rhythmconf.platform import folders
from rhythmconf.settings.source import Source
from rhythmconf.settings.urls import url_problem

VARIABLE = re.compile(r"\$\{(\w*)\}?")
OTHER_VARIABLE = re.compile(r"\$([A-Za-z_]\w*)|%([A-Za-z_]\w*)%|\$\(([A-Za-z_]\w*)\)|\{\{ *([A-Za-z_]\w*) *\}\}")
"""A variable as shells, Windows and pipelines write it."""
UNEXPANDED = "token_command"
"""A shell command. The shell expands it, so that no secret appears in the command line."""
EXPANDED = ("auth", "ca_file")
"""The members of an environment that may hold variables. All others are shown in reports or are part of an address."""
YES_NO = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}
INSTEAD = {
    "base_url": "write the address; if it differs from run to run, set RHYTHMCONF_BASE_URL instead",
    "tenant": "write the id of the tenant; give each tenant an environment of its own",
    "embedded": "write a path inside the project; each environment has its own file",
}


def variable(environ: Mapping[str, str], name: str) -> str | None:
    """Return a variable's value. An empty one counts as not set: pipelines set it so when a secret is missing."""
    return environ.get(name) or None


def absence(environ: Mapping[str, str], name: str) -> str:
    """Return in words why a variable has no value: it is not set, or empty."""
    return "is set but empty" if name in environ else "is not set"


def base_url(environ: Mapping[str, str]) -> str | None:
    """Return RHYTHMCONF_BASE_URL. Raises SettingsError if a token may not be sent there."""
    url = variable(environ, "RHYTHMCONF_BASE_URL")
    if url is not None and (problem := url_problem(url)):
        raise SettingsError(f"The URL {problem}.", where="RHYTHMCONF_BASE_URL")
    return url


def is_access_allowed(environ: Mapping[str, str]) -> bool:
    """Return whether RHYTHMCONF_TRUST allows every access setting. Raises SettingsError for an unclear value."""
    return _trust(environ) is True


def is_first_use_allowed(environ: Mapping[str, str]) -> bool:
    """Return whether the first use of a project may go unconfirmed: RHYTHMCONF_TRUST=0 forbids it."""
    return _trust(environ) is not False


def _trust(environ: Mapping[str, str]) -> bool | None:
    value = variable(environ, "RHYTHMCONF_TRUST")
    if value is not None and value.lower() not in YES_NO:
        raise SettingsError(f"{value!r} is neither 1 nor 0.", where="RHYTHMCONF_TRUST")
    return None if value is None else YES_NO[value.lower()]


def state_dir(environ: Mapping[str, str], root: Path) -> Path:
    """Return the folder for run records and locks.

    A relative RHYTHMCONF_STATE_DIR is below `root`, the folder of the project: with a folder for each working
    directory, two runs would not see each other's lock. Raises SettingsError if a home folder can't be found.
    """
    folder = variable(environ, "RHYTHMCONF_STATE_DIR")
    if folder:
        return root / _expand_home(environ, "RHYTHMCONF_STATE_DIR", folder)
    return _xdg_folder(environ, "XDG_STATE_HOME") or folders.state_folder(_home(environ))


def cache_dir(environ: Mapping[str, str]) -> Path:
    """Return the folder for tokens and for files that can be made again. Raises SettingsError as `state_dir` does."""
    return _xdg_folder(environ, "XDG_CACHE_HOME") or folders.cache_folder(_home(environ))


def check_places(source: Source) -> Iterator[Diagnostic]:
    """Report each `${NAME}` where it would not stay secret: everywhere but in `auth` and `ca_file` of an environment.

    Whoever may edit the file could otherwise name any variable of the process, such as a secret of a pipeline, and
    read its value in a report or in the name of a server.
    """
    for path, text in _texts(source.value, ()):
        if path[:1] == ("environments",) and path[2:3] and path[2] in EXPANDED:
            continue
        if reference := VARIABLE.search(text):
            name = next(token for token in reversed(path) if isinstance(token, str))
            message = f"{name} holds the variable {reference[0]}: only auth and ca_file may hold variables"
            yield source.diagnostic(pointer(path), message, INSTEAD.get(name, "write the value itself"))


def _texts(value: Json, path: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    if isinstance(value, str):
        yield path, value
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, member in members:
        yield from _texts(member, (*path, name))


def expand(source: Source, environment: str, body: Body, environ: Mapping[str, str]) -> tuple[Body, list[Diagnostic]]:
    """Replace every `${NAME}` in the texts of an environment that may hold variables; also return what is missing."""
    secret = {name: value for name, value in body.items() if name in EXPANDED}
    expanded, missing = _expand(source, secret, environ, pointer(["environments", environment]))
    return {**body, **expanded}, missing


def _expand(source: Source, body: Body, environ: Mapping[str, str], at: str) -> tuple[Body, list[Diagnostic]]:
    expanded: Body = {}
    missing: list[Diagnostic] = []
    for name, value in body.items():
        member = at + pointer([name])
        if isinstance(value, dict):
            expanded[name], more = _expand(source, value, environ, member)
            missing += more
        elif isinstance(value, str) and name != UNEXPANDED:
            expanded[name], more = _expand_text(source, value, environ, member)
            missing += more
        else:
            expanded[name] = value
    return expanded, missing


def _expand_text(source: Source, text: str, environ: Mapping[str, str], at: str) -> tuple[Json, list[Diagnostic]]:
    missing = []
    if other := OTHER_VARIABLE.fullmatch(text):
        name = next(filter(None, other.groups()))
        missing.append(source.diagnostic(at, f"'{text}' is not replaced by a variable here", f"write ${{{name}}}"))
    for reference in VARIABLE.finditer(text):
        name = reference[1]
        if not name or not reference[0].endswith("}"):
            missing.append(source.diagnostic(at, f"'{reference[0]}' names no variable", "write ${NAME}"))
        elif variable(environ, name) is None:
            _, _, environment, *member = at.split("/")
            needs = f"{'.'.join(member)} of the environment {environment} needs it"
            message = f"the variable {name} {absence(environ, name)}; {needs}"
            missing.append(source.diagnostic(at, message, f"set {name}, or use another environment (--env)"))
    return VARIABLE.sub(lambda reference: environ.get(reference[1], ""), text), missing


def _xdg_folder(environ: Mapping[str, str], name: str) -> Path | None:
    # The XDG specification says that a relative path is to be ignored.
    base = _expand_home(environ, name, environ.get(name, ""))
    return base / folders.NAME if base.is_absolute() else None


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
