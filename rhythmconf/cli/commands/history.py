"""`rhythmconf history`: list the runs that this computer, or a folder, has on record."""

from __future__ import annotations

import click

from rhythmconf.cli.console import Console, console
from rhythmconf.cli.options import Options, shared_options
from rhythmconf.cli.output import emit
from rhythmconf.cli.shared_runs import fetch_runs, find_runners
from rhythmconf.engine import journal
from rhythmconf.engine.journal import RunSummary
from rhythmconf.errors import UsageError
from rhythmconf.flows import run_records
from rhythmconf.report.subjects import history as report
from rhythmconf.source.project.opening import open_settings

EPILOG = """\b
Examples:
  rhythmconf history --env production --limit 5
  rhythmconf history --from artifacts/runs"""


@click.command(epilog=EPILOG)
@click.option("--from", "folder", metavar="DIR", help="List the run records in DIR, where a pipeline keeps them.")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="List the latest N runs only.  [default: all]")
@shared_options()
def command(options: Options, folder: str | None, limit: int | None) -> int:
    """List the runs of this project, or of one environment, the latest first.

    Run records are stored in the state folder of this computer. With shared `state`, those of other computers are
    fetched first. A pipeline keeps them as files with `apply --journal FILE`.
    """
    terminal = console(options.color, quiet=options.quiet)
    listed = _kept(options, folder) if folder else _own(options, terminal)
    runs = sorted(listed, key=lambda run: run.header.run, reverse=True)
    runs = [*map(run_records.with_totals, runs[:limit])]
    runners = {} if folder else find_runners(options.directory, runs)
    emit(
        options,
        terminal,
        {"text": lambda: report.text(runs, runners), "json": lambda: report.json(runs, runners)},
    )
    return 0


def _kept(options: Options, folder: str) -> list[RunSummary]:
    path = options.directory / folder
    if not path.is_dir():
        raise UsageError("there is no such folder", where=str(path), help="name a folder of .jsonl run records")
    return [run for run in journal.read_summaries(path) if options.env in (None, run.header.environment)]


def _own(options: Options, terminal: Console) -> list[RunSummary]:
    settings = open_settings(options.directory, options.env)
    names = [options.env] if options.env else list(settings.environments)
    fetch_runs(terminal, settings, options.env)
    return [run for name in names for run in run_records.runs_of_tenant(settings, settings.unexpanded(name))]
