"""`rhythmconf fleet`: validate, plan and apply many tenants with one command."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeVar

import click

from rhythmconf.cli.console import console
from rhythmconf.cli.engines import select_engine
from rhythmconf.cli.fleet_pages import WritePages, write_index
from rhythmconf.cli.options import Options, check_out, forecast_option, shared_options
from rhythmconf.cli.output import Writer, emit, emit_result
from rhythmconf.cli.pull_options import pull_options
from rhythmconf.errors import Interrupted
from rhythmconf.flows.fleet.apply import Place, apply_bundle
from rhythmconf.flows.fleet.bundle import read_bundle, save_bundle
from rhythmconf.flows.fleet.changed import keep_changed
from rhythmconf.flows.fleet.commands import run_fleet
from rhythmconf.flows.fleet.member import work
from rhythmconf.flows.fleet.pulling import check_separate
from rhythmconf.flows.fleet.values import Task, Work
from rhythmconf.flows.plan import signing_key_without_project
from rhythmconf.flows.pull import PullChoices
from rhythmconf.model.fleet import FleetReport
from rhythmconf.model.plural import counted
from rhythmconf.report.subjects import fleet as report
from rhythmconf.settings.fleet import select
from rhythmconf.source.project import bundle_files, files
from rhythmconf.source.project.fleet import open_fleet

F = TypeVar("F", bound=Callable[..., Any])
FORMATS = ("text", "json", "junit")
EPILOG = """\b
Examples:
  rhythmconf fleet plan
  rhythmconf fleet plan --select ring=canary --jobs 4
  rhythmconf fleet plan -o plans
  rhythmconf fleet apply plans"""

select_option = click.option(
    "--select",
    "wanted",
    multiple=True,
    metavar="LABEL=VALUE",
    help="Only the members with this label; `name=NAME` selects one. May be repeated: all must fit.",
)


jobs_option = click.option(
    "--jobs",
    type=click.IntRange(1, 256),
    metavar="N",
    help="How many members are worked on at a time.  [default: one for each processor, or thread of a cluster]",
)


engine_option = click.option(
    "--engine",
    metavar="URL",
    help="Work on a Dask cluster: the address of its scheduler, `dask://HOST:PORT`, or `tls://HOST:PORT` with TLS.",
)


since_option = click.option(
    "--changed-since",
    "since",
    metavar="REV",
    help="Only the members with a file that differs from this git revision, in the project or in a shared folder.",
)


pages_option = click.option(
    "--pages", metavar="DIR", help="Also write an HTML page for each member into DIR, and index.html."
)


class Chosen(NamedTuple):
    """Which members a command is about, how many are worked on at a time, and where."""

    wanted: Sequence[str]
    since: str | None
    jobs: int | None
    engine: str | None


def fleet_options(function: F) -> F:
    """Add the options of the commands that choose members, which get them as `options` and `chosen`."""

    @functools.wraps(function)
    def command(wanted: tuple[str, ...], since: str | None, jobs: int | None, engine: str | None, **values: Any) -> Any:
        return function(chosen=Chosen(wanted, since, jobs, engine), **values)

    options = since_option(jobs_option(engine_option(command)))
    return shared_options(FORMATS, env=select_option)(options)  # type: ignore[return-value]


@click.group(epilog=EPILOG)
def command() -> None:
    """Validate, plan and apply many tenants with one command.

    The members of the fleet are in fleet.yaml. A member that fails does not stop the others: the table has the reason
    and the command that shows more. The exit code is the worst of all members.
    """


@command.command(epilog="\b\nExamples:\n  rhythmconf fleet validate\n  rhythmconf fleet validate --format junit")
@fleet_options
def validate(options: Options, chosen: Chosen) -> int:
    """Check the files of each member, in its environment. Sends no request."""
    return _run(options, chosen, Task("validate")).code


@command.command(epilog="\b\nExamples:\n  rhythmconf fleet plan\n  rhythmconf fleet plan --select country=us")
@click.option(
    "-o", "--out", metavar="DIR", callback=check_out, help="Save the plans in DIR as a bundle, for `fleet apply DIR`."
)
@click.option("--detailed-exitcode", is_flag=True, help="Exit with 2 if there are changes.")
@forecast_option
@pages_option
@fleet_options
def plan(
    options: Options, chosen: Chosen, out: str | None, detailed_exitcode: bool, counts: bool, pages: str | None
) -> int:
    """Show how much apply would change in each member. Changes nothing.

    A bundle has a plan file for each member that has a plan, and a manifest with a digest of each.
    """
    planned = _run(options, chosen, Task("plan", forecast=counts), out, pages)
    changes = any(member.changes for member in planned.members)
    return planned.code or (2 if detailed_exitcode and changes else 0)


@command.command(epilog="\b\nExamples:\n  rhythmconf fleet apply plans\n  rhythmconf fleet apply plans --resume")
@click.argument("bundle", metavar="DIR")
@click.option("--resume", is_flag=True, help="Go on with an apply that stopped, whatever stopped it.")
@jobs_option
@engine_option
@shared_options(FORMATS, env=lambda function: function)
def apply(options: Options, bundle: str, jobs: int | None, engine: str | None, resume: bool) -> int:
    """Apply exactly the plans of a bundle, ring by ring.

    A ring starts when the ones before are complete and new plans for them are empty. When more members than
    `max_failures` have failed, no further one starts. --resume applies no member again that is done, and finishes a run
    that was interrupted.
    """
    terminal = console(options.color, quiet=options.quiet)
    place = Place((options.directory / bundle).absolute(), options.directory.absolute(), options.directory)
    read = read_bundle(place.bundle, signing_key_without_project())
    go_on = f"rhythmconf fleet apply {bundle} --resume"
    try:
        with select_engine(engine, jobs, sum(len(ring.plans) for ring in read.rings)) as workers:
            done = terminal.run(apply_bundle(read, place, workers, first_use=not _is_asked(), resume=resume))
    except KeyboardInterrupt:
        raise Interrupted(
            "interrupted; what each member has reached is on record", help=f"go on with: {go_on}"
        ) from None
    emit_result(options, terminal, _writers(done))
    if done.code:
        terminal.hint([("dim", f"correct what failed, then go on with: {go_on}")])
    return done.code


@command.command(epilog="\b\nExamples:\n  rhythmconf fleet drift\n  rhythmconf fleet drift --format json")
@pages_option
@fleet_options
def drift(options: Options, chosen: Chosen, pages: str | None) -> int:
    """Show in which members something was changed in the tenant and not in the files. Exits with 2 if there are any."""
    return _run(options, chosen, Task("drift"), pages=pages).code


@command.command(epilog="\b\nExamples:\n  rhythmconf fleet status\n  rhythmconf fleet status --select name=acme")
@fleet_options
def status(options: Options, chosen: Chosen) -> int:
    """Show the last run of each member that is on record on this computer. Sends no request."""
    return _run(options, chosen, Task("status")).code


@command.command(
    epilog="\b\nExamples:\n  rhythmconf fleet pull --dry-run\n  rhythmconf fleet pull program --only-drift"
)
@pull_options
@fleet_options
def pull(options: Options, chosen: Chosen, choices: PullChoices) -> int:
    """Write the records of each member into its files, as `pull` does for one of them.

    Sends no writes to the tenants. Review the result with git diff. Members that are environments of one project have
    the same files: they are refused without --as-overlay.
    """
    done = _run(options, chosen, Task("pull", pull=choices))
    if any(member.state == "pulled" for member in done.members):
        console(options.color, quiet=options.quiet).hint([("dim", "review what was written with: git diff")])
    return done.code


def _run(options: Options, chosen: Chosen, task: Task, out: str | None = None, pages: str | None = None) -> FleetReport:
    terminal = console(options.color, quiet=options.quiet)
    fleet = select(open_fleet(options.directory), chosen.wanted)
    if chosen.since is not None:
        fleet = keep_changed(fleet, chosen.since)
    if task.pull is not None:
        check_separate(fleet, task.pull)
    plans = (options.directory / out).absolute() if out else None
    if plans is not None:
        bundle_files.prepare(plans)
    folder = (options.directory / pages).absolute() if pages else None
    if folder is not None:
        files.make_folder(folder)
    do: Work = work if folder is None else WritePages(folder).carry_out
    task = task._replace(first_use=not _is_asked(), plans=plans)
    with select_engine(chosen.engine, chosen.jobs, len(fleet.members)) as engine:
        done = terminal.run(run_fleet(fleet, task, engine, options.directory, do))
    if folder is not None:
        write_index(folder, done)
    if plans is not None:
        save_bundle(plans, fleet, done.members, signing_key_without_project())
    # What a pull has written stays, whatever becomes of its report.
    (emit_result if task.writes else emit)(options, terminal, _writers(done))
    if plans is not None:
        saved = sum(bool(member.plan_digest) for member in done.members)
        terminal.hint(
            [("dim", f"saved {counted(saved, 'plan')}; apply exactly these with: rhythmconf fleet apply {out}")]
        )
    return done


def _is_asked() -> bool:
    """Return whether a person is at the terminal, who can confirm access settings with another command."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def _writers(done: FleetReport) -> dict[str, Writer]:
    return {"text": lambda: report.text(done), "json": lambda: report.json(done), "junit": lambda: report.junit(done)}
