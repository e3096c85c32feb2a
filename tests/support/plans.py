"""Plans for tests: a few desired bodies and live records -> identity, comparison and plan."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from rhythmconf.catalog import Catalog
from rhythmconf.engine.diff import compare
from rhythmconf.engine.identity import pair
from rhythmconf.engine.plan import Allow, build
from rhythmconf.model import (
    Bindings,
    Body,
    Change,
    DesiredState,
    Fingerprint,
    Key,
    LiveState,
    Origin,
    Plan,
    Record,
    Resource,
)
from rhythmconf.settings import Dialect
from tests.support import catalogs

BASIC = Dialect()
PLACE = Fingerprint("sandbox", "hisp-sandbox", "https://{module}.example.org", (("r1", "2026-01-01"),))
NOTHING = Allow()

NODE = catalogs.schema(
    "web/node",
    {
        "id": {"type": "string", "readOnly": True},
        "name": {"type": "string"},
        "size": {"type": "number"},
        "count": {"type": "number", "x-runtime": True},
        "next_id": {"type": "string", "x-ref": "node"},
        "must_id": {"type": "string", "x-ref": "node"},
        "strict": {"type": "boolean"},
        "peer_id": {"type": "string", "x-ref": "node", "x-when": {"strict": [True]}},
        "inside": {
            "type": "object",
            "properties": {
                "need_ids": {"type": "array", "items": {"type": "string"}, "x-list-type": "set", "x-ref": "node"},
                "more": {"type": "string"},
            },
            "required": ["need_ids"],
        },
        "steps": {
            "type": "array",
            "x-list-type": "map",
            "x-list-map-keys": [["name"]],
            "items": {
                "type": "object",
                "properties": {"name": {"type": "string"}, "to_id": {"type": "string", "x-ref": "node"}},
            },
        },
        "tags": {"type": "array", "items": {"type": "string"}, "x-list-type": "set"},
        "text": {"type": "object", "properties": {"subject": {"type": "string"}, "body": {"type": "string"}}},
    },
)
LEAF = catalogs.schema(
    "web/leaf", {"name": {"type": "string"}, "must_id": {"type": "string", "x-ref": "node"}}, required=["must_id"]
)
KNOT = catalogs.schema(
    "web/knot", {"name": {"type": "string"}, "must_id": {"type": "string", "x-ref": "knot"}}, required=["must_id"]
)


def web(folder: Path) -> Catalog:
    """A catalogue in which everything may refer to everything: nodes if they like, leaves and knots have to."""
    for one in (NODE, LEAF, KNOT):
        one["x-resource"]["natural_key"] = ["name"]
    return catalogs.catalog(folder, NODE, LEAF, KNOT, module="web")


def batching(catalog: Catalog) -> Catalog:
    """The same kinds, each with a batch endpoint."""
    kinds = {
        name: replace(kind, operations={**kind.operations, "batch": "seed"}) for name, kind in catalog.kinds.items()
    }
    return replace(catalog, kinds=kinds)


def ref(name: str, kind: str = "web/node") -> Body:
    """A reference to a key."""
    return {"$ref": f"{kind}/{name}"}


def node(id: str, mark: str | None = None, kind: str = "web/node", **body: Any) -> Record:
    """A live record of the project `p`."""
    external = f"rhythmconf/p/{mark}" if mark else None
    return Record(kind, id, {"id": id, "sys_version": 3, "sys_external_id": external, "name": mark or id, **body})


def plan(
    catalog: Catalog,
    desired: Mapping[str, Body],
    live: Iterable[Record] = (),
    *,
    prune: Collection[str] = (),
    dialect: Dialect = BASIC,
    bindings: Bindings | None = None,
    **facts: Any,
) -> Plan:
    """Plan nodes by key name (or `kind/name`)."""
    records = list(live)
    state = LiveState(
        {kind: tuple(each for each in records if each.kind == kind) for kind in catalog.kinds}, requests=3
    )
    keys = {key(name): body for name, body in desired.items()}
    resources = {each: Resource(each, body, (Origin("web.yaml"),)) for each, body in keys.items()}
    wanted = DesiredState(resources)
    return planned(wanted, state, catalog, prune=prune, dialect=dialect, bindings=bindings, **facts)


def planned(
    desired: DesiredState,
    live: LiveState,
    catalog: Catalog,
    *,
    prune: Collection[str] = (),
    dialect: Dialect = BASIC,
    bindings: Bindings | None = None,
    **facts: Any,
) -> Plan:
    """The walk of the project `p` from two states to the plan's door."""
    who = pair(desired, live, project="p", bindings=bindings or {}, catalog=catalog, dialect=dialect)
    found = compare(who, catalog=catalog, dialect=dialect, prune=[key(name) for name in prune])
    given: dict[str, Any] = {"project": "p", "protected": False, "fingerprint": PLACE} | facts
    return build(found, identity=who, live=live, catalog=catalog, dialect=dialect, **given)


def key(name: str) -> Key:
    """`a` is the node a, `leaf/a` the leaf."""
    kind, _, short = name.rpartition("/")
    return Key(f"web/{kind or 'node'}", short)


def changes(made: Plan) -> dict[str, Change]:
    """The changes by the name of their key."""
    return {change.key.name: change for change in made.changes}
