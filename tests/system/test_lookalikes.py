"""What looks the same to a person is named: records of the tenant, documents, and what a pull writes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rhythmconf.cli.options import REPORTS
from rhythmconf.model import Key
from rhythmconf.settings.bindings import write_binding
from tests.support.tenants import ProjectFolder, make_project

PROGRAM = 'kind: program\nkey: {key}\nspec:\n  name: "{name}"\n  is_active: true\n  customer_type: both\n'
LIVE = {"name": "Cafe\u0301 Safety", "is_active": True, "customer_type": "both"}


@pytest.fixture
def site(tmp_path: Path) -> ProjectFolder:
    site = make_project(tmp_path)
    site.write("config/cafe.yaml", PROGRAM.format(key="cafe", name="Caf\u00e9 Safety"))
    return site


@pytest.mark.parametrize("format", REPORTS)
def test_every_format_of_a_plan_names_the_record_that_looks_the_same(site: ProjectFolder, format: str) -> None:
    with site.tenant() as tenant:
        id = tenant.make("program", LIVE)
    out = site.done("plan", "--format", format).out
    # The JSON has ids of records in its sample of the tenant too.
    assert id in (out if format != "json" else str(json.loads(out)["changes"]))


def test_a_plan_says_where_and_what_to_write(site: ProjectFolder) -> None:
    with site.tenant() as tenant:
        id = tenant.make("program", LIVE)
    plan = site.done("plan", "-o", "the.plan")
    assert "warning[RC333]" in plan.err
    assert "config/cafe.yaml:4" in plan.err
    assert f"`{write_binding(Key('program', 'cafe'), id)}` under `program:` in bindings/one.yaml" in plan.err
    assert id in site.done("plan", "--summary").out
    assert id in site.done("show", "plan", "the.plan").out
    assert id in site.done("show", "program/cafe", "--live").out
    assert id in (site.done("adopt", "--review", "review.md").err + site.read("review.md"))
    site.write("bindings/one.yaml", f"program:\n  cafe: {id}\n")
    after = site.done("plan")
    assert "RC333" not in after.err
    assert after.last == "Plan: 0 to add, 0 to change, 0 to destroy, 1 to adopt (1 with changes)."


def test_two_documents_that_look_the_same_are_named_before_they_are_sent(site: ProjectFolder) -> None:
    site.write("config/other.yaml", PROGRAM.format(key="other", name="caf\u00e9 safety"))
    out = site.done("validate").out
    assert "warning[RC232]" in out
    assert "config/other.yaml:4:9" in out
    assert "(config/cafe.yaml:4)" in out
    assert "warning[RC232]" in site.done("plan").err


def test_a_pull_names_the_document_that_a_record_looks_like(site: ProjectFolder) -> None:
    with site.tenant() as tenant:
        id = tenant.make("program", LIVE)
    pulled = site.done("pull")
    assert "warning[RC334]" in pulled.err
    assert "config/cafe.yaml" in pulled.err
    assert f"`{write_binding(Key('program', 'cafe'), id)}` under `program:` in bindings/one.yaml" in pulled.err


def test_a_pull_of_two_records_that_look_the_same_names_both(tmp_path: Path) -> None:
    site = make_project(tmp_path)
    with site.tenant() as tenant:
        for name in ("Lapsed", "lapsed\u00a0", "Moved"):
            tenant.make("statusReason", {"name": name, "is_active": True})
    pulled = site.done("pull").err
    assert pulled.count("warning[RC334]") == 1
    assert r"\u00a0" in pulled
    # A key has one record: a binding would be refused.
    assert "bindings/" not in pulled
    assert "has a record of its own. If the two are the same, delete one of them in Rhythm." in pulled


NOTICE = "kind: notice\nkey: n\nspec: {name: N, is_active: true, email: {from: a@b.example, subject: s, body: b}}\n"
TEMPLATE = """\
kind: billingTemplate
key: weekly
spec:
  name: Weekly
  is_active: true
  send_renewal_reminders: true
  renewal_reminder_options:
    program_restriction: include
    program_ids: [cafe]
    reminders:
"""
REMINDER = """\
      - name: {}
        reminder_notice_id: n
        expiration_date_range_start:
          {{position: after, number: {}, unit_of_time: days, relative_to: the reference date}}
        expiration_date_range_end:
          {{position: after, number: {}, unit_of_time: days, relative_to: the reference date}}
