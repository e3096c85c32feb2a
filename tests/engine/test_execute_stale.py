"""If the tenant changed since the plan, nothing is written; the refusal names record, field and both values."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from rhythmconf.engine.execute.run import read_again
from rhythmconf.errors import Refused, TenantError
from rhythmconf.model import Binding, Body, Plan
from rhythmconf.settings import Dialect
from tests.support.bench import Bench, finish, key, ref
from tests.support.faults import FAULTS, Fault, PendingRequest, status_before

START: dict[str, Body] = {
    "note/a": {"name": "A", "text": "old", "tags": ["x", "y"]},
    "note/b": {"name": "B"},
    "team/t": {"name": "T"},
    "rota/r": {"name": "R", "team_id": ref("team/t"), "slots": [{"name": "early", "hours": 4}], "terms": {"pay": 1}},
}
EDITED: dict[str, Body] = {
    **START,
    "note/a": {"name": "A", "text": "new", "tags": ["x", "y", "z"], "rank": 3},
    "rota/r": {
        "name": "R",
        "team_id": ref("team/t"),
        "slots": [{"name": "early", "hours": 5}],
        "terms": {"pay": 1, "until": "May"},
    },
}


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    bench = Bench(tmp_path)
    bench.run(START)
    return bench


def replaced(path: str, value: object) -> Callable[[Bench, str, str], None]:
    def edit(bench: Bench, kind: str, name: str) -> None:
        record = bench.record(kind, name)
        bench.touch(kind, record["id"], {"op": "replace", "path": path, "value": value})  # type: ignore[dict-item]

    return edit


def added(path: str, value: object) -> Callable[[Bench, str, str], None]:
    def edit(bench: Bench, kind: str, name: str) -> None:
        bench.touch(kind, bench.record(kind, name)["id"], {"op": "add", "path": path, "value": value})  # type: ignore[dict-item]

    return edit


def deleted(bench: Bench, kind: str, name: str) -> None:
    bench.other().delete(bench.catalog.kind(kind), str(bench.record(kind, name)["id"]))


def assert_refused(bench: Bench, plan: Plan, *named: str) -> None:
    """The result is the same with and without lists that were just read."""
    for live in (None, bench.fetch()):
        with pytest.raises(Refused) as caught:
            bench.apply(plan, live=live)
        assert bench.applied.writes == []
        assert caught.value.exit_code == 3
        assert [part for part in named if part not in caught.value.message] == []
        assert bench.log().ending == "refused"


@pytest.mark.parametrize(
    ("kind", "name", "edit", "named"),
    [
        ("note", "A", replaced("/text", "theirs"), ("note/a", "/text", '"old"', '"theirs"')),
        ("note", "A", replaced("/tags", ["q"]), ("note/a", "/tags", '["x", "y"]', '["q"]')),
        ("note", "A", added("/rank", 7), ("note/a", "/rank", "absent", "7")),
        ("note", "A", replaced("/text", None), ("note/a", "/text", '"old"')),
        ("note", "A", deleted, ("note/a", "gone")),
        ("rota", "R", replaced("/slots/0/hours", 9), ("rota/r", "/slots", '"hours": 4', '"hours": 9')),
        ("rota", "R", added("/terms/until", "June"), ("rota/r", "/terms/until", "absent", '"June"')),
    ],
)
def test_an_update_of_a_changed_record_is_refused(
    bench: Bench, kind: str, name: str, edit: Callable[[Bench, str, str], None], named: tuple[str, ...]
) -> None:
    plan = bench.plan(EDITED)
    edit(bench, kind, name)
    assert_refused(bench, plan, *named)


@pytest.mark.parametrize(
    ("kind", "name", "edit"),
    [
        ("note", "A", replaced("/name", "A2")),
        ("note", "B", replaced("/name", "B2")),
        ("rota", "R", replaced("/terms/pay", 2)),
    ],
)
def test_an_unrelated_edit_makes_no_plan_stale(
    bench: Bench, kind: str, name: str, edit: Callable[[Bench, str, str], None]
) -> None:
    plan = bench.plan(EDITED)
    edit(bench, kind, name)
    assert bench.apply(plan).count("applied") == len(plan.changes)


def test_a_delete_of_a_changed_record_is_refused(bench: Bench) -> None:
    plan = bench.plan({}, prune=("note/a",))
    replaced("/text", "keep me")(bench, "note", "A")
    assert_refused(bench, plan, "note/a", "/text", '"old"', '"keep me"')


def test_a_delete_of_a_record_that_is_gone_is_refused(bench: Bench) -> None:
    plan = bench.plan({}, prune=("note/b",))
    deleted(bench, "note", "B")
    assert_refused(bench, plan, "note/b", "gone")


def test_an_adoption_is_refused_if_the_record_was_marked_since(bench: Bench) -> None:
    created = bench.other().create(bench.catalog.kind("note"), {"name": "C"})
    plan = bench.plan({**START, "note/c": {"name": "C"}})
    bench.touch("note", created["id"], {"op": "add", "path": "/sys_external_id", "value": "rhythmconf/theirs/c"})
    assert_refused(bench, plan, "note/c", "/sys_external_id", "rhythmconf/theirs/c")


@pytest.mark.parametrize("body", [{"name": "C"}, {"name": "C9", "sys_external_id": "rhythmconf/hisp/c"}])
def test_a_create_is_refused_if_the_record_exists_by_now(bench: Bench, body: Body) -> None:
    plan = bench.plan({**START, "note/c": {"name": "C"}})
    created = bench.other().create(bench.catalog.kind("note"), body)
    assert_refused(bench, plan, "note/c", str(created["id"]))


def test_a_create_on_an_empty_tenant_is_refused_too(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    plan = bench.plan(START)
    bench.other().create(bench.catalog.kind("team"), {"name": "T"})
    assert_refused(bench, plan, "team/t", '"T"')


def test_other_records_with_that_name_are_recognised_by_mark_or_binding(tmp_path: Path) -> None:
    bench = Bench(tmp_path, dialect=Dialect(external_id="read-only"))
    created = bench.other().create(bench.catalog.kind("note"), {"name": "Same"})
    bench.bindings[key("note/first")] = Binding(key("note/first"), str(created["id"]))
    run = bench.run({"note/first": {"name": "Same"}, "note/second": {"name": "Same"}})
    assert run.count("applied") == 1
    bench = Bench(tmp_path / "marked")
    bench.run({"note/first": {"name": "Same"}})
    assert bench.run({"note/first": {"name": "Same"}, "note/second": {"name": "Same"}}).count("applied") == 1


@pytest.mark.parametrize("name", ["first", "changed since"])
def test_a_create_is_refused_if_its_key_is_bound_by_now(tmp_path: Path, name: str) -> None:
    """A tenant without marks has only the binding that the first of two runs of one plan has written."""
    bench = Bench(tmp_path, dialect=Dialect(external_id="read-only"))
    plan = bench.plan({"note/first": {"name": "first"}})
    created = bench.other().create(bench.catalog.kind("note"), {"name": name})
    bench.bindings[key("note/first")] = Binding(key("note/first"), str(created["id"]))
    assert_refused(bench, plan, "note/first", str(created["id"]), "is bound to it")


def test_a_record_that_is_gone_is_created_again_though_its_key_is_bound(tmp_path: Path) -> None:
    bench = Bench(tmp_path, dialect=Dialect(external_id="read-only"))
    bench.bindings[key("note/first")] = Binding(key("note/first"), "gone")
    assert bench.run({"note/first": {"name": "first"}}).count("applied") == 1


def test_many_differences_are_counted_not_listed(bench: Bench) -> None:
    many: dict[str, Body] = {f"note/m{n}": {"name": f"M{n}", "text": "old"} for n in range(15)}
    bench.run(many)
    plan = bench.plan({name: {**body, "text": "new"} for name, body in many.items()})
    for record in bench.records("note"):
        bench.touch("note", record["id"], {"op": "add", "path": "/text", "value": "x" * 300})
    assert_refused(bench, plan, "and 5 more", "(302 characters)")


def test_another_incarnation_is_refused(bench: Bench, tmp_path: Path) -> None:
    plan = bench.plan({**START, "note/new": {"name": "New"}})
    refreshed = Bench(tmp_path / "other")
    refreshed.time.now_s += 86_400
    refreshed.run(START)
    assert_refused(refreshed, plan, "not the one that was planned for", plan.fingerprint.incarnation[0][0])
    with pytest.raises(Refused) as refused:
        refreshed.apply(plan)
    assert f"`rhythmconf adopt --env {plan.fingerprint.environment} --rebind`" in (refused.value.help or "")


def test_a_check_needs_few_reads(bench: Bench) -> None:
    """One record needs one read, and list pages up to the first record that identifies the tenant."""
    plan = bench.plan({**START, "note/b": {"name": "B", "text": "t"}})
    plan = plan._replace(fingerprint=plan.fingerprint._replace(incarnation=()))
    client = bench.client()
    reread = finish(read_again(plan, client, bench.site))
    assert [seen.path for seen in bench.last_transport.seen] == [f"/club/notes/club/{bench.record('note', 'B')['id']}"]
    assert reread.requests == 1


@pytest.mark.parametrize(("wanted", "most"), [(2, 3), (5, 5), (9, 5)])
def test_several_records_are_read_by_list_if_that_needs_fewer_requests(tmp_path: Path, wanted: int, most: int) -> None:
    bench = Bench(tmp_path, dialect=Dialect(list="envelope"), page_size=2)
    bench.run({f"note/n{n}": {"name": f"N{n}"} for n in range(10)})
    changed: dict[str, Body] = {f"note/n{n}": {"name": f"N{n}", "text": "t"} for n in range(10 - wanted, 10)}
    plan = bench.plan(changed)
    reread = finish(read_again(plan, bench.client(), bench.site))
    assert len(list(reread.all())) >= wanted
    assert reread.requests <= 2 * min(wanted, most) + 1


def test_a_tenant_that_hides_a_kind_is_still_recognised(bench: Bench) -> None:
    plan = bench.plan({"note/c": {"name": "C"}, **START})
    plan = plan._replace(fingerprint=plan.fingerprint._replace(incarnation=(("elsewhere", "1"),)))
    with pytest.raises(Refused, match="not the one"):
        bench.apply(plan, {3: status_before(403, "hidden"), 4: status_before(404, "hidden")})
    assert len(bench.applied.seen) == 1 + len(bench.catalog.kinds)


def test_an_unreadable_tenant_is_an_error_and_nothing_is_written(bench: Bench) -> None:
    plan = bench.plan(EDITED)
    with pytest.raises(TenantError):
        bench.apply(plan, {number: status_before(503) for number in range(1, 9)})
    assert bench.log().ending == "refused"


NOTES: dict[str, Body] = {f"note/{name}": {"name": name.upper(), "text": "old"} for name in "abcd"}


@pytest.mark.parametrize("batch", [Dialect(), Dialect(batch="none")], ids=["batch", "single"])
@pytest.mark.parametrize("fault", ["throttled_for", "refused", "timeout_before"])
class TestAnEditWhileAWriteWaits:
    """Fields that no `test` operation can guard are compared before each attempt, even after a long wait."""

    def test_a_refused_delete_keeps_the_record(self, tmp_path: Path, batch: Dialect, fault: str) -> None:
        bench = Bench(tmp_path, batch)
        bench.run(NOTES)
        plan = bench.plan({"note/d": NOTES["note/d"]}, prune=("note/a", "note/b", "note/c"))
        run = bench.apply(plan, meanwhile(bench, fault, replaced("/text", "theirs")))
        assert [(result.key.name, result.outcome) for result in run.results] == [
            ("a", "conflict"),
            ("b", "applied"),
            ("c", "applied"),
        ]
        assert bench.record("note", "A")["text"] == "theirs"
        assert {one["name"] for one in bench.records("note")} == {"A", "D"}

    def test_an_added_value_does_not_replace_somebody_elses(self, tmp_path: Path, batch: Dialect, fault: str) -> None:
        bench = Bench(tmp_path, batch)
        bench.run(NOTES)
        wanted = {name: {**body, "rank": 7} for name, body in NOTES.items()}
        run = bench.apply(bench.plan(wanted), meanwhile(bench, fault, added("/rank", 1)))
        assert [result.outcome for result in run.results] == ["conflict", "applied", "applied", "applied"]
        assert {one["name"]: one["rank"] for one in bench.records("note")} == {"A": 1, "B": 7, "C": 7, "D": 7}


def meanwhile(bench: Bench, name: str, edit: Callable[[Bench, str, str], None]) -> dict[int, Fault]:
    """The first write of the note A fails, and while it waits, somebody edits the note."""
    writes: list[str] = []
    id = str(bench.record("note", "A")["id"])

    def fault(asked: PendingRequest) -> httpx.Response:
        writes_note = id in asked.request.url.path or id.encode() in asked.request.content
        if asked.request.method == "GET" or not writes_note or writes:
            return asked.send()
        writes.append(asked.request.method)
        edit(bench, "note", "A")
        return FAULTS[name](asked)

    fault.__name__ = name
    return dict.fromkeys(range(1, 100), fault)


APPLIED = "It looks as if this plan was applied before"
CHANGED: dict[str, Body] = {
    **{name: body for name, body in START.items() if name != "note/b"},
    "note/a": {"name": "A", "text": "new", "tags": ["x", "y"]},
    "note/c": {"name": "C"},
}


@pytest.mark.parametrize("missing", ["", "create", "update", "delete", "record"])
def test_a_plan_that_was_applied_before_is_refused_as_such(bench: Bench, missing: str) -> None:
    plan = bench.plan(CHANGED, prune=("note/b",))
    assert sorted(change.action for change in plan.changes) == ["create", "delete", "update"]
    earlier = bench.plan({**CHANGED, "note/b": START["note/b"]}) if missing == "delete" else plan
    assert {each.outcome for each in bench.apply(earlier).results} == {"applied"}
    if missing == "create":
        deleted(bench, "note", "C")
    elif missing == "update":
        replaced("/text", "theirs")(bench, "note", "A")
    elif missing == "record":
        deleted(bench, "note", "A")
    with pytest.raises(Refused) as caught:
        bench.apply(plan)
    assert (APPLIED in str(caught.value.help)) is (missing == "")
