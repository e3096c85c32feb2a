"""Trace where each setting in force comes from, for `doctor`: a flag, a variable, a line of the file or the default."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from rhythmconf.model import Body, Json, pointer
from rhythmconf.settings import schema_check
from rhythmconf.settings.environments import written
from rhythmconf.settings.source import Source
from rhythmconf.settings.variables import variable

DEFAULT = "default"


def trace(source: Source, flags: Mapping[str, str], environ: Mapping[str, str]) -> Mapping[str, str]:
    """Return the origin of every setting by its dotted name."""
    origins = dict(_trace_members(source, source.value, schema_check.members(), ()))
    origins |= _trace_members(source, source.value.get("lint"), (), ("lint",))
    for name in ("RHYTHMCONF_STATE_DIR", "RHYTHMCONF_PLAN_KEY"):
        origins[name.removeprefix("RHYTHMCONF_").lower()] = _variable(environ, name) or DEFAULT
    for name, body in written(source).items():
        origins |= _trace_environment(source, name, body, environ)
    if chosen := _origin_of_choice(flags.get("env"), environ):
        origins["default_environment"] = chosen
    elif origins["default_environment"] == DEFAULT and len(written(source)) == 1:
        origins["default_environment"] = "the only one"
    return origins


def _trace_environment(source: Source, name: str, body: Body, environ: Mapping[str, str]) -> Mapping[str, str]:
    path = ("environments", name)
    origins = dict(_trace_members(source, body, schema_check.members("environment"), path))
    origins |= _trace_members(source, body.get("auth"), (), (*path, "auth"))
    origins |= _trace_members(source, body.get("dialect"), schema_check.members("dialect"), (*path, "dialect"))
    origins |= _trace_embedded(source, body, path)
    origins |= _trace_calendar(source, body, path)
    del origins[".".join((*path, "lint"))]
    origins |= _trace_members(source, body.get("lint"), (), (*path, "lint"))
    prefix = ".".join(path)
    if token := _variable(environ, "RHYTHMCONF_TOKEN"):
        origins = {dotted: origin for dotted, origin in origins.items() if not dotted.startswith(f"{prefix}.auth.")}
        origins[f"{prefix}.token"] = token
    if url := _variable(environ, "RHYTHMCONF_BASE_URL"):
        origins[f"{prefix}.base_url"] = url
        for replaced in ("embedded", "people", "seed"):
            origins.pop(f"{prefix}.{replaced}", None)
    return origins


def _trace_embedded(source: Source, body: Body, path: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Yield the origins of the members of an embedded tenant, by the names that an Environment has for them."""
    embedded = body.get("embedded")
    for name in embedded if isinstance(embedded, dict) else ():
        yield ".".join((*path, "embedded" if name == "file" else name)), source.line(pointer([*path, "embedded", name]))


def _trace_calendar(source: Source, body: Body, path: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Yield the origin of each calendar setting of an environment, which may be a line of the project."""
    places = [(body.get("calendar"), (*path, "calendar")), (source.value.get("calendar"), ("calendar",))]
    for name in schema_check.members("calendar"):
        given = [pointer([*place, name]) for value, place in places if isinstance(value, dict) and name in value]
        yield ".".join((*path, "calendar", name)), source.line(given[0]) if given else DEFAULT


def _origin_of_choice(flag: str | None, environ: Mapping[str, str]) -> str:
    """Return what named the environment. The command line hands over the variable's value as if it were the flag's."""
    of_variable = _variable(environ, "RHYTHMCONF_ENV")
    return "flag --env" if flag and (not of_variable or flag != environ["RHYTHMCONF_ENV"]) else of_variable


def _trace_members(
    source: Source, body: Json, names: Iterable[str], path: tuple[str, ...]
) -> Iterator[tuple[str, str]]:
    given = body if isinstance(body, dict) else {}
    for name in {**dict.fromkeys(names), **given}:
        if not isinstance(given.get(name), dict):
            origin = source.line(pointer([*path, name])) if name in given else DEFAULT
            yield ".".join((*path, name)), origin


def _variable(environ: Mapping[str, str], name: str) -> str:
    return f"variable {name}" if variable(environ, name) else ""
