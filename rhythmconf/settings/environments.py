"""Make an Environment from its mapping in the project file, the environment variables and the defaults."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from posixpath import normpath
from typing import Any, cast

from rhythmconf.model import Body, Diagnostic, Json, pointer
from rhythmconf.settings import schema_check, variables
from rhythmconf.settings.calendar import check_zones, read_calendar
from rhythmconf.settings.dialect import Dialect
from rhythmconf.settings.network import read_network
from rhythmconf.settings.secret import Secret
from rhythmconf.settings.source import Source
from rhythmconf.settings.urls import canonical_url, domain_problem, url_problem
from rhythmconf.settings.values import (
    AUDIENCE,
    DEFAULT_BASE_URL,
    DEFAULT_PLAN_AGE_DAYS,
    EMBEDDED_BASE_URL,
    NO_SECRET,
    Auth,
    BucketState,
    Environment,
    GitState,
)

CONTROL = re.compile(r"[\x00-\x1f\x7f]")
DURATION = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*([a-z]*)")
DAYS = {"": 1, "d": 1, "day": 1, "days": 1, "h": 1 / 24, "hour": 1 / 24, "hours": 1 / 24, "w": 7, "week": 7, "weeks": 7}


def written(source: Source) -> Mapping[str, Body]:
    """Return the environments as the project file has them."""
    environments = source.value.get("environments")
    return cast("Mapping[str, Body]", environments) if isinstance(environments, dict) else {}


def make_unexpanded(source: Source, name: str, environ: Mapping[str, str]) -> Environment:
    """Make an environment whose `${NAME}`s are left alone, for everything that needs no tenant."""
    return _make(source, name, _without_overridden(written(source)[name], environ), environ)


def make_expanded(source: Source, name: str, environ: Mapping[str, str]) -> Environment:
    """Make an environment with the values of its variables. Raises SettingsError for all that is missing or wrong."""
    body, missing = variables.expand(source, name, _without_overridden(written(source)[name], environ), environ)
    source.raise_errors(missing)
    # A variable may hold anything, so the expanded texts are checked like those of the file.
    source.raise_errors(check(source, {**source.value, "environments": {name: body}}))
    return _make(source, name, body, environ)


def check(source: Source, value: Body) -> Iterator[Diagnostic]:
    """Check the value of the project file, or one with an expanded environment: its schema, addresses and zones."""
    places = set[str]()
    for diagnostic in (*_check_addresses(source, value), *check_zones(source, value)):
        places.add(diagnostic.pointer)
        yield diagnostic
    if not schema_check.conforms(value):
        for at, message, help, at_name in schema_check.complaints(value):
            if at not in places:
                yield source.diagnostic(at, message, help, at_name=at_name)


def _check_addresses(source: Source, value: Body) -> Iterator[Diagnostic]:
    """Check that the addresses of each environment may receive a token. A domain with a variable is checked later."""
    for name, body in _mapping(value.get("environments")).items():
        at = pointer(["environments", name])
        url, domain = _text(_mapping(body), "base_url"), _text(_mapping(_mapping(body).get("auth")), "domain")
        if url and url.strip() and (problem := url_problem(url)):
            yield source.diagnostic(f"{at}/base_url", f"base_url {problem}")
        embedded, at_file = _embedded_file(_mapping(body)), "/file" * isinstance(_mapping(body).get("embedded"), dict)
        if embedded and ".git" in normpath(embedded).lower().split("/"):
            yield source.diagnostic(
                f"{at}/embedded{at_file}", "embedded must not be a file of git", "embedded: .rhythmconf/local.db"
            )
        if embedded and _make_state(_mapping(body).get("state")):
            yield source.diagnostic(
                f"{at}/state",
                "an embedded tenant is a file of this computer: its state can't be shared",
                "remove `state`, or use a tenant with a base_url",
            )
        if domain and domain.strip() and "${" not in domain and (problem := domain_problem(domain)):
            yield source.diagnostic(f"{at}/auth/domain", f"domain {problem}")
        yield from _check_blanks(source, _mapping(body), at)


def _check_blanks(source: Source, body: Body, at: str) -> Iterator[Diagnostic]:
    """Check for blanks that nobody sees: the value of a variable that was read from a file ends with a line break."""
    auth = _mapping(body.get("auth"))
    texts = {"tenant": _text(body, "tenant")}
    texts |= {f"auth/{name}": _text(auth, name) for name in ("client_id", "client_secret", "audience")}
    for path, text in texts.items():
        name = path.rpartition("/")[2]
        if text and text.strip() and text != text.strip():
            side, rest = ("ends", text[len(text.rstrip()) :]) if text != text.rstrip() else ("begins", text)
            blank = "a line break" if rest[0] in "\r\n" else "a blank"
            yield source.diagnostic(f"{at}/{path}", f"{name} {side} with {blank}", "remove it from the value")
        elif text and CONTROL.search(text):
            yield source.diagnostic(f"{at}/{path}", f"{name} contains a line break or another control character")


def check_twins(source: Source, environments: Mapping[str, Body]) -> Iterator[Diagnostic]:
    """Check that no two environments are the same tenant.

    What is applied to the first would appear as drift of the second.
    """
    names: dict[tuple[str, ...], str] = {}
    for name, body in environments.items():
        first = names.setdefault(_tenant_address(body), name)
        if first != name:
            yield source.diagnostic(
                pointer(["environments", name, "tenant"]),
                f"the environments {first} and {name} are the same tenant at the same address",
                "give each environment a tenant of its own",
            )


def _tenant_address(body: Body) -> tuple[str, ...]:
    """Return what is equal for two environments that are the same tenant."""
    tenant = str(body.get("tenant"))
    if "embedded" in body:
        return "embedded", normpath(_embedded_file(body) or ""), tenant
    return canonical_url(str(body.get("base_url", DEFAULT_BASE_URL))), tenant


def _without_overridden(body: Body, environ: Mapping[str, str]) -> Body:
    """Return the members that no RHYTHMCONF_ variable overrides."""
    overridden = set[str]()
    if variables.variable(environ, "RHYTHMCONF_BASE_URL"):
        overridden |= {"base_url", "embedded"}
    if variables.variable(environ, "RHYTHMCONF_TOKEN"):
        overridden.add("auth")
    return {name: value for name, value in body.items() if name not in overridden}


def _make(source: Source, name: str, body: Body, environ: Mapping[str, str]) -> Environment:
    token = variables.variable(environ, "RHYTHMCONF_TOKEN")
    embedded, members = _embedded_file(body), _mapping(body.get("embedded"))
    default = EMBEDDED_BASE_URL if embedded else DEFAULT_BASE_URL
    override = variables.base_url(environ)
    return Environment(
        name=name,
        tenant=str(body["tenant"]),
        protected=body.get("protected") is True,
        base_url=override or _text(body, "base_url") or default,
        base_url_setting="the variable RHYTHMCONF_BASE_URL" if override else "base_url of the environment",
        embedded=embedded,
        people=_whole(members, "people"),
        seed=_whole(members, "seed"),
        auth=_make_auth(_mapping(body.get("auth"))),
        token=Secret(token) if token else None,
        dialect=_make_dialect(_mapping(body.get("dialect"))),
        calendar=read_calendar(source.value.get("calendar"), body.get("calendar")),
        lint=read_lint(source.value.get("lint")) | read_lint(body.get("lint")),
        max_plan_age_days=parse_days(body.get("max_plan_age")) or DEFAULT_PLAN_AGE_DAYS,
        freeze_hours=_number(body, "freeze_hours"),
        ca_file=_text(body, "ca_file"),
        network=read_network(environ),
        forecast=bool(body.get("forecast")),
        small=small if isinstance(small := _mapping(body.get("forecast")).get("small"), int) else 0,
        state=_make_state(body.get("state")),
    )


def parse_days(value: Json) -> float | None:
    """Return a length of time in days: `7 days`, `12h`, `2 weeks` or a number of days; None for anything else."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value) if value > 0 else None
    match = DURATION.fullmatch(value.strip().lower()) if isinstance(value, str) else None
    if match is None or match[2] not in DAYS:
        return None
    return float(match[1]) * DAYS[match[2]] or None


