"""Pull: the files match the tenant afterwards, and text written by people is kept."""

from __future__ import annotations

import copy
import difflib
import gc
import json
import math
import os
import random
import subprocess
import sys
import tracemalloc
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rhythmconf.catalog import Kind
from rhythmconf.engine import pull
from rhythmconf.flows import pull as pulling
from rhythmconf.model import DesiredState, Fingerprint
from rhythmconf.source.documents import Loaded
from rhythmconf.source.project.opening import open_settings
from rhythmconf.tenant import live
from rhythmconf.text import yaml12
from tests.support import catalogs
from tests.support.bench import finish
from tests.support.emulated import shipped_catalog
from tests.support.plans import make_site
from tests.support.tenants import ProjectFolder, adopted_only, make_project

ID = {"type": "string", "readOnly": True}


def read(text: str) -> list[Any]:
    return yaml12.load_all(text, file="a.yaml")


@pytest.fixture
def site(tmp_path: Path) -> ProjectFolder:
    return make_project(tmp_path)


NOTICE: dict[str, Any] = {"name": "Renewal 60", "email": {"subject": "Hello", "body": "Please renew.\n"}}
WINDOW = {"position": "after", "number": 60, "unit_of_time": "days", "relative_to": "the reference date"}


def reminder(name: str, notice: str, number: int = 60) -> dict[str, Any]:
    window = {**WINDOW, "number": number}
    return {
        "name": name,
        "reminder_notice_id": notice,
        "expiration_date_range_start": window,
        "expiration_date_range_end": window,
    }


def template(notice: str, **options: Any) -> dict[str, Any]:
    reminders = [reminder("60 days", notice), reminder("30 days", notice, 30)]
    return {
        "name": "Weekly",
        "send_renewal_reminders": True,
        "renewal_reminder_options": {"reminders": reminders, **options},
    }


def test_a_new_document_refers_by_key_and_has_long_texts_in_files(site: ProjectFolder) -> None:
    with site.tenant() as tenant:
        notice = tenant.make("notice", NOTICE)
        tenant.make("billingTemplate", template(notice, training_provider_ids=["prov-Äx 1"]))
    result = site.done("pull")
    assert result.last == "Pull: 2 documents added, 0 changed, 1 binding."
    assert site.read("config/notice/renewal-60.yaml") == (
        "kind: notice\nkey: renewal-60\nspec:\n  name: Renewal 60\n  email:\n    subject: Hello\n"
        "files:\n  /email/body: renewal-60.email-body.txt\n"
    )
    assert site.read("config/notice/renewal-60.email-body.txt") == "Please renew.\n"
    text = site.read("config/billingTemplate/weekly.yaml")
    assert "reminder_notice_id: renewal-60" in text
    assert "training_provider_ids: [prov-ax-1]" in text
    assert " id:" not in text
    assert site.read("bindings/one.yaml") == 'trainingProvider:\n  prov-ax-1: "prov-\\u00c4x 1"\n'


def test_records_of_other_projects_are_pulled_only_if_named(site: ProjectFolder) -> None:
    with site.tenant() as tenant:
        tenant.make("programGroup", {"name": "Ours"})
        tenant.make("programGroup", {"name": "Theirs", "sys_external_id": "rhythmconf/other/grp"})
        tenant.make("programGroup", {"name": "Imported", "sys_external_id": "crm-7"})
    first = site.done("pull")
    assert first.last == "Pull: 2 documents added, 0 changed, 1 binding."
    assert "skipped: 1 record of project other; name a record to pull it" in first.out
    assert list(site.files("config")) == ["config/programGroup/imported.yaml", "config/programGroup/ours.yaml"]
    named = site.done("pull", "programGroup/grp")
    assert "config/programGroup/grp.yaml" in named.out
    assert "left out" not in named.out
    assert "RC604" in named.err
    assert site.done("plan", "--only", "programGroup/imported").last == "No changes."


COMMENTED = """\
# top

kind: billingTemplate # kind
key: weekly
# of spec
spec: # spec
  # of name
  name: "Weekly" # name

  description: 'old'   # description
  # between
  notification_email: x@y.example
  is_active: true # active

  # of the switch
  send_renewal_reminders: true
  perform_drops: true # drops
  drop_options: # of drops
    expiration_date_range_start: &day {position: before, number: 5, unit_of_time: days, # inside
      relative_to: the reference date} # anchored
    expiration_date_range_end: *day # alias
    program_restriction: none   # nobody
  renewal_reminder_options:
    # of the list
    reminders:
      # of the first
      - name: 60 days # one
        reminder_notice_id: renewal # the notice
        expiration_date_range_start: *day
        # inside an item
        expiration_date_range_end: *day
      # between items
      - name: 30 days
        reminder_notice_id: other # its notice
        expiration_date_range_start: {position: on, relative_to: the reference date} # flow
        expiration_date_range_end:
          # deep
          position: after # after
          number: 3
          unit_of_time: days
          relative_to: the reference date

    program_restriction: include
    program_ids: [p, # first
      q] # last
  # at the end
# bottom
"""
FIELDS: list[tuple[tuple[str | int, ...], list[Any]]] = [
    (("name",), ["Weekly 1", "on", "a: b"]),
    (("description",), ["new", "it's", "two words"]),
    (("notification_email",), ["n@y.example", "m@y.example"]),
    (("is_active",), [False]),
    (("perform_drops",), [False]),
    (("drop_options", "expiration_date_range_start", "number"), [6, 7]),
    (("drop_options", "expiration_date_range_end", "number"), [8, 9]),
    (("drop_options", "program_restriction"), ["none", "include"]),
    (("renewal_reminder_options", "reminders", 0, "expiration_date_range_start", "number"), [11, 12]),
    (("renewal_reminder_options", "reminders", 0, "expiration_date_range_end", "unit_of_time"), ["weeks", "months"]),
    (("renewal_reminder_options", "reminders", 1, "expiration_date_range_start", "position"), ["on"]),
    (("renewal_reminder_options", "reminders", 1, "expiration_date_range_end", "number"), [4, 5]),
    (("renewal_reminder_options", "reminders", 1, "expiration_date_range_end", "position"), ["before"]),
]


