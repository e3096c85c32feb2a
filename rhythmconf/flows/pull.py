"""Pull a tenant's records into the files of a project, or into a snapshot."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from rhythmconf.catalog import Catalog
from rhythmconf.engine import pull as pulling
from rhythmconf.engine.diff.threeway import BaseState
from rhythmconf.engine.pull import ProjectFiles, Pulled, PullScope
from rhythmconf.errors import SettingsError, UsageError
from rhythmconf.flows.annotate import locate_diagnostics
from rhythmconf.flows.checkout import check_vanished
from rhythmconf.flows.clock import now
from rhythmconf.flows.connect import await_lists, connect
from rhythmconf.flows.editor_schemas import OVERLAY_SCHEMA, SCHEMA
from rhythmconf.flows.optional_kinds import optional_kinds
from rhythmconf.flows.validate import resolve_documents, resolve_valid
from rhythmconf.flows.values import Flow
from rhythmconf.model import Json, Key, Notice
from rhythmconf.settings import Environment, Settings
from rhythmconf.source.documents import Loaded
from rhythmconf.source.documents.checks import KEY
from rhythmconf.source.project import bindings, files, inside
from rhythmconf.source.project.opening import open_project, use_kinds
from rhythmconf.source.project.values import Project
from rhythmconf.tenant import live as live_state
from rhythmconf.tenant.live import Source
from rhythmconf.text import yaml12


class PullChoices(NamedTuple):
    """What the user decided for a pull: kinds and keys, as they are typed, and where the records go.

    With `dry_run` nothing is written.
    """

    what: tuple[str, ...] = ()
    as_overlay: bool = False
    only_drift: bool = False
    no_base: bool = False
    layout: str = pulling.LAYOUT
    dry_run: bool = False

    @property
    def needs_base(self) -> bool:
        """Whether the base tells what was changed in the tenant."""
        return self.only_drift and not self.no_base


def open_for_writing(settings: Settings) -> Project:
    """Open the whole project to write into it; the folders of a new project may not exist yet.

    Raises Refused for a folder that git knows: its records would get new documents, with other keys.
    """
    check_vanished(settings)
    return open_existing(settings)


def open_existing(settings: Settings) -> Project:
    """Open the whole project without the folders of sources that don't exist."""
    return open_project(settings, sources=[name for name in settings.sources if (settings.root / name).is_dir()])


def pull(project: Project, environment: Environment, scope: PullScope) -> Flow[tuple[ProjectFiles, Pulled]]:
    """Fetch records and find what has to be written. Nothing is written: `write` does that.

    Raises Invalid before the first request where the files have errors.
    """
    given = read_files(project, environment)
    yield from await_lists(project.settings, environment)
    with connect(project, environment) as client:
        return (yield from pull_from(client, given, scope))


def pull_from(source: Source, given: ProjectFiles, scope: PullScope) -> Flow[tuple[ProjectFiles, Pulled]]:
    """Pull with a client or a snapshot; `given` are the files of the environment (`read_files`)."""
    kinds = pulling.needed_kinds(given.site.catalog, scope)
    optional = optional_kinds(given.site, given.desired, given.elsewhere) - _named_kinds(scope)
    live = yield from live_state.fetch(source, kinds, optional)
    try:
        return given, pulling.pull(given, live, scope)
    except pulling.PullUndecided as undecided:
        located = locate_diagnostics(undecided.diagnostics, given.desired, given.site, given.texts)
        raise pulling.PullUndecided((*located,)) from None


def write(project: Project, given: ProjectFiles, pulled: Pulled) -> None:
    """Write every file and the bindings, and remove the text files that are not used any more.

    Raises UsageError or SettingsError, before the first file, where an unknown file or a link is in the way.
    """
    settings = project.settings
    check_writable(settings, given, pulled)
    for name, text in pulling.render_files(pulled, given):
        inside.write(settings.root, name, text.encode())
    bindings.add(settings.root, settings.module, given.site.environment.name, pulled.binds)
    for unused in pulled.unused:
        if unused.removed:
            inside.remove(settings.root, unused.file)


def check_writable(settings: Settings, given: ProjectFiles, pulled: Pulled) -> None:
    """Raise UsageError or SettingsError where an unknown file or a link is in the way of a pull."""
    existing = inside.existing(settings.root, _new_files(given, pulled))
    if existing:
        raise UsageError("the file exists and is not a document", where=existing[0], help="move it, or give --layout")
    changed = [origin.file for origin in pulled.changed]
    texts = [name for new in pulled.new for name in (new.file, *(path for path, _ in new.texts))]
    removed = [unused.file for unused in pulled.unused if unused.removed]
    bound = [bindings.name(given.site.environment.name)] if pulled.binds else []
    for name in dict.fromkeys((*changed, *texts, *pulled.texts, *removed, *bound)):
        inside.check(settings.root, name)


