"""Repair misspelt words in the files of a project, where only one word can be meant.

A safe fix is of a word that is certainly wrong: a kind, a member, a field, a value. A key may be right while the
document that declares it is misspelt or deleted; then the fix would point to another record. So fixes of keys are
unsafe, as those of warnings are, and none is made while an error may hide a key.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from rhythmconf.flows.validate import identify, resolve, validate
from rhythmconf.model import Diagnostic, Fix
from rhythmconf.settings import Settings
from rhythmconf.source.desired import Desired
from rhythmconf.source.project import bindings, inside
from rhythmconf.source.project.opening import open_project
from rhythmconf.source.project.values import Project
from rhythmconf.text import scribe
from rhythmconf.text.scribe import Repair
from rhythmconf.text.yaml12 import YamlError


class Repaired(NamedTuple):
    """The project as it would be, with `revised`, the new texts of the files that change; nothing is written yet.

    `before` is the project as it is on the disk. `repairs` are in the order in which they were found. `unsafe` counts
    the fixes that were left out because only --unsafe-fixes makes them.
    """

    before: Project
    project: Project
    revised: Mapping[str, bytes]
    repairs: tuple[Repair, ...]
    unsafe: int


def repair(settings: Settings, environments: Iterable[str], *, unsafe: bool = False) -> Repaired:
    """Repair what the diagnostics of some environments say, until there is nothing left to repair.

    `unsafe` includes the fixes of keys. A repaired kind may show the next mistake, so the project is read again after
    each round.
    """
    environments = [*environments]
    before = project = open_project(settings)
    revised: dict[str, bytes] = {}
    repairs: list[Repair] = []
    while True:
        fixable = _fixable(project, environments)
        chosen = [diagnostic for diagnostic, fix in fixable if fix.safe or unsafe]
        texts, made = _write_fixes(project, chosen)
        if not made:
            return Repaired(before, project, revised, tuple(repairs), len(fixable) - len(chosen))
        revised |= texts
        repairs += made
        project = open_project(settings, revised=revised)


def write(settings: Settings, revised: Mapping[str, bytes]) -> None:
    """Write the files that change: all of them, or none if one may not be written."""
    for name in revised:
        inside.check(settings.root, name)
    for name, text in revised.items():
        inside.write(settings.root, name, text)


def _fixable(project: Project, environments: Iterable[str]) -> list[tuple[Diagnostic, Fix]]:
    """Return the diagnostics whose words can be repaired now, each with its fix."""
    fixable = [(one, one.fix) for one in validate(project, environments) if one.fix is not None]
    if all(fix.safe for _, fix in fixable):
        return fixable
    every = {name: resolve(project, name) for name in project.settings.environments}
    hidden = any(resolved.names.load_errors.suspects for resolved in every.values())
    return [
        (one, fix)
        for one, fix in fixable
        # A reference waits until no key is hidden. The key of an overlay may itself be what hides one.
        if fix.safe or ((one.hides_keys or not hidden) and not _is_right_somewhere(one, project, every))
    ]


def _is_right_somewhere(diagnostic: Diagnostic, project: Project, every: Mapping[str, Desired]) -> bool:
    """Tell whether a word is right, or means another one, in an environment that reads its file."""
    file = diagnostic.location.file if diagnostic.location else ""
    own = [name for name, overlay in project.overlays.items() if file in (*overlay.texts, bindings.name(name))]
    readers = own or [*every]  # a base document is read in every environment
    found = ({identify(one): one.fix for one in every[name].diagnostics} for name in readers)
    return any(fixes.get(identify(diagnostic)) != diagnostic.fix for fixes in found)


def _write_fixes(project: Project, diagnostics: Iterable[Diagnostic]) -> tuple[dict[str, bytes], list[Repair]]:
    """Return the new texts of the files that change, and what was replaced in them."""
    diagnostics = [*diagnostics]
    texts: dict[str, bytes] = {}
    repairs: list[Repair] = []
    for name in sorted({one.location.file for one in diagnostics if one.location} & project.texts.keys()):
        text = project.texts[name].decode("utf-8", "replace")
        try:
            after, made = scribe.fix(text, diagnostics, file=name)
        except YamlError:
            continue
        if made:
            texts[name] = after.encode()
            repairs += made
    return texts, repairs
