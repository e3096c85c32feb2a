"""The API of the emulated tenant: what it stores and what it refuses."""

from __future__ import annotations

import json
import re
from pathlib import Path

import httpx
import pytest

from rhythmconf.catalog import load
from rhythmconf.catalog.contract import import_kinds
from rhythmconf.model import Json
from rhythmconf.settings import Dialect
from rhythmconf.tenant.emulator import Written
from rhythmconf.tenant.emulator.http import Request
from tests.support.contracts import contract
from tests.support.emulated import EMAIL, TENANT, Tenant, make_emulator, make_tenant, shipped_catalog
from tests.support.emulator_transport import EmulatorTransport, open_embedded


def message(response: httpx.Response, status: int) -> str:
    assert response.status_code == status, response.text
    return str(response.json()["message"])


def test_a_create_adds_an_opaque_id_and_read_only_fields() -> None:
    api = make_tenant(clock=lambda: 1_700_000_000.25)

    record = api.make("programs", {"name": "CMSI", "sys_external_id": "rhythmconf/hisp/cmsi"})

    assert re.fullmatch(r"[\w|-]+", str(record["id"]))
    assert record == {
        "id": record["id"],
        "name": "CMSI",
        "sys_external_id": "rhythmconf/hisp/cmsi",
        "sys_created_at": "2023-11-14T22:13:20.250Z",
        "sys_created_by_id": "emulator",
        "sys_last_modified_at": "2023-11-14T22:13:20.250Z",
        "sys_last_modified_by_id": "emulator",
        "sys_version": 1,
    }
    assert api.read(f"programs/{record['id']}") == record
    assert api.get("programs").json() == [record]


@pytest.mark.parametrize(
    ("pattern", "expected"), [(r"^[a-z\d:_-]{1,300}__c$", "new__c"), (r"^[\w|-]+$", "new"), ("^[0-9]+$", "new")]
)
def test_an_id_has_the_end_that_the_pattern_of_the_kind_demands(tmp_path: Path, pattern: str, expected: str) -> None:
    record = {
        "type": "object",
        "properties": {"id": {"type": "string", "pattern": pattern}, "name": {"type": "string"}},
    }
    [badge] = import_kinds(contract({"Badge": ("badges", record)}), "certifications", known={}).kinds
    (tmp_path / "certifications").mkdir()
    (tmp_path / "certifications/badge.json").write_text(json.dumps(badge.schema))
    tested = make_emulator(kinds=load([tmp_path], module="certifications"), new_id=lambda: "new")
    answer = tested.handle(
        Request("POST", "/certifications/badges/hisp", {"authorization": "Bearer a"}, b'{"name": "A"}')
    )
    assert json.loads(answer.body)["id"] == expected


@pytest.mark.parametrize("field", ["id", "sys_version", "sys_created_at", "sys_locked"])
def test_a_create_with_read_only_fields_is_refused(field: str) -> None:
    api = make_tenant()
    assert field in message(api.post("programs", {"name": "CMSI", field: 1}), 400)
    assert api.get("programs").json() == []


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"),
        ("GET", "/certifications/programs/another-tenant"),
        ("GET", "/certifications/nothings/hisp"),
        ("GET", "/membership/programs/hisp"),
        ("GET", "/certifications/programs/hisp/a/b"),
        ("POST", "/certifications/programs/hisp/an-id"),
        ("DELETE", "/certifications/programs/hisp"),
        ("TRACE", "/certifications/nothings/hisp"),
        ("TRACE", "/certifications/programs/another-tenant"),
        ("GET", "//[/programs"),
    ],
)
def test_an_unknown_address_is_forbidden(method: str, path: str) -> None:
    request = Request(method, path, {"authorization": "Bearer any"})
    assert make_emulator().handle(request).status == 403


def test_an_id_is_decoded_after_the_path_was_split() -> None:
    request = Request("GET", "/certifications/programs/hisp/a%2Fb", {"authorization": "Bearer any"})
    answer = make_emulator().handle(request)
    assert (answer.status, json.loads(answer.body)) == (404, {"message": "no program has the id 'a/b'"})


