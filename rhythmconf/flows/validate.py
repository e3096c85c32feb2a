"""A project -> what its files want in one environment, with every finding on the way."""

from __future__ import annotations

from rhythmconf.errors import RhythmconfError
from rhythmconf.flows import codes
from rhythmconf.model import Diagnostic
from rhythmconf.model.plural import counted
from rhythmconf.settings import Settings
from rhythmconf.source import desired
from rhythmconf.source.documents import Loaded
from rhythmconf.source.project.values import Project


class Invalid(RhythmconfError):
    """The files have errors; `diagnostics` has every finding."""

    code = codes.INVALID_FILES

    def __init__(self, diagnostics: tuple[Diagnostic, ...]) -> None:
        errors = sum(found.severity == "error" for found in diagnostics)
        help = "correct them; nothing was sent"
        super().__init__(f"{counted(errors, 'error')} in the files", help=help, diagnostics=diagnostics)


def check(project: Project, environment: str) -> desired.Desired:
    """What the files want in one environment, and every finding on the way."""
    found = desired.resolve(
        project.base,
        project.overlays.get(environment, Loaded((), ())),
        catalog=project.catalog,
        module=project.settings.module,
        environment=environment,
        bindings=project.bindings.get(environment, {}),
        texts=project.texts,
    )
    empty = not (found.state.resources or found.state.skipped or found.diagnostics)
    return found._replace(diagnostics=(_nothing_declared(project.settings),)) if empty else found


def checked(project: Project, environment: str) -> desired.Desired:
    """The same, with nothing worse than warnings. Raises Invalid."""
    found = check(project, environment)
    if any(each.severity == "error" for each in found.diagnostics):
        raise Invalid(found.diagnostics)
    return found


def _nothing_declared(settings: Settings) -> Diagnostic:
    """Most often a folder's name is wrong."""
    folders = ", ".join(settings.sources)
    return Diagnostic(
        codes.NO_DOCUMENTS,
        f"there is no document below {folders}",
        "warning",
        help="write a .yaml, .yml or .json file there, or correct `sources` in rhythmconf.yaml",
    )
