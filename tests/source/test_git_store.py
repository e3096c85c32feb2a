"""The lock and the run records in a git remote: one holder, parts that follow each other, and answers that get lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from rhythmconf.source.project.git_store import GitStore, StoreFailed, open_git_store
from tests.support.git import commit_all, git

CLAIM, OTHER = b'{"id": "a"}\n', b'{"id": "b"}\n'


@pytest.fixture
def clones(tmp_path: Path) -> tuple[Path, Path]:
    """Return two clones of one bare repository."""
    git(tmp_path, "init", "-q", "--bare", "-b", "main", "origin.git")
    git(tmp_path, "init", "-q", "-b", "main", "one")
    (tmp_path / "one/file").write_text("x")
    commit_all(tmp_path / "one", "first")
    git(tmp_path / "one", "remote", "add", "origin", "../origin.git")
    git(tmp_path / "one", "push", "-q", "origin", "main")
    git(tmp_path, "clone", "-q", "origin.git", "two")
    return tmp_path / "one", tmp_path / "two"


@pytest.fixture
def stores(clones: tuple[Path, Path]) -> tuple[GitStore, GitStore]:
    one, two = (open_git_store(folder, "", "a tenant", "0123456789") for folder in clones)
    return one, two


def test_one_claim_has_the_lock(stores: tuple[GitStore, GitStore]) -> None:
    one, two = stores
    assert one.read_claim() is None
    assert one.take(CLAIM) is None
    assert two.take(OTHER) == CLAIM
    assert two.read_claim() == CLAIM
    assert not two.release(OTHER)
    assert one.release(CLAIM)
    assert not one.release(CLAIM)
    assert two.take(OTHER) is None


def test_a_part_follows_the_one_that_was_seen(stores: tuple[GitStore, GitStore]) -> None:
    one, two = stores
    assert two.fetch() == {}
    assert two.read("run") == b""
    first = one.append("run", None, b"1\n")
    assert two.append("run", None, b"2\n") is None
    assert two.fetch() == {"run": first}
    second = two.append("run", first, b"2\n")
    assert second is not None
    assert one.append("run", first, b"3\n") is None
    assert one.fetch() == {"run": second}
    assert one.read("run") == b"1\n2\n"


def test_a_push_whose_answer_is_lost_had_its_effect(clones: tuple[Path, Path], tmp_path: Path) -> None:
    receiver = tmp_path / "receive"
    receiver.write_text('#!/bin/sh\ngit receive-pack "$@"\nexit 1\n')
    receiver.chmod(0o755)
    git(clones[0], "config", "remote.origin.receivepack", str(receiver))
    store = open_git_store(clones[0], "", "t", "0123456789")
    assert store.take(CLAIM) is None
    assert store.append("run", None, b"1\n") is not None
    assert open_git_store(clones[1], "", "t", "0123456789").take(OTHER) == CLAIM
    assert store.release(CLAIM)


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
