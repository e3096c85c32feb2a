"""The formats of a verdict and of a plan, by the names that `--format` takes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from rhythmconf import __version__
from rhythmconf.cli.console import Console
from rhythmconf.cli.options import Options
from rhythmconf.cli.output import Writer, emit
from rhythmconf.engine import plan as planning
from rhythmconf.errors import RhythmconfError
from rhythmconf.flows import connect
from rhythmconf.model import Diagnostic, Fingerprint, Key, Plan, Summary, dump
from rhythmconf.report import graph
from rhythmconf.report.formats import github, junit, markdown, sarif, text
from rhythmconf.report.formats import json as as_json
from rhythmconf.source.project import files
from rhythmconf.source.project.opening import open_settings

if TYPE_CHECKING:
    from rhythmconf.flows.plan import Made
    from rhythmconf.report.facts import Door


def of_verdict(
    documents: int, keys: Iterable[Key], found: Sequence[Diagnostic], excerpts: Mapping[Diagnostic, str], root: Path
) -> Mapping[str, Writer]:
    """What `validate` found. `root` is the project's folder."""
    return {
        "text": lambda: text.verdict(documents, found, excerpts),
        "json": lambda: as_json.verdict(documents, found),
        "markdown": lambda: markdown.verdict(documents, found),
        "sarif": lambda: sarif.verdict(found, base=_base(root)),
        "html": lambda: _verdict_page(documents, found, excerpts),
        "junit": lambda: junit.verdict(keys, found),
        "github": lambda: github.verdict(documents, found, base=_base(root)),
    }


def of_plan(made: Made, door: Door, key: planning.SigningKey | None) -> Mapping[str, Writer]:
    """What a plan would do, or what has drifted."""
    plan = made.planned.plan
    return {
        **_of_plan(plan, door, made.project.settings.root),
        "html": lambda: _page(made, door),
        "text": lambda: text.plan(plan),
        "json": lambda: planning.dump(plan, key).decode(),
    }


def _of_plan(plan: Plan, door: Door, root: Path) -> dict[str, Writer]:
    return {
        "json": lambda: dump(planning.to_json(plan)),
        "markdown": lambda: markdown.plan(plan, door),
        "html": lambda: _bare_page(plan, door),
        "sarif": lambda: sarif.plan(plan, door, base=_base(root)),
        "junit": lambda: junit.plan(plan, door),
        "github": lambda: github.plan(plan, door, base=_base(root)),
    }


def _page(made: Made, door: Door) -> str:
    # Imported here: its template engine serves no other report.
    from rhythmconf.report.formats import html

    plan, catalog = made.planned.plan, made.project.catalog
    resources = [pair.resource for pair in made.planned.identity.pairs if pair.resource is not None]
    trips = planning.trips(plan.changes, catalog, made.environment.dialect)
    return html.plan(plan, door, html.Beside(graph.of(resources, catalog), trips))


def _verdict_page(documents: int, found: Sequence[Diagnostic], excerpts: Mapping[Diagnostic, str]) -> str:
    from rhythmconf.report.formats import html

    return html.verdict(documents, found, excerpts)


def _bare_page(plan: Plan, door: Door) -> str:
    from rhythmconf.report.formats import html

    return html.plan(plan, door)


@contextmanager
def reporting_failure(options: Options, screen: Console, door: Door) -> Iterator[None]:
    """Whatever fails in the block, the reports other than text are written, with why, before the error goes on."""
    try:
        yield
    except RhythmconfError as error:
        place = Fingerprint(_environment(options), "", "")
        found = error.findings()
        empty = Plan(place, (), Summary(), diagnostics=found, tool=__version__, created_at=connect.now())
        report_failure(options, screen, _of_plan(empty, door, options.directory))
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


def _base(root: Path) -> str:
    """The project's folder as its repository names it; empty where it is the root, or outside a repository."""
    return (files.git(root, "rev-parse", "--show-prefix") or "").rstrip("/")
