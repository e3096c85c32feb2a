"""Keep the records of a tenant in a versioned JSON file: a plan can be made from it without access to the tenant."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import NamedTuple, cast

from rhythmconf.catalog import Kind
from rhythmconf.errors import Refused, UsageError
from rhythmconf.model import Body, Fingerprint, Json, LiveState, decode
from rhythmconf.model.moments import normalise_moment
from rhythmconf.settings import Environment

FORMAT = "rhythmconf snapshot"
VERSION = 1
HELP = "take a new snapshot: rhythmconf pull --snapshot FILE"


class NotInSnapshot(UsageError):
    """A snapshot has no records of a kind: it was not asked for, or the tenant refused to list it."""


class Snapshot(NamedTuple):
    """The records of a tenant at `taken_at`, by qualified kind. It lists them like a client.

    `taken_at` has the form of times in plan files; it is empty if the file has no valid time.
    """

    fingerprint: Fingerprint
    taken_at: str
    records: Mapping[str, list[Body]]
    requests: int = 0

    def list(self, kind: Kind) -> Iterator[list[Body]]:
        """Yield the records of a kind in one page. Raises NotInSnapshot for a kind that the snapshot lacks."""
        if kind.name not in self.records:
            raise NotInSnapshot(f"the snapshot has no records of {kind.name}", help=HELP)
        yield self.records[kind.name]


class EmptyTenant(NamedTuple):
    """A tenant that is assumed to have no records. It lists them like a client."""

    requests: int = 0

    def list(self, kind: Kind) -> Iterator[list[Body]]:  # noqa: ARG002 -- every kind is empty
        """Yield no page."""
        yield from ()


def dump_snapshot(live: LiveState, fingerprint: Fingerprint, *, taken_at: str) -> bytes:
    """Return the content of a snapshot file."""
    tenant = {"environment": fingerprint.environment, "tenant": fingerprint.tenant, "base_url": fingerprint.base_url}
    snapshot: Body = {
        "format": FORMAT,
        "format_version": VERSION,
        "taken_at": taken_at,
        "fingerprint": {**tenant, "incarnation": [list(pair) for pair in fingerprint.incarnation]},
        "records": {kind: [record.body for record in records] for kind, records in live.records.items()},
    }
    return (json.dumps(snapshot, indent=1) + "\n").encode()


def read_snapshot(data: bytes, *, file: str) -> Snapshot:
    """Read the content of a snapshot file. Raises UsageError for anything else."""
    try:
        value = decode(data)
    except ValueError as error:
        raise UsageError(f"this is not a snapshot: {error}", where=file, help=HELP) from error
    if not isinstance(value, dict) or value.get("format") != FORMAT:
        raise UsageError("this is not a snapshot", where=file, help=HELP)
    if value.get("format_version") != VERSION:
        version = value.get("format_version")
        raise UsageError(f"this rhythmconf can't read snapshots of format version {version}", where=file, help=HELP)
    # The records themselves are checked where they are fetched, as those of a client are.
    fingerprint, records = value.get("fingerprint"), value.get("records")
    if not isinstance(fingerprint, dict) or not isinstance(records, dict) or not all(map(_is_list, records.values())):
        raise UsageError("the snapshot is damaged", where=file, help=HELP)
    taken_at = normalise_moment(value.get("taken_at"))
    return Snapshot(_read_fingerprint(fingerprint), taken_at, cast("Mapping[str, list[Body]]", records))


def check_tenant(snapshot: Snapshot, environment: Environment) -> None:
    """Raise Refused if the snapshot is of another tenant than the environment's."""
    fingerprint = snapshot.fingerprint
    if (fingerprint.tenant, fingerprint.base_url) != (environment.tenant, environment.address):
        raise Refused(
            f"the snapshot is of tenant {fingerprint.tenant} at {fingerprint.base_url}, but {environment.name} is "
            f"tenant {environment.tenant} at {environment.address}",
            help=f"take a snapshot of this tenant: rhythmconf pull --env {environment.name} --snapshot FILE",
        )


def _is_list(bodies: Json) -> bool:
    return isinstance(bodies, list) and all(isinstance(body, dict) for body in bodies)


def _read_fingerprint(body: Body) -> Fingerprint:
    pairs = cast("list[list[str]]", body.get("incarnation") or [])
    return Fingerprint(
        environment=str(body.get("environment")),
        tenant=str(body.get("tenant")),
        base_url=str(body.get("base_url")),
        incarnation=tuple((str(id), str(created)) for id, created in pairs),
    )
