"""The lock of a tenant: one named holder at a time, free as soon as the process has ended."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import stat
import time
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from rhythmconf.engine import journal
from rhythmconf.errors import Refused, RhythmconfError
from tests.support.kills import run_in_child
from tests.support.ticking import Ticking

ME = journal.Holder(pid=4711, host="desk", user="ann", started="2026-01-31T12:00:00.000Z", command="apply --env prod")


def held(path: Path, ticking: Ticking, timeout: float = 0) -> AbstractContextManager[None]:
    return journal.lock(path, ME, timeout=timeout, now=lambda: ticking.now_s, sleep=ticking.sleep)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return journal.lock_path(tmp_path, "https://{module}.example.org", "club")


def test_a_held_lock_names_its_holder(path: Path) -> None:
    ticking = Ticking()
    with held(path, ticking):
        with (
            pytest.raises(Refused) as caught,
            held(path, ticking),
        ):
            raise AssertionError("two holders")
        assert caught.value.code == "RC511"
        for part in ("ann@desk", "4711", "2026-01-31T12:00", "apply --env prod"):
            assert part in caught.value.message
        assert journal.read_holder(path) == ME
    assert journal.read_holder(path) is None
    assert len(ticking.slept) == 1


def test_the_name_of_the_holder_is_private_and_on_the_disk_while_it_is_held(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[bytes] = []
    really = os.fsync

    def fsync(descriptor: int) -> None:
        really(descriptor)
        synced.append(path.read_bytes())

    monkeypatch.setattr(os, "fsync", fsync)
    with held(path, Ticking()):
        assert [json.loads(text)["user"] for text in synced] == ["ann"]
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert synced[1:] == [b""]


def test_a_file_system_that_cannot_sync_can_still_lock(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fsync(descriptor: int) -> None:
        raise OSError(22, "Invalid argument")

    monkeypatch.setattr(os, "fsync", fsync)
    with held(path, Ticking()):
        assert journal.read_holder(path) == ME


def test_a_lock_is_released_after_an_error(path: Path) -> None:
    ticking = Ticking()
    for _ in range(2):
        with (
            pytest.raises(ZeroDivisionError),
            held(path, ticking),
        ):
            raise ZeroDivisionError
    assert journal.read_holder(path) is None


def test_a_look_at_a_lock_does_not_refuse_a_run_that_does_not_wait(path: Path) -> None:
    path.parent.mkdir(parents=True)
    dead = ME._replace(pid=1)
    path.write_text(" " + json.dumps(dead._asdict())[1:])
    look = os.open(path, os.O_RDWR)
    fcntl.flock(look, fcntl.LOCK_EX)  # what `is_held` does for an instant

    with journal.lock(path, ME, timeout=0, now=lambda: 0.0, sleep=lambda _: os.close(look)):
        assert journal.read_holder(path) == ME


def test_waiting_for_a_lock_ends_at_the_time_out(path: Path) -> None:
    ticking = Ticking()
    started = ticking.now_s
    with (
        held(path, ticking),
        pytest.raises(Refused),
        held(path, ticking, 1.5),
    ):
        raise AssertionError("two holders")
    assert sum(ticking.slept) == pytest.approx(1.5)
    assert ticking.now_s - started == pytest.approx(1.5)


def test_waiting_for_a_lock_ends_when_it_is_free(path: Path) -> None:
    ticking = Ticking()
    path.parent.mkdir(parents=True)
    blocker = os.open(path, os.O_RDWR | os.O_CREAT)
    fcntl.flock(blocker, fcntl.LOCK_EX)

    def sleep(seconds: float) -> None:
        ticking.sleep(seconds)
        if len(ticking.slept) == 3:
            os.close(blocker)

    with journal.lock(path, ME, timeout=60, now=lambda: ticking.now_s, sleep=sleep):
        assert journal.read_holder(path) == ME
    assert len(ticking.slept) == 3


def test_the_lock_of_a_dead_process_is_free(path: Path) -> None:
    ready, go = os.pipe()

    def die() -> None:
        with journal.lock(path, ME, timeout=0, now=time.time, sleep=time.sleep):
            os.write(go, b"x")
            os.kill(os.getpid(), signal.SIGKILL)

    assert run_in_child(die) == -signal.SIGKILL
    assert os.read(ready, 1) == b"x"
    assert journal.read_holder(path) == ME
    with journal.lock(path, ME, timeout=0, now=time.time, sleep=time.sleep):
        pass
    os.close(ready)
    os.close(go)


def test_unlock_removes_only_the_lock_of_a_dead_process(path: Path) -> None:
    ticking = Ticking()
    with journal.unlock(path, sleep=ticking.sleep) as dead:
        assert dead is None
    with (
        held(path, ticking),
        pytest.raises(Refused, match="ann@desk"),
        journal.unlock(path, sleep=ticking.sleep),
    ):
        raise AssertionError("it is held")
    path.write_text('{"pid": 1, "host": "h", "user": "u", "started": "s", "command": "c"}')
    with journal.unlock(path, sleep=ticking.sleep) as dead, pytest.raises(Refused), held(path, ticking):
        raise AssertionError("it is held meanwhile")
    assert dead == journal.Holder(1, "h", "u", "s", "c")
    assert str(dead) == "u@h (process 1, since s: c)"
    assert journal.read_holder(path) is None


def test_a_holder_without_a_name_is_reported(path: Path) -> None:
    path.parent.mkdir(parents=True)
    blocker, ticking = os.open(path, os.O_RDWR | os.O_CREAT), Ticking()
    fcntl.flock(blocker, fcntl.LOCK_EX)
    with (
        pytest.raises(Refused, match="left no name"),
        held(path, ticking),
    ):
        raise AssertionError("two holders")
    assert sum(ticking.slept) == pytest.approx(1.2)
    os.close(blocker)


def test_a_holder_that_has_not_written_its_name_yet_is_named(path: Path) -> None:
    path.parent.mkdir(parents=True)
    blocker, ticking = os.open(path, os.O_RDWR | os.O_CREAT), Ticking()
    fcntl.flock(blocker, fcntl.LOCK_EX)

    def sleep(seconds: float) -> None:
        ticking.sleep(seconds)
        path.write_text('{"pid": 1, "host": "h", "user": "u", "started": "s", "command": "c"}')

    with (
        pytest.raises(Refused, match="u@h"),
        journal.lock(path, ME, timeout=0, now=lambda: ticking.now_s, sleep=sleep),
    ):
        raise AssertionError("two holders")
    assert len(ticking.slept) == 1
    os.close(blocker)


def test_one_tenant_has_one_lock_whatever_the_environment(tmp_path: Path) -> None:
    same = journal.lock_path(tmp_path, "https://x", "club")
    assert same == journal.lock_path(tmp_path, "https://x", "club")
    assert journal.lock_path(tmp_path, "https://x", "yclub") != journal.lock_path(tmp_path, "https://xy", "club")
    assert (
        len({same, journal.lock_path(tmp_path, "https://y", "club"), journal.lock_path(tmp_path, "https://x", "c")})
        == 3
    )


def test_a_file_system_without_locks_is_reported(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def flock(descriptor: int, operation: int) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(fcntl, "flock", flock)
    with (
        pytest.raises(RhythmconfError, match="not supported") as caught,
        journal.lock(path, ME, timeout=0, now=time.time, sleep=time.sleep),
    ):
        raise AssertionError("no lock")
    assert caught.value.code == "RC512"
    assert "RHYTHMCONF_STATE_DIR" in (caught.value.help or "")


def test_the_name_is_read_without_the_first_byte_which_windows_locks(path: Path) -> None:
    with held(path, Ticking()):
        assert path.read_bytes()[:1] == b"{"
        path.write_bytes(b"?" + path.read_bytes()[1:])
        assert journal.read_holder(path) == ME


def test_only_the_lock_says_whether_its_holder_still_runs(path: Path) -> None:
    with held(path, Ticking()):
        assert journal.is_held(path, ME)
        assert not journal.is_held(path, ME._replace(pid=os.getpid()))
    path.write_text(json.dumps({**ME._asdict(), "pid": os.getppid()}))
    assert not journal.is_held(path, ME)


def test_a_folder_that_cannot_be_made_is_reported(tmp_path: Path) -> None:
    (tmp_path / "locks").write_text("")
    with (
        pytest.raises(RhythmconfError, match="can't hold a lock"),
        journal.lock(tmp_path / "locks" / "x.lock", ME, timeout=0, now=time.time, sleep=time.sleep),
    ):
        raise AssertionError("no lock")
