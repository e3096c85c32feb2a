"""Run git in a work tree, as a fixed author and without the settings of this machine."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

IDENTITY = {
    "GIT_AUTHOR_NAME": "Ana",
    "GIT_AUTHOR_EMAIL": "ana@example.org",
    "GIT_COMMITTER_NAME": "Ana",
    "GIT_COMMITTER_EMAIL": "ana@example.org",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
}


def git(folder: Path, *arguments: str) -> str:
    """Run git, which must succeed, and return what it prints."""
    command = ["git", "-C", str(folder), *arguments]
    environ = {**os.environ, **IDENTITY}
    return subprocess.run(command, check=True, capture_output=True, text=True, env=environ).stdout.strip()


def commit_all(folder: Path, message: str = "a change") -> str:
    """Commit all files and return the hash of the commit."""
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", message)
    return git(folder, "rev-parse", "HEAD")


def fake_git(folder: Path, script: str) -> str:
    """Write a program called git that runs a shell script, and return a PATH on which it comes first."""
    programs = folder / "programs"
    programs.mkdir(parents=True, exist_ok=True)
    (programs / "git").write_text(f"#!/bin/sh\n{script}\n")
    (programs / "git").chmod(0o755)
    return f"{programs}{os.pathsep}{os.environ['PATH']}"


def clone_twice(folder: Path) -> tuple[Path, Path]:
    """Make a bare repository `origin.git` and two clones of it, which have one commit."""
    git(folder, "init", "-q", "--bare", "-b", "main", "origin.git")
    git(folder, "init", "-q", "-b", "main", "one")
    (folder / "one/file").write_text("x")
    commit_all(folder / "one", "first")
    git(folder / "one", "remote", "add", "origin", "../origin.git")
    git(folder / "one", "push", "-q", "origin", "main")
    git(folder, "clone", "-q", "origin.git", "two")
    return folder / "one", folder / "two"
