"""Run a pull: pair keys and records, write new documents, revise existing ones, and find the bindings that it takes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from rhythmconf.catalog import Catalog, Field, Kind, references, substitute
from rhythmconf.engine.identity import codes as identity_codes
from rhythmconf.engine.identity import mark_of, pair
from rhythmconf.engine.pull import codes
from rhythmconf.engine.pull.conform import LeftOut
from rhythmconf.engine.pull.edits import edit_files, find_unused
from rhythmconf.engine.pull.lookalikes import find_lookalikes, warn_lookalikes
from rhythmconf.engine.pull.names import Names
from rhythmconf.engine.pull.new_documents import DocumentWriter, NamedRecord, choose_records, count_left_out
from rhythmconf.engine.pull.paths import Paths
from rhythmconf.engine.pull.revisions import revise
from rhythmconf.engine.pull.spec_writer import SpecWriter
from rhythmconf.engine.pull.unknown import find_unknown, report_unknown, report_unlisted
from rhythmconf.engine.pull.values import ProjectFiles, Pulled, PullScope, WithoutRecord
from rhythmconf.engine.pull.warn import warn
from rhythmconf.errors import Refused, UsageError
from rhythmconf.model import (
    Binding,
    Bindings,
    DesiredState,
    Diagnostic,
    Document,
    Identity,
    Json,
    Key,
    LiveState,
    Record,
    Resource,
)

MAPPED = (identity_codes.AMBIGUOUS_NATURAL_KEY, identity_codes.FOREIGN_EXTERNAL_ID, identity_codes.SAME_RECORD)
"""What a key map decides: which of several records a document is, or which of several documents a record is."""


class PullUndecided(Refused):
    """It can't be decided which record a document is about. `diagnostics` say why, and what to do."""

    code = codes.PULL_UNDECIDED

    def __init__(self, diagnostics: tuple[Diagnostic, ...]) -> None:
        first, *others = diagnostics
        more = f", and {len(others)} more" if others else ""
        mapped = " Or choose it with --key-map." if first.code in MAPPED else ""
        super().__init__(
            f"{first.message}{more}",
            where=first.location,
            help=f"{first.help}{mapped} Nothing was written.",
            diagnostics=diagnostics,
            repeats=first,
        )


def needed_kinds(catalog: Catalog, scope: PullScope) -> list[Kind]:
    """Return the kinds to fetch: those in scope, and those that they refer to.

    Without any in scope, these are all kinds but the transactional ones, which hold dealings with members. Raises
    UsageError where the scope names one of those.
    """
    in_scope = scope.kinds | {key.kind for key in scope.keys}
    for name in sorted(in_scope):
        if not catalog.kind(name).is_managed:
            raise UsageError(
                f"{catalog.names.kind(name)} is a kind of records about single members, which no document describes",
                help="leave it out: rhythmconf manages configuration only",
            )
    if not in_scope:
        in_scope = frozenset(name for name, kind in catalog.kinds.items() if kind.is_managed)
    needed = in_scope | _referred_kinds(catalog, in_scope)
    while scope.needs and (more := _referred_kinds(catalog, needed) - needed):
        needed |= more
    return [kind for name, kind in catalog.kinds.items() if name in needed]


