"""The steps of a pull in order: who is who, what is new, what has changed, which bindings that takes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from rhythmconf.catalog import Catalog, Field, Kind, references, substitute
from rhythmconf.engine import identity
from rhythmconf.engine.identity import codes as identity_codes
from rhythmconf.engine.pull import codes
from rhythmconf.engine.pull.changes import changes
from rhythmconf.engine.pull.existing import revisions
from rhythmconf.engine.pull.findings import findings
from rhythmconf.engine.pull.form import Form, form
from rhythmconf.engine.pull.names import Names
from rhythmconf.engine.pull.new import Chosen, Desk, choose, documents, left_out, overlays
from rhythmconf.engine.pull.paths import all_taken
from rhythmconf.engine.pull.values import Files, Pulled, Scope
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

ROUNDS = 3
"""How often bindings are looked for: a binding may make what was ambiguous clear, or what was clear ambiguous."""


MAPPED = (identity_codes.AMBIGUOUS_NATURAL_KEY, identity_codes.FOREIGN_EXTERNAL_ID, identity_codes.SAME_RECORD)
"""What a key map decides: which of several records a document is, or which of several documents a record is."""


class Undecided(Refused):
    """Which record a document is about can't be decided; `diagnostics` says why, and what the ways out are."""

    code = codes.PULL_UNDECIDED

    def __init__(self, diagnostics: tuple[Diagnostic, ...]) -> None:
        first, *others = diagnostics
        more = f", and {len(others)} more" if others else ""
        mapped = " Or say it with --key-map." if first.code in MAPPED else ""
        super().__init__(
            f"{first.message}{more}",
            help=f"{first.help}{mapped} Nothing was written.",
            diagnostics=diagnostics,
            repeats=first,
        )


def needed_kinds(catalog: Catalog, scope: Scope) -> list[Kind]:
    """The kinds to fetch: those that are meant (all but dealings with members), and those they refer to."""
    meant = scope.kinds | {key.kind for key in scope.keys}
    if not meant:
        meant = frozenset(name for name, kind in catalog.kinds.items() if kind.resource_class != "transactional")
    needed = meant | _referred(catalog, meant)
    while scope.needs and (more := _referred(catalog, needed) - needed):
        needed |= more
    return [kind for name, kind in catalog.kinds.items() if name in needed]


def _referred(catalog: Catalog, names: Iterable[str]) -> frozenset[str]:
    return frozenset(target for name in names for target in _targets(catalog.kind(name)) if target in catalog.kinds)


def pull(files: Files, live: LiveState, scope: Scope) -> Pulled:
    """What has to be written so that the files say what the tenant has. Raises Undecided, UsageError."""
    bindings = {**_chosen_bindings(files, live, scope), **files.bindings}
    who = _paired(files.desired, live, bindings, files)
    undecided = tuple(each for each in who.diagnostics if each.severity == "error" and _concerns(each, scope))
    if undecided:
        raise Undecided(undecided)
    names = _names(who, live, files)
    scope = _widened(scope, names, files) if scope.needs else scope
    chosen = choose(who, live, names, files, scope)
    _refuse_unknown(scope, who, chosen)
    binds = _needed_bindings(chosen, who, names, bindings, files)
    desk = Desk(names, files, scope, all_taken(files.texts))
    new = [*documents(chosen, desk)]
    revised = [*revisions(who, names, files, scope)]
    made = changes(revised, files, desk.paths)
    records = {pair.key: pair.record for pair in who.pairs if pair.record}
    new += overlays(revised, records, desk)
    return Pulled(
        new=tuple(new),
        revisions=tuple(revised),
        changed=made.documents,
        texts=made.texts,
        binds=tuple(sorted((names.binds | binds).values(), key=lambda binding: binding.key)),
        diagnostics=tuple(findings(new, revised, chosen, desk, live)),
        left_out=left_out(live, files, scope),
        requests=live.requests,
    )


def _targets(kind: Kind) -> Iterator[str]:
    waiting = [kind.root]
    while waiting:
        field = waiting.pop()
        yield from field.ref
        waiting += [*(field.fields or {}).values(), *([field.items] if field.items else [])]


def _paired(state: DesiredState, live: LiveState, bindings: Bindings, files: Files) -> Identity:
    return identity.pair(
        state, live, project=files.project, bindings=bindings, catalog=files.catalog, dialect=files.dialect
    )


