"""`rhythmconf apply`: a saved plan exactly, or plan, ask, apply."""

from __future__ import annotations

import functools
import sys
from dataclasses import replace

import click

from rhythmconf.cli import applying
from rhythmconf.cli.choices import MakeChoices, shaping
from rhythmconf.cli.console import Console, console
from rhythmconf.cli.options import Options, shared
from rhythmconf.cli.output import diagnose, emit
from rhythmconf.errors import Refused, RhythmconfError, UsageError
from rhythmconf.execute import InterruptedRun
from rhythmconf.model import Plan, Run
from rhythmconf.report import as_json, text

EPILOG = """\b
rhythmconf apply --env sandbox
rhythmconf plan --env production -o production.plan && rhythmconf apply production.plan"""


@click.command(epilog=EPILOG)
@click.argument("plan_file", metavar="[FILE]", required=False)
@click.option("--auto-approve", is_flag=True, help="Don't ask; without a terminal this or FILE is needed.")
@click.option("--max-requests", type=click.IntRange(1), help="Stop before a request beyond this number.")
@click.option("--lock-timeout", type=click.FloatRange(0), default=0.0, show_default=True, help="Seconds to wait.")
@click.option("--journal", metavar="FILE", help="Write the run record to FILE, where a pipeline keeps it.")
@shaping
@shared()
def command(
    options: Options,
    choose: MakeChoices,
    plan_file: str | None,
    auto_approve: bool,
    max_requests: int | None,
    lock_timeout: float,
    journal: str | None,
) -> int:
    """Apply a saved plan exactly, or plan now, ask, and apply.

    With FILE no other option may shape the plan: what was reviewed is what happens.
    """
    screen = console(options.color, quiet=options.quiet)
    terms = applying.Terms(max_requests, lock_timeout, options.directory / journal if journal else None)
    try:
        run = _run(options, screen, choose, plan_file, terms, auto_approve)
    except InterruptedRun as error:
        _report(options, screen, error.run)
        raise
    except RhythmconfError as error:
        found = diagnose(error)
        if options.wants("json"):
            emit(options, screen, {"text": tuple, "json": lambda: as_json.run(Run("", (), diagnostics=found))})
        raise
    _report(options, screen, run)
    return applying.exit_code(run)


def _run(
    options: Options, screen: Console, choose: MakeChoices, plan_file: str | None, terms: applying.Terms, approved: bool
) -> Run:
    if plan_file is not None:
        _refuse_shaping()
        return applying.saved(options, screen, options.directory / plan_file, terms)
    approve = functools.partial(_show if approved else _ask, options, screen)
    if not approved and not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UsageError(
            "nobody can approve this: there is no terminal",
            help="save a plan with `rhythmconf plan -o FILE` and apply FILE, or give --auto-approve",
        )
    return applying.fresh(options, screen, choose, terms, approve)


def _show(options: Options, screen: Console, plan: Plan) -> None:
    if ("text", None) in options.outputs:
        emit(replace(options, outputs=(("text", None),)), screen, {"text": lambda: text.plan(plan)})
        sys.stdout.flush()


def _ask(options: Options, screen: Console, plan: Plan) -> None:
    _show(options, screen, plan)
    if not plan.changes or any(not guard.ok for guard in plan.guards):
        return
    screen.warn([("bold", f"Apply this to {plan.fingerprint.environment}? Only 'yes' applies it.")])
    if click.prompt("", prompt_suffix="> ", default="", show_default=False, err=True) != "yes":
        raise Refused("not approved", help="nothing was written")


def _report(options: Options, screen: Console, run: Run) -> None:
    emit(options, screen, {"text": lambda: text.run(run), "json": lambda: as_json.run(run)})
    screen.warn(*text.diagnostics(run.diagnostics, {}))


def _refuse_shaping() -> None:
    """A saved plan takes no overrides: they are given to `plan` and stored in it."""
    context = click.get_current_context()
    shaping_options = ("only", "prune", "destroy", "allow_updates", "allow_deletes", "allow")
    given = [name for name in shaping_options if context.params.get(name)]
    if given:
        flag = "--" + given[0].replace("_", "-")
        raise UsageError(f"{flag} can't change a saved plan", help=f"give it to `rhythmconf plan {flag} ... -o FILE`")
