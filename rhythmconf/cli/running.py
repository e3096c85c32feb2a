"""What the commands that write to a tenant share: approval, the run under the lock, its report and exit code."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping

import click

from rhythmconf.cli.console import Console
from rhythmconf.cli.options import Options
from rhythmconf.cli.output import Writer, emit, emit_result, plan_text
from rhythmconf.cli.plan_files import save_plan_file
from rhythmconf.engine import plan as planning
from rhythmconf.engine.execute import InterruptedRun
from rhythmconf.errors import Refused, RhythmconfError, UsageError
from rhythmconf.flows.apply import accounting_for, apply_planned, exit_code
from rhythmconf.flows.plan import signing_key
from rhythmconf.flows.tenant_lock import lock
from rhythmconf.flows.values import Planned, RunLimits
from rhythmconf.model import Plan, Run
from rhythmconf.report import text_diagnostics
from rhythmconf.report.origin import NO_ORIGIN, Origin
from rhythmconf.report.subjects import run as run_report
from rhythmconf.report.subjects import run_markdown
from rhythmconf.settings import Environment, Settings
from rhythmconf.source.project.opening import open_project
from rhythmconf.source.project.values import Project


def check_approvable(command: str, *, approved: bool) -> None:
    """Raise UsageError if nobody can be asked for approval. `command` is the one that saves a plan with -o."""
    if not approved and not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UsageError(
            "nobody can approve this: there is no terminal",
            help=f"save a plan with `rhythmconf {command} -o FILE` and apply FILE, or give --auto-approve",
        )


def plan_and_apply(
    options: Options,
    console: Console,
    settings: Settings,
    environment: Environment,
    limits: RunLimits,
    make_plan: Callable[[Project], Planned],
    *,
    approved: bool,
    command: str = "apply",
) -> Run:
    """Open the project and plan under the lock, have the plan approved, apply it. Without changes nothing is asked."""
    with lock(settings, environment, limits, command, console.notify) as turn:
        project = open_project(settings, [environment.name])
        planned = make_plan(project)
        with accounting_for(planned.plan):
            asked = _approve(options, console, planned.plan, approved=approved)
        return console.run(apply_planned(project, environment, planned, limits, turn, asked=asked, command=command))


def _approve(options: Options, console: Console, plan: Plan, *, approved: bool) -> bool:
    """Show a plan and ask a person unless it is approved already. Return whether somebody was asked."""
    shown = ("text", None) not in options.outputs or emit(
        options._replace(outputs=(("text", None),)), console, {"text": lambda: plan_text(options, plan)}
    )
    if approved or not plan.changes:
        return False
    planning.check_applicable(plan)
    if not shown:
        raise RhythmconfError(
            "nobody can approve a plan that is not shown: stdout is closed",
            help="nothing was written; save the plan with `rhythmconf plan -o FILE` and apply FILE",
        )
    console.warn([("bold", f"Apply this to {plan.fingerprint.environment}? Only 'yes' applies it.")])
    if click.prompt("", prompt_suffix="> ", default="", show_default=False, err=True) != "yes":
        raise Refused("not approved", help="nothing was written")
    return True


def report_run(options: Options, console: Console, run_plan: Callable[[], Run], origin: Origin = NO_ORIGIN) -> int:
    """Run a plan and report the run, also one that was interrupted or refused. Return the exit code."""
    try:
        run = run_plan()
    except InterruptedRun as error:
        _report(options, console, error.run, origin)
        raise
    except RhythmconfError as error:
        refused = Run("", error.results, diagnostics=error.as_diagnostics())
        emit_result(options, console, {**_run_writers(options, refused, origin), "text": tuple})
        raise
    _report(options, console, run, origin)
    return exit_code(run)


def save_plan(options: Options, console: Console, plan: Plan, settings: Settings, out: str) -> int:
    """Show a plan and save it for `apply FILE`. Raises Refused, and writes nothing, where a guard refuses it."""
    key = signing_key(settings)
    emit(
        options, console, {"text": lambda: plan_text(options, plan), "json": lambda: planning.dump(plan, key).decode()}
    )
    save_plan_file(options.directory, out, plan, key, console)
    console.hint([("dim", f"saved; apply exactly this with: rhythmconf apply {out}")])
    return 0


def _report(options: Options, console: Console, run: Run, origin: Origin) -> None:
    again = f"rhythmconf show run {run.id}" if run.id else ""
    emit_result(options, console, _run_writers(options, run, origin), again=again)
    console.warn(*text_diagnostics.diagnostics(run.diagnostics, {}))


def _run_writers(options: Options, run: Run, origin: Origin) -> Mapping[str, Writer]:
    return {
        "text": lambda: run_report.text(run) if run.id else (),
        "json": lambda: run_report.json(run),
        "markdown": lambda: run_markdown.markdown(run, options.env or "", origin),
    }
