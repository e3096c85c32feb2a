"""Warn of ids in values that no schema describes: right in one tenant, they travel to the others as they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rhythmconf.catalog.opaque import opaque_texts
from rhythmconf.engine import pull
from rhythmconf.engine.identity import named
from rhythmconf.flows import codes
from rhythmconf.model import DesiredState, Diagnostic, Identity, Key, LiveState, Record, Resource, pointer
from rhythmconf.model.quoting import quoted
from rhythmconf.source import desired
from rhythmconf.source.project.values import Site

OVERLAYS = "overlays/"


def warn_of_opaque_ids(
    state: DesiredState, live: LiveState, identity: Identity, site: Site, texts: Mapping[str, bytes]
) -> Iterator[Diagnostic]:
    """Warn once for each document that holds the id of a record of this tenant in an opaque value.

    An overlay is for one environment only, so ids in overlays are right.
    """
    found = {
        resource.key: places
        for resource in state.resources.values()
        if (trail := site.catalog.kinds[resource.key.kind].opaque) and (places := [*opaque_texts(trail, resource.body)])
    }
    wanted = {text for places in found.values() for _, text in places}
    # Most projects end here. Looking through all records takes time.
    ids = pull.opaque_ids(record.id for record in live.all() if record.id in wanted) if wanted else ()
    records = {record.id: record for record in live.all() if record.id in ids} if ids else {}
    keys = {(key.kind, id): key for key, id in identity.ids.items()} if records else {}
    for key, places in found.items() if records else ():
        resource = state.resources[key]
        # The lines of a document are looked up only for what is an id.
        own = [(path, text) for path, text in places if text in records and not _is_overlaid(resource, path, texts)]
        if own:
            (path, text), *others = own
            more = f", and {len(others)} more" if others else ""
            yield Diagnostic(
                codes.OPAQUE_ID,
                f"{site.catalog.names.key(key)}: {pointer(path)} is {quoted(text)}, the id of "
                f"{_called(records[text], keys, site)}{more}",
                "warning",
                desired.locate_field(resource, pointer(path), texts),
                f"/spec{pointer(path)}",
                key=key,
                help="Another tenant has other ids: write the value into an overlay of each environment, or say in the "
                "schema of the kind that it is a reference (`x-ref`).",
            )


def _is_overlaid(resource: Resource, path: tuple[str | int, ...], texts: Mapping[str, bytes]) -> bool:
    location = desired.locate_field(resource, pointer(path), texts)
    return location is not None and location.file.startswith(OVERLAYS)


def _called(record: Record, keys: Mapping[tuple[str, str], Key], site: Site) -> str:
    key = keys.get((record.kind, record.id))
    return site.catalog.names.key(key) if key else f"a {site.catalog.names.kind(record.kind)}, {named(record)}"
