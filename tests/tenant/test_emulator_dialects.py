"""The emulated tenant implements every value of the dialect, that is, all that the API reference leaves open."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rhythmconf.model import Body, Json
from tests.support.emulated import Tenant, make_tenant

RENAME: Json = {"op": "replace", "path": "/name", "value": "B"}


def names(api: Tenant, **params: str) -> list[str]:
    return [record["name"] for record in api.get("statusReasons", **params).json()]


def walk(api: Tenant) -> list[list[str]]:
    """Return the names on each page of the envelope form."""
    pages, key = [], ""
    while True:
        answer = api.get("statusReasons", exclusiveStartKey=key).json()
        assert answer["Count"] == len(answer["Items"])
        pages.append([record["name"] for record in answer["Items"]])
        if "LastEvaluatedKey" not in answer:
            return pages
        key = answer["LastEvaluatedKey"]
        assert isinstance(key, str)


# list


@given(records=st.integers(0, 9), size=st.integers(1, 10))
@settings(max_examples=40, deadline=None)
def test_pages_have_every_record_once_and_respect_the_page_size(records: int, size: int) -> None:
    api = make_tenant(list="envelope", page_size=size)
    made = [api.make("statusReasons", {"name": str(number)})["name"] for number in range(records)]
    pages = walk(api)
    assert [name for page in pages for name in page] == made
    assert all(len(page) == size for page in pages[:-1])
    assert len(pages) == max(1, -(-records // size))


@pytest.mark.parametrize("form", ["auto", "array"])
def test_the_array_form_has_all_records_on_one_page(form: str) -> None:
    api = make_tenant(list=form, page_size=2)
    made = [api.make("statusReasons", {"name": name})["name"] for name in "abcde"]
    assert names(api) == made


def test_paging_survives_changes_between_pages() -> None:
    api = make_tenant(list="envelope", page_size=2)
    ids = [api.make("statusReasons", {"name": name})["id"] for name in "abcd"]
    first = api.get("statusReasons").json()
    for id in ids[:2]:
        api.delete(f"statusReasons/{id}")
    api.make("statusReasons", {"name": "e"})
    second = api.get("statusReasons", exclusiveStartKey=first["LastEvaluatedKey"]).json()
    third = api.get("statusReasons", exclusiveStartKey=second["LastEvaluatedKey"]).json()
    assert [record["name"] for page in (first, second, third) for record in page["Items"]] == ["a", "b", "c", "d", "e"]


def test_an_unknown_page_key_is_refused() -> None:
    assert make_tenant(list="envelope").get("statusReasons", exclusiveStartKey="string").status_code == 400


# external_id


def test_an_external_id_can_be_written() -> None:
    api = make_tenant()
    id = api.make("programs", {"name": "A", "sys_external_id": "one"})["id"]
    api.patch(f"programs/{id}", {"op": "replace", "path": "/sys_external_id", "value": "two"})
    assert api.read(f"programs/{id}")["sys_external_id"] == "two"
    assert "sys_external_id" not in api.put(f"programs/{id}", {"name": "A"}).json()


def test_a_read_only_external_id_is_ignored_silently() -> None:
    api = make_tenant(external_id="read-only")
    record = api.make("programs", {"name": "A", "sys_external_id": "one"})
    path = f"programs/{record['id']}"
    mark: Json = {"op": "add", "path": "/sys_external_id", "value": "two"}
    assert "sys_external_id" not in record
    assert "sys_external_id" not in api.put(path, {"name": "A", "sys_external_id": "two"}).json()
    answer = api.patch(path, mark, RENAME)
    assert answer.status_code == 200
    assert answer.json().keys() == record.keys()
    assert answer.json()["name"] == "B"


# batch


def test_a_batch_accepts_creates_if_the_dialect_allows_them() -> None:
    api = make_tenant(batch="patch+delete+create")
    answer = api.batch("statusReasons", *({"operation": "create", "object": {"name": name}} for name in "ab")).json()
    assert (answer["success_count"], answer["error_count"]) == (2, 0)
    assert names(api) == ["a", "b"]


def test_the_batch_endpoint_is_forbidden_without_batches() -> None:
    api = make_tenant(batch="none")
    assert api.batch("statusReasons", {"operation": "delete", "id": "x"}).status_code == 403


# batch_results


def results(shape: str) -> tuple[list[Json], str, str]:
    """Return the results of a batch: rename a record, delete a missing one, delete another one."""
    api = make_tenant(batch_results=shape)
    one, two = (str(api.make("statusReasons", {"name": name})["id"]) for name in "ab")
    answer = api.batch(
        "statusReasons",
        {"operation": "patch", "id": one, "patch_directives": [RENAME]},
        {"operation": "delete", "id": "nope"},
        {"operation": "delete", "id": two},
    ).json()
    assert (answer["success_count"], answer["error_count"]) == (2, 1)
    return answer["results"], one, two


def test_batch_results_by_id_have_ids() -> None:
    items, one, two = results("by-id")
    outcomes = {item["id"]: (item["status"], item["object"] and item["object"]["name"]) for item in items}  # type: ignore[index, call-overload]
    assert outcomes == {one: (200, "B"), "nope": (404, None), two: (200, "b")}


def test_batch_results_by_order_have_no_ids() -> None:
    items, _, _ = results("by-order")
    message = "no statusReason has the id 'nope'"
    assert items == [{"status": 200}, {"status": 404, "message": message}, {"status": 200}]


def test_unspecified_batch_results_have_no_order_and_no_ids() -> None:
    items, one, two = results("verify")
    assert [isinstance(item, dict) and item.get("id") for item in items] == [two, None, one]


# guard


def test_test_operations_are_ignored_with_guard_read() -> None:
    api = make_tenant(guard="read")
    id = api.make("programs", {"name": "A"})["id"]
    failing: Json = {"op": "test", "path": "/name", "value": "wrong"}
    assert api.patch(f"programs/{id}", failing, RENAME).json()["name"] == "B"


# patch_values


@pytest.mark.parametrize("value", ["text", '"quoted"', 7, True, None, ["a"], {"b": [1.5, "é"]}])
def test_patch_values_are_sent_as_json_strings_if_required(value: Json) -> None:
    api = make_tenant(patch_values="string", empty_lists="distinct")
    id = api.make("programs", {"name": "A"})["id"]
    directive: Json = {"op": "add", "path": "/extra", "value": json.dumps(value)}
    assert api.patch(f"programs/{id}", directive).json()["extra"] == value


@pytest.mark.parametrize("value", [7, None, ["a"], "plain text", ""])
def test_other_patch_values_are_refused_with_json_strings(value: Json) -> None:
    api = make_tenant(patch_values="string")
    id = api.make("programs", {"name": "A"})["id"]
    assert api.patch(f"programs/{id}", {"op": "add", "path": "/extra", "value": value}).status_code == 400


# patch_ops


def test_move_and_copy_work_if_the_dialect_allows_them() -> None:
    api = make_tenant(patch_ops="all")
    path = f"programs/{api.make('programs', {'name': 'A', 'one': 1})['id']}"
    copied = api.patch(path, {"op": "copy", "from": "/one", "path": "/two"}).json()
    moved = api.patch(path, {"op": "move", "from": "/one", "path": "/three"}).json()
    assert (copied["one"], copied["two"]) == (1, 1)
    assert (moved["two"], moved["three"], "one" in moved) == (1, 1, False)


@pytest.mark.parametrize(
    "directive",
    [
        {"op": "move", "path": "/name"},
        {"op": "move", "from": "/id", "path": "/name"},
        {"op": "copy", "from": "/name", "path": "/id"},
    ],
)
def test_read_only_fields_cannot_be_moved_or_overwritten(directive: Json) -> None:
    api = make_tenant(patch_ops="all")
    id = api.make("programs", {"name": "A"})["id"]
    assert api.patch(f"programs/{id}", directive).status_code == 400


def test_read_only_fields_can_be_copied() -> None:
    api = make_tenant(patch_ops="all")
    id = api.make("programs", {"name": "A"})["id"]
    assert api.patch(f"programs/{id}", {"op": "copy", "from": "/id", "path": "/name"}).json()["name"] == id


# off_options


def switched_options(value: Json) -> dict[str, Json]:
    """Return a template in which every option of a switch that is off is `value`."""
    names = [
        "renewal_reminder_options",
        "drop_options",
        "renewal_forecasting_options",
        "training_provider_billing_options",
        "application_reminder_options",
        "application_activation_options",
        "application_expiration_options",
    ]
    return {"name": "x", **dict.fromkeys(names, value)}


@pytest.mark.parametrize(
    ("dialect", "value", "status"),
    [
        ("omit", None, 200),
        ("omit", {}, 200),
        ("empty", {}, 200),
        ("empty", None, 400),
        ("null", None, 200),
        ("null", {}, 200),
    ],
)
def test_a_create_may_send_options_of_a_switch_that_is_off(dialect: str, value: Json, status: int) -> None:
    assert make_tenant(off_options=dialect).post("billingTemplates", switched_options(value)).status_code == status


@pytest.mark.parametrize(("dialect", "status"), [("omit", 200), ("empty", 400), ("null", 400)])
def test_a_create_may_omit_options_of_a_switch_that_is_off(dialect: str, status: int) -> None:
    answer = make_tenant(off_options=dialect).post("billingTemplates", {"name": "x"})
    assert answer.status_code == status
    assert status == 200 or "switch is off" in answer.json()["message"]


@pytest.mark.parametrize(("name", "value"), [("restricted_program_ids", {}), ("email", []), ("drop_options", [])])
def test_an_empty_value_of_another_type_is_refused_while_its_switch_is_off(name: str, value: Json) -> None:
    """What a switch suspends is what is required, not the types."""
    path = "billingTemplates" if name == "drop_options" else "notices"
    body: Body = {"name": "x"} if name == "drop_options" else {"name": "x", "email": {"subject": "Hello", "body": "Hi"}}
    answer = make_tenant().post(path, {**body, name: value})
    assert (answer.status_code, f"/{name}" in answer.json()["message"]) == (400, True)


def test_half_filled_options_of_a_switch_that_is_off_are_stored() -> None:
    half: Json = {"training_provider_restriction": "exclude"}
    body: Body = {"name": "x", "bill_training_providers": False, "training_provider_billing_options": half}
    assert make_tenant().make("billingTemplates", body)["training_provider_billing_options"] == half


# empty_lists


@pytest.mark.parametrize("how", ["same-as-absent", "distinct"])
def test_an_empty_list_is_kept_or_dropped(how: str) -> None:
    api = make_tenant(empty_lists=how)
    record = api.make("programs", {"name": "A", "list": [], "nested": {"list": []}, "items": [{"list": []}, []]})
    kept = {name: record.get(name, "absent") for name in ("list", "nested", "items")}
    if how == "distinct":
        assert kept == {"list": [], "nested": {"list": []}, "items": [{"list": []}, []]}
    else:
        assert kept == {"list": "absent", "nested": {}, "items": [{}, []]}
    assert api.read(f"programs/{record['id']}") == record


# list_lag_s


def test_a_new_record_is_readable_at_once_and_listed_after_the_lag() -> None:
    seconds = [100.0]
    api = make_tenant(list_lag_s=5, clock=lambda: seconds[0])
    id = api.make("statusReasons", {"name": "a"})["id"]
    seconds[0] = 104.9
    assert names(api) == []
    assert api.get(f"statusReasons/{id}").status_code == 200
    seconds[0] = 105.0
    assert names(api) == ["a"]
