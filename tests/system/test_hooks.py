"""The hooks run under pre-commit, installed from a local git repository."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.git import git
from tests.support.process import ROOT, edit_file, run_process_ok

pytestmark = pytest.mark.heavy

CONFIG = """\
repos:
  - repo: {repository}
    rev: {revision}
    hooks: [{{id: rhythmconf-validate}}, {{id: rhythmconf-format}}]
"""


@pytest.fixture(scope="module")
def hooks(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Return a repository with the tracked files of this one."""
    folder = tmp_path_factory.mktemp("hooks") / "rhythmconf"
    tracked = git(ROOT, "ls-files", "--cached", "--others", "--exclude-standard").splitlines()
    for name in tracked:
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes((ROOT / name).read_bytes())
    git(folder, "init", "-q", "-b", "main")
    git(folder, "add", "--all")
    git(folder, "commit", "-q", "-m", "all")
    return folder, git(folder, "rev-parse", "HEAD")


def started(folder: Path, hooks: tuple[Path, str]) -> Path:
    """Return a new project with the hooks installed."""
    run_process_ok(folder, "init", "demo")
    (folder / "demo/.pre-commit-config.yaml").write_text(CONFIG.format(repository=hooks[0], revision=hooks[1]))
    git(folder / "demo", "init", "-q")
    subprocess.run(
        [sys.executable, "-m", "pre_commit", "install"], cwd=folder / "demo", check=True, capture_output=True
    )
    return folder / "demo"


def commit(folder: Path, home: Path) -> subprocess.CompletedProcess[str]:
    """Commit everything with the installed hooks."""
    git(folder, "add", "--all")
    identity = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org")
    environ = {
        **os.environ,
        "PRE_COMMIT_HOME": str(home),
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
    }
    return subprocess.run(
        ["git", *identity, "commit", "-m", "work"], cwd=folder, env=environ, capture_output=True, text=True, check=False
    )


def test_hooks_check_and_format_what_is_committed(tmp_path: Path, hooks: tuple[Path, str]) -> None:
    folder, home = started(tmp_path, hooks), tmp_path / "home"
    first = commit(folder, home)
    assert first.returncode == 0, first.stdout + first.stderr
    assert first.stderr.count("Passed") == 2

    edit_file(folder / "config/program.yaml", "customer_type: contact", "customer_type: contcat")
    refused = commit(folder, home)
    assert refused.returncode != 0
    assert "config/program.yaml:9:18" in refused.stderr
    assert "did you mean 'contact'?" in refused.stderr

    edit_file(folder / "config/program.yaml", "customer_type: contcat #", "customer_type:    contact #")
    formatted = commit(folder, home)
    assert formatted.returncode != 0
    assert "files were modified by this hook" in formatted.stderr
    assert "customer_type: contact #" in (folder / "config/program.yaml").read_text()
    assert commit(folder, home).returncode == 0 or git(folder, "status", "--porcelain") == ""


def test_a_commit_that_only_deletes_is_checked_too(tmp_path: Path, hooks: tuple[Path, str]) -> None:
    folder, home = started(tmp_path, hooks), tmp_path / "home"
    assert commit(folder, home).returncode == 0
    (folder / "config/program.yaml").unlink()
    refused = commit(folder, home)
    assert refused.returncode != 0
    assert "safety-inspector" in refused.stderr
