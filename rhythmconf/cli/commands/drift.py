"""`rhythmconf drift`: show what was changed in the tenant and not in the files."""

from __future__ import annotations

import click

from rhythmconf.cli.choices import DRIFT_OPTIONS, MakeChoices, plan_options
from rhythmconf.cli.console import console
from rhythmconf.cli.drift_hint import hint_at_drift
from rhythmconf.cli.formats import plan_writers, reporting_failure
from rhythmconf.cli.options import DRIFT_REPORTS, Options, shared_options
from rhythmconf.cli.origin import origin_options
from rhythmconf.cli.output import emit, plan_text
from rhythmconf.cli.trust import confirm_access
from rhythmconf.flows.drift import drift
from rhythmconf.flows.plan import signing_key
from rhythmconf.report.facts import DRIFT
from rhythmconf.report.origin import Origin
from rhythmconf.source.project.opening import open_project, open_settings

EPILOG = """\b
Examples:
  rhythmconf drift --env production
  rhythmconf drift --only program/cmsi --format markdown"""


@click.command(epilog=EPILOG)
@plan_options(DRIFT_OPTIONS)
@origin_options
@shared_options(DRIFT_REPORTS)
def command(options: Options, choose: MakeChoices, origin: Origin) -> int:
    """Show changes that were made in the tenant and not in the files.

    Exits with 2 if there are any. Changes in the files that are not applied yet are left out. Without a base, these
    can't be distinguished, so every difference is shown.
    """
    terminal = console(options.color, quiet=options.quiet)
    with reporting_failure(options, terminal, DRIFT, origin):
        settings = open_settings(options.directory, options.env)
        environment = settings.environment(options.env)
        confirm_access(terminal, settings, environment)
        project = open_project(settings, [environment.name])
        planned = terminal.run(drift(project, environment, choose(project.catalog)), project.texts)
    writers = plan_writers(planned, project, environment, DRIFT, signing_key(settings), origin)
    writers["text"] = lambda: plan_text(options, planned.plan, DRIFT)
    emit(options, terminal, writers)
    hint_at_drift(terminal, planned.plan)
    return 2 if planned.plan.changes else 0
