"""Fixtures that are slow to set up: made once and copied for each test."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.git import commit_all, git
from tests.support.process import EXAMPLES, PROGRAMS, SETTINGS, ServedTenant, make_project, run_ok, serve_emulator
from tests.support.two_clones import Pair, two_clones


@pytest.fixture(scope="session")
def _applied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("example") / "association"
    shutil.copytree(EXAMPLES / "association", folder, ignore=shutil.ignore_patterns(".rhythmconf"))
    (folder / ".gitignore").write_text(".rhythmconf/\n*.plan\n", encoding="utf-8")
    git(folder, "init", "-q", "-b", "main")
    commit_all(folder, "first")
    run_ok(folder, "apply", "--env", "sandbox", "--auto-approve")
    run_ok(folder, "plan", "--env", "production", "-o", "first.plan")
    run_ok(folder, "apply", "first.plan")
    return folder


@pytest.fixture
def applied_example(_applied: Path, tmp_path: Path) -> Path:
    """Return the example in git; its first commit is applied to its sandbox and to production."""
    shutil.copytree(_applied, tmp_path / "association", symlinks=True)
    return tmp_path / "association"


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """Return a project in git whose first commit is applied."""
    make_project(tmp_path, {**PROGRAMS, ".gitignore": ".rhythmconf/\n*.plan\n"}, SETTINGS)
    git(tmp_path, "init", "-q", "-b", "main")
    commit_all(tmp_path, "first")
    run_ok(tmp_path, "apply", "--auto-approve")
    return tmp_path


@pytest.fixture
def two(tmp_path: Path) -> Iterator[Pair]:
    """Return Ana and Ben, who share one tenant; Ana's first commit is applied, and Ben has its base."""
    with two_clones(tmp_path) as pair:
        yield pair


@pytest.fixture
def tenant(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[ServedTenant]:
    """Serve the tenant of the pipelines, with the options of the emulator that a test gives as its parameter."""
    with serve_emulator(tmp_path, *getattr(request, "param", ()), tenant="demo-live", token="the-tenant-token") as one:
        yield one
