"""`rhythmconf rollback`: plan the reversal of a run. The plan is reviewed and guarded like any other."""

from __future__ import annotations

import click

from rhythmconf.cli.choices import parse_allow
from rhythmconf.cli.console import console
from rhythmconf.cli.options import IGNORE_FREEZE, Options, check_out, refuse_unused, shared_options
from rhythmconf.cli.running import check_approvable, plan_and_apply, report_run, save_plan
from rhythmconf.cli.shared_runs import fetch_runs
from rhythmconf.cli.targets import check_plan_target
from rhythmconf.cli.trust import confirm_access
from rhythmconf.flows.apply import check_saved_plans_only
from rhythmconf.flows.rollback import find, rollback
from rhythmconf.flows.values import Planned, RunLimits
from rhythmconf.source.project.opening import open_project, open_settings
from rhythmconf.source.project.values import Project

EPILOG = """\b
Examples:
  rhythmconf rollback 20260131-235959-123-0f3a9c
  rhythmconf rollback production-run.jsonl -o back.plan
  rhythmconf apply back.plan
  rhythmconf rollback --plan production.plan -o back.plan"""


@click.command(epilog=EPILOG)
@click.argument("run", metavar="[RUN | JOURNAL]", required=False)
@click.option("--plan", "plan_file", metavar="FILE", help="Roll back this saved plan, if there is no run record.")
@click.option("-o", "--out", metavar="FILE", callback=check_out, help="Save the plan to FILE, for `apply FILE`.")
@click.option("--auto-approve", is_flag=True, help="Don't ask. Without a terminal, this or -o is required.")
@click.option(
    "--allow-updates", multiple=True, metavar="KIND=N%", help="Allow updates of up to N% of the records of a kind."
)
@click.option(
    "--allow-deletes", multiple=True, metavar="KIND=N%", help="Allow deletions of up to N% of the records of a kind."
)
@click.option("--allow", multiple=True, metavar="KIND/KEY", help="Allow what the guards refuse for this resource.")
@click.option("--ignore-freeze", is_flag=True, help=IGNORE_FREEZE)
@shared_options()
def command(
    options: Options,
    run: str | None,
    plan_file: str | None,
    out: str | None,
    auto_approve: bool,
    allow_updates: tuple[str, ...],
    allow_deletes: tuple[str, ...],
    allow: tuple[str, ...],
    ignore_freeze: bool,
) -> int:
    """Plan the reversal of a run, or of a saved plan, and apply it. RUN is a run id, JOURNAL a run record file.

    Restores changed values, deletes created records and creates deleted records again. The plan lists what can't be
    restored, and the commit to revert.
    """
    if out is not None:
        refuse_unused("with --out, which applies nothing", "auto_approve", "ignore_freeze")
    check_plan_target(options.directory, out)
    terminal = console(options.color, quiet=options.quiet)
    settings = open_settings(options.directory, options.env)
    fetch_runs(terminal, settings, options.env)
    undone = find(settings, options.directory, run, plan_file, options.env)
    environment = undone.environment
    confirm_access(terminal, settings, environment)

    def make_plan(project: Project) -> Planned:
        allowed = parse_allow(project.catalog, allow_updates, allow_deletes, allow)
        return terminal.run(rollback(project, undone, allowed), project.texts)

    if out is not None:
        planned = make_plan(open_project(settings, [environment.name]))
        return save_plan(options, terminal, planned.plan, settings, out)
    check_saved_plans_only(environment, f"rollback {run or f'--plan {plan_file}'}")
    check_approvable("rollback RUN", approved=auto_approve)
    limits = RunLimits(ignore_freeze=ignore_freeze)
    return report_run(
        options,
        terminal,
        lambda: plan_and_apply(
            options, terminal, settings, environment, limits, make_plan, approved=auto_approve, command="rollback"
        ),
    )
