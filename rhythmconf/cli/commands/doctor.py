"""`rhythmconf doctor`: would it work, and why not; and what dialect a tenant speaks."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import click

from rhythmconf.catalog import Catalog
from rhythmconf.cli.console import Console, console
from rhythmconf.cli.options import Options, shared
from rhythmconf.cli.output import emit
from rhythmconf.errors import Refused
from rhythmconf.flows.connect import CLOCK, connect, tokens
from rhythmconf.report.subjects import dialect as dialect_report
from rhythmconf.report.subjects import doctor as doctor_report
from rhythmconf.settings import Environment, Settings
from rhythmconf.source.project.opening import open_catalog, open_settings
from rhythmconf.tenant import client
from rhythmconf.tenant.doctor import checks, probe, scratch
from rhythmconf.tenant.doctor.values import Check

EPILOG = """\b
Examples:
  rhythmconf doctor --env sandbox
  rhythmconf doctor --env sandbox --probe"""


@click.command(epilog=EPILOG)
@click.option(
    "--probe",
    "probing",
    is_flag=True,
    help="Find out the dialect with a test record; refused in a protected environment.",
)
@click.option("--kind", metavar="KIND", help="The kind of the test record.  [default: the one with the fewest effects]")
@shared()
def command(options: Options, probing: bool, kind: str | None) -> int:
    """Check the settings, the token, the tenant and every list, and explain what fails.

    Shows each setting with its origin. Writes nothing, except with --probe: then one test record is created,
    changed and deleted again, also after Ctrl-C, to find out the dialect of the tenant. The result is printed as
    lines for rhythmconf.yaml.
    """
    screen = console(options.color, quiet=options.quiet)
    return _probe(options, screen, kind) if probing else _check(options, screen)


def _check(options: Options, screen: Console) -> int:
    settings = open_settings(options.directory, options.env)
    environment = settings.environment(options.env)
    rows = checks.list_settings(settings, environment)
    found = list(_checks(settings, open_catalog(settings), environment))
    emit(
        options,
        screen,
        {
            "text": lambda: doctor_report.text(rows, found),
            "json": lambda: doctor_report.json(environment.name, rows, found),
        },
    )
    return checks.exit_code(found)


def _checks(settings: Settings, catalog: Catalog, environment: Environment) -> Iterator[Check]:
    """Check the token and, if there is one, each kind's list."""
    minted = client.mints_this_month(settings.cache_dir, CLOCK.now())
    token = checks.check_token(environment, tokens(settings, environment), minted)
    yield token
    if token.ok:
        with connect(settings, catalog, environment) as door:
            yield from checks.check_lists(door, catalog.kinds.values())


def _probe(options: Options, screen: Console, name: str | None) -> int:
    settings = open_settings(options.directory, options.env)
    environment = settings.environment(options.env)
    if environment.protected:
        raise Refused(f"{environment.name} is protected: a probe writes to the tenant", help="probe its sandbox")
    catalog = open_catalog(settings)
    kind = catalog.kind(name) if name else scratch.choose_kind(catalog)
    with connect(settings, catalog, environment) as door:
        steps = probe.run_probe(door, kind, token=secrets.token_hex(4), clock=CLOCK, lag_s=environment.lag_s)
        found = screen.finish(steps)
    told = (environment.name, found.kind, found.dialect, found.undecided)
    emit(
        options,
        screen,
        {"text": lambda: dialect_report.text(*told), "json": lambda: dialect_report.json(*told)},
    )
    return 0
