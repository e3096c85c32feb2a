"""`rhythmconf validate`: check all files in one run, offline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import click

from rhythmconf.cli import diagnostic_text
from rhythmconf.cli.console import Console, console, keep
from rhythmconf.cli.formats import failure_writers, validation_writers
from rhythmconf.cli.options import REPORTS, Options, from_option, shared_options
from rhythmconf.cli.output import Writer, emit, emit_result
from rhythmconf.errors import RhythmconfError, UsageError
from rhythmconf.flows import repair
from rhythmconf.flows.validate import validate
from rhythmconf.model import Diagnostic, Key
from rhythmconf.model.plural import counted
from rhythmconf.report.subjects import revised
from rhythmconf.source.project.opening import open_project, open_settings
from rhythmconf.source.project.values import Project

EPILOG = """\b
Examples:
  rhythmconf validate
  rhythmconf validate --fix
  rhythmconf validate --diff --unsafe-fixes
  rhythmconf validate --env sandbox --format json"""


@click.command(epilog=EPILOG)
@click.option("--fix", is_flag=True, help="Correct misspelt kinds, members, fields and values.")
@click.option("--unsafe-fixes", is_flag=True, help="With --fix or --diff: correct keys and warnings too.")
@click.option("--diff", is_flag=True, help="Write nothing; show what --fix would change, and exit with 1 if it would.")
@from_option
@shared_options(REPORTS)
def command(options: Options, fix: bool, unsafe_fixes: bool, diff: bool, first: date | None) -> int:
    """Check all files: syntax, fields, types, values, references, overlays, and what they mean in dates.

    Checks every environment, or only the one of --env. Sends no request. Dates are judged from today on; --from makes
    a check repeatable.

    --fix changes a word only if it has one possible correction. Before you use
    --unsafe-fixes, look at what it changes with --diff: a key may be right, and its document misspelt or deleted.
    """
    if unsafe_fixes and not (fix or diff):
        help = "show what it would change with --diff --unsafe-fixes; write it with --fix --unsafe-fixes"
        raise UsageError("--unsafe-fixes needs --fix or --diff", help=help)
    terminal = console(options.color, quiet=options.quiet)
    try:
        settings = open_settings(options.directory, options.env)
        named = [settings.unexpanded(options.env).name] if options.env else list(settings.environments)
        if diff:
            return _show_fixes(options, terminal, repair.repair(settings, named, unsafe=unsafe_fixes), named, first)
        if fix:
            repaired = repair.repair(settings, named, unsafe=unsafe_fixes)
            repair.write(settings, repaired.revised)
            _report_fixes(terminal, repaired)
            project = repaired.project
        else:
            project = open_project(settings)
        keep(project)
        diagnostics = validate(project, named, first)
    except RhythmconfError as error:
        emit_result(options, terminal, failure_writers(error, options.directory))
        raise
    emit(options, terminal, _writers(project, diagnostics))
    return int(any(diagnostic.fails for diagnostic in diagnostics))


def _show_fixes(
    options: Options, terminal: Console, repaired: repair.Repaired, named: Sequence[str], first: date | None
) -> int:
    """Show the differences as text; the other formats have the diagnostics of the files as they are."""
    _report_fixes(terminal, repaired, verb="would fix")
    remaining = sum(one.fails for one in validate(repaired.project, named, first))
    if remaining:
        terminal.hint([("dim", f"{counted(remaining, 'error')} would remain: rhythmconf validate shows them")])
    writers = _writers(repaired.before, validate(repaired.before, named, first))
    differences = revised.diff(repaired.before.texts, repaired.revised)
    emit(options, terminal, {**writers, "text": lambda: differences})
    return int(bool(repaired.revised or remaining))


def _report_fixes(terminal: Console, repaired: repair.Repaired, *, verb: str = "fixed") -> None:
    for diagnostic, old, new in repaired.repairs:
        terminal.hint([("dim", f"{verb} {diagnostic.location}: '{old}' -> '{new}'")])
    if repaired.unsafe:
        more = f"{counted(repaired.unsafe, 'more correction')} may be wrong: look at them with --diff --unsafe-fixes"
        terminal.hint([("dim", more)])


def _writers(project: Project, diagnostics: Sequence[Diagnostic]) -> Mapping[str, Writer]:
    excerpts = diagnostic_text.excerpts(diagnostics, project.texts)
    count, root = len(project.base.documents), project.settings.root
    return validation_writers(count, _declared(project), diagnostics, excerpts, root)


def _declared(project: Project) -> list[Key]:
    return [Key(project.catalog.qualify(document.kind), document.key) for document in project.base.documents]