def pull(files: ProjectFiles, live: LiveState, scope: PullScope) -> Pulled:
    """Return what to write, so that the files say what the tenant has.

    Raises PullUndecided when a document may be several records, and UsageError when the scope names a record that the
    tenant doesn't have.
    """
    bindings = {**_chosen_bindings(files, live, scope), **files.site.bindings}
    identity = _pair(files.desired, live, bindings, files)
    undecided = tuple(
        diagnostic
        for diagnostic in identity.diagnostics
        if diagnostic.severity == "error" and (diagnostic.key is None or scope.includes(diagnostic.key, ""))
    )
    if undecided:
        raise PullUndecided(undecided)
    names = Names.of(identity, live)
    documents: tuple[Document, ...] = (*files.base.documents, *files.overlays.documents, *files.elsewhere)
    for document in documents:
        # A new document under an earlier key would be an error: a key under `moved` can't have a document.
        used = names.used.setdefault(files.site.catalog.qualify(document.kind), set())
        used.update((document.key, *document.moved))
    scope = _with_needs(scope, names, files) if scope.needs else scope
    chosen = choose_records(identity, names, files, scope)
    _check_scope(scope, identity, chosen, files)
    needed = _needed_bindings(chosen, identity, names, bindings, files)
    lookalikes = [*find_lookalikes(_resources(chosen, names, files), files)]
    writer = DocumentWriter(names, files, scope, Paths.of(files.texts))
    new = [*writer.write_documents(chosen)]
    kept: list[tuple[Key, LeftOut]] = []
    revisions = [*revise(identity, names, files, scope, kept)]
    managed = [(pair.key, pair.record) for pair in identity.pairs if pair.record]
    records = (
        *((key, record) for key, record in managed if scope.includes(key, record.id)),
        *((named.key, named.record) for named in chosen),
    )
    unknown = find_unknown(files.site.catalog, records)
    edits = edit_files(revisions, files, writer.paths)
    new += writer.write_overlays(revisions, {pair.key: pair.record for pair in identity.pairs if pair.record})
    binds = tuple(sorted((names.binds | needed).values(), key=lambda binding: binding.key))
    return Pulled(
        new=tuple(new),
        revisions=tuple(revisions),
        changed=edits.documents,
        texts=edits.texts,
        unused=find_unused(files, edits.documents),
        binds=binds,
        without_record=tuple(_without_record(identity, live, files, scope)),
        records=records,
        unknown=unknown,
        diagnostics=(
            *report_unknown(unknown),
            *report_unlisted(live, files.site.catalog, "pulled", ", then name it, as in `rhythmconf pull {}`"),
            *warn(new, revisions, chosen, writer, kept),
            *warn_lookalikes(lookalikes, new, files, {key for key, _ in managed}),
        ),
        left_out=count_left_out(live, files, scope),
        requests=live.requests,
        names=files.site.catalog.names,
    )


def _referred_kinds(catalog: Catalog, names: Iterable[str]) -> frozenset[str]:
    return frozenset(target for name in names for target in _targets(catalog.kind(name)) if target in catalog.kinds)


def _targets(kind: Kind) -> Iterator[str]:
    waiting = [kind.root]
    while waiting:
        field = waiting.pop()
        yield from field.ref
        waiting += [*(field.fields or {}).values(), *([field.items] if field.items else [])]


def _pair(desired: DesiredState, live: LiveState, bindings: Bindings, files: ProjectFiles) -> Identity:
    return pair(desired, live, files.site._replace(bindings=bindings))


def _chosen_bindings(files: ProjectFiles, live: LiveState, scope: PullScope) -> dict[Key, Binding]:
    """Return the lines of the key map that name an existing record and a key with a document."""
    existing = {(record.kind, record.id) for record in live.all()}
    keys = {Key(kind, name): id for (kind, id), name in scope.chosen.items() if (kind, id) in existing}
    return {key: Binding(key, id) for key, id in keys.items() if key in files.desired.resources}


def _with_needs(scope: PullScope, names: Names, files: ProjectFiles) -> PullScope:
    """Return the scope with all that its records refer to, directly or not, by their ids."""
    records = {(record.kind, record.id): record for record in names.live.all()}
    reached = {id for id in records if scope.names(Key(id[0], names.named.get(id, "")), id[1])}
    waiting = [*reached]
    while waiting:
        record = records[waiting.pop()]
        for _, field, id in references(files.site.catalog.kind(record.kind), record.body):
            more = {(kind, str(id)) for kind in field.targets} & records.keys() - reached
            ours = [target for target in more if _is_bindable(records[target], files)]
            reached.update(ours)
            waiting += ours
    return replace(scope, keys=scope.keys | {Key(*id) for id in reached})


