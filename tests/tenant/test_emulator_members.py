"""Members in the emulator: certifications, applications and billing runs, as the API reference has them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rhythmconf.model import Body, Json
from tests.support.emulated import TENANT, Tenant, make_tenant, whole_catalog

ALL = ["2000-01-01T00:00:00Z", "2100-01-01T00:00:00Z"]


def program(api: Tenant, name: str = "Dock supervisor") -> str:
    body: Body = {"name": name, "customer_type": "contact", "certificate_mode": "disabled"}
    return str(api.make("programs", body)["id"])


def certify(api: Tenant, program: str, *dates: str, **fields: Json) -> list[str]:
    """Create an active certification for each expiration date, and return their ids."""
    usual: Body = {"contact_id": "c1", "program_id": program, "status": "active"}
    bodies = (
        {"name": f"Holder {number}", "number": number, "expiration_date": day, **usual, **fields}
        for number, day in enumerate(dates)
    )
    return [str(api.make("certifications", body)["id"]) for body in bodies]


def search(api: Tenant, filters: Json, segment: str = "certifications", **params: str) -> dict[str, Any]:
    """Return one page of a search."""
    response = api.call("POST", f"{segment}/search", filters, params)
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


def pages(api: Tenant, filters: Json, segment: str = "certifications") -> Iterator[list[Any]]:
    """Yield the items of each page, until there is no key of a next one."""
    key: dict[str, str] = {}
    while True:
        answer = search(api, filters, segment, **key)
        yield answer["Items"]
        if "LastEvaluatedKey" not in answer:
            return
        assert answer["LastEvaluatedKey"] != key.get("exclusiveStartKey")
        key = {"exclusiveStartKey": answer["LastEvaluatedKey"]}


def ids(items: Any) -> list[str]:
    return [item["id"] for item in items]


def test_a_search_finds_what_all_filters_match() -> None:
    api = make_tenant()
    dock, rail = program(api), program(api, "Rail inspector")
    first, second, third = certify(api, dock, "2027-01-01", "2027-01-02", "2027-01-03")
    other = certify(api, rail, "2027-01-02", name="Ada Example", city="Springfield", number=77)[0]
    inactive = certify(api, dock, "2027-01-02", status="inactive")[0]

    assert ids(search(api, {"program_id": [dock], "status": ["active"]})["Items"]) == [first, second, third]
    assert ids(search(api, {"program_id": [dock, rail], "status": ["inactive"]})["Items"]) == [inactive]
    assert ids(search(api, {"number": [70, 80]})["Items"]) == [other]
    assert ids(search(api, {"name": "example", "city": "springfield"})["Items"]) == [other]
    assert ids(search(api, {"id": [third, "nobody"]})["Items"]) == [third]
    assert ids(search(api, {"is_new": "yes"})["Items"]) == []
    assert len(search(api, {"status": [], "program_id": None})["Items"]) == 5


@pytest.mark.parametrize(("dates", "found"), [("civil", [2, 3, 4]), ("string", [3, 4])])
def test_a_pair_of_instants_takes_both_days_unless_texts_are_compared(dates: str, found: list[int]) -> None:
    api = make_tenant(search_dates=dates)
    certify(api, program(api), *(f"2027-01-0{day}" for day in range(1, 7)))
    pair: Json = ["2027-01-02T00:00:00Z", "2027-01-04T23:59:59Z"]
    items = search(api, {"expiration_date": pair})["Items"]
    assert [item["expiration_date"] for item in items] == [f"2027-01-0{day}" for day in found]


@pytest.mark.parametrize(
    "filters",
    [
        {"do_not_drop": [True]},
        {"expiration_date": ["2027-01-02", "2027-01-04"]},
        {"expiration_date": ["2027-01-02T00:00:00Z"]},
        {"expiration_date": ["2027-01-02T00:00:00", "2027-01-02T00:00:00Z"]},
        {"expiration_date": "2027-01-02T00:00:00Z"},
        {"status": "active"},
        {"number": [1, True]},
        {"name": 5},
        [],
    ],
)
def test_a_search_refuses_what_the_reference_does_not_list(filters: Json) -> None:
    response = make_tenant().call("POST", "certifications/search", filters)
    assert response.status_code == 400, response.text


@pytest.mark.parametrize("form", ["full", "sparse"])
def test_pages_of_a_search_are_full_or_may_be_empty(form: str) -> None:
    api = make_tenant(search_pages=form, page_size=2)
    dock = program(api)
    certify(api, dock, *["2027-01-01"] * 4, status="retired")
    active = certify(api, dock, *["2027-01-01"] * 3)
    found = list(pages(api, {"status": ["active"]}))
    assert [len(page) for page in found] == ([2, 1] if form == "full" else [0, 0, 2, 1])
    assert ids(item for page in found for item in page) == active
    assert api.call("POST", "certifications/search", {}, {"exclusiveStartKey": "x"}).status_code == 400


@pytest.mark.parametrize("form", ["all", "filters"])
def test_a_search_shows_all_fields_or_those_that_it_filters_by(form: str) -> None:
    api = make_tenant(search_fields=form)
    certify(api, program(api), "2027-01-01", do_not_drop=True)
    [item] = search(api, {}, fieldsToReturn="id,expiration_date,do_not_drop")["Items"]
    hidden = {"do_not_drop"} if form == "filters" else set()
    assert set(item) == {"id", "expiration_date", "do_not_drop"} - hidden
    [whole] = search(api, {})["Items"]
    assert ("contact_id" in whole) is (form == "all")


@pytest.mark.parametrize(("form", "status"), [("yes", 200), ("no", 403)])
def test_applications_can_be_searched_unless_the_tenant_forbids_it(form: str, status: int) -> None:
    api = make_tenant(applications_search=form)
    body: Body = {"name": "A", "contact_id": "c", "program_id": program(api), "date": "2026-06-01T00:00:00Z"}
    made = api.make("applications", {**body, "owner_type": "contact", "type": "renewal", "status": "approved"})
    response = api.call("POST", "applications/search", {"status": ["approved"], "type": ["renewal"]})
    assert response.status_code == status
    if status == 200:
        assert ids(response.json()["Items"]) == [made["id"]]
    assert api.read(f"applications/{made['id']}") == made


def test_members_are_listed_and_looked_up_by_their_owner() -> None:
    api = make_tenant(page_size=2, list="envelope")
    dock = program(api)
    mine = certify(api, dock, *["2027-01-01"] * 3)
    theirs = certify(api, dock, "2027-01-01", contact_id="c2", organization_id="o1")
    first = api.get("certifications/contact/c1", fields="id").json()
    assert first == {"Count": 2, "Items": [{"id": mine[0]}, {"id": mine[1]}], "LastEvaluatedKey": "2"}
    rest = api.get("certifications/contact/c1", exclusiveStartKey=first["LastEvaluatedKey"]).json()
    assert (ids(rest["Items"]), "LastEvaluatedKey" in rest) == (mine[2:], False)
    assert ids(api.get("certifications/organization/o1").json()["Items"]) == theirs
    assert api.get("certifications", fields="id,do_not_drop").json()["Items"] == [{"id": mine[0]}, {"id": mine[1]}]
    assert api.read(f"certifications/{theirs[0]}")["contact_id"] == "c2"


def test_a_member_is_a_record_like_others() -> None:
    api = make_tenant()
    dock = program(api)
    [id] = certify(api, dock, "2027-01-01")
    assert api.patch(f"certifications/{id}", {"op": "add", "path": "/do_not_drop", "value": True}).status_code == 200
    assert api.read(f"certifications/{id}")["do_not_drop"] is True
    assert api.patch(f"certifications/{id}", {"op": "replace", "path": "/status", "value": "?"}).status_code == 400
    assert api.post("certifications", {"name": "A"}).status_code == 400
    assert api.get("certifications/nobody").status_code == 404
    refused = api.delete(f"programs/{dock}")
    assert (refused.status_code, id in refused.json()["message"]) == (409, True)
    assert api.delete(f"certifications/{id}").status_code == 200
    assert api.delete(f"programs/{dock}").status_code == 200


def test_members_have_a_table_that_earlier_files_get_too(tmp_path: Path) -> None:
    path = tmp_path / "t.db"
    make_tenant(path).http.close()
    with sqlite3.connect(path) as db:
        db.execute("DROP TABLE members")
    db.close()
    api = make_tenant(path)
    certify(api, program(api), "2027-01-01")
    api.http.close()
    with sqlite3.connect(path) as db:
        rows = db.execute("SELECT tenant, kind FROM members").fetchall()
        records = db.execute("SELECT kind FROM records").fetchall()
    db.close()
    assert rows == [(TENANT, "certifications/certification")]
    assert records == [("certifications/program",)]


def test_no_catalog_knows_the_kinds_of_members() -> None:
    assert not {"certification", "application", "billingRun"} & {kind.short for kind in whole_catalog().kinds.values()}
