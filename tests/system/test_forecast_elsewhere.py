"""A second opinion: a tenant and a count that share no code with rhythmconf judge `forecast` and `plan --forecast`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from copy import deepcopy
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.support.elsewhere.comparing import find_differences, place_of
from tests.support.elsewhere.drawing import (
    BASE,
    PROGRAMS,
    change,
    make_people,
    make_schedule,
    make_template,
    make_world,
)
from tests.support.elsewhere.tenant import PAGE, Asked, Elsewhere, Fault, Manner, Record, Said, say, serve
from tests.support.elsewhere.worlds import World, applied, make_records, make_side
from tests.support.process import run, run_in_process

MANNERS = (
    Manner(),
    Manner(shows_all=False),
    Manner(civil_dates=False, applications=False, lists="refused"),
    Manner(shows_all=False, civil_dates=False, full_pages=False, lists="refused"),
    Manner(full_pages=False, lists="refused"),
    Manner(shows_all=False, full_pages=False, applications=False, lists="refused"),
    Manner(shows_all=False, civil_dates=False, lists="envelope"),
    Manner(civil_dates=False, full_pages=False, lists="envelope"),
)
"""Eight tenants: fields, dates, pages, applications and lists, each in each of its ways."""
SEEDS = (3, 24, 26, 30, 34, 42, 56, 58)
"""Worlds with many sorts of steps."""
POSTS = {(segment, "search") for segment in ("certifications", "applications", "billingRuns")}
FIELDS = {
    *("id", "program_id", "status", "expiration_date", "do_not_drop", "status_reason_id", "forecasted_renewal_amount"),
    *("issuing_training_provider_id", "renewal_training_provider_id", "type", "training_provider_id"),
    *("training_provider_billing_status", "template_id", "run_date", "preprocessing_date", "scheduled_run_date"),
    *("certification_id", "application_id"),
}
"""What may be asked for. None of it names a person."""
ALLOWED = [f"--allow-updates={kind}=100%" for kind in ("billingTemplate", "recurringBillingRun")]
FROM = ("--format", "json", "--from", "2026-12-01")


def check_requests(tenant: Elsewhere) -> None:
    """Nothing acted, and no field was asked for that names a person."""
    for asked in tenant.asked:
        assert asked.method == "GET" or (asked.method == "POST" and (asked.segment, asked.action) in POSTS), asked
    for asked in tenant.asked_for_members():
        [fields] = asked.query["fields" if asked.method == "GET" else "fieldsToReturn"]
        assert set(fields.split(",")) <= FIELDS, asked
        assert set(asked.body or ()) <= {"program_id", "status", "expiration_date", "template_id"}, asked


def check_words(text: str) -> None:
    """Nobody stands in a report: neither a name nor an id."""
    assert not [word for word in ("Holder", "Applicant", "@example.org", "cert-0", "app-0") if word in text]


def ask(folder: Path, tenant: Elsewhere, *command: str) -> Any:
    """Run a command that must succeed; return its JSON."""
    done = run_in_process(folder, *command, *FROM, env=tenant.env)
    assert done.code == 0, done.stderr
    check_requests(tenant)
    check_words(done.stdout + done.stderr)
    return done.json()


@pytest.mark.parametrize("number", range(len(MANNERS)), ids=lambda number: str(MANNERS[number]))
def test_a_forecast_has_the_numbers_of_another_program(number: int, tmp_path: Path, full: bool) -> None:
    """People, money, unknown amounts, bounds and reasons of each run and step, before and after a drawn change."""
    manner = MANNERS[number]
    for seed in Random().sample(range(10**6), 12) if full else (SEEDS[number],):
        world = make_world(seed)
        folder = world.write(tmp_path / str(seed))
        with serve(world.tenant(manner)) as tenant:
            done = run_in_process(folder, "forecast", "--no-cache", *FROM, env=tenant.env)
            check_requests(tenant)
        # With 4, the tenant lets nothing be read that any run depends on.
        assert done.code in (0, 4), done.stderr
        found = done.json()
        assert find_differences(world, manner, found) == [], (seed, str(manner))
        assert done.code == 0 or {row["why"] for row in found["rows"]} == {"applications"}


def test_a_plan_has_the_numbers_of_another_program(tmp_path: Path) -> None:
    """As a process. A plan without a forecast makes the same requests, less those for members."""
    world, manner = make_world(34), Manner()
    folder = world.write(tmp_path)
    with serve(world.tenant(manner)) as tenant:
        done = run(folder, "plan", "--forecast", *FROM, env=tenant.env)
        assert done.code == 0, done.stderr
        check_requests(tenant)
        check_words(done.stdout + done.stderr)
        assert find_differences(world, manner, done.json()["forecast"]) == []
        others = [asked for asked in tenant.asked if asked not in tenant.asked_for_members()]
        tenant.asked.clear()
        ask(folder, tenant, "plan")
        assert tenant.asked_for_members() == []
        assert sorted(asked.segment for asked in tenant.asked) == sorted(asked.segment for asked in others)


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


def test_ten_thousand_people_take_two_hundred_requests(tmp_path: Path, full: bool) -> None:
    """12 templates, 90 days, 50 a page: 210 requests for the whole plan."""
    random = Random(7)
    names = [f"t{number}" for number in range(12)]
    documents = [deepcopy(one) for one in BASE]
    for name in names:
        documents += [make_template(random, name, PROGRAMS), make_schedule(random, name, name)]
    changed = change(random, documents)
    sides = make_side(documents), make_side(applied(documents, changed))
    world = World(make_records(documents), changed, *sides, make_people(random, 9_000, 1_000))
    with serve(world.tenant(Manner())) as tenant:
        found = ask(world.write(tmp_path), tenant, "plan", "--forecast", *ALLOWED)["forecast"]
    assert len(tenant.asked) <= 210
    assert len(tenant.asked_for_members()) == found["requests"]["made"] <= found["requests"]["budget"] == 200
    assert not [row for row in found["rows"] if row["why"] == "budget"]
    if full:
        assert find_differences(world, Manner(), found) == []
