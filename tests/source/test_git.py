"""Access to git: the work tree, the files of a commit, ancestors, and the ref of the base."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from rhythmconf.source.project import git as project_git
from rhythmconf.source.project import git_objects, git_process
from rhythmconf.source.project.git import GitFailed, Objects, WorkTree, applied_ref
from tests.support.git import commit_all, fake_git, git


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
        yield opened


def head(root: Path) -> str:
    return git(root, "rev-parse", "HEAD")


def test_only_changes_of_the_named_paths_make_a_work_tree_dirty(root: Path) -> None:
    assert project_git.work_tree(root, ["config"]) == WorkTree(head(root), clean=True)
    (root / "notes.txt").write_text("not a source\n")
    assert project_git.work_tree(root, ["config"]) == WorkTree(head(root), clean=True)
    (root / "config/new.yaml").write_text("new\n")
    assert project_git.work_tree(root, ["config"]) == WorkTree(
        head(root), False, changed=frozenset(["config/new.yaml"])
    )


def test_renamed_and_ignored_files_are_named(root: Path) -> None:
    (root / ".gitignore").write_text("own.*\n")
    (root / "config/own.yaml").write_text("own\n")
    (root / "config/deep").mkdir(exist_ok=True)
    (root / "config/deep/own.yaml").write_text("own\n")
    [old] = [path.name for path in (root / "config").iterdir() if path.is_file() and path.name != "own.yaml"][:1]
    git(root, "mv", f"config/{old}", "config/a \u00e9.yaml")
    seen = project_git.work_tree(root, ["config"])
    assert seen is not None
    assert seen.changed == {f"config/{old}", "config/a \u00e9.yaml"}
    assert seen.ignored == {"config/own.yaml", "config/deep/own.yaml"}
    assert not seen.holds([])


def test_a_commit_does_not_hold_a_file_that_git_ignores(root: Path) -> None:
    (root.parent / ".git/info/exclude").write_text("own.yaml\n")
    (root / "config/own.yaml").write_text("own\n")
    seen = project_git.work_tree(root, ["config"])
    assert seen is not None
    assert seen.clean
    assert seen.holds(["config/other.yaml"])
    assert not seen.holds(["config/other.yaml", "config/own.yaml"])


def test_outside_a_repository_there_is_no_work_tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    assert project_git.work_tree(tmp_path, ["config"]) is None
    assert project_git.prefix(tmp_path) == ""


def test_in_a_repository_a_missing_git_is_an_error(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    for ask in (lambda: project_git.work_tree(root, ["config"]), lambda: open_and_resolve(root)):
        with pytest.raises(GitFailed, match="git can't be started: No such file or directory"):
            ask()


def test_a_project_below_a_link_belongs_to_the_repository_that_the_link_leads_to(root: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(root)
    assert project_git.work_tree(tmp_path / "link", ["config"]) == WorkTree(head(root), clean=True)
    (root / "config/new.yaml").write_text("new\n")
    changed = frozenset(["config/new.yaml"])
    assert project_git.work_tree(tmp_path / "link", ["config"]) == WorkTree(head(root), clean=False, changed=changed)
    outside = tmp_path / "outside"
    outside.mkdir()
    (root / "elsewhere").symlink_to(outside)
    assert project_git.work_tree(root / "elsewhere", ["config"]) is None


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda folder: (folder / "HEAD").write_text("nonsense\n"), "not a git repository"),
        (lambda folder: (folder / "index").write_bytes(b"DIRC"), "index file smaller than expected"),
        (lambda folder: (folder / "config").write_text("[core"), "bad config"),
        (lambda folder: (folder / "refs/heads/main").write_text("0" * 39 + "1\n"), ""),
        (lambda folder: shutil.rmtree(folder / "objects"), "not a git repository"),
    ],
    ids=["head", "index", "config", "branch", "objects"],
)
def test_a_damaged_repository_is_an_error_with_the_words_of_git(
    root: Path, damage: Callable[[Path], object], words: str
) -> None:
    damage(root.parent / ".git")
    with pytest.raises(GitFailed, match=f"git can't answer in this work tree: (fatal|error): .*{words}"):
        project_git.work_tree(root, ["config"])


def test_another_owner_is_an_error_that_shows_the_command_of_git(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    with pytest.raises(GitFailed, match=r"dubious ownership .* git config --global --add safe\.directory"):
        project_git.work_tree(root, ["config"])


@pytest.mark.parametrize("spoil", [lambda path: path.write_bytes(b""), lambda path: path.unlink()], ids=["empty", "no"])
@pytest.mark.parametrize("name", ["project/config/a.yaml", "project/config/deep"])
def test_a_damaged_object_is_not_taken_for_one_that_is_not_there(
    root: Path, objects: Objects, name: str, spoil: Callable[[Path], object]
) -> None:
    id = git(root, "rev-parse", f"HEAD:{name}")
    path = root.parent / ".git/objects" / id[:2] / id[2:]
    path.chmod(0o644)
    spoil(path)
    with pytest.raises(GitFailed, match=f"{id[:2]}/?{id[2:]}"):
        objects.texts([*objects.files(head(root), "config").values()])


FAKES = {
    "dies at once": ("exit 3", "ended before it had answered"),
    "dies with words": ("echo 'fatal: out of memory' >&2; exit 3", "fatal: out of memory"),
    "dies midway": ("read line; printf '%040d blob 100\\nshort' 1; exit 1", "ended before it had answered"),
    "hangs": ("exec sleep 600", "did not answer within"),
    "hangs midway": ("read line; printf '%040d blob 100\\nshort' 1; exec sleep 600", "did not answer within"),
}


@pytest.mark.parametrize("fake", FAKES)
def test_a_git_that_ends_or_hangs_is_not_taken_for_a_missing_object(
    root: Path, tmp_path: Path, fake: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    script, words = FAKES[fake]
    monkeypatch.setattr(git_process, "TIMEOUT_S", 0.5)
    monkeypatch.setenv("PATH", fake_git(tmp_path, script))
    with pytest.raises(GitFailed, match=words):
        open_and_resolve(root)


@pytest.mark.parametrize("script", ["exec sleep 600", "sleep 600 & exit 0"], ids=["git", "a helper"])
def test_every_call_of_git_has_a_bound_on_time(
    root: Path, tmp_path: Path, script: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(git_process, "TIMEOUT_S", 0.5)
    monkeypatch.setenv("PATH", fake_git(tmp_path, script))
    with pytest.raises(GitFailed, match="`git status` did not answer within"):
        project_git.work_tree(root, ["config"])


def open_and_resolve(root: Path) -> str | None:
    with project_git.open_objects(root) as opened:
        return opened.resolve("HEAD")


def test_a_folder_is_read_once_for_all_its_files(root: Path, objects: Objects, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    find_all = Objects._find_all

    def record(self: Objects, names: Sequence[str]) -> Iterator[git_objects.Object | None]:
        asked.extend(names)
        return find_all(self, names)

    monkeypatch.setattr(Objects, "_find_all", record)
    for _ in range(3):
        assert objects.named_texts(head(root), ["config/a.yaml", "config/run.yaml", "config/no.yaml"]) == {
            "config/a.yaml": b"a\n",
            "config/run.yaml": b"run\n",
        }
    assert [name for name in asked if ":" in name] == [f"{head(root)}:./config"]


def test_names_of_folders_are_not_patterns(root: Path) -> None:
    (root / ":x").mkdir()
    (root / ":x/a.yaml").write_text("a\n")
    (root / "[ab]").mkdir()
    commit_all(root)
    (root / "config/a.yaml").write_text("b\n")
    (root / "b").mkdir()
    (root / "b/new.yaml").write_text("b\n")
    assert project_git.work_tree(root, [":x", "[ab]"]) == WorkTree(head(root), clean=True)


def test_the_remote_is_that_of_the_upstream(root: Path, tmp_path: Path) -> None:
    git(tmp_path, "clone", "-q", "-o", "server", str(root.parent), "clone")
    assert project_git.work_tree(tmp_path / "clone/project", ["config"]) == WorkTree(head(root), True, "server/main")


def test_before_the_first_commit_there_is_no_commit(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    (tmp_path / "a.yaml").write_text("a\n")
    assert project_git.work_tree(tmp_path, ["a.yaml"]) == WorkTree(None, clean=False, changed=frozenset(["a.yaml"]))


def test_the_prefix_is_the_folder_below_the_repository(root: Path) -> None:
    assert project_git.prefix(root) == "project"
    assert project_git.prefix(root.parent) == ""


@pytest.mark.parametrize("name", [".infra", "..infra", "a/.b", ".a/b"])
def test_the_folder_of_a_project_may_begin_with_a_dot(tmp_path: Path, name: str) -> None:
    (tmp_path / name / "config").mkdir(parents=True)
    (tmp_path / name / "config/a.yaml").write_text("a\n")
    git(tmp_path, "init", "-q", "-b", "main")
    commit_all(tmp_path)
    (tmp_path / name / "config/a.yaml").unlink()
    found = project_git.work_tree(tmp_path / name, ["config"])
    assert project_git.prefix(tmp_path / name) == name
    assert found is not None
    assert found.changed == {"config/a.yaml"}


@pytest.mark.parametrize("link", [False, True])
def test_the_work_tree_may_be_given(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, link: bool) -> None:
    (root.parent / ".git").rename(tmp_path / "elsewhere")
    (tmp_path / "link").symlink_to(root.parent)
    (root / "config/a.yaml").unlink()
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("GIT_WORK_TREE", str(tmp_path / "link" if link else root.parent))
    found = project_git.work_tree(root, ["config"])
    assert found is not None
    assert found.changed == {"config/a.yaml"}


def test_a_linked_work_tree_knows_the_first_one(root: Path, tmp_path: Path) -> None:
    git(root, "worktree", "add", "-q", str(tmp_path / "linked"))
    (tmp_path / "link").symlink_to(tmp_path / "linked")
    for folder in ("linked", "link"):
        assert project_git.first_work_tree(tmp_path / folder / root.name) == root
    assert project_git.first_work_tree(root) == root
    assert project_git.first_work_tree(tmp_path) == tmp_path


def test_the_files_of_a_commit_are_those_of_the_project_also_through_links(root: Path, objects: Objects) -> None:
    files = objects.files(head(root), "config")
    assert sorted(files) == ["config/a.yaml", "config/deep/ü.yaml", "config/link.yaml", "config/run.yaml"]
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
    monkeypatch.setattr(git_objects, "_NEAR", 2)
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
    with pytest.raises(GitFailed, match=r"the object 0{40} is missing"):
        objects.texts(["0" * 40])


def test_a_history_that_is_cut_off_gives_no_answer(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = head(root)
    for number in range(4):
        (root / "config/a.yaml").write_text(f"{number}\n")
        last = commit_all(root)
    git(tmp_path, "clone", "-q", "--depth", "2", f"file://{root.parent}", "shallow")
    for near in (1000, 1):
        monkeypatch.setattr(git_objects, "_NEAR", near)
        with project_git.open_objects(tmp_path / "shallow/project") as shallow:
            assert shallow.is_ancestor(first, last) is None
            assert shallow.is_ancestor(git(root, "rev-parse", "HEAD~1"), last) is True


def test_the_base_moves_only_to_an_existing_commit_and_only_from_the_expected_one(root: Path) -> None:
    first = head(root)
    (root / "config/a.yaml").write_text("b\n")
    second = commit_all(root)
    moves = [(first, "", True), (second, "", False), (second, second, False), (second, first, True)]
    moves += [("0" * 39 + "1", second, False)]
    for commit, expected, moved in moves:
        before = git(root, "for-each-ref", "--format=%(objectname)", applied_ref("production"))
        assert (project_git.move(root, "production", commit, expected) == "") == moved
        after = git(root, "for-each-ref", "--format=%(objectname)", applied_ref("production"))
        assert after == (commit if moved else before)


@pytest.mark.parametrize("format", ["sha1", "sha256"])
def test_both_kinds_of_ids_are_understood(tmp_path: Path, format: str) -> None:
    git(tmp_path, "init", "-q", f"--object-format={format}")
    (tmp_path / "config").mkdir()
    (tmp_path / "config/a.yaml").write_text("a\n")
    first = commit_all(tmp_path)
    assert project_git.work_tree(tmp_path, ["config"]) == WorkTree(first, clean=True)
    assert project_git.move(tmp_path, "local", first, "") == ""
    with project_git.open_objects(tmp_path) as opened:
        assert opened.resolve(applied_ref("local")) == first
        assert opened.text(first, "config/a.yaml") == b"a\n"