@pytest.mark.parametrize(
    ("header", "accepted", "status"),
    [
        (None, None, 401),
        ("Basic dXNlcg==", None, 401),
        ("Bearer ", None, 401),
        ("Bearer other", "secret", 401),
        ("Bearer sécret", "secret", 401),
        ("Bearer secret", "secret", 200),
        ("bearer anything", None, 200),
    ],
)
def test_a_bearer_token_is_required(header: str | None, accepted: str | None, status: int) -> None:
    headers = {} if header is None else {"authorization": header}
    request = Request("GET", f"/certifications/programs/{TENANT}", headers)
    assert make_emulator(token=accepted).handle(request).status == status


GRANT = {"grant_type": "client_credentials", "client_id": "c", "client_secret": "s", "audience": "a"}


@pytest.mark.parametrize("form", ["json", "data"])
def test_tokens_are_issued_for_client_credentials(form: str) -> None:
    api = make_tenant(token="the-token")
    options = {form: GRANT}
    answer = api.http.post("/oauth/token", **options)  # type: ignore[arg-type]
    assert answer.json() == {"access_token": "the-token", "token_type": "Bearer", "expires_in": 86400}


def test_an_issued_token_is_accepted() -> None:
    api = make_tenant()
    api.http.headers["authorization"] = "Bearer " + api.http.post("/oauth/token", data=GRANT).json()["access_token"]
    assert api.get("programs").status_code == 200


@pytest.mark.parametrize(
    ("change", "status"),
    [({"grant_type": "password"}, 403), ({"client_secret": ""}, 401), ({"audience": ""}, 401)],
)
def test_other_grants_are_refused(change: dict[str, str], status: int) -> None:
    assert make_tenant().http.post("/oauth/token", json=GRANT | change).status_code == status


def test_a_grant_must_be_a_posted_object() -> None:
    assert make_tenant().http.post("/oauth/token", json=[]).status_code == 403
    assert make_tenant().http.get("/oauth/token").status_code == 405


def test_a_throttled_request_gets_429_and_retry_after() -> None:
    seconds = [10.0]
    api = make_tenant(rate_limit=2, clock=lambda: seconds[0])
    assert [api.get("programs").status_code for _ in range(3)] == [200, 200, 429]
    assert api.get("programs").headers["retry-after"] == "1"
    seconds[0] += 1
    assert api.get("programs").status_code == 200


def test_each_answer_is_delayed_by_the_latency() -> None:
    slept: list[float] = []
    api = make_tenant(latency_ms=250, sleep=slept.append)
    api.get("programs")
    assert slept == [0.25]


def test_reading_a_missing_record_is_not_found() -> None:
    assert "no program has the id 'nope'" in message(make_tenant().get("programs/nope"), 404)


def test_reads_can_be_restricted_to_fields() -> None:
    api = make_tenant()
    record = api.make("programs", {"name": "CMSI"})
    assert api.get("programs", fields="id,name").json() == [{"id": record["id"], "name": "CMSI"}]
    answer = api.get(f"programs/{record['id']}", fields="name", consistentRead="true")
    assert answer.json() == {"name": "CMSI"}


def test_a_replace_keeps_only_read_only_fields() -> None:
    seconds = [1000.0]
    api = make_tenant(clock=lambda: seconds[0])
    before = api.make("statusReasons", {"name": "Lapsed", "description": "x", "sys_external_id": "import-7"})
    seconds[0] = 2000.0

    body: Json = {**before, "name": "Gone", "sys_version": 99, "sys_created_at": "never"}
    assert isinstance(body, dict)
    del body["sys_external_id"]
    del body["description"]
    after = api.put(f"statusReasons/{before['id']}", body).json()

    assert after == {
        "id": before["id"],
        "name": "Gone",
        "sys_created_at": before["sys_created_at"],
        "sys_created_by_id": "emulator",
        "sys_last_modified_at": "1970-01-01T00:33:20.000Z",
        "sys_last_modified_by_id": "emulator",
        "sys_version": 2,
    }
    assert api.read(f"statusReasons/{before['id']}") == after


def test_a_replace_with_another_id_is_refused() -> None:
    api = make_tenant()
    id = api.make("programs", {"name": "CMSI"})["id"]
    assert "isn't that of the path" in message(api.put(f"programs/{id}", {"id": "other", "name": "CMSI"}), 400)


def test_each_change_increases_the_version() -> None:
    api = make_tenant()
    id = api.make("programs", {"name": "CMSI"})["id"]
    versions = [
        api.patch(f"programs/{id}", {"op": "replace", "path": "/name", "value": name}).json()["sys_version"]
        for name in ("A", "B", "C")
    ]
    assert versions == [2, 3, 4]
    assert api.read(f"programs/{id}")["name"] == "C"


