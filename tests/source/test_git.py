"""Access to git: the work tree, the files of a commit, ancestors, and the ref of the base."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from rhythmconf.source.project import git as project_git
from rhythmconf.source.project.git import Objects, WorkTree, applied_ref
from tests.support.git import commit_all, git


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return a project in a subfolder of a repository, with one commit."""
    project = tmp_path / "repository" / "project"
    (project / "config/deep").mkdir(parents=True)
    (project / "rhythmconf.yaml").write_text("version: 1\n")
    (project / "config/a.yaml").write_text("a\n")
    (project / "config/deep/ü.yaml").write_bytes(b"\xff\n")
    (project / "config/run.yaml").write_text("run\n")
    (project / "config/run.yaml").chmod(0o755)
    (project / "config/link.yaml").symlink_to("a.yaml")
    git(tmp_path / "repository", "init", "-q", "-b", "main")
    commit_all(tmp_path / "repository", "first")
    return project


@pytest.fixture
def objects(root: Path) -> Iterator[Objects]:
    with project_git.open_objects(root) as opened:
        assert opened is not None
        yield opened


def head(root: Path) -> str:
    return git(root, "rev-parse", "HEAD")


def test_only_changes_of_the_named_paths_make_a_work_tree_dirty(root: Path) -> None:
    assert project_git.work_tree(root, ["config"]) == WorkTree(head(root), clean=True)
    (root / "notes.txt").write_text("not a source\n")
    assert project_git.work_tree(root, ["config"]) == WorkTree(head(root), clean=True)
    (root / "config/new.yaml").write_text("new\n")
    assert project_git.work_tree(root, ["config"]) == WorkTree(head(root), clean=False)


def test_outside_a_work_tree_git_gives_no_information(tmp_path: Path) -> None:
    assert project_git.work_tree(tmp_path, ["config"]) is None
    assert project_git.prefix(tmp_path) == ""
    with project_git.open_objects(tmp_path) as objects:
        assert objects is not None
        assert objects.resolve("HEAD") is None


def test_without_git_there_is_no_information(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    assert project_git.work_tree(root, ["config"]) is None
    with project_git.open_objects(root) as objects:
        assert objects is None


def test_before_the_first_commit_there_is_no_commit(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    (tmp_path / "a.yaml").write_text("a\n")
    assert project_git.work_tree(tmp_path, ["a.yaml"]) == WorkTree(None, clean=False)


def test_the_prefix_is_the_folder_below_the_repository(root: Path) -> None:
    assert project_git.prefix(root) == "project"
    assert project_git.prefix(root.parent) == ""


def test_the_files_of_a_commit_are_those_of_the_project_without_links(root: Path, objects: Objects) -> None:
    files = objects.files(head(root), "config")
    assert sorted(files) == ["config/a.yaml", "config/deep/ü.yaml", "config/run.yaml"]
    assert objects.texts([*files.values()]) == [(root / name).read_bytes() for name in files]
    assert objects.text(head(root), "rhythmconf.yaml") == b"version: 1\n"
    assert objects.text(head(root), "config/deep/ü.yaml") == b"\xff\n"


@pytest.mark.parametrize("path", ["nothing.yaml", "config", "config/link.yaml", "config/a.yaml/b", "none/a.yaml"])
def test_a_path_that_is_not_a_file_of_a_commit_has_no_text(root: Path, objects: Objects, path: str) -> None:
    assert objects.text(head(root), path) is None
    assert objects.files(head(root), path) == {} or path == "config"


def test_a_revision_can_be_a_hash_branch_or_tag(root: Path, objects: Objects) -> None:
    git(root, "tag", "-a", "v1", "-m", "v1")
    assert {objects.resolve(name) for name in ("HEAD", "main", "v1", head(root)[:12])} == {head(root)}


@pytest.mark.parametrize("name", ["nothing", "", "HEAD\nmain", "HEAD:project", "--all", "main~7"])
def test_an_unknown_revision_is_refused(objects: Objects, name: str) -> None:
    assert objects.resolve(name) is None
    assert objects.resolve("main") is not None


def test_ancestors_are_found_through_merges_only(root: Path, objects: Objects) -> None:
    first = head(root)
    git(root, "checkout", "-q", "-b", "side")
    (root / "config/side.yaml").write_text("side\n")
    side = commit_all(root)
    git(root, "checkout", "-q", "main")
    (root / "config/main.yaml").write_text("main\n")
    main = commit_all(root)
    assert objects.is_ancestor(first, main)
    assert objects.is_ancestor(main, main)
    assert not objects.is_ancestor(side, main)
    assert not objects.is_ancestor(main, first)
    git(root, "merge", "-q", "--no-edit", "side")
    assert objects.is_ancestor(side, head(root))


def test_a_distant_ancestor_is_found(root: Path, objects: Objects, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(project_git, "_NEAR", 2)
    first = head(root)
    for number in range(6):
        (root / "config/a.yaml").write_text(f"{number}\n")
        last = commit_all(root)
    assert objects.is_ancestor(first, last)
    assert not objects.is_ancestor(last, first)


def test_more_objects_than_a_pipe_holds_are_returned_in_order(root: Path, objects: Objects) -> None:
    texts = {f"config/{number}.yaml": f"{number}: {'x' * 200}\n".encode() for number in range(1_200)}
    for name, text in texts.items():
        (root / name).write_bytes(text)
    last = commit_all(root)
    files = {name: blob for name, blob in objects.files(last, "config").items() if name in texts}
    assert dict(zip(files, objects.texts([*files.values()]), strict=True)) == texts
    assert objects.texts(["0" * 40]) == [b""]


def test_the_base_moves_only_to_an_existing_commit(root: Path) -> None:
    assert project_git.advance(root, "production", head(root))
    assert git(root, "rev-parse", applied_ref("production")) == head(root)
    assert not project_git.advance(root, "production", "0" * 39 + "1")
    assert git(root, "rev-parse", applied_ref("production")) == head(root)
