"""A LiveState as a versioned JSON file, so that a plan can be made without the tenant and without its secrets."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import cast

from rhythmconf.catalog import Kind
from rhythmconf.errors import Refused, UsageError
from rhythmconf.model import Body, Fingerprint, Json, LiveState, decode
from rhythmconf.settings import Environment

FORMAT = "rhythmconf snapshot"
VERSION = 1
HELP = "take it again: rhythmconf pull --snapshot FILE"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a tenant held at `taken_at` (ISO 8601 UTC), by qualified kind; it serves lists as a client does."""

    fingerprint: Fingerprint
    taken_at: str
    records: Mapping[str, list[Body]]
    requests: int = 0

    def list(self, kind: Kind) -> Iterator[list[Body]]:
        """The records of a kind, in one page. Raises UsageError for a kind that wasn't fetched then."""
        if kind.name not in self.records:
            raise UsageError(f"the snapshot has no {kind.name}", help=HELP)
        yield self.records[kind.name]


def dump(live: LiveState, fingerprint: Fingerprint, *, taken_at: str) -> bytes:
    """The file of a live state."""
    place = {"environment": fingerprint.environment, "tenant": fingerprint.tenant, "base_url": fingerprint.base_url}
    whole: Body = {
        "format": FORMAT,
        "format_version": VERSION,
        "taken_at": taken_at,
        "fingerprint": {**place, "incarnation": [list(pair) for pair in fingerprint.incarnation]},
        "records": {kind: [record.body for record in records] for kind, records in live.records.items()},
    }
    return (json.dumps(whole, indent=1) + "\n").encode()


def read(data: bytes, *, file: str) -> Snapshot:
    """Read such a file. Raises UsageError for anything else."""
    try:
        value = decode(data)
    except ValueError as error:
        raise UsageError(f"this is no snapshot: {error}", where=file, help=HELP) from error
    if not isinstance(value, dict) or value.get("format") != FORMAT:
        raise UsageError("this is no snapshot", where=file, help=HELP)
    if value.get("format_version") != VERSION:
        version = value.get("format_version")
        raise UsageError(f"format version {version} of a snapshot is not known here", where=file, help=HELP)
    place, records = value.get("fingerprint"), value.get("records")
    if not isinstance(place, dict) or not isinstance(records, dict) or not all(map(_is_list, records.values())):
        raise UsageError("the snapshot is damaged", where=file, help=HELP)
    return Snapshot(_fingerprint(place), str(value.get("taken_at")), cast("Mapping[str, list[Body]]", records))


def refuse_foreign(snapshot: Snapshot, environment: Environment) -> None:
    """Raise Refused for a snapshot of another tenant than the environment's."""
    place = snapshot.fingerprint
    if (place.tenant, place.base_url) != (environment.tenant, environment.address):
        raise Refused(
            f"the snapshot is of tenant {place.tenant} at {place.base_url}, but {environment.name} is tenant "
            f"{environment.tenant} at {environment.address}",
            help=f"take one of it: rhythmconf pull --env {environment.name} --snapshot FILE",
        )


def _is_list(bodies: Json) -> bool:
    return isinstance(bodies, list) and all(isinstance(body, dict) for body in bodies)


def _fingerprint(place: Body) -> Fingerprint:
    pairs = cast("list[list[str]]", place.get("incarnation") or [])
    return Fingerprint(
        environment=str(place.get("environment")),
        tenant=str(place.get("tenant")),
        base_url=str(place.get("base_url")),
        incarnation=tuple((str(id), str(created)) for id, created in pairs),
    )
