"""Validate the files of a project."""

from __future__ import annotations

from collections.abc import Iterable

from rhythmconf.errors import RhythmconfError
from rhythmconf.flows import codes
from rhythmconf.insight.lint import Subject, lint
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


def validate(project: Project, environments: Iterable[str]) -> list[Diagnostic]:
    """Return the diagnostics of some environments by place, each once; its help is for the first of them."""
    every = [diagnostic for name in reversed([*environments]) for diagnostic in resolve(project, name).diagnostics]
    once = {identify(diagnostic): diagnostic for diagnostic in every}
    return [once[identity] for identity in sorted(once)]


def resolve(project: Project, environment: str) -> Desired:
    """Resolve the desired State of one environment and lint it, with all diagnostics."""
    bindings = project.bindings.get(environment, {})
    resolved = desired.resolve(
        project.base,
        project.overlays.get(environment, Loaded((), ())),
        catalog=project.catalog,
        environment=environment,
        bindings=bindings,
        texts=project.texts,
    )
    warnings = lint(Subject(resolved, bindings, project.settings.sources))
    return resolved._replace(diagnostics=in_order([*resolved.diagnostics, *warnings])) if warnings else resolved


def resolve_valid(project: Project, environment: str) -> Desired:
    """Resolve the desired State of one environment. Raises Invalid where the files have errors.

    The errors of rules are no reason to raise: a plan shows them, and only an apply refuses.
    """
    result = resolve(project, environment)
    if any(diagnostic.prevents_plan for diagnostic in result.diagnostics):
        raise Invalid(result.diagnostics)
    return result


def identify(diagnostic: Diagnostic) -> tuple[tuple[str, int, int], str, str]:
    """Return what makes a diagnostic the same in another environment: place, code and message."""
    location = diagnostic.location
    position = (location.file, location.line, location.column) if location else ("", 0, 0)
    return position, diagnostic.code, diagnostic.message