def test_ten_live_edits_change_only_their_lines_and_keep_comments(site: ProjectFolder, full: bool) -> None:
    site.write("config/t.yaml", COMMENTED)
    notices = (
        f"kind: notice\nkey: {key}\nspec: {{name: {key}, email: {{subject: s}}}}\n" for key in ("renewal", "other")
    )
    programs = (f"kind: program\nkey: {key}\nspec: {{name: {key}}}\n" for key in "pq")
    site.write("config/others.yaml", "---\n".join([*notices, *programs]))
    site.done("apply", "--auto-approve")
    with site.tenant() as tenant:
        original = tenant.named("billingTemplate", "Weekly")
    mine = {name: value for name, value in original.items() if name != "id" and not name.startswith("sys_")}
    for seed in range(200 if full else 8):
        chance = random.Random(seed)
        edited = copy.deepcopy(mine)
        for path, values in chance.sample(FIELDS, 10):
            put(edited, path, chance.choice(values))
        edited["drop_options"]["program_restriction"] = "none"
        with site.tenant() as tenant:
            tenant.patch("billingTemplate", original["id"], **edited)
        site.write("config/t.yaml", COMMENTED)
        site.done("pull")
        before, after = COMMENTED.splitlines(), site.read("config/t.yaml").splitlines()
        assert remarks(after) == remarks(before)
        assert wanted(edited) == wanted(resolved(site)), seed
        assert count_changed_lines(before, after) <= 1 + len(edits(mine, edited)) + ALIASES
        assert site.done("plan").last == "No changes."


ALIASES = 4
"""The number of additional lines that may change: each alias of an edited value is written out."""


def put(value: Any, path: tuple[str | int, ...], leaf: Any) -> None:
    for step in path[:-1]:
        value = value[step]
    value[path[-1]] = leaf


def remarks(lines: list[str]) -> list[str]:
    return [line[line.index("#") :] for line in lines if "#" in line]


def count_changed_lines(before: list[str], after: list[str]) -> int:
    """Count the lines of `before` that are not in `after`."""
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    return len(before) - sum(block.size for block in matcher.get_matching_blocks())


def edits(before: Any, after: Any) -> list[Any]:
    """Return the number of leaves that differ."""
    if isinstance(before, dict):
        return [leaf for name in before for leaf in edits(before[name], after[name])]
    if isinstance(before, list) and len(before) == len(after):
        return [leaf for one, other in zip(before, after, strict=True) for leaf in edits(one, other)]
    return [] if before == after and type(before) is type(after) else [after]


def resolved(site: ProjectFolder) -> Any:
    return read(site.read("config/t.yaml"))[0]["spec"]


def wanted(value: Any) -> Any:
    """Return the value without ids and references, which documents express differently."""
    if isinstance(value, dict):
        return {name: wanted(below) for name, below in value.items() if not name.endswith(("id", "ids"))}
    return [wanted(item) for item in value] if isinstance(value, list) else value


def test_a_list_item_keeps_its_form_when_other_items_change(site: ProjectFolder) -> None:
    site.write("config/n.yaml", "kind: notice\nkey: renewal\nspec: {name: R, email: {subject: s}}\n")
    with site.tenant() as tenant:
        notice = tenant.make("notice", {"name": "R", "email": {"subject": "s"}})
        tenant.make("billingTemplate", template(notice))
    site.done("pull")
    site.done("apply", "--auto-approve")
    before = site.read("config/billingTemplate/weekly.yaml")
    assert "      - name: 60 days\n        reminder_notice_id: renewal\n" in before
    with site.tenant() as tenant:
        record = tenant.named("billingTemplate", "Weekly")
        options = record["renewal_reminder_options"]
        options["reminders"] = [reminder("90 days", notice, 90), options["reminders"][1]]
        tenant.patch("billingTemplate", record["id"], renewal_reminder_options=options)
    site.done("pull")
    after = site.read("config/billingTemplate/weekly.yaml")
    assert [item["name"] for item in read(after)[0]["spec"]["renewal_reminder_options"]["reminders"]] == [
        "30 days",
        "90 days",
    ]
    assert " id:" not in after
    assert site.done("plan").last == "No changes."


def test_a_list_item_that_the_tenant_renamed_keeps_its_lines(site: ProjectFolder) -> None:
    site.write("config/n.yaml", "kind: notice\nkey: renewal\nspec: {name: R, email: {subject: s}}\n")
    with site.tenant() as tenant:
        notice = tenant.make("notice", {"name": "R", "email": {"subject": "s"}})
        tenant.make("billingTemplate", template(notice))
    site.done("pull")
    site.done("apply", "--auto-approve")
    file = "config/billingTemplate/weekly.yaml"
    before = site.read(file).replace("- name: 60 days\n", "- name: 60 days # agreed in May\n")
    site.write(file, before)
    with site.tenant() as tenant:
        record = tenant.named("billingTemplate", "Weekly")
        options = record["renewal_reminder_options"]
        options["reminders"][0]["name"] = "Two months"
        tenant.patch("billingTemplate", record["id"], renewal_reminder_options=options)
    site.done("pull")
    assert site.read(file) == before.replace("60 days #", "Two months #")
    assert site.done("plan").last == "No changes."


