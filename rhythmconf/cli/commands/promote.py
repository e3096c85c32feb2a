"""`rhythmconf promote`: what changed in one tenant, into the files, and from them a plan for another."""

from __future__ import annotations

from dataclasses import replace

import click

from rhythmconf.cli.choices import MakeChoices, shaping
from rhythmconf.cli.console import console
from rhythmconf.cli.options import Options, shared
from rhythmconf.cli.output import emit
from rhythmconf.engine import plan as planning
from rhythmconf.errors import UsageError
from rhythmconf.flows import promote
from rhythmconf.flows.plan import signing_key
from rhythmconf.report.formats import text
from rhythmconf.report.subjects import pull
from rhythmconf.source.project import files

EPILOG = """\b
Examples:
  rhythmconf promote --from sandbox --to production
  rhythmconf promote program/cmsi --from sandbox --to production"""


@click.command(epilog=EPILOG)
@click.argument("what", metavar="[KIND/KEY | KIND/ID]...", nargs=-1)
@click.option("--from", "one", metavar="NAME", required=True, help="The environment with the changes.")
@click.option("--to", "other", metavar="NAME", required=True, help="The environment to plan for.")
@click.option("-o", "--out", metavar="FILE", help="Save the plan to FILE.  [default: NAME.plan, with the NAME of --to]")
@shaping
@shared()
def command(options: Options, choose: MakeChoices, what: tuple[str, ...], one: str, other: str, out: str | None) -> int:
    """Copy changes made in one tenant into the files, then plan them for another tenant.

    Promotes the named records and those they depend on; without names, all records that differ. Overlays are not
    changed. Review and commit the changed files, then apply the saved plan with `apply FILE`.
    """
    screen = console(options.color, quiet=options.quiet)
    if one == other:
        raise UsageError("promote takes two environments", help="--from sandbox --to production")
    found = promote.bring(options, screen, one, other, what)
    screen.warn(*pull.text(found.pulled, one))
    choices = choose(found.project.catalog)
    choices = replace(choices, only=choices.only | promote.named(found, what))
    plan = promote.planned(options, screen, found, choices).plan
    key = signing_key(found.project.settings)
    emit(options, screen, {"text": lambda: text.plan(plan), "json": lambda: planning.dump(plan, key).decode()})
    planning.refuse_guarded(plan)
    name = out or f"{other}.plan"
    files.write(options.directory / name, planning.dump(plan, key), mode=0o600)
    first = (
        "review the files (git diff) and commit them; then" if found.pulled.files else "saved; apply exactly this with"
    )
    screen.hint([("dim", f"{first}: rhythmconf apply {name}")])
    return 0
