"""Which members the project file may have and what each may hold: tables of small checks, and what they find."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import PurePosixPath
from typing import NamedTuple

from rhythmconf.model import Body, Json, pointer
from rhythmconf.model.suggest import suggest
from rhythmconf.settings.urls import domain_problem, url_problem
from rhythmconf.settings.values import MEMORY, Dialect

Check = Callable[[Json], str]
"""Says what is wrong with a value (`must be ...`), or nothing."""

VARIABLE = re.compile(r"\$\{(\w*)\}?")
NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")
PROJECT_NAME = re.compile(r"[a-z0-9][a-z0-9-]*")
MODULE_NAME = re.compile(r"[a-z][a-z0-9-]*")
AGE = re.compile(r"(\d+(?:\.\d+)?)\s*([a-z]*)")
DAYS = {"": 1, "d": 1, "day": 1, "days": 1, "h": 1 / 24, "hour": 1 / 24, "hours": 1 / 24, "w": 7, "week": 7, "weeks": 7}
OWN = {("overlays",), ("bindings",), (".rhythmconf",)}


SAMPLES = {"version": "1", "project": "my-association", "sources": "[config]"}


class Problem(NamedTuple):
    """Something wrong at a pointer of the project file; `of_name` when it is about the member, not its value."""

    at: str
    message: str
    help: str = ""
    of_name: bool = False


class Table(NamedTuple):
    """The members that a mapping may have, and those that it must have; `what` names it in messages."""

    what: str
    checks: Mapping[str, Check]
    required: Collection[str] = ()


def examine(value: Json, table: Table, at: str) -> Iterator[Problem]:
    """Everything that is wrong with a mapping of the project file, by its table."""
    if not isinstance(value, dict):
        yield Problem(at, f"{table.what} must be a mapping")
        return
    for name, member in value.items():
        where = at + pointer([name])
        if name not in table.checks:
            help = suggest(name, table.checks) or f"members: {', '.join(table.checks)}"
            yield Problem(where, f"{table.what} has no member '{name}'", help, of_name=True)
        elif complaint := table.checks[name](member):
            yield Problem(where, f"{name} {complaint}")
    for name in table.required:
        if name not in value:
            yield Problem(at, f"{table.what} needs the member '{name}'", f"add `{name}: {SAMPLES.get(name, '...')}`")


def days(value: Json) -> float | None:
    """A length of time in days: `7 days`, `12h`, `2 weeks`, or a number of days; None for anything else."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value) if value > 0 else None
    found = AGE.fullmatch(value.strip().lower()) if isinstance(value, str) else None
    if found is None or found[2] not in DAYS:
        return None
    return float(found[1]) * DAYS[found[2]] or None


def text(value: Json) -> str:
    """A string with something in it."""
    return "" if isinstance(value, str) and value.strip() else "must be a text"


def named(form: re.Pattern[str]) -> Check:
    """A string of that form."""
    return lambda value: "" if isinstance(value, str) and form.fullmatch(value) else f"must look like {form.pattern}"


def boolean(value: Json) -> str:
    """True or false."""
    return "" if isinstance(value, bool) else "must be true or false"


def whole(value: Json) -> str:
    """A whole number, 0 included."""
    good = isinstance(value, int) and not isinstance(value, bool) and value >= 0
    return "" if good else "must be a whole number, 0 or more"


def seconds(value: Json) -> str:
    """A bearable number of seconds."""
    good = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 600
    return "" if good else "must be a number of seconds between 0 and 600"


def later(check: Check) -> Check:
    """The check, except for a text with a `${VARIABLE}`: that is looked at when its environment is used."""
    return lambda value: "" if isinstance(value, str) and "${" in value else check(value)


def one_of(*words: str) -> Check:
    """One of these words; a bare `null` in YAML is the word, too."""

    def check(value: Json) -> str:
        if (value if value is not None else "null") in words:
            return ""
        hint = suggest(value, words) if isinstance(value, str) else ""
        return f"must be one of {', '.join(words)}{f'; {hint}' if hint else ''}"

    return check


