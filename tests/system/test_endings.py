"""What a run has to write down besides its report: where it can't, the report says so, and the run is not complete."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from errno import ENOSPC
from pathlib import Path

import pytest

from tests.system.support import Ran, called, edit, well
from tests.system.test_base import commit, git, work

__all__ = ["work"]
REF = "refs/rhythmconf/applied/local"


@contextmanager
def no_room_for(*records: str) -> Iterator[None]:
    """A disk on which these records of a run don't fit."""
    starts = tuple(f'{{"record":"{name}"'.encode() for name in records)
    really = os.write

    def write(descriptor: int, data: bytes) -> int:
        if bytes(data).startswith(starts):
            raise OSError(ENOSPC, "No space left on device")
        return really(descriptor, data)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "write", write)
        yield


def apply(folder: Path) -> Ran:
    return called(folder, "apply", "--auto-approve")


def changed(folder: Path) -> str:
    """A commit that changes one document; gives the base before it."""
    edit(folder / "config/moved.yaml", "Moved away", "Moved")
    commit(folder)
    return git(folder, "rev-parse", REF)


@pytest.mark.parametrize("records", [("outcome",), ("results",), ("close",), ("outcome", "results", "close")])
def test_a_run_that_does_not_fit_on_the_disk_is_not_complete(work: Path, records: tuple[str, ...]) -> None:
    base = changed(work)
    with no_room_for(*records):
        ran = apply(work)
    assert ran.code == 5, ran
    assert ran.last == "Apply incomplete! Resources: 0 added, 1 changed, 0 destroyed."
    assert "error[RC510]" in ran.stderr
    assert git(work, "rev-parse", REF) == base
    assert well(work, "resume").last == "Apply complete! Resources: 0 added, 1 changed, 0 destroyed."
    assert git(work, "rev-parse", REF) != base


def test_a_run_that_does_not_fit_before_its_first_write_has_written_nothing(work: Path) -> None:
    changed(work)
    with no_room_for("intent"):
        ran = apply(work)
    assert (ran.code, ran.last) == (1, "Apply incomplete! Resources: 0 added, 0 changed, 0 destroyed.")
    assert well(work, "resume").last == "Apply complete! Resources: 0 added, 1 changed, 0 destroyed."


def test_a_lock_that_does_not_fit_is_told_by_name(work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def pwrite(*_: object) -> int:
        raise OSError(ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "pwrite", pwrite)
    ran = apply(work)
    assert (ran.code, "error[RC512]" in ran.stderr) == (1, True)
