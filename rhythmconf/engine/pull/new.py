"""Records without a document -> new documents, with keys of their own."""

from __future__ import annotations

import posixpath
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from rhythmconf.catalog import Kind, references
from rhythmconf.engine.identity import mark_of
from rhythmconf.engine.pull.form import Form, form
from rhythmconf.engine.pull.names import Names, wish
from rhythmconf.engine.pull.paths import Paths, document_path
from rhythmconf.engine.pull.texts import file_name, long_texts, with_value, without
from rhythmconf.engine.pull.values import Files, New, Revision, Scope
from rhythmconf.model import Body, Identity, Json, Key, LiveState, Missing, Record, at, pointer, tokens


@dataclass(frozen=True, slots=True)
class Chosen:
    """A record and the key it gets."""

    key: Key
    record: Record


def choose(who: Identity, live: LiveState, names: Names, files: Files, scope: Scope) -> list[Chosen]:
    """The records that no document is about and that are meant, oldest first, so that numbers of keys stay."""
    if scope.only_drift:
        return []
    spoken_for = {(pair.key.kind, pair.record.id) for pair in who.pairs if pair.record}
    chosen: list[Chosen] = []
    for kind, records in live.records.items():
        free = [each for each in records if (kind, each.id) not in spoken_for and not _is_skipped(each, files)]
        for record in sorted(free, key=_age):
            known = names.named.get((kind, record.id))
            name = known or wish(record, files.catalog.kind(kind), scope.chosen)
            if _is_meant(Key(kind, name), record, files, scope):
                chosen.append(Chosen(Key(kind, known or names.give((kind, record.id), name)), record))
    return chosen


def left_out(live: LiveState, files: Files, scope: Scope) -> Mapping[str, int]:
    """How many records of the kinds that are meant stay where they are, since another project manages them."""
    if scope.only_drift or scope.keys:
        return {}
    marks = (mark_of(record) for record in live.all() if not scope.kinds or record.kind in scope.kinds)
    return Counter(found.project for found in marks if found and found.project != files.project)


def _age(record: Record) -> tuple[str, str]:
    return str(record.body.get("sys_created_at") or ""), record.id


def _is_skipped(record: Record, files: Files) -> bool:
    found = mark_of(record)
    return found is not None and found.project == files.project and Key(record.kind, found.key) in files.desired.skipped


def _is_meant(key: Key, record: Record, files: Files, scope: Scope) -> bool:
    """What another project manages has to be named."""
    found = mark_of(record)
    if found is not None and found.project != files.project:
        return scope.names(key, record.id) or Key(key.kind, found.key) in scope.keys
    return scope.takes(key, record.id)


@dataclass(slots=True)
class Desk:
    """Where new documents are made: whose they are, which paths are free, and whose texts could not be kept."""

    names: Names
    files: Files
    scope: Scope
    paths: Paths
    lost: list[Key] = field(default_factory=list)
    dangling: list[tuple[Key, str]] = field(default_factory=list)

    @property
    def overlay(self) -> str:
        """The folder of what is true in this environment only."""
        return f"overlays/{self.files.environment}"


def documents(chosen: Iterable[Chosen], desk: Desk) -> Iterator[New]:
    """The new documents. A literal id stands in an overlay, since it means something in one environment only."""
    folder = desk.overlay if desk.scope.as_overlay else desk.files.folder
    for each in chosen:
        kind = desk.files.catalog.kind(each.key.kind)
        distinct = desk.files.dialect.empty_lists == "distinct"
        how = Form(desk.names, empty_lists=distinct, fill_in=not distinct)
        made = form(kind.root, each.record.body, how)
        spec: Body = made if isinstance(made, dict) else {}
        desk.lost += [each.key] * len(how.lost)
        desk.dangling += [(each.key, id) for id in sorted(how.dangling)]
        special: Body = {}
        for path in _literals(kind, spec, how) if how.dangling and folder != desk.overlay else ():
            special = with_value(special, path, _at(spec, path))
            spec = without(spec, path)
        yield _new(each.key, each.record, spec, folder, desk)
        if special:
            yield _new(each.key, each.record, special, desk.overlay, desk)


def overlays(revisions: Iterable[Revision], records: Mapping[Key, Record], desk: Desk) -> Iterator[New]:
    """The overlays that revisions need and that don't exist yet, one a key."""
    specs: dict[Key, Body] = {}
    for each in revisions:
        if each.origin is None:
            specs[each.key] = with_value(specs.get(each.key, {}), each.path, each.new)
    for key, spec in specs.items():
        yield _new(key, records[key], spec, desk.overlay, desk, protect=False)


def _new(key: Key, record: Record, spec: Body, folder: str, desk: Desk, *, protect: bool = True) -> New:
    short = desk.files.short(key.kind)
    file = document_path(desk.scope.layout, folder, key, short)
    found = mark_of(record)
    document: Body = {"kind": short, "key": key.name}
    if protect and found is not None and found.protected:
        document["protect"] = True
    here, texts = posixpath.dirname(file), list[tuple[str, str]]()
    named: Body = {}
    for path, text in [*long_texts(spec)]:
        own = desk.paths.free(posixpath.join(here, file_name(key.name, path, text)))
        texts.append((own, text))
        named[pointer(path)] = posixpath.basename(own)
        spec = without(spec, path)
    document["spec"] = spec
    return New(key, record.id, file, {**document, "files": named} if named else document, tuple(texts))


def _literals(kind: Kind, spec: Body, how: Form) -> list[tuple[str, ...]]:
    """The paths of the fields with a literal id, down to the first list: that is what an overlay can replace."""
    found = [tokens(where) for where, _, text in references(kind, spec) if str(text)[3:] in how.dangling]
    return list(dict.fromkeys(_above_lists(spec, path) for path in found))


def _at(spec: Json, path: tuple[str, ...]) -> Json:
    found = at(spec, pointer(path))
    return None if isinstance(found, Missing) else found


def _above_lists(spec: Json, path: tuple[str, ...]) -> tuple[str, ...]:
    for depth, name in enumerate(path):
        if isinstance(spec, list):
            return path[:depth]
        spec = spec.get(name) if isinstance(spec, dict) else None
    return path
