"""Make plans from a few desired bodies and live records."""

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
    Guard,
    Key,
    LiveState,
    Origin,
    Plan,
    Record,
    Resource,
)
from rhythmconf.settings import Dialect, Environment
from rhythmconf.source.project.values import Site
from tests.support import catalogs

BASIC = Dialect()
PLACE = Fingerprint("sandbox", "hisp-sandbox", "https://{module}.example.org", (("r1", "2026-01-01"),))
NOTHING = Allow()

NODE = catalogs.make_schema(
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
LEAF = catalogs.make_schema(
    "web/leaf", {"name": {"type": "string"}, "must_id": {"type": "string", "x-ref": "node"}}, required=["must_id"]
)
KNOT = catalogs.make_schema(
    "web/knot", {"name": {"type": "string"}, "must_id": {"type": "string", "x-ref": "knot"}}, required=["must_id"]
)


def make_catalog(folder: Path) -> Catalog:
    """Return a catalogue of kinds that refer to each other; leaves and knots need their reference, nodes don't."""
    for one in (NODE, LEAF, KNOT):
        one["x-resource"]["natural_key"] = ["name"]
    return catalogs.make_catalog(folder, NODE, LEAF, KNOT, module="web")


def with_batches(catalog: Catalog) -> Catalog:
    """Return the same kinds, each with a batch endpoint."""
    kinds = {
        name: replace(kind, operations={**kind.operations, "batch": "seed"}) for name, kind in catalog.kinds.items()
    }
    return replace(catalog, kinds=kinds)


def ref(name: str, kind: str = "web/node") -> Body:
    """Return a reference to a key."""
    return {"$ref": f"{kind}/{name}"}


def node(id: str, mark: str | None = None, kind: str = "web/node", **body: Any) -> Record:
    """Return a live record of the project `p`, with its mark if one is given."""
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
    """Plan bodies, given by `name` (a node) or `kind/name`."""
    records = list(live)
    live_state = LiveState(
        {kind: tuple(record for record in records if record.kind == kind) for kind in catalog.kinds}, requests=3
    )
    bodies = {node_key(name): body for name, body in desired.items()}
    resources = {node_key: Resource(node_key, body, (Origin("web.yaml"),)) for node_key, body in bodies.items()}
    desired_state = DesiredState(resources)
    return plan_states(desired_state, live_state, catalog, prune=prune, dialect=dialect, bindings=bindings, **facts)


def make_site(
    catalog: Catalog,
    dialect: Dialect = BASIC,
    *,
    project: str = "p",
    bindings: Bindings | None = None,
    protected: bool = False,
) -> Site:
    """Return the site of a project in the environment of PLACE."""
    environment = Environment(
        PLACE.environment, PLACE.tenant, base_url=PLACE.base_url, protected=protected, dialect=dialect
    )
    return Site(catalog, environment, project, bindings or {})


def plan_states(
    desired: DesiredState,
    live: LiveState,
    catalog: Catalog,
    *,
    prune: Collection[str] = (),
    dialect: Dialect = BASIC,
    bindings: Bindings | None = None,
    **facts: Any,
) -> Plan:
    """Plan the project `p` from its desired and its live state."""
    site = make_site(catalog, dialect, bindings=bindings, protected=facts.pop("protected", False))
    identity = pair(desired, live, site)
    comparison = compare(identity, site, prune=[node_key(name) for name in prune])
    return build(comparison, identity, live, site, **facts)._replace(fingerprint=PLACE)


def node_key(name: str) -> Key:
    """Return the key of the node `a`, or of the leaf `leaf/a`."""
    kind, _, short = name.rpartition("/")
    return Key(f"web/{kind or 'node'}", short)


def changes(plan: Plan) -> dict[str, Change]:
    """Return the changes by the name of their key."""
    return {change.key.name: change for change in plan.changes}


def refusing_guards(new_plan: Plan) -> list[Guard]:
    """Return the guards that refuse a plan."""
    return [guard for guard in new_plan.guards if not guard.ok]