def test_a_patch_with_a_failing_test_changes_nothing() -> None:
    api = make_tenant()
    before = api.make("programs", {"name": "CMSI"})
    answer = api.patch(
        f"programs/{before['id']}",
        {"op": "replace", "path": "/name", "value": "changed"},
        {"op": "test", "path": "/sys_version", "value": 7},
    )
    assert "test" in message(answer, 409)
    assert api.read(f"programs/{before['id']}") == before


def test_a_test_of_the_version_guards_a_patch() -> None:
    api = make_tenant()
    id = api.make("programs", {"name": "CMSI"})["id"]
    guarded: list[Json] = [
        {"op": "test", "path": "/sys_version", "value": 1},
        {"op": "replace", "path": "/name", "value": "B"},
    ]
    assert [api.call("PATCH", f"programs/{id}", guarded).status_code for _ in range(2)] == [200, 409]


@pytest.mark.parametrize(
    "patch",
    [
        {},
        ["remove"],
        [{"op": "merge", "path": "/name", "value": "x"}],
        [{"op": "move", "path": "/name", "from": "/description"}],
        [{"op": "add", "path": "name", "value": "x"}],
        [{"op": "add", "path": "", "value": {}}],
        [{"op": "add", "path": 1, "value": {}}],
        [{"op": "add", "path": "/name"}],
        [{"op": "remove", "path": "/absent"}],
        [{"op": "remove", "path": "/name/deeper"}],
        [{"op": "add", "path": "/no/such/place", "value": 1}],
        [{"op": "remove", "path": "/name~2"}],
        [{"op": "remove", "path": "/name"}],
        [{"op": "replace", "path": "/name", "value": 1}],
        [{"op": "replace", "path": "/name", "value": None}],
        [{"op": "replace", "path": "/id", "value": "x"}],
        [{"op": "remove", "path": "/sys_created_at"}],
        [{"op": "add", "path": "/sys_external_id", "value": 7}],
        [{"op": "add", "path": "/sys_locked", "value": "yes"}],
        [{"op": "add", "path": "/sys_locked/x", "value": True}],
    ],
)
def test_an_invalid_patch_is_refused_and_changes_nothing(patch: Json) -> None:
    api = make_tenant()
    before = api.make("programs", {"name": "CMSI"})
    assert message(api.call("PATCH", f"programs/{before['id']}", patch), 400)
    assert api.read(f"programs/{before['id']}") == before


@pytest.mark.parametrize("more", ["", "name", {}, None, [None], 0, False, "/absent"])
def test_members_that_an_operation_does_not_define_are_ignored(more: Json) -> None:
    api = make_tenant()
    before = api.make("programs", {"name": "CMSI"})
    patch: Json = [{"op": "add", "path": "/name", "value": "CPSI", "from": more, "id": more, "note": more}]
    changed = api.call("PATCH", f"programs/{before['id']}", patch)
    assert (changed.status_code, api.read(f"programs/{before['id']}")["name"]) == (200, "CPSI")


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({}, "name"),
        ({"name": 7}, "/name"),
        ({"name": "x", "send_renewal_reminders": "yes"}, "/send_renewal_reminders"),
        ({"name": "x", "send_renewal_reminders": True}, "renewal_reminder_options"),
        ({"name": "x", "drop_options": {"program_restriction": "some"}}, "/drop_options/program_restriction"),
        ({"name": "x", "perform_drops": True, "drop_options": {}}, "drop_options"),
        ([], "object"),
    ],
)
def test_a_body_that_violates_the_schema_is_refused_with_the_field(body: Json, where: str) -> None:
    api = make_tenant()
    assert where in message(api.post("billingTemplates", body), 400)
    assert api.get("billingTemplates").json() == []


def test_options_may_be_absent_null_or_empty_while_their_switch_is_off() -> None:
    api = make_tenant(empty_lists="distinct")
    api.make("billingTemplates", {"name": "absent"})
    api.make("billingTemplates", {"name": "off", "perform_drops": False, "drop_options": None})
    kept = api.make("billingTemplates", {"name": "empty", "perform_drops": False, "drop_options": {}})
    assert kept["drop_options"] == {}


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b'{"name": NaN}', b"[" * 5000 + b"]" * 5000])
def test_a_body_that_is_not_json_is_refused(body: bytes) -> None:
    request = Request("POST", f"/certifications/programs/{TENANT}", {"authorization": "Bearer any"}, body)
    assert make_emulator().handle(request).status == 400


