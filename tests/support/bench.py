"""Plan, apply and resume on an emulated tenant with a small catalog, over a transport that can inject faults."""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import httpx

from rhythmconf.catalog import Catalog
from rhythmconf.engine import diff, execute, identity, journal
from rhythmconf.engine import plan as planning
from rhythmconf.engine.journal import Log, Publish, read_all, reopen
from rhythmconf.model import (
    Binding,
    Body,
    DesiredState,
    Event,
    Key,
    LiveState,
    Origin,
    Plan,
    Resource,
    Run,
)
from rhythmconf.settings import Dialect, Environment
from rhythmconf.source.project.values import Site
from rhythmconf.tenant import live
from rhythmconf.tenant.client import Client
from rhythmconf.tenant.client.token import GivenToken
from rhythmconf.tenant.emulator import Emulator, Options
from tests.support.catalogs import EVIDENCE, Schema, make_catalog, make_schema
from tests.support.emulator_transport import EmulatorTransport
from tests.support.faults import Fault, Faulty
from tests.support.stores import open_store
from tests.support.ticking import NOON, Ticking

T = TypeVar("T")
TENANT = "club"
TEXT: Schema = {"type": "string"}
ID: Schema = {"type": "string", "readOnly": True}


def _kind(name: str, properties: Schema, required: list[str]) -> Schema:
    kind = make_schema(f"club/{name}", {"id": ID, **properties}, required=required)
    kind["x-resource"] |= {"natural_key": ["name"], "operations": {**EVIDENCE, "batch": "guess"}}
    return kind


def make_club_catalog(folder: Path) -> Catalog:
    """Return a catalog: teams and people refer to each other, rotas need a team, notes refer to nothing."""
    slot = {"id": {"type": "number"}, "name": TEXT, "hours": {"type": "number"}}
    slots = {"type": "array", "x-list-type": "map", "x-list-map-keys": [["id"], ["name"]]}
    tags = {"type": "array", "x-list-type": "set", "items": TEXT}
    return make_catalog(
        folder,
        _kind("note", {"name": TEXT, "text": TEXT, "tags": tags, "rank": {"type": "number"}}, ["name"]),
        _kind("team", {"name": TEXT, "lead_id": {**TEXT, "x-ref": "person"}, "motto": TEXT}, ["name"]),
        _kind("person", {"name": TEXT, "team_id": {**TEXT, "x-ref": "team"}, "phone": TEXT}, ["name"]),
        _kind(
            "rota",
            {
                "name": TEXT,
                "team_id": {**TEXT, "x-ref": "team"},
                "slots": {**slots, "items": {"type": "object", "properties": slot}},
                "terms": {"type": "object", "properties": {"pay": {"type": "number"}, "until": TEXT}},
            },
            ["name", "team_id"],
        ),
        module="club",
    )


def ref(name: str) -> Body:
    """Return a reference to a key such as `team/a`."""
    return {"$ref": f"club/{name}"}


