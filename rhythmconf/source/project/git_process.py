"""Start git, with a bound on time, and turn its failures into errors that carry git's own words."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from rhythmconf.errors import RhythmconfError
from rhythmconf.platform import processes
from rhythmconf.source.project import codes

if TYPE_CHECKING:
    from subprocess import Popen

TIMEOUT_S = 60.0
"""Seconds that git may take for one answer."""
_WORDS = 600
"""Characters of git's words that an error quotes."""


class GitFailed(RhythmconfError):
    """The project is in a git work tree, and git can't answer."""

    code = codes.GIT_FAILED


class Answer(NamedTuple):
    """What git printed, what it printed as an error, and whether it succeeded."""

    output: bytes
    words: str
    ok: bool


def git_failed(words: str) -> GitFailed:
    """Return the error for a git that can't answer; `words` are its own."""
    said = " ".join(words.split())[:_WORDS] or "it ended without a message"
    return GitFailed(
        f"git can't answer in this work tree: {said}",
        help="Repair that: `git status` must work in this folder. To plan without git, give --no-base: files and "
        "tenant are then compared without knowing who changed what.",
    )


def in_repository(root: Path) -> bool:
    """Return whether git has to be asked: a folder named `.git` is here or above, or GIT_DIR is set.

    A repository that git can't read counts too.
    """
    folder = Path(os.path.realpath(root))
    return "GIT_DIR" in os.environ or any(os.path.lexists(top / ".git") for top in (folder, *folder.parents))


def ask(root: Path, *arguments: str, input: bytes | None = None) -> Answer:
    """Run git and return its answer. Raises GitFailed where it can't be started or takes too long."""
    from subprocess import TimeoutExpired

    with start(root, *arguments) as process:
        try:
            output, words = process.communicate(input, timeout=TIMEOUT_S)
        except TimeoutExpired:
            raise too_slow(arguments) from None
        return Answer(output, words.decode("utf-8", "replace"), process.returncode == 0)


def require(root: Path, *arguments: str) -> bytes:
    """Run git and return what it prints. Raises GitFailed where it fails."""
    answer = ask(root, *arguments)
    if not answer.ok:
        raise git_failed(answer.words)
    return answer.output


def too_slow(arguments: Sequence[str]) -> GitFailed:
    """Return the error for a git that does not answer in time."""
    return git_failed(f"`git {' '.join(arguments[:1])}` did not answer within {TIMEOUT_S:g} seconds")


def _variables(root: Path) -> dict[str, str]:
    """Return the variables for git.

    Hooks of a linked work tree get GIT_DIR, and with it git takes every folder for the top of a work tree: a project
    in a subfolder would have no history. So GIT_DIR is left out where git finds the same repository by itself.
    """
    # Nobody could answer a question of git's.
    variables = {**os.environ, "GIT_TERMINAL_PROMPT": "0"}
    given = variables.get("GIT_DIR")
    if given and "GIT_WORK_TREE" not in variables and os.path.realpath(given) == find_repository(root):
        del variables["GIT_DIR"]
    return variables


def find_repository(root: Path) -> str | None:
    """Return the repository that git finds from a folder: `.git` here or above, or where a file of this name points."""
    folder = Path(os.path.realpath(root))
    path = next((top / ".git" for top in (folder, *folder.parents) if os.path.lexists(top / ".git")), None)
    if path is None:
        return None
    if path.is_dir():
        return os.path.realpath(path)
    with suppress(OSError):
        text = path.read_bytes().decode("utf-8", "surrogateescape")
        return os.path.realpath(path.parent / text.removeprefix("gitdir:").strip())
    return None


@contextmanager
def start(root: Path, *arguments: str) -> Iterator[Popen[bytes]]:
    """Start git for the block, and end it, with what it has started, when the block ends. Raises GitFailed."""
    from subprocess import PIPE, Popen

    try:
        process = Popen(  # noqa: S603 -- arguments are ours, no shell
            [processes.find_program("git"), "--no-optional-locks", "--literal-pathspecs", "-C", str(root), *arguments],
            stdin=PIPE,
            stdout=PIPE,
            stderr=PIPE,
            env=_variables(root),
            # A process group of its own: a helper that outlives git would hold the pipes open.
            start_new_session=True,
        )
    except OSError as error:
        raise git_failed(f"git can't be started: {error.strerror}. Is it installed, and on PATH?") from error
    try:
        yield process
    finally:
        if process.returncode is None:
            processes.end_with_children(process)
        for stream in (process.stdin, process.stdout, process.stderr):
            with suppress(OSError):
                if stream is not None:
                    stream.close()
        process.wait()
