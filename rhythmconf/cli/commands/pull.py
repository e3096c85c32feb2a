"""`rhythmconf pull`: the tenant's records as documents, and its changes in the documents that exist."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from rhythmconf.cli.console import Console, console
from rhythmconf.cli.options import Options, shared
from rhythmconf.cli.output import emit
from rhythmconf.cli.telling import telling
from rhythmconf.engine import pull
from rhythmconf.engine.diff.threeway import BaseState
from rhythmconf.errors import RhythmconfError
from rhythmconf.flows import base
from rhythmconf.flows import pull as pulling
from rhythmconf.flows.await_lists import listed
from rhythmconf.flows.connect import now
from rhythmconf.report.formats import text
from rhythmconf.report.subjects import pull as report
from rhythmconf.report.terminal import Line
from rhythmconf.settings import Environment
from rhythmconf.source.project import files
from rhythmconf.source.project.values import Project
from rhythmconf.tenant import live

EPILOG = """\b
Examples:
  rhythmconf pull --env sandbox
  rhythmconf pull program notice/renewal-60 --env production --dry-run
  rhythmconf pull --env sandbox --as-overlay
  rhythmconf pull --env production --snapshot production.json"""


@click.command(epilog=EPILOG)
@click.argument("what", metavar="[KIND | KIND/KEY]...", nargs=-1)
@click.option("--as-overlay", is_flag=True, help="Write differences into overlays of this environment.")
@click.option("--only-drift", is_flag=True, help="Update existing documents only, with changes made in the tenant.")
@click.option("--key-map", metavar="FILE", help="A YAML file with the keys to use for new documents: kind: {id: key}.")
@click.option("--layout", metavar="PATH", default=pull.LAYOUT, show_default=True, help="Where to write new documents.")
@click.option("--dry-run", is_flag=True, help="Show the changes to each file, write nothing.")
@click.option(
    "--snapshot", metavar="FILE", help="Save all records of the tenant to FILE instead, for `plan --live FILE`."
)
@shared()
def command(
    options: Options,
    what: tuple[str, ...],
    as_overlay: bool,
    only_drift: bool,
    key_map: str | None,
    layout: str,
    dry_run: bool,
    snapshot: str | None,
) -> int:
    """Write the tenant's records into the files: new documents, and fields that differ.

    In existing documents, only the fields that they declare are changed; comments, order and blank lines are kept.
    Sends no writes to the tenant. Review the result with git diff.
    """
    screen = console(options.color, quiet=options.quiet)
    project = pulling.open_for_writing(options)
    environment = project.settings.environment(options.env)
    kinds, keys = pulling.scope_of(what, project.catalog)
    scope = pull.Scope(
        kinds=kinds,
        keys=keys,
        as_overlay=as_overlay,
        only_drift=only_drift,
        base=_base(project, environment.name, screen) if only_drift else None,
        chosen=pulling.read_key_map(options.directory / key_map, project.catalog) if key_map else {},
        layout=pull.check_layout(layout),
    )
    if snapshot is not None:
        return _snapshot(project, environment, scope, options.directory / snapshot, screen)
    given, found = _pulled(options, screen, project, environment, scope)
    if dry_run:
        lines = report.differences(_differences(given, found))
        writers = {"text": lambda: [*lines, *report.text(found, environment.name)]}
    else:
        pulling.write(project, given, found)
        writers = {"text": lambda: [*report.text(found, environment.name)]}
    emit(options, screen, {**writers, "json": lambda: report.json(found, environment.name, environment.tenant)})
    return 0


def _base(project: Project, environment: str, screen: Console) -> BaseState | None:
    """What tells drift from work that isn't applied yet."""
    found = base.history(project, environment, None).earlier
    if found is None:
        screen.hint([("dim", f"no base is known for {environment}: every difference is taken for drift")])
    return found


def _pulled(
    options: Options, screen: Console, project: Project, environment: Environment, scope: pull.Scope
) -> tuple[pull.Files, pull.Pulled]:
    try:
        with listed(project.settings, project.catalog, environment, screen) as client, telling(screen, project.texts):
            given, found = screen.finish(pulling.pulled(project, environment, client, scope))
    except RhythmconfError as error:
        empty = pull.Pulled(diagnostics=error.findings())
        if options.wants("json"):
            written = report.json(empty, environment.name, environment.tenant)
            emit(options, screen, {"json": lambda: written, "text": tuple})
        raise
    screen.hint(*text.diagnostics(found.diagnostics, {}))
    return given, found


def _differences(given: pull.Files, found: pull.Pulled) -> Iterator[tuple[str, str, str]]:
    for file, after in pull.written(found, given):
        yield file, given.texts.get(file, b"").decode("utf-8-sig", "replace"), after


def _snapshot(project: Project, environment: Environment, scope: pull.Scope, path: Path, screen: Console) -> int:
    with listed(project.settings, project.catalog, environment, screen) as client:
        found = screen.finish(live.fetch(client, pull.needed_kinds(project.catalog, scope)))
    files.write(path, live.dump_snapshot(found, live.fingerprint(environment, found), taken_at=now()), mode=0o600)
    line: Line = [("dim", f"{sum(1 for _ in found.all())} records saved; plan with: rhythmconf plan --live {path}")]
    screen.hint(line)
    return 0