def overlaid(site: ProjectFolder) -> None:
    """Make a notice and a program with an overlay in `one`, and apply them there and in `two`."""
    site.write(
        "config/all.yaml",
        "kind: notice\nkey: news\nspec:\n  name: N\n  is_active: true\n  email: {subject: s, from: a@b.example}\n"
        "---\nkind: programGroup\nkey: g\nspec:\n  name: G\n  display_order: 1\n",
    )
    site.write(
        "overlays/one/all.yaml",
        "# all\nkind: notice\nmatch: '*'\nspec:\n  email:\n    from: sandbox@b.example # everywhere\n"
        "---\nkind: programGroup\nkey: g\nspec:\n  display_order: 5 # here\n",
    )
    site.done("apply", "--auto-approve")
    site.done("apply", "--env", "two", "--auto-approve")


def test_a_field_is_changed_in_the_document_that_sets_it_last(site: ProjectFolder) -> None:
    overlaid(site)
    with site.tenant() as tenant:
        group, notice = tenant.named("programGroup", "G"), tenant.named("notice", "N")
        tenant.patch("programGroup", group["id"], display_order=6)
        tenant.patch("notice", notice["id"], is_active=False, email={**notice["email"], "from": "x@b.example"})
    site.done("pull")
    assert "  display_order: 6 # here\n" in site.read("overlays/one/all.yaml")
    assert "from: sandbox@b.example # everywhere" in site.read("overlays/one/all.yaml")
    assert "  is_active: false\n" in site.read("config/all.yaml")
    assert "display_order: 1\n" in site.read("config/all.yaml")
    assert site.read("overlays/one/notice/news.yaml") == (
        "kind: notice\nkey: news\nspec:\n  email:\n    from: x@b.example\n"
    )
    assert site.done("plan").last == "No changes."
    assert site.done("pull").last == "No changes."


def test_a_pull_into_overlays_keeps_the_base_documents(site: ProjectFolder) -> None:
    overlaid(site)
    base = site.files("config")
    with site.tenant("two") as tenant:
        tenant.patch("programGroup", tenant.named("programGroup", "G")["id"], display_order=9)
        tenant.make("programGroup", {"name": "Only here"})
    site.done("pull", "--env", "two", "--as-overlay")
    assert site.files("config") == base
    assert list(site.files("overlays/two")) == [
        "overlays/two/programGroup/g.yaml",
        "overlays/two/programGroup/only-here.yaml",
    ]
    plan = site.done("plan", "--env", "two", "--format", "json").value
    assert adopted_only(plan["summary"])
    assert site.done("plan", "--env", "one").last == "No changes."


def test_unmanaged_and_undeclared_fields_are_not_pulled(site: ProjectFolder) -> None:
    site.write("config/g.yaml", "kind: programGroup\nkey: g\nspec: {name: G, display_order: 1}\n")
    site.write("overlays/one/g.yaml", "kind: programGroup\nkey: g\nunmanaged: [/display_order]\n")
    site.done("apply", "--auto-approve")
    with site.tenant() as tenant:
        tenant.patch("programGroup", tenant.named("programGroup", "G")["id"], display_order=7, is_active=False)
    assert site.done("pull").last == "No changes."


def test_a_value_removed_in_the_tenant_becomes_null(site: ProjectFolder) -> None:
    site.write("config/p.yaml", "kind: program\nkey: p\nspec:\n  name: P\n  description: long gone # why\n")
    site.done("apply", "--auto-approve")
    with site.tenant() as tenant:
        tenant.patch("program", tenant.named("program", "P")["id"], description=None)
    site.done("pull")
    assert site.read("config/p.yaml").endswith("  description: null # why\n")
    assert site.done("plan").last == "No changes."


def test_a_text_from_a_file_is_changed_in_that_file(site: ProjectFolder) -> None:
    head = "kind: notice\nkey: {0}\nspec: {{name: {0}, email: {{subject: s}}}}\nfiles: {{/email/body: {1}.html}}\n"
    site.write(
        "config/n.yaml", "---\n".join(head.format(*each) for each in (("a", "own"), ("b", "same"), ("c", "same")))
    )
    site.write("config/own.html", "<p>old</p>\n")
    site.write("config/same.html", "<p>both</p>\n")
    site.done("apply", "--auto-approve")
    with site.tenant() as tenant:
        for name, body in (("a", "<p>new</p>\n"), ("b", "<p>alone</p>\n"), ("c", "<p>both</p>\n")):
            tenant.patch("notice", tenant.named("notice", name)["id"], email={"subject": "s", "body": body})
    site.done("pull")
    assert site.read("config/own.html") == "<p>new</p>\n"
    assert site.read("config/same.html") == "<p>both</p>\n"
    assert site.read("config/b.email-body.html") == "<p>alone</p>\n"
    assert "files: {/email/body: b.email-body.html}" in site.read("config/n.yaml")
    with site.tenant() as tenant:
        tenant.patch("notice", tenant.named("notice", "a")["id"], email={"subject": "s", "body": "a\r\nb"})
        tenant.patch("notice", tenant.named("notice", "b")["id"], email={"subject": "s"})
    site.done("pull")
    documents = read(site.read("config/n.yaml"))
    assert documents[0] == {
        "kind": "notice",
        "key": "a",
        "spec": {"name": "a", "email": {"subject": "s", "body": "a\r\nb"}},
    }
    assert documents[1]["spec"]["email"] == {"subject": "s", "body": None}
    assert site.done("plan").last == "No changes."


