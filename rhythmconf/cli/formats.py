"""The formats of diagnostics and of a plan, by the names that `--format` takes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from rhythmconf import __version__, settings
from rhythmconf.cli import code_reference
from rhythmconf.cli.console import Console
from rhythmconf.cli.options import Options
from rhythmconf.cli.output import Writer, emit_result
from rhythmconf.engine import plan as planning
from rhythmconf.errors import RhythmconfError
from rhythmconf.flows import clock
from rhythmconf.model import Diagnostic, Fingerprint, Key, Plan, Summary, dump
from rhythmconf.report import graph, text_diagnostics
from rhythmconf.report.facts import DRIFT, headline
from rhythmconf.report.formats import github, junit, markdown, sarif
from rhythmconf.report.formats import json as as_json
from rhythmconf.source.project import git

if TYPE_CHECKING:
    from rhythmconf.flows.values import Planned
    from rhythmconf.report.facts import ReportKind
    from rhythmconf.report.origin import Origin
    from rhythmconf.settings import Environment
    from rhythmconf.source.project.values import Project


def validation_writers(
    documents: int,
    keys: Iterable[Key],
    diagnostics: Sequence[Diagnostic],
    excerpts: Mapping[Diagnostic, str],
    root: Path,
) -> Mapping[str, Writer]:
    """Return a writer for each format of the result of `validate`. `root` is the project's folder."""
    return {
        "text": lambda: text_diagnostics.validation(documents, diagnostics, excerpts),
        "json": lambda: as_json.validation(documents, diagnostics),
        "markdown": lambda: markdown.validation(documents, diagnostics),
        "sarif": lambda: sarif.validation(diagnostics, codes=code_reference.codes(), folder=git.prefix(root)),
        "html": lambda: _validation_page(documents, diagnostics, excerpts),
        "junit": lambda: junit.validation(keys, diagnostics),
        "github": lambda: github.validation(documents, diagnostics, folder=git.prefix(root)),
    }


def failure_writers(error: RhythmconfError, directory: Path) -> Mapping[str, Writer]:
    """Return a writer for each format of an error that stopped `validate`; the text is printed like all errors."""
    return {**validation_writers(0, [], error.as_diagnostics(), {}, _project_folder(directory)), "text": tuple}


def plan_writers(
    planned: Planned,
    project: Project,
    environment: Environment,
    report_kind: ReportKind,
    key: planning.SigningKey | None,
    origin: Origin,
) -> dict[str, Writer]:
    """Return a writer for each format of a plan, or of drift, except text, which depends on the options."""
    plan = planned.plan
    return {
        **_plan_writers(plan, report_kind, project.settings.root, origin),
        "html": lambda: _page(planned, project, environment, report_kind, origin),
        **(_drift_writers(plan, origin) if report_kind is DRIFT and plan.changes else {}),
        "json": lambda: planning.dump(plan, key).decode(),
    }


def _drift_writers(plan: Plan, origin: Origin) -> Mapping[str, Writer]:
    from rhythmconf.report.formats import proposal  # only drift needs it

    return {"markdown": lambda: proposal.markdown(plan, origin), "commit": lambda: proposal.commit(plan)}


@contextmanager
def reporting_failure(options: Options, console: Console, report_kind: ReportKind, origin: Origin) -> Iterator[None]:
    """Write every format but text with the reason of an error that leaves the block."""
    try:
        yield
    except RhythmconfError as error:
        fingerprint = Fingerprint(_environment_name(options), "", "")
        empty = Plan(
            fingerprint, (), Summary(), diagnostics=error.as_diagnostics(), tool=__version__, created_at=clock.now()
        )
        writers = _plan_writers(empty, report_kind, _project_folder(options.directory), origin)
        emit_result(options, console, {**writers, "text": tuple})
        raise


def _plan_writers(plan: Plan, report_kind: ReportKind, root: Path, origin: Origin) -> dict[str, Writer]:
    return {
        "json": lambda: dump(planning.to_json(plan)),
        "commit": lambda: f"{headline(report_kind, plan)}\n",
        "markdown": lambda: markdown.plan(plan, report_kind, origin),
        "html": lambda: _bare_page(plan, report_kind, origin),
        "sarif": lambda: sarif.plan(plan, report_kind, codes=code_reference.codes(), folder=git.prefix(root)),
        "junit": lambda: junit.plan(plan, report_kind),
        "github": lambda: github.plan(plan, report_kind, folder=git.prefix(root)),
    }


def _page(planned: Planned, project: Project, environment: Environment, report_kind: ReportKind, origin: Origin) -> str:
    # Imported here: its template engine serves no other report.
    from rhythmconf.report.formats import html

    resources = [pair.resource for pair in planned.identity.pairs if pair.resource is not None]
    shares = planning.request_shares(planned.plan.changes, project.catalog, environment.dialect)
    context = html.Context(graph.find_references(resources, project.catalog), shares, project.catalog)
    return html.plan(planned.plan, report_kind, context, origin)


def _validation_page(documents: int, diagnostics: Sequence[Diagnostic], excerpts: Mapping[Diagnostic, str]) -> str:
    from rhythmconf.report.formats import html

    return html.validation(documents, diagnostics, excerpts)


def _bare_page(plan: Plan, report_kind: ReportKind, origin: Origin) -> str:
    from rhythmconf.report.formats import html

    return html.plan(plan, report_kind, origin=origin)


def _environment_name(options: Options) -> str:
    """Return the environment's name, as far as it can be known when something is wrong."""
    from rhythmconf.source.project.opening import open_settings

    try:
        return options.env or open_settings(options.directory, options.env).default_environment or ""
    except RhythmconfError:
        return ""


def _project_folder(directory: Path) -> Path:
    """Return the folder of the project file, which locations are relative to; `directory` where there is none."""
    try:
        return settings.find_project_file(directory.absolute()).parent
    except (RhythmconfError, OSError):
        return directory
