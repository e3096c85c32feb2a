"""After an apply the plan is empty, for generated resources of all kinds of all modules together.

Documents go in as texts, the tenant is the emulator in memory; nothing between is replaced.
"""

from __future__ import annotations

import json
import random
import tempfile
from collections.abc import Generator, Mapping
from pathlib import Path
from typing import TypeVar

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from rhythmconf.catalog import Field
from rhythmconf.engine import execute, journal
from rhythmconf.engine import plan as planning
from rhythmconf.flows.plan import plan_from
from rhythmconf.flows.validate import resolve_valid
from rhythmconf.flows.values import Choices
from rhythmconf.model import Body, Event, Json, LiveState, Plan, Run, decode
from rhythmconf.settings import Environment, Settings, load_settings
from rhythmconf.source import documents
from rhythmconf.source.project.values import Project, Site
from rhythmconf.tenant.client import Client
from rhythmconf.tenant.client.token import GivenToken
from rhythmconf.tenant.emulator import Emulator, Options
from tests.support import generators
from tests.support.emulated import whole_catalog
from tests.support.emulator_transport import EmulatorTransport
from tests.support.stores import open_store
from tests.support.ticking import NOON, Ticking

T = TypeVar("T")
TENANT = "hisp"
PROJECT = f"""\
version: 1
project: hisp
sources: [config]
environments: {{here: {{tenant: {TENANT}, embedded: x.db}}}}
"""
EACH = ("k1", "k2")
"""Two records of each kind."""
UNMANAGED = ("elsewhere-1", "elsewhere-2", "elsewhere-3")
"""Ids of unmanaged records that generated resources may refer to."""

Specs = Mapping[tuple[str, str], Body]


@st.composite
def everything(draw: st.DrawFn) -> Specs:
    """Generate specs by kind and key: two of each kind, and one of a singleton."""
    keys = {name: EACH[:1] if kind.is_singleton else EACH for name, kind in whole_catalog().kinds.items()}
    return {
        (name, key): {**draw(generators.specs(kind, keys)), **dict.fromkeys(kind.natural_key, f"{key} of {name}")}
        for name, kind in whole_catalog().kinds.items()
        for key in keys[name]
    }


class MemoryTenant:
    """A tenant in memory with a few unmanaged records, and the steps to plan and apply."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.time = Ticking()
        self.store = open_store(None, TENANT)
        options = Options(TENANT, clock=lambda: self.time.now_s)
        self.emulator = Emulator(whole_catalog(), self.store, options)
        self.settings = load_settings(PROJECT.encode(), file=folder / "rhythmconf.yaml", flags={}, environ={})
        self.place: Environment = self.settings.environment("here")
        with self.store.transaction():
            for kind in whole_catalog().kinds.values():
                for id in () if kind.is_singleton else UNMANAGED:
                    self.store.insert(kind.name, id, json.dumps({"id": id, "name": id}), (), created=0)

    def client(self) -> Client:
        transport = EmulatorTransport(self.emulator)
        return Client(
            self.place, whole_catalog(), token=GivenToken("any", ""), clock=self.time.clock, transport=transport
        )

    def plan(self, specs: Specs) -> tuple[Plan, LiveState]:
        project = open_project(specs, self.settings)
        declared = resolve_valid(project, self.place.name)
        planned = finish(plan_from(self.client(), project, self.place, declared, Choices(), now=AT))
        return planned.plan, planned.live

    def apply(self, plan: Plan, live: LiveState) -> Run:
        fingerprint = plan.fingerprint
        header = journal.Header(
            run=journal.run_id(self.time.now_s, 0.5),
            command="apply",
            started_at=AT,
            environment=fingerprint.environment,
            tenant=fingerprint.tenant,
            base_url=fingerprint.base_url,
            incarnation=fingerprint.incarnation,
            actor="me@here",
            commit=None,
            digest=plan.digest,
        )
        log = journal.start(self.folder / "run.jsonl", header, planning.to_json(plan), now=lambda: self.time.now_s)
        steps = execute.apply(
            plan,
            Site(whole_catalog(), self.place, self.settings.project, {}),
            client=self.client(),
            journal=log,
            clock=self.time.clock,
            live=live,
        )
        return finish(steps)

    def disturb(self, chance: random.Random) -> None:
        """Store every record in another equivalent form."""
        for kind in whole_catalog().kinds.values():
            for row in self.store.page(kind.name, after=0, limit=-1, until=self.time.now_s):
                record = decode(row.text)
                assert isinstance(record, dict)
                other = equivalent_value(kind.root, record, chance)
                with self.store.transaction():
                    self.store.replace(kind.name, str(record["id"]), json.dumps(other), ())


AT = journal.timestamp(NOON)


def finish(steps: Generator[Event, None, T]) -> T:
    while True:
        try:
            next(steps)
        except StopIteration as end:
            value: T = end.value
            return value


def open_project(specs: Specs, settings: Settings) -> Project:
    """Return a project with one JSON file per document."""
    texts = {
        f"config/{kind}-{key}.json": json.dumps({"kind": kind, "key": key, "spec": spec}).encode()
        for (kind, key), spec in specs.items()
    }
    loaded = documents.load(texts)
    return Project(settings, whole_catalog(), loaded, {}, {}, texts)


def equivalent_value(field: Field, value: Json, chance: random.Random) -> Json:
    """Return an equivalent value: reordered where order has no meaning, null for absent, 1.0 for 1."""
    return with_floats(generators.shuffled(field, value, chance), chance)


def with_floats(value: Json, chance: random.Random) -> Json:
    if isinstance(value, list):
        return [with_floats(item, chance) for item in value]
    if isinstance(value, dict):
        return {name: with_floats(item, chance) for name, item in value.items()}
    return float(value) if type(value) is int and chance.random() < 0.5 else value


def remaining_changes(plan: Plan) -> list[object]:
    """Return the fields that a plan would still change."""
    return [(change.key, change.action, change.fields) for change in plan.changes]


def check(specs: Specs, chance: random.Random) -> None:
    with tempfile.TemporaryDirectory() as folder:
        site = MemoryTenant(Path(folder))
        plan, live = site.plan(specs)
        assert plan.summary.create == len(specs)
        run = site.apply(plan, live)
        assert [result for result in run.results if result.outcome != "applied"] == []
        assert run.diagnostics == ()
        assert remaining_changes(site.plan(specs)[0]) == []

        others = {
            (kind, key): body
            for (kind, key), spec in specs.items()
            if isinstance(body := equivalent_value(whole_catalog().kind(kind).root, spec, chance), dict)
        }
        assert remaining_changes(site.plan(others)[0]) == []
        site.disturb(chance)
        again = site.plan(specs)[0]
        assert remaining_changes(again) == []
        assert again.summary.unchanged == len(specs)
        site.store.close()


# Shrinking twenty records takes minutes, and the remaining changes show the error anyway.
UNSHRUNK = settings(
    deadline=None, suppress_health_check=list(HealthCheck), phases=(Phase.explicit, Phase.reuse, Phase.generate)
)


def test_the_plan_after_an_apply_is_empty(full: bool) -> None:
    @given(specs=everything(), seed=st.integers(0, 2**32))
    @settings(UNSHRUNK, max_examples=100 if full else 8)
    def examples(specs: Specs, seed: int) -> None:
        check(specs, random.Random(seed))

    examples()
