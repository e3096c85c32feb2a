"""One environment's mapping -> Environment: variables laid over it, defaults under it, checked when it is used."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from posixpath import normpath
from typing import Any, cast
from urllib.parse import urlsplit

from rhythmconf.model import Body, Json, pointer
from rhythmconf.settings import variables
from rhythmconf.settings.members import Problem, days, examine_environment
from rhythmconf.settings.source import Source
from rhythmconf.settings.values import (
    AUDIENCE,
    DEFAULT_BASE_URL,
    DEFAULT_PLAN_AGE_DAYS,
    EMBEDDED_BASE_URL,
    NO_SECRET,
    Auth,
    Dialect,
    Environment,
    Secret,
)


def place(name: str) -> str:
    """Where an environment stands in the project file."""
    return pointer(["environments", name])


def written(source: Source) -> Mapping[str, Body]:
    """The environments as the project file has them."""
    found = source.value.get("environments")
    return cast("Mapping[str, Body]", found) if isinstance(found, dict) else {}


def as_written(source: Source, name: str, environ: Mapping[str, str]) -> Environment:
    """The environment with its `${NAME}`s left alone: enough for everything that needs no tenant."""
    return _build(name, _undisturbed(written(source)[name], environ), environ)


def used(source: Source, name: str, environ: Mapping[str, str]) -> Environment:
    """The environment with every variable in place. Raises SettingsError naming what is missing or wrong."""
    body, problems = variables.expand(_undisturbed(written(source)[name], environ), environ, place(name))
    source.check(problems)
    source.check(examine_environment(body, place(name)))
    source.check(twins({other: _attempted(source, other, environ) for other in written(source)}))
    return _build(name, body, environ)


def twins(environments: Mapping[str, Body]) -> Iterator[Problem]:
    """Two environments that are one tenant: what is applied to one would appear as drift of the other."""
    seen: dict[tuple[str, ...], str] = {}
    for name, body in environments.items():
        first = seen.setdefault(_identity(body), name)
        if first != name:
            yield Problem(
                f"{place(name)}/tenant",
                f"the environments {first} and {name} are the same tenant at the same address",
                "give each environment a tenant of its own",
            )


def _attempted(source: Source, name: str, environ: Mapping[str, str]) -> Body:
    """An environment that isn't used may lack its variables: then it is compared as it is written."""
    body = written(source)[name]
    expanded, problems = variables.expand(body, environ, place(name))
    return body if problems else expanded


def _identity(body: Body) -> tuple[str, ...]:
    tenant = str(body.get("tenant"))
    if "embedded" in body:
        return "embedded", normpath(str(body["embedded"])), tenant
    parts = urlsplit(str(body.get("base_url", DEFAULT_BASE_URL)))
    host = parts.netloc.lower().removesuffix(":443" if parts.scheme == "https" else ":80")
    return parts.scheme, host, parts.path.rstrip("/"), tenant


def _undisturbed(body: Body, environ: Mapping[str, str]) -> Body:
    """What remains of the project file's words where variables have the say."""
    silenced = set[str]()
    if variables.variable(environ, "RHYTHMCONF_BASE_URL"):
        silenced |= {"base_url", "embedded"}
    if variables.variable(environ, "RHYTHMCONF_TOKEN"):
        silenced.add("auth")
    return {name: value for name, value in body.items() if name not in silenced}


def _build(name: str, body: Body, environ: Mapping[str, str]) -> Environment:
    token = variables.variable(environ, "RHYTHMCONF_TOKEN")
    embedded = _text(body, "embedded")
    default = EMBEDDED_BASE_URL if embedded else DEFAULT_BASE_URL
    return Environment(
        name=name,
        tenant=str(body["tenant"]),
        protected=body.get("protected") is True,
        base_url=variables.base_url(environ) or _text(body, "base_url") or default,
        embedded=embedded,
        auth=_auth(body.get("auth")),
        token=Secret(token) if token else None,
        dialect=_dialect(body.get("dialect")),
        max_plan_age_days=days(body.get("max_plan_age")) or DEFAULT_PLAN_AGE_DAYS,
        ca_file=_text(body, "ca_file"),
    )


def _dialect(body: Json) -> Dialect:
    words = body if isinstance(body, dict) else {}
    return Dialect(**cast("dict[str, Any]", {name: "null" if word is None else word for name, word in words.items()}))


def _auth(body: Json) -> Auth | None:
    if not isinstance(body, dict):
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


def _text(body: Body, name: str) -> str | None:
    value = body.get(name)
    return value if isinstance(value, str) else None
