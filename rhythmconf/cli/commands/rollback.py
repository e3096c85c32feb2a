"""`rhythmconf rollback`: a plan from the values before a run, reviewed and guarded like any other."""

from __future__ import annotations

from pathlib import Path

import click

from rhythmconf.cli.approving import approval
from rhythmconf.cli.choices import lifted
from rhythmconf.cli.console import console
from rhythmconf.cli.options import Options, shared
from rhythmconf.cli.outcome import reported
from rhythmconf.flows import apply, rollback

EPILOG = """\b
rhythmconf rollback 20260131-235959-123-0f3a9c
rhythmconf rollback production-run.jsonl -o back.plan && rhythmconf apply back.plan
rhythmconf rollback --plan production.plan -o back.plan"""


@click.command(epilog=EPILOG)
@click.argument("run", metavar="[RUN | JOURNAL]", required=False)
@click.option("--plan", "plan_file", metavar="FILE", help="Roll back a saved plan, where no run record is at hand.")
@click.option("-o", "--out", metavar="FILE", help="Save the plan back, for `apply FILE`.")
@click.option("--auto-approve", is_flag=True, help="Don't ask; without a terminal this or -o is needed.")
@click.option("--allow-updates", multiple=True, metavar="KIND=N%", help="Lift the guard on updates of a kind.")
@click.option("--allow-deletes", multiple=True, metavar="KIND=N%", help="Lift the guard on deletions of a kind.")
@click.option("--allow", multiple=True, metavar="KIND/KEY", help="Lift the guards that name this record.")
@shared()
def command(
    options: Options,
    run: str | None,
    plan_file: str | None,
    out: str | None,
    auto_approve: bool,
    allow_updates: tuple[str, ...],
    allow_deletes: tuple[str, ...],
    allow: tuple[str, ...],
) -> int:
    """Bring back the values before a run, or before a saved plan was applied.

    What was changed is put back, what was created is deleted, what was deleted is created again. The plan says what
    can't be restored, and which commit to revert.
    """
    screen = console(options.color, quiet=options.quiet)
    back = rollback.find(options, run, plan_file)
    lifting = lifted(back.project.catalog, allow_updates, allow_deletes, allow)
    if out is not None:
        return rollback.save(options, screen, back, lifting, Path(out))
    apply.refuse_unsaved(back.environment, f"rollback {run or f'--plan {plan_file}'}")
    approve = approval(options, screen, "rollback RUN", given=auto_approve)
    return reported(options, screen, lambda: rollback.applied(screen, back, lifting, approve))