def test_a_body_that_is_nested_too_deeply_is_refused() -> None:
    deep: Json = "x"
    for _ in range(400):
        deep = {"a": [deep]}
    assert make_tenant().post("programs", {"name": "x", "extra": deep}).status_code == 400


def test_any_text_is_kept() -> None:
    api = make_tenant()
    text = "é \u2028 \U0001f984 \x00 </script> \"'"
    id = api.make("programs", {"name": text})["id"]
    assert api.read(f"programs/{id}")["name"] == text


def test_half_a_surrogate_pair_is_kept_but_is_not_a_valid_id() -> None:
    tested = make_emulator()

    def send(path: str, body: bytes) -> tuple[int, Json]:
        request = Request("POST", f"/certifications/{path}", {"authorization": "Bearer any"}, body)
        answer = tested.handle(request)
        return answer.status, json.loads(answer.body)

    status, record = send("programs/hisp", b'{"name": "\\ud800"}')
    assert (status, isinstance(record, dict) and record["name"]) == (200, "\ud800")
    assert send("programs/hisp", b'{"name": "x", "group_id": "\\ud800"}')[0] == 409
    status, answer = send("programs/hisp/batch", b'{"operations": [{"operation": "delete", "id": "\\ud800"}]}')
    assert (status, isinstance(answer, dict) and answer["error_count"]) == (200, 1)


def test_the_last_of_two_equal_member_names_counts() -> None:
    body = b'{"name": "first", "name": "last"}'
    answer = make_emulator().handle(
        Request("POST", "/certifications/programs/hisp", {"authorization": "Bearer any"}, body)
    )
    assert (answer.status, json.loads(answer.body)["name"]) == (200, "last")


# references


def test_a_dangling_reference_is_a_conflict() -> None:
    api = make_tenant()
    assert "/group_id refers to 'nope'" in message(api.post("programs", {"name": "x", "group_id": "nope"}), 409)
    id = api.make("programs", {"name": "x"})["id"]
    assert message(api.patch(f"programs/{id}", {"op": "add", "path": "/group_id", "value": "nope"}), 409)
    assert message(api.put(f"programs/{id}", {"name": "x", "group_id": "nope"}), 409)
    assert "group_id" not in api.read(f"programs/{id}")


def test_a_referred_record_cannot_be_deleted() -> None:
    api = make_tenant()
    group = api.make("programGroups", {"name": "Inspection"})["id"]
    program = api.make("programs", {"name": "CMSI", "group_id": group})["id"]

    refused = api.delete(f"programGroups/{group}")
    assert message(refused, 409) == f"still used by 1 record: certifications/program {program}"

    api.patch(f"programs/{program}", {"op": "remove", "path": "/group_id"})
    answer = api.delete(f"programGroups/{group}")
    assert (answer.status_code, answer.json()) == (200, group)
    assert api.get(f"programGroups/{group}").status_code == 404
    assert api.delete(f"programGroups/{group}").status_code == 404


def test_references_of_a_deleted_record_do_not_count() -> None:
    api = make_tenant()
    group = api.make("programGroups", {"name": "Inspection"})["id"]
    program = api.make("programs", {"name": "CMSI", "group_id": group})["id"]
    assert api.delete(f"programs/{program}").status_code == 200
    assert api.delete(f"programGroups/{group}").status_code == 200


@pytest.mark.parametrize("segment", ["statusReasons", "appStatusReasons"])
def test_a_reference_to_two_kinds_protects_records_of_both(segment: str) -> None:
    api = make_tenant()
    template = api.template({"name": "60 days"})
    reason = api.make(segment, {"name": "Lapsed"})["id"]
    path = "/renewal_reminder_options/status_reason_ids"
    answer = api.patch(f"billingTemplates/{template['id']}", {"op": "add", "path": path, "value": [reason]})
    assert answer.status_code == 200, answer.text
    assert api.delete(f"{segment}/{reason}").status_code == 409


def test_a_reference_to_another_module_is_not_checked() -> None:
    values: Json = [{"custom_field_id": "anything__c", "string_value": "x"}]
    assert make_tenant().template({"name": "a"}, custom_field_values=values)["custom_field_values"] == values


