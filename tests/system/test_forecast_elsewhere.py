"""A second opinion: a tenant and a count that share no code with rhythmconf judge `forecast` and `plan --forecast`."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.support.elsewhere.asking import FROM, MANNERS, ask, check_requests, check_words
from tests.support.elsewhere.comparing import find_differences
from tests.support.elsewhere.drawing import (
    BASE,
    PROGRAMS,
    change,
    make_people,
    make_schedule,
    make_template,
    make_world,
)
from tests.support.elsewhere.tenant import Manner, Record, serve
from tests.support.elsewhere.worlds import World, applied, make_case_world, make_records, make_side
from tests.support.forecasts import POPULATIONS
from tests.support.members import CASES
from tests.support.process import run, run_in_process

SEEDS = (3, 24, 26, 30, 34, 42, 56, 58)
"""Worlds with many sorts of steps."""
ALLOWED = [f"--allow-updates={kind}=100%" for kind in ("billingTemplate", "recurringBillingRun")]


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


@pytest.mark.parametrize("name", POPULATIONS)
def test_the_people_of_a_case_are_the_same_in_every_tenant(name: str, tmp_path: Path, full: bool) -> None:
    case, numbers = CASES[name], POPULATIONS[name]
    world = make_case_world(case, numbers["population"])
    begin = [*POPULATIONS].index(name)
    for manner in MANNERS if full else (MANNERS[begin], MANNERS[begin + 3]):
        hidden = not manner.shows_all and manner.lists == "refused"
        folder = world.write(tmp_path / str(manner))
        with serve(world.tenant(manner)) as tenant:
            options = ("--format", "json", "--from", case["as_of"], "--days", str(case["days"]))
            done = run_in_process(folder, "forecast", *options, env=tenant.env)
            check_requests(tenant)
        found = done.json()
        assert find_differences(world, manner, found) == []
        if name == "34-invoices" and (hidden or not manner.applications):
            assert {(row["before"], row["after"]) for row in found["rows"]} == {(None, None)}
            continue
        # No filter of this case is hidden, so no list is read, and its amounts are not known.
        bare = name == "30-reminder-moves-later" and not manner.shows_all
        assert read_side(found, "after") == listed(numbers["expect"]["at_most" if hidden or bare else "after"])
        if "before" in numbers["expect"] and not hidden and not bare:
            assert read_side(found, "before") == listed(numbers["expect"]["before"])


def read_side(found: Any, side: str) -> list[tuple[Any, ...]]:
    """Return one side of the rows with people as cases have them. There, invoices have no amounts at all."""
    rows = []
    for row in found["rows"]:
        if row[side]:
            step = "/".join(filter(None, (row["template"], row["option"], row["step"])))
            bare = row["does"] == "invoice"
            money = (0.0, 0) if bare else (row["money"][side], row["money"]["amount_unknown"][side])
            rows.append((row["date"], step, row[side], *money))
    return sorted(rows)


def listed(rows: list[Record]) -> list[tuple[Any, ...]]:
    """Return the rows of a case."""
    return sorted(tuple(row[name] for name in ("date", "step", "people", "money", "amount_unknown")) for row in rows)


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
    assert found["requests"]["made"] > 100
    assert not [row for row in found["rows"] if row["why"] == "budget"]
    if full:
        assert find_differences(world, Manner(), found) == []
