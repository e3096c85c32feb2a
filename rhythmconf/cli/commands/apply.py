"""`rhythmconf apply`: apply a saved plan, or plan, ask and apply."""

from __future__ import annotations

import click

from rhythmconf.cli.choices import PLAN_OPTIONS, MakeChoices, plan_options
from rhythmconf.cli.console import Console, console
from rhythmconf.cli.options import IGNORE_FREEZE, TEXT_JSON, Options, shared_options
from rhythmconf.cli.origin import origin_options
from rhythmconf.cli.plan_files import naming_plan_file, read_plan_file
from rhythmconf.cli.running import check_approvable, plan_and_apply, report_run
from rhythmconf.cli.trust import confirm_access
from rhythmconf.engine import plan as planning
from rhythmconf.errors import Refused, UsageError
from rhythmconf.flows.apply import accounting_for, apply, check_saved_plans_only
from rhythmconf.flows.plan import plan, signing_key
from rhythmconf.flows.values import Planned, RunLimits
from rhythmconf.model import Run
from rhythmconf.platform import disk
from rhythmconf.report.origin import Origin
from rhythmconf.source.project.opening import open_settings, open_without_documents
from rhythmconf.source.project.values import Project

EPILOG = """\b
Examples:
  rhythmconf apply --env sandbox
  rhythmconf plan --env production -o production.plan
  rhythmconf apply production.plan"""


@click.command(epilog=EPILOG)
@click.argument("plan_file", metavar="[FILE]", required=False)
@click.option("--auto-approve", is_flag=True, help="Don't ask. Without a terminal, this or FILE is required.")
@click.option(
    "--max-requests",
    type=click.IntRange(1),
    help="Send at most this number of requests, reads included.",
)
@click.option(
    "--lock-timeout",
    type=click.FloatRange(0),
    default=0.0,
    show_default=True,
    help="How many seconds to wait for the lock of the tenant.",
)
@click.option(
    "--push-base", is_flag=True, help="Push the base with git after a complete apply, so that others have it."
)
@click.option("--ignore-freeze", is_flag=True, help=IGNORE_FREEZE)
@click.option("--journal", metavar="FILE", help="Write the run record to FILE, for a pipeline to keep.")
@plan_options()
@origin_options
@shared_options((*TEXT_JSON, "markdown"))
def command(
    options: Options,
    choose: MakeChoices,
    plan_file: str | None,
    auto_approve: bool,
    max_requests: int | None,
    lock_timeout: float,
    push_base: bool,
    ignore_freeze: bool,
    journal: str | None,
    origin: Origin,
) -> int:
    """Apply a saved plan, or plan now, ask for approval and apply.

    A saved plan is applied exactly as it was reviewed, so the options that change a plan can't be used with FILE.
    """
    terminal = console(options.color, quiet=options.quiet)
    record = options.directory / journal if journal else None
    limits = RunLimits(max_requests, lock_timeout, record, push_base, ignore_freeze)
    if plan_file is not None:
        return report_run(options, terminal, lambda: _apply_file(options, terminal, plan_file, limits), origin)
    return report_run(
        options, terminal, lambda: _plan_and_apply(options, terminal, choose, limits, approved=auto_approve), origin
    )


def _apply_file(options: Options, terminal: Console, plan_file: str, limits: RunLimits) -> Run:
    _refuse_plan_options()
    settings = open_settings(options.directory, options.env)
    path = options.directory / plan_file
    data = read_plan_file(options.directory, plan_file)
    with naming_plan_file(options.directory, plan_file):
        saved = planning.load(data, signing_key(settings))
    if saved.hmac is None and disk.others_can_write(path):
        words = f"{plan_file} is not signed, and every user of this computer can change it; see RHYTHMCONF_PLAN_KEY"
        terminal.warn([("yellow", words)])
    environment = settings.environment(saved.fingerprint.environment)
    with accounting_for(saved):
        if options.env not in (None, environment.name):
            help = "leave out --env (and unset RHYTHMCONF_ENV), or apply a plan for that environment"
            raise Refused(f"the plan is for {environment.name}, not for {options.env}", help=help)
        # Without bindings: the flow reads them under the lock.
        confirm_access(terminal, settings, environment)
        project = open_without_documents(settings, [])
    return terminal.run(apply(project, environment, saved, limits))


def _plan_and_apply(
    options: Options, terminal: Console, choose: MakeChoices, limits: RunLimits, *, approved: bool
) -> Run:
    settings = open_settings(options.directory, options.env)
    environment = settings.environment(options.env)
    check_saved_plans_only(environment, "plan")
    check_approvable("plan", approved=approved)
    confirm_access(terminal, settings, environment)

    def make_plan(project: Project) -> Planned:
        choices = choose(project.catalog)
        return terminal.run(plan(project, environment, choices, max_requests=limits.max_requests), project.texts)

    return plan_and_apply(options, terminal, settings, environment, limits, make_plan, approved=approved)


def _refuse_plan_options() -> None:
    """Refuse options that would change a saved plan: they are given to `plan` and stored in it."""
    context = click.get_current_context()
    given = [name for name in PLAN_OPTIONS if context.params.get(name)]
    if given:
        flag = "--" + given[0].replace("_", "-")
        raise UsageError(f"{flag} can't change a saved plan", help=f"give it to `rhythmconf plan {flag} ... -o FILE`")
