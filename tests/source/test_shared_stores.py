"""What a git remote and a bucket both do: one holder, parts that follow each other, and answers that get lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from rhythmconf.engine.journal import seal
from tests.support.away import Away, start_away
from tests.support.buckets import Bucket
from tests.support.git import clone_twice, git

CLAIM, OTHER = b'{"id": "a"}\n', b'{"id": "b"}\n'
TENANT = ("a tenant", "0123456789")


class Stores(NamedTuple):
    """One tenant's store on two computers. `lose` lets the next write of the first computer have no answer."""

    one: Away
    two: Away
    lose: Callable[[], None]


@pytest.fixture(scope="module")
def computers(object_store: Bucket) -> Iterator[tuple[Away, Away]]:
    with start_away(object_store.env) as one, start_away(object_store.env) as two:
        yield one, two


@pytest.fixture(params=["git", "bucket"])
def stores(request: pytest.FixtureRequest, computers: tuple[Away, Away], bucket: Bucket, tmp_path: Path) -> Stores:
    one, two = computers
    if request.param == "bucket":
        for away in computers:
            away.open("bucket_store.open_bucket_store", bucket.url, *TENANT)
        return Stores(one, two, lambda: bucket.lose("PUT"))
    folders = clone_twice(tmp_path)
    for away, folder in zip(computers, folders, strict=True):
        away.open("git_store.open_git_store", folder, "", *TENANT)
    return Stores(one, two, lambda: lose_pushes(tmp_path, folders[0]))


def lose_pushes(folder: Path, clone: Path) -> None:
    receiver = folder / "receive"
    receiver.write_text('#!/bin/sh\ngit receive-pack "$@"\nexit 1\n')
    receiver.chmod(0o755)
    git(clone, "config", "remote.origin.receivepack", str(receiver))


def test_one_claim_has_the_lock(stores: Stores) -> None:
    one, two = stores.one, stores.two
    assert one.read_claim() is None
    assert one.take(CLAIM) is None
    assert two.take(OTHER) == CLAIM
    assert two.read_claim() == CLAIM
    assert not two.release(OTHER)
    assert one.release(CLAIM)
    assert not one.release(CLAIM)
    assert one.read_claim() is None
    assert two.take(OTHER) is None


def test_of_two_at_once_one_has_the_lock_and_one_writes_a_part(stores: Stores) -> None:
    both = (stores.one, stores.two)
    for number in range(5):
        for away, claim in zip(both, (CLAIM, OTHER), strict=True):
            away.send("take", claim)
        taken = [away.receive() for away in both]
        assert sorted(taken, key=str) == sorted([None, stores.two.read_claim()], key=str)
        winner, claim = (stores.one, CLAIM) if taken[0] is None else (stores.two, OTHER)
        assert winner.release(claim)
        for away, data in zip(both, (b"1\n", b"2\n"), strict=True):
            away.send("append", f"run{number}", None, data)
        versions = [away.receive() for away in both]
        assert versions.count(None) == 1
        stores.one.fetch()
        assert stores.one.read(f"run{number}") == (b"1\n" if versions[0] else b"2\n")


def test_a_part_follows_the_one_that_was_seen(stores: Stores) -> None:
    one, two = stores.one, stores.two
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


def test_a_write_whose_answer_is_lost_had_its_effect(stores: Stores) -> None:
    one, two = stores.one, stores.two
    stores.lose()
    assert one.take(CLAIM) is None
    stores.lose()
    assert one.append("run", None, b"1\n") is not None
    assert two.take(OTHER) == CLAIM
    stores.lose()
    assert one.release(CLAIM)
    stores.lose()
    assert one.take(CLAIM) is None
    assert two.read_claim() == CLAIM


def test_a_sealed_record_takes_nothing_more_also_where_its_last_line_is_none_of_ours(stores: Stores) -> None:
    one, two = stores.one, stores.two
    for run, last in (("run", b'{"record":"intent"}\n'), ("odd", b"[]\n"), ("nested", b"[" * 100_000 + b"\n")):
        version = one.append(run, None, last)
        seal(two, run, "ben@there", "2026-01-01T00:00:00Z")
        assert one.append(run, version, b"more\n") is None
        one.fetch()
        assert b"taken over by ben@there" in one.read(run)
