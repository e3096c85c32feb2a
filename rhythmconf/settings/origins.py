"""Where each setting in force came from, for `doctor`: a dotted name -> a flag, a variable, a line, or the default."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from rhythmconf.model import Body, Json, pointer
from rhythmconf.settings.environments import written
from rhythmconf.settings.members import DIALECT, ENVIRONMENT, PROJECT
from rhythmconf.settings.source import Source
from rhythmconf.settings.variables import variable

DEFAULT = "default"


def trace(source: Source, flags: Mapping[str, str], environ: Mapping[str, str]) -> Mapping[str, str]:
    """The origin of every setting, those that have no value left out."""
    found = dict(_members(source, source.value, PROJECT.checks, ()))
    for name in ("RHYTHMCONF_STATE_DIR", "RHYTHMCONF_PLAN_KEY"):
        found[name.removeprefix("RHYTHMCONF_").lower()] = _variable(environ, name) or DEFAULT
    for name, body in written(source).items():
        found |= _environment(source, name, body, environ)
    if chosen := _flag(flags) or _variable(environ, "RHYTHMCONF_ENV"):
        found["default_environment"] = chosen
    return found


def _environment(source: Source, name: str, body: Body, environ: Mapping[str, str]) -> Mapping[str, str]:
    at = ("environments", name)
    found = dict(_members(source, body, ENVIRONMENT.checks, at))
    found |= _members(source, body.get("auth"), (), (*at, "auth"))
    found |= _members(source, body.get("dialect"), DIALECT.checks, (*at, "dialect"))
    prefix = ".".join(at)
    if token := _variable(environ, "RHYTHMCONF_TOKEN"):
        found = {dotted: origin for dotted, origin in found.items() if not dotted.startswith(f"{prefix}.auth.")}
        found[f"{prefix}.token"] = token
    if url := _variable(environ, "RHYTHMCONF_BASE_URL"):
        found[f"{prefix}.base_url"] = url
        found.pop(f"{prefix}.embedded", None)
    return found


def _members(source: Source, body: Json, names: Iterable[str], at: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    given = body if isinstance(body, dict) else {}
    for name in {**dict.fromkeys(names), **given}:
        if not isinstance(given.get(name), dict):
            origin = source.line(pointer([*at, name])) if name in given else DEFAULT
            yield ".".join((*at, name)), origin


def _flag(flags: Mapping[str, str]) -> str:
    return "flag --env" if flags.get("env") else ""


def _variable(environ: Mapping[str, str], name: str) -> str:
    return f"variable {name}" if variable(environ, name) else ""
