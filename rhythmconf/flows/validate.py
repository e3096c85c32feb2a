"""Validate the files of a project, and repair what can only be meant one way."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rhythmconf.errors import RhythmconfError
from rhythmconf.flows import codes
from rhythmconf.insight.lint import Subject, lint
from rhythmconf.model import Diagnostic
from rhythmconf.model.plural import counted
from rhythmconf.source import desired
from rhythmconf.source.desired import Desired, in_order
from rhythmconf.source.documents import Loaded
from rhythmconf.source.project import inside
from rhythmconf.source.project.values import Project
from rhythmconf.text import scribe
from rhythmconf.text.yaml12 import YamlError


class Invalid(RhythmconfError):
    """The files have errors; `diagnostics` has them all."""

    code = codes.INVALID_FILES

    def __init__(self, diagnostics: tuple[Diagnostic, ...]) -> None:
        errors = sum(diagnostic.severity == "error" for diagnostic in diagnostics)
        help = "correct them; nothing was sent"
        super().__init__(f"{counted(errors, 'error')} in the files", help=help, diagnostics=diagnostics)


def validate(project: Project, environments: Iterable[str]) -> list[Diagnostic]:
    """Return the diagnostics of some environments by place, each once; its help is for the first of them."""
    every = [diagnostic for name in reversed([*environments]) for diagnostic in resolve(project, name).diagnostics]
    once = {_identity(diagnostic): diagnostic for diagnostic in every}
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
    """Resolve the desired State of one environment. Raises Invalid where the files have errors."""
    result = resolve(project, environment)
    if any(diagnostic.severity == "error" for diagnostic in result.diagnostics):
        raise Invalid(result.diagnostics)
    return result


def repair(project: Project, diagnostics: Sequence[Diagnostic]) -> list[Diagnostic]:
    """Write the files with each misspelt word corrected that can only mean one thing. Return what was repaired."""
    repaired: list[Diagnostic] = []
    errors = [
        diagnostic
        for diagnostic in diagnostics
        if diagnostic.severity == "error"
        and diagnostic.fix is not None
        and (diagnostic.fix.safe or _in_every_environment(project, diagnostic))
    ]
    for name in sorted({error.location.file for error in errors if error.location} & project.texts.keys()):
        text = project.texts[name].decode("utf-8", "replace")
        try:
            after, fixed = scribe.fix(text, errors, file=name)
        except YamlError:
            continue
        if fixed:
            inside.write(project.settings.root, name, after.encode())
            repaired += fixed
    return repaired


def _in_every_environment(project: Project, diagnostic: Diagnostic) -> bool:
    """Return whether a reference is wrong in every environment of its file: a binding may make it right in one."""
    identity = _identity(diagnostic)
    return all(
        any(identity == _identity(other) for other in resolve(project, name).diagnostics)
        for name in project.settings.environments
    )


def _identity(diagnostic: Diagnostic) -> tuple[tuple[str, int, int], str, str]:
    location = diagnostic.location
    position = (location.file, location.line, location.column) if location else ("", 0, 0)
    return position, diagnostic.code, diagnostic.message
