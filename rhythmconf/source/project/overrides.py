"""Read the overrides of an environment, which its pipeline gives to `plan`: one option on each line of a text file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from rhythmconf.errors import DocumentError
from rhythmconf.model import Diagnostic
from rhythmconf.source.project import files
from rhythmconf.text import leftovers


def name(environment: str) -> str:
    """Return the file of an environment."""
    return f"overrides/{environment}.txt"


def check(root: Path, environments: Iterable[str]) -> Iterator[Diagnostic]:
    """Yield an error for each file that can't be read, has markers of a merge, or is a pointer to the real one."""
    for environment in environments:
        try:
            leftovers.check(files.read_if_there(root, name(environment)) or b"", name(environment))
        except DocumentError as error:
            yield from error.as_diagnostics()
