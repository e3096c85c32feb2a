"""`rhythmconf adopt`: records that are there already become the documents' own, without a change of their fields."""

from __future__ import annotations

from pathlib import Path

import click

from rhythmconf.cli.approving import approval
from rhythmconf.cli.choices import parse_keys
from rhythmconf.cli.console import Console, console
from rhythmconf.cli.options import Options, shared
from rhythmconf.cli.outcome import reported
from rhythmconf.cli.output import Writer, emit
from rhythmconf.cli.telling import lines, telling
from rhythmconf.errors import UsageError
from rhythmconf.flows import adopt, apply
from rhythmconf.flows.adopt import Adoption, Wish
from rhythmconf.flows.apply import Approve, Site, Terms
from rhythmconf.flows.await_lists import listed
from rhythmconf.flows.connect import now
from rhythmconf.flows.plan import keep
from rhythmconf.flows.values import Planned
from rhythmconf.model import Run
from rhythmconf.report.subjects import adoption as report
from rhythmconf.settings import Environment
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
@click.option("--review", metavar="FILE", help="Write the pairs and their reasons to FILE for review; change nothing.")
@click.option("--from-project", metavar="NAME", help="Take over the named records from another project.")
@click.option("--rebind", is_flag=True, help="Bind again the records whose ids changed, after a sandbox refresh.")
@click.option("-o", "--out", metavar="FILE", help="Save the plan to FILE, for `apply FILE`.")
@click.option("--auto-approve", is_flag=True, help="Don't ask. Without a terminal, this or -o is required.")
@shared()
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

    Finds the record of each document and plans to mark it as managed, or to write a binding where the kind has no
    marks. No field is changed. An external id of another system is kept. If a document has no record, or several,
    that can't be decided here, the command names them and stops.
    """
    screen = console(options.color, quiet=options.quiet)
    environment = open_settings(options.directory, options.env).environment(options.env)
    project = open_project(options.directory, options.env, [environment.name])
    if from_project and not what:
        raise UsageError("--from-project takes the records by name", help="rhythmconf adopt KIND/KEY --from-project P")
    wish = Wish(parse_keys(what, project.catalog), from_project, rebind)
    if review is not None:
        return _review(options, screen, considered(screen, project, environment, wish), review)
    if out is not None:
        return keep(options, screen, decided(screen, project, environment, wish).plan, project.settings, Path(out))
    apply.refuse_unsaved(environment, "adopt")
    approve = approval(options, screen, "adopt", given=auto_approve)
    return reported(options, screen, lambda: _applied(screen, project, environment, wish, approve))


def _review(options: Options, screen: Console, found: Adoption, name: str) -> int:
    screen.warn(*lines(found.undecided, {}))
    facts = (found.planned.plan.fingerprint, found.pairs, found.undecided)
    files.write(options.directory / name, report.markdown(*facts).encode())
    writers: dict[str, Writer] = {
        "text": lambda: report.text(found.pairs, found.undecided, name),
        "json": lambda: report.json(*facts),
    }
    emit(options, screen, writers)
    return 0


def considered(screen: Console, project: Project, environment: Environment, wish: Wish) -> Adoption:
    """What would be adopted, and what can't be decided."""
    with listed(project.settings, project.catalog, environment, screen) as client, telling(screen, project.texts):
        return screen.finish(adopt.consider(project, environment, client, wish, now=now()))


def decided(screen: Console, project: Project, environment: Environment, wish: Wish) -> Planned:
    """The plan of an adoption. Raises Undecided unless all of it can be decided."""
    found = considered(screen, project, environment, wish)
    with telling(screen, project.texts):
        adopt.refuse_undecided(found)
    screen.warn(*lines(found.undecided, project.texts))
    return found.planned


def _applied(screen: Console, project: Project, environment: Environment, wish: Wish, approve: Approve) -> Run:
    site = Site(project.settings, project.catalog, environment)
    with apply.locked(site, Terms(), "adopt"):
        found = decided(screen, project, environment, wish)
        lists = apply.approved(found, approve)
        spent = found.live.requests
        return apply.executed(site, screen, found.plan, lists, Terms(), command="adopt", spent=spent)
