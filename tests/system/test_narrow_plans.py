"""A plan of some documents has for these exactly the changes of the plan of all, and reads only the kinds it needs."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from rhythmconf.catalog import Catalog, Kind
from rhythmconf.engine.diff.threeway import BaseState
from rhythmconf.engine.plan import PlanUndecided
from rhythmconf.flows.plan import plan_from
from rhythmconf.flows.validate import resolve_valid
from rhythmconf.flows.values import Choices, History
from rhythmconf.model import Base, Binding, Body, Change, DesiredState, Key, Plan
from rhythmconf.settings import Settings, load_settings
from rhythmconf.source import documents
from rhythmconf.source.project.values import Project
from tests.support.bench import finish, make_club_catalog

AT = "2026-01-01T00:00:00Z"
PROJECT = """\
version: 1
project: p
sources: [config]
environments: {here: {tenant: club, embedded: x.db}}
"""
REFERENCES = {"team": ("lead_id", "person"), "person": ("team_id", "team"), "rota": ("team_id", "team")}
"""The field of each kind that refers to another kind; notes refer to nothing."""
KINDS = ("note", "note", "team", "person", "rota")
APPLIED = Base("b" * 40, "refs/rhythmconf/applied/here")


@dataclass
class Document:
    """A document, without the parts that every document has."""

    kind: str
    key: str
    spec: Body
    moved: tuple[str, ...] = ()

    @property
    def id(self) -> Key:
        return Key(f"club/{self.kind}", self.key)

    @property
    def target(self) -> Key | None:
        """Return the key that it refers to."""
        name, kind = REFERENCES.get(self.kind, ("", ""))
        return Key(f"club/{kind}", str(self.spec[name])) if name in self.spec else None

    def text(self) -> bytes:
        moved = {"moved": list(self.moved)} if self.moved else {}
        return json.dumps({"kind": self.kind, "key": self.key, **moved, "spec": self.spec}).encode()


@dataclass
class World:
    """What the files declared at the base and declare now, what the tenant holds, and what the user may choose."""

    then: list[Document]
    now: list[Document]
    records: dict[str, list[Body]]
    bindings: dict[Key, Binding]
    prune: frozenset[Key]
    only: frozenset[Key]


@dataclass
class Lists:
    """A tenant that lists its records, and remembers which kinds it was asked for."""

    records: Mapping[str, list[Body]]
    requests: int = 0
    kinds: set[str] = field(default_factory=set)

    def list(self, kind: Kind) -> Iterator[list[Body]]:
        self.kinds.add(kind.name)
        yield self.records.get(kind.name, [])


def make_world(chance: random.Random) -> World:
    """Return a random history of a small project, and a tenant in which people have worked too."""
    then = [_make_document(chance, number) for number in range(chance.randrange(2, 9))]
    _add_references(chance, then, 0.6)
    now = [Document(one.kind, one.key, dict(one.spec)) for one in then if chance.random() > 0.15]
    for one in now:
        if chance.random() < 0.25:
            one.spec["text" if one.kind == "note" else "name"] = f"Other {one.key}"
        if chance.random() < 0.1:
            one.key, one.moved = f"{one.key}-new", (one.key,)
    now += [_make_document(chance, number) for number in range(10, 10 + chance.randrange(3))]
    if len(now) > 1 and chance.random() < 0.15:  # one name for two documents
        now[0].spec["name"] = now[-1].spec["name"]
    moved = {Key(one.id.kind, old): one.key for one in now for old in one.moved}
    ids = {one.id for one in now}
    for one in now:
        if one.target in moved:
            one.spec[REFERENCES[one.kind][0]] = moved[one.target]
        elif one.target not in ids and one.target is not None:
            del one.spec[REFERENCES[one.kind][0]]
    _add_references(chance, now, 0.1)
    for documents_ in (then, now):  # a rota needs a team
        documents_[:] = [one for one in documents_ if one.kind != "rota" or one.target]
    records, bindings = _make_records(chance, then, now)
    keys = sorted({one.id for one in now})
    gone = {one.id for one in then} - {*keys}
    only = frozenset(chance.sample(keys, min(len(keys), chance.randrange(1, 3))))
    return World(then, now, records, bindings, frozenset(key for key in sorted(gone) if chance.random() < 0.7), only)


def _make_document(chance: random.Random, number: int) -> Document:
    kind = chance.choice(KINDS)
    return Document(kind, f"k{number}", {"name": f"{kind.title()} {number}"})


def _add_references(chance: random.Random, documents_: list[Document], share: float) -> None:
    for one in documents_:
        name, kind = REFERENCES.get(one.kind, ("", ""))
        targets = [other.key for other in documents_ if other.kind == kind]
        if targets and name not in one.spec and chance.random() < share + (one.kind == "rota"):
            one.spec[name] = chance.choice(targets)


def _make_records(
    chance: random.Random, then: list[Document], now: list[Document]
) -> tuple[dict[str, list[Body]], dict[Key, Binding]]:
    """Return records: with a mark, bound, to be adopted by their names, or changed in the tenant; some are missing."""
    present = [one for one in then if chance.random() < 0.85]
    present += [one for one in now if one.id not in {other.id for other in then} and chance.random() < 0.3]
    ids = {one.id: f"id{number}" for number, one in enumerate(present)}
    records: dict[str, list[Body]] = {}
    bindings: dict[Key, Binding] = {}
    for one in present:
        body = dict(one.spec)
        if one.target is not None:
            body[REFERENCES[one.kind][0]] = ids.get(one.target, "gone")
        if chance.random() < 0.2:
            body["text" if one.kind == "note" else "motto" if one.kind == "team" else "name"] = "By hand"
        way = chance.choice(("mark", "mark", "mark", "binding", "name"))
        external = f"rhythmconf/p/{one.key}" if way == "mark" else "of another system" if way == "binding" else None
        if way == "binding":
            bindings[one.id] = Binding(one.id, ids[one.id])
        head: Body = {"id": ids[one.id], "sys_version": 1, "sys_created_at": AT, "sys_external_id": external}
        records.setdefault(one.id.kind, []).append(head | body)
    return records, bindings


class Planner:
    """Plan a world with different choices."""

    def __init__(self, world: World, catalog: Catalog, loaded_settings: Settings) -> None:
        self.world, self.catalog, self.settings = world, catalog, loaded_settings
        self.project = self._open(world.now)
        self.declared = resolve_valid(self.project, "here")
        then = resolve_valid(self._open(world.then), "here").state
        self.state, self.then = self.declared.state, then
        self.listed: set[str] = set()

    def _open(self, documents_: list[Document]) -> Project:
        texts = {f"config/{one.kind}-{one.key}.json": one.text() for one in documents_}
        loaded = documents.load(texts)
        return Project(self.settings, self.catalog, loaded, {}, {"here": self.world.bindings}, texts)

    def plan(self, choices: Choices, *, base: bool) -> Plan | None:
        """Return the plan, with the base or without one; None where the records can't be matched."""
        tenant = Lists(self.world.records)
        state = BaseState(APPLIED, self.then, self.world.bindings) if base else None
        history = History(state, clean=True, commit="c" * 40)
        environment = self.settings.environment("here")
        steps = plan_from(tenant, self.project, environment, self.declared, choices, now=AT, history=history)
        try:
            return finish(steps).plan
        except PlanUndecided:
            return None
        finally:
            self.listed = {kind.removeprefix("club/") for kind in tenant.kinds}

    def targets(self, keys: set[Key]) -> set[Key]:
        """Return what the documents of some keys refer to."""
        return {target for one in self.world.now if one.id in keys and (target := one.target)}

    def with_dependencies(self, keys: set[Key], among: set[Key] | None = None) -> set[Key]:
        """Return the keys and what their documents refer to, however far; only what is `among` some keys."""
        while True:
            more = self.targets(keys) if among is None else self.targets(keys) & among
            if more <= keys:
                return keys
            keys = keys | more


