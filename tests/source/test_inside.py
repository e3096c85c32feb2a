"""Files of a project are written and removed below its folder, through no link, and only as regular files."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from rhythmconf.errors import SettingsError
from rhythmconf.source.project import inside


def test_a_file_and_the_folders_above_it_are_made_and_removed(tmp_path: Path) -> None:
    inside.write(tmp_path, "a/b/c.yaml", b"x")
    inside.write(tmp_path, "a/b/c.yaml", b"y")
    assert (tmp_path / "a/b/c.yaml").read_bytes() == b"y"
    inside.remove(tmp_path, "a/b/c.yaml")
    inside.remove(tmp_path, "a/b/c.yaml")
    assert not (tmp_path / "a/b/c.yaml").exists()


def link_folder(project: Path, outside: Path) -> None:
    (project / "a").symlink_to(outside)


def link_inner_folder(project: Path, outside: Path) -> None:
    (project / "a").mkdir()
    (project / "a/b").symlink_to(outside)


def link_to_a_folder_of_the_project(project: Path, outside: Path) -> None:
    (project / "real/b").mkdir(parents=True)
    (project / "a").symlink_to(project / "real")


def link_file(project: Path, outside: Path) -> None:
    (project / "a/b").mkdir(parents=True)
    (project / "a/b/c.yaml").symlink_to(outside / "c.yaml")


def dangling_folder(project: Path, outside: Path) -> None:
    (project / "a").symlink_to(outside / "nowhere")


def pipe(project: Path, outside: Path) -> None:
    (project / "a/b").mkdir(parents=True)
    os.mkfifo(project / "a/b/c.yaml")


def folder(project: Path, outside: Path) -> None:
    (project / "a/b/c.yaml").mkdir(parents=True)


OBSTACLES = [
    link_folder,
    link_inner_folder,
    link_to_a_folder_of_the_project,
    link_file,
    dangling_folder,
    pipe,
    folder,
]


@pytest.mark.parametrize("obstacle", OBSTACLES)
def test_what_is_not_a_plain_file_of_the_project_is_neither_written_nor_removed(
    tmp_path: Path, obstacle: Callable[[Path, Path], None]
) -> None:
    project, outside = tmp_path / "project", tmp_path / "outside"
    project.mkdir()
    outside.mkdir()
    obstacle(project, outside)
    with pytest.raises(SettingsError) as refused:
        inside.write(project, "a/b/c.yaml", b"x")
    with pytest.raises(SettingsError) as also_refused:
        inside.remove(project, "a/b/c.yaml")
    for error in (refused.value, also_refused.value):
        assert error.where == "a/b/c.yaml"
        assert error.help
    assert list(outside.iterdir()) == []
    assert not [path for path in project.rglob("*") if path.is_file()]


@pytest.mark.parametrize("name", ["../x.yaml", "a/../../x.yaml", "/x.yaml", ""])
def test_a_name_that_leads_out_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "p").mkdir()
    with pytest.raises(SettingsError):
        inside.write(tmp_path / "p", name, b"x")
    assert [path.name for path in tmp_path.iterdir()] == ["p"]


def test_the_project_itself_may_be_reached_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    inside.write(tmp_path / "link", "a.yaml", b"x")
    assert (tmp_path / "real/a.yaml").read_bytes() == b"x"


def test_a_name_is_taken_in_any_case_and_any_unicode_form(tmp_path: Path) -> None:
    inside.write(tmp_path, "a/Mail.html", b"x")
    inside.write(tmp_path, "a/é.html", b"x")
    names = ["a/mail.html", "a/e\N{COMBINING ACUTE ACCENT}.HTML", "a/other.html", "b/mail.html"]
    assert inside.existing(tmp_path, names) == names[:2]