def test_only_drift_writes_no_new_documents(site: ProjectFolder) -> None:
    site.write("config/g.yaml", "kind: programGroup\nkey: g\nspec: {name: G, display_order: 1}\n")
    site.done("apply", "--auto-approve")
    with site.tenant() as tenant:
        tenant.make("programGroup", {"name": "New"})
        tenant.patch("programGroup", tenant.named("programGroup", "G")["id"], display_order=7)
    assert site.done("pull", "--only-drift").last == "Pull: 0 documents added, 1 changed."
    assert site.read("config/g.yaml") == "kind: programGroup\nkey: g\nspec: {name: G, display_order: 7}\n"


def test_keys_are_readable_stable_and_can_be_chosen(site: ProjectFolder) -> None:
    with site.tenant() as tenant:
        ids = [tenant.make("programGroup", {"name": name}) for name in ("Ärzte & Co.", "Same", "Same", "日本")]
    site.write("keys.yaml", f"programGroup:\n  {ids[2]}: chosen\n")
    site.done("pull", "--key-map", "keys.yaml")
    keys = {read(data.decode())[0]["key"] for data in site.files("config").values()}
    assert keys >= {"arzte-co", "same", "chosen"}
    assert len(keys) == 4
    assert adopted_only(site.done("plan", "--format", "json").value["summary"])
    site.write("keys.yaml", f"programGroup:\n  {ids[2]}: Not a key\n")
    assert "is not a key" in site.run("pull", "--key-map", "keys.yaml").err
    site.write("keys.yaml", f"programGroup:\n  {ids[1]}: same\n  {ids[2]}: same\n")
    assert "two records of programGroup can't have one key" in site.run("pull", "--key-map", "keys.yaml").err


def test_a_key_map_says_which_record_an_ambiguous_document_is(site: ProjectFolder) -> None:
    site.write("config/g.yaml", "kind: programGroup\nkey: g\nspec: {name: G}\n")
    with site.tenant() as tenant:
        ids = [tenant.make("programGroup", {"name": "G", "display_order": order}) for order in (1, 2)]
    refused = site.run("pull")
    assert refused.code == 3
    assert all(id in refused.err for id in ids)
    assert "--key-map" in refused.err
    assert list(site.files("config")) == ["config/g.yaml"]
    site.write("keys.yaml", f"programGroup: {{{ids[1]}: g}}\n")
    site.done("pull", "--key-map", "keys.yaml")
    assert f"g: {ids[1]}" in site.read("bindings/one.yaml").replace('"', "")
    assert adopted_only(site.done("plan", "--format", "json").value["summary"])


GROUP = catalogs.make_schema("school/group", {"id": ID, "name": {"type": "string"}, "sys_external_id": ID})
ITEM = catalogs.make_schema(
    "school/item",
    {
        "id": ID,
        "name": {"type": "string"},
        "group_id": {"type": "string", "x-ref": "group"},
        "sys_external_id": ID,
    },
)
GROUP["x-resource"]["natural_key"] = ["name"]
ITEM["x-resource"]["natural_key"] = ["group_id", "name"]


def test_a_binding_that_makes_another_document_ambiguous_brings_a_binding_for_that_too(tmp_path: Path) -> None:
    site = make_project(tmp_path, catalogs.make_catalog(tmp_path / "kinds", GROUP, ITEM))
    with site.tenant() as tenant:
        group, _ = (tenant.make("group", {"name": "G"}) for _ in range(2))
        item = tenant.make("item", {"name": "A", "group_id": group})
    site.write("config/group.yaml", "kind: group\nkey: g\nspec: {name: G}\n")
    site.write("config/one.yaml", f"kind: item\nkey: one\nspec: {{name: A, group_id: 'id:{group}'}}\n")
    # Only a binding of the group shows that this is the same natural key.
    site.write("config/two.yaml", "kind: item\nkey: two\nspec: {name: A, group_id: g}\n")
    site.write("keys.yaml", f"group: {{{group}: g}}\nitem: {{{item}: one}}\n")
    site.done("pull", "--key-map", "keys.yaml")
    bindings = read(site.read("bindings/one.yaml"))[0]
    assert (bindings["group"]["g"], bindings["item"]) == (group, {"one": item})
    summary = site.done("plan", "--format", "json").value["summary"]
    assert (summary["adopt"], summary["create"]) == (3, 1)


def test_a_new_key_is_no_earlier_key_of_another_document(site: ProjectFolder) -> None:
    site.write("config/g.yaml", "kind: programGroup\nkey: g\nmoved: [old-g]\nspec: {name: G}\n")
    with site.tenant() as tenant:
        for name in ("G", "Old G"):
            tenant.make("programGroup", {"name": name})
    site.done("pull")
    assert list(site.files("config")) == ["config/g.yaml", "config/programGroup/old-g-2.yaml"]
    assert adopted_only(site.done("plan", "--format", "json").value["summary"])


