"""`emulator` prints the lines that make it an environment of a project, and they work as they are printed."""

from __future__ import annotations

import os
import select
from pathlib import Path
from subprocess import Popen

import pytest

from tests.support.process import make_project, run_ok, run_process_ok, start_command

SETTINGS = "version: 1\nproject: hisp\nsources: [config]\nenvironments:\n  local: {tenant: t, embedded: t.db}\n"


def printed(process: Popen[str]) -> str:
    """Return what a server has printed on stderr when its first line on stdout is there."""
    assert process.stdout is not None
    assert process.stderr is not None
    assert process.stdout.readline().startswith("rhythmconf emulator ready on ")
    assert select.select([process.stderr], [], [], 20)[0]
    return os.read(process.stderr.fileno(), 65536).decode()


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("demo", ("--tenant", "demo")),
        ("demo", ("--tenant", "demo", "--token", "the-token-of-the-tenant")),
        ("demo", ("--tenant", "demo", "--dialect", "list=envelope", "--dialect", "external_id=read-only")),
        ("emulated", ("--calendar", "zone=America/New_York", "--calendar", "week=sunday")),
        ("emulated", ("--tenant", "My Tenant: 1")),
    ],
)
def test_the_printed_environment_works(tmp_path: Path, name: str, options: tuple[str, ...]) -> None:
    with start_command(tmp_path, ("emulator", *options)) as server:
        head, *lines = printed(server).splitlines()
        assert head.endswith(f"rhythmconf doctor --env {name}:")
        folder = make_project(tmp_path / "project", {}, SETTINGS + "".join(f"{line}\n" for line in lines))
        report = run_ok(folder, "doctor", "--env", name).stdout
    assert "All 22 checks passed." in report
    dialects = [option.replace("=", ": ") for option in options if "=" in option]
    assert all(dialect in lines[-1] for dialect in dialects)


def test_quiet_leaves_the_environment_out(tmp_path: Path) -> None:
    with start_command(tmp_path, ("emulator", "-q")) as server:
        assert server.stdout is not None
        assert server.stdout.readline().startswith("rhythmconf emulator ready on ")
        assert server.stderr is not None
        assert not select.select([server.stderr], [], [], 0.2)[0]


def test_the_help_shows_how_to_point_a_project_at_it(tmp_path: Path) -> None:
    shown = run_process_ok(tmp_path, "emulator", "--help").stdout
    assert 'base_url: "http://127.0.0.1:8088/{module}"' in shown
