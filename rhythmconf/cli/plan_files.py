"""Read the plan file that a user names, and say which there are where it is not found."""

from __future__ import annotations

from pathlib import Path

from rhythmconf.errors import UsageError
from rhythmconf.source.project import files

_NAMED = 5
"""How many files one message names."""


def read_plan_file(directory: Path, name: str | Path) -> bytes:
    """Return the bytes of a plan file. Raises UsageError where it can't be read."""
    path = directory / name
    if path.exists():
        return files.read_any(path)
    help = f"save one with `rhythmconf plan -o FILE`{describe_plan_files(directory)}"
    raise UsageError(f"the plan file {str(name)!r} can't be read: there is no such file", where=str(path), help=help)


def describe_plan_files(directory: Path) -> str:
    """Return `; plan files here: a.plan, b.plan`, or an empty string where there is none."""
    try:
        names = sorted(path.name for path in directory.glob("*.plan"))
    except OSError:
        return ""
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"; plan files here: {', '.join(names[:_NAMED])}{more}" if names else ""