def finish(steps: Generator[Event, None, T]) -> T:
    """Run a flow, or a step of one, to its end and return its value."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]


@dataclass
class Bench:
    """One tenant, one clock, one folder for run records.

    `last_transport` is the transport of the last client, with all its requests; `applied` is that of the last apply.
    """

    folder: Path
    dialect: Dialect = field(default_factory=Dialect)
    tenant_dialect: Dialect | None = None
    page_size: int = 100
    lag_s: float = 0.0
    db: Path | None = None
    time: Ticking = field(default_factory=Ticking)
    bindings: dict[Key, Binding] = field(default_factory=dict)
    journals: list[journal.Journal] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.catalog = make_club_catalog(self.folder / "schemas")
        self.emulator = self.tenant()
        self.transport: httpx.BaseTransport = EmulatorTransport(self.emulator)
        self.last_transport = self.applied = Faulty(self.transport)

    def tenant(self) -> Emulator:
        # A tenant in a file is opened by several processes, which must not give the same ids.
        prefix = secrets.token_hex(4) if self.db else "id"
        numbers = itertools.count(1)
        options = Options(
            TENANT,
            dialect=self.tenant_dialect or self.dialect,
            page_size=self.page_size,
            list_lag_s=self.lag_s,
            clock=lambda: self.time.now_s,
            new_id=lambda: f"{prefix}-{next(numbers):04d}",
        )
        return Emulator(self.catalog, open_store(self.db, TENANT), options)

    def client(self, faults: Mapping[int, Fault] | None = None, max_requests: int | None = None) -> Client:
        self.last_transport = Faulty(self.transport, faults, self.time)
        environment = Environment("test", TENANT, base_url="http://localhost/{module}", dialect=self.dialect)
        return Client(
            environment,
            self.catalog,
            token=GivenToken("canary", "ask for another"),
            clock=self.time.clock,
            transport=self.last_transport,
            max_requests=max_requests,
        )

    def fetch(self) -> LiveState:
        """Fetch the live state after the lag of the lists has passed, as commands do."""
        self.time.now_s += self.lag_s
        return finish(live.fetch(self.client(), list(self.catalog.kinds.values())))

    @property
    def site(self) -> Site:
        """Return the tenant as the project `hisp` sees it."""
        environment = Environment("test", TENANT, base_url="http://localhost/{module}", dialect=self.dialect)
        return Site(self.catalog, environment, "hisp", self.bindings)

    def plan(self, desired: Mapping[str, Body], *, prune: tuple[str, ...] = ()) -> Plan:
        return self.planned(desired, prune=prune)[0]

    def planned(self, desired: Mapping[str, Body], *, prune: tuple[str, ...] = ()) -> tuple[Plan, LiveState]:
        """Return the plan that brings the tenant to `desired` (`team/a`: body), and the live state it was made from."""
        state = self.fetch()
        resources = {key(name): Resource(key(name), body, (Origin("f.yaml"),)) for name, body in desired.items()}
        pairing = identity.pair(DesiredState(resources), state, self.site)
        pruned = frozenset(map(key, prune))
        comparison = diff.compare(pairing, self.site, prune=pruned)
        result = planning.build(comparison, pairing, state, self.site)
        result = result._replace(created_at=journal.timestamp(self.time.now_s))
        assert planning.read(planning.dump(result)).changes == result.changes
        return result, state

    def journal(self, plan: Plan, publish: Publish | None = None) -> journal.Journal:
        """Start a new run record."""
        self.time.now_s += 1
        run = journal.run_id(self.time.now_s, 0.25)
        fingerprint = plan.fingerprint
        header = journal.Header(
            run=run,
            command="apply",
            started_at=journal.timestamp(NOON),
            environment=fingerprint.environment,
            tenant=fingerprint.tenant,
            base_url=fingerprint.base_url,
            incarnation=fingerprint.incarnation,
            actor="me@here",
            commit=None,
            digest=planning.seal(plan).digest,
        )
        path, document = journal.run_path(self.folder, run), planning.to_json(planning.seal(plan))
        record = journal.start(path, header, document, now=lambda: self.time.now_s, publish=publish)
        self.journals.append(record)
        return record

    def apply(
        self,
        plan: Plan,
        faults: Mapping[int, Fault] | None = None,
        *,
        live: LiveState | None = None,
        max_requests: int | None = None,
        publish: Publish | None = None,
    ) -> Run:
        return finish(self.steps(plan, faults, live=live, max_requests=max_requests, publish=publish))

    def steps(
        self,
        plan: Plan,
        faults: Mapping[int, Fault] | None = None,
        *,
        live: LiveState | None = None,
        max_requests: int | None = None,
        publish: Publish | None = None,
    ) -> Generator[Event, None, Run]:
        client = self.client(faults, max_requests)
        self.applied = self.last_transport
        return execute.apply(
            plan,
            self.site,
            client=client,
            journal=self.journal(plan, publish),
            clock=self.time.clock,
            live=live,
        )

    def resume(self, faults: Mapping[int, Fault] | None = None) -> Run:
        """Resume the last run."""
        log = self.log()
        steps = execute.resume(
            log,
            self.site,
            client=self.client(faults),
            journal=reopen(log, now=lambda: self.time.now_s),
            clock=self.time.clock,
        )
        return finish(steps)

    def run(self, desired: Mapping[str, Body], **more: Any) -> Run:
        """Plan and apply, and keep the new bindings."""
        plan = self.plan(desired, prune=more.pop("prune", ()))
        done = self.apply(plan, **more)
        self.bindings |= {binding.key: binding for binding in done.binds}
        return done

    def log(self) -> Log:
        """Return the record of the last run."""
        return read_all(self.folder / "runs")[-1]

    def records(self, kind: str) -> list[Body]:
        """Return the bodies of all records of a kind."""
        return [record.body for record in self.fetch().records[f"club/{kind}"]]

    def record(self, kind: str, name: str) -> Body:
        """Return the body of the only record with this name."""
        (match,) = [body for body in self.records(kind) if body["name"] == name]
        return match

    def other(self) -> Client:
        """Return the client of a second administrator for the same tenant."""
        environment = Environment("other", TENANT, base_url="http://localhost/{module}", dialect=Dialect())
        return Client(
            environment,
            self.catalog,
            token=GivenToken("other", ""),
            clock=Ticking().clock,
            transport=Faulty(self.transport),
        )

    def touch(self, kind: str, id: Any, *operations: Body) -> None:
        """Change a record as a second administrator would."""
        self.other().patch(self.catalog.kind(kind), str(id), operations)


def key(name: str) -> Key:
    return Key.parse(f"club/{name}")
