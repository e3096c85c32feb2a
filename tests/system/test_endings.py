"""If run record, lock, bindings or base cannot be written, the report says so and the run is not complete."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from errno import ENOSPC
from pathlib import Path

import pytest

from tests.support.git import commit_all, git
from tests.support.process import Completed, edit_file, run_in_process, run_ok

REF = "refs/rhythmconf/applied/local"


@contextmanager
def fill_disk_for(*records: str) -> Iterator[None]:
    """Simulate a disk on which these records of a run do not fit."""
    starts = tuple(f'{{"record":"{name}"'.encode() for name in records)
    really = os.write

    def write(descriptor: int, data: bytes) -> int:
        if bytes(data).startswith(starts):
            raise OSError(ENOSPC, "No space left on device")
        return really(descriptor, data)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "write", write)
        yield


def apply(folder: Path) -> Completed:
    return run_in_process(folder, "apply", "--auto-approve")


def commit_change(folder: Path) -> str:
    """Commit a change of one document and return the base before it."""
    edit_file(folder / "config/moved.yaml", "Moved away", "Moved")
    commit_all(folder)
    return git(folder, "rev-parse", REF)


@pytest.mark.parametrize("records", [("outcome",), ("results",), ("close",), ("outcome", "results", "close")])
def test_a_run_that_does_not_fit_on_the_disk_is_not_complete(work: Path, records: tuple[str, ...]) -> None:
    base = commit_change(work)
    with fill_disk_for(*records):
        ran = apply(work)
    assert ran.code == 5, ran
    assert ran.last == "Apply incomplete! Resources: 0 added, 1 changed, 0 destroyed."
    assert "error[RC510]" in ran.stderr
    assert git(work, "rev-parse", REF) == base
    assert run_ok(work, "resume").last == "Apply complete! Resources: 0 added, 1 changed, 0 destroyed."
    assert git(work, "rev-parse", REF) != base


def test_a_run_that_does_not_fit_before_its_first_write_has_written_nothing(work: Path) -> None:
    commit_change(work)
    with fill_disk_for("intent"):
        ran = apply(work)
    assert (ran.code, ran.last) == (1, "Apply incomplete! Resources: 0 added, 0 changed, 0 destroyed.")
    assert run_ok(work, "resume").last == "Apply complete! Resources: 0 added, 1 changed, 0 destroyed."


def test_a_lock_file_that_does_not_fit_on_the_disk_is_named(work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write = os.write

    def fail_for_holder(descriptor: int, text: bytes) -> int:
        if b'"pid"' in text:
            raise OSError(ENOSPC, "No space left on device")
        return write(descriptor, text)

    monkeypatch.setattr(os, "write", fail_for_holder)
    ran = apply(work)
    assert (ran.code, "error[RC512]" in ran.stderr) == (1, True)


MARKLESS = "local.db, dialect: {external_id: read-only, "


def test_the_report_is_printed_even_if_bindings_cannot_be_written(work: Path) -> None:
    edit_file(work / "rhythmconf.yaml", "local.db, dialect: {", MARKLESS)
    edit_file(work / "config/moved.yaml", "key: moved", "key: gone")
    edit_file(work / "config/moved.yaml", "Moved away", "Gone away")
    (work / "bindings").write_text("in the way")
    commit_all(work)
    base = git(work, "rev-parse", REF)
    ran = apply(work)
    assert ran.code == 5, ran
    assert ran.last.startswith("Apply incomplete! Resources: 1 added")
    assert "bound program/gone to " in ran.stdout
    assert f"error[RC003]: {work}/bindings: the bindings of this run are not in it" in ran.stderr
    assert git(work, "rev-parse", REF) == base


def test_broken_bindings_are_reported_before_the_run_begins(work: Path) -> None:
    commit_change(work)
    run_ok(work, "plan", "-o", "there.plan")
    (work / "bindings").mkdir()
    (work / "bindings/local.yaml").write_text("[]")
    before = run_ok(work, "history").stdout
    result = run_in_process(work, "apply", "there.plan")
    assert (result.code, "error[RC003]" in result.stderr) == (1, True)
    assert run_ok(work, "history").stdout == before


def test_a_base_that_git_cannot_move_is_reported(work: Path) -> None:
    base = commit_change(work)
    lock = work / ".git" / f"{REF}.lock"
    lock.touch()
    ran = apply(work)
    assert (ran.code, "warning[RC529]" in ran.stderr) == (0, True)
    (help,) = [line.partition("then run: git ")[2] for line in ran.stderr.splitlines() if "then run: git" in line]
    assert git(work, "rev-parse", REF) == base
    lock.unlink()
    git(work, *help.split())
    assert git(work, "rev-parse", REF) == git(work, "rev-parse", "HEAD")


@pytest.mark.parametrize("record", ['{"record":"run","format_version":1,"run":5}\n', "[" * 100_000 + "\n"])
def test_an_unknown_file_among_the_run_records_is_ignored(work: Path, record: str) -> None:
    commit_change(work)
    runs = work / ".rhythmconf/state/runs"
    (strange := runs / "99991231-235959-999-ffffff.jsonl").write_text(record)
    for command in (("plan",), ("apply", "--auto-approve"), ("history",), ("resume",)):
        run_ok(work, *command)
    whole = max(path for path in runs.iterdir() if path != strange).read_text()
    number = whole.partition('"run":"')[2].partition('"')[0]
    strange.write_text(whole.splitlines()[0].replace(f'"{number}"', "5") + "\n" + whole.splitlines()[1] + "\n")
    edit_file(work / "config/moved.yaml", "name: Moved", "name: Gone")
    assert apply(work).last.startswith("Apply complete!")


def test_a_failed_link_to_the_newest_record_is_named(work: Path) -> None:
    commit_change(work)
    (link,) = (work / ".rhythmconf/state/locks").glob("*.run")
    link.unlink()
    link.mkdir()
    ran = apply(work)
    assert (ran.code, "error[RC510]" in ran.stderr) == (1, True)
    assert "no unfinished run" in run_in_process(work, "resume", "--env", "local").stderr
    link.rmdir()
    assert apply(work).last == "Apply complete! Resources: 0 added, 1 changed, 0 destroyed."