def comparable(changes: list[Change]) -> dict[tuple[Key, str], Change]:
    """Return the changes without what depends on the others of their plan: the order, and how a circle is cut."""
    return {
        (one.key, one.action): one._replace(wave=0, depends_on=(), patch=() if one.action == "delete" else one.patch)
        for one in changes
    }


def referenced(plan: Plan) -> set[str]:
    """Return what would be deleted although records refer to it."""
    return {one.subject for one in plan.guards if one.name == "referenced"}


def check(seed: int, catalog: Catalog, loaded_settings: Settings) -> None:
    world = make_world(random.Random(seed))
    planner = Planner(world, catalog, loaded_settings)
    touched = {key for key, resource in planner.state.resources.items() if _is_touched(key, resource, planner.then)}
    for base in (True, False):
        full = planner.plan(Choices(prune=world.prune), base=base)
        for changed in (True, False) if base else (False,):
            choices = Choices(prune=world.prune, changed=changed, only=frozenset() if changed else world.only)
            narrow = planner.plan(choices, base=base)
            if full is None or not (changed or world.only):
                continue
            assert narrow is not None
            created = {one.key for one in full.changes if one.action == "create"}
            compared = (
                planner.with_dependencies(touched, created) if changed else planner.with_dependencies({*world.only})
            )
            deleted = {
                one.key for one in full.changes if one.action == "delete" and (changed or one.key in world.prune)
            }
            wanted = [one for one in full.changes if one.key in compared or one.key in deleted]
            assert comparable([*narrow.changes]) == comparable(wanted)
            if changed:  # what it leaves out is no work of the files
                left = [one for one in full.changes if one not in wanted]
                assert {field.side for one in left for field in one.fields} <= {"drift"}
            # A record that is left out keeps its reference, so the smaller plan may be refused where that of all isn't.
            assert referenced(narrow) >= {subject for subject in referenced(full) if Key.parse(subject) in deleted}
            check_lists(planner, compared, {*world.prune, *(_gone(planner) if changed else ())}, base=base)
            left_out = sum(narrow.not_compared.values())
            assert left_out == len(planner.state.resources) - len(compared)


