"""`explain KIND` and `explain KIND.field.path` say what the schema says, and the pages in docs/kinds/ the same."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rhythmconf.catalog import default_folder, load, widen_all
from rhythmconf.catalog.describe import FieldFacts, describe_fields, find_field
from rhythmconf.cli import kind_reference
from tests.support.catalogs import make_schema, write_schemas
from tests.support.process import make_project, run_in_process, run_ok

CATALOG = widen_all(load([default_folder()], module="certifications"))
TEXT = {"type": "string"}


def test_a_field_is_explained_with_values_condition_risk_and_example(tmp_path: Path) -> None:
    subject = "billingTemplate.drop_options.expiration_date_range_start.position"
    title, _, *rows = run_ok(tmp_path, "explain", subject).stdout.splitlines()
    assert title.startswith(f"certifications/{subject}: Side of the anchor: ")
    assert [row.split(None, 1) for row in rows] == [
        ["title", "Before, on or after"],
        ["type", "text"],
        ["required", "yes"],
        ["values", "after, before, on"],
        ["condition", "counts only while perform_drops is true"],
        ["risk", "access: a change can alter the standing or the access of members"],
        ["example", "position: after"],
    ]


def test_a_reference_and_its_condition_are_explained(tmp_path: Path) -> None:
    out = run_ok(tmp_path, "explain", "billingTemplate.renewal_reminder_options.program_ids").stdout
    assert "\ntype       list of keys, in any order\n" in out
    switch = "renewal_reminder_options.program_restriction"
    assert f"\nrequired   while {switch} is include or exclude, with at least 1 entry\n" in out
    assert "\nrefers to  certifications/program\n" in out
    assert "\nexample    program_ids: [<key of a program>]\n" in out
    notice = run_ok(tmp_path, "explain", "billingTemplate.renewal_reminder_options.reminders.reminder_notice_id")
    for entry in ("0", "*"):
        again = f"billingTemplate.renewal_reminder_options.reminders.{entry}.reminder_notice_id"
        assert run_ok(tmp_path, "explain", again).stdout == notice.stdout


def test_a_kind_is_explained_with_its_address_evidence_and_fields(tmp_path: Path) -> None:
    out = run_ok(tmp_path, "explain", "membership/membershipType").stdout
    assert out.startswith("membership/membershipType: A type of membership ")
    assert "\naddress        /membership/types/TENANT\n" in out
    assert "\noperations     list, get, create, patch, delete: integration-json; replace, batch: guess\n" in out
    fields = out.partition("\nFields:\n")[2].splitlines()
    assert [line.split()[0] for line in fields[:2]] == ["name", "is_active"]
    assert not any("sys_" in line for line in fields)
    # Only one module has a kind of this name.
    assert run_ok(tmp_path, "explain", "membershipType").stdout == out
    # The default module has one too.
    assert run_ok(tmp_path, "explain", "billingTemplate").stdout.startswith("certifications/billingTemplate: ")


@pytest.mark.parametrize("name", [*CATALOG.kinds])
def test_each_kind_can_be_explained(name: str, tmp_path: Path) -> None:
    out = run_in_process(tmp_path, "explain", name).stdout
    assert out.startswith(f"{name}: ")
    kind = CATALOG.kind(name)
    first = next((one.path for one in describe_fields(kind) if not one.read_only), "No")
    assert out.partition("\nFields:\n")[2].split()[0] == first
    assert ("a tenant has one record of it" in out) is kind.is_singleton


def test_fields_that_only_the_tenant_sets_are_not_offered(tmp_path: Path) -> None:
    answer = run_in_process(tmp_path, "explain", "billingTemplate.zzz")
    assert "its fields are name, " in answer.stderr
    assert "sys_" not in answer.stderr


@pytest.mark.parametrize(
    ("subject", "message", "help"),
    [
        ("billingTemplate.drop_option", "billingTemplate has no field 'drop_option'", "did you mean 'drop_options'?"),
        (
            "billingTemplate.drop_options.drop_notic_id",
            "billingTemplate.drop_options has no field 'drop_notic_id'",
            "did you mean 'drop_notice_id'?",
        ),
        ("program.colour", "program has no field 'colour'", "its fields are name, description, "),
        ("membership/package.dues_proration.rate", "has no field 'rate'", "nothing is known of its inside"),
        ("progam", "there is no kind 'progam'", "did you mean 'program'?"),
        ("nothing", "there is no kind 'nothing'", "membership/package"),
    ],
)
def test_an_unknown_name_is_answered_with_the_nearest(tmp_path: Path, subject: str, message: str, help: str) -> None:
    result = run_in_process(tmp_path, "explain", subject)
    assert (result.code, result.stdout) == (1, "")
    assert message in result.stderr
    assert help in result.stderr


def test_json_has_every_field_of_a_kind(tmp_path: Path) -> None:
    value = run_ok(tmp_path, "explain", "fee", "--format", "json").json()
    fields = {field["path"]: field for field in value["fields"]}
    assert fields["type"]["values"] == ["certifications-fees"]
    assert fields["price"]["risk"] == "money"
    assert fields["bundled_products"]["required_while"] == {"enable_bundled_products": [True]}
    criteria = "purchasing_eligibility_criteria.member_options.member_type_ids"
    assert fields[criteria]["refers_to"] == ["membership/membershipType"]
    assert fields[criteria]["read_while"] == [{"enable_purchasing_eligibility": [True]}]
    one = run_ok(tmp_path, "explain", "fee.price", "--format", "json").json()
    assert one == fields["price"]


def test_a_kind_of_the_project_is_explained(tmp_path: Path) -> None:
    folder = make_project(tmp_path, {})
    text = (folder / "rhythmconf.yaml").read_text(encoding="utf-8")
    (folder / "rhythmconf.yaml").write_text(f"{text}schemas: [kinds]\n", encoding="utf-8")
    name = {"type": "string", "description": "What stands on it.", "minLength": 2}
    write_schemas(folder / "kinds", make_schema("certifications/badge", {"name": name}, description="A badge."))
    assert "A badge." in run_ok(folder, "explain", "badge").stdout
    assert "\nlimits    at least 2 characters\n" in run_ok(folder, "explain", "badge.name").stdout


def test_every_kind_is_explained_as_text_and_as_json() -> None:
    for kind in CATALOG.kinds.values():
        assert kind_reference.kind_text(kind).startswith(f"{kind.name}: {kind.schema['description']}\n")
        value = kind_reference.kind_value(kind)
        assert isinstance(value, dict)
        assert value["description"] == kind.schema["description"]


@pytest.mark.parametrize(
    ("fields", "last"),
    [
        (
            {"name": {"type": "string"}, "colour": {"type": "string", "description": "Its colour."}},
            "  colour  Its colour.",
        ),
        ({"id": {**TEXT, "readOnly": True}}, f"  {kind_reference.NO_FIELDS}"),
        ({}, f"  {kind_reference.NO_FIELDS}"),
    ],
    ids=["one field without words", "no field of a document", "no field"],
)
def test_a_kind_without_words_or_fields_is_explained(tmp_path: Path, fields: dict[str, Any], last: str) -> None:
    schema = make_schema("certifications/badge", fields, additionalProperties=True)
    catalog = load([write_schemas(tmp_path, schema)], module="certifications")
    kind, _ = kind_reference.find(catalog, "badge")
    lines = kind_reference.kind_text(kind).splitlines()
    assert (lines[0], lines[-1]) == ("certifications/badge", last)
    assert lines == [line.rstrip() for line in lines]
    value = kind_reference.kind_value(kind)
    assert isinstance(value, dict)
    assert value["description"] == ""
    for name in fields:
        _, facts = kind_reference.find(catalog, f"badge.{name}")
        assert facts is not None
        title = kind_reference.field_text(kind, facts).splitlines()[0]
        assert title == f"certifications/badge.{name}" + (": Its colour." if name == "colour" else "")


def test_every_field_of_every_kind_is_found_by_its_path() -> None:
    count = 0
    for kind in CATALOG.kinds.values():
        for facts in describe_fields(kind):
            found = find_field(kind, facts.path)
            assert found == facts
            assert isinstance(found, FieldFacts)
            assert kind_reference.field_text(kind, found).startswith(f"{kind.name}.{facts.path}: ")
            count += 1
    assert count > 900


def test_the_pages_have_every_kind_and_every_field_once() -> None:
    pages = kind_reference.pages(CATALOG)
    assert set(pages) == {"kinds/certifications.md", "kinds/membership.md", "kinds/platform.md"}
    for kind in CATALOG.kinds.values():
        section = pages[f"kinds/{kind.module}.md"].partition(f"\n## {kind.short}\n")[2].partition("\n## ")[0]
        lines = [line.split("`")[1] for line in section.splitlines() if line.startswith("| `")]
        assert lines == [facts.path for facts in describe_fields(kind) if not facts.read_only], kind.name
        assert not any(path.startswith("sys_") for path in lines)
    assert "sys_created_by_id" not in json.dumps(pages)