"""


def write_reminders(site: ProjectFolder, *reminders: tuple[str, int]) -> None:
    texts = "".join(REMINDER.format(name, number, number + 6) for name, number in reminders)
    site.write("config/weekly.yaml", TEMPLATE + texts)


def reminder_ids(site: ProjectFolder) -> dict[int, int]:
    """Return the id of each reminder by the first day of its window."""
    with site.tenant() as tenant:
        (record,) = tenant.all("billingTemplate")
    reminders = record["renewal_reminder_options"]["reminders"]
    return {one["expiration_date_range_start"]["number"]: one["id"] for one in reminders}


def test_reminders_of_one_name_are_named_and_keep_their_ids(site: ProjectFolder) -> None:
    site.write("config/n.yaml", NOTICE)
    write_reminders(site, ("60 days", 60), ("60 days", 30), ("15 days", 15))
    verdict = site.done("validate").out
    assert "warning[RC726]" in verdict
    assert "config/weekly.yaml:17:15" in verdict
    assert "renewal_reminder_options: step 1 is called '60 days' too" in verdict
    site.done("apply", "--auto-approve")
    before = reminder_ids(site)
    write_reminders(site, ("60 days", 60), ("60 days", 30), ("15 days", 16))
    site.done("apply", "--auto-approve")
    assert reminder_ids(site) == {60: before[60], 30: before[30], 16: before[15]}
    write_reminders(site, ("60 days", 30), ("15 days", 16), ("60 days", 61))
    plan = site.done("plan")
    assert plan.err.count("renewal_reminder_options: step 1 is called '60 days' too") == 1
    assert "RC323" not in plan.err  # it has the same cause
    site.done("apply", "--auto-approve")
    assert reminder_ids(site) == {61: before[60], 30: before[30], 16: before[15]}
    assert site.done("plan").last == "No changes."


def rename_in_tenant(site: ProjectFolder, *names: str) -> None:
    """Give the reminders of the one template other names, in their order."""
    with site.tenant() as tenant:
        (record,) = tenant.all("billingTemplate")
        for reminder, name in zip(record["renewal_reminder_options"]["reminders"], names, strict=True):
            reminder["name"] = name
        tenant.patch("billingTemplate", record["id"], renewal_reminder_options=record["renewal_reminder_options"])


@pytest.mark.parametrize(
    ("document", "tenant", "codes"),
    [
        (("a", "b", "b"), ("a", "b", "c"), ["RC726"]),
        (("a", "a", "a"), ("a", "b", "c"), ["RC726", "RC726"]),
        (("a", "b", "c"), ("a", "b", "b"), ["RC323"]),
        (("a", "a", "c"), ("a", "b", "b"), ["RC726", "RC323"]),
        (("a", "A", "c"), ("a", "c", "c"), ["RC234", "RC323"]),
    ],
)
def test_each_cause_has_one_finding(
    site: ProjectFolder, document: tuple[str, ...], tenant: tuple[str, ...], codes: list[str]
) -> None:
    site.write("config/n.yaml", NOTICE)
    write_reminders(site, ("a", 60), ("b", 30), ("c", 15))
    site.done("apply", "--auto-approve")
    rename_in_tenant(site, *tenant)
    write_reminders(site, *zip(document, (61, 31, 16), strict=True))
    found = [
        one
        for one in site.done("plan", "--format", "json").value["diagnostics"]
        if one["code"] in ("RC234", "RC323") or (one["code"] == "RC726" and " is called " in one["message"])
    ]
    assert [one["code"] for one in found] == codes
    for one in found:
        assert one["line"] == (11 if one["code"] == "RC323" else one["line"])
        assert ("'b'" in one["message"] or "'c'" in one["message"]) or one["code"] != "RC323"


def test_a_renamed_reminder_keeps_its_id(site: ProjectFolder) -> None:
    site.write("config/n.yaml", NOTICE)
    write_reminders(site, ("60 days", 60), ("30 days", 30))
    site.done("apply", "--auto-approve")
    before = reminder_ids(site)
    write_reminders(site, ("Two months", 60), ("30 days", 30))
    assert 'reminders[Two months].name: "60 days" -> "Two months"' in site.done("plan").out
    site.done("apply", "--auto-approve")
    assert reminder_ids(site) == before
    assert site.done("plan").last == "No changes."