def test_a_selective_pull_refers_by_key_to_other_documents(site: ProjectFolder) -> None:
    with site.tenant() as tenant:
        group = tenant.make("programGroup", {"name": "Inspection"})
        tenant.make("program", {"name": "CMSI", "group_id": group})
        tenant.make("program", {"name": "RDS", "group_id": group})
        tenant.make("statusReason", {"name": "Lapsed"})
    site.done("pull", "program/cmsi")
    assert list(site.files("config")) == ["config/program/cmsi.yaml"]
    assert "group_id: inspection" in site.read("config/program/cmsi.yaml")
    assert "programGroup:\n  inspection:" in site.read("bindings/one.yaml")
    assert adopted_only(site.done("plan", "--format", "json").value["summary"])
    site.done("pull", "certifications/statusReason", "program")
    assert len(site.files("config")) == 3
    missing = site.run("pull", "program/nothing")
    assert missing.code == 1
    assert "the tenant has no certifications/program/nothing" in missing.err
    assert "there is no kind" in site.run("pull", "nonsense").err


def test_the_layout_says_where_new_documents_go(site: ProjectFolder) -> None:
    with site.tenant() as tenant:
        for name in ("A", "B"):
            tenant.make("programGroup", {"name": name})
    site.done("pull", "--layout", "all/{module}-{kind}.yaml")
    text = site.read("config/all/certifications-programGroup.yaml")
    assert [document["key"] for document in read(text)] == ["a", "b"]
    with site.tenant() as tenant:
        tenant.make("programGroup", {"name": "C"})
    site.done("pull", "--layout", "all/{module}-{kind}.yaml")
    after = site.read("config/all/certifications-programGroup.yaml")
    assert after.startswith(text + "---\n")
    for layout in ("../{key}.yaml", "/x.yaml", "{name}.yaml", "{key}.txt", "{key"):
        assert "is not a layout" in site.run("pull", "--layout", layout).err


def test_a_dry_run_shows_the_difference_and_writes_nothing(site: ProjectFolder) -> None:
    site.write("config/g.yaml", "kind: programGroup\nkey: g\nspec:\n  name: G\n  display_order: 1\n")
    site.done("apply", "--auto-approve")
    with site.tenant() as tenant:
        tenant.patch("programGroup", tenant.named("programGroup", "G")["id"], display_order=7)
        tenant.make("programGroup", {"name": "New"})
    before = site.files("config")
    result = site.done("pull", "--dry-run")
    assert site.files("config") == before
    assert "-  display_order: 1\n+  display_order: 7\n" in result.out
    assert "+++ b/config/programGroup/new.yaml" in result.out
    assert result.last == "Pull: 1 document added, 1 changed."


def test_an_existing_file_is_not_overwritten(site: ProjectFolder) -> None:
    with site.tenant() as tenant:
        tenant.make("notice", NOTICE)
    site.write("config/notice/renewal-60.email-body.txt", "mine")
    result = site.run("pull")
    assert result.code == 1
    assert "config/notice/renewal-60.email-body.txt" in result.err
    assert site.files("config") == {"config/notice/renewal-60.email-body.txt": b"mine"}


def test_an_id_in_a_text_causes_a_warning_and_is_kept(site: ProjectFolder) -> None:
    with site.tenant() as tenant:
        group = tenant.make("programGroup", {"name": "G"})
        tenant.make("program", {"name": "P", "description": group})
    result = site.done("pull")
    assert "RC602" in result.err
    assert group in site.read("config/program/p.yaml")


def test_files_with_errors_are_named_and_nothing_is_sent(site: ProjectFolder) -> None:
    site.write("config/g.yaml", "kind: programGroup\nkey: g\nspec: {nam: G}\n")
    result = site.run("pull", "--format", "json")
    assert result.code == 1
    assert "RC203" in {diagnostic["code"] for diagnostic in result.value["diagnostics"]}


def pulled(site: ProjectFolder, kind: str, *bodies: dict[str, Any]) -> pull.Pulled:
    """Pull these records as a tenant would return them, even if they are invalid."""
    named = [{"id": f"n{position}", "sys_created_at": "1", **body} for position, body in enumerate(bodies)]
    records: dict[str, list[Any]] = {**{name: [] for name in site.catalog.kinds}, f"certifications/{kind}": named}
    project = pulling.open_for_writing(open_settings(site.root))
    environment = project.settings.environment("one")
    snapshot = live.Snapshot(Fingerprint("", "", ""), "", records)
    given, found = finish(pulling.pull_from(snapshot, pulling.read_files(project, environment), pull.PullScope()))
    pulling.write(project, given, found)
    return found


def test_a_dangling_reference_is_written_as_an_id_in_an_overlay(site: ProjectFolder) -> None:
    site.write("config/g.yaml", "kind: statusReason\nkey: s\nspec: {name: S}\n")
    pulled_files = pulled(site, "notice", {"name": "News", "email": {}, "restricted_program_ids": ["p-gone"]})
    assert [each.code for each in pulled_files.diagnostics] == ["RC601"]
    assert (
        site.read("overlays/one/notice/news.yaml")
        == 'kind: notice\nkey: news\nspec:\n  restricted_program_ids: ["id:p-gone"]\n'
    )
    assert "p-gone" not in site.read("config/notice/news.yaml")


