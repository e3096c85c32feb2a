"""`rhythmconf promote`: copy changes of one tenant into the files, and plan another tenant."""

from __future__ import annotations

from dataclasses import replace

import click

from rhythmconf.cli.choices import PROMOTE_OPTIONS, MakeChoices, plan_options
from rhythmconf.cli.console import console
from rhythmconf.cli.formats import reporting_failure
from rhythmconf.cli.options import Options, check_out, shared_options
from rhythmconf.cli.output import emit, plan_text
from rhythmconf.cli.plan_files import save_plan_file
from rhythmconf.cli.targets import check_plan_target
from rhythmconf.cli.trust import confirm_access
from rhythmconf.engine import plan as planning
from rhythmconf.errors import UsageError
from rhythmconf.flows.plan import plan, signing_key
from rhythmconf.flows.promote import promote
from rhythmconf.flows.pull import open_for_writing
from rhythmconf.report.facts import PLAN
from rhythmconf.report.origin import NO_ORIGIN
from rhythmconf.report.subjects import pull as report
from rhythmconf.source.project.opening import open_settings

EPILOG = """\b
Examples:
  rhythmconf promote --from sandbox --to production
  rhythmconf promote program/cmsi --from sandbox --to production"""


@click.command(epilog=EPILOG)
@click.argument("what", metavar="[KIND/KEY | KIND/ID]...", nargs=-1)
@click.option("--from", "one", metavar="NAME", required=True, help="The environment with the changes.")
@click.option("--to", "other", metavar="NAME", required=True, help="The environment to plan for.")
@click.option(
    "-o",
    "--out",
    metavar="FILE",
    callback=check_out,
    help="Save the plan to FILE.  [default: NAME.plan, with the NAME of --to]",
)
@click.option(
    "--allow-unknown-fields",
    "allow_unknown",
    is_flag=True,
    help="Promote records without the fields that their schemas don't know.",
)
@plan_options(PROMOTE_OPTIONS)
@shared_options()
def command(
    options: Options,
    choose: MakeChoices,
    what: tuple[str, ...],
    one: str,
    other: str,
    out: str | None,
    allow_unknown: bool,
) -> int:
    """Copy changes made in one tenant into the files, then plan them for another tenant.

    Promotes the named records and those that they refer to. Without names, promotes all changes made there since the
    base, but no new records: these have to be named by their ids. Overlays are not changed. Review and commit the
    changed files, then apply the saved plan with `apply FILE`.
    """
    terminal = console(options.color, quiet=options.quiet)
    if one == other:
        raise UsageError("promote needs two environments", help="--from sandbox --to production")
    name = out or f"{other}.plan"
    check_plan_target(options.directory, name)
    with reporting_failure(options._replace(env=other), terminal, PLAN, NO_ORIGIN):
        settings = open_settings(options.directory, options.env)
        project = open_for_writing(settings)
        source, target = settings.environment(one), settings.environment(other)
        confirm_access(terminal, settings, source, target)
        choices = choose(project.catalog)
        no_base = choices.allow.no_base
        flow = promote(project, source, target, what, allow_unknown=allow_unknown, no_base=no_base)
        promotion = terminal.run(flow, project.texts)
        project = promotion.project
        terminal.warn(*report.text(promotion.pulled, one, command="Promote"))
        choices = replace(choices, only=choices.only | promotion.keys(what))
        planned = terminal.run(plan(project, target, choices), project.texts).plan
        # The plan is what a reviewer of the promotion sees, so it says what the new records will lack.
        planned = planned._replace(diagnostics=(*planned.diagnostics, *promotion.warnings))
    key = signing_key(settings)
    emit(
        options,
        terminal,
        {"text": lambda: plan_text(options, planned), "json": lambda: planning.dump(planned, key).decode()},
    )
    save_plan_file(options.directory, name, planned, key, terminal)
    first = "saved; apply exactly this with"
    if promotion.pulled.files:
        first = "review the files (git diff) and commit them; then"
    terminal.hint([("dim", f"{first}: rhythmconf apply {name}")])
    return 0
