"""A plan from a file is applied only to what it was made for, and only if the guards agree now."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from rhythmconf.engine import plan as planning
from rhythmconf.engine.plan import Allow, check_acceptable
from rhythmconf.engine.plan.guards import allowed_flags
from rhythmconf.errors import Refused
from rhythmconf.model import Binding, Body, Operation, Plan
from rhythmconf.settings import Dialect
from rhythmconf.source.project.values import Site
from tests.support.bench import Bench, key, ref
from tests.support.ticking import NOON

DAY_S = 86_400.0
TOOL = "0.2.0"
NOTES: dict[str, Body] = {f"note/n{number:02}": {"name": f"N{number}", "text": "old"} for number in range(12)}


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def create(bench: Bench) -> Plan:
    return bench.plan({"note/a": {"name": "A"}})._replace(tool=TOOL)


def accept(plan: Plan, site: Site, later_s: float = 0) -> None:
    check_acceptable(plan, site, tool=TOOL, now=NOON + later_s)


def refusal(call: Callable[[], object], words: str | None = None) -> str:
    with pytest.raises(Refused, match=words) as caught:
        call()
    assert caught.value.help
    return caught.value.code


def test_an_untouched_plan_is_accepted(bench: Bench) -> None:
    accept(create(bench), bench.site)


@pytest.mark.parametrize("project", ["other", "", "HISP", "hisp-2", None])
def test_a_plan_of_another_project_is_refused(bench: Bench, project: str | None) -> None:
    plan = create(bench)
    assert refusal(lambda: accept(plan._replace(project=project), bench.site)) == "RC318"
    assert refusal(lambda: accept(plan, bench.site._replace(project="other"))) == "RC318"


@pytest.mark.parametrize("tool", ["", "0.1.0", "9.9.9", "0.2.0 ", "\x1b[31m0.2.0", "0.2.0\n"])
def test_a_plan_of_another_version_is_refused(bench: Bench, tool: str) -> None:
    assert refusal(lambda: accept(create(bench)._replace(tool=tool), bench.site)) == "RC319"


@pytest.mark.parametrize("catalogue", ["", "deadbeef", "\x1b]0;x\x07"])
def test_a_plan_of_other_kinds_is_refused(bench: Bench, catalogue: str) -> None:
    assert refusal(lambda: accept(create(bench)._replace(catalogue=catalogue), bench.site)) == "RC319"


@pytest.mark.parametrize("when", ["1999-01-01T00:00:00Z", "2999-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
def test_a_plan_from_another_time_is_refused_everywhere(bench: Bench, when: str) -> None:
    assert refusal(lambda: accept(create(bench)._replace(created_at=when), bench.site)) == "RC504"


@pytest.mark.parametrize("when", ["", "now", "2026-11-18T10:00:00", "2026-11-18", "\ud800"])
def test_a_plan_without_a_time_is_refused(bench: Bench, when: str) -> None:
    assert refusal(lambda: accept(create(bench)._replace(created_at=when), bench.site)) == "RC314"


@pytest.mark.parametrize(("later_s", "accepted"), [(-DAY_S + 60, True), (365 * DAY_S, True), (367 * DAY_S, False)])
def test_an_environment_without_protection_takes_older_plans(bench: Bench, later_s: float, accepted: bool) -> None:
    plan = create(bench)
    if accepted:
        accept(plan, bench.site, later_s)
    else:
        assert refusal(lambda: accept(plan, bench.site, later_s)) == "RC504"


@pytest.mark.parametrize(
    "mark", ["rhythmconf/other/a", "rhythmconf/hisp/b", "import-7", "", None, 7, "rhythmconf/hisp/a#guarded"]
)
def test_a_create_with_another_mark_is_refused(bench: Bench, mark: str | int | None) -> None:
    plan = create(bench)
    (change,) = plan.changes
    body = {name: value for name, value in (change.body or {}).items() if name != "sys_external_id"}
    if mark is not None:
        body["sys_external_id"] = mark
    forged = plan._replace(changes=(change._replace(body=body),))
    assert refusal(lambda: accept(forged, bench.site), "as its mark") == "RC314"


@pytest.mark.parametrize("mark", ["rhythmconf/other/a", "rhythmconf/hisp/b", "import-7", ""])
def test_an_update_that_writes_another_mark_is_refused(bench: Bench, mark: str) -> None:
    bench.run({"note/a": {"name": "A"}})
    plan = bench.plan({"note/a": {"name": "A", "text": "x"}})._replace(tool=TOOL)
    (change,) = plan.changes
    operation: Operation = {"op": "replace", "path": "/sys_external_id", "value": mark}
    forged = plan._replace(changes=(change._replace(patch=(*change.patch, operation)),))
    assert refusal(lambda: accept(forged, bench.site), "as its mark") == "RC314"


def test_without_marks_a_create_has_none(tmp_path: Path) -> None:
    bench = Bench(tmp_path, dialect=Dialect(external_id="read-only"))
    accept(create(bench), bench.site)


def test_a_binding_to_a_record_that_is_not_there_is_refused(bench: Bench) -> None:
    for kind in ("note", "team"):
        forged = create(bench)._replace(binds=(Binding(key(f"{kind}/x"), "nowhere"),))
        assert refusal(lambda forged=forged: bench.apply(forged)) == "RC542"  # type: ignore[misc]
    assert bench.records("note") == []


def test_a_binding_to_a_record_is_accepted(bench: Bench) -> None:
    team = bench.other().create(bench.catalog.kind("team"), {"name": "T"})
    plan = create(bench)._replace(binds=(Binding(key("team/x"), str(team["id"])),))
    assert bench.apply(plan).complete


def deleting(bench: Bench, *names: str, **more: Body) -> Plan:
    """Return a plan that says that no guard objects to its deletions."""
    kept = {name: body for name, body in NOTES.items() if name not in names}
    return bench.plan({**kept, **more}, prune=names)._replace(guards=(), allowed=())


def test_a_deletion_of_many_records_is_counted_again(bench: Bench) -> None:
    bench.run(NOTES)
    accepted = deleting(bench, *list(NOTES)[:3])
    assert refusal(lambda: bench.apply(deleting(bench, *list(NOTES)[:4]))) == "RC310"
    allowed = deleting(bench, *list(NOTES)[:4])._replace(allowed=("--allow-deletes note=34%",))
    assert refusal(lambda: bench.apply(allowed._replace(allowed=("--allow-deletes note=33%",)))) == "RC310"
    assert bench.apply(accepted).complete


def test_updates_are_counted_again_with_the_records_of_now(bench: Bench) -> None:
    """The plan was made with fourteen records; of twelve, four are too many."""
    more: dict[str, Body] = {"note/x": {"name": "X"}, "note/y": {"name": "Y"}}
    bench.run({**NOTES, **more})
    edited = {name: {**body, "text": "new"} for name, body in list(NOTES.items())[:4]}
    plan = bench.plan({**NOTES, **more, **edited})
    assert all(guard.ok for guard in plan.guards)
    bench.run(NOTES, prune=("note/x", "note/y"))
    assert refusal(lambda: bench.apply(plan)) == "RC310"


def test_a_deletion_of_a_record_in_use_is_found_again(bench: Bench) -> None:
    bench.run({"team/a": {"name": "A"}})
    plan = bench.plan({}, prune=("team/a",))
    (team,) = bench.records("team")
    bench.other().create(bench.catalog.kind("person"), {"name": "P", "team_id": team["id"]})
    assert refusal(lambda: bench.apply(plan)) == "RC310"
    assert len(bench.records("team")) == 1


def test_a_protected_record_is_never_deleted_by_a_file(bench: Bench) -> None:
    bench.run(NOTES)
    plan = deleting(bench, "note/n00")
    (change,) = plan.changes
    bench.touch(
        "note", change.id, {"op": "replace", "path": "/sys_external_id", "value": "rhythmconf/hisp/n00#protected"}
    )
    forged = change._replace(
        before={**(change.before or {}), "sys_external_id": "rhythmconf/hisp/n00#protected"},
        precondition=change.precondition._replace(
            values={**change.precondition.values, "/sys_external_id": "rhythmconf/hisp/n00#protected"}
            if "/sys_external_id" in change.precondition.values
            else change.precondition.values
        ),
    )
    allowed = ("--allow note/n00",)
    assert refusal(lambda: bench.apply(plan._replace(changes=(forged,), allowed=allowed))) == "RC310"


def test_a_deletion_in_a_protected_environment_needs_its_permission(bench: Bench) -> None:
    bench.run(NOTES)
    plan = deleting(bench, "note/n00")
    environment = bench.site.environment._replace(protected=True)
    protected = bench.site._replace(environment=environment)
    live = bench.fetch()
    assert refusal(lambda: planning.check_again(plan, live, protected)) == "RC310"
    planning.check_again(plan._replace(allowed=("--allow note/n00",)), live, protected)
    planning.check_again(plan, live, bench.site)


def test_a_conflict_is_not_decided_by_a_file(bench: Bench) -> None:
    bench.run(NOTES)
    plan = bench.plan({**NOTES, "note/n00": {"name": "N0", "text": "mine"}})
    conflicting = plan._replace(changes=tuple(change._replace(side="conflict") for change in plan.changes), guards=())
    assert refusal(lambda: bench.apply(conflicting)) == "RC310"
    assert bench.apply(conflicting._replace(allowed=("--ours note/n00",))).complete


@pytest.mark.parametrize("flag", ["--force", "--allow", "--allow-updates note", "--allow x/y/z/w", "--allow nothing/a"])
def test_an_unknown_permission_is_refused(bench: Bench, flag: str) -> None:
    assert refusal(lambda: bench.apply(create(bench)._replace(allowed=(flag,)))) == "RC314"


def test_what_is_allowed_is_read_as_it_was_written(bench: Bench) -> None:
    allow = Allow(
        updates={"club/note": 100 / 3},
        deletes={"club/team": 50.0},
        keys=frozenset({key("note/a"), key("team/b")}),
        ours=frozenset({key("note/c")}),
    )
    assert planning.parse_flags(allowed_flags(allow, bench.catalog), bench.catalog).keys == allow.keys
    parsed = planning.parse_flags(allowed_flags(allow, bench.catalog), bench.catalog)
    assert (parsed.deletes, parsed.ours) == (allow.deletes, allow.ours)
    assert abs(parsed.updates["club/note"] - 100 / 3) < 1e-9


@pytest.mark.parametrize("wanted", [1, 4, 12])
def test_a_guard_reads_no_more_than_it_needs(tmp_path: Path, wanted: int) -> None:
    bench = Bench(tmp_path, dialect=Dialect(list="envelope"), page_size=20)
    many: dict[str, Body] = {f"note/n{number:03}": {"name": f"N{number}"} for number in range(100)}
    bench.run(many)
    changed = {name: {**body, "text": "new"} for name, body in list(many.items())[:wanted]}
    plan = bench.plan({**many, **changed})
    run = bench.apply(plan)
    assert run.complete
    assert run.requests == plan.requests_forecast - plan.requests_made + plan.requests_reread
    assert plan.requests_reread <= 2 * wanted


def test_references_in_a_plan_are_no_marks(bench: Bench) -> None:
    bench.run({"team/a": {"name": "A"}})
    plan = bench.plan({"team/a": {"name": "A"}, "person/p": {"name": "P", "team_id": ref("team/a")}})
    accept(plan._replace(tool=TOOL), bench.site)