def _chosen_bindings(files: Files, live: LiveState, scope: Scope) -> dict[Key, Binding]:
    """What the user says a key is, where the key has a document."""
    there = {(record.kind, record.id) for record in live.all()}
    keys = {Key(kind, name): id for (kind, id), name in scope.chosen.items() if (kind, id) in there}
    return {key: Binding(key, id) for key, id in keys.items() if key in files.desired.resources}


def _concerns(found: Diagnostic, scope: Scope) -> bool:
    return found.key is None or scope.takes(found.key, "")


def _names(who: Identity, live: LiveState, files: Files) -> Names:
    names = Names.of(who, live)
    documents: tuple[Document, ...] = (*files.base.documents, *files.overlays.documents, *files.elsewhere)
    for document in documents:
        names.taken.setdefault(files.catalog.qualify(document.kind), set()).add(document.key)
    return names


def _widened(scope: Scope, names: Names, files: Files) -> Scope:
    """With all that the named records refer to, by their ids."""
    records = {(record.kind, record.id): record for record in names.live.all()}
    reached = {place for place in records if scope.names(Key(place[0], names.named.get(place, "")), place[1])}
    waiting = [*reached]
    while waiting:
        record = records[waiting.pop()]
        for _, field, id in references(files.catalog.kind(record.kind), record.body):
            more = {(kind, str(id)) for kind in field.targets} & records.keys() - reached
            ours = [place for place in more if _is_bindable(records[place], files)]
            reached.update(ours)
            waiting += ours
    return replace(scope, keys=scope.keys | {Key(*place) for place in reached})


def _refuse_unknown(scope: Scope, who: Identity, chosen: Iterable[Chosen]) -> None:
    """Name what was asked for and isn't there."""
    records = [(pair.key, pair.record) for pair in who.pairs if pair.record]
    found = {each for key, record in records for each in (key, Key(key.kind, record.id))}
    found |= {each for one in chosen for each in (one.key, Key(one.key.kind, one.record.id))}
    found |= {Key(one.key.kind, mark.key) for one in chosen if (mark := identity.mark_of(one.record))}
    missing = sorted(scope.keys - found)
    if missing:
        known = ", ".join(sorted(str(key) for key in found if key.kind == missing[0].kind)[:5])
        raise UsageError(f"the tenant has no {missing[0]}", help=f"it has {known}" if known else None)


def _needed_bindings(
    chosen: list[Chosen], who: Identity, names: Names, bindings: Bindings, files: Files
) -> dict[Key, Binding]:
    """The bindings without which the next plan would not know the new documents' records, or not those chosen."""
    new = {resource.key: resource for resource in _resources(chosen, names, files)}
    resources = {**files.desired.resources, **new}
    state = DesiredState(resources, files.desired.skipped)
    records: dict[Key, Record] = {each.key: each.record for each in chosen}
    records |= {pair.key: pair.record for pair in who.pairs if pair.record}
    needed: dict[Key, Binding] = {}
    kept = {key: binding for key, binding in bindings.items() if key in files.bindings or key not in resources}
    for _ in range(ROUNDS):
        found = {pair.key: pair.record for pair in _paired(state, names.live, {**kept, **needed}, files).pairs}
        wrong = [key for key, record in records.items() if found.get(key) is not record and _is_bindable(record, files)]
        if not set(wrong) - needed.keys():
            break
        needed |= {key: Binding(key, records[key].id) for key in wrong}
    return needed


def _is_bindable(record: Record, files: Files) -> bool:
    """Whether a binding is believed: not over another project's mark."""
    found = identity.mark_of(record)
    return found is None or found.project == files.project


def _resources(chosen: Iterable[Chosen], names: Names, files: Files) -> Iterator[Resource]:
    """The new documents as resources, as far as identity looks at them: their natural keys."""
    known = frozenset(Key(kind, name) for (kind, _), name in names.named.items())
    for each in chosen:
        kind = files.catalog.kind(each.key.kind)
        natural = {name: each.record.body[name] for name in kind.natural_key if name in each.record.body}
        spec = form(kind.root, natural, Form(names))
        if isinstance(spec, dict):
            body = substitute(kind, spec, lambda field, text: _resolved(field, str(text), known))
            yield Resource(each.key, body, ())


def _resolved(field: Field, text: str, known: frozenset[Key]) -> Json:
    if text.startswith("id:"):
        return text.removeprefix("id:")
    meant = [Key.parse(text)] if "/" in text else [Key(kind, text) for kind in field.targets]
    return {"$ref": str(next((key for key in meant if key in known), meant[0]))}
