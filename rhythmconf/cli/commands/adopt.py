"""`rhythmconf adopt`: bind existing records to documents."""

from __future__ import annotations

import click

from rhythmconf.cli import diagnostic_text
from rhythmconf.cli.choices import parse_keys
from rhythmconf.cli.console import Console, console
from rhythmconf.cli.options import Options, check_out, refuse_unused, shared_options
from rhythmconf.cli.output import Writer, emit_result
from rhythmconf.cli.running import check_approvable, plan_and_apply, report_run, save_plan
from rhythmconf.cli.targets import check_plan_target, check_target
from rhythmconf.cli.trust import confirm_access
from rhythmconf.errors import UsageError
from rhythmconf.flows.adopt import Adoption, AdoptionScope, AdoptionUndecided, adopt, check_decided
from rhythmconf.flows.apply import check_saved_plans_only
from rhythmconf.flows.values import Planned, RunLimits
from rhythmconf.report.subjects import adoption as report
from rhythmconf.source.project import files
from rhythmconf.source.project.opening import open_project, open_settings
from rhythmconf.source.project.values import Project

EPILOG = """\b
Examples:
  rhythmconf adopt --env production --review review.md
  rhythmconf adopt --env production -o adopt.plan
  rhythmconf apply adopt.plan
  rhythmconf adopt program/cmsi --from-project old-association
  rhythmconf adopt --env sandbox --rebind"""


@click.command(epilog=EPILOG)
@click.argument("what", metavar="[KIND/KEY]...", nargs=-1)
@click.option(
    "--review",
    metavar="FILE",
    help="Write each document, its record and the reason to FILE for review; change nothing.",
)
@click.option("--from-project", metavar="NAME", help="Take over the named records from another project.")
@click.option("--rebind", is_flag=True, help="After a sandbox refresh, bind keys to the new ids of their records.")
@click.option("-o", "--out", metavar="FILE", callback=check_out, help="Save the plan to FILE, for `apply FILE`.")
@click.option("--auto-approve", is_flag=True, help="Don't ask. Without a terminal, this or -o is required.")
@shared_options()
def command(
    options: Options,
    what: tuple[str, ...],
    review: str | None,
    from_project: str | None,
    rebind: bool,
    out: str | None,
    auto_approve: bool,
) -> int:
    """Take over records that already exist in the tenant.

    Finds the record of each document and plans to put a mark on it. If the tenant does not store marks, or the record
    has an external id of another system, writes a binding instead. No other field is changed. If it is not certain
    which record a document describes, the command names the document and stops.
    """
    if review is not None:
        refuse_unused("with --review, which changes nothing itself", "out", "auto_approve")
    if out is not None:
        refuse_unused("with --out, which applies nothing", "auto_approve")
    check_plan_target(options.directory, out)
    check_target(options.directory, review)
    terminal = console(options.color, quiet=options.quiet)
    settings = open_settings(options.directory, options.env)
    environment = settings.environment(options.env)
    confirm_access(terminal, settings, environment)
    if from_project and not what:
        raise UsageError(
            "--from-project needs the keys of the records", help="rhythmconf adopt KIND/KEY --from-project P"
        )

    def find_records(project: Project) -> Adoption:
        scope = AdoptionScope(parse_keys(what, project.catalog), from_project, rebind)
        return terminal.run(adopt(project, environment, scope), project.texts)

    def make_plan(project: Project) -> Planned:
        adoption = find_records(project)
        try:
            check_decided(adoption)
        except AdoptionUndecided as error:
            terminal.warn(*diagnostic_text.further_lines(error, project.texts))
            raise
        terminal.warn(*diagnostic_text.lines((*adoption.undecided, *adoption.warnings), project.texts))
        return adoption.planned

    if review is not None:
        return _write_review(options, terminal, find_records(open_project(settings, [environment.name])), review)
    if out is not None:
        planned = make_plan(open_project(settings, [environment.name]))
        return save_plan(options, terminal, planned.plan, settings, out)
    check_saved_plans_only(environment, "adopt")
    check_approvable("adopt", approved=auto_approve)
    return report_run(
        options,
        terminal,
        lambda: plan_and_apply(
            options, terminal, settings, environment, RunLimits(), make_plan, approved=auto_approve, command="adopt"
        ),
    )


def _write_review(options: Options, terminal: Console, adoption: Adoption, name: str) -> int:
    terminal.warn(*diagnostic_text.lines((*adoption.undecided, *adoption.warnings), {}))
    facts = (adoption.planned.plan, adoption.pairs, adoption.undecided, adoption.warnings)
    files.write(options.directory / name, report.markdown(*facts).encode())
    writers: dict[str, Writer] = {
        "text": lambda: report.text(adoption.pairs, adoption.undecided, name),
        "json": lambda: report.json(*facts),
    }
    emit_result(options, terminal, writers)
    return 0
