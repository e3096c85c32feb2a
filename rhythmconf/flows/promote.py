"""What one tenant has changed -> files, and the project as it is with them; a plan of it for another tenant."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from rhythmconf.cli.console import Console
from rhythmconf.cli.options import Options
from rhythmconf.cli.telling import lines, telling
from rhythmconf.engine import pull
from rhythmconf.engine.pull import Pulled
from rhythmconf.errors import Refused
from rhythmconf.flows import base, validate
from rhythmconf.flows import planning as steps
from rhythmconf.flows import pull as pulling
from rhythmconf.flows.await_lists import listed
from rhythmconf.flows.connect import now
from rhythmconf.flows.validate import Invalid
from rhythmconf.flows.values import Choices, Planned
from rhythmconf.model import Diagnostic, Key
from rhythmconf.settings import Environment
from rhythmconf.source import documents
from rhythmconf.source.desired import codes
from rhythmconf.source.project import files
from rhythmconf.source.project.opening import open_project
from rhythmconf.source.project.values import Project

OVERLAYS = "overlays/"
LITERAL = codes.LITERAL_ID


@dataclass(frozen=True, slots=True)
class Brought:
    """The project with what was pulled, which is written by now, and where it shall go."""

    project: Project
    target: Environment
    pulled: Pulled


def bring(options: Options, screen: Console, one: str, other: str, what: Iterable[str]) -> Brought:
    """Pull what is meant into the files. Raises, with nothing written, where it means nothing in the other tenant."""
    project = pulling.open_for_writing(options)
    source, target = project.settings.environment(one), project.settings.environment(other)
    scope = _scope(project, source, what)
    with listed(project.settings, project.catalog, source, screen) as client, telling(screen, project.texts):
        given, found = screen.finish(pulling.pulled(project, source, client, scope))
    found = without_overlays(found)
    texts = {name: data.encode() for name, data in pull.written(found, given)}
    after = reread(project, texts)
    refuse_unfit(screen, after, target, texts)
    pulling.write(project, given, found)
    return Brought(after, target, found)


def named(found: Brought, what: Iterable[str]) -> frozenset[Key]:
    """The keys that the user named; a record that was named by its id has one by now."""
    keys = pulling.scope_of(what, found.project.catalog)[1]
    new = {Key(each.key.kind, each.id): each.key for each in found.pulled.new}
    return frozenset(new.get(key, key) for key in keys)


def planned(options: Options, screen: Console, found: Brought, choices: Choices) -> Planned:
    """The plan for the other tenant, of the files as they are now."""
    target = found.target
    project = open_project(options.directory, options.env, [target.name])
    past = base.history(project, target.name, choices.base)
    with listed(project.settings, project.catalog, target, screen) as client, telling(screen, project.texts):
        made = screen.finish(steps.plan(project, target, client, choices, now=now(), history=past))
    screen.hint(*lines(made.plan.diagnostics, project.texts))
    return made


def without_overlays(found: Pulled) -> Pulled:
    """What concerns base documents only: overlays say what shall differ."""
    return replace(
        found,
        changed={origin: body for origin, body in found.changed.items() if not origin.file.startswith(OVERLAYS)},
        revisions=tuple(each for each in found.revisions if each.origin and not each.origin.file.startswith(OVERLAYS)),
        texts={name: data for name, data in found.texts.items() if not name.startswith(OVERLAYS)},
        new=tuple(each for each in found.new if not each.file.startswith(OVERLAYS)),
    )


def reread(project: Project, texts: Mapping[str, bytes]) -> Project:
    """The project as it will be when these texts are written."""
    own = {name: data for name, data in texts.items() if name.endswith(files.SUFFIXES)}
    every = {**project.texts, **texts}
    loaded = documents.load({**project.base.texts, **own})
    whole = documents.include(loaded, {name: every.get(name) for name in documents.included(loaded.documents)})
    return project._replace(base=whole, texts=every)


def refuse_unfit(screen: Console, after: Project, target: Environment, texts: Collection[str]) -> None:
    """Raise where the files would be wrong for the target: errors, or ids of the tenant that they came from."""
    found = validate.check(after, target.name).diagnostics
    wrong = [each for each in found if each.severity == "error"]
    literal = [each for each in found if each.code == LITERAL and _stands_in(each, texts)]
    screen.warn(*lines([*wrong, *literal], after.texts))
    if wrong:
        raise Invalid(tuple(wrong))
    if literal:
        raise Refused(
            f"{literal[0].message}; nothing was written",
            help=f"bind a key to the record in bindings/{target.name}.yaml, and to its id here, then promote again",
            code=LITERAL,
        )


def _stands_in(found: Diagnostic, texts: Collection[str]) -> bool:
    return found.location is not None and found.location.file in texts


def _scope(project: Project, source: Environment, what: Iterable[str]) -> pull.Scope:
    """What is named with what it depends on; without names, every document that the tenant has changed."""
    kinds, keys = pulling.scope_of(what, project.catalog)
    past = base.history(project, source.name, None).earlier
    if not keys and not kinds:
        return pull.Scope(only_drift=True, base=past)
    return pull.Scope(kinds=kinds, keys=keys, needs=True, base=past)
