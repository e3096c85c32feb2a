"""A git remote that refuses the lock and the run records, or that can't be asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from rhythmconf.source.project.git_store import open_git_store
from rhythmconf.source.project.shared_store import StoreFailed
from tests.support.git import clone_twice, git

CLAIM = b'{"id": "a"}\n'


@pytest.fixture
def clones(tmp_path: Path) -> tuple[Path, Path]:
    return clone_twice(tmp_path)


def test_a_remote_that_refuses_is_no_holder(clones: tuple[Path, Path], tmp_path: Path) -> None:
    hook = tmp_path / "origin.git/hooks/pre-receive"
    hook.write_text("#!/bin/sh\necho no room >&2\nexit 1\n")
    hook.chmod(0o755)
    store = open_git_store(clones[0], "", "t", "0123456789")
    with pytest.raises(StoreFailed, match="can't be reached"):
        store.take(CLAIM)
    with pytest.raises(StoreFailed, match="can't be reached"):
        store.append("run", None, b"1\n")
    hook.unlink()
    assert store.take(CLAIM) is None
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    with pytest.raises(StoreFailed):
        store.release(CLAIM)


def test_a_store_that_can_not_be_asked_says_so(clones: tuple[Path, Path], tmp_path: Path) -> None:
    with pytest.raises(StoreFailed, match="there is no git remote upstream"):
        open_git_store(clones[0], "upstream", "t", "0123456789")
    git(clones[1], "remote", "rename", "origin", "theirs")
    git(clones[1], "remote", "add", "others", "../others.git")
    with pytest.raises(StoreFailed, match="no git remote is called origin"):
        open_git_store(clones[1], "", "t", "0123456789")
    store = open_git_store(clones[0], "", "t", "0123456789")
    (tmp_path / "origin.git").rename(tmp_path / "moved.git")
    for ask in (store.read_claim, store.fetch):
        with pytest.raises(StoreFailed):
            ask()
    (clones[0] / ".git/config").write_text("[broken")
    with pytest.raises(StoreFailed):
        open_git_store(clones[0], "", "t", "0123456789")
    with pytest.raises(StoreFailed):
        store.append("run", None, b"1\n")


def make_place(folder: Path, kind: str) -> Path:
    """Return a folder of a work tree of this kind, whose remote is the origin."""
    origin = folder / "origin.git"
    if kind == "linked":
        git(folder / "one", "worktree", "add", "-q", "-b", "other", str(folder / "linked"))
        return folder / "linked"
    address = {"file": origin.as_uri(), "shallow": origin.as_uri()}.get(kind, str(origin))
    git(folder, "clone", "-q", *(("--depth", "1") if kind == "shallow" else ()), address, kind)
    (folder / kind / "sub/folder").mkdir(parents=True)
    return folder / kind / ("sub/folder" if kind == "subfolder" else "")


@pytest.mark.parametrize("kind", ["linked", "subfolder", "shallow", "path", "file"])
def test_every_kind_of_work_tree_and_address_shares_the_state(
    clones: tuple[Path, Path], tmp_path: Path, kind: str
) -> None:
    other = open_git_store(clones[1], "", "t", "0123456789")
    store = open_git_store(make_place(tmp_path, kind), "", "t", "0123456789")
    first = other.append("run", None, b"1\n")
    assert store.fetch() == {"run": first}
    second = store.append("run", first, b"2\n")
    assert other.fetch() == {"run": second}
    assert other.read("run") == store.read("run") == b"1\n2\n"
    assert other.take(CLAIM) is None
    assert store.take(b"{}\n") == CLAIM
    assert other.release(CLAIM)
    assert store.take(b"{}\n") is None
    assert other.read_claim() == b"{}\n"
    assert store.release(b"{}\n")
    assert store.read_claim() is None
