"""A rollback restores the state before a run or the done part of it, or names what it cannot restore."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from rhythmconf.engine import execute
from rhythmconf.engine.journal import Log
from rhythmconf.errors import Refused
from rhythmconf.model import Binding, Body, Json, Plan, Run
from rhythmconf.settings import Dialect
from tests.support.bench import Bench, key, ref
from tests.support.catalogs import make_catalog, make_schema
from tests.support.rollbacks import plan_rollback
from tests.support.tenants import make_project
from tests.support.worlds import AFTER, BEFORE, COUNT, DIALECTS, GONE

EIGHT: dict[str, Body] = {
    "team/a": {"name": "A", "motto": "new", "lead_id": ref("person/p")},
    "team/c": {"name": "C", "lead_id": ref("person/q")},
    "person/p": {"name": "P", "phone": "2"},
    "person/q": {"name": "Q", "team_id": ref("team/c")},
    "rota/r": {"name": "R", "team_id": ref("team/a"), "slots": [{"name": "x", "hours": 2}, {"name": "z"}], "terms": {}},
    "note/a": {"name": "NA", "text": "new", "tags": ["b"], "rank": 1},
}
START: dict[str, Body] = {
    "team/a": {"name": "A", "motto": "old"},
    "team/b": {"name": "B", "lead_id": ref("person/b")},
    "person/b": {"name": "PB", "team_id": ref("team/b")},
    "person/p": {"name": "P", "phone": "1"},
    "rota/r": {"name": "R", "team_id": ref("team/b"), "slots": [{"name": "x", "hours": 1}, {"name": "y"}]},
    "note/a": {"name": "NA", "text": "old", "tags": ["a", "b"]},
}
OLD = ("team/b", "person/b")
CHECKED = 2
"""The kinds with creates, each of which is listed once more at the end."""


def roll_back(bench: Bench, plan: Plan, log: Log | None) -> Run:
    run = bench.apply(plan_rollback(bench, plan, log))
    assert run.count("applied") == len(run.results), run
    return run


def records_by_name(bench: Bench) -> dict[str, Any]:
    """Return all records by kind and name, without counters and with names instead of ids."""
    records = list(bench.fetch().all())
    names = {record.id: f"<{record.kind}/{record.body['name']}>" for record in records}
    return {f"{record.kind}/{record.body['name']}": _replace_ids(record.body, names) for record in records}


def _replace_ids(value: Json, names: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        kept = {name: one for name, one in value.items() if name == "sys_external_id" or not name.startswith("sys_")}
        renamed = {name: _replace_ids(one, names) for name, one in kept.items() if name != "id" and one is not None}
        return {name: one for name, one in renamed.items() if one not in ([], {})}
    if isinstance(value, list):
        return sorted((_replace_ids(one, names) for one in value), key=str)
    return names.get(value, value) if isinstance(value, str) else value


def started(folder: Path, dialect: Dialect, start: dict[str, Body]) -> Bench:
    bench = Bench(folder, dialect=dialect)
    assert bench.run(start).count("applied") == len(start)
    return bench


@pytest.mark.parametrize("name", DIALECTS)
def test_every_prefix_of_eight_changes_is_rolled_back(tmp_path: Path, name: str, full: bool) -> None:
    whole = requests(started(tmp_path / "whole", DIALECTS[name], START))
    for budget in range(1, whole + 1) if full else [*random.sample(range(1, whole), 4), whole]:
        bench = started(tmp_path / str(budget), DIALECTS[name], START)
        before = records_by_name(bench)
        plan, live = bench.planned(EIGHT, prune=OLD)
        run = bench.apply(plan, live=live, max_requests=budget)
        bench.bindings |= {binding.key: binding for binding in run.binds}
        assert len(run.results) == 8
        assert run.complete is (budget == whole)
        # The last requests of a run only list what it created.
        assert (run.count("applied") == 8) is (budget >= whole - CHECKED)
        roll_back(bench, plan, bench.log())
        assert records_by_name(bench) == before, budget


def requests(bench: Bench) -> int:
    """Return the number of requests of the plan of eight changes."""
    plan, live = bench.planned(EIGHT, prune=OLD)
    return bench.apply(plan, live=live).requests


def test_random_prefixes_of_random_plans_are_rolled_back(tmp_path: Path, full: bool) -> None:
    for count in range(200 if full else 8):
        dialect = DIALECTS[random.choice(sorted(DIALECTS))]
        bench = started(tmp_path / str(count), dialect, START)
        before = records_by_name(bench)
        gone = tuple(random.sample(OLD, random.choice([0, 2])))
        kept = {key: body for key, body in START.items() if key not in gone}
        some = {key: EIGHT[key] for key in EIGHT if random.random() < 0.7 and (key != "rota/r" or "team/a" in EIGHT)}
        wanted = {**kept, **some}
        if gone:
            wanted["rota/r"] = EIGHT["rota/r"]
        if any(str(ref("person/q")) in str(body) or str(ref("team/c")) in str(body) for body in wanted.values()):
            wanted |= {key: EIGHT[key] for key in ("team/c", "person/q")}
        plan, live = bench.planned(wanted, prune=gone)
        run = bench.apply(plan, live=live, max_requests=random.randint(1, 25))
        bench.bindings |= {binding.key: binding for binding in run.binds}
        roll_back(bench, plan, bench.log())
        assert records_by_name(bench) == before, (wanted, gone, run)


@pytest.mark.parametrize("name", ["safe", "rich"])
def test_a_plan_without_a_run_record_can_be_rolled_back(tmp_path: Path, name: str) -> None:
    bench = started(tmp_path, DIALECTS[name], BEFORE)
    before = records_by_name(bench)
    plan = bench.plan(AFTER, prune=GONE)
    assert bench.apply(plan).count("applied") == COUNT
    roll_back(bench, plan, None)
    assert records_by_name(bench) == before


def test_a_rollback_can_be_rolled_back(tmp_path: Path) -> None:
    bench = started(tmp_path, Dialect(), BEFORE)
    bench.run(AFTER, prune=GONE)
    after = records_by_name(bench)
    plan_there = execute.read_plan(bench.log())
    back = plan_rollback(bench, plan_there, bench.log())
    bench.apply(back)
    roll_back(bench, back, bench.log())
    assert records_by_name(bench) == after


def test_the_rollback_of_an_adoption_removes_the_mark(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.other().create(bench.catalog.kind("note"), {"name": "N", "text": "theirs"})
    before = records_by_name(bench)
    plan = bench.plan({"note/n": {"name": "N", "text": "ours"}})
    assert [change.action for change in plan.changes] == ["adopt"]
    bench.apply(plan)
    roll_back(bench, plan, bench.log())
    assert records_by_name(bench) == before
    assert plan_rollback(bench, plan, bench.log()).changes == ()


def codes(plan: Plan) -> list[str]:
    return [f"{diagnostic.code} {diagnostic.message}" for diagnostic in plan.diagnostics]


def test_a_rollback_names_what_it_cannot_restore(tmp_path: Path) -> None:
    bench = started(
        tmp_path, Dialect(), {"note/d": {"name": "D"}, "note/u": {"name": "U", "text": "a"}, "note/k": {"name": "K"}}
    )
    id = bench.record("note", "D")["id"]
    plan = bench.plan({"note/u": {"name": "U", "text": "b"}, "note/k": {"name": "K"}}, prune=("note/d",))
    bench.apply(plan)
    messages = "\n".join(codes(plan_rollback(bench, plan, bench.log())))
    assert f"RC526 this plan rolls back run {bench.log().header.run}" in messages
    assert f"RC527 club/note/d: comes back as a new record: its id ({id!r}), version and history" in messages
    bench.touch("note", bench.record("note", "U")["id"], {"op": "replace", "path": "/text", "value": "theirs"})
    assert "club/note/u: /text was changed after the run: it is 'theirs'" in "\n".join(
        codes(plan_rollback(bench, plan, bench.log()))
    )
    bench.other().delete(bench.catalog.kind("note"), str(bench.record("note", "U")["id"]))
    assert "club/note/u: can't be restored: record" in "\n".join(codes(plan_rollback(bench, plan, bench.log())))


def test_another_incarnation_is_refused(tmp_path: Path) -> None:
    bench = started(tmp_path / "a", Dialect(), BEFORE)
    plan = bench.plan(AFTER)
    bench.apply(plan)
    other = started(tmp_path / "b", Dialect(), {})
    other.time.now_s += 86_400
    other.run(BEFORE)
    with pytest.raises(Refused, match="not the one"):
        plan_rollback(other, plan, None)


def test_fields_of_others_survive_a_rollback(tmp_path: Path) -> None:
    bench = started(tmp_path, Dialect(), {"note/u": {"name": "U", "text": "a"}})
    plan = bench.plan({"note/u": {"name": "U", "text": "b"}})
    bench.apply(plan)
    bench.touch("note", bench.record("note", "U")["id"], {"op": "add", "path": "/rank", "value": 7})
    roll_back(bench, plan, bench.log())
    assert (bench.record("note", "U")["text"], bench.record("note", "U")["rank"]) == ("a", 7)


def test_a_restored_bound_record_is_bound_to_its_new_id(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    imported: Body = {"name": "U", "text": "a", "sys_external_id": "import-7"}
    old = str(bench.other().create(bench.catalog.kind("note"), imported)["id"])
    bench.bindings[key("note/u")] = Binding(key("note/u"), old)
    wanted: dict[str, Body] = {"note/u": {"name": "U", "text": "a"}}
    assert bench.plan(wanted).changes == ()
    plan = bench.plan({}, prune=("note/u",))
    bench.apply(plan)
    back = roll_back(bench, plan, bench.log())
    new = str(bench.record("note", "U")["id"])
    assert (new != old, back.binds) == (True, (Binding(key("note/u"), new),))
    bench.bindings |= {binding.key: binding for binding in back.binds}
    again, _ = bench.planned(wanted)
    assert (again.changes, again.diagnostics) == ((), ())


SWITCHED: dict[str, Any] = {
    "on": {"type": "boolean"},
    "ids": {"type": "array", "x-list-type": "set", "items": {"type": "string"}, "x-when": {"on": [True]}},
}
DOCUMENT = "kind: badge\nkey: a\nspec: {{name: A, {body}}}\n"


@pytest.mark.parametrize("lists", ["same-as-absent", "distinct"])
@pytest.mark.parametrize("body", ["on: {on}, ids: []", "more: {{on: {on}, ids: []}}"], ids=["field", "in an option"])
def test_an_empty_list_that_a_tenant_drops_with_its_switch_comes_back(tmp_path: Path, body: str, lists: str) -> None:
    more = {"type": "object", "properties": SWITCHED}
    schema = make_schema("certifications/badge", {"name": {"type": "string"}, **SWITCHED, "more": more})
    site = make_project(tmp_path, make_catalog(tmp_path / "kinds", schema, module="certifications"))
    text = site.read("rhythmconf.yaml")
    site.write("rhythmconf.yaml", text.replace("one.db}", f"one.db, dialect: {{empty_lists: {lists}}}}}"))
    site.write("config/a.yaml", DOCUMENT.format(body=body.format(on="true")))
    site.done("apply", "--auto-approve")
    with site.tenant() as tenant:
        [before] = tenant.all("badge")
    site.write("config/a.yaml", DOCUMENT.format(body=body.format(on="false")))
    run = re.search(r"^run (\S+),", site.done("apply", "--auto-approve").out, re.MULTILINE)
    assert run is not None
    site.done("rollback", run[1], "--auto-approve")
    with site.tenant() as tenant:
        [restored] = tenant.all("badge")
    own = [name for name in {**before, **restored} if not name.startswith("sys_")]
    assert {name: restored.get(name) for name in own} == {name: before.get(name) for name in own}
