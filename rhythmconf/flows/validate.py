"""Validate the files of a project."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from rhythmconf.errors import RhythmconfError
from rhythmconf.flows import clock, codes
from rhythmconf.flows.deleted import explain_deleted
from rhythmconf.insight.lint import RULES, Bodies, Subject, apply_settings, lint
from rhythmconf.insight.lint.allowances import check_unused, read_allowances
from rhythmconf.insight.lint.leaked_names import find_foreign
from rhythmconf.model import Diagnostic
from rhythmconf.model.plural import counted
from rhythmconf.source import desired
from rhythmconf.source.desired import Desired, in_order
from rhythmconf.source.documents import Loaded
from rhythmconf.source.project.values import Project


class Invalid(RhythmconfError):
    """The files have errors; `diagnostics` has them all."""

    code = codes.INVALID_FILES

    def __init__(self, diagnostics: tuple[Diagnostic, ...]) -> None:
        errors = sum(diagnostic.prevents_plan for diagnostic in diagnostics)
        help = "correct them; nothing was sent"
        super().__init__(f"{counted(errors, 'error')} in the files", help=help, diagnostics=diagnostics)


def validate(project: Project, environments: Iterable[str], today: date | None = None) -> list[Diagnostic]:
    """Return the diagnostics of some environments by place, each once; its help is for the first of them.

    Dates are judged as of `today`, by default the date in the zone of each environment.
    """
    names = [*environments]
    every = [diagnostic for name in reversed(names) for diagnostic in _explained(project, name, today).diagnostics]
    if set(names) >= project.settings.environments.keys():
        # Only all environments together show that a comment is about nothing: it may be about one of them.
        every += check_unused(read_allowances(project.texts), every, _rules_to_judge(project.settings.lint))
    once = {identify(diagnostic): diagnostic for diagnostic in every}
    return [once[identity] for identity in sorted(once)]


def _rules_to_judge(levels: Mapping[str, str]) -> set[str]:
    """Return the rules whose findings `validate` has all: those that are not off, and that need no tenant."""
    return {code for code, rule in RULES.items() if levels.get(code) != "off" and not rule.in_plans}


def resolve(project: Project, environment: str, today: date | None = None) -> Desired:
    """Resolve the desired State of one environment and lint it as of `today`, with all diagnostics."""
    resolved = resolve_documents(project, environment)
    bodies = read_bodies(project, resolved, environment, today)
    subject = Subject(resolved, project.bindings.get(environment, {}), project.settings.sources)
    findings = apply_settings(lint(subject, bodies), project.settings.lint, read_allowances(project.texts))
    return resolved._replace(diagnostics=in_order([*resolved.diagnostics, *findings])) if findings else resolved


def resolve_documents(project: Project, environment: str) -> Desired:
    """Resolve the desired State of one environment, with the diagnostics of checks alone."""
    return desired.resolve(
        project.base,
        project.overlays.get(environment, Loaded((), ())),
        catalog=project.catalog,
        environment=environment,
        bindings=project.bindings.get(environment, {}),
        texts=project.texts,
    )


def read_bodies(project: Project, resolved: Desired, environment: str, today: date | None = None) -> Bodies:
    """Return the bodies of the documents of one environment, to be judged as of `today`."""
    settings = project.settings
    calendar = settings.environments[environment].calendar
    return Bodies(
        {key: resource.body for key, resource in resolved.state.resources.items()},
        project.catalog,
        today or clock.today(calendar.zone),
        calendar,
        {key: resource.unmanaged for key, resource in resolved.state.resources.items() if resource.unmanaged},
        find_foreign(settings.environments, project.overlays, environment, project.texts.values()),
    )


def resolve_valid(project: Project, environment: str) -> Desired:
    """Resolve the desired State of one environment. Raises Invalid where the files have errors.

    The errors of rules are no reason to raise: a plan shows them, and only an apply refuses.
    """
    result = _explained(project, environment)
    if any(diagnostic.prevents_plan for diagnostic in result.diagnostics):
        raise Invalid(result.diagnostics)
    return result


def _explained(project: Project, environment: str, today: date | None = None) -> Desired:
    return explain_deleted(project, environment, resolve(project, environment, today))


def identify(diagnostic: Diagnostic) -> tuple[tuple[str, int, int], str, str]:
    """Return what makes a diagnostic the same in another environment: place, code and message."""
    location = diagnostic.location
    position = (location.file, location.line, location.column) if location else ("", 0, 0)
    return position, diagnostic.code, diagnostic.message