def inside(value: Json) -> str:
    """A path that stays in the project."""
    if text(value) or not isinstance(value, str):
        return "must be a path"
    path = PurePosixPath(value)
    outside = path.is_absolute() or ".." in path.parts or value.startswith("~") or "\\" in value or "\0" in value
    return "must be a path inside the project, with slashes" if outside else ""


def folders(value: Json) -> str:
    """A list of folders in the project."""
    if not isinstance(value, list):
        return "must be a list of folders"
    return next(filter(None, map(inside, value)), "")


def sources(value: Json) -> str:
    """At least one folder, none of those that have another meaning."""
    if not isinstance(value, list) or not value:
        return "must be a list of at least one folder"
    if any(isinstance(name, str) and name and not PurePosixPath(name).parts for name in value):
        return "must name folders below the project's own, in which rhythmconf.yaml itself lies"
    own = {str(name) for name in value if PurePosixPath(str(name)).parts[:1] in OWN}
    return folders(value) or (f"must not name {min(own)}, which lies beside the sources" if own else "")


def url(value: Json) -> str:
    """A base URL that a token may travel to."""
    return text(value) or url_problem(str(value))


def domain(value: Json) -> str:
    """Where tokens are minted."""
    return text(value) or domain_problem(str(value))


def age(value: Json) -> str:
    """A length of time."""
    return "" if days(value) is not None else "must be a length of time such as '7 days' or '12h'"


def database(value: Json) -> str:
    """A file in the project, or memory."""
    return "" if value == MEMORY else inside(value)


def nested(value: Json) -> str:
    """A mapping with a table of its own, which looks at it."""
    return "" if isinstance(value, dict) else "must be a mapping"


def version(value: Json) -> str:
    """The one format of the project file that there is."""
    known = value == 1 and not isinstance(value, bool)
    return "" if known else "must be 1: a newer format needs a newer rhythmconf"


PROJECT = Table(
    "the project file",
    {
        "version": version,
        "requires": text,
        "project": named(PROJECT_NAME),
        "module": named(MODULE_NAME),
        "sources": sources,
        "schemas": folders,
        "default_environment": named(NAME),
        "environments": nested,
    },
    ("version", "project", "sources"),
)
ENVIRONMENT = Table(
    "an environment",
    {
        "tenant": text,
        "protected": boolean,
        "base_url": later(url),
        "embedded": later(database),
        "auth": nested,
        "dialect": nested,
        "max_plan_age": age,
        "ca_file": text,
    },
    ("tenant",),
)
AUTH = Table(
    "auth",
    {
        "domain": later(domain),
        "client_id": text,
        "client_secret": text,
        "audience": text,
        "token_command": text,
        "max_mints_per_day": whole,
    },
)
DIALECT = Table("dialect", {name: one_of(*words) if words else seconds for name, words in Dialect.choices()})


def examine_environment(body: Json, at: str) -> Iterator[Problem]:
    """Everything that is wrong with one environment."""
    yield from examine(body, ENVIRONMENT, at)
    if not isinstance(body, dict):
        return
    if "embedded" in body and "base_url" in body:
        yield Problem(f"{at}/embedded", "an environment is embedded or has a base_url, not both", of_name=True)
    if isinstance(auth := body.get("auth"), dict):
        yield from examine(auth, AUTH, f"{at}/auth")
        yield from _auth(auth, f"{at}/auth") if auth.keys() <= AUTH.checks.keys() else ()
    if isinstance(dialect := body.get("dialect"), dict):
        yield from examine(dialect, DIALECT, f"{at}/dialect")


def _auth(auth: Body, at: str) -> Iterator[Problem]:
    """Either a command or all three of the credentials."""
    credentials = [name for name in ("domain", "client_id", "client_secret") if name in auth]
    if "token_command" in auth:
        if credentials:
            yield Problem(f"{at}/token_command", f"auth has token_command or {credentials[0]}, not both", of_name=True)
    elif len(credentials) < 3:
        yield Problem(at, "auth needs domain, client_id and client_secret, or token_command")
