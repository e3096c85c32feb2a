"""`rhythmconf show`: show a resource of the files, a saved plan, or a run."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import click

from rhythmconf.cli import complete
from rhythmconf.cli.choices import parse_key
from rhythmconf.cli.console import Console, console
from rhythmconf.cli.options import Options, refuse_unused, shared_options
from rhythmconf.cli.output import emit
from rhythmconf.cli.plan_files import describe_plan_files, naming_plan_file, read_plan_file
from rhythmconf.cli.shared_runs import fetch_runs, find_runners
from rhythmconf.cli.trust import find_refusal
from rhythmconf.engine import plan as planning
from rhythmconf.errors import Refused, RhythmconfError, SettingsError, UsageError
from rhythmconf.flows import run_records
from rhythmconf.flows.plan import signing_key_without_project
from rhythmconf.flows.selection import list_keys
from rhythmconf.flows.status import status_in_files, status_in_tenants
from rhythmconf.flows.validate import resolve
from rhythmconf.model import WITH_MODULES, KindNames, Plan
from rhythmconf.report.formats import text
from rhythmconf.report.subjects import resource as resource_report
from rhythmconf.report.subjects import run_record
from rhythmconf.settings import Settings
from rhythmconf.source.documents import SUFFIXES
from rhythmconf.source.project.opening import open_project, open_settings, open_without_documents, use_kinds_of_plan

EPILOG = """\b
Examples:
  rhythmconf show program/cmsi --env sandbox
  rhythmconf show plan production.plan
  rhythmconf show run 20260131-235959-123-0f3a9c"""


@click.command(epilog=EPILOG)
@click.argument("what", metavar="KIND/KEY | plan FILE | run ID", nargs=-1, required=True, shell_complete=complete.keys)
@click.option("--live", is_flag=True, help="Ask the tenant of each environment for its record.")
@shared_options()
def command(options: Options, what: tuple[str, ...], live: bool) -> int:
    """Show a resource in an environment, the content of a saved plan, or the results of a run.

    For a resource, also shows which record it is in each environment, according to the files and bindings. With
    --live, asks each tenant and shows the fields of its record; KIND/ID finds a record without a key.
    """
    terminal = console(options.color, quiet=options.quiet)
    if what[0] in ("plan", "run"):
        refuse_unused("for a plan or a run", "live")
    if what[0] == "plan" and len(what) == 2:
        return _plan(options, terminal, Path(what[1]))
    if what[0] == "run" and len(what) == 2:
        return _run(options, terminal, what[1])
    if what == ("plan",):
        help = f"rhythmconf show plan FILE{describe_plan_files(options.directory)}"
        raise UsageError("show plan needs the file of a saved plan", help=help)
    if what == ("run",):
        raise UsageError("show run needs the id of a run", help="`rhythmconf history` lists the runs")
    if len(what) != 1:
        raise UsageError("show needs KIND/KEY, or plan and a file, or run and an id")
    if what[0].endswith(SUFFIXES) and (options.directory / what[0]).is_file():
        help = "name the record as its document does: rhythmconf show KIND/KEY"
        raise UsageError(f"{what[0]!r} is a file, not KIND/KEY", help=help)
    if "/" not in what[0] and (what[0].endswith(".plan") or (options.directory / what[0]).is_file()):
        raise UsageError(f"{what[0]!r} is not KIND/KEY", help=f"for a saved plan: rhythmconf show plan {what[0]}")
    return _resource(options, terminal, what[0], live=live)


def _find_refusals(terminal: Console, settings: Settings) -> dict[str, Refused]:
    """Ask about each environment, and return why some may not be asked: the report names them, and asks the others."""
    refused = {}
    for name in settings.environments:
        # What is wrong with the settings of an environment is in the report too.
        with suppress(SettingsError):
            if (refusal := find_refusal(terminal, settings, settings.environment(name))) is not None:
                refused[name] = refusal
    return refused


def _plan(options: Options, terminal: Console, name: Path) -> int:
    data, key = read_plan_file(options.directory, name), signing_key_without_project()
    with naming_plan_file(options.directory, name):
        plan = planning.read(data)
    if plan.hmac is not None and key is None:
        why = f"signed (key {plan.key_id}), not verified: RHYTHMCONF_PLAN_KEY is not set here, or empty"
        terminal.warn([("yellow", why)])
    else:
        planning.check_signature(plan, key)
    shown = plan._replace(names=_kind_names(options, plan))
    emit(options, terminal, {"text": lambda: text.plan_in_full(shown), "json": data.decode})
    if applied := _describe_applied(options, plan):
        terminal.warn([("yellow", applied)])
    return 0


def _kind_names(options: Options, plan: Plan) -> KindNames:
    """Return how the project names its kinds; a plan is shown outside of its project too."""
    try:
        project = open_without_documents(open_settings(options.directory, options.env), [])
        return use_kinds_of_plan(project, plan).catalog.names_with_titles(change.key.kind for change in plan.changes)
    except RhythmconfError:
        return WITH_MODULES


def _describe_applied(options: Options, plan: Plan) -> str:
    """Say by which run a plan was applied, as far as it is known here. A plan can be shown without its project."""
    with suppress(RhythmconfError):
        settings = open_settings(options.directory)
        earlier = run_records.find_applied(settings, settings.unexpanded(plan.fingerprint.environment), plan)
        return run_records.describe_applied(earlier) if earlier else ""
    return ""


def _run(options: Options, terminal: Console, name: str) -> int:
    settings = open_settings(options.directory, options.env)
    fetch_runs(terminal, settings, options.env)
    log = run_records.find(settings, options.directory, name)
    runner = find_runners(options.directory, [log]).get(log.header.run)
    emit(
        options, terminal, {"text": lambda: run_record.text(log, runner), "json": lambda: run_record.json(log, runner)}
    )
    return 0


def _resource(options: Options, terminal: Console, name: str, *, live: bool) -> int:
    settings = open_settings(options.directory, options.env)
    environment = settings.environment(options.env)
    project = open_project(settings)
    refused = _find_refusals(terminal, settings) if live else {}
    desired = resolve(project, environment.name)
    if "/" not in name and (keys := sorted(key for key in desired.key_set.declared if key.name == name)):
        named = " or ".join(f"rhythmconf show {project.catalog.names.key(key)}" for key in keys)
        raise UsageError(f"{name!r} is not KIND/KEY", help=f"did you mean {named}?")
    key = parse_key(name, project.catalog)
    resource = desired.state.resources.get(key)
    statuses = terminal.run(status_in_tenants(project, key, refused)) if live else status_in_files(project, key)
    if resource is None and not any(status.exists for status in statuses):
        raise UsageError(
            f"no document declares {name} in {environment.name}",
            help=desired.names.help_for(key) or list_keys(key.kind, desired.state.resources, project.catalog),
        )
    binding = project.bindings[environment.name].get(key)
    emit(
        options,
        terminal,
        {
            "text": lambda: resource_report.text(key, resource, binding, statuses),
            "json": lambda: resource_report.json(key, resource, binding, statuses),
        },
    )
    return 0
