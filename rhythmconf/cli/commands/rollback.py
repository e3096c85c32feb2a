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
Examples:
  rhythmconf rollback 20260131-235959-123-0f3a9c
  rhythmconf rollback production-run.jsonl -o back.plan
  rhythmconf apply back.plan
  rhythmconf rollback --plan production.plan -o back.plan"""


@click.command(epilog=EPILOG)
@click.argument("run", metavar="[RUN | JOURNAL]", required=False)
@click.option("--plan", "plan_file", metavar="FILE", help="Roll back this saved plan, if there is no run record.")
@click.option("-o", "--out", metavar="FILE", help="Save the plan to FILE, for `apply FILE`.")
@click.option("--auto-approve", is_flag=True, help="Don't ask. Without a terminal, this or -o is required.")
@click.option(
    "--allow-updates", multiple=True, metavar="KIND=N%", help="Allow updates of up to N% of the records of a kind."
)
@click.option(
    "--allow-deletes", multiple=True, metavar="KIND=N%", help="Allow deletions of up to N% of the records of a kind."
)
@click.option("--allow", multiple=True, metavar="KIND/KEY", help="Allow what the guards refuse for this resource.")
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
    """Plan the reversal of a run, or of a saved plan, and apply it.

    Restores changed values, deletes created records and creates deleted records again. The plan lists what can't be
    restored, and the commit to revert.
    """
    screen = console(options.color, quiet=options.quiet)
    back = rollback.find(options, run, plan_file)
    lifting = lifted(back.project.catalog, allow_updates, allow_deletes, allow)
    if out is not None:
        return rollback.save(options, screen, back, lifting, Path(out))
    apply.refuse_unsaved(back.environment, f"rollback {run or f'--plan {plan_file}'}")
    approve = approval(options, screen, "rollback RUN", given=auto_approve)
    return reported(options, screen, lambda: rollback.applied(screen, back, lifting, approve))
