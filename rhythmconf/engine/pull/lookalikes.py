"""Warn about new documents that look like a document that was there before, or like each other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain

from rhythmconf.catalog import Kind
from rhythmconf.engine.pull import codes
from rhythmconf.engine.pull.values import NewDocument, ProjectFiles
from rhythmconf.model import Diagnostic, Key, Location, Resource
from rhythmconf.model.appearance import contrast


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
    lookalikes: Sequence[tuple[Resource, Key]], new: Iterable[NewDocument], files: ProjectFiles
) -> Iterator[Diagnostic]:
    """Yield a warning for each lookalike. `new` are the documents as they are written."""
    written: dict[Key, NewDocument] = {}
    for document in new if lookalikes else ():
        # An overlay comes after the document that it belongs to, which has the natural key.
        written.setdefault(document.key, document)
    for resource, earlier in lookalikes:
        yield _warn(resource, earlier, files.site.catalog.kind(resource.key.kind), written, files)


def _warn(
    resource: Resource, earlier: Key, kind: Kind, written: Mapping[Key, NewDocument], files: ProjectFiles
) -> Diagnostic:
    own = written[resource.key]
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
    how = ", ".join(f"{name} is {here} here and {there} there" for name, here, there in parts)
    lines = f"`{earlier.name}: {own.id}` under `{files.site.catalog.shown(kind.name)}:`"
    return Diagnostic(
        codes.LOOKALIKE_PULLED,
        f"{resource.key}: record {own.id!r} looks like {earlier} ({where})"
        + (f": {how}" if how else f": both have the same {' and '.join(kind.natural_key)}"),
        "warning",
        Location(own.file),
        key=resource.key,
        help=f"If it is the record of {earlier.name}, write {lines} in bindings/{files.site.environment.name}.yaml "
        "and remove the new document. If not, give one of the two a name that people can tell apart.",
    )
