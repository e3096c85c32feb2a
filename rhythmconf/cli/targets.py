"""Check where a command is to write a plan or a report, before it does anything."""

from __future__ import annotations

import re
from pathlib import Path

from rhythmconf.errors import RhythmconfError, UsageError

_PLAN = re.compile(rb'\s*\{\s*"format_version":\s*\d+,\s*"tool"')
"""How a plan file begins, also one of another version."""
_HEAD = 200
"""Bytes of a file that show whether it is a plan file."""


def check_target(directory: Path, name: str | Path | None) -> None:
    """Raise UsageError for a file that the project reads. Other files may be overwritten."""
    if name is not None and (use := _find_use(directory / name)):
        raise UsageError(f"{name} is not written: {use}", help="name another file, for example one beside the folder")


def check_plan_target(directory: Path, name: str | Path | None) -> None:
    """Raise UsageError for a file that the project reads, and for one that exists and is no plan file."""
    check_target(directory, name)
    if name is None or not (directory / name).is_file():
        return
    try:
        with (directory / name).open("rb") as file:
            head = file.read(_HEAD)
    except OSError:
        return  # writing it says what is wrong
    if head.strip() and not _PLAN.match(head):
        raise UsageError(
            f"{name} is not written: there is a file of this name, and it is not a saved plan",
            help="name another file, for example production.plan, or remove that one first",
        )


def _find_use(path: Path) -> str:
    # Imported here: it is only for an option that few commands get.
    from rhythmconf.settings import find_project_file
    from rhythmconf.source.project.opening import open_settings
    from rhythmconf.source.project.uses import find_use

    try:
        project_file = find_project_file(path.absolute().parent)
    except (RhythmconfError, OSError):
        return ""
    try:
        return find_use(open_settings(project_file.parent), path)
    except RhythmconfError:
        # Without its settings nothing shows which files a project reads: what looks like one is left alone.
        read = path.is_file() and path.name.endswith((".yaml", ".yml"))
        return "it may be a document, and rhythmconf.yaml can't be read" if read else ""
