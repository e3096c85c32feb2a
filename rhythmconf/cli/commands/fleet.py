"""`rhythmconf fleet`: validate, plan and look at many tenants with one command."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click

from rhythmconf.cli.console import console
from rhythmconf.cli.engines import open_engine
from rhythmconf.cli.options import Options, shared_options
from rhythmconf.cli.output import Writer, emit
from rhythmconf.flows.fleet.commands import run_fleet
from rhythmconf.flows.fleet.values import FleetAction
from rhythmconf.model.fleet import FleetReport
from rhythmconf.report.subjects import fleet as report
from rhythmconf.settings.fleet import select
from rhythmconf.source.project.fleet import open_fleet

F = TypeVar("F", bound=Callable[..., Any])
FORMATS = ("text", "json", "junit")
EPILOG = """\b
Examples:
  rhythmconf fleet plan
  rhythmconf fleet plan --select ring=canary --jobs 4
  rhythmconf fleet status"""

select_option = click.option(
    "--select",
    "wanted",
    multiple=True,
    metavar="LABEL=VALUE",
    help="Only the members with this label; `name=NAME` selects one. May be repeated: all must fit.",
)


def fleet_options(function: F) -> F:
    """Add the options of every command of a fleet, which gets them as `options`, `wanted` and `jobs`."""
    jobs = click.option(
        "--jobs",
        type=click.IntRange(1, 256),
        metavar="N",
        help="How many processes work at a time.  [default: one for each processor]",
    )
    return shared_options(FORMATS, env=select_option)(jobs(function))


@click.group(epilog=EPILOG)
def command() -> None:
    """Validate, plan and look at many tenants with one command.

    The members of the fleet are in fleet.yaml. What fails for one of them does not stop the others: it is in the table,
    with the reason and the command that shows more. The exit code is the worst of a member.
    """


@command.command(epilog="\b\nExamples:\n  rhythmconf fleet validate\n  rhythmconf fleet validate --format junit")
@fleet_options
def validate(options: Options, wanted: Sequence[str], jobs: int | None) -> int:
    """Check the files of each member, in its environment. Sends no request."""
    return _run(options, wanted, jobs, "validate").code


@command.command(epilog="\b\nExamples:\n  rhythmconf fleet plan\n  rhythmconf fleet plan --select country=us")
@click.option("--detailed-exitcode", is_flag=True, help="Exit with 2 if there are changes.")
@fleet_options
def plan(options: Options, wanted: Sequence[str], jobs: int | None, detailed_exitcode: bool) -> int:
    """Show how much apply would change in each member. Changes nothing."""
    planned = _run(options, wanted, jobs, "plan")
    changes = any(member.changes for member in planned.members)
    return planned.code or (2 if detailed_exitcode and changes else 0)


@command.command(epilog="\b\nExamples:\n  rhythmconf fleet drift\n  rhythmconf fleet drift --format json")
@fleet_options
def drift(options: Options, wanted: Sequence[str], jobs: int | None) -> int:
    """Show in which members something was changed in the tenant and not in the files. Exits with 2 if there are any."""
    return _run(options, wanted, jobs, "drift").code


@command.command(epilog="\b\nExamples:\n  rhythmconf fleet status\n  rhythmconf fleet status --select name=acme")
@fleet_options
def status(options: Options, wanted: Sequence[str], jobs: int | None) -> int:
    """Show the last run of each member that is on record on this computer. Sends no request."""
    return _run(options, wanted, jobs, "status").code


def _run(options: Options, wanted: Sequence[str], jobs: int | None, action: FleetAction) -> FleetReport:
    terminal = console(options.color, quiet=options.quiet)
    fleet = select(open_fleet(options.directory), wanted)
    asked = sys.stdin.isatty() and sys.stderr.isatty()
    engine = open_engine(jobs, len(fleet.members))
    flow = run_fleet(fleet, action, engine, directory=options.directory, first_use=not asked)
    done = terminal.run(flow)
    emit(options, terminal, _writers(done))
    return done


def _writers(done: FleetReport) -> dict[str, Writer]:
    return {"text": lambda: report.text(done), "json": lambda: report.json(done), "junit": lambda: report.junit(done)}
