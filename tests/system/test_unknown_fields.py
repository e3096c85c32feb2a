"""Fields that the schema doesn't know: pull, promote, adopt and doctor name them, and promote refuses to lose them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.tenants import ProjectFolder, make_project

COLOUR = "certifications/program: 1 record has renewal_colour, which the schema doesn't know"


@pytest.fixture
def site(tmp_path: Path) -> ProjectFolder:
    return make_project(tmp_path)


def program(site: ProjectFolder, name: str = "Colour", **more: Any) -> str:
    with site.tenant() as tenant:
        return tenant.make("program", {"name": name, "renewal_colour": "blue", **more})


def test_pull_names_each_field_once_with_its_count(site: ProjectFolder) -> None:
    for n in range(5):
        program(site, f"P{n}", size=n or None)
    with site.tenant() as tenant:
        tenant.make("notice", {"name": "N", "email": {"subject": "s", "footer": "f"}, "empty_one": None})
        tenant.make("programGroup", {"name": "G"})
    for arguments in ((), ("--dry-run",), ("-q",)):
        shown = site.done("pull", *arguments).err
        assert shown.count("RC607") == 3
        assert "certifications/notice: 1 record has email.footer, which the schema doesn't know (n)" in shown
        assert "certifications/program: 5 records have renewal_colour" in shown
        assert "certifications/program: 4 records have size, which the schema doesn't know (p1, p2, p3, ...)" in shown
        assert "empty_one" not in shown
    value = site.done("pull", "program", "--format", "json").value
    assert value["unknown_fields"] == [
        {"kind": "certifications/program", "path": "renewal_colour", "records": 5, "empty": 0},
        {"kind": "certifications/program", "path": "size", "records": 4, "empty": 1},
    ]
    assert [each["code"] for each in value["diagnostics"]] == ["RC607", "RC607"]
    assert site.done("validate", "--env", "one").code == 0
    changes = site.done("plan", "--format", "json").value["changes"]
    assert not [change for change in changes if change["fields"]]


def test_promote_refuses_to_lose_a_field_and_writes_nothing(site: ProjectFolder) -> None:
    id = program(site)
    site.write("config/r.yaml", "kind: statusReason\nkey: r\nspec: {name: R}\n")
    before = site.files("config", "bindings")
    refused = site.run("promote", f"program/{id}", "--from", "one", "--to", "two")
    assert refused.code == 3
    assert COLOUR in refused.err
    assert "--allow-unknown-fields" in refused.err
    assert site.files("config", "bindings") == before
    assert not (site.root / "two.plan").exists()
    allowed = site.done("promote", f"program/{id}", "--from", "one", "--to", "two", "--allow-unknown-fields")
    assert COLOUR in allowed.err
    assert "config/program/colour.yaml" in site.files("config")
    shown = site.done("show", "plan", "two.plan", "--format", "json").value
    assert [each["message"].partition(" (")[0] for each in shown["diagnostics"] if each["code"] == "RC607"] == [COLOUR]


def test_promote_of_json_says_why_it_refuses(site: ProjectFolder) -> None:
    id = program(site)
    refused = site.run("promote", f"program/{id}", "--from", "one", "--to", "two", "--format", "json")
    assert refused.code == 3
    assert [each["code"] for each in refused.value["diagnostics"]] == ["RC607"]


def test_promote_looks_at_what_a_record_refers_to(site: ProjectFolder) -> None:
    with site.tenant() as tenant:
        group = tenant.make("programGroup", {"name": "G", "colour": "red"})
        id = tenant.make("program", {"name": "P", "group_id": group})
    refused = site.run("promote", f"program/{id}", "--from", "one", "--to", "two")
    assert refused.code == 3
    assert "certifications/programGroup: 1 record has colour" in refused.err


def test_promote_without_names_refuses_for_what_it_changes_and_names_the_rest(site: ProjectFolder) -> None:
    site.write("config/p.yaml", "kind: program\nkey: p\nspec: {name: P, description: old}\n")
    site.write("config/q.yaml", "kind: program\nkey: q\nspec: {name: Q}\n")
    site.done("apply", "--auto-approve")
    with site.tenant() as tenant:
        tenant.patch("program", tenant.named("program", "Q")["id"], renewal_colour="blue")
    rest = site.done("promote", "--from", "one", "--to", "two")
    assert COLOUR in rest.err
    with site.tenant() as tenant:
        tenant.patch("program", tenant.named("program", "P")["id"], renewal_colour="red", description="new")
    refused = site.run("promote", "--from", "one", "--to", "two")
    assert refused.code == 3
    assert COLOUR in refused.err
    assert "description: old" in site.read("config/p.yaml")


def test_adopt_names_the_fields_in_its_review_its_plan_and_its_warnings(site: ProjectFolder) -> None:
    program(site)
    site.write("config/p.yaml", "kind: program\nkey: colour\nspec: {name: Colour}\n")
    review = site.done("adopt", "--review", "review.md")
    assert COLOUR in review.err
    assert "renewal\\_colour" in site.read("review.md") or "renewal_colour" in site.read("review.md")
    value = site.done("adopt", "--review", "review.md", "--format", "json").value
    assert [each["code"] for each in value["diagnostics"]] == ["RC607"]
    planned = site.done("adopt", "-o", "adopt.plan", "--format", "json")
    assert COLOUR in planned.err
    assert [each["code"] for each in planned.value["diagnostics"]] == ["RC607"]
    assert COLOUR in site.done("adopt", "--auto-approve").err


def test_doctor_counts_them_for_each_kind(site: ProjectFolder) -> None:
    program(site)
    program(site, "Other", nothing=None)
    shown = site.done("doctor")
    assert "! renewal_colour: the schema doesn't know this field (in 2 records)" in shown.out
    assert "! nothing: the schema doesn't know this field (always empty)" in shown.out
    assert shown.last.startswith("All ")
    checks = {each["name"]: each for each in site.done("doctor", "--format", "json").value["checks"]}
    assert checks["certifications/program"]["unknown_fields"] == [
        {"path": "nothing", "records": 0, "empty": 1},
        {"path": "renewal_colour", "records": 2, "empty": 0},
    ]
    assert checks["certifications/notice"]["unknown_fields"] == []


def test_a_field_that_the_tenant_alone_sets_is_no_news(site: ProjectFolder) -> None:
    with site.tenant() as tenant:
        tenant.make("program", {"name": "P"})
    assert "RC607" not in site.done("pull").err
    assert "doesn't know" not in site.done("doctor").out


def both(site: ProjectFolder, kind: str, one: Any, two: Any) -> str:
    """Create a record in each tenant; return the id of the first."""
    with site.tenant("two") as tenant:
        tenant.make(kind, {"name": "Same", **two})
    with site.tenant() as tenant:
        more = {"description": "new"} if kind == "program" else {}
        return tenant.make(kind, {"name": "Same", **more, **one})


@pytest.mark.parametrize(
    ("kind", "one", "two"),
    [
        ("program", {"renewal_colour": "blue"}, {"renewal_colour": "blue"}),
        ("program", {"size": {"a": [1, {"b": None}]}}, {"size": {"a": [1, {"b": None}]}, "more": 1}),
        ("program", {"renewal_colour": ""}, {}),
        ("notice", {"email": {"subject": "s", "footer": "f"}}, {"email": {"subject": "t", "footer": "f"}}),
    ],
)
def test_promote_is_not_refused_where_the_target_has_the_same_value(
    site: ProjectFolder, kind: str, one: Any, two: Any
) -> None:
    ran = site.done("promote", f"{kind}/{both(site, kind, one, two)}", "--from", "one", "--to", "two")
    assert ("RC607" in ran.err) == ("" not in one.values())
    plan = json.loads(site.read("two.plan"))
    assert [change["action"] for change in plan["changes"]] == ["adopt"]
    assert "RC607" not in [each["code"] for each in plan["diagnostics"]]


@pytest.mark.parametrize(
    ("kind", "one", "two", "path"),
    [
        ("program", {"renewal_colour": "blue"}, {"renewal_colour": "red"}, "renewal_colour"),
        ("program", {"size": 1}, {"size": True}, "size"),
        ("program", {"a": 1, "b": 2}, {"a": 1, "b": None}, "b"),
        ("notice", {"email": {"subject": "s", "footer": "f"}}, {"email": {"subject": "t"}}, "email.footer"),
    ],
)
def test_promote_is_refused_for_the_values_that_the_target_lacks_alone(
    site: ProjectFolder, kind: str, one: Any, two: Any, path: str
) -> None:
    id = both(site, kind, one, two)
    refused = site.run("promote", f"{kind}/{id}", "--from", "one", "--to", "two", "--format", "json")
    assert refused.code == 3
    assert [each["message"].split(",")[0].split()[-1] for each in refused.value["diagnostics"]] == [path]
    site.done("promote", f"{kind}/{id}", "--from", "one", "--to", "two", "--allow-unknown-fields")
    shown = json.loads(site.read("two.plan"))["diagnostics"]
    assert [each["message"].split(",")[0].split()[-1] for each in shown if each["code"] == "RC607"] == [path]
