"""A project -> what its files want in one environment, with every finding on the way."""

from __future__ import annotations

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
    """The files have errors; `diagnostics` has every finding."""

    code = codes.INVALID_FILES

    def __init__(self, diagnostics: tuple[Diagnostic, ...]) -> None:
        errors = sum(found.severity == "error" for found in diagnostics)
        help = "correct them; nothing was sent"
        super().__init__(f"{counted(errors, 'error')} in the files", help=help, diagnostics=diagnostics)


def check(project: Project, environment: str) -> Desired:
    """Resolve the files to the desired State of one environment, and lint them."""
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


def checked(project: Project, environment: str) -> Desired:
    """The same, with nothing worse than warnings. Raises Invalid."""
    found = check(project, environment)
    if any(each.severity == "error" for each in found.diagnostics):
        raise Invalid(found.diagnostics)
    return found