# ids of list items


def reminders(record: Json) -> list[tuple[Json, Json]]:
    assert isinstance(record, dict)
    options = record["renewal_reminder_options"]
    assert isinstance(options, dict)
    assert isinstance(options["reminders"], list)
    return [(item["id"], item["name"]) for item in options["reminders"] if isinstance(item, dict)]


def test_reminders_get_new_numbers_that_are_not_reused() -> None:
    api = make_tenant()
    record = api.template({"name": "a"}, {"name": "b", "id": 7}, {"name": "c"})
    assert reminders(record) == [(8, "a"), (7, "b"), (9, "c")]

    path = "/renewal_reminder_options/reminders"
    item = record["renewal_reminder_options"]["reminders"][0] | {"name": "d"}  # type: ignore[index, call-overload, operator]
    del item["id"]
    answer = api.patch(
        f"billingTemplates/{record['id']}",
        {"op": "remove", "path": f"{path}/2"},
        {"op": "add", "path": f"{path}/-", "value": item},
    )
    assert reminders(answer.json()) == [(8, "a"), (7, "b"), (10, "d")]


@pytest.mark.parametrize("op", ["replace", "remove", "add"])
def test_the_number_of_a_reminder_is_unchangeable(op: str) -> None:
    api = make_tenant()
    record = api.template({"name": "a"})
    path = "/renewal_reminder_options/reminders/0/id"
    answer = api.patch(f"billingTemplates/{record['id']}", {"op": op, "path": path, "value": 5})
    assert "unchangeable" in message(answer, 400)
    assert reminders(api.read(f"billingTemplates/{record['id']}")) == [(1, "a")]


# locks


def test_a_locked_record_can_only_be_unlocked() -> None:
    api = make_tenant()
    id = api.make("programs", {"name": "CMSI"})["id"]
    path = f"programs/{id}"
    rename: Json = {"op": "replace", "path": "/name", "value": "x"}
    unlock: Json = {"op": "replace", "path": "/sys_locked", "value": False}
    assert api.patch(path, {"op": "add", "path": "/sys_locked", "value": True}).status_code == 200

    for answer in (api.patch(path, rename), api.patch(path, unlock, rename), api.put(path, {"name": "x"})):
        assert "locked" in message(answer, 409)
    assert "locked" in message(api.delete(path), 409)
    assert api.read(path)["name"] == "CMSI"

    assert api.patch(path, unlock).status_code == 200
    assert api.patch(path, rename).status_code == 200


# batches


def test_each_operation_of_a_batch_succeeds_or_fails_alone() -> None:
    api = make_tenant()
    one, two, three = (str(api.make("statusReasons", {"name": name})["id"]) for name in "abc")

    answer = api.batch(
        "statusReasons",
        {"operation": "patch", "id": one, "patch_directives": [{"op": "replace", "path": "/name", "value": "A"}]},
        {"operation": "patch", "id": two, "patch_directives": [{"op": "replace", "path": "/name", "value": 5}]},
        {"operation": "delete", "id": three},
        {"operation": "delete", "id": "nope"},
        {"operation": "create", "object": {"name": "d"}},
        {"operation": "patch", "id": one, "patch_directives": {"0": {}}},
        "delete",
        {"operation": "delete", "id": None},
    )

    assert answer.status_code == 200
    body = answer.json()
    assert (body["success_count"], body["error_count"], len(body["results"])) == (2, 6, 8)
    assert [record["name"] for record in api.get("statusReasons").json()] == ["A", "b"]


@pytest.mark.parametrize("body", [[], {}, {"operations": {}}, {"operations": []}, {"operations": [{}] * 101}])
def test_a_batch_has_between_one_and_a_hundred_operations(body: Json) -> None:
    assert message(make_tenant().post("programs/batch", body), 400)


def test_a_batch_of_a_hundred_is_one_request() -> None:
    tested = make_emulator()
    api = Tenant(EmulatorTransport(tested))
    ids = [api.make("statusReasons", {"name": str(number)})["id"] for number in range(100)]
    tested.log.clear()
    answer = api.batch("statusReasons", *({"operation": "delete", "id": id} for id in ids)).json()
    assert (answer["success_count"], answer["error_count"]) == (100, 0)
    assert [(entry.method, entry.operations) for entry in tested.log] == [("POST", 100)]


