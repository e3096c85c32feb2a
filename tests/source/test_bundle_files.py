"""The files of a bundle: a record that outlives a crash, and what is said where a file can't be used."""

from __future__ import annotations

from pathlib import Path

import pytest

from rhythmconf.errors import RhythmconfError, SettingsError, UsageError
from rhythmconf.source.project import bundle_files, git
from tests.support.git import commit_all
from tests.support.git import git as run_git


def test_a_torn_line_of_the_record_is_passed_over(tmp_path: Path) -> None:
    assert bundle_files.read_record(tmp_path) == []
    bundle_files.append_entry(tmp_path, {"n": 1})
    path = tmp_path / bundle_files.RECORD
    path.write_bytes(path.read_bytes() + b'7\n{"n": 2, "to')
    bundle_files.append_entry(tmp_path, {"n": 3})
    assert bundle_files.read_record(tmp_path) == [{"n": 1}, {"n": 3}]


def test_a_record_that_can_not_be_written_is_an_error(tmp_path: Path) -> None:
    (tmp_path / bundle_files.RECORD).mkdir()
    with pytest.raises(RhythmconfError, match="the record of the apply can't be written"):
        bundle_files.append_entry(tmp_path, {"n": 1})


def test_a_folder_without_a_manifest_is_no_bundle(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no bundle in this folder"):
        bundle_files.read_manifest(tmp_path)


def test_a_bundle_is_begun_only_where_nothing_was_applied(tmp_path: Path) -> None:
    (tmp_path / bundle_files.MANIFEST).mkdir()
    with pytest.raises(SettingsError, match="can't be replaced"):
        bundle_files.prepare(tmp_path)
    bundle_files.append_entry(tmp_path, {"n": 1})
    with pytest.raises(UsageError, match="the plans in this folder were applied"):
        bundle_files.prepare(tmp_path)


def test_only_files_that_git_follows_are_tracked(tmp_path: Path) -> None:
    assert git.tracked(tmp_path, ["a"]) is None
    run_git(tmp_path, "init", "-q")
    (tmp_path / "a").write_text("x")
    commit_all(tmp_path, "first")
    (tmp_path / "b").write_text("x")
    assert git.tracked(tmp_path, ["a", "b"]) == frozenset({"a"})
    (tmp_path / ".git/config").write_text("[broken")
    assert git.tracked(tmp_path, ["a"]) is None
