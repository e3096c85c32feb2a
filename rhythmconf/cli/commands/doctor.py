"""`rhythmconf doctor`: would it work, and why not; and what dialect a tenant speaks."""

from __future__ import annotations

import secrets

import click

from rhythmconf import probe
from rhythmconf.cli import checking
from rhythmconf.cli.console import Console, console
from rhythmconf.cli.options import Options, shared
from rhythmconf.cli.output import emit
from rhythmconf.cli.project import open_catalog, open_settings
from rhythmconf.cli.tenant import CLOCK, connect
from rhythmconf.errors import Refused
from rhythmconf.report import checkup

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
    known = open_settings(options)
    environment = known.environment(options.env)
    rows = checking.settings(known, environment)
    found = list(checking.looks(known, open_catalog(known), environment))
    looks = [look for look, _ in found]
    emit(
        options,
        screen,
        {"text": lambda: checkup.text(rows, looks), "json": lambda: checkup.json(environment.name, rows, looks)},
    )
    return checking.worst(code for _, code in found)


def _probe(options: Options, screen: Console, name: str | None) -> int:
    known = open_settings(options)
    environment = known.environment(options.env)
    if environment.protected:
        raise Refused(f"{environment.name} is protected: a probe writes to the tenant", help="probe its sandbox")
    catalog = open_catalog(known)
    kind = catalog.kind(name) if name else probe.scratch_kind(catalog)
    with connect(known, catalog, environment) as client:
        steps = probe.probe(client, kind, token=secrets.token_hex(4), clock=CLOCK, lag_s=environment.lag_s)
        found = screen.finish(steps)
    told = (environment.name, found.kind, found.settled, found.open)
    emit(
        options,
        screen,
        {"text": lambda: checkup.dialect(*told), "json": lambda: checkup.dialect_json(*told)},
    )
    return 0
