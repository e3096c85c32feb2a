"""Single decisions of a run: when a write is repeated, and which record of an answer is the one that was created."""

from __future__ import annotations

from pathlib import Path

import pytest

from rhythmconf.catalog import Catalog
from rhythmconf.engine.execute.account import RunAccount
from rhythmconf.engine.execute.outcomes import confirm, outcome_unreadable
from rhythmconf.engine.execute.preconditions import check_incarnation
from rhythmconf.engine.execute.prepared import PreparedStep, RunContext, prepare
from rhythmconf.engine.execute.readback import matches, mismatches
from rhythmconf.engine.execute.rollback import restore_identity
from rhythmconf.engine.execute.writes import ATTEMPTS, BASE_S, send_again
from rhythmconf.engine.journal import StepOutcome
from rhythmconf.engine.plan.accept import check_deletions
from rhythmconf.errors import AuthError, BudgetExhausted, Refused, Rejected, TenantError
from rhythmconf.model import Body, Change, Fingerprint, Key, LiveState, Record
from rhythmconf.settings import Dialect, Environment
from tests.support import plans
from tests.support.bench import Bench, key, ref
from tests.support.rollbacks import plan_rollback

SAMPLE = (("a", "2026-01-01"), ("b", "2026-01-02"))


def ready(bench: Bench, wanted: dict[str, Body]) -> tuple[RunContext, PreparedStep]:
    """Return a run that is about to send the one change of a plan."""
    plan, live = bench.planned(wanted)
    (change,) = plan.changes
    context = RunContext(
        bench.client(),
        bench.site,
        bench.journal(plan),
        bench.time.clock,
        RunAccount(plan.changes),
        {(record.kind, record.id): record.body for record in live.all()},
        {name: frozenset(record.id for record in records) for name, records in live.records.items()},
    )
    return context, prepare(context, change, "create" if change.action == "create" else "patch")


@pytest.mark.parametrize("attempt", [2, 3])
def test_a_write_is_repeated_after_a_random_wait_that_doubles(tmp_path: Path, attempt: int) -> None:
    bench = Bench(tmp_path)
    context, prepared = ready(bench, {"note/n": {"name": "N"}})
    bench.time.chance, bench.time.slept = 0.25, []
    send_again(context, prepared, attempt)
    assert bench.time.slept == [0.25 * BASE_S * 2 ** (attempt - 2)]
    assert len(bench.records("note")) == 1


