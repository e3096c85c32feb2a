"""What a key is in each environment: by the files alone, or by what each tenant has."""

from __future__ import annotations

from collections.abc import Iterator

from rhythmconf.cli.console import Console
from rhythmconf.cli.steps import drain
from rhythmconf.errors import RhythmconfError
from rhythmconf.flows import planning as steps
from rhythmconf.flows import validate
from rhythmconf.flows.await_lists import listed
from rhythmconf.model import DesiredState, Key
from rhythmconf.report.subjects.resource import NO_DOCUMENT, KeyStatus
from rhythmconf.settings import Environment
from rhythmconf.source.project.values import Project
from rhythmconf.tenant import live


def offline(project: Project, key: Key) -> Iterator[KeyStatus]:
    """What the files and the bindings say of a key, an environment after the other."""
    for name in project.settings.environments:
        state = validate.check(project, name).state
        line = project.bindings.get(name, {}).get(key)
        files = tuple(origin.file for origin in state.resources[key].origins) if key in state.resources else ()
        if key in state.skipped:
            word = "skipped"
        elif key in state.resources:
            word = "bound" if line else "found by its mark, or its natural key"
        else:
            word = "bound, without a document" if line else NO_DOCUMENT
        yield KeyStatus(name, word, line.id if line else None, files)


def online(screen: Console, project: Project, key: Key) -> Iterator[KeyStatus]:
    """The same with the record that each tenant has; a tenant that can't be reached says why."""
    for status in offline(project, key):
        try:
            yield _found(screen, project, project.settings.environment(status.environment), key, status)
        except RhythmconfError as error:
            yield status._replace(text=f"not known: {error.message}")


def _found(screen: Console, project: Project, environment: Environment, key: Key, status: KeyStatus) -> KeyStatus:
    state = validate.check(project, environment.name).state
    alike = {other: each for other, each in state.resources.items() if other.kind == key.kind}
    with listed(project.settings, project.catalog, environment, screen) as client:
        found = drain(live.fetch(client, [project.catalog.kind(key.kind)]))
    who = steps.paired(DesiredState(alike, state.skipped), found, project, environment)
    for doubt in who.diagnostics:
        if doubt.key == key:
            return status._replace(text=doubt.message, help=doubt.help)
    for pair in (*who.pairs, *who.orphans):
        if pair.key == key and pair.record is not None:
            word = pair.reason if pair.resource else f"{pair.reason}, without a document"
            return status._replace(text=word, id=pair.record.id)
    return status._replace(text=f"{status.text}; the tenant has no record of it", id=None)
