"""A plan warns of an id in a value that no schema describes, where it would travel to other tenants."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rhythmconf.catalog import default_folder, load
from tests.support.catalogs import make_schema, write_schemas
from tests.support.tenants import ProjectFolder, make_project

FIELDS: dict[str, Any] = {
    "id": {"type": "string", "readOnly": True},
    "name": {"type": "string"},
    "criteria": {"type": "object", "additionalProperties": True},
    "prices": {"type": "array", "x-list-type": "atomic", "items": {"type": "object", "additionalProperties": True}},
    "half": {"type": "object", "properties": {"named": {"type": "string"}}, "additionalProperties": True},
    "program_id": {"type": "string", "x-ref": "program"},
}


@pytest.fixture
def site(tmp_path: Path) -> ProjectFolder:
    """Return a project of two environments with a kind that has opaque fields."""
    schema = make_schema("certifications/offer", FIELDS, required=["name"])
    schema["x-resource"]["natural_key"] = ["name"]
    write_schemas(tmp_path / "kinds", schema)
    site = make_project(tmp_path)
    text = site.read("rhythmconf.yaml")
    site.write("rhythmconf.yaml", text.replace("sources:", "schemas: [kinds]\nsources:"))
    site.write("config/p.yaml", "kind: program\nkey: cmsi\nspec: {name: CMSI, is_active: true, customer_type: both}\n")
    return ProjectFolder(site.root, load([default_folder(), tmp_path / "kinds"], module="certifications"))


@pytest.fixture
def id(site: ProjectFolder) -> str:
    """Return the id of the program in the tenant."""
    site.done("apply", "--auto-approve")
    with site.tenant() as tenant:
        return str(tenant.named("program", "CMSI")["id"])


def write(site: ProjectFolder, spec: str, file: str = "config/offer.yaml") -> None:
    site.write(file, f"kind: offer\nkey: gold\nspec: {spec}\n")


def warned(site: ProjectFolder) -> list[dict[str, Any]]:
    plan = json.loads(site.done("plan", "--format", "json").out)
    return [one for one in plan["diagnostics"] if one["code"] == "RC327"]


@pytest.mark.parametrize(
    ("spec", "path"),
    [
        ("{{name: Gold, criteria: {{programs: {{ids: [other, {id}]}}}}}}", "/spec/criteria/programs/ids/1"),
        ("{{name: Gold, prices: [{{price: 3, program: {id}}}]}}", "/spec/prices/0/program"),
        ("{{name: Gold, half: {{named: x, program: {id}}}}}", "/spec/half/program"),
    ],
)
def test_an_id_in_an_opaque_value_is_named_with_its_record(site: ProjectFolder, id: str, spec: str, path: str) -> None:
    write(site, spec.format(id=id))
    (one,) = warned(site)
    assert (one["severity"], one["pointer"]) == ("warning", path)
    assert "the id of program/cmsi" in one["message"]
    assert id in one["message"]
    text = site.done("plan").err
    assert "config/offer.yaml:3:" in text
    site.done("apply", "--auto-approve")
    assert len(warned(site)) == 1, "the warning stays when the value is applied"


def test_a_record_without_a_key_is_called_by_its_name(site: ProjectFolder) -> None:
    with site.tenant() as tenant:
        made = tenant.make("program", {"name": "By hand", "customer_type": "both"})
    write(site, f"{{name: Gold, criteria: {{one: {made}, two: {made}}}}}")
    (one,) = warned(site)
    assert "By hand" in one["message"]
    assert one["message"].endswith(", and 1 more")


def test_words_and_references_and_described_texts_are_no_ids(site: ProjectFolder, id: str) -> None:
    write(site, f"{{name: Gold, criteria: {{note: nothing}}, half: {{named: {id}}}, program_id: cmsi}}")
    assert warned(site) == []


def test_an_overlay_is_for_one_tenant_so_its_ids_are_right(site: ProjectFolder, id: str) -> None:
    write(site, "{name: Gold}")
    write(site, f"{{criteria: {{program: {id}}}}}", "overlays/one/offer.yaml")
    assert warned(site) == []


def test_a_project_with_one_tenant_has_nowhere_to_travel(site: ProjectFolder, id: str) -> None:
    write(site, f"{{name: Gold, criteria: {{program: {id}}}}}")
    assert len(warned(site)) == 1
    lines = site.read("rhythmconf.yaml").splitlines(keepends=True)
    site.write("rhythmconf.yaml", "".join(line for line in lines if "two:" not in line))
    assert warned(site) == []


def test_a_pull_names_such_an_id_too(site: ProjectFolder, id: str) -> None:
    with site.tenant() as tenant:
        tenant.make("offer", {"name": "Gold", "criteria": {"program_ids": [id]}})
    assert "RC602" in site.done("pull").err
