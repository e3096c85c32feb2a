"""Decide which kinds a command can do without, where the tenant refuses to list them (RC609)."""

from __future__ import annotations

from collections.abc import Iterable

from rhythmconf.model import DesiredState, Document
from rhythmconf.source.project.values import Site


def optional_kinds(site: Site, state: DesiredState, elsewhere: Iterable[Document] = ()) -> frozenset[str]:
    """Return the kinds of which the project knows no record: it has neither a document nor a binding of them.

    `elsewhere` has the documents of other environments, where they count.
    """
    keys = {*state.resources, *state.skipped, *site.bindings}
    declared = {site.catalog.qualify(document.kind) for document in elsewhere}
    return frozenset(site.catalog.kinds) - {key.kind for key in keys} - declared
