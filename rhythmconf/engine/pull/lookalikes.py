"""Warn about new documents that look like a document that was there before, or like each other."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain

from rhythmconf.engine.pull import codes
from rhythmconf.engine.pull.values import NewDocument, ProjectFiles
from rhythmconf.model import Diagnostic, Key, Location, Resource
from rhythmconf.model.appearance import contrast
from rhythmconf.settings.bindings import write_binding


def find_lookalikes(resources: Iterable[Resource], files: ProjectFiles) -> Iterator[tuple[Resource, Key]]:
    """Yield each new document whose natural key looks like that of another, with the key of that one.

    `resources` are the new documents with their natural keys.
    """
    # Only the digest and the key of each document are kept: a tenant may have many records.
    first: dict[int, Key] = {}
    for resource in chain(files.desired.resources.values(), resources):
        kind = files.site.catalog.kind(resource.key.kind)
        if appearance := kind.natural_appearance(resource.body):
            earlier = first.setdefault(hash((kind.name, appearance)), resource.key)
            if earlier != resource.key and not resource.origins:
                yield resource, earlier


def warn_lookalikes(
    lookalikes: Sequence[tuple[Resource, Key]],
    new: Iterable[NewDocument],
    files: ProjectFiles,
    managed: Collection[Key],
) -> Iterator[Diagnostic]:
    """Yield a warning for each lookalike. `new` are the documents as they are written; `managed` keys have a record."""
    written: dict[Key, NewDocument] = {}
    for document in new if lookalikes else ():
        # An overlay comes after the document that it belongs to, which has the natural key.
        written.setdefault(document.key, document)
    for resource, earlier in lookalikes:
        help = _help(written[resource.key], earlier, files, has_record=earlier in managed or earlier in written)
        yield _warn(resource, earlier, help, written, files)


def _warn(
    resource: Resource, earlier: Key, help: str, written: Mapping[Key, NewDocument], files: ProjectFiles
) -> Diagnostic:
    own, kind = written[resource.key], files.site.catalog.kind(resource.key.kind)
    if earlier in written:
        other, where = written[earlier].document["spec"], written[earlier].file
    else:
        other, where = files.desired.resources[earlier].body, files.desired.resources[earlier].origins[0].file
    values = other if isinstance(other, dict) else {}
    parts = [
        (name, *contrast(ours, theirs))
        for name in kind.natural_key
        if isinstance(ours := resource.body[name], str) and isinstance(theirs := values.get(name), str)
        if ours != theirs
    ]
    shown = files.site.catalog.names
    how = ", ".join(f"{name} is {here} here and {there} there" for name, here, there in parts)
    return Diagnostic(
        codes.LOOKALIKE_PULLED,
        f"{shown.key(resource.key)}: record {own.id!r} looks like {shown.key(earlier)} ({where})"
        + (f": {how}" if how else f": both have the same {' and '.join(kind.natural_key)}"),
        "warning",
        Location(own.file),
        key=resource.key,
        help=help,
    )


def _help(own: NewDocument, earlier: Key, files: ProjectFiles, *, has_record: bool) -> str:
    apart = "If not, give one of the two a name that people can tell apart."
    if has_record:
        return f"{earlier.name} has a record of its own. If the two are the same, delete one of them in Rhythm. {apart}"
    lines = f"`{write_binding(earlier, own.id)}` under `{files.site.catalog.shown(earlier.kind)}:`"
    return (
        f"If it is the record of {earlier.name}, write {lines} in bindings/{files.site.environment.name}.yaml "
        f"and remove the new document. {apart}"
    )