def test_a_dangling_reference_does_not_change_an_existing_document(site: ProjectFolder) -> None:
    text = "kind: notice\nkey: news\nspec: {name: News, email: {}, restricted_program_ids: []}\n"
    site.write("config/news.yaml", text)
    pulled(site, "notice", {"name": "News", "email": {}, "restricted_program_ids": ["p-gone"]})
    assert site.read("config/news.yaml") == text
    assert 'restricted_program_ids: ["id:p-gone"]' in site.read("overlays/one/notice/news.yaml")


@pytest.mark.parametrize(
    ("body", "codes", "spec"),
    [
        ({"name": "CMSI", "customer_type": "robot"}, ["RC603"], {"name": "CMSI"}),
        ({"name": "CMSI", "description": "half \ud83d"}, ["RC605"], {"name": "CMSI"}),
        ({"description": "nameless"}, ["RC603"], None),
        (
            {"name": "CMSI", "certificate_mode": "automatically generate", "display_order": "first"},
            ["RC603", "RC603"],
            {"name": "CMSI"},
        ),
        ({"name": {"en": "CMSI"}}, ["RC603"], None),
    ],
    ids=[
        "an enum that has grown",
        "half a character",
        "what is required is missing",
        "what a switch needs is missing, and a number is a text",
        "what is required has another type",
    ],
)
def test_an_invalid_record_is_written_as_far_as_it_is_valid_with_diagnostics(
    site: ProjectFolder, body: dict[str, Any], codes: list[str], spec: dict[str, Any] | None
) -> None:
    site.write("config/g.yaml", "kind: statusReason\nkey: s\nspec: {name: S}\n")
    pulled_files = pulled(site, "program", body)
    assert [each.code for each in pulled_files.diagnostics] == codes
    files = {name: text for name, text in site.files("config").items() if "/program/" in name}
    assert [read(text.decode())[0] for text in files.values()] == (
        [{"kind": "program", "key": "cmsi", "spec": spec}] if spec else []
    )
    assert site.run("validate", "--env", "one").code == 0


def test_a_list_with_an_invalid_item_is_left_out_whole(site: ProjectFolder) -> None:
    site.write("config/g.yaml", "kind: statusReason\nkey: s\nspec: {name: S}\n")
    options = template("n0")["renewal_reminder_options"]
    options["reminders"][1]["expiration_date_range_end"] = {"position": "someday"}
    pulled(
        site,
        "billingTemplate",
        {"name": "Weekly", "send_renewal_reminders": False, "x": 1, "renewal_reminder_options": options},
    )
    assert read(site.read("config/billingTemplate/weekly.yaml"))[0]["spec"] == {
        "name": "Weekly",
        "send_renewal_reminders": False,
    }
    assert site.run("validate", "--env", "one").code == 0


def test_a_record_without_a_document_can_still_be_referred_to(site: ProjectFolder) -> None:
    site.write("config/g.yaml", "kind: statusReason\nkey: s\nspec: {name: S}\n")
    project = pulling.open_for_writing(open_settings(site.root))
    records: dict[str, list[Any]] = {name: [] for name in site.catalog.kinds}
    records["certifications/programGroup"] = [{"id": "g-1", "name": 7}]
    records["certifications/program"] = [{"id": "p-1", "name": "P", "group_id": "g-1"}]
    snapshot = live.Snapshot(Fingerprint("", "", ""), "", records)
    given, found = finish(
        pulling.pull_from(snapshot, pulling.read_files(project, project.settings.environment("one")), pull.PullScope())
    )
    pulling.write(project, given, found)
    assert list(site.files("config")) == ["config/g.yaml", "config/program/p.yaml"]
    assert site.run("validate", "--env", "one").code == 0


@pytest.mark.parametrize(
    ("field", "value", "kept"),
    [("customer_type", "robot", "both"), ("name", None, "CMSI"), ("display_order", "first", 1)],
)
def test_a_document_keeps_its_value_where_the_record_breaks_the_schema(
    site: ProjectFolder, field: str, value: Any, kept: Any
) -> None:
    text = "kind: program\nkey: cmsi\nspec: {name: CMSI, customer_type: both, display_order: 1, description: old}\n"
    site.write("config/p.yaml", text)
    record = {"name": "CMSI", "customer_type": "both", "display_order": 1, "sys_external_id": "rhythmconf/hisp/cmsi"}
    pulled_files = pulled(site, "program", {**record, "description": "new", field: value})
    assert [each.code for each in pulled_files.diagnostics] == ["RC603"]
    assert "the next plan would put that back" in pulled_files.diagnostics[0].message
    spec = read(site.read("config/p.yaml"))[0]["spec"]
    assert (spec[field], spec["description"]) == (kept, "new")
    assert site.run("validate", "--env", "one").code == 0


def nested(depth: int) -> Any:
    value: Any = "x"
    for _ in range(depth):
        value = {"a": value}
    return value


UNWRITABLE = {
    "nested too deep": {"grandfathered_certification_options": nested(390)},
    "a list nested too deep": {"grandfathered_certification_options": {"a": [[nested(120)]]}},
    "too long for a file": {"description": "<p>x</p>\n" * 1_300_000},
    "too long for a document": {"description": "<p>x</p>\r\n" * 1_300_000},
    "half a character in a name": {"grandfathered_certification_options": {"\ud800": 1}},
    "half a character": {"description": "\ud83d"},
}