def test_a_write_is_not_sent_more_often_than_that(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    context, prepared = ready(bench, {"note/n": {"name": "N"}})
    assert send_again(context, prepared, ATTEMPTS + 1) == []
    assert [result.outcome for result in context.account.results()] == ["unknown"]
    assert bench.records("note") == []


@pytest.mark.parametrize(("ids", "outcome"), [(["x"], "applied"), (["x", "y"], None), ([], None)])
def test_only_a_single_new_record_of_an_answer_is_the_created_one(
    tmp_path: Path, ids: list[str], outcome: str | None
) -> None:
    """Without marks, two records with the sent fields may come from two creates."""
    context, prepared = ready(Bench(tmp_path, dialect=Dialect(external_id="read-only")), {"note/n": {"name": "N"}})
    confirmed = confirm(context, prepared, [{"id": id, "name": "N"} for id in ids])
    assert (confirmed and (confirmed.outcome, confirmed.id)) == (outcome and (outcome, "x"))


def test_a_created_record_with_two_unmarked_copies_is_searched_for(tmp_path: Path) -> None:
    context, prepared = ready(Bench(tmp_path), {"note/n": {"name": "N"}})
    assert confirm(context, prepared, [{"id": "x", "name": "N"}, {"id": "y", "name": "N"}]) is None
    assert context.account.stopped is None


def test_an_id_that_existed_before_is_not_the_created_record(tmp_path: Path) -> None:
    bench = Bench(tmp_path, dialect=Dialect(external_id="read-only"))
    old = bench.other().create(bench.catalog.kind("note"), {"name": "Old"})
    context, prepared = ready(bench, {"note/n": {"name": "N"}})
    assert confirm(context, prepared, [{"id": old["id"], "name": "N"}]) is None


@pytest.mark.parametrize("order", [["x", "y"], ["y", "x"]])
def test_a_set_may_come_back_in_another_order(tmp_path: Path, order: list[str]) -> None:
    kind = Bench(tmp_path).catalog.kind("note")
    sent: Body = {"/tags": ["x", "y"]}
    got: Body = {"tags": [*order]}
    assert matches(kind, sent, got, Dialect())


def test_a_list_with_other_items_keeps_the_order_of_the_tenant(tmp_path: Path) -> None:
    """The order is ignored only if every sent item has a counterpart; otherwise the report would mix both lists."""
    kind = Bench(tmp_path).catalog.kind("note")
    (mismatch,) = mismatches(kind, {"/tags": ["x", "y"]}, {"tags": ["x", "z"]}, Dialect())
    assert (mismatch.pointer, mismatch.sent) == ("/tags/1", "y")
    both = mismatches(kind, {"/tags": ["x", "y"]}, {"tags": ["z", "x"]}, Dialect())
    assert [each.pointer for each in both] == ["/tags/0", "/tags/1"]


@pytest.mark.parametrize(
    ("records", "same"),
    [
        ([("a", "2026-01-01")], True),
        ([("b", "2026-01-02"), ("z", "2026-05-05")], True),
        ([("a", "2026-09-09"), ("b", "2026-09-09")], False),
        ([("z", "2026-01-01")], False),
        ([], False),
    ],
)
def test_a_tenant_is_recognised_by_any_pair_of_id_and_time(records: list[tuple[str, str]], same: bool) -> None:
    fingerprint = Fingerprint("test", "club", "http://localhost", SAMPLE)
    live = LiveState(
        {"club/note": tuple(Record("club/note", id, {"id": id, "sys_created_at": at}) for id, at in records)}
    )
    if same:
        check_incarnation(fingerprint, live)
        return
    with pytest.raises(Refused, match="is not the one that was planned for: none of the 2 records") as caught:
        check_incarnation(fingerprint, live)
    assert caught.value.code == "RC521"


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    return plans.make_catalog(tmp_path)


@pytest.mark.parametrize("count", [1, 2, 3, 4, 6])
def test_the_guard_names_three_referrers_and_counts_the_others(catalog: Catalog, count: int) -> None:
    users = [plans.node(f"u{n}", name=f"u{n}", next_id="1") for n in range(count)]
    (guard,) = plans.refusing_guards(plans.plan(catalog, {}, [plans.node("1", "a"), *users], prune=["a"]))
    named = ", ".join(f"node record 'u{n}' ('u{n}') (/next_id)" for n in range(min(count, 3)))
    more = f" and {count - 3} more" if count > 3 else ""
    assert guard.message.startswith(f"node/a would be deleted, but is still referred to by {named}{more};")


def test_every_deleted_record_with_a_referrer_has_a_guard_of_its_own(catalog: Catalog) -> None:
    live = [plans.node("1", "a"), plans.node("2", "b"), plans.node("u", name="u", next_id="1", peer_id="2")]
    guards = plans.refusing_guards(plans.plan(catalog, {}, live, prune=["a", "b"]))
    assert [(guard.name, guard.subject) for guard in guards] == [
        ("referenced", "web/node/a"),
        ("referenced", "web/node/b"),
    ]


def test_an_unapproved_deletion_in_a_protected_environment_is_refused(catalog: Catalog) -> None:
    plan = plans.plan(catalog, {}, [plans.node("1", "a")], prune=["a"])
    environment = Environment("sandbox", "hisp-sandbox", base_url=plans.PLACE.base_url)
    check_deletions(plan, environment)
    with pytest.raises(Refused, match="is protected, and the plan deletes web/node/a, which no guard") as caught:
        check_deletions(plan, environment._replace(protected=True))
    assert caught.value.code == "RC310"


@pytest.mark.parametrize(
    ("error", "stops"),
    [
        (TenantError("no answer"), False),
        (Rejected("refused", status=409), False),
        (AuthError("no permission"), True),
        (BudgetExhausted("the budget is used up"), True),
    ],
)
def test_an_error_that_holds_for_every_read_stops_the_run(tmp_path: Path, error: TenantError, stops: bool) -> None:
    context, prepared = ready(Bench(tmp_path), {"note/n": {"name": "N"}})
    assert outcome_unreadable(context, prepared, error).outcome == "unknown"
    assert (context.account.stopped is not None) is stops
    assert context.account.auth_failed is isinstance(error, AuthError)


def test_a_cycle_that_was_not_closed_is_a_failure_of_its_create() -> None:
    key = Key("club/team", "a")
    patch: Body = {"op": "add", "path": "/lead_id", "value": "p"}
    account = RunAccount([Change(key, "create", body={"name": "A"}, patch=(patch,))])
    account.add_outcome(StepOutcome(key, "create", "applied", "1"))
    account.add_outcome(StepOutcome(key, "close", "not_attempted", "1", "it waits"))
    assert [(result.outcome, result.id, result.message) for result in account.results()] == [
        ("rejected", "1", "created without /lead_id: it waits")
    ]


def test_a_rollback_reverses_what_the_run_touched_or_without_a_run_the_whole_plan(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.run({name: {"name": name, "text": "old"} for name in ("note/a", "note/b", "note/c")})
    plan = bench.plan({name: {"name": name, "text": "new"} for name in ("note/a", "note/b", "note/c")})
    bench.apply(plan)
    a, b, c = (change.key for change in plan.changes)
    outcomes = [outcome for outcome in bench.log().outcomes if outcome.key != c]
    log = bench.log()._replace(
        outcomes=tuple(
            outcome._replace(outcome="not_attempted") if outcome.key == b else outcome for outcome in outcomes
        ),
    )
    live = bench.fetch()
    assert [pair.key for pair in restore_identity(plan, live, bench.site, log=log).pairs] == [a]
    assert [pair.key for pair in restore_identity(plan, live, bench.site).pairs] == [a, b, c]


def test_a_reference_to_a_changed_record_that_is_gone_comes_back_as_its_id(tmp_path: Path) -> None:
    """Only a deleted record is created again; a new reference to a changed record could never be resolved."""
    start: dict[str, Body] = {
        "team/a": {"name": "A", "motto": "old"},
        "rota/r": {"name": "R", "team_id": ref("team/a")},
    }
    bench = Bench(tmp_path)
    bench.run(start)
    team = str(bench.record("team", "A")["id"])
    plan = bench.plan(
        {
            "team/a": {"name": "A", "motto": "new"},
            "team/b": {"name": "B"},
            "rota/r": {"name": "R", "team_id": ref("team/b")},
        }
    )
    bench.apply(plan)
    bench.other().delete(bench.catalog.kind("team"), team)
    patches = {change.key: change.patch for change in plan_rollback(bench, plan, bench.log()).changes}
    assert patches[key("rota/r")] == ({"op": "replace", "path": "/team_id", "value": team},)
