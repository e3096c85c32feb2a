"""A tenant whose answers are spoilt: the plan succeeds, and nothing unknown is 0 or exact."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from copy import deepcopy
from pathlib import Path

import pytest

from tests.support.elsewhere.asking import FROM, ask
from tests.support.elsewhere.comparing import find_differences, place_of
from tests.support.elsewhere.drawing import make_world
from tests.support.elsewhere.tenant import PAGE, Asked, Fault, Manner, Record, Said, say, serve
from tests.support.elsewhere.worlds import World
from tests.support.process import run_in_process


def rows_of(said: Said) -> list[Record]:
    value = json.loads(said.body)
    rows: list[Record] = value["Items"] if isinstance(value, dict) else value
    return rows


def with_fields(**fields: object) -> Callable[[Said], Said]:
    """Return an answer whose records have these fields."""

    def edit(said: Said) -> Said:
        value = json.loads(said.body)
        for row in value["Items"] if isinstance(value, dict) else value:
            row.update(fields)
        return say(value)

    return edit


def endless(numbers: Iterator[int], *items: Record) -> Callable[[Said], Said]:
    """Return pages without an end: each has another key."""
    return lambda _: say({"Items": [*items], "LastEvaluatedKey": f"more-{next(numbers)}"})


def make_faults() -> dict[str, tuple[str, str, Callable[[Said], Said]]]:
    """Return each fault with the segment, the method and the answer."""
    search, listed = ("certifications", "POST"), ("certifications", "GET")
    one = {"id": "x", "status": "active", "expiration_date": "2026-12-20"}
    return {
        "search-403": (*search, lambda _: say({}, 403)),
        "search-405": (*search, lambda _: say({}, 405)),
        "search-429": (*search, lambda _: say({}, 429, Retry_After="0")),
        "search-text": (*search, lambda _: Said(200, b"<html>Sign in</html>")),
        "search-nothing": (*search, lambda _: Said(200, b"")),
        "search-object": (*search, lambda _: say({"message": "Internal error"})),
        "search-endless": (*search, endless(iter(range(10_000)))),
        "search-repeated": (*search, endless(iter(range(10_000)), one)),
        "search-dates": (*search, with_fields(expiration_date="31/12/2026")),
        "search-nulls": (*search, with_fields(id=None, do_not_drop=None, status_reason_id=None)),
        "list-403": (*listed, lambda _: say({}, 403)),
        "list-empty": (*listed, lambda _: say([])),
        "list-first-page": (*listed, lambda said: say(rows_of(said)[:PAGE])),
        "list-endless": (*listed, endless(iter(range(10_000)), one)),
        "list-no-dates": (*listed, with_fields(expiration_date=None)),
        "applications-404": ("applications", "POST", lambda _: say({}, 404)),
        "applications-object": ("applications", "POST", lambda _: say({})),
        "applications-dates": ("applications", "POST", with_fields(expiration_date=20261231)),
        "runs-403": ("billingRuns", "POST", lambda _: say({}, 403)),
        "actions-404": ("billingRunActions", "GET", lambda _: say({}, 404)),
        "actions-nobody": ("billingRunActions", "GET", lambda _: say({"Items": [{"type": "drop"}]})),
    }


FAULTS = make_faults()


def break_answers(segment: str, method: str, edit: Callable[[Said], Said]) -> Fault:
    """Return a tenant's fault: it spoils the answers of one call."""

    def spoil(asked: Asked, _: int, said: Said) -> Said:
        return edit(said) if (asked.segment, asked.method) == (segment, method) else said

    return spoil


@pytest.mark.parametrize("name", FAULTS)
def test_a_plan_succeeds_whatever_a_read_answers_and_nothing_unknown_is_0(name: str, tmp_path: Path) -> None:
    segment, method, edit = FAULTS[name]
    # A list is read where a search hides fields.
    lists = "refused" if name == "search-nulls" else "array"
    manner = Manner(shows_all=not name.startswith("list"), lists=lists)
    world = with_prepared_runs(make_world(34, certifications=160, applications=80))
    tenant = world.tenant(manner)
    tenant.fault = break_answers(segment, method, edit)
    with serve(tenant):
        found = ask(world.write(tmp_path), tenant, "plan", "--forecast")["forecast"]
    assert [asked for asked in tenant.asked if (asked.segment, asked.method) == (segment, method)]
    if segment in ("billingRuns", "billingRunActions"):
        assert [each for each in found["unknown"] if each["subject"] == "billing runs"]
        assert {run["people"] for run in found["prepared"]} <= {None}
        assert find_differences(world, manner, found) == []
        return
    right = {place_of(row): row for row in true_rows(world, tmp_path / "right")}
    for row in found["rows"]:
        for side in ("before", "after"):
            true, said = right[place_of(row)][side], row[side]
            if said is None:
                assert row["why"], row
            elif row["bound"] == "at_least":
                assert said <= true, row
                assert said or row["does"] == "invoice", row  # "at least 0" says nothing
            elif row["bound"] == "at_most":
                assert said >= true, row
            else:
                assert said == true, row


@pytest.mark.parametrize(
    ("answer", "reason", "code"), [(say({}, 403), "permission", 4), (say({"message": "Internal error"}), "budget", 0)]
)
def test_schedules_that_cannot_be_read_are_unknown(answer: Said, reason: str, code: int, tmp_path: Path) -> None:
    """A project without schedules: only the forecast reads those of the tenant."""
    world = make_world(34)
    documents = [one for one in world.documents if one["kind"] != "recurringBillingRun"]
    world = World(world.records, documents, world.before, world.after, world.people, world.zone)
    folder, tenant = world.write(tmp_path), world.tenant(Manner())
    tenant.fault = break_answers("recurringBillingRuns", "GET", lambda _: answer)
    with serve(tenant):
        found = ask(folder, tenant, "plan", "--forecast")["forecast"]
        done = run_in_process(folder, "forecast", *FROM, env=tenant.env)
    assert (found["rows"], [each["reason"] for each in found["unknown"]]) == ([], [reason])
    assert done.code == code


def true_rows(world: World, folder: Path) -> list[Record]:
    """Return the rows of a tenant that answers everything. They are right: the first test compares them."""
    with serve(world.tenant(Manner())) as tenant:
        rows: list[Record] = ask(world.write(folder), tenant, "forecast")["rows"]
    return rows


def with_prepared_runs(world: World) -> World:
    """Return a world in which each template has a run that is prepared."""
    people = deepcopy(world.people)
    for one in world.records["billingTemplates"]:
        run = {"id": f"run-{one['id']}", "template_id": one["id"], "status": "ready"}
        people["billingRuns"].append({**run, "scheduled_run_date": "2026-12-07", "preprocessing_date": "2026-12-02"})
        people["billingRunActions"].append({"id": "a", "billing_run_id": run["id"], "certification_id": "cert-00000"})
    return World(world.records, world.documents, world.before, world.after, people, world.zone, means=world.means)
