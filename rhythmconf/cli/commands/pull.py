"""`rhythmconf pull`: write the tenant's records into the files."""

from __future__ import annotations

from collections.abc import Iterator

import click

from rhythmconf.cli.console import Console, console
from rhythmconf.cli.options import Options, refuse_unused, shared_options
from rhythmconf.cli.output import Writer, emit, emit_result
from rhythmconf.cli.pull_options import pull_options
from rhythmconf.cli.targets import check_target
from rhythmconf.cli.trust import confirm_access
from rhythmconf.engine import pull as pulling
from rhythmconf.engine.diff.threeway import BaseState
from rhythmconf.engine.pull import ProjectFiles, Pulled, PullScope
from rhythmconf.errors import RhythmconfError
from rhythmconf.flows.base_warnings import warn_of_history
from rhythmconf.flows.connect import connect
from rhythmconf.flows.history import find_history
from rhythmconf.flows.pull import (
    PullChoices,
    check_writable,
    make_scope,
    open_existing,
    open_for_writing,
    pull,
    read_key_map,
    save_snapshot,
    use_named,
    write,
)
from rhythmconf.report import text_diagnostics
from rhythmconf.report.subjects import pull as report
from rhythmconf.settings import Environment
from rhythmconf.source.project.opening import open_settings
from rhythmconf.source.project.values import Project

EPILOG = """\b
Examples:
  rhythmconf pull --env sandbox
  rhythmconf pull program notice/renewal-60 --env production --dry-run
  rhythmconf pull 'membership/*' --env sandbox
  rhythmconf pull --env sandbox --as-overlay
  rhythmconf pull --env production --snapshot production.json"""


@click.command(epilog=EPILOG)
@pull_options
@click.option("--key-map", metavar="FILE", help="A YAML file with the keys to use for new documents: kind: {id: key}.")
@click.option(
    "--snapshot", metavar="FILE", help="Save the records to FILE, for `plan --live FILE`, and write no documents."
)
@shared_options()
def command(options: Options, choices: PullChoices, key_map: str | None, snapshot: str | None) -> int:
    """Write the tenant's records into the files: new documents, and fields that differ.

    In existing documents, only the fields that they declare are changed; comments, order and blank lines are kept.
    Sends no writes to the tenant. Review the result with git diff.
    """
    if snapshot is not None:
        refuse_unused("with --snapshot", "as_overlay", "only_drift", "no_base", "key_map", "layout", "dry_run")
    check_target(options.directory, snapshot)
    terminal = console(options.color, quiet=options.quiet)
    settings = open_settings(options.directory, options.env)
    project = open_for_writing(settings) if snapshot is None else open_existing(settings)
    environment = settings.environment(options.env)
    confirm_access(terminal, settings, environment)
    project = use_named(project, choices.what)
    scope = make_scope(
        project,
        choices,
        _base(project, environment, terminal) if choices.needs_base else None,
        read_key_map(options.directory / key_map, project.catalog) if key_map else None,
    )
    if snapshot is not None:
        path = options.directory / snapshot
        count = terminal.run(save_snapshot(project, environment, scope, path))
        terminal.hint([("dim", f"{count} records saved; plan with: rhythmconf plan --live {path}")])
        return 0
    given, pulled = _pull(options, terminal, project, environment, scope)
    writers: dict[str, Writer] = {"json": lambda: report.json(pulled, environment.name, environment.tenant)}
    if choices.dry_run:
        check_writable(settings, given, pulled)
        lines = report.differences(_differences(given, pulled))
        writers["text"] = lambda: [*lines, *report.text(pulled, environment.name)]
        emit(options, terminal, writers)
    else:
        write(project, given, pulled)
        writers["text"] = lambda: [*report.text(pulled, environment.name)]
        emit_result(options, terminal, writers)
    return 0


def _base(project: Project, environment: Environment, terminal: Console) -> BaseState | None:
    """Return what tells drift from work that isn't applied yet."""
    history = terminal.run(find_history(project, environment, None, connect(project, environment)))
    if history.base_state is None:
        message = f"no base is known for {environment.name}: every difference counts as drift"
        fetch = f"; if others apply too, fetch theirs: {history.fetch}" if history.fetch else ""
        terminal.hint([("dim", f"{message}{fetch}")])
    terminal.warn(*text_diagnostics.diagnostics(warn_of_history(history), {}))
    return history.base_state


def _pull(
    options: Options, terminal: Console, project: Project, environment: Environment, scope: PullScope
) -> tuple[ProjectFiles, Pulled]:
    try:
        given, pulled = terminal.run(pull(project, environment, scope), project.texts)
    except RhythmconfError as error:
        empty = Pulled(diagnostics=error.as_diagnostics())
        if options.wants("json"):
            written = report.json(empty, environment.name, environment.tenant)
            emit_result(options, terminal, {"json": lambda: written, "text": tuple})
        raise
    terminal.warn(*text_diagnostics.diagnostics(pulled.diagnostics, {}))
    return given, pulled


def _differences(given: ProjectFiles, pulled: Pulled) -> Iterator[tuple[str, str, str]]:
    for file, after in pulling.render_files(pulled, given):
        yield file, _text(given, file), after
    for unused in pulled.unused:
        if unused.removed:
            yield unused.file, _text(given, unused.file), ""


def _text(given: ProjectFiles, file: str) -> str:
    return given.texts.get(file, b"").decode("utf-8-sig", "replace")
