"""Write documents for the records that have none, and the overlays that a pull needs."""

from __future__ import annotations

import posixpath
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from sys import intern

from rhythmconf.catalog import Kind, references
from rhythmconf.engine.identity import mark_of
from rhythmconf.engine.pull.conform import LeftOut, conform
from rhythmconf.engine.pull.names import Names, choose_name
from rhythmconf.engine.pull.paths import Paths, document_path
from rhythmconf.engine.pull.spec_writer import SpecWriter
from rhythmconf.engine.pull.text_files import above_lists, long_texts, text_file_name, with_member, without_member
from rhythmconf.engine.pull.values import NewDocument, ProjectFiles, PullScope, Revision
from rhythmconf.model import Binding, Body, Identity, Key, LiveState, Missing, Record, at, pointer, tokens


@dataclass(frozen=True, slots=True)
class NamedRecord:
    """A record and its new key."""

    key: Key
    record: Record


def choose_records(identity: Identity, names: Names, files: ProjectFiles, scope: PullScope) -> list[NamedRecord]:
    """Name the records in scope that have no document.

    The oldest come first, so that the numbers at the end of key names stay the same in the next pull.
    """
    if scope.only_drift:
        return []
    with_document = {(pair.key.kind, pair.record.id) for pair in identity.pairs if pair.record}
    chosen: list[NamedRecord] = []
    for kind, records in names.live.records.items():
        if not files.site.catalog.kind(kind).is_managed:
            continue
        free = [record for record in records if (kind, record.id) not in with_document]
        for record in sorted(free, key=lambda record: (str(record.body.get("sys_created_at") or ""), record.id)):
            if _is_skipped(record, files):
                continue
            present = names.named.get((kind, record.id))
            name = present or choose_name(record, files.site.catalog.kind(kind), scope.chosen)
            if _is_in_scope(Key(kind, name), record, files, scope):
                chosen.append(NamedRecord(Key(kind, present or names.give((kind, record.id), name)), record))
    return chosen


def count_left_out(live: LiveState, files: ProjectFiles, scope: PullScope) -> Mapping[str, int]:
    """Count, by project, the records in scope that are left out because another project manages them."""
    if scope.only_drift or scope.keys:
        return {}
    marks = (mark_of(record) for record in live.all() if not scope.kinds or record.kind in scope.kinds)
    return Counter(mark.project for mark in marks if mark and mark.project != files.site.project)


def _is_skipped(record: Record, files: ProjectFiles) -> bool:
    """Whether a document of the record says `skip` for this environment."""
    mark = mark_of(record)
    return (
        mark is not None and mark.project == files.site.project and Key(record.kind, mark.key) in files.desired.skipped
    )


def _is_in_scope(key: Key, record: Record, files: ProjectFiles, scope: PullScope) -> bool:
    """Whether a record is pulled. One that another project manages has to be named."""
    mark = mark_of(record)
    if mark is not None and mark.project != files.site.project:
        return scope.names(key, record.id) or Key(key.kind, mark.key) in scope.keys
    return scope.includes(key, record.id)


@dataclass(slots=True)
class DocumentWriter:
    """Write new documents. `unwritable`, `dangling` and `refused` collect what a reviewer should know.

    `unwritable` has a key and a word for what no file can hold, `dangling` key and id of each reference to no record,
    `refused` each key with what its schema refuses of the record; without a document where that is all of it.
    """

    names: Names
    files: ProjectFiles
    scope: PullScope
    paths: Paths
    unwritable: list[tuple[Key, str]] = field(default_factory=list)
    dangling: list[tuple[Key, str]] = field(default_factory=list)
    refused: list[tuple[Key, LeftOut]] = field(default_factory=list)

    def write_documents(self, chosen: Iterable[NamedRecord]) -> Iterator[NewDocument]:
        """Yield the documents of these records.

        Fields with a literal id go to an overlay, because an id means something in one environment only.
        """
        overlay_folder = f"overlays/{self.files.site.environment.name}"
        folder = overlay_folder if self.scope.as_overlay else self.files.folder
        distinct = self.files.site.dialect.empty_lists == "distinct"
        for named in chosen:
            kind = self.files.site.catalog.kind(named.key.kind)
            writer = SpecWriter(self.names, empty_lists=distinct, fill_required=not distinct)
            written = writer.write(kind.root, named.record.body)
            spec, left_out = conform(kind, written if isinstance(written, dict) else {})
            self.refused += [(named.key, one) for one in left_out]
            self.unwritable += [(named.key, what) for what in writer.unwritable]
            self.dangling += [(named.key, id) for id in sorted(writer.dangling)]
            if spec is None:
                # Other documents may refer to the record, so its key must have a meaning.
                self.names.binds[named.key] = Binding(named.key, named.record.id)
                continue
            base, overlay = spec, Body()
            for path in _literal_ids(kind, spec, writer) if writer.dangling and folder != overlay_folder else ():
                value = at(spec, pointer(path))
                overlay = with_member(overlay, path, None if isinstance(value, Missing) else value)
                base = without_member(base, path)
            if overlay and not kind.check(base):
                # The field is required: the document can only be one of this environment.
                yield self._document(named.key, named.record, spec, overlay_folder)
                continue
            yield self._document(named.key, named.record, base, folder)
            if overlay:
                yield self._document(named.key, named.record, overlay, overlay_folder)

    def write_overlays(self, revisions: Iterable[Revision], records: Mapping[Key, Record]) -> Iterator[NewDocument]:
        """Yield the overlays that revisions need and that don't exist yet, one for each key."""
        specs: dict[Key, Body] = {}
        for revision in revisions:
            if revision.origin is None:
                specs[revision.key] = with_member(specs.get(revision.key, {}), revision.path, revision.new)
        for key, spec in specs.items():
            yield self._document(key, records[key], spec, f"overlays/{self.files.site.environment.name}", protect=False)

    def _document(self, key: Key, record: Record, spec: Body, folder: str, *, protect: bool = True) -> NewDocument:
        # Interned, because the documents of a kind all hold this text.
        short = intern(self.files.site.catalog.shown(key.kind))
        file = self.paths.spell(document_path(self.scope.layout, folder, key, short))
        self.paths.add(file)
        mark = mark_of(record)
        document: Body = {"kind": short, "key": key.name}
        if protect and mark is not None and mark.protected:
            document["protect"] = True
        texts: list[tuple[str, str]] = []
        names: Body = {}
        for path, text in [*long_texts(spec)]:
            own = self.paths.free(posixpath.join(posixpath.dirname(file), text_file_name(key.name, path, text)))
            texts.append((own, text))
            names[pointer(path)] = posixpath.basename(own)
            spec = without_member(spec, path)
        document["spec"] = spec
        return NewDocument(key, record.id, file, {**document, "files": names} if names else document, tuple(texts))


def _literal_ids(kind: Kind, spec: Body, writer: SpecWriter) -> list[tuple[str, ...]]:
    """Return the paths of the fields with a literal id, down to the first list: that is what an overlay replaces."""
    paths = [tokens(where) for where, _, text in references(kind, spec) if str(text)[3:] in writer.dangling]
    return list(dict.fromkeys(above_lists(spec, path) for path in paths))
