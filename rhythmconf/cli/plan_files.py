"""Read the plan file that a user names, and say which there are where it is not found."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rhythmconf.cli.console import Console
from rhythmconf.engine import plan as planning
from rhythmconf.errors import Refused, UsageError
from rhythmconf.model import Plan
from rhythmconf.source.project import files

_KEY = re.compile(r"[A-Za-z0-9-]+(/[A-Za-z0-9-]+)?/[a-z0-9_-]+")
"""What looks like KIND/KEY."""
_NAMED = 5
"""How many files one message names."""


@contextmanager
def naming_plan_file(directory: Path, name: str | Path) -> Iterator[None]:
    """Name the plan file in a refusal of what it holds."""
    try:
        yield
    except Refused as error:
        error.where = error.where or str(directory / name)
        raise


def read_plan_file(directory: Path, name: str | Path) -> bytes:
    """Return the bytes of a plan file. Raises UsageError where it can't be read."""
    path = directory / name
    if path.is_dir():
        help = f"name the file of a saved plan{describe_plan_files(directory)}"
        raise UsageError(f"{str(name)!r} is a folder, not a plan file", where=str(path), help=help)
    if path.exists():
        return files.read_any(path)
    help = f"save one with `rhythmconf plan -o FILE`{describe_plan_files(directory)}"
    if _KEY.fullmatch(str(name)):
        help += f". To apply one document without a saved plan: rhythmconf apply --only {name}"
    raise UsageError(f"the plan file {str(name)!r} can't be read: there is no such file", where=str(path), help=help)


def save_plan_file(
    directory: Path, name: str | Path, plan: Plan, key: planning.SigningKey | None, console: Console
) -> None:
    """Save a plan for `apply FILE`. Raises Refused where a guard refuses the plan, after saying that it isn't saved."""
    path = directory / name
    try:
        planning.check_guards(plan)
    except Refused:
        older = ": this file still has an older plan" if path.is_file() and path.stat().st_size else ""
        console.warn([("yellow", f"not saved: {name}{older}")])
        raise
    files.write(path, planning.dump(plan, key), mode=0o600)


def describe_plan_files(directory: Path) -> str:
    """Return `; plan files here: a.plan, b.plan`, or an empty string where there is none."""
    try:
        names = sorted(path.name for path in directory.glob("*.plan"))
    except OSError:
        return ""
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"; plan files here: {', '.join(names[:_NAMED])}{more}" if names else ""
