"""Made-up members and the billing runs of a day, over the addresses of the emulator."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from rhythmconf.insight.simulation import Emulation
from rhythmconf.model import Json
from rhythmconf.settings import Dialect
from tests.support.calendars import NEW_YORK, drops, schedule
from tests.support.emulated import TENANT, Tenant, make_tenant, shipped_catalog
from tests.support.emulator_transport import open_embedded

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC).timestamp()


def emulation(people: int = 120) -> Emulation:
    return Emulation(shipped_catalog(), NEW_YORK, people)


def open_world(people: int = 120, db: Path | None = None, **options: Any) -> Tenant:
    return make_tenant(db, simulation=emulation(people), clock=lambda: NOW, **options)


def configure(api: Tenant) -> str:
    """Create a program and weekly drops, and return the id of their template."""
    api.make("programs", {"name": "Dock", "customer_type": "contact", "certificate_mode": "disabled"})
    template = str(api.make("billingTemplates", drops("d", -88, -61)["spec"])["id"])
    api.make("recurringBillingRuns", schedule("d", runs=template)["spec"])
    return template


@pytest.fixture
def world() -> Iterator[Tenant]:
    api = open_world()
    configure(api)
    yield api
    api.http.close()


def run(api: Tenant, day: str, **params: str) -> list[dict[str, Any]]:
    response = api.http.post("/_emulator/run", params={"date": day, **params})
    assert response.status_code == 200, response.text
    runs: list[dict[str, Any]] = response.json()["runs"]
    return runs


def test_members_are_made_when_somebody_first_asks_for_them() -> None:
    api = open_world()
    assert api.get("certifications").json() == []
    configure(api)
    assert len(api.get("certifications").json()) == 120
    assert len(api.get("applications").json()) == 24
    made = api.read("certifications/certification-000007")
    api.delete("certifications/certification-000008")
    assert len(api.get("certifications").json()) == 119
    assert made["sys_version"] == 1


def test_members_are_kept_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "t.db"
    first = open_world(db=path)
    configure(first)
    made = first.get("certifications").json()
    first.http.close()
    transport = open_embedded(shipped_catalog(), path, TENANT, Dialect(), emulation(5))
    again = Tenant(transport)
    assert again.get("certifications").json() == made
    again.http.close()


def test_a_run_does_what_it_was_prepared_to_do_once(world: Tenant) -> None:
    before = {one["id"]: one for one in world.get("certifications").json()}
    [prepared] = run(world, "2026-12-05")
    assert (prepared["scheduled_run_date"], "run_date" in prepared) == ("2026-12-07", False)
    [done] = run(world, "2026-12-07")
    assert (done["id"], done["run_date"]) == (prepared["id"], "2026-12-07")
    assert run(world, "2026-12-07") == []

    actions = world.get(f"billingRunActions/billingRun/{done['id']}").json()
    assert actions["Count"] == len(actions["Items"]) == done["statistics"]["drop certifications"]
    after = {one["id"]: one for one in world.get("certifications").json()}
    changed = {id for id in after if after[id] != before[id]}
    assert changed == {one["certification_id"] for one in actions["Items"]} != set()
    for id in changed:
        assert (after[id]["status"], after[id]["termination_date"]) == ("inactive", "2026-12-07")
        assert (after[id]["sys_version"], after[id]["sys_created_at"]) == (2, before[id]["sys_created_at"])


def test_runs_are_searched_by_their_template(world: Tenant) -> None:
    run(world, "2026-12-07", prepared="10")
    found = world.call("POST", "billingRuns/search", {"scheduled_run_date": ["2026-12-08T00:00:00Z"] * 2}).json()
    assert found["Items"] == []
    everything = world.call("POST", "billingRuns/search", {}).json()["Items"]
    assert [(one["status"], one["scheduled_run_date"]) for one in everything] == [
        ("complete", "2026-12-07"),
        ("prepared", "2026-12-14"),
    ]
    template = everything[0]["template_id"]
    assert len(world.call("POST", "billingRuns/search", {"template_id": [template]}).json()["Items"]) == 2
    assert world.read(f"billingRuns/{everything[0]['id']}")["drop_options"] == everything[1]["drop_options"]
    assert world.get("billingRuns").status_code == 403


def test_a_run_that_was_cancelled_is_not_done() -> None:
    api = open_world()
    configure(api)
    [prepared] = run(api, "2026-12-05")
    assert api.delete(f"billingRuns/{prepared['id']}").status_code == 200
    # Its schedule makes it again, unless that is switched off.
    schedules = api.get("recurringBillingRuns").json()
    api.patch(f"recurringBillingRuns/{schedules[0]['id']}", {"op": "replace", "path": "/is_active", "value": False})
    assert run(api, "2026-12-07") == []


@pytest.mark.parametrize("reference", ["run", "prepared"])
def test_odd_records_do_not_stop_a_day(reference: str) -> None:
    settings = NEW_YORK._replace(reference=reference)  # type: ignore[arg-type]
    api = make_tenant(simulation=Emulation(shipped_catalog(), settings, 60), clock=lambda: NOW)
    configure(api)
    for number, value in enumerate(("soon", "2026-13-45", "", "2026-10-05T23:30:00Z"), 1):
        changes = (("/expiration_date", value), ("/status", "active"), ("/do_not_drop", False))
        directives: list[Json] = [{"op": "add", "path": at, "value": each} for at, each in changes]
        assert api.patch(f"certifications/certification-{number:06}", *directives).status_code == 200
    window: Any = drops("d", -88, -61)["spec"]["drop_options"]
    odd: Any = {"status": "?", "scheduled_run_date": "2026-12-07", "perform_drops": True}
    api.make("billingRuns", {**odd, "drop_options": window})
    api.make("billingRuns", {"status": "?", "scheduled_run_date": "never", "drop_options": {}})
    runs = run(api, "2026-12-07")
    assert len(runs) == 2
    statuses = [api.read(f"certifications/certification-{number:06}")["status"] for number in range(1, 5)]
    assert statuses == ["active", "active", "active", "inactive"]


def test_a_template_makes_a_run_without_a_schedule(world: Tenant) -> None:
    template = world.get("billingTemplates").json()[0]["id"]
    made = [world.get(f"billingTemplates/fromTemplate/{template}/2026-12-09").json() for _ in range(2)]
    assert made[0]["id"] != made[1]["id"]
    assert {one["scheduled_run_date"] for one in made} == {"2026-12-09"}
    assert made[0]["statistics"]["drop certifications"] > 0
    assert [one["run_date"] for one in run(world, "2026-12-09")] == ["2026-12-09"] * 2
    assert world.get(f"billingTemplates/fromTemplate/{template}/soon").status_code == 400
    acts = world.http.get("/_emulator/acts").json()
    assert acts == [{"act": "fromTemplate", "template_id": template, "reference_date": "2026-12-09"}] * 2


@pytest.mark.parametrize(
    "query",
    [
        "",
        "date=",
        "date=7 Dec",
        "date=9999-12-31",
        "date=0001-01-01",
        "date=2026-12-07&prepared=-1",
        "date=2026-12-07&prepared=801",
    ],
)
def test_a_day_that_can_not_be_run_is_refused(world: Tenant, query: str) -> None:
    assert world.http.post(f"/_emulator/run?{query}").status_code == 400


def test_a_tenant_without_a_simulation_makes_no_runs() -> None:
    api = make_tenant()
    assert api.http.post("/_emulator/run?date=2026-12-07").status_code == 403
    assert api.http.get("/_emulator/run?date=2026-12-07").status_code == 403
    assert api.http.get("/_emulator/nothing").status_code == 403


def test_neither_runs_nor_acts_are_in_the_log(world: Tenant) -> None:
    run(world, "2026-12-07")
    world.http.get("/_emulator/acts")
    paths = {entry["path"] for entry in world.http.get("/_emulator/log").json()}
    assert paths
    assert not [path for path in paths if path.startswith("/_emulator")]


def test_what_is_stored_names_nobody() -> None:
    api = open_world()
    configure(api)
    text = json.dumps(api.get("certifications").json() + api.get("applications").json())
    words = {word for word in text.replace('"', " ").split() if word[0].isupper()}
    invented = {"Holder", "Applicant", "Springfield,", "Springfield", "Riverton", "Fairview", "Georgetown"}
    assert {word.strip(",") for word in words} <= invented
