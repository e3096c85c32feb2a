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
from rhythmconf.report.subjects import checks as checkup
from rhythmconf.settings import Environment, Settings
from rhythmconf.source.project.opening import open_catalog, open_settings
from rhythmconf.tenant import client
from rhythmconf.tenant.doctor import checks, probe
from rhythmconf.tenant.doctor.values import Check

EPILOG = """\b
rhythmconf doctor --env sandbox
rhythmconf doctor --env sandbox --probe"""


@click.command(epilog=EPILOG)
@click.option("--probe", "probing", is_flag=True, help="Find out the dialect with a scratch record (unprotected only).")
@click.option("--kind", metavar="KIND", help="The kind of the scratch record; by default the most harmless one.")
@shared()
def command(options: Options, probing: bool, kind: str | None) -> int:
    """Say which settings are in force and why, and whether token, tenant and every list can be used.

    Writes nothing. With --probe, one scratch record is made, changed and deleted again, also after Ctrl-C; the
    dialect that was found is printed for rhythmconf.yaml.
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
        {"text": lambda: checkup.text(rows, found), "json": lambda: checkup.json(environment.name, rows, found)},
    )
    return checks.exit_code(found)


def _checks(settings: Settings, catalog: Catalog, environment: Environment) -> Iterator[Check]:
    """Check the token and, if there is one, each kind's list."""
    minted = client.mints_this_month(settings.cache_dir, CLOCK.now())
    token = checks.token(environment, tokens(settings, environment), minted)
    yield token
    if token.ok:
        with connect(settings, catalog, environment) as door:
            yield from checks.lists(door, catalog.kinds.values())


def _probe(options: Options, screen: Console, name: str | None) -> int:
    settings = open_settings(options.directory, options.env)
    environment = settings.environment(options.env)
    if environment.protected:
        raise Refused(f"{environment.name} is protected: a probe writes to the tenant", help="probe its sandbox")
    catalog = open_catalog(settings)
    kind = catalog.kind(name) if name else probe.scratch_kind(catalog)
    with connect(settings, catalog, environment) as door:
        steps = probe.probe(door, kind, token=secrets.token_hex(4), clock=CLOCK, lag_s=environment.lag_s)
        found = screen.finish(steps)
    told = (environment.name, found.kind, found.settled, found.open)
    emit(
        options,
        screen,
        {"text": lambda: checkup.dialect(*told), "json": lambda: checkup.dialect_json(*told)},
    )
    return 0
