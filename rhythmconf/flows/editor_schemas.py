"""Name the schema files for editors, and find what is in them: the kinds of a project and the keys of its documents."""

from __future__ import annotations

from contextlib import suppress

from rhythmconf.catalog import Catalog, widen_all
from rhythmconf.errors import SettingsError
from rhythmconf.settings import Settings
from rhythmconf.source.project.opening import add_documents, open_without_documents

SCHEMA = "rhythmconf.schema.json"
OVERLAY_SCHEMA = "rhythmconf.overlay.schema.json"
"""The files that modelines and the settings of editors name."""


def kinds_and_keys(settings: Settings) -> tuple[Catalog, dict[str, list[str]]]:
    """Return the kinds of a project, and the keys of its documents by the qualified name of their kind."""
    project = open_without_documents(settings, ())
    with suppress(SettingsError):  # the folder of the documents does not exist yet
        project = add_documents(project, settings.sources, ())
    keys: dict[str, set[str]] = {}
    for document in project.base.documents:
        keys.setdefault(project.catalog.qualify(document.kind), set()).add(document.key)
    return widen_all(project.catalog), {kind: sorted(names) for kind, names in sorted(keys.items())}
