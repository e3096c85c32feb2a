"""Warn about overrides that allow nothing: they are misspelt, or were needed for an earlier plan."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from rhythmconf.catalog import Catalog
from rhythmconf.engine.plan import Allow
from rhythmconf.errors import UsageError
from rhythmconf.flows import codes
from rhythmconf.model import Diagnostic, Guard, Key, Location, Plan
from rhythmconf.model.suggest import suggest_key
from rhythmconf.source.project import files, overrides
from rhythmconf.source.project.values import Project


def check_overrides(
    project: Project, plan: Plan, allow: Allow, known: Collection[Key], emptied: Mapping[Key, str]
) -> tuple[Diagnostic, ...]:
    """Return a warning for each override that no guard of the plan asks for.

    `known` are the keys of documents, and of records of the kinds that were fetched; `emptied` are those that the guard
    of an emptied source is about. The line of `overrides/ENVIRONMENT.txt` is named if the override is in it. Raises
    UsageError for a key of `--allow` that nothing has.
    """
    for key in sorted(allow.keys - {*known}):
        message = f"--allow: no document and no record has the key {project.catalog.shown(str(key))}"
        raise UsageError(message, help=suggest_key(key, known) or None)
    unused = [*_unused(plan.guards, allow, emptied)]
    lines = _lines(project, plan.fingerprint.environment) if unused else {}
    return tuple(_warning(flag, subject, why, lines, project.catalog) for flag, subject, why in unused)


def _unused(guards: Collection[Guard], allow: Allow, emptied: Mapping[Key, str]) -> Iterator[tuple[str, str, str]]:
    """Yield flag, subject and reason of each override without a guard."""
    asked = {(guard.name, guard.subject) for guard in guards}
    subjects = {guard.subject for guard in guards if guard.name != "conflict"}
    for key in sorted(allow.keys):
        if str(key) not in subjects and key not in emptied:
            yield "--allow", str(key), "no guard refuses anything about it"
    for name, limits, verb in (("updates", allow.updates, "updates"), ("deletes", allow.deletes, "deletes")):
        for kind, share in sorted(limits.items()):
            if (name, kind) not in asked:
                why = f"the plan {verb} no record of this kind, or the project has fewer than ten"
                yield f"--allow-{name}", f"{kind}={share:g}%", why
    for flag, keys in (("--ours", allow.ours), ("--theirs", allow.theirs)):
        for key in sorted(keys):
            if ("conflict", str(key)) not in asked:
                yield flag, str(key), "it has no conflict"


def _lines(project: Project, environment: str) -> Mapping[str, Location]:
    """Return the lines of the environment's file of overrides, each with its location."""
    name = overrides.name(environment)
    text = files.read_if_there(project.settings.root, name) or b""
    lines = text.decode("utf-8", "replace").splitlines()
    return {" ".join(line.split()): Location(name, number) for number, line in enumerate(lines, 1)}


def _warning(flag: str, subject: str, why: str, lines: Mapping[str, Location], catalog: Catalog) -> Diagnostic:
    shown = catalog.shown(subject)
    location = lines.get(f"{flag} {shown}") or lines.get(f"{flag} {subject}")
    help = "remove the line" if location else "leave it out"
    return Diagnostic(codes.UNUSED_OVERRIDE, f"{flag} {shown} allows nothing: {why}", "warning", location, help=help)