def _make_dialect(body: Body) -> Dialect:
    # YAML reads a bare `null` as no value, but here it is a word.
    return Dialect(**cast("dict[str, Any]", {name: "null" if word is None else word for name, word in body.items()}))


def _make_state(value: Json) -> GitState | BucketState | None:
    """Return where state is shared: `git`, `{git: REMOTE}` or `{bucket: URL}`; None for `local`."""
    if url := _text(_mapping(value), "bucket"):
        return BucketState(url)
    return None if value in (None, "local") else GitState(_text(_mapping(value), "git") or "")


def _make_auth(body: Body) -> Auth | None:
    if not body:
        return None
    secret, limit = _text(body, "client_secret"), body.get("max_mints_per_day")
    return Auth(
        domain=_text(body, "domain") or "",
        client_id=_text(body, "client_id") or "",
        client_secret=Secret(secret) if secret else NO_SECRET,
        audience=_text(body, "audience") or AUDIENCE,
        token_command=_text(body, "token_command"),
        max_mints_per_day=limit if isinstance(limit, int) else None,
    )


def _embedded_file(body: Body) -> str | None:
    """Return the file of an embedded tenant, which may stand in a mapping; None for any other environment."""
    return _text(body, "embedded") or _text(_mapping(body.get("embedded")), "file")


def _whole(body: Body, name: str) -> int:
    value = body.get(name)
    return int(value) if isinstance(value, int | float) else 0


def _mapping(value: Json) -> Body:
    return value if isinstance(value, dict) else {}


def _number(body: Body, name: str) -> float | None:
    value = body.get(name)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _text(body: Body, name: str) -> str | None:
    value = body.get(name)
    return value if isinstance(value, str) else None


def read_lint(value: Json) -> dict[str, str]:
    """Return the severity of each rule that `lint:` sets, by code."""
    return {code: str(severity) for code, severity in _mapping(value).items()}