@pytest.mark.parametrize("body", UNWRITABLE.values(), ids=UNWRITABLE)
def test_what_no_file_can_contain_is_left_out_and_the_rest_is_pulled(site: ProjectFolder, body: dict[str, Any]) -> None:
    site.write("config/g.yaml", "kind: statusReason\nkey: s\nspec: {name: S}\n")
    pulled_files = pulled(site, "program", {"name": "CMSI", "is_active": True, **body})
    assert [each.code for each in pulled_files.diagnostics] == ["RC605"]
    assert read(site.read("config/program/cmsi.yaml"))[0]["spec"].items() >= {"name": "CMSI", "is_active": True}.items()
    assert site.run("validate", "--env", "one").code == 0


@pytest.mark.parametrize("text", ["\ud83d", "<p>x</p>\r\n" * 1_300_000], ids=["half a character", "too long"])
def test_a_document_keeps_its_text_where_no_file_can_contain_the_new_one(site: ProjectFolder, text: str) -> None:
    site.write("config/p.yaml", "kind: program\nkey: cmsi\nspec: {name: CMSI, description: old}\n")
    record = {"name": "CMSI", "sys_external_id": "rhythmconf/hisp/cmsi", "description": text}
    pulled_files = pulled(site, "program", record)
    assert [each.code for each in pulled_files.diagnostics] == ["RC603"]
    assert "description: old" in site.read("config/p.yaml")


def test_an_empty_reference_is_no_reference(site: ProjectFolder) -> None:
    site.write("config/g.yaml", "kind: statusReason\nkey: s\nspec: {name: S}\n")
    pulled_files = pulled(site, "program", {"name": "CMSI", "certification_page_layout_id": "", "group_id": ""})
    assert not pulled_files.binds
    assert read(site.read("config/program/cmsi.yaml"))[0]["spec"] == {"name": "CMSI"}


def test_a_required_reference_to_no_record_makes_a_document_of_one_environment(site: ProjectFolder) -> None:
    site.write("config/g.yaml", "kind: statusReason\nkey: s\nspec: {name: S}\n")
    body = {"name": "News", "email": {}, "restrict_to_certain_programs": True, "restricted_program_ids": ["p-gone"]}
    pulled(site, "notice", body)
    assert list(site.files("config")) == ["config/g.yaml"]
    assert read(site.read("overlays/one/notice/news.yaml"))[0]["spec"]["restricted_program_ids"] == ["id:p-gone"]
    assert site.run("validate").code == 0


NODE = catalogs.make_schema(
    "school/node",
    {
        "id": {"type": "string", "readOnly": True},
        "name": {"type": "string"},
        "next_id": {"type": "string", "x-ref": "node"},
        "sys_external_id": {"type": "string", "readOnly": True},
    },
    required=["name"],
)
NODE["x-resource"]["natural_key"] = ["name"]


def test_cyclic_records_are_pulled_and_applied_to_another_tenant(tmp_path: Path) -> None:
    site = make_project(tmp_path, catalogs.make_catalog(tmp_path / "kinds", NODE))
    with site.tenant() as tenant:
        one, two, own = (tenant.make("node", {"name": name}) for name in ("One", "Two", "Own"))
        for id, other in ((one, two), (two, one), (own, own)):
            tenant.patch("node", id, next_id=other)
    site.done("pull")
    assert read(site.read("config/node/own.yaml"))[0]["spec"] == {"name": "Own", "next_id": "own"}
    assert read(site.read("config/node/one.yaml"))[0]["spec"] == {"name": "One", "next_id": "two"}
    assert adopted_only(site.done("plan", "--format", "json").value["summary"])
    before = site.files("config")
    site.done("apply", "--env", "two", "--auto-approve")
    for name in before:
        (site.root / name).unlink()
    site.done("pull", "--env", "two")
    assert site.files("config") == before


def test_a_snapshot_plans_without_the_tenant(site: ProjectFolder) -> None:
    site.write("config/g.yaml", "kind: programGroup\nkey: g\nspec: {name: G}\n")
    site.done("pull", "--snapshot", str(site.root / "s.json"))
    site.done("apply", "--auto-approve")
    assert site.done("plan").last == "No changes."
    assert site.done("plan", "--live", str(site.root / "s.json")).last == "Plan: 1 to add, 0 to change, 0 to destroy."
    assert (site.root / "s.json").stat().st_mode & 0o777 == 0o600
    assert site.run("plan", "--env", "two", "--live", str(site.root / "s.json")).code == 3


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        "{}",
        '{"format": "rhythmconf snapshot", "format_version": 2}',
        '{"format": "rhythmconf snapshot", "format_version": 1, "fingerprint": {}, "records": {"a": [1]}}',
    ],
)
def test_an_invalid_snapshot_is_refused(site: ProjectFolder, text: str) -> None:
    site.write("s.json", text)
    site.write("config/g.yaml", "kind: programGroup\nkey: g\nspec: {name: G}\n")
    result = site.run("plan", "--live", str(site.root / "s.json"))
    assert result.code == 1
    assert "pull --snapshot" in result.err


def test_a_snapshot_names_a_kind_that_it_lacks(site: ProjectFolder) -> None:
    site.done("pull", "statusReason", "--snapshot", "s.json")
    site.write("config/g.yaml", "kind: programGroup\nkey: g\nspec: {name: G}\n")
    assert "the snapshot has no records of certifications/programGroup" in site.run("plan", "--live", "s.json").err