def _without_record(
    identity: Identity, live: LiveState, files: ProjectFiles, scope: PullScope
) -> Iterator[WithoutRecord]:
    """Yield the documents in scope that the tenant has no record of, if their kind was asked for."""
    for key in (each.key for each in identity.pairs if each.record is None):
        if key.kind in live.records and scope.includes(key, ""):
            bound = files.site.bindings.get(key)
            origin = files.desired.resources[key].origins[0]
            yield WithoutRecord(key, origin.file, bound.id if bound else "")


def _check_scope(scope: PullScope, identity: Identity, chosen: Iterable[NamedRecord], files: ProjectFiles) -> None:
    """Raise UsageError for a key or an id that the tenant doesn't have."""
    records = [(pair.key, pair.record) for pair in identity.pairs if pair.record]
    records += [(named.key, named.record) for named in chosen]
    existing = {name for key, record in records for name in (key, Key(key.kind, record.id))}
    existing |= {Key(named.key.kind, mark.key) for named in chosen if (mark := mark_of(named.record))}
    missing = sorted(scope.keys - existing)
    if missing:
        others = ", ".join(sorted(str(key) for key in existing if key.kind == missing[0].kind)[:5])
        help = f"it has {others}" if others else None
        if missing[0] in files.desired.resources:
            file = files.desired.resources[missing[0]].origins[0].file
            help = f"a plan creates it; if it was deleted on purpose, delete its document in {file}"
        raise UsageError(f"the tenant has no {missing[0]}", help=help)


def _needed_bindings(
    chosen: list[NamedRecord], identity: Identity, names: Names, bindings: Bindings, files: ProjectFiles
) -> dict[Key, Binding]:
    """Return the bindings without which the next plan would pair a key with another record, or with none."""
    new = {resource.key: resource for resource in _resources(chosen, names, files)}
    resources = {**files.desired.resources, **new}
    desired = DesiredState(resources, files.desired.skipped)
    records: dict[Key, Record] = {named.key: named.record for named in chosen}
    records |= {pair.key: pair.record for pair in identity.pairs if pair.record}
    needed: dict[Key, Binding] = {}
    kept = {key: binding for key, binding in bindings.items() if key in files.site.bindings or key not in resources}
    while True:
        paired = {pair.key: pair.record for pair in _pair(desired, names.live, {**kept, **needed}, files).pairs}
        more = {
            key: Binding(key, record.id)
            for key, record in records.items()
            if key not in needed and paired.get(key) is not record and _is_bindable(record, files)
        }
        if not more:
            return needed
        # With the new bindings further references have ids, which may make other natural keys ambiguous.
        needed |= more


def _is_bindable(record: Record, files: ProjectFiles) -> bool:
    """Whether a binding is enough to manage the record: it doesn't override another project's mark."""
    mark = mark_of(record)
    return mark is None or mark.project == files.site.project


def _resources(chosen: Iterable[NamedRecord], names: Names, files: ProjectFiles) -> Iterator[Resource]:
    """Yield the new documents as resources with their natural keys, which is all that identity looks at."""
    keys = frozenset(Key(kind, name) for (kind, _), name in names.named.items())
    for named in chosen:
        kind = files.site.catalog.kind(named.key.kind)
        natural = {name: named.record.body[name] for name in kind.natural_key if name in named.record.body}
        spec = SpecWriter(names).write(kind.root, natural)
        if isinstance(spec, dict):
            body = substitute(kind, spec, lambda field, text: _resolve(field, str(text), keys))
            yield Resource(named.key, body, ())


def _resolve(field: Field, text: str, keys: frozenset[Key]) -> Json:
    """Return a reference in its resolved form."""
    if text.startswith("id:"):
        return text.removeprefix("id:")
    targets = [Key.parse(text)] if "/" in text else [Key(kind, text) for kind in field.targets]
    return {"$ref": str(next((key for key in targets if key in keys), targets[0]))}
