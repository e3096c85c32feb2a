"""Run the samples of the API reference about members against the served emulator.

`samples/members.json` has method, path and body of each as published; those of billing templates are in
test_emulator_curl.py. docs/emulator.md says what is answered, and what the necessary changes are.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest

from tests.support.emulated import EMAIL, TENANT, Tenant
from tests.support.process import run_in_process, serve_emulator

SAMPLES: list[dict[str, Any]] = json.loads((Path(__file__).parent / "samples" / "members.json").read_text())


class Served(NamedTuple):
    """A served emulator, and the ids that the placeholders of the samples stand for."""

    api: Tenant
    ids: dict[str, str]

    def call(self, method: str, ending: str, module: str = "certifications", **changes: Any) -> httpx.Response:
        """Send the sample of a method and the ending of its path; `changes` are another body or query."""
        [sample] = [each for each in SAMPLES if names(each, method, ending, module)]
        path = sample["path"].partition("?")[0] + f"?{changes['query']}" if "query" in changes else sample["path"]
        for name, value in self.ids.items():
            path = path.replace(f"{{{name}}}", value)
        return self.api.http.request(method, path, json=changes.get("body", sample.get("body")))


def names(sample: dict[str, Any], method: str, ending: str, module: str) -> bool:
    """Tell whether this is the sample of a method and the ending of its path."""
    segment = "certifications" if module == "certifications" else "applications"
    path = f"/{module}/{segment}/{{tenantId}}{ending}"
    return (sample["method"], sample["path"].partition("?")[0]) == (method, path)


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("emulator")
    options = ("--people", "30", "--seed", "2", "--calendar", "week=sunday")
    with serve_emulator(folder, *options, tenant=TENANT) as tenant:
        api = Tenant(base=tenant.url)
        api.http.headers["authorization"] = f"Bearer {tenant.token}"
        assert api.get("certifications").json() == []
        program = api.make("programs", {"name": "P", "customer_type": "contact", "certificate_mode": "disabled"})
        assert len(api.get("certifications").json()) == 30
        assert api.http.post("/_emulator/run?date=2026-12-07").json() == {"date": "2026-12-07", "runs": []}
        owner = {"contact_id": "c", "organization_id": "o", "owner_type": "contact"}
        held = {"name": "Holder", "number": 1, "program_id": program["id"], "status": "active", **owner}
        ids = {
            "tenantId": TENANT,
            "id": str(api.make("certifications", held)["id"]),
            "program": str(program["id"]),
            "notice_id": str(api.make("notices", {"name": "N", "email": EMAIL})["id"]),
            "reason": str(api.make("statusReasons", {"name": "R"})["id"]),
            "contact_id": "c",
            "organization_id": "o",
            "processId": "process",
            "ownerType": "contact",
            "ownerId": "c",
        }
        yield Served(api, ids)
        api.http.close()


def test_no_sample_is_forbidden(emulator: Served) -> None:
    usual = {"templateId": "t", "referenceDate": "2026-12-07", **emulator.ids, "id": "string"}
    answers = {}
    for sample in SAMPLES:
        path = sample["path"]
        for name, value in usual.items():
            path = path.replace(f"{{{name}}}", value)
        response = emulator.api.http.request(sample["method"], path, json=sample.get("body"))
        answers[f"{sample['method']} {sample['path'].partition('?')[0].partition('{tenantId}')[2]}"] = response
    assert len(SAMPLES) == 21
    assert {each.status_code for each in answers.values()} <= {200, 400, 404}
    assert all(each.json() is not None for each in answers.values())


def test_the_samples_about_certifications_work(emulator: Served) -> None:
    call, ids = emulator.call, emulator.ids
    create = next(each["body"] for each in SAMPLES if names(each, "POST", "", "certifications"))
    assert call("GET", "").json()[0] == {}
    assert "sets id" in call("POST", "").json()["message"]

    ours = {name: value for name, value in create.items() if name != "id" and not name.startswith("sys_")}
    assert call("POST", "", body=ours).status_code == 409
    known = {"program_id": ids["program"], "status_reason_id": ids["reason"]}
    made = call("POST", "", body=ours | known)
    assert made.status_code == 200, made.text
    made_id = made.json()["id"]
    there = Served(emulator.api, {**ids, "id": made_id})

    assert there.call("GET", "/{id}").json() == {}
    assert there.call("GET", "/{id}", query="").json()["city"] == "string"
    assert there.call("PATCH", "/{id}").status_code == 400
    directives = [{"op": "add", "path": "/city", "value": "Springfield"}]
    assert there.call("PATCH", "/{id}", body=directives).json()["city"] == "Springfield"
    assert there.call("PUT", "/{id}").status_code == 400
    assert there.call("PUT", "/{id}", body={**ours, **known, "id": made_id}).json()["city"] == "string"
    assert call("POST", "/batch").json()["error_count"] == 1
    operations = [{"id": made_id, "operation": "patch", "patch_directives": directives}]
    assert call("POST", "/batch", body={"operations": operations}).json()["success_count"] == 1

    assert call("POST", "/search").status_code == 400
    assert call("POST", "/search", query="").json() == {"Items": []}
    assert len(call("POST", "/search", query="", body={"name": "string"}).json()["Items"]) == 1
    assert call("GET", "/contact/{contact_id}", query="fields=id").json()["Items"] == [{"id": ids["id"]}]
    assert call("GET", "/organization/{organization_id}", query="fields=id").json()["Count"] == 1
    assert there.call("DELETE", "/{id}").json() == made_id
    assert there.call("GET", "/{id}").status_code == 404


def test_what_acts_on_members_is_recorded_and_not_sent(emulator: Served) -> None:
    call, ids = emulator.call, emulator.ids
    before = emulator.api.http.get("/_emulator/acts").json()
    assert "Holder" in call("GET", "/certificate/{id}").json()
    assert call("POST", "/previewCertificate").status_code == 404
    template = {"certificate_template": "string", "certification_id": ids["id"]}
    assert "Holder" in call("POST", "/previewCertificate", body=template).json()
    assert call("POST", "/previewEmail").json() == {}
    assert call("POST", "/previewEmail", body={"registration_id": "r"}).status_code == 400
    assert call("POST", "/sendNotice/{notice_id}/{id}").status_code == 409
    assert call("POST", "/sendNotice/{notice_id}/{id}", query=f"new_status_reason_id={ids['reason']}").json() == {}
    certification = emulator.api.read(f"certifications/{ids['id']}")
    assert certification["status_reason_id"] == ids["reason"]
    notices: Any = certification["notices"]
    assert [each["notice_id"] for each in notices] == [ids["notice_id"]]
    acts = emulator.api.http.get("/_emulator/acts").json()[len(before) :]
    assert [each["act"] for each in acts] == ["downloadCertificate", "previewCertificate", "previewEmail", "sendNotice"]
    assert acts[3] == {"act": "sendNotice", "notice_id": ids["notice_id"], "certification_id": ids["id"]}
    assert emulator.api.http.get("/_emulator/acts", headers={"authorization": "Bearer ?"}).status_code == 401


def test_the_samples_about_applications_work(emulator: Served) -> None:
    there = Served(emulator.api, {**emulator.ids, "id": "c9"})
    made = there.call("POST", "/generateApplication/{processId}/{ownerType}/{id}", "membership")
    assert (made.status_code, made.json()["contact_id"], made.json()["status"]) == (200, "c9", "not yet submitted")
    there.ids["id"], there.ids["contact_id"] = made.json()["id"], "c9"
    assert there.call("GET", "/{id}", "membership").json() == {}
    assert there.call("GET", "/{id}", "membership", query="").json() == made.json()
    assert there.call("GET", "/contact/{contact_id}", "membership", query="").json()["Items"] == [made.json()]
    assert there.call("GET", "/organization/{organization_id}", "membership", query="").json()["Count"] == 0
    assert there.call("POST", "/search", "membership", query="", body={"type": ["join"]}).json()["Items"][0]["id"]
    assert there.call("DELETE", "/{id}", "membership").json() == there.ids["id"]
    http = emulator.api.http
    assert http.post(f"/membership/applications/{TENANT}/generateOrder", json={"id": "a"}).json() == {}


def test_an_application_is_made_for_the_program_of_its_process(emulator: Served) -> None:
    api, program = emulator.api, emulator.ids["program"]
    address = "applications/generateApplication/{}/contact/c"
    assert api.call("POST", address.format("nothing")).status_code == 404
    rules = api.make("expirationRuleSets", {"name": "E", "default_expiration_options": {}})["id"]
    process = api.make(
        "applicationProcesses",
        {
            "name": "Renewal",
            "program_id": program,
            "type": "renewal",
            "customer_type": "contact",
            "application_form_id": "f",
            "expiration_rule_set_id": rules,
            "renewal_options": {},
        },
    )
    made = api.call("POST", address.format(process["id"])).json()
    assert (made["application"]["program_id"], made["application"]["type"]) == (program, "renewal")
    assert api.read(f"applications/{made['application']['id']}") == made["application"]
    assert api.call("POST", f"applications/generateApplication/{process['id']}/person/c").status_code == 400


@pytest.mark.parametrize(
    ("options", "message", "help"),
    [
        (("--calendar", "weeks=sunday"), "there is no calendar setting 'weeks'", "week"),
        (("--calendar", "week=friday"), "week can't be 'friday'", "one of monday, sunday"),
        (("--calendar", "zone=America/New_Yorc"), "zone can't be 'America/New_Yorc'", "America/New_York"),
        (("--people", "-1"), "--people", "range"),
    ],
)
def test_an_option_about_members_that_is_wrong_is_refused(
    tmp_path: Path, options: tuple[str, ...], message: str, help: str
) -> None:
    refused = run_in_process(tmp_path, "emulator", *options)
    assert (refused.code, message in refused.stderr, help in refused.stderr) == (1, True, True), refused.stderr
