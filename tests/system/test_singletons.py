"""A kind with one record in each tenant: no id in its address, one document, and every command on it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from rhythmconf.catalog import default_folder, load
from rhythmconf.model import Json
from tests.support.catalogs import make_schema, write_schemas
from tests.support.tenants import ProjectFolder, make_project

NAME = "certifications/checkout"
FIELDS: dict[str, Any] = {
    "id": {"type": "string", "readOnly": True},
    "installments": {"type": "integer"},
    "reason_id": {"type": "string", "x-ref": "statusReason"},
    "limits": {"type": "object", "additionalProperties": True},
}
DOCUMENT = "kind: checkout\nkey: {key}\nspec: {{installments: {count}, reason_id: lapsed, limits: {{card: 500}}}}\n"
REASON = "kind: statusReason\nkey: lapsed\nspec: {name: Lapsed}\n"


def make_site(folder: Path, *, resource_class: str = "singleton", delete: str = "docs-page") -> ProjectFolder:
    schema = make_schema(NAME, FIELDS)
    operations = {"get": "docs-page", "create": "docs-page", "patch": "guess", "delete": delete}
    schema["x-resource"] |= {"class": resource_class, "segment": "checkout", "operations": operations}
    write_schemas(folder / "kinds", schema)
    site = make_project(folder)
    text = site.read("rhythmconf.yaml")
    site.write("rhythmconf.yaml", text.replace("sources:", "schemas: [kinds]\nsources:"))
    site.write("config/lapsed.yaml", REASON)
    return ProjectFolder(site.root, load([default_folder(), folder / "kinds"], module="certifications"))


def write(site: ProjectFolder, count: int, key: str = "main") -> None:
    site.write("config/checkout.yaml", DOCUMENT.format(key=key, count=count))


@pytest.fixture
def site(tmp_path: Path) -> ProjectFolder:
    """Return a project with a singleton that its tenant has."""
    site = make_site(tmp_path)
    write(site, 3)
    site.done("apply", "--auto-approve")
    return site


def body(site: ProjectFolder, environment: str = "one") -> dict[str, Any]:
    with site.tenant(environment) as tenant:
        return tenant.call("GET", NAME)  # type: ignore[no-any-return]


def test_it_is_created_changed_and_read_without_an_id_in_the_address(site: ProjectFolder) -> None:
    assert site.done("plan").last == "No changes."
    made = body(site)
    assert (made["installments"], made["limits"]) == (3, {"card": 500})
    write(site, 4)
    assert "installments: 3 -> 4" in site.done("plan").out
    site.done("plan", "-o", "the.plan")
    site.done("apply", "the.plan")
    assert body(site)["installments"] == 4
    assert body(site)["id"] == made["id"]
    assert site.done("plan").last == "No changes."


def test_what_somebody_changed_there_is_drift_and_can_be_pulled(site: ProjectFolder) -> None:
    with site.tenant() as tenant:
        tenant.call("PATCH", NAME, body=[{"op": "replace", "path": "/installments", "value": 12}])
    drift = site.run("drift")
    assert drift.code == 2
    assert "~ checkout/main" in drift.out
    site.done("pull")
    assert "installments: 12" in site.read("config/checkout.yaml")
    assert site.done("plan").last == "No changes."


def test_a_pull_into_an_empty_folder_names_it_by_its_kind(site: ProjectFolder) -> None:
    with site.tenant() as tenant:
        tenant.call("PATCH", NAME, body=[{"op": "remove", "path": "/sys_external_id"}])
    for name in ("checkout", "lapsed"):
        (site.root / f"config/{name}.yaml").unlink()
    site.done("pull")
    text = site.read("config/checkout/checkout.yaml")
    assert "key: checkout\n" in text
    assert "reason_id: lapsed" in text
    plan = site.done("plan")
    assert "0 to add" in plan.last or plan.last == "No changes."
    site.done("apply", "--auto-approve")
    assert site.done("plan").last == "No changes."


def test_one_that_was_there_before_is_adopted_not_created(tmp_path: Path) -> None:
    site = make_site(tmp_path)
    with site.tenant() as tenant:
        tenant.make(NAME, {"installments": 1})
    write(site, 3)
    plan = site.done("plan")
    assert "the only record of its kind" in plan.out
    applied = site.done("apply", "--auto-approve")
    assert "1 added, 0 changed, 0 destroyed, 1 adopted" in applied.last  # the reason is new, the record is not
    assert body(site)["installments"] == 3


def test_another_key_is_a_rename_because_no_other_record_can_be_meant(site: ProjectFolder) -> None:
    write(site, 3, key="other")
    plan = site.done("plan")
    assert "renamed from main" in plan.out
    site.done("apply", "--auto-approve")
    assert body(site)["sys_external_id"].endswith("/other")
    assert site.done("plan").last == "No changes."


def test_the_record_of_another_project_is_refused(site: ProjectFolder) -> None:
    with site.tenant() as tenant:
        path: Json = {"op": "replace", "path": "/sys_external_id", "value": "rhythmconf/theirs/main"}
        tenant.call("PATCH", NAME, body=[path])
    refused = site.run("plan")
    assert refused.code == 1
    assert "managed by project 'theirs'" in refused.err


def test_one_that_appears_after_the_plan_is_not_created_again(tmp_path: Path) -> None:
    site = make_site(tmp_path)
    write(site, 3)
    site.done("plan", "-o", "the.plan")
    with site.tenant() as tenant:
        tenant.make(NAME, {"installments": 1})
    refused = site.run("apply", "the.plan")
    assert refused.code == 3
    assert "is the one of its kind" in refused.err
    assert body(site)["installments"] == 1


def test_a_second_document_is_an_error_with_both_places(site: ProjectFolder) -> None:
    site.write("config/more.yaml", DOCUMENT.format(key="second", count=1))
    result = site.run("validate")
    assert result.code == 1
    text = result.out + result.err
    assert "RC240" in text
    assert "config/checkout.yaml:2:6" in text
    assert "config/more.yaml:2:6" in text
    assert site.run("plan").code == 1


def test_a_document_that_one_environment_skips_is_no_second_one(site: ProjectFolder) -> None:
    site.write("config/more.yaml", DOCUMENT.format(key="second", count=1))
    site.write("overlays/one/more.yaml", "kind: checkout\nkey: second\nskip: true\n")
    assert site.done("plan").last == "No changes."
    assert "RC240" in (failed := site.run("validate", "--env", "two")).out + failed.err


def test_a_rollback_restores_it_and_takes_it_away(site: ProjectFolder) -> None:
    write(site, 9)
    run = re.search(r"run (\S+),", site.done("apply", "--auto-approve").out)
    assert run is not None
    site.done("rollback", run[1], "--auto-approve")
    assert body(site)["installments"] == 3


def test_it_is_promoted_to_a_tenant_with_other_ids(site: ProjectFolder) -> None:
    site.done("promote", "--from", "one", "--to", "two")
    site.done("apply", "--env", "two", "--auto-approve")
    ours, theirs = body(site), body(site, "two")
    assert theirs["installments"] == 3
    assert theirs["reason_id"] != ours["reason_id"]
    with site.tenant("two") as tenant:
        assert theirs["reason_id"] == tenant.named("statusReason", "Lapsed")["id"]


def test_show_and_doctor_know_it(site: ProjectFolder) -> None:
    shown = site.done("show", "checkout/main").out
    assert "installments" in shown
    assert "the only record of its kind" in shown
    assert "natural key" not in shown
    checks = site.done("doctor").out
    assert re.search(r"certifications/checkout\W+1 record\b", checks)
    assert "RC" not in site.done("doctor", "--probe").out
    refused = site.run("doctor", "--probe", "--kind", "checkout")
    assert refused.code == 1
    assert "can't have a test record" in refused.err


def test_it_is_deleted_where_the_operation_is_known(site: ProjectFolder) -> None:
    site.write("config/checkout.yaml", "")
    site.done("apply", "--auto-approve", "--prune", "checkout/main")
    with site.tenant() as tenant, pytest.raises(AssertionError):
        tenant.call("GET", NAME)
    assert site.done("plan").last == "No changes."


def test_it_is_not_deleted_by_a_guess(tmp_path: Path) -> None:
    site = make_site(tmp_path, delete="guess")
    write(site, 3)
    site.done("apply", "--auto-approve")
    (site.root / "config/checkout.yaml").unlink()
    refused = site.run("apply", "--auto-approve", "--prune", "checkout/main")
    assert refused.code == 3
    assert "nothing says that the API can delete it" in refused.out + refused.err
    assert body(site)["installments"] == 3


def test_a_transactional_kind_is_read_but_never_managed(tmp_path: Path) -> None:
    site = make_site(tmp_path, resource_class="transactional")
    with site.tenant() as tenant:
        reason = tenant.make("statusReason", {"name": "Lapsed"})
        tenant.make(NAME, {"installments": 1, "reason_id": reason})
    site.done("pull")
    assert not (site.root / "config/checkout").exists()
    refused = site.run("pull", "checkout")
    assert refused.code == 1
    assert "records about single members" in refused.err
    write(site, 3)
    result = site.run("validate", "--format", "json")
    assert result.code == 1
    (diagnostic,) = json.loads(result.out)["diagnostics"]
    assert (diagnostic["code"], diagnostic["file"], diagnostic["line"]) == ("RC241", "config/checkout.yaml", 1)
    assert "checkout" not in site.done("schema").value["properties"]["kind"]["enum"]


def test_the_emulator_serves_one_record_at_an_address_without_an_id(tmp_path: Path) -> None:
    site = make_site(tmp_path)
    address = "/certifications/checkout/t-one"
    with site.tenant() as tenant:
        http = tenant.http
        patch = [{"op": "add", "path": "/installments", "value": 2}]
        before = [http.get(address), http.patch(address, json=patch), http.delete(address)]
        assert [answer.status_code for answer in before] == [404, 404, 404]
        assert before[0].json() == {"message": "no checkout exists"}
        made = http.post(address, json={"installments": 1}).json()
        assert http.post(address, json={"installments": 5}).status_code == 409
        assert http.get(f"{address}/{made['id']}").status_code == 403
        assert http.get(address, params={"fields": "installments"}).json() == {"installments": 1}
        assert http.patch(address, json=patch).json()["installments"] == 2
        assert http.put(address, json={"installments": 7}).json()["installments"] == 7
        assert http.delete(address).json() == made["id"]
        assert http.get(address).status_code == 404