class Paged:
    """A tenant that counts how often each kind is listed, and the pages."""

    def __init__(self, kinds: dict[str, list[dict[str, Any]]]) -> None:
        self.kinds, self.listed, self.pages = kinds, Counter[str](), Counter[str]()

    @property
    def requests(self) -> int:
        return self.pages.total()

    def list(self, kind: Kind) -> Iterator[list[dict[str, Any]]]:
        self.listed[kind.name] += 1
        records = self.kinds.get(kind.name, [])
        for begin in range(0, max(len(records), 1), PAGE):
            self.pages[kind.name] += 1
            yield records[begin : begin + PAGE]


PAGE = 100


def test_a_pull_lists_each_kind_once_and_needs_at_most_twice_the_memory(full: bool) -> None:
    """The memory is measured in a process of its own: the caches that other tests have filled change the figures."""
    if "MEASURED_ALONE" not in os.environ:
        test = f"{__file__}::test_a_pull_lists_each_kind_once_and_needs_at_most_twice_the_memory"
        command = [sys.executable, "-m", "pytest", "-q", "-n", "0", "-p", "no:randomly", test, *["--full"] * full]
        # Without coverage, which takes memory and as long again.
        alone = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE")}
        alone["MEASURED_ALONE"] = "1"
        done = subprocess.run(command, env=alone, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout
        return
    count = 10_000 if full else 1_600
    files = pull.ProjectFiles(
        make_site(shipped_catalog(), project="hisp"), Loaded(()), Loaded(()), (), {}, DesiredState({}), "config"
    )

    def walked(count: int) -> tuple[int, int]:
        """Return the bytes of the live state and at the peak."""
        text = json.dumps(large(count))
        gc.collect()
        tracemalloc.reset_peak()
        before = tracemalloc.get_traced_memory()[0]
        tenant = Paged(json.loads(text))
        state = finish(live.fetch(tenant, pull.needed_kinds(files.site.catalog, pull.PullScope())))
        held = tracemalloc.get_traced_memory()[0] - before
        pulled_files = pull.pull(files, state, pull.PullScope())
        assert sum(1 for _ in pull.render_files(pulled_files, files)) >= count
        assert (len(pulled_files.new), pulled_files.requests) == (count, tenant.requests)
        assert tenant.listed == dict.fromkeys(files.site.catalog.kinds, 1)
        pages = sum(math.ceil(len(records) / PAGE) for records in tenant.kinds.values())
        assert tenant.requests == pages + len(files.site.catalog.kinds) - len(tenant.kinds)
        return held, tracemalloc.get_traced_memory()[1] - before

    tracemalloc.start()
    try:
        walked(count)  # fills the caches, which are bounded whatever the tenant's size
        half_held, half_peak = walked(count // 2)
        held, peak = walked(count)
    finally:
        tracemalloc.stop()
    # Only the growth is compared: the constant part is the same in both measurements.
    assert peak - half_peak <= 2 * (held - half_held)


def large(count: int) -> dict[str, list[dict[str, Any]]]:
    """Return programs, notices and templates as a tenant returns them."""
    quarter = range(count // 4)
    stamp = {"sys_version": 1, "sys_created_at": "2026-01-01T00:00:00Z", "sys_created_by_id": "u-1"}
    programs = [{"id": f"{n:08x}p", "name": f"Program {n}", "description": f"About {n}", **stamp} for n in quarter]
    notices = [
        {
            "id": f"{n:08x}n",
            "name": f"Notice {n}",
            "email": {"subject": f"Hello {n}", "body": f"<p>{n}</p>\n" * 50},
            **stamp,
        }
        for n in quarter
    ]
    templates = [
        {
            "id": f"{n:08x}t",
            **template(f"{n // 2:08x}n", program_ids=[f"{n // 2:08x}p"]),
            "name": f"Template {n}",
            **stamp,
        }
        for n in range(count // 2)
    ]
    kinds = {"program": programs, "notice": notices, "billingTemplate": templates}
    return {f"certifications/{kind}": records for kind, records in kinds.items()}


TEXT = {"type": "string"}
OPEN: dict[str, Any] = {"type": "object", "properties": {"size": {"type": "integer"}}, "additionalProperties": True}


@pytest.mark.parametrize(
    "own",
    [
        {"print": {"size": 1, "id": "abc", "other": 5}},
        {"print": {"id": "abc"}},
        {"steps": [{"name": "a", "print": {"id": "abc"}}]},
        {"more": {"id": "abc", "sys_x": 1}},
        {"unknown": {"id": "abc"}},
    ],
    ids=["beside others", "alone", "in an item", "opaque", "below a member without a name"],
)
def test_an_id_inside_an_object_that_allows_any_member_is_pulled(tmp_path: Path, own: dict[str, Any]) -> None:
    steps = {
        "type": "array",
        "x-list-type": "map",
        "x-list-map-keys": [["name"]],
        "items": {"type": "object", "properties": {"name": TEXT, "print": OPEN}},
    }
    fields = {"name": TEXT, "print": OPEN, "steps": steps, "more": {"type": "object", "additionalProperties": True}}
    schema = catalogs.make_schema("certifications/badge", fields, additionalProperties=True)
    catalog = catalogs.make_catalog(tmp_path / "kinds", schema, module="certifications")
    site = make_project(tmp_path, catalog)
    with site.tenant() as tenant:
        tenant.make("badge", {"name": "A", **own})
    site.done("pull", "badge")
    [document] = read(site.read("config/badge/a.yaml"))
    assert document["spec"] == {"name": "A", **own}
    assert adopted_only(site.done("plan", "--format", "json").value["summary"])
