"""The shape of a document: a Field whose members are those of documents, in their canonical order."""

from __future__ import annotations

from rhythmconf.catalog import Field, Kind

MEMBERS = ("kind", "key", "match", "moved", "protect", "skip", "unmanaged", "spec", "files")


def shape(kind: Kind | None) -> Field:
    """What is known of the documents of a kind, or of one that no schema describes."""
    spec = kind.root if kind else Field()
    return Field("object", fields={name: spec if name == "spec" else Field() for name in MEMBERS})