def check_lists(planner: Planner, compared: set[Key], gone: set[Key], *, base: bool) -> None:
    """Check that only the kinds of what is compared are listed, and of a deletion what may refer to it.

    What they referred to at the base belongs to them.
    """
    kinds = {key.kind.removeprefix("club/") for key in (*compared, *planner.targets(compared), *gone)}
    users = {"team": {"person", "rota"}, "person": {"team"}}
    allowed = kinds.union(*(users.get(key.kind.removeprefix("club/"), ()) for key in gone))
    before = {one.target.kind.removeprefix("club/") for one in planner.world.then if one.target}
    assert allowed <= planner.listed <= allowed | (before if base else set())


def _gone(planner: Planner) -> set[Key]:
    moved = {Key(one.id.kind, old) for one in planner.world.now for old in one.moved}
    return {*planner.then.resources} - {*planner.state.resources} - moved


def _is_touched(key: Key, resource: object, then: DesiredState) -> bool:
    before, after = then.resources.get(key), resource
    return before is None or (before.body, before.moved) != (after.body, after.moved)  # type: ignore[attr-defined]


def test_a_narrow_plan_has_the_changes_of_the_whole_plan(tmp_path: Path, full: bool) -> None:
    catalog = make_club_catalog(tmp_path / "kinds")
    loaded = load_settings(PROJECT.encode(), file=tmp_path / "rhythmconf.yaml", flags={}, environ={})

    @given(st.integers(0, 2**32))
    @example(31244)  # a deleted document refers to one with a new key
    @settings(deadline=None, max_examples=3_000 if full else 80, suppress_health_check=list(HealthCheck))
    def examples(seed: int) -> None:
        check(seed, catalog, loaded)

    examples()
