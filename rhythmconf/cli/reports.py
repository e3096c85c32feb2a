"""The formats of a verdict and of a plan, by the names that `--format` takes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from rhythmconf import __version__
from rhythmconf.cli.console import Console
from rhythmconf.cli.options import Options
from rhythmconf.cli.output import Writer, emit
from rhythmconf.engine import plan as planning
from rhythmconf.errors import RhythmconfError, SettingsError
from rhythmconf.flows import connect
from rhythmconf.model import Diagnostic, Fingerprint, Key, Plan, Summary, dump
from rhythmconf.report import graph
from rhythmconf.report.formats import github, junit, markdown, sarif, text
from rhythmconf.report.formats import json as as_json
from rhythmconf.settings import find_project_file
from rhythmconf.source.project import files
from rhythmconf.source.project.opening import open_settings

if TYPE_CHECKING:
    from rhythmconf.flows.plan import Made
    from rhythmconf.report.facts import ReportKind


def of_verdict(
    documents: int, keys: Iterable[Key], found: Sequence[Diagnostic], excerpts: Mapping[Diagnostic, str], root: Path
) -> Mapping[str, Writer]:
    """What `validate` found. `root` is the project's folder."""
    return {
        "text": lambda: text.findings(documents, found, excerpts),
        "json": lambda: as_json.findings(documents, found),
        "markdown": lambda: markdown.findings(documents, found),
        "sarif": lambda: sarif.findings(found, folder=_folder(root)),
        "html": lambda: _verdict_page(documents, found, excerpts),
        "junit": lambda: junit.findings(keys, found),
        "github": lambda: github.findings(documents, found, folder=_folder(root)),
    }


def of_plan(made: Made, report_kind: ReportKind, key: planning.SigningKey | None) -> Mapping[str, Writer]:
    """What a plan would do, or what has drifted."""
    plan = made.planned.plan
    return {
        **_of_plan(plan, report_kind, made.project.settings.root),
        "html": lambda: _page(made, report_kind),
        "text": lambda: text.plan(plan),
        "json": lambda: planning.dump(plan, key).decode(),
    }


def _of_plan(plan: Plan, report_kind: ReportKind, root: Path) -> dict[str, Writer]:
    return {
        "json": lambda: dump(planning.to_json(plan)),
        "markdown": lambda: markdown.plan(plan, report_kind),
        "html": lambda: _bare_page(plan, report_kind),
        "sarif": lambda: sarif.plan(plan, report_kind, folder=_folder(root)),
        "junit": lambda: junit.plan(plan, report_kind),
        "github": lambda: github.plan(plan, report_kind, folder=_folder(root)),
    }


def _page(made: Made, report_kind: ReportKind) -> str:
    # Imported here: its template engine serves no other report.
    from rhythmconf.report.formats import html

    plan, catalog = made.planned.plan, made.project.catalog
    resources = [pair.resource for pair in made.planned.identity.pairs if pair.resource is not None]
    shares = planning.request_shares(plan.changes, catalog, made.environment.dialect)
    return html.plan(plan, report_kind, html.Beside(graph.find_references(resources, catalog), shares))


def _verdict_page(documents: int, found: Sequence[Diagnostic], excerpts: Mapping[Diagnostic, str]) -> str:
    from rhythmconf.report.formats import html

    return html.findings(documents, found, excerpts)


def _bare_page(plan: Plan, report_kind: ReportKind) -> str:
    from rhythmconf.report.formats import html

    return html.plan(plan, report_kind)


@contextmanager
def reporting_failure(options: Options, screen: Console, report_kind: ReportKind) -> Iterator[None]:
    """Whatever fails in the block, the reports other than text are written, with why, before the error goes on."""
    try:
        yield
    except RhythmconfError as error:
        place = Fingerprint(_environment(options), "", "")
        found = error.findings()
        empty = Plan(place, (), Summary(), diagnostics=found, tool=__version__, created_at=connect.now())
        report_failure(options, screen, _of_plan(empty, report_kind, options.directory))
        raise


def report_failure(options: Options, screen: Console, writers: Mapping[str, Writer]) -> None:
    """Write the reports other than text; the error itself is printed where all errors are."""
    if any(name != "text" for name, _ in options.outputs):
        emit(options, screen, {**writers, "text": tuple})


def _environment(options: Options) -> str:
    """The environment's name, as far as it can be known when something is wrong."""
    try:
        return options.env or open_settings(options.directory, options.env).default_environment or ""
    except RhythmconfError:
        return ""


def _folder(folder: Path) -> str:
    """Return the folder of a project relative to its repository; empty if it is the root or outside a repository.

    `folder` is that folder or one inside it, because a command may run in a subfolder.
    """
    with suppress(SettingsError, OSError):  # without a project, no diagnostic names one of its files
        folder = find_project_file(folder.absolute()).parent
    return (files.git(folder, "rev-parse", "--show-prefix") or "").rstrip("/")
