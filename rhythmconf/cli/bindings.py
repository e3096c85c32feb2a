"""The bindings file of an environment, read and written."""

from __future__ import annotations

from collections.abc import Iterable

from rhythmconf import settings
from rhythmconf.cli import files
from rhythmconf.model import Binding, Bindings
from rhythmconf.settings import Settings


def name(environment: str) -> str:
    """The project-relative name of an environment's bindings file."""
    return f"bindings/{environment}.yaml"


def read(known: Settings, environment: str) -> Bindings:
    """The bindings of an environment; none where the file isn't there."""
    text = files.read_if_there(known.root, name(environment))
    return settings.read_bindings(text, file=name(environment), module=known.module) if text is not None else {}


def add(known: Settings, environment: str, more: Iterable[Binding]) -> None:
    """Write further bindings to the file; nothing is touched where there are none."""
    new = {binding.key: binding for binding in more}
    if new:
        merged = {**read(known, environment), **new}
        path = known.root / name(environment)
        path.parent.mkdir(exist_ok=True)
        files.write(path, settings.write_bindings(merged, module=known.module).encode())
