"""Records that no key stands for are named, not only counted: by diff and by drift."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.tenants import ProjectFolder, make_project


@pytest.fixture
def site(tmp_path: Path) -> ProjectFolder:
    site = make_project(tmp_path)
    site.write("config/g.yaml", "kind: programGroup\nkey: g\nspec: {name: G}\n")
    site.done("apply", "--auto-approve")
    return site


def test_diff_names_them_with_their_side_and_the_project_that_manages_them(site: ProjectFolder) -> None:
    with site.tenant() as tenant:
        loose = tenant.make("programGroup", {"name": "Loose"})
        theirs = tenant.make("program", {"name": "Theirs", "sys_external_id": "rhythmconf/other/x"})
    with site.tenant("two") as tenant:
        there = tenant.make("statusReason", {"name": "There"})
    result = site.done("diff", "--from", "one", "--to", "two")
    assert f"  ! program/{theirs} (Theirs)  in one without a key, of project other" in result.out
    assert f"  ! programGroup/{loose} (Loose)  in one without a key" in result.out
    assert f"  ! statusReason/{there} (There)  in two without a key" in result.out
    assert result.last.endswith("without a key: 2 in one, 1 in two.")
    value = site.done("diff", "--from", "one", "--to", "files", "--format", "json").value
    assert [record["id"] for record in value["without_key"]] == [theirs, loose]
    assert value["without_key"][1] == {
        "side": "one",
        "kind": "certifications/programGroup",
        "id": loose,
        "name": "Loose",
        "project": "",
    }


def test_a_bound_record_has_a_key(site: ProjectFolder) -> None:
    with site.tenant() as tenant:
        bound = tenant.make("programGroup", {"name": "Bound"})
    site.write("bindings/one.yaml", f"programGroup:\n  b: {bound}\n")
    assert "without a key" not in site.done("diff", "--from", "one", "--to", "files").out
    assert "without a document" not in site.run("drift").err


def test_many_are_counted_and_the_json_has_all(site: ProjectFolder) -> None:
    with site.tenant() as tenant:
        for number in range(25):
            tenant.make("programGroup", {"name": f"G{number}"})
    result = site.done("diff", "--from", "one", "--to", "files")
    assert "and 5 more records without a key" in result.out
    assert len(site.done("diff", "--from", "one", "--to", "files", "--format", "json").value["without_key"]) == 25
    assert "25 records without a document in one: " in site.run("drift").err
    assert " and 20 more; " in site.run("drift").err


def test_drift_names_records_of_the_kinds_that_have_documents(site: ProjectFolder) -> None:
    with site.tenant() as tenant:
        loose = tenant.make("programGroup", {"name": "Loose"})
        tenant.make("programGroup", {"name": "Theirs", "sys_external_id": "rhythmconf/other/x"})
    result = site.done("drift")
    assert f"certifications/programGroup: 1 record without a document in one: {loose} (Loose)" in result.err
    assert "Theirs" not in result.err
    assert result.last == "No changes."
    assert "without a document" not in site.done("drift", "--only", "programGroup/g").err


def test_a_dry_run_warns_and_refuses_as_the_pull_does(site: ProjectFolder) -> None:
    with site.tenant() as tenant:
        group = tenant.make("programGroup", {"name": "New", "colour": "blue"})
        tenant.make("program", {"name": "P", "description": group})
    shown = site.done("pull", "--dry-run").err
    assert all(f"warning[{code}]" in shown for code in ("RC602", "RC607"))
    site.write("config/program/p.yaml.bak", "mine")
    (site.root / "config/programGroup").symlink_to(site.root / "config/program")
    refused = site.run("pull", "--dry-run")
    assert (refused.code, "symbolic link" in refused.err) == (1, True)
    (site.root / "config/programGroup").unlink()
    assert site.done("pull").err == shown
