"""`rhythmconf emulator`: serve an emulated tenant on this computer."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from rhythmconf import catalog
from rhythmconf.cli.console import console
from rhythmconf.cli.extras import explain_missing
from rhythmconf.cli.options import Options, shared_options
from rhythmconf.cli.output import emit
from rhythmconf.errors import UsageError
from rhythmconf.model.suggest import suggest
from rhythmconf.settings import CalendarSettings, Dialect, schema_check
from rhythmconf.settings.calendar import zones
from rhythmconf.text.scribe.scalars import write_scalar

if TYPE_CHECKING:
    from rhythmconf.tenant import emulator

EPILOG = """\b
Examples:
  rhythmconf emulator --port 8088 --tenant demo
  rhythmconf emulator --port 0 --db tenant.db --dialect list=envelope
  rhythmconf emulator --people 2000 --calendar zone=America/New_York

\b
To use it as an environment, add it to rhythmconf.yaml:
  environments:
    demo:
      tenant: demo
      base_url: "http://127.0.0.1:8088/{module}"
      auth:
        domain: "http://127.0.0.1:8088"
        client_id: any
        client_secret: any-secret"""

DEFAULT = Dialect(list_lag_s=0, patch_ops="all")
"""What the emulator speaks. The default of `list_lag_s` is how long a client waits; the emulator lists new records at
once. The API reference lists all six operations of a patch; that the client sends fewer is its own caution."""


MOST_PEOPLE = 200_000


@click.command(epilog=EPILOG)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    show_default=True,
    help="The port on 127.0.0.1; 0 picks a free one.",
)
@click.option("--db", metavar="FILE", help="Store the tenant in FILE.  [default: in memory]")
@click.option("--tenant", default="local", show_default=True, help="The name of the tenant in URLs.")
@click.option("--token", envvar="RHYTHMCONF_EMULATOR_TOKEN", help="The bearer token to accept.  [default: any]")
@click.option(
    "--dialect",
    "dialects",
    multiple=True,
    metavar="K=V",
    help="A dialect setting, such as list=envelope. May be repeated.",
)
@click.option(
    "--people",
    type=click.IntRange(0, MOST_PEOPLE),
    default=0,
    show_default=True,
    metavar="N",
    help="Make up N certifications, and applications, when somebody first asks for members.",
)
@click.option("--seed", type=int, default=0, show_default=True, metavar="S", help="Another number makes other members.")
@click.option(
    "--calendar",
    "readings",
    multiple=True,
    metavar="K=V",
    help="A calendar setting that the billing runs follow, such as week=sunday. May be repeated.",
)
@click.option(
    "--page-size",
    type=click.IntRange(1),
    default=100,
    show_default=True,
    help="The number of records in a page of a list.",
)
@click.option(
    "--latency-ms", type=click.FloatRange(0), default=0.0, help="Delay each answer by this many milliseconds."
)
@click.option("--log", metavar="FILE", help="Log each request to FILE as a line of JSON.")
@click.option("--schemas", multiple=True, metavar="DIR", help="A folder with schemas of more kinds. May be repeated.")
@shared_options(formats=("text",))
def command(
    options: Options,
    port: int,
    db: str | None,
    tenant: str,
    token: str | None,
    dialects: Iterable[str],
    people: int,
    seed: int,
    readings: Iterable[str],
    page_size: int,
    latency_ms: float,
    log: str | None,
    schemas: Iterable[str],
) -> int:
    """Serve an emulated tenant on this computer: the API of all kinds, for trials and tests.

    When it starts, it prints its address, and the lines that make it an environment of a project.
    """
    from rhythmconf.insight.simulation import Emulation
    from rhythmconf.source.project import kind_notes
    from rhythmconf.tenant.emulator import Options as EmulatorOptions

    serve = _server()
    if not tenant.strip("."):
        raise UsageError(f"{tenant!r} can't be the name of a tenant", help="--tenant demo")
    spoken, calendar = _dialect(dialects), _calendar(readings)
    served = catalog.widen_all(kind_notes.load([options.directory / folder for folder in schemas]))
    made = EmulatorOptions(
        tenant=tenant,
        port=port,
        db=options.directory / db if db else None,
        token=token,
        dialect=spoken,
        page_size=page_size,
        list_lag_s=spoken.list_lag_s,
        latency_ms=latency_ms,
        log=options.directory / log if log else None,
        simulation=Emulation(served, calendar, people, seed),
    )
    gc.enable()  # a server may live for days
    serve(served, made, announce=partial(_announce, options, made, calendar))
    return 0


def _server() -> Callable[..., None]:
    """Return what serves a tenant. Raises UsageError where the packages of the server are not installed."""
    try:
        from rhythmconf.tenant.emulator.server import serve
    except ModuleNotFoundError as error:
        packages = ("starlette", "uvicorn")
        otherwise = "use an environment with `embedded`, which needs no server"
        raise explain_missing(
            error, "emulator", packages, subject="the emulator's server", otherwise=otherwise
        ) from None
    return serve


def _announce(options: Options, served: emulator.Options, calendar: CalendarSettings, url: str) -> None:
    """Print the line that scripts wait for, and on stderr the environment that people need."""
    terminal = console(options.color, quiet=options.quiet)
    emit(options, terminal, {"text": lambda: f"rhythmconf emulator ready on {url}\n"})
    sys.stdout.flush()
    terminal.hint(*([("plain", line)] for line in _environment(served, calendar, url)))


def _environment(served: emulator.Options, calendar: CalendarSettings, url: str) -> Iterator[str]:
    """Yield the lines that make the tenant an environment of a project, at the indentation that they have there."""
    names = schema_check.members()["environments"]["propertyNames"]
    # A new project has an environment `local` already.
    usable = served.tenant != "local" and schema_check.conforms(served.tenant, names)
    name = served.tenant if usable else "emulated"
    yield f"To use it, add this under `environments:` in rhythmconf.yaml, then rhythmconf doctor --env {name}:"
    yield f"  {name}:"
    yield f"    tenant: {write_scalar(served.tenant)}"
    yield f'    base_url: "{url}/{{module}}"'
    yield f'    auth: {{domain: "{url}", client_id: any, client_secret: any-secret}}'
    spoken, usual = served.dialect._asdict(), DEFAULT._asdict()
    if differing := [f"{member}: {value}" for member, value in spoken.items() if value != usual[member]]:
        yield f"    dialect: {{{', '.join(differing)}}}"
    if given := [f"{member}: {getattr(calendar, member)}" for member in sorted(calendar.given)]:
        yield f"    calendar: {{{', '.join(given)}}}"


def _dialect(texts: Iterable[str]) -> Dialect:
    settings: dict[str, Any] = {}
    for text in texts:
        name, _, value = text.partition("=")
        settings[name] = _setting(name, value)
    return DEFAULT._replace(**settings)


def _calendar(texts: Iterable[str]) -> CalendarSettings:
    members = schema_check.members("calendar")
    settings: dict[str, Any] = {}
    for text in texts:
        name, _, value = text.partition("=")
        choices = [name for name in members if name != "schedules"]
        if name not in choices:
            help = suggest(name, choices) or f"one of {', '.join(choices)}"
            raise UsageError(f"there is no calendar setting {name!r}", help=help)
        words = zones() if name == "zone" else members[name]["enum"]
        if value not in words:
            help = suggest(value, words) if name == "zone" else f"one of {', '.join(words)}"
            raise UsageError(f"{name} can't be {value!r}", help=help or "write a name such as America/New_York")
        settings[name] = value
    return CalendarSettings(**settings, given=frozenset(settings))


def _setting(name: str, value: str) -> str | float:
    choices = dict(Dialect.choices())
    if name not in choices:
        raise UsageError(f"there is no dialect {name!r}", help=suggest(name, choices) or f"one of {', '.join(choices)}")
    if choices[name] and value not in choices[name]:
        raise UsageError(f"{name} can't be {value!r}", help=f"one of {', '.join(choices[name])}")
    return value if choices[name] else _seconds(name, value)


def _seconds(name: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise UsageError(f"{name} is a number of seconds, not {text!r}") from None
    member = schema_check.members("dialect")[name]
    if not schema_check.conforms(value, member):
        raise UsageError(f"{name} {member['errorMessage']}")
    return value