def save_snapshot(project: Project, environment: Environment, scope: PullScope, path: Path) -> Flow[int]:
    """Fetch records and write them to a file for `plan --live`. Return how many there are."""
    declared, elsewhere = resolve_documents(project, environment.name).state, project.elsewhere(environment.name)
    optional = optional_kinds(project.site(environment), declared, elsewhere) - _named_kinds(scope)
    yield from await_lists(project.settings, environment)
    with connect(project, environment) as client:
        live = yield from live_state.fetch(client, pulling.needed_kinds(project.catalog, scope), optional)
    unlisted = pulling.report_unlisted(live, project.catalog, "saved", ", then name it, as in `rhythmconf pull {}`")
    yield Notice(diagnostics=tuple(unlisted), severity="warning")
    snapshot = live_state.dump_snapshot(live, live_state.fingerprint(environment, live), taken_at=now())
    files.write(path, snapshot, mode=0o600)
    return sum(1 for _ in live.all())


def _named_kinds(scope: PullScope) -> frozenset[str]:
    return scope.kinds | {key.kind for key in scope.keys}


def parse_scope(names: Iterable[str], catalog: Catalog) -> tuple[frozenset[str], frozenset[Key]]:
    """Read `KIND` and `KIND/KEY`, each with or without a module, and `MODULE/*`, as kinds and keys."""
    kinds: set[str] = set()
    keys: set[Key] = set()
    for text in names:
        kind, _, name = text.rpartition("/")
        if catalog.qualify(text) in catalog.kinds:
            kinds.add(catalog.qualify(text))
        elif name == "*" and (whole := {each for each in catalog.kinds if each.startswith(f"{kind}/")}):
            kinds |= whole
        elif kind:
            keys.add(Key(catalog.kind(kind).name, name))
        else:
            catalog.kind(text)
    return frozenset(kinds), frozenset(keys)


def make_scope(
    project: Project,
    choices: PullChoices,
    base: BaseState | None = None,
    chosen: Mapping[tuple[str, str], str] | None = None,
) -> PullScope:
    """Return what a pull is about, for a project that has the kinds that were named in use (`use_named`).

    `chosen` are the keys of a key map. Raises UsageError for a kind or a layout that can't be, and a vain option.
    """
    if choices.no_base and not choices.only_drift:
        raise UsageError("--no-base changes nothing without --only-drift", help="leave it out, or add --only-drift")
    kinds, keys = parse_scope(choices.what, project.catalog)
    return PullScope(
        kinds=kinds,
        keys=keys,
        as_overlay=choices.as_overlay,
        only_drift=choices.only_drift,
        base=base,
        chosen=chosen or {},
        layout=pulling.check_layout(choices.layout),
    )


def use_named(project: Project, what: Iterable[str]) -> Project:
    """Return the project with the modules of the kinds in use that the user names."""
    return use_kinds(project, [name for text in what for name in (text, text.rpartition("/")[0])])


def read_key_map(path: Path, catalog: Catalog) -> dict[tuple[str, str], str]:
    """Read the keys that the user chose: a file of `kind: {id: key}`. Raises SettingsError."""
    (value, *more) = yaml12.load_all(files.read_any(path), file=str(path)) or [None]
    if more or not isinstance(value, dict):
        raise _bad_map(path, "it must be one mapping of kinds")
    chosen: dict[tuple[str, str], str] = {}
    for kind, entries in value.items():
        if not isinstance(entries, dict):
            raise _bad_map(path, f"{kind} must be a mapping of ids to keys")
        for id, name in entries.items():
            chosen[catalog.kind(kind).name, id] = _key_name(name, path)
        if len(set(entries.values())) < len(entries):
            raise _bad_map(path, f"two records of {kind} can't have one key")
    return chosen


def _key_name(name: Json, path: Path) -> str:
    if not isinstance(name, str) or not KEY.fullmatch(name):
        raise _bad_map(path, f"{name!r} is not a key")
    return name


def _bad_map(path: Path, why: str) -> SettingsError:
    return SettingsError(f"not a key map: {why}", where=str(path), help="for example\nprogram:\n  1f3a9c77: cmsi")


def read_files(project: Project, environment: Environment) -> ProjectFiles:
    """Return what a pull has to know of the files of an environment. Raises Invalid where they have errors."""
    declared = resolve_valid(project, environment.name)
    settings, name = project.settings, environment.name
    return ProjectFiles(
        site=project.site(environment),
        base=project.base,
        overlays=project.overlays.get(name, Loaded((), ())),
        elsewhere=project.elsewhere(name),
        texts=project.texts,
        desired=declared.state,
        folder=settings.sources[0],
        schema=SCHEMA if (settings.root / SCHEMA).is_file() else "",
        overlay_schema=OVERLAY_SCHEMA if (settings.root / OVERLAY_SCHEMA).is_file() else "",
    )


def _new_files(given: ProjectFiles, pulled: Pulled) -> Iterator[str]:
    names = [name for new in pulled.new for name in (new.file, *(path for path, _ in new.texts))]
    yield from dict.fromkeys(name for name in (*names, *pulled.texts) if name not in given.texts)
