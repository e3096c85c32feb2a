"""`format`: documents in one canonical shape, for people and for pipelines."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.tenants import ProjectFolder, make_project

UNTIDY = "key: g # the key\nspec:\n    display_order: 1\n    name: G\nkind: programGroup\n"
TIDY = "kind: programGroup\nkey: g # the key\nspec:\n  name: G\n  display_order: 1\n"


@pytest.fixture
def site(tmp_path: Path) -> ProjectFolder:
    project = make_project(tmp_path)
    project.write("config/g.yaml", UNTIDY)
    project.write("config/tidy.yaml", TIDY.replace("key: g", "key: tidy"))
    project.write("overlays/one/g.yaml", UNTIDY.replace("    name: G\n", ""))
    return project


def test_a_check_names_the_files_and_writes_nothing(site: ProjectFolder) -> None:
    before = site.files("config", "overlays")
    result = site.run("format", "--check")
    assert result.code == 1
    assert (
        result.out == "  ~ config/g.yaml\n  ~ overlays/one/g.yaml\n2 files would be reformatted, 1 already formatted.\n"
    )
    assert site.files("config", "overlays") == before


def test_a_check_accepts_formatted_files(site: ProjectFolder) -> None:
    assert site.done("format").last == "2 files reformatted, 1 unchanged."
    assert site.read("config/g.yaml") == TIDY
    assert site.done("format").last == "3 files unchanged."
    assert site.done("format", "--check").last == "3 files already formatted."


def test_only_the_named_files_are_formatted(site: ProjectFolder) -> None:
    result = site.done("format", "config/g.yaml", "--format", "json")
    assert result.value == {"files": 1, "changed": ["config/g.yaml"], "failed": []}
    assert site.run("format", "--check").code == 1


def test_a_file_outside_the_project_is_refused(site: ProjectFolder) -> None:
    result = site.run("format", "../elsewhere.yaml")
    assert result.code == 1
    assert "not in the project" in result.err


def test_a_file_that_cannot_be_read_does_not_stop_the_others(site: ProjectFolder) -> None:
    site.write("config/bad.yaml", "a: [\n")
    result = site.run("format")
    assert result.code == 1
    assert "config/bad.yaml:2:1" in result.err
    assert site.read("config/g.yaml") == TIDY
    assert site.read("config/bad.yaml") == "a: [\n"


def test_a_kind_that_no_schema_describes_keeps_its_order(site: ProjectFolder) -> None:
    site.write("config/odd.yaml", "spec:\n    b: 1\n    a: 2\nkind: nonsense\nkey: k\n")
    site.done("format", "config/odd.yaml")
    assert site.read("config/odd.yaml") == "kind: nonsense\nkey: k\nspec:\n  b: 1\n  a: 2\n"