# the log


def test_the_log_has_every_request_and_the_outcome_of_each_write() -> None:
    tested = make_emulator()
    api = Tenant(EmulatorTransport(tested))
    id = str(api.make("programs", {"name": "CMSI"})["id"])
    api.get("programs", fields="id")
    api.delete("programs/nope")
    api.batch("programs", {"operation": "delete", "id": id}, {"operation": "create", "object": {}})

    kind = "certifications/program"
    assert [(entry.method, entry.path, entry.status, entry.writes) for entry in tested.log] == [
        ("POST", "/certifications/programs/hisp", 200, (Written("create", kind, id, 200),)),
        ("GET", "/certifications/programs/hisp?fields=id", 200, ()),
        ("DELETE", "/certifications/programs/hisp/nope", 404, (Written("delete", kind, "nope", 404),)),
        (
            "POST",
            "/certifications/programs/hisp/batch",
            200,
            (Written("delete", kind, id, 200), Written("create", kind, "", 400)),
        ),
    ]
    log = api.http.get("/_emulator/log").json()
    assert [entry["operations"] for entry in log] == [1, 0, 1, 2]
    assert log[0]["writes"] == [{"operation": "create", "kind": kind, "id": id, "status": 200}]
    assert len(tested.log) == 4


def test_the_log_needs_the_token() -> None:
    api = make_tenant(token="secret")
    assert api.http.get("/_emulator/log").status_code == 401


def test_the_log_can_be_kept_in_a_file(tmp_path: Path) -> None:
    api = make_tenant(log=tmp_path / "log.jsonl")
    api.get("programs")
    api.get("programs/nope")
    lines = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert [(line["path"], line["status"]) for line in lines] == [
        ("/certifications/programs/hisp", 200),
        ("/certifications/programs/hisp/nope", 404),
    ]


# kinds


def test_a_schema_file_adds_a_kind_to_the_emulator(tmp_path: Path) -> None:
    folder = tmp_path / "lab"
    folder.mkdir()
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "x-resource": {
            "kind": "bench",
            "module": "lab",
            "segment": "benches",
            "natural_key": ["name"],
            "class": "config",
            "operations": {"list": "guess", "create": "guess", "delete": "guess", "batch": "absent"},
        },
        "type": "object",
        "properties": {
            "name": {"type": "string"},
            "serial": {"type": "string", "readOnly": True},
            "next_id": {"type": "string", "x-ref": "bench"},
            "tools": {
                "type": "array",
                "x-list-type": "map",
                "x-list-map-keys": [["id"], ["name"]],
                "items": {
                    "type": "object",
                    "properties": {"id": {"type": "string"}, "name": {"type": "string"}},
                },
            },
        },
        "required": ["name"],
    }
    (folder / "bench.json").write_text(json.dumps(schema))
    kinds = load([tmp_path], module="lab")
    ids = iter(["bench-1", "tool-1"])
    tested = make_emulator(kinds=kinds, new_id=lambda: next(ids))

    def send(method: str, rest: str, body: Json = None) -> tuple[int, Json]:
        target = f"/lab/benches/{TENANT}{rest}"
        answer = tested.handle(Request(method, target, {"authorization": "Bearer any"}, json.dumps(body).encode()))
        return answer.status, json.loads(answer.body)

    status, record = send("POST", "", {"name": "x", "tools": [{"name": "saw"}]})
    assert (status, isinstance(record, dict) and record["tools"]) == (200, [{"name": "saw", "id": "tool-1"}])
    assert send("POST", "", {"name": "x", "serial": "1"})[0] == 400
    assert send("POST", "/batch", {"operations": [{"operation": "delete", "id": "bench-1"}]})[0] == 403
    to_itself: Json = [{"op": "add", "path": "/next_id", "value": "bench-1"}]
    assert send("PATCH", "/bench-1", to_itself)[0] == 200
    assert send("DELETE", "/bench-1") == (200, "bench-1")


def test_an_embedded_tenant_keeps_its_records_in_a_file(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "local.db"
    for expected in (0, 1):
        with Tenant(open_embedded(shipped_catalog(), path, TENANT, Dialect())).http as http:
            address = f"/certifications/notices/{TENANT}"
            assert len(http.get(address).json()) == expected
            http.post(address, json={"name": "Final notice", "email": EMAIL})
