"""Promote what was changed in one tenant: pull it into the files, for a plan of another tenant."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from rhythmconf.catalog.unknown import UnknownField
from rhythmconf.engine import pull as pulling
from rhythmconf.engine.diff import Rules, target_body
from rhythmconf.engine.diff.threeway import BaseState
from rhythmconf.engine.pull import ProjectFiles, Pulled, PullScope
from rhythmconf.engine.pull import codes as pull_codes
from rhythmconf.errors import Refused
from rhythmconf.flows.base_warnings import warn_of_history
from rhythmconf.flows.compose import identify
from rhythmconf.flows.connect import await_lists, connect
from rhythmconf.flows.history import find_history
from rhythmconf.flows.pull import parse_scope, pull, write
from rhythmconf.flows.validate import Invalid, resolve
from rhythmconf.flows.values import Flow, History
from rhythmconf.model import DesiredState, Diagnostic, Key, Notice, Record
from rhythmconf.model.plural import counted
from rhythmconf.settings import Environment
from rhythmconf.source import documents
from rhythmconf.source.desired import codes
from rhythmconf.source.project import files
from rhythmconf.source.project.opening import narrow
from rhythmconf.source.project.values import Project
from rhythmconf.tenant import live as live_state

OVERLAYS = "overlays/"


@dataclass(frozen=True, slots=True)
class Promotion:
    """What was pulled and written, and the project with it, opened for the target.

    `warnings` say what the promoted records have and their copies in the target will lack.
    """

    project: Project
    pulled: Pulled
    warnings: tuple[Diagnostic, ...] = ()

    def keys(self, names: Iterable[str]) -> frozenset[Key]:
        """Return the keys that the user named. A record that was named by its id has a key by now."""
        keys = parse_scope(names, self.project.catalog)[1]
        new = {Key(document.key.kind, document.id): document.key for document in self.pulled.new}
        return frozenset(new.get(key, key) for key in keys)


class UnknownFields(Refused):
    """Promoted records have fields that no document can have, and their copies would lack them."""

    code = pull_codes.UNKNOWN_FIELD

    def __init__(self, diagnostics: tuple[Diagnostic, ...], target: str) -> None:
        first, *others = diagnostics
        more = f", and {counted(len(others), 'more field')}" if others else ""
        super().__init__(
            f"{first.message}{more}; nothing was written",
            help=(
                f"{target} would get the records without {'these fields' if others else 'this field'}: "
                "give --allow-unknown-fields if that is right, and set them there by hand"
            ),
            diagnostics=diagnostics,
            repeats=first,
        )


def promote(
    project: Project,
    source: Environment,
    target: Environment,
    names: Iterable[str],
    *,
    allow_unknown: bool = False,
    no_base: bool = False,
) -> Flow[Promotion]:
    """Pull what was changed in the tenant of `source` into the files, which then are planned for `target`.

    `names` are `KIND/KEY` or `KIND/ID`, pulled with what they depend on; without names, every document that differs.
    With `no_base` git is not asked what has changed since. Raises, with nothing written, where the files would be
    wrong for the target, and UnknownFields unless `allow_unknown`.
    """
    names = [*names]
    history = History()
    if not no_base:
        history = yield from find_history(project, source, None, connect(project, source))
    yield Notice(diagnostics=tuple(warn_of_history(history)), severity="warning")
    if history.base_state is None and not no_base and not names:
        fetch = f"; if others apply too, fetch theirs: {history.fetch}" if history.fetch else ""
        yield Notice(f"no base is known for {source.name}: every difference counts as changed there{fetch}")
    scope = _scope(project, names, history.base_state)
    given, pulled = yield from pull(project, source, scope)
    yield Notice(diagnostics=pulled.diagnostics, texts=project.texts, severity="warning")
    changed = {revision.key for revision in pulled.revisions}
    promoted = [pair for pair in pulled.records if not scope.only_drift or pair[0] in changed]
    pulled = _without_overlays(pulled, given)
    texts = {name: text.encode() for name, text in pulling.render_files(pulled, given)}
    after = _with_texts(project, texts)
    resources = yield from _check_for_target(after, target, texts)
    lost = yield from _find_lost(after, target, resources, promoted)
    warnings = tuple(pulling.report_unknown(lost))
    if warnings and not allow_unknown:
        raise UnknownFields(warnings, target.name)
    write(project, given, pulled)
    return Promotion(narrow(after, target.name), pulled, warnings)


def _without_overlays(pulled: Pulled, given: ProjectFiles) -> Pulled:
    """Keep what concerns base documents: overlays say what is meant to differ."""
    changed = {origin: body for origin, body in pulled.changed.items() if not origin.file.startswith(OVERLAYS)}
    return replace(
        pulled,
        changed=changed,
        unused=pulling.find_unused(given, changed),
        revisions=tuple(
            revision
            for revision in pulled.revisions
            if revision.origin and not revision.origin.file.startswith(OVERLAYS)
        ),
        texts={name: text for name, text in pulled.texts.items() if not name.startswith(OVERLAYS)},
        new=tuple(new for new in pulled.new if not new.file.startswith(OVERLAYS)),
    )


def _with_texts(project: Project, texts: Mapping[str, bytes]) -> Project:
    """Return the project as it will be once these texts are written."""
    changed = {name: text for name, text in texts.items() if name.endswith(files.SUFFIXES)}
    every = {**project.texts, **texts}
    loaded = documents.load({**project.base.texts, **changed})
    base = documents.insert_text_files(
        loaded, {name: every.get(name) for name in documents.text_files_of(loaded.documents)}
    )
    return project._replace(base=base, texts=every)


def _check_for_target(after: Project, target: Environment, texts: Collection[str]) -> Flow[DesiredState]:
    """Raise where the files would be wrong for the target: they have errors, or ids of the tenant they came from."""
    resolved = resolve(after, target.name)
    diagnostics = resolved.diagnostics
    errors = tuple(diagnostic for diagnostic in diagnostics if diagnostic.prevents_plan)
    ids = tuple(
        diagnostic for diagnostic in diagnostics if diagnostic.code == codes.LITERAL_ID and _is_in(diagnostic, texts)
    )
    yield Notice(diagnostics=(*errors, *ids), texts=after.texts, severity="warning")
    if errors:
        raise Invalid(errors)
    if ids:
        raise Refused(
            f"{ids[0].message}; nothing was written",
            help=f"bind a key to the record in bindings/{target.name}.yaml, and to its id here, then promote again",
            code=codes.LITERAL_ID,
        )
    return resolved.state


def _find_lost(
    after: Project, target: Environment, declared: DesiredState, promoted: Iterable[tuple[Key, Record]]
) -> Flow[tuple[UnknownField, ...]]:
    """Return the unknown fields of promoted records whose values the target's records will lack after an apply.

    The target is asked only where there are such fields.
    """
    catalog = after.catalog
    having = {(field.kind, name) for field in pulling.find_unknown(catalog, promoted) for name in field.records}
    records = [(key, record) for key, record in promoted if key in having]
    if not records:
        return ()
    scope = PullScope(keys=frozenset(key for key, _ in records), needs=True)
    kinds = pulling.needed_kinds(catalog, scope)
    names = {kind.name for kind in kinds}
    resources = {key: resource for key, resource in declared.resources.items() if key.kind in names}
    yield from await_lists(after.settings, target)
    with connect(after, target) as client:
        live = yield from live_state.fetch(client, kinds)
    identity = identify(DesiredState(resources), live, after.site(target))
    rules = Rules.of({str(key): id for key, id in identity.ids.items()}, target.dialect)
    copies = {pair.key: target_body(catalog.kind(pair.key.kind), pair, rules) for pair in identity.pairs}
    return pulling.find_lost(catalog, records, copies)


def _is_in(diagnostic: Diagnostic, texts: Collection[str]) -> bool:
    return diagnostic.location is not None and diagnostic.location.file in texts


def _scope(project: Project, names: Iterable[str], base: BaseState | None) -> PullScope:
    kinds, keys = parse_scope(names, project.catalog)
    if not keys and not kinds:
        return PullScope(only_drift=True, base=base)
    return PullScope(kinds=kinds, keys=keys, needs=True, base=base)
